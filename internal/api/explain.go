package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// Explanation is why something is, or is not, in sync with a connection: by the functions that sync decides with.
type Explanation struct {
	InSync bool   `json:"in_sync"`
	Code   string `json:"code"`
	Reason string `json:"reason" doc:"In the reader's language"`
	Rule   string `json:"rule" doc:"The setting that decided, or empty"`
	Remedy Remedy `json:"remedy"`
}

// deciders are the settings behind the lens's reasons.
var deciders = map[lens.Reason]string{
	lens.TypeNotSelected: "types_out", lens.OneWay: "direction", lens.BeforeStart: "start", lens.RelayOff: "relay",
	lens.PrivateSkipped: "private", lens.NotOurs: "direction", lens.RuleSkips: "rules",
}

func explained(c *caller, in bool, reason lens.Reason) Explanation {
	x := c.Scope(string(reason))
	out := Explanation{InSync: in, Code: x.Code, Reason: x.Title + ". " + x.Cause, Rule: deciders[reason], Remedy: Remedy{Action: "none", Label: x.Next}}
	switch {
	case reason == lens.BeforeStart:
		out.Remedy.Action = "sync_one"
	case out.Rule != "":
		out.Remedy.Action = "change_setting"
	case reason == lens.CalendarReadnly:
		out.Remedy.Action = "choose_calendar"
	case reason == lens.NoDate:
		out.Remedy.Action = "set_date"
	case reason == lens.InScope:
		out.Remedy.Action = "sync_now"
	}
	return out
}

// waits explains an item that a connection has yet to deal with.
func waits(c *caller, w store.Work) Explanation {
	x := workOf(c, w)
	out := Explanation{Code: x.Reason, Reason: x.Title, Remedy: Remedy{Action: "none", Label: x.Next}}
	if x.Cause != "" {
		out.Reason += ". " + x.Cause
	}
	switch x.State {
	case "parked", "back_off":
		out.Remedy.Action = "retry"
	case "sending":
		out.Remedy.Action = "send"
	case "held":
		out.Remedy.Action = "confirm"
	}
	if out.Code == "" {
		out.Code = x.State
	}
	return out
}

type explainActivity struct {
	ByID
	Connection int64 `query:"connection" required:"true" minimum:"1"`
}

type explainEvent struct {
	ByID
	Event string `query:"event" required:"true" minLength:"1" maxLength:"4000" doc:"The event's id at the provider"`
}

func (s *server) explainRoutes(api huma.API) {
	route(s, api, "GET", "/activities/{id}/explain", "explain-activity", "Say why an activity is (not) in sync", 200, s.explainActivity)
	route(s, api, "GET", "/connections/{id}/explain", "explain-event", "Say why an event is (not) in sync", 200, s.explainEvent)
}

