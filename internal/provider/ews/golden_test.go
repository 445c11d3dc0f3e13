package ews

import (
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

var update = flag.Bool("update", false, "write the golden requests anew")

// scripted is a server that answers as it is told.
type scripted func(*http.Request) (*http.Response, error)

func (f scripted) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// recorded opens a calendar whose requests go nowhere, and are kept.
func recorded(t *testing.T) (*Calendar, *Account, *[]string) {
	t.Helper()
	var bodies []string
	c := Config{URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "AAMkAGFolder=", SignIn: Basic, Username: alice, Password: "secret", Now: time.Now, TimeZone: "Europe/Helsinki",
		Transport: scripted(func(r *http.Request) (*http.Response, error) {
			b, err := io.ReadAll(r.Body)
			bodies = append(bodies, string(b))
			return nil, errors.Join(errors.New("nowhere"), err)
		})}
	k, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	a, err := OpenAccount(c)
	if err != nil {
		t.Fatal(err)
	}
	return k, a, &bodies
}

// sampleEvent says all that is written.
func sampleEvent() *calendar.Event {
	e := series("20260316T100000", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10")
	e.Subject, e.Location, e.Description, e.Busy, e.Private = "Käynti <1> & \"muuta\"", "Room 4", "First line\nsecond", true, true
	return e
}

// Each request stands as a file, which is held to Microsoft's own schema by hand (providers.md 6.4): see docs/providers.md.
func TestRequestsAreAsTheyWereHeldToTheSchema(t *testing.T) {
	c, a, bodies := recorded(t)
	ctx := t.Context()
	id := itemID{ID: "AAMkAGItem=", Key: "DwAAAB="}
	all, err := c.render(calendar.BothWaysFields, &sampleEvent().Values, nil)
	must(t, err)
	must(t, all.recurs(sampleEvent()))
	all.mark(sampleEvent(), "0123456789abcdefghijklmnopqrstuv")
	single := series("20260801", "")
	single.Subject = "A day"
	day, err := c.render(calendar.BothWaysFields, &single.Values, nil)
	must(t, err)
	must(t, day.recurs(single))
	for name, send := range map[string]func() error{
		"sync-first": func() error { _, err := c.page(ctx, opList, ""); return err },
		"sync-on":    func() error { _, err := c.page(ctx, opPull, "H4sIAAAA="); return err },
		"get": func() error {
			_, _, err := c.get(ctx, opRead, []element{itemRef(itemID{ID: "a"}), itemRef(id)})
			return err
		},
		"get-occurrence": func() error { _, _, err := c.get(ctx, opRead, []element{occurrenceRef("AAMkMaster=", 7)}); return err },
		"find-key":       func() error { _, err := c.byKey(ctx, opFind, "0123abc"); return err },
		"find-newest":    func() error { _, err := c.amongNewest(ctx, opFind, "0123abc"); return err },
		"create":         func() error { _, err := c.make(ctx, all); return err },
		"create-day":     func() error { _, err := c.make(ctx, day); return err },
		"update":         func() error { _, err := c.write(ctx, itemRef(id), all, false); return err },
		"update-clear":   func() error { _, err := c.write(ctx, itemRef(id), day, false); return err },
		"update-send": func() error {
			_, err := c.write(ctx, itemRef(id), &writing{subject: set("item:Subject", "t:Subject", "Moved")}, true)
			return err
		},
		"delete":            func() error { return c.delete(ctx, opRemove, itemRef(id), false) },
		"delete-send":       func() error { return c.delete(ctx, opRemove, itemRef(id), true) },
		"folder":            func() error { _, err := c.look(ctx, opProbe); return err },
		"home-zone":         func() error { _, err := c.homeZone(ctx); return ignored(err) },
		"calendars":         func() error { _, err := a.Calendars(ctx); return err },
		"calendars-further": func() error { _, err := a.find(ctx); return err },
		"make-calendar":     func() error { _, err := a.MakeCalendar(ctx, "Työt & muut", ""); return err },
		"subscribe":         func() error { return c.Listen(ctx, func() {}) },
		"stream":            func() error { return c.client.stream(ctx, "c3Vic2NyaXB0aW9u", func() {}) },
		"own-calendar":      func() error { return check(ctx, c.client) },
	} {
		t.Run(name, func(t *testing.T) {
			*bodies = nil
			if err := send(); err == nil {
				t.Error("an answer from nowhere")
			}
			if len(*bodies) != 1 {
				t.Fatalf("%d requests", len(*bodies))
			}
			golden(t, name, (*bodies)[0])
		})
	}
}

func ignored(err error) error {
	if err == nil {
		return errors.New("taken for no zone, as it should")
	}
	return err
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "requests", name+".xml")
	got = strings.ReplaceAll(got, "><", ">\n<") + "\n"
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if got != string(want) {
		t.Errorf("%s\nis not %s", got, file)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// series is an hour in Helsinki, or a day, and recurs by a rule.
func series(start, rule string) *calendar.Event {
	e := &calendar.Event{Rule: rule, Known: calendar.AllFields}
	at := wall(start)
	if len(start) == len("20260101") {
		e.Start, e.End = calendar.Time{Kind: calendar.Date, Wall: at}, calendar.Time{Kind: calendar.Date, Wall: at + calendar.Day}
		return e
	}
	e.Start, e.End = calendar.InZone(at, "Europe/Helsinki"), calendar.InZone(at+3600, "Europe/Helsinki")
	return e
}

// No code stands in two verdicts, which would let chance decide.
func TestEachCodeHasOneVerdict(t *testing.T) {
	for _, code := range untouched {
		if v := verdicts[code]; v.class != provider.Transient && v.class != provider.RateLimited {
			t.Errorf("%s is %v, and is said to have done nothing", code, v.class)
		}
	}
	for code := range verdicts {
		if provider.Named(code) != code || slices.Contains([]string{"", "NoError"}, code) {
			t.Errorf("%q is no code", code)
		}
	}
}
