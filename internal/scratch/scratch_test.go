package scratch

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/provider/backdoor"
	otherCalDAV "tahti/internal/provider/backdoor/caldav"
	otherEWS "tahti/internal/provider/backdoor/ews"
	otherGoogle "tahti/internal/provider/backdoor/google"
	otherGraph "tahti/internal/provider/backdoor/graph"
	"tahti/internal/provider/caldav"
	"tahti/internal/provider/conformance"
	"tahti/internal/provider/ews"
	"tahti/internal/provider/google"
	"tahti/internal/provider/graph"
	standinCalDAV "tahti/internal/standin/caldav"
	standinEWS "tahti/internal/standin/ews"
	standinGoogle "tahti/internal/standin/google"
	standinGraph "tahti/internal/standin/graph"

	vocabulary "tahti/internal/calendar"
)

const alice = "alice@example.com"

// service is a stand-in with alice's own calendar, in which somebody has put an event.
type service struct {
	Account
	mine  conformance.Backdoor // alice's own calendar
	list  func() []string      // the names of all her calendars
	mails func() int
}

func lunch() vocabulary.Event {
	e := vocabulary.Event{Known: vocabulary.AllFields}
	e.Subject, e.Busy = "Lunch", true
	e.Start, e.End = vocabulary.InZone(vocabulary.WallOf(2026, 3, 4, 12, 0, 0), "Europe/Helsinki"), vocabulary.InZone(vocabulary.WallOf(2026, 3, 4, 13, 0, 0), "Europe/Helsinki")
	return e
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	return web.URL
}

