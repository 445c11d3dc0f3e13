package ews

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/ews"
	"tahti/internal/provider/conformance"
	standin "tahti/internal/standin/ews"
)

const alice = "alice@example.com"

// rig is a stand-in with a mailbox, the adapter over one calendar of it, and the other program.
type rig struct {
	server *standin.Server
	*door
	*Calendar
	config Config
}

// direct is a connection to a server in the same process.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if r.URL.Scheme == "https" {
		in.TLS = &tls.ConnectionState{} // addresses that it gives out are https
	}
	keep := exchange(in)
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, in)
	keep(rec.Body.Bytes())
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

var exchanges atomic.Int64

// exchange keeps a request and its answer in the folder that TAHTI_EWS_EXCHANGES names, for whoever has the original's schemas to hold
// them to.
func exchange(r *http.Request) func(answer []byte) {
	dir := os.Getenv("TAHTI_EWS_EXCHANGES")
	if dir == "" {
		return func([]byte) {}
	}
	asked, _ := io.ReadAll(r.Body) // what is lost here is missed by the stand-in
	r.Body = io.NopCloser(bytes.NewReader(asked))
	name := filepath.Join(dir, strconv.FormatInt(exchanges.Add(1), 10))
	return func(answer []byte) {
		_ = os.WriteFile(name+"-request.xml", asked, 0o644) // nothing is tested by it
		_ = os.WriteFile(name+"-answer.xml", answer, 0o644)
	}
}

// door is the mailbox in another program, past the adapter's wire, and what only a stand-in can do to it.
type door struct {
	*backdoor.Wire
	*other.Calendar
	server *standin.Server
	writes *atomic.Int64 // requests that change something
}

// Create stores an event of alice's, or lets an invitation to one of somebody elsewhere arrive.
func (b *door) Create(e calendar.Event) (provider.RemoteID, error) {
	if e.Organizer.Email != "" && e.Organizer.Email != alice {
		return b.Invite(e)
	}
	return b.Calendar.Create(e)
}

// Invite lets an invitation of somebody elsewhere arrive.
func (b *door) Invite(e calendar.Event) (provider.RemoteID, error) {
	had, err := b.Held()
	if err != nil {
		return "", err
	}
	inside, err := other.Whole(&e)
	if err != nil {
		return "", err
	}
	if err := b.server.Invite(alice, e.Organizer.Email, inside); err != nil {
		return "", err
	}
	has, err := b.Held()
	for _, id := range has {
		if !slices.Contains(had, id) {
			return id, nil
		}
	}
	return "", errors.Join(errors.New("the invitation did not arrive"), err)
}

func (b *door) LoseCursors() error { return b.server.ForgetStates(alice) }

// Held asks twice: of a search that lags, the first answer may not show what was just made.
func (b *door) Held() ([]provider.RemoteID, error) {
	if _, err := b.Calendar.Held(); err != nil {
		return nil, err
	}
	return b.Calendar.Held()
}

// newRig opens the calendar as the product does: list, probe, open with what the probe found.
func newRig(t testing.TB, o standin.Options) *rig {
	t.Helper()
	if o.Zone == "" {
		o.Zone = "Europe/Helsinki"
	}
	server := standin.New(o)
	writes := &atomic.Int64{}
	w := &backdoor.Wire{Base: direct{server}, Writes: other.IsWrite, Refusal: other.Refusal, See: func(r *http.Request) *http.Response {
		if other.IsWrite(r) {
			writes.Add(1)
		}
		return nil
	}}
	c := Config{URL: "https://mail.example.com/EWS/Exchange.asmx", SignIn: Basic, Username: alice, Password: "secret", Transport: w, Now: time.Now, TimeZone: "Europe/Helsinki"}
	if o.Now != nil {
		c.Now = o.Now
	}
	a, err := OpenAccount(c)
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.Calendars(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Calendar = list[0].ID
	p, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	if c.Profile, err = p.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p, err = Open(c); err != nil {
		t.Fatal(err)
	}
	alices := backdoor.Server{Base: c.URL, Transport: direct{server}, Sign: func(r *http.Request) { r.SetBasicAuth(alice, "secret") }}
	return &rig{server, &door{Wire: w, Calendar: &other.Calendar{Server: alices, ID: c.Calendar}, server: server, writes: writes}, p, c}
}

// variants are the open questions about Exchange, each answered the other way (providers.md, what is marked [M]).
var variants = []struct {
	name string
	standin.Variants
}{
	{"as the documents read", standin.Variants{}},
	{"exceptions outlive a move, and have change keys of their own", standin.Variants{KeepExceptions: true, OccurrenceKeys: true}},
	{"a new start moves the zone, a stale key is a stale object", standin.Variants{UpdateMovesZone: true, StaleCode: true}},
	{"deletions look at the change key, the oldest changes come first", standin.Variants{DeleteChecksKey: true, OldestFirst: true}},
	{"a search that lags", standin.Variants{LateFind: true}},
	{"guests who may edit, batches that stop", standin.Variants{GuestsEdit: true, BatchStops: true, ViewRestricts: true}},
	{"zones by IANA's names, an expired password is a wrong one", standin.Variants{IANAZones: true, ExpiredIs401: true, ForeignProperties: true}},
}

func TestStandIns(t *testing.T) {
	for i, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			if i > 0 && testing.Short() {
				t.Skip("one answer to the open questions is enough for short runs")
			}
			t.Parallel()
			target := conformance.Target{Name: v.name, Many: 70, Skip: map[string]string{
				"an item that was deleted and made anew is read anew": "an id is never used again",
			}}
			if v.Variants == (standin.Variants{}) || v.OldestFirst {
				target.Many = mostChanges + 30
			}
			if v.LateFind {
				target.Skip["creating twice under one key makes one item"] = "a search that lags shows nothing to whoever does not say that the key was sent before; see TestACreationTwice"
			}
			conformance.Run(t, target, func(t *testing.T) (provider.Provider, conformance.Backdoor) {
				r := newRig(t, standin.Options{Variants: v.Variants})
				return r.Calendar, r.door
			})
		})
	}
}

func wall(s string) calendar.Wall {
	w, err := calendar.ParseWall(s)
	if err != nil {
		panic(err)
	}
	return w
}