func (s *server) explainActivity(c *caller, ctx context.Context, in *explainActivity) (*body[Explanation], error) {
	conn, err := s.House.Connections.Get(ctx, c.Who, in.Connection)
	if err != nil {
		return nil, err
	}
	var out Explanation
	err = s.view(ctx, c, func(tx engine.Tx) error {
		shown, err := s.House.Hub.Get(ctx, tx, c.User, in.ID)
		if err != nil {
			return err
		}
		if shown.Masked {
			return &hub.Denied{Code: hub.DeniedMasked}
		}
		parts, err := tx.Participants(ctx, in.ID)
		if err != nil {
			return err
		}
		work, err := tx.WorkBySubject(ctx, conn.ID, hub.Subject(in.ID))
		if err == nil {
			out = waits(c, work)
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		link, err := tx.LinkByActivity(ctx, conn.ID, in.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		v, err2 := s.lensView(ctx, tx, &conn, err == nil)
		if err2 != nil {
			return err2
		}
		v.BornThere = v.Linked && !link.Ours
		covered, reason := lens.Scope(&shown.Activity, parts, v)
		if out = explained(c, covered && v.Linked, reason); !covered {
			return nil
		}
		untold, err := s.untold(ctx, tx, c, &conn, &shown.Activity)
		out.Reason += untold
		return err
	})
	return answer(out, err)
}

// untold says what an activity belongs to that the other side does not know, so that it is not written there.
func (s *server) untold(ctx context.Context, tx engine.Tx, c *caller, conn *store.Connection, a *crm.Activity) (string, error) {
	held := conn.Health.Limits.Facets & calendar.References
	if held == 0 {
		return "", nil
	}
	account, err := tx.Account(ctx, conn.Account)
	if err != nil {
		return "", err
	}
	refs, err := s.House.Hub.Refs(ctx, tx, account.Server, a)
	if err != nil {
		return "", err
	}
	var names []string
	for _, f := range held.List() {
		if refs.Ref(f).Here != 0 {
			names = append(names, c.T("field."+f.String()))
		}
	}
	if len(names) == 0 {
		return "", nil
	}
	return " " + c.T("work.untold", "what", strings.Join(names, ", ")), nil
}

// lensView is what the connection knows when it looks at an item, as a run would have it now.
func (s *server) lensView(ctx context.Context, tx engine.Tx, conn *store.Connection, linked bool) (lens.View, error) {
	settings, err := connection.Settings(conn)
	if err != nil {
		return lens.View{}, err
	}
	var user crm.User
	if user, err = tx.User(ctx, conn.Member); err != nil {
		return lens.View{}, err
	}
	zone, err := recur.Location(user.TimeZone)
	if err != nil || user.TimeZone == "" {
		zone = time.UTC
	}
	return lens.View{
		Connection: conn.ID, Member: conn.Member, Settings: &settings, Writable: conn.Writable, HubAt: conn.HubAt,
		Today: calendar.WallIn(s.now(), zone).Midnight(), Zone: zone, Linked: linked,
		Limits: lens.Limits(conn.Health.Limits),
	}, nil
}

func (s *server) explainEvent(c *caller, ctx context.Context, in *explainEvent) (*body[Explanation], error) {
	conn, err := s.House.Connections.Get(ctx, c.Who, in.ID)
	if err != nil {
		return nil, err
	}
	if conn.Member != c.User.ID {
		return nil, connection.ErrNotYours // what is in somebody's calendar is theirs, for administrators too
	}
	var out Explanation
	var known bool
	var acc store.Account
	err = s.view(ctx, c, func(tx engine.Tx) error {
		known = true
		if work, err := tx.WorkBySubject(ctx, conn.ID, "r:"+in.Event); err == nil {
			out = waits(c, work)
			return nil
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if _, err := tx.LinkByRemote(ctx, conn.ID, in.Event); err == nil {
			out = explained(c, true, lens.AlreadyLinked)
			return nil
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		known = false
		acc, err = tx.Account(ctx, conn.Account)
		return err
	})
	if err != nil || known {
		return answer(out, err)
	}
	return answer(s.explainUnknown(ctx, c, &conn, acc, in.Event))
}

// explainUnknown reads an event that is not tied to anything, and asks whether it would be let in.
func (s *server) explainUnknown(ctx context.Context, c *caller, conn *store.Connection, acc store.Account, event string) (out Explanation, err error) {
	remote, err := s.House.Runner.Remote(c.Company, *conn, acc)
	if err != nil {
		return out, err
	}
	items, err := remote.Read(ctx, []provider.RemoteID{provider.RemoteID(event)})
	if err != nil {
		return out, err
	}
	if len(items) == 0 || items[0].State == provider.StateGone {
		return out, fmt.Errorf("event: %w", store.ErrNotFound)
	}
	if p := items[0].Problem; p != nil {
		x := c.Problem(string(p.Code))
		return Explanation{Code: x.Code, Reason: x.Title + ". " + x.Cause, Remedy: Remedy{Action: "none", Label: x.Next}}, nil
	}
	err = s.view(ctx, c, func(tx engine.Tx) error {
		v, err := s.lensView(ctx, tx, conn, false)
		if err != nil {
			return err
		}
		b, err := tx.Baseline(ctx, conn.ID, event)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		e := items[0].Event
		_, reason := lens.Admit(&e, lens.Entry{Known: err == nil, Fingerprint: b.Fingerprint}, false, v)
		out = explained(c, false, reason)
		return nil
	})
	return out, err
}
