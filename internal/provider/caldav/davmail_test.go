package caldav

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/caldav"
	outlook "tahti/internal/provider/backdoor/ews"
	"tahti/internal/provider/conformance"
	"tahti/internal/realserver"
	"tahti/internal/recur"
	exchange "tahti/internal/standin/ews"
)

const alice = "alice@example.com"

// gateway is DavMail in front of mailboxes of alice's: her password says which.
type gateway struct {
	url  string
	mu   sync.Mutex
	made map[string]*exchange.Server
	ews  *httptest.Server
}

func startGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{made: map[string]*exchange.Server{}}
	g.ews = httptest.NewServer(g)
	t.Cleanup(g.ews.Close)
	g.url = realserver.DavMail(t, g.ews.URL+"/EWS/Exchange.asmx")
	return g
}

// ServeHTTP leads a request to the mailbox that its password is of.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, password, _ := r.BasicAuth()
	g.mu.Lock()
	server := g.made[password]
	g.mu.Unlock()
	if server == nil {
		w.Header().Set("WWW-Authenticate", `Basic realm="exchange"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	server.ServeHTTP(w, r)
}

// mailbox is a new one, and its password.
func (g *gateway) mailbox(now func() time.Time) (server *exchange.Server, password string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	password = fmt.Sprintf("secret-%d", len(g.made))
	server = exchange.New(exchange.Options{
		Zone: "Europe/Helsinki", Schemes: []string{"Basic"}, Now: now,
		Users: []exchange.User{{Name: alice, Password: password}},
	})
	g.made[password] = server
	return server, password
}

// steady is a clock on which no two things happen in the same second, of a day that is over: the gateway's tags are times in seconds.
func steady() func() time.Time {
	from, ticks := time.Now().Add(-48*time.Hour).Truncate(time.Second), atomic.Int64{}
	return func() time.Time { return from.Add(time.Duration(ticks.Add(1)) * time.Second) }
}

// behind is a mailbox in Outlook, past the gateway, whose ids are those that the gateway lists.
type behind struct {
	*backdoor.Wire
	server   *exchange.Server
	calendar *outlook.Calendar
	path     string
}

func (b *behind) listed(id provider.RemoteID) provider.RemoteID {
	return provider.RemoteID(b.path + strings.NewReplacer("+", "-", "/", "_").Replace(string(id)) + ".EML")
}

func (b *behind) own(id provider.RemoteID) provider.RemoteID {
	name := strings.TrimSuffix(strings.TrimPrefix(string(id), b.path), ".EML")
	return provider.RemoteID(strings.NewReplacer("-", "+", "_", "/").Replace(name))
}

func (b *behind) Create(e calendar.Event) (provider.RemoteID, error) {
	id, err := b.calendar.Create(e)
	return b.listed(id), err
}

func (b *behind) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	id, err := b.calendar.CreateRich(e)
	return b.listed(id), err
}

func (b *behind) Unmodelled(id provider.RemoteID) ([]string, error) {
	return b.calendar.Unmodelled(b.own(id))
}

func (b *behind) Edit(id provider.RemoteID, e calendar.Event) error {
	return b.calendar.Edit(b.own(id), e)
}

func (b *behind) Delete(id provider.RemoteID) error { return b.calendar.Delete(b.own(id)) }

func (b *behind) Held() ([]provider.RemoteID, error) {
	ids, err := b.calendar.Held()
	for i := range ids {
		ids[i] = b.listed(ids[i])
	}
	return ids, err
}

// connect finds alice's calendar at the gateway and opens it, by Exchange's clock and by ours.
func (g *gateway) connect(t *testing.T, theirs, ours func() time.Time) (*Calendar, *behind) {
	t.Helper()
	server, password := g.mailbox(theirs)
	w := &backdoor.Wire{Base: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4}, Writes: other.IsWrite}
	a, err := Discover(t.Context(), Login{Address: g.url, Username: alice, Password: password, Transport: w, Now: ours, AllowPlain: true})
	must(t, err)
	if len(a.Calendars) != 1 || a.Calendars[0].Name != "Calendar" || !a.Calendars[0].Writable || !slices.Equal(a.Self, []string{alice}) {
		t.Fatalf("found %+v", a)
	}
	c := open(t, Options{URL: a.Calendars[0].ID, Username: a.Username, Password: password, Self: a.Self, Transport: w, Now: ours, AllowPlain: true})
	mine := backdoor.Server{Base: "https://mail.example.com/EWS/Exchange.asmx", Transport: direct{server}, Sign: func(r *http.Request) { r.SetBasicAuth(alice, password) }}
	return c, &behind{Wire: w, server: server, calendar: &outlook.Calendar{Server: mine, ID: folder(t, &mine)}, path: c.path}
}

// folder is the id of the calendar.
func folder(t *testing.T, s *backdoor.Server) string {
	t.Helper()
	const types, messages = "http://schemas.microsoft.com/exchange/services/2006/types", "http://schemas.microsoft.com/exchange/services/2006/messages"
	status, answer, err := s.Do(http.MethodPost, "", []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="`+types+`" xmlns:m="`+messages+`"><s:Header>`+
		`<t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header><s:Body><m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>`+
		`<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>`), http.Header{"Content-Type": {"text/xml; charset=utf-8"}})
	id := regexp.MustCompile(`<t:FolderId Id="([^"]+)"`).FindSubmatch(answer)
	if err != nil || len(id) == 0 {
		t.Fatalf("%d %s %v", status, answer, err)
	}
	return string(id[1])
}

