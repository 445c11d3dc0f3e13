package api

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/push"
	"tahti/internal/store"
)

// Connection is one calendar tied to one user.
type Connection struct {
	ID           int64         `json:"id"`
	UserID       int64         `json:"user_id"`
	Provider     string        `json:"provider"`
	AccountID    int64         `json:"account_id"`
	Calendar     string        `json:"calendar" doc:"The calendar's id; empty until one is chosen"`
	CalendarName string        `json:"calendar_name"`
	TimeZone     string        `json:"time_zone"`
	Writable     bool          `json:"writable"`
	State        string        `json:"state" enum:"pending_sign_in,choose_calendar,active,retrying,needs_sign_in,needs_permission,held,paused,stopped"`
	Reason       string        `json:"reason" doc:"A code, or empty"`
	Title        string        `json:"title" doc:"The state in the reader's language"`
	Next         string        `json:"next" doc:"What to do next, in the reader's language"`
	Settings     lens.Settings `json:"settings"`
	Health       Health        `json:"health"`
	Counts       Counts        `json:"counts" doc:"Of the last run; linked, parked, held and needs_sending as they stand now"`
	Progress     *Progress     `json:"progress,omitempty" doc:"Of the run that is under way"`
	CreatedAt    time.Time     `json:"created_at"`
	AuthorizeURL string        `json:"authorize_url,omitempty" doc:"Where the person's browser has to go to sign in; only in the answer that began it"`
}

// Health is how a connection fares.
type Health struct {
	LastRun     *time.Time `json:"last_run" nullable:"true"`
	LastIn      *time.Time `json:"last_in" nullable:"true" doc:"Last success from the calendar"`
	LastOut     *time.Time `json:"last_out" nullable:"true" doc:"Last success to the calendar"`
	NextRun     *time.Time `json:"next_run" nullable:"true"`
	Failures    int        `json:"failures"`
	FailedSince *time.Time `json:"failed_since" nullable:"true"`
	ErrorClass  string     `json:"error_class"`
	ErrorCode   string     `json:"error_code"`
	Push        *Push      `json:"push,omitempty"` // only where the provider is asked to tell of changes by itself
	LagMS       int64      `json:"lag_ms" doc:"How long the last change that went out had waited since it was made in Tahti, in milliseconds; 0: none has"`
}

// Push is how a connection is told of changes.
type Push struct {
	Live      bool       `json:"live" doc:"The provider tells: a change is here within about a second. Else it is with the next run"`
	Until     *time.Time `json:"until" nullable:"true" doc:"Renewed long before"`
	Told      *time.Time `json:"told" nullable:"true" doc:"When it last told of a change"`
	ErrorCode string     `json:"error_code" doc:"Why it does not, or could not be renewed"`
}

// Progress is how far a run is, in items.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

type connectionList struct {
	Connections []Connection `json:"connections" nullable:"false"`
}

type connectRequest struct {
	Body struct {
		Provider  string          `json:"provider" example:"caldav"`
		Account   *Credentials    `json:"account,omitempty"`
		AccountID int64           `json:"account_id,omitempty" doc:"An account that is there already, instead of credentials"`
		Calendar  string          `json:"calendar,omitempty" doc:"Empty: chosen later"`
		UserID    int64           `json:"user_id,omitempty" doc:"Whose connection it will be; that of who asks, if it is left out. An administrator may connect colleagues on an account of their own that reaches the colleague's calendar, which has their e-mail address as its owner"`
		Settings  *settingsChange `json:"settings,omitempty"`
	}
}

type chooseRequest struct {
	ByID
	Body struct {
		Calendar string `json:"calendar" minLength:"1"`
	}
}

type stopRequest struct {
	ByID
	Body struct {
		Keep *bool `json:"keep,omitempty" doc:"Leave what sync made where it is (the default), or remove it"`
	} `required:"false"`
}

type listRequest struct {
	Everybody bool `query:"everybody" doc:"Those of all users, for administrators"`
}