var services = map[string]func(t *testing.T) service{
	"google": func(t *testing.T) service {
		server := standinGoogle.New(standinGoogle.Options{Token: "t", Users: []standinGoogle.User{{Email: alice, Password: "secret"}}})
		s := service{Account: Account{Provider: "google", URL: serve(t, server), Token: "t"}, mails: func() int { return len(server.Mails()) }}
		base := s.URL + "/calendar/v3"
		s.mine = &otherGoogle.Calendar{Server: backdoor.Server{Base: base, Transport: http.DefaultTransport, Sign: backdoor.Bearer("t")}, ID: alice, Prefix: "mine"}
		s.list = func() (names []string) {
			a, err := google.OpenAccount(google.Config{Base: base, Transport: signed(http.DefaultTransport, backdoor.Bearer("t")), Now: time.Now})
			check(t, err)
			list, err := a.Calendars(t.Context())
			check(t, err)
			for _, c := range list {
				names = append(names, c.Name)
			}
			return names
		}
		return s
	},
	"graph": func(t *testing.T) service {
		server := standinGraph.New(standinGraph.Options{Token: "t", Users: []standinGraph.User{{Name: alice, Password: "secret"}}})
		s := service{Account: Account{Provider: "graph", URL: serve(t, server), Token: "t"}, mails: func() int { return len(server.Mails()) }}
		base := s.URL + "/v1.0"
		a, err := graph.OpenAccount(graph.Config{Base: base, Transport: signed(http.DefaultTransport, backdoor.Bearer("t")), Now: time.Now, AllowPlain: true})
		check(t, err)
		list, err := a.Calendars(t.Context())
		check(t, err)
		s.mine = &otherGraph.Calendar{Server: backdoor.Server{Base: base, Transport: http.DefaultTransport, Sign: backdoor.Bearer("t")}, ID: list[0].ID}
		s.list = func() (names []string) {
			list, err := a.Calendars(t.Context())
			check(t, err)
			for _, c := range list {
				names = append(names, c.Name)
			}
			return names
		}
		return s
	},
	"ews": func(t *testing.T) service {
		server := standinEWS.New(standinEWS.Options{Users: []standinEWS.User{{Name: alice, Password: "secret"}}})
		s := service{
			Account: Account{Provider: "ews", URL: serve(t, server), Username: alice, Password: "secret"}, mails: func() int { return len(server.Mails()) },
		}
		c := ews.Config{URL: s.URL + "/EWS/Exchange.asmx", SignIn: ews.Basic, Username: alice, Password: "secret", Transport: http.DefaultTransport, Now: time.Now, AllowPlain: true}
		a, err := ews.OpenAccount(c)
		check(t, err)
		signs, err := ews.Signed(c)
		check(t, err)
		list, err := a.Calendars(t.Context())
		check(t, err)
		s.mine = &otherEWS.Calendar{Server: backdoor.Server{Base: c.URL, Transport: signs}, ID: list[0].ID}
		s.list = func() (names []string) {
			list, err := a.Calendars(t.Context())
			check(t, err)
			for _, c := range list {
				names = append(names, c.Name)
			}
			return names
		}
		return s
	},
	"caldav": func(t *testing.T) service {
		server := standinCalDAV.New(standinCalDAV.Options{Profile: standinCalDAV.Profiles()[0], Users: []standinCalDAV.User{{Name: alice, Password: "secret"}}})
		s := service{
			Account: Account{Provider: "caldav", URL: serve(t, server), Username: alice, Password: "secret"}, mails: func() int { return len(server.Mails()) },
		}
		sign := func(r *http.Request) { r.SetBasicAuth(alice, "secret") }
		s.mine = &otherCalDAV.Calendar{
			Server: backdoor.Server{Base: s.URL + server.CalendarPath(alice, "calendar"), Transport: http.DefaultTransport, Sign: sign}, Prefix: "mine",
		}
		s.list = func() (names []string) {
			a, err := caldav.Discover(t.Context(), caldav.Login{
				Address: s.URL, Username: alice, Password: "secret", Transport: http.DefaultTransport, Now: time.Now, AllowPlain: true,
			})
			check(t, err)
			for _, c := range a.Calendars {
				names = append(names, c.Name)
			}
			return names
		}
		return s
	},
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestItLeavesAnAccountAsItWas, when the suite comes to its end and when it is told to stop in the middle.
func TestItLeavesAnAccountAsItWas(t *testing.T) {
	for name, begin := range services {
		for _, whole := range []bool{true, false} {
			t.Run(map[bool]string{true: name, false: name + ", stopped"}[whole], func(t *testing.T) {
				t.Parallel()
				s := begin(t)
				s.Transport, s.Now = http.DefaultTransport, time.Now
				own, err := s.mine.Create(lunch())
				check(t, err)
				before := s.list()

				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				made, cases := "", 0
				r, err := Run(ctx, s.Account, func(name string) { made = name }, func(conformance.Result) {
					if cases++; cases == 1 && !slices.Contains(s.list(), made) {
						t.Errorf("no calendar %q among %q", made, s.list())
					}
					if cases == 3 && !whole {
						stop()
					}
				})
				if whole && (err != nil || r.Result.Outcome != conformance.Passed) || !whole && !errors.Is(err, context.Canceled) {
					t.Errorf("%v, %v", r.Result.Outcome, err)
				}
				for i, c := range r.Result.Parts {
					if c.Outcome == conformance.Failed || !whole && i > 2 && c.Outcome != conformance.NotRun {
						t.Errorf("%s: %v %q", c.Name, c.Outcome, c.Lines)
					}
				}
				if r.Left || r.Calendar != made || cases < 20 || !strings.HasPrefix(made, "Tahti conformance "+r.Date) {
					t.Errorf("%q left %v after %d cases", r.Calendar, r.Left, cases)
				}
				if after := s.list(); !slices.Equal(before, after) {
					t.Errorf("calendars before %q, after %q", before, after)
				}
				if held, err := s.mine.Held(); err != nil || len(held) != 1 || held[0] != own {
					t.Errorf("alice's own calendar holds %v %v", held, err)
				}
				if n := s.mails(); n != 0 {
					t.Errorf("%d mails", n)
				}
			})
		}
	}
}

// stubborn refuses what a test wants refused.
type stubborn func(r *http.Request) bool

func (s stubborn) RoundTrip(r *http.Request) (*http.Response, error) {
	if s(r) {
		return backdoor.Reply(r, http.StatusForbidden, "text/plain", "no"), nil
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestACalendarThatCannotBeRemovedIsNamed(t *testing.T) {
	for name, begin := range services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.Now = time.Now
			s.Transport = stubborn(func(r *http.Request) bool { // of a calendar, and not of an event in it
				path := strings.TrimSuffix(r.URL.Path, "/")
				if strings.HasSuffix(r.Header.Get("SOAPAction"), `/DeleteFolder"`) {
					return true
				}
				return r.Method == http.MethodDelete && !strings.Contains(path, "/events") && !strings.HasSuffix(path, ".ics")
			})
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			r, err := Run(ctx, s.Account, func(string) {}, func(conformance.Result) { stop() })
			if err == nil || !r.Left || !strings.Contains(err.Error(), r.Calendar) || !slices.Contains(s.list(), r.Calendar) {
				t.Errorf("left %v, %v", r.Left, err)
			}
		})
	}
}