// direct is a connection to a server in the same process.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, in)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// arrives lets an invitation of somebody elsewhere arrive in the mailbox.
func (b *behind) arrives(e calendar.Event) error {
	inside, err := outlook.Whole(&e)
	if err != nil {
		return err
	}
	return b.server.Invite(alice, e.Organizer.Email, inside)
}

// TestDavMail runs the whole suite through the gateway, when the full matrix is asked for.
func TestDavMail(t *testing.T) {
	needServers(t, "davmail")
	g := startGateway(t)
	target := conformance.Target{
		Name: "davmail", Many: 120, Paraphrases: true, Loses: `\`, Fixed: calendar.Fields(calendar.Busy),
		Skip: map[string]string{"an item that was deleted and made anew is read anew": "Exchange uses no id again"},
	}
	conformance.Run(t, target, func(t *testing.T) (provider.Provider, conformance.Backdoor) {
		return g.connect(t, steady(), time.Now)
	})
}

// TestThroughDavMail is a day of a calendar in Exchange, seen through the gateway, where all that happens does so within a second or two.
func TestThroughDavMail(t *testing.T) {
	var ahead atomic.Int64 // our clock before Exchange's
	c, behind := startGateway(t).connect(t, time.Now, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	if p := c.profile; p.Product != "DavMail" || p.ReadOnly || p.Guard != provider.GuardNone || !p.CTag || p.Sync || !p.Schedules {
		t.Errorf("%s", p)
	}
	cursor, items := pulled(t, c, "", nil)
	if len(items) != 0 {
		t.Errorf("at first: %v", items)
	}

	made, err := c.Put(t.Context(), provider.Put{Key: testKey, Event: helsinki("Plan", "09:00", "one; two, three"), Fields: calendar.BothWaysFields})
	must(t, err)
	if there, err := behind.Held(); err != nil || len(there) != 1 || made.ID != there[0] || made.Key != testKey || !made.Event.Busy {
		t.Errorf("made %s %+v, Exchange holds %v %v", made.ID, made.Event, there, err)
	}
	if found, err := c.Find(t.Context(), testKey); err != nil || found.ID != made.ID {
		t.Errorf("found %s, %v", found.ID, err)
	}
	if cursor, items = pulled(t, c, cursor, &made); len(items) != 1 || items[0].ID != made.ID {
		t.Errorf("what is new is told until its second has passed: %v", items)
	}
	must(t, behind.Edit(made.ID, helsinki("Theirs", "10:00", "one; two, three")))
	rename := func(base provider.Item, subject string) (provider.Item, error) {
		e := base.Event.Clone()
		e.Subject = subject
		return c.Put(t.Context(), provider.Put{ID: base.ID, Base: &base, Event: e, Fields: calendar.Fields(calendar.Subject)})
	}
	_, err = rename(made, "Ours")
	wantClass(t, err, provider.Conflict)
	wantClass(t, c.Remove(t.Context(), provider.Remove{ID: made.ID, Base: &made}), provider.Conflict)
	if cursor, items = pulled(t, c, cursor, &made); len(items) != 1 {
		t.Errorf("changed within a second: %v", items)
	}
	theirs := one(t, c, made.ID)
	ours, err := rename(theirs, "Ours")
	must(t, err)
	if e := ours.Event; e.Subject != "Ours" || e.Start.Wall.Civil().Hour() != 10 || e.Description != "one; two, three" || !e.Busy {
		t.Errorf("changed: %+v", e)
	}

	e := helsinki("Series", "09:00", "")
	e.Rule, e.Cancelled = "FREQ=WEEKLY;COUNT=5", []calendar.Wall{e.Start.Wall + 7*calendar.Day}
	differs := calendar.Override{Original: e.Start.Wall + 14*calendar.Day, Set: calendar.Fields(calendar.Subject)}
	differs.Subject = "Other"
	e.Overrides = []calendar.Override{differs}
	series, err := c.Put(t.Context(), provider.Put{Key: "1" + testKey[1:], Event: e, Fields: calendar.BothWaysFields})
	must(t, err)
	series, err = rename(series, "Renamed")
	must(t, err)
	if got := occurrences(t, one(t, c, series.ID).Event); got != "Renamed 0303T07, Other 0317T07, Renamed 0324T07, Renamed 0331T06" {
		t.Errorf("the series: %s", got)
	}

	for i, zone := range []string{"America/Chicago", "Africa/Tripoli"} { // of which it knows the first by its place, and the other not at all
		e := helsinki(zone, "09:00", "")
		e.Start, e.End = calendar.InZone(e.Start.Wall+120*calendar.Day, zone), calendar.InZone(e.End.Wall+120*calendar.Day, zone) // in summer
		made, err := c.Put(t.Context(), provider.Put{Key: provider.Key(fmt.Sprint(2+i)) + testKey[1:], Event: e, Fields: calendar.BothWaysFields})
		must(t, err)
		if want, got := occurrences(t, e), occurrences(t, made.Event); got != want {
			t.Errorf("%s: %s, want %s", zone, got, want)
		}
		must(t, c.Remove(t.Context(), provider.Remove{ID: made.ID, Base: &made}))
	}

	meeting := helsinki("Theirs", "12:00", "")
	meeting.Organizer.Email = "carol@elsewhere.example"
	meeting.Guests = []calendar.Guest{{Person: calendar.Person{Email: alice}}}
	must(t, behind.arrives(meeting))
	must(t, c.Remove(t.Context(), provider.Remove{ID: ours.ID, Base: &ours}))
	cursor, items = pulled(t, c, cursor, &ours)
	for _, it := range items {
		if it.State == provider.StateGone != (it.ID == ours.ID) {
			t.Errorf("%+v", it)
		}
		if it = one(t, c, it.ID); it.Invited && it.Editable != 0 {
			t.Errorf("an invitation is editable: %v", it.Editable)
		}
	}
	if len(items) != 3 {
		t.Errorf("at last: %v", items)
	}

	ahead.Store(int64(2 * slack))
	cursor, _ = pulled(t, c, cursor, nil)
	before := behind.Requests()
	if _, items = pulled(t, c, cursor, nil); len(items) != 0 || behind.Requests() != before+1 {
		t.Errorf("in peace: %v in %d requests", items, behind.Requests()-before)
	}
}

// pulled is what a pull tells, known being all that is held; what is absent from a list is told as gone.
func pulled(t *testing.T, c *Calendar, since provider.Cursor, known *provider.Item) (provider.Cursor, []provider.Item) {
	t.Helper()
	p, err := c.Pull(t.Context(), since, func(id provider.RemoteID) provider.Versions {
		if known != nil && known.ID == id {
			return known.Versions
		}
		return nil
	})
	must(t, err)
	if d, ok := p.(provider.Delta); ok {
		return d.Next, d.Items
	}
	s := p.(provider.Snapshot)
	if known != nil && s.Whole.Absent(known.ID, provider.Range{}) {
		s.Items = append(s.Items, provider.Item{ID: known.ID, State: provider.StateGone})
	}
	return s.Next, s.Items
}

// one reads one item.
func one(t *testing.T, c *Calendar, id provider.RemoteID) provider.Item {
	t.Helper()
	items, err := c.Read(t.Context(), []provider.RemoteID{id})
	must(t, err)
	return items[0]
}

// occurrences are the subjects and days of a series.
func occurrences(t *testing.T, e calendar.Event) string {
	t.Helper()
	list, _, err := recur.Expand(&e, time.Unix(0, 0), e.Start.Wall.Civil().AddDate(1, 0, 0), time.UTC, 100)
	must(t, err)
	var out []string
	for _, o := range list {
		out = append(out, o.Values.Subject+" "+o.Start.UTC().Format("0102T15"))
	}
	return strings.Join(out, ", ")
}

// helsinki is an event of an hour on the third of March.
func helsinki(subject, clock, text string) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Description, e.Busy = subject, text, true
	at, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	start := calendar.WallOf(2026, time.March, 3, at.Hour(), at.Minute(), 0)
	e.Start, e.End = calendar.InZone(start, "Europe/Helsinki"), calendar.InZone(start+calendar.Day/24, "Europe/Helsinki")
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