func (s *server) connectionRoutes(api huma.API) {
	accepted(s, api, "POST", "/connections", "connect", "Connect a calendar", 201,
		"The provider signs people in on its own page: authorize_url. The connection goes pending_sign_in, then choose_calendar", s.connect)
	route(s, api, "GET", "/connections", "list-connections", "List connections that are not stopped", 200, s.listConnections)
	route(s, api, "GET", "/connections/{id}", "get-connection", "Look at a connection", 200, s.getConnection)
	route(s, api, "PATCH", "/connections/{id}", "choose-calendar", "Choose the calendar of a new connection", 200, s.chooseCalendar)
	act := func(path, id, words string, f func(context.Context, connection.Who, store.ID) (store.Connection, error)) {
		route(s, api, "POST", "/connections/{id}/"+path, id, words, 200, func(c *caller, ctx context.Context, in *ByID) (*body[Connection], error) {
			x, err := f(ctx, c.Who, in.ID)
			return s.shown(ctx, c, x, err)
		})
	}
	service := func() *connection.Service { return s.House.Connections }
	act("pause", "pause", "Let a connection rest", func(ctx context.Context, w connection.Who, id store.ID) (store.Connection, error) {
		return service().Pause(ctx, w, id)
	})
	act("resume", "resume", "Let it go on", func(ctx context.Context, w connection.Who, id store.ID) (store.Connection, error) {
		return service().Resume(ctx, w, id)
	})
	route(s, api, "POST", "/connections/{id}/stop", "stop", "End a connection, keeping or removing what sync made", 200, s.stop)
	route(s, api, "POST", "/stop-all", "stop-all", "Stop all sync of the company: when this has answered, no further write leaves", 200, s.stopAll)
	route(s, api, "POST", "/resume-all", "resume-all", "Let it go on", 200, s.resumeAll)
}

// shown renders a connection that an action answered.
func (s *server) shown(ctx context.Context, c *caller, x store.Connection, err error) (*body[Connection], error) {
	if err != nil {
		return nil, err
	}
	return answer(s.render(ctx, c, x))
}

func (s *server) render(ctx context.Context, c *caller, x store.Connection) (Connection, error) {
	said := c.At(x.Provider)
	state := said.State(x.State)
	out := Connection{
		ID: x.ID, UserID: x.Member, Provider: x.Provider, AccountID: x.Account, Calendar: x.Calendar, CalendarName: x.CalendarName, TimeZone: x.Zone,
		Writable: x.Writable, State: x.State, Reason: connection.Why(&x, s.now()), Title: state.Title, Next: state.Next, CreatedAt: x.Created.UTC(),
		Health: Health{
			LastRun: at(x.Health.LastRun), LastIn: at(x.Health.LastIn), LastOut: at(x.Health.LastOut), NextRun: at(x.Health.NextRun),
			Failures: x.Health.Failures, FailedSince: at(x.Health.FailedSince), ErrorClass: x.Health.ErrorClass, ErrorCode: x.Health.ErrorCode, LagMS: x.Health.Lag,
		},
	}
	if x.State == store.PendingSignIn && out.Reason != "" {
		why := said.Problem(out.Reason)
		out.Title, out.Next = why.Title, why.Next
	}
	err := s.sayRefused(ctx, c, &x, &out)
	if err != nil {
		return out, err
	}
	if out.Settings, err = connection.Settings(&x); err != nil {
		return out, err
	}
	if out.Settings.Rules == nil {
		out.Settings.Rules = []lens.Rule{}
	}
	if p, running := s.House.Runner.Progress(c.Company, x.ID); running {
		out.Progress = &Progress{p.Done, p.Total}
	}
	err = s.view(ctx, c, func(tx engine.Tx) error {
		if out.Counts, err = countsNow(ctx, tx, x.ID); err != nil || !s.House.Push.Tells(x.Provider) {
			return err
		}
		told, err := push.Healths(ctx, tx, x.ID, s.now())
		h := told[x.ID]
		out.Health.Push = &Push{Live: h.Live, Until: at(h.Until), Told: at(h.Told), ErrorCode: h.Reason}
		return err
	})
	if n := out.Counts[engine.HeldCount] + out.Counts[engine.NeedsSending] + out.Counts[engine.ParkedCount]; n > 0 && x.State == store.Active {
		out.Title, out.Next = c.T("sync.needs_you", "n", n), c.T("sync.needs_you_next")
	}
	return out, err
}

