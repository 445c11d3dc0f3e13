package house_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/standin"
	"tahti/internal/standin/caldav"
)

// object is a plain event, as another client would have written it.
func object(uid, summary string, start calendar.Wall) []byte {
	return fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//test//EN\r\nBEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260101T000000Z\r\n"+
		"DTSTART:%sZ\r\nDTEND:%sZ\r\nSUMMARY:%s\r\nX-KEEP;P=\"a;b\":kept\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		uid, start, start+3600, summary)
}

func (l *lab) add(subject string, start calendar.Wall) crm.Activity {
	l.t.Helper()
	var made crm.Activity
	l.tx(func(tx engine.Tx) (err error) {
		made, err = l.house.Hub.Create(l.t.Context(), tx, hub.By(l.who.User), crm.Activity{Type: "meeting", Plan: calendar.Event{
			Known: calendar.AllFields, Values: calendar.Values{
				Subject: subject, Busy: true,
				Start: calendar.Time{Kind: calendar.UTC, Wall: start}, End: calendar.Time{Kind: calendar.UTC, Wall: start + 3600},
			},
		}})
		return err
	})
	return made
}

// TestFaultyServer syncs items both ways while a fifth of all requests goes wrong, in every way a request can. Then the
// faults stop: within ten runs both sides hold every item exactly once.
func TestFaultyServer(t *testing.T) {
	n, seeds := 60, 2
	if v, err := strconv.Atoi(os.Getenv("TAHTI_FAULT_SEEDS")); err == nil {
		n, seeds = 500, v
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed+1), func(t *testing.T) { faulty(t, n, uint64(seed+1)) })
	}
}

func faults(seed uint64) []standin.Fault {
	const p = 0.03
	return []standin.Fault{
		{Status: 500, Probability: p, Seed: seed}, {Status: 429, RetryAfter: 1, Probability: p, Seed: seed + 100},
		{DropBefore: true, Probability: p, Seed: seed + 200}, {DropAfter: true, Probability: p, Seed: seed + 300},
		{Truncate: 90, Probability: p, Seed: seed + 400}, {Garbage: true, Probability: p, Seed: seed + 500},
		{Status: 503, Probability: 0.02, Seed: seed + 600},
	}
}

func faulty(t *testing.T, n int, seed uint64) {
	l := newLab(t, caldav.ProfilePlain)
	base := calendar.WallOf(2027, 1, 1, 8, 0, 0)
	for i := range n {
		l.add(fmt.Sprintf("out %d", i), base+calendar.Wall(i)*7200)
		name := fmt.Sprintf("in-%d", i)
		if err := l.server.PutRaw("alice@example.com", "calendar", name+".ics", object(name, name, base+calendar.Wall(i)*7200+3600)); err != nil {
			t.Fatal(err)
		}
	}
	c := l.connect(`{"start":"everything"}`)
	if err := l.server.Faults(faults(seed)...); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(8 * time.Second); time.Now().Before(deadline); {
		l.hurry(c.ID)
		l.sync(c.ID)
	}
	if err := l.server.Faults(); err != nil {
		t.Fatal(err)
	}
	runs := 0
	for ; runs < 10; runs++ {
		l.hurry(c.ID)
		run := l.sync(c.ID)
		if run.State == "done" && len(l.waiting(c.ID)) == 0 {
			break
		}
	}
	t.Logf("in step after %d runs without faults", runs+1)
	l.checkOnce(n)
}

// hurry lets time pass: what backs off is due, and the provider may be asked again.
func (l *lab) hurry(id int64) {
	l.tx(func(tx engine.Tx) error {
		c, err := tx.Connection(l.t.Context(), id)
		if err != nil {
			return err
		}
		a, err := tx.Account(l.t.Context(), c.Account)
		if err != nil {
			return err
		}
		if wait := time.Until(a.BlockedUntil); wait > 0 {
			time.Sleep(wait)
		}
		for _, w := range l.waitingIn(tx, id) {
			if w.HeldBy == "" {
				w.Due = time.Now()
				if err := tx.UpdateWork(l.t.Context(), w); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// checkOnce looks for every item exactly once on both sides.
func (l *lab) checkOnce(n int) {
	l.t.Helper()
	here, there := map[string]int{}, map[string]int{}
	for _, a := range l.all() {
		here[a.Plan.Subject]++
	}
	events, err := l.server.Events("alice@example.com", "calendar")
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range events {
		_, rest, _ := strings.Cut(string(e.Body), "SUMMARY:")
		summary, _, _ := strings.Cut(rest, "\r\n")
		there[summary]++
	}
	for i := range n {
		for _, name := range []string{fmt.Sprintf("out %d", i), fmt.Sprintf("in-%d", i)} {
			if here[name] != 1 || there[name] != 1 {
				l.t.Errorf("%s: %d times in the CRM, %d times in the calendar", name, here[name], there[name])
			}
		}
	}
	if len(here) != 2*n || len(there) != 2*n {
		l.t.Errorf("%d in the CRM and %d in the calendar, want %d", len(here), len(there), 2*n)
	}
}
