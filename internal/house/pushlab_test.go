package house_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/standin"
	"tahti/internal/store"
)

// door is what stands between the providers and a house: it hands on what they send, and keeps it.
type door struct {
	*httptest.Server
	mu   sync.Mutex
	to   http.Handler
	came []delivery
	shut bool
	what map[string]int // what became of it, as metrics are told
}

// delivery is one request of a provider's, to be sent again.
type delivery struct {
	path   string
	header http.Header
	body   []byte
}

func newDoor(t *testing.T) *door {
	d := &door{what: map[string]int{}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		to, shut := d.to, d.shut
		if !strings.Contains(r.URL.RawQuery, "validationToken") {
			d.came = append(d.came, delivery{r.URL.Path, r.Header.Clone(), body})
		}
		d.mu.Unlock()
		if shut {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		to.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *door) observe(_, what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.what[what]++
}

func (d *door) seen(what string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.what[what]
}

// all are the deliveries so far.
func (d *door) all() []delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.came)
}

func (d *door) close(shut bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = shut
}

// told is an office to which a provider tells of changes, and the connection to the calendar.
type told struct {
	*office
	kind string
	door *door
	c    store.Connection
	made int
}

// newTold signs in and connects. Behind a door that is open, it waits until the provider has begun to tell.
func newTold(t *testing.T, kind string, open bool) *told {
	t.Helper()
	x := &told{kind: kind, door: newDoor(t)}
	x.office = openOffice(t, func(c *house.Config) {
		c.BaseURL, c.ObservePush = x.door.URL, x.door.observe
	}, nil)
	x.door.to = x.house.Push.Handler()
	x.door.close(!open)
	_, x.c = x.connectTo(kind)
	if open {
		x.settle()
	}
	return x
}

const me = "alice@example.com"

// addThere makes an event in another program of the person's.
func (x *told) addThere() (subject string) {
	x.t.Helper()
	x.made++
	subject = fmt.Sprint("Meeting ", x.made)
	from := x.clock.Now().Add(24 * time.Hour).UTC().Truncate(time.Hour)
	var err error
	if x.kind == account.Google {
		when := func(at time.Time) map[string]any {
			return map[string]any{"dateTime": at.Format(time.RFC3339), "timeZone": "UTC"}
		}
		_, err = x.google.Plant(me, map[string]any{"summary": subject, "start": when(from), "end": when(from.Add(time.Hour))})
	} else {
		when := func(at time.Time) map[string]any {
			return map[string]any{"dateTime": at.Format("2006-01-02T15:04:05"), "timeZone": "UTC"}
		}
		body, _ := json.Marshal(map[string]any{"subject": subject, "start": when(from), "end": when(from.Add(time.Hour))})
		_, _, err = x.graph.Do(me, http.MethodPost, "/me/events", string(body))
	}
	if err != nil {
		x.t.Fatal(err)
	}
	return subject
}

// requests are what the provider was asked: method and path.
func (x *told) requests() (list []string) {
	var all []standin.Request
	if x.kind == account.Google {
		all = x.google.Requests()
	} else {
		all = x.graph.Requests()
	}
	for _, r := range all {
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}

// writes counts what changed something in a calendar.
func (x *told) writes() (n int) {
	for _, r := range x.requests() {
		if !strings.HasPrefix(r, "GET ") && strings.Contains(r, "/events") && !strings.HasSuffix(r, "/watch") {
			n++
		}
	}
	return n
}

// until waits for something to become true.
func (x *told) until(what string, f func() bool) {
	x.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if f() {
			return
		}
	}
	x.t.Fatalf("it never came to this: %s", what)
}

func (x *told) watches() (rows []store.Watch) {
	x.t.Helper()
	x.tx(func(tx engine.Tx) (err error) {
		rows, err = tx.Watches(x.t.Context(), x.c.ID)
		return err
	})
	return rows
}

func (x *told) runs() (runs []store.Run) {
	x.t.Helper()
	x.tx(func(tx engine.Tx) (err error) {
		runs, err = tx.Runs(x.t.Context(), x.c.ID, 100)
		return err
	})
	return runs
}

// settle waits until the connection rests: it is watched, and its next run is the poll.
func (x *told) settle() {
	x.t.Helper()
	x.until("the connection is watched and rests", func() bool {
		rows := x.watches()
		return len(rows) == 1 && rows[0].State == store.WatchLive && x.resting()
	})
}

// resting reports that nothing is due before the poll, and nothing is under way.
func (x *told) resting() bool {
	x.t.Helper()
	next, err := x.house.DB.NextWake(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	runs := x.runs()
	return len(runs) > 0 && !runs[0].Finished.IsZero() && next.Sub(x.clock.Now()) > 5*time.Minute
}

// here reports whether an activity is in the hub.
func (x *told) here(subject string) bool {
	x.t.Helper()
	return slices.ContainsFunc(x.all(), func(a crm.Activity) bool { return a.Plan.Subject == subject })
}