// sayRefused names the cause, and what helps, where nothing is carried over for one that has words: the sign-in has ended, something may not
// be done, or it is tried again later.
func (s *server) sayRefused(ctx context.Context, c *caller, x *store.Connection, out *Connection) error {
	code := cmp.Or(x.Health.ErrorCode, x.Reason)
	switch x.State {
	case store.NeedsSignIn, store.NeedsPermission:
		code = cmp.Or(x.Reason, code)
	case store.Retrying:
	default:
		return nil
	}
	where, err := s.House.Connections.AppPasswords(ctx, c.Company)
	why := c.ProblemAt(x.Provider, account.Cause(x.Provider, code, where))
	if err == nil && code != "" && c.Has("problem."+why.Code+".title") {
		out.Title, out.Next = why.Title, why.Next
	}
	return err
}

func (s *server) connect(c *caller, ctx context.Context, in *connectRequest) (out Connection, elsewhere bool, err error) {
	r := connection.Request{Provider: in.Body.Provider, Account: in.Body.AccountID, Calendar: in.Body.Calendar, User: in.Body.UserID}
	if in.Body.Account != nil {
		r.Sign = in.Body.Account.plain()
	}
	if in.Body.Settings != nil {
		r.Settings = json.RawMessage(in.Body.Settings.RawMessage)
	}
	if r.Account == 0 && s.House.Accounts.ByConsent(r.Provider) {
		return s.begin(c, ctx, r)
	}
	x, err := s.House.Connections.Connect(ctx, c.Who, r)
	if err == nil {
		x, err = s.House.Connections.Get(ctx, c.Who, x.ID)
	}
	if err != nil {
		return out, false, err
	}
	out, err = s.render(ctx, c, x)
	return out, false, err
}

// begin starts a connection for whose sign-in the person has to go to the provider's page. Its calendar is chosen after that.
func (s *server) begin(c *caller, ctx context.Context, r connection.Request) (out Connection, elsewhere bool, err error) {
	if r.Calendar != "" {
		return out, false, (&Problem{Status: 422, Field: "calendar", Cause: "the calendar is chosen after signing in"}).
			say("unknown", c.T("connect.failed"), c.T("connect.by_consent"), "")
	}
	x, page, err := s.House.Connections.Begin(ctx, c.Who, r, "")
	if err != nil {
		return out, false, err
	}
	out, err = s.render(ctx, c, x)
	out.AuthorizeURL = page
	return out, true, err
}

func (s *server) listConnections(c *caller, ctx context.Context, in *listRequest) (*body[connectionList], error) {
	list, err := s.House.Connections.List(ctx, c.Who, in.Everybody)
	if err != nil {
		return nil, err
	}
	out := connectionList{Connections: make([]Connection, len(list))}
	for i, x := range list {
		if out.Connections[i], err = s.render(ctx, c, x); err != nil {
			return nil, err
		}
	}
	return answer(out, nil)
}

func (s *server) getConnection(c *caller, ctx context.Context, in *ByID) (*body[Connection], error) {
	x, err := s.House.Connections.Get(ctx, c.Who, in.ID)
	return s.shown(ctx, c, x, err)
}

func (s *server) chooseCalendar(c *caller, ctx context.Context, in *chooseRequest) (*body[Connection], error) {
	x, err := s.House.Connections.ChooseCalendar(ctx, c.Who, in.ID, in.Body.Calendar)
	return s.shown(ctx, c, x, err)
}

func (s *server) stop(c *caller, ctx context.Context, in *stopRequest) (*body[Connection], error) {
	x, err := s.House.Connections.Stop(ctx, c.Who, in.ID, kept(in.Body.Keep))
	return s.shown(ctx, c, x, err)
}

// kept is whether what sync made stays where it is: unless somebody says no.
func kept(keep *bool) bool { return keep == nil || *keep }

// Stopped is whether the company-wide stop is in force.
type Stopped struct {
	Stopped bool `json:"stopped"`
}

func (s *server) stopAll(c *caller, ctx context.Context, _ *struct{}) (*body[Stopped], error) {
	return answer(Stopped{true}, s.House.Connections.StopAll(ctx, c.Who))
}

func (s *server) resumeAll(c *caller, ctx context.Context, _ *struct{}) (*body[Stopped], error) {
	return answer(Stopped{false}, s.House.Connections.ResumeAll(ctx, c.Who))
}
