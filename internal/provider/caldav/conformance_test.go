package caldav

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/caldav"
	"tahti/internal/provider/conformance"
	"tahti/internal/realserver"
	standin "tahti/internal/standin/caldav"
)

// garbageTaken is why a server is excused from saying that a cursor is lost; the adapter never sends it one that it did
// not give out, and the audit finds what an expired one hides.
const garbageTaken = "it answers an unknown sync-token with 207 and a part of the truth (providers.md trap 9)"

// open connects as the product does: probe, store, open with what was stored.
func open(t *testing.T, o Options) *Calendar {
	t.Helper()
	c, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Probe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if o.Profile, err = ParseProfile(p.String()); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(o); err != nil {
		t.Fatal(err)
	}
	return c
}

// opening is a calendar with the wire between it and the adapter.
type opening struct {
	*backdoor.Wire
	conformance.Forgetter
	*other.Calendar
}

func newBackdoor(address string, sign func(*http.Request), prefix string) *opening {
	g := &other.Garbler{Base: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4}}
	return &opening{
		Wire: &backdoor.Wire{Base: g, Writes: other.IsWrite}, Forgetter: g,
		Calendar: &other.Calendar{
			Server: backdoor.Server{Base: address, Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}, Sign: sign}, Prefix: prefix,
		},
	}
}

// variants are what no product does by itself in the list of profiles, but some server somewhere does.
func variants() []standin.Profile {
	return []standin.Profile{
		{Name: "paged", PageLimit: 7, Schedule: standin.ScheduleNone},
		{Name: "ctag only", NoSync: true, Schedule: standin.ScheduleNone},
		{Name: "listing only", NoSync: true, NoCtag: true},
		{Name: "weak etags", WeakETag: true},
		{Name: "no etag after a put", PutETag: standin.ETagNever, Normalise: standin.Reorder},
		{Name: "compressing proxy", GzipSuffix: true},
		{Name: "digest with SHA-256", Digest: standin.DigestSHA256},
	}
}

func TestStandIns(t *testing.T) {
	for _, profile := range append(standin.Profiles(), variants()...) {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			target := conformance.Target{Name: profile.Name, Many: 220, Skip: map[string]string{}}
			fresh := func(t *testing.T) (provider.Provider, conformance.Backdoor) {
				server := standin.New(standin.Options{Profile: profile, Token: "back door", Users: []standin.User{{Name: "alice", Password: "secret"}}})
				web := httptest.NewServer(server)
				t.Cleanup(web.Close)
				b := newBackdoor(web.URL+server.CalendarPath("alice", "calendar"), backdoor.Bearer("back door"), "other")
				b.Unquoted = profile.Normalise == standin.Mangle
				b.Store = func(name string, raw []byte) error { return server.PutRaw("alice", "calendar", name, raw) }
				c := open(t, Options{
					URL: b.Calendar.Base, Username: "alice", Password: "secret", Digest: profile.Digest != "", Self: []string{"alice@example.com"},
					Transport: b.Wire, Now: time.Now, AllowPlain: true,
				})
				if profile.Digest != "" {
					// Its nonce is fetched, so that a fault meets the request and not the question before it.
					if _, err := c.head(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
				return c, b
			}
			if profile.GarbageToken == standin.GarbageEverything || profile.GarbageToken == standin.GarbageLive {
				target.Skip["a lost cursor is said, or answered with everything"] = garbageTaken
			}
			if profile.Tokens == standin.TokenSeconds {
				// The real one moves its token on and is quiet after two seconds; see TestRealServers.
				target.Skip["no change is no item, at the stated cost"] = "the stand-in repeats the last second for ever"
			}
			conformance.Run(t, target, fresh)
		})
	}
}

// TestRealServers runs against what is installed; DAViCal, which has to start a PostgreSQL of its own, when the full
// matrix is asked for.
func TestRealServers(t *testing.T) {
	for _, name := range realserver.Names() {
		t.Run(name, func(t *testing.T) {
			needServers(t, name)
			server := realserver.Start(t, name, realserver.Options{})
			conformance.Run(t, realTarget(server), realCalendars(server))
		})
	}
}

func needServers(t *testing.T, name string) {
	t.Helper()
	if name != "xandikos" && !realserver.InFull(name) {
		t.Skipf("%s left out: it takes seconds to start; TAHTI_TEST_SERVERS=all includes it", name)
	}
}

func realTarget(server *realserver.Server) conformance.Target {
	target := conformance.Target{Name: server.Name, Many: 120, Skip: map[string]string{}}
	switch server.Name {
	case "cyrus":
		target.Lossy = map[string]string{"A moment": "it refuses what ends when it starts, however that is written"}
	case "sogo":
		target.Lossy = map[string]string{"A moment": "it gives an hour to what has no end"}
		target.Settle = 2500 * time.Millisecond
		target.Skip["a lost cursor is said, or answered with everything"] = garbageTaken
	case "davical":
		target.Skip["a lost cursor is said, or answered with everything"] = garbageTaken
	}
	return target
}

// realCalendars makes a calendar for each case.
func realCalendars(server *realserver.Server) func(t *testing.T) (provider.Provider, conformance.Backdoor) {
	var made atomic.Int64
	return func(t *testing.T) (provider.Provider, conformance.Backdoor) {
		n := made.Add(1)
		address := fmt.Sprintf("%st%d/", server.HomeURL("alice"), n)
		r := server.Do("alice", "MKCALENDAR", address, "")
		if r.Status != http.StatusCreated {
			t.Fatalf("make calendar: HTTP %d: %s", r.Status, r.Body)
		}
		user := server.User("alice")
		b := newBackdoor(address, func(r *http.Request) { r.SetBasicAuth(user.Name, user.Password) }, fmt.Sprintf("other-%d", n))
		return open(t, Options{
			URL: address, Username: user.Name, Password: user.Password, Self: []string{strings.ToLower(user.Email)},
			Transport: b.Wire, Now: time.Now, AllowPlain: true,
		}), b
	}
}