func TestWhereNoCalendarCanBeMadeNothingIsRun(t *testing.T) {
	for name, begin := range services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.Now = time.Now
			s.Transport = stubborn(func(r *http.Request) bool { return r.Method == http.MethodPost || r.Method == "MKCALENDAR" })
			before := s.list()
			r, err := Run(t.Context(), s.Account, func(string) {}, func(c conformance.Result) { t.Errorf("ran %s", c.Name) })
			if err == nil || r.Left || !slices.Equal(before, s.list()) {
				t.Errorf("left %v, %v", r.Left, err)
			}
		})
	}
}

func TestNoOtherProviderIsKnown(t *testing.T) {
	if _, err := Run(t.Context(), Account{Provider: "other", Now: time.Now}, nil, nil); err == nil {
		t.Error("no error")
	}
}

// A suite that fails removes its calendar, too.
func TestWhatFailsIsInTheReport(t *testing.T) {
	s := services["google"](t)
	s.Now = time.Now
	s.Transport = stubborn(func(r *http.Request) bool { return r.Method == http.MethodPatch })
	r, err := Run(t.Context(), s.Account, func(string) {}, func(conformance.Result) {})
	if err != nil || r.Left || r.Result.Outcome != conformance.Failed || r.Result.Parts[0].Outcome != conformance.Passed {
		t.Errorf("%v, left %v: %v", err, r.Left, r.Result.Outcome)
	}
}

// What a server cannot do by its nature is left out with the reason, and so is what it might answer by mail.
func TestWhatAServerCannotDoIsExpected(t *testing.T) {
	for _, c := range []struct {
		profile       caldav.Profile
		self          []string
		skips, lossy  []string
		server, named string
	}{
		{caldav.Profile{}, []string{"bob@example.com"}, nil, nil, "dav.example", "bob@example.com"},
		{caldav.Profile{}, nil, []string{invited}, nil, "dav.example", ""},
		{caldav.Profile{Product: "SOGo", Schedules: true}, []string{"bob@example.com"}, []string{lost, invited}, []string{"A moment"}, "dav.example (SOGo)", ""},
		{caldav.Profile{Product: "DAViCal", Schedules: true}, nil, []string{lost, invited}, nil, "dav.example (DAViCal)", ""},
		{caldav.Profile{Product: "Cyrus", Schedules: true}, nil, []string{invited}, []string{"A moment"}, "dav.example (Cyrus)", ""},
	} {
		m := made{server: "dav.example", target: conformance.Target{Skip: map[string]string{}, Lossy: map[string]string{}}}
		m.expect(caldav.Options{Profile: c.profile, Self: c.self})
		skips, lossy := slices.Sorted(maps.Keys(m.target.Skip)), slices.Sorted(maps.Keys(m.target.Lossy))
		slices.Sort(c.skips)
		if !slices.Equal(skips, c.skips) || !slices.Equal(lossy, c.lossy) || m.server != c.server || m.target.Self != c.named {
			t.Errorf("%+v: skips %q, lossy %q, %s as %q", c.profile, skips, lossy, m.server, m.target.Self)
		}
	}
}
