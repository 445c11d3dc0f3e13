package house_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/faultproxy"
	"tahti/internal/hub"
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
	notShort(t)
	t.Parallel()
	each, seeds, rounds := 40, 2, 12
	if full() {
		each, seeds, rounds = 500, 20, 60
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed+1), func(t *testing.T) {
			t.Parallel()
			faulty(t, newStandFar(t, caldav.ProfilePlain), each, rounds, uint64(seed+1))
		})
	}
	t.Run(account.EWS, func(t *testing.T) {
		t.Parallel()
		faulty(t, newExchangeFar(t), each/2, rounds, 1)
	})
}

func faulty(t *testing.T, f far, each, rounds int, seed uint64) {
	proxy := faultproxy.Start(t, f.address(), faultproxy.Options{
		Seed: seed, Probability: 0.2, Faults: faultproxy.Common, RetryAfter: time.Second, Hang: time.Minute,
	})
	var patience *faultproxy.Patience
	l := newHouse(t, setup{idle: true, answer: time.Second, watch: func(next http.RoundTripper) http.RoundTripper {
		p := faultproxy.Watch(next)
		if patience == nil { // the first is that of addresses which people type
			patience = p
		}
		return p
	}})
	l.sign, l.kind = f.sign(), f.kind()
	p := newPair(l, f)
	for i := range each {
		p.addHere(fmt.Sprint("here ", i))
		p.addThere(fmt.Sprint("there-", i))
	}
	l.sign.URL = proxy.URL
	proxy.Calm() // signing in is not what is tested
	c := l.connect(`{"start":"everything"}`)
	proxy.Reset()
	l.start()
	for range rounds {
		l.hurry(c.ID)
		if run := l.sync(c.ID); run.State == "done" && len(l.waiting(c.ID)) == 0 {
			break
		}
	}
	struck := map[faultproxy.Kind]int{}
	for _, e := range proxy.Log() {
		struck[e.Fault]++
	}
	t.Logf("%d requests: %v", proxy.Count(), struck)
	if all := proxy.Count(); struck[faultproxy.None] > all*9/10 {
		t.Errorf("only %d of %d requests went wrong", all-struck[faultproxy.None], all)
	}
	rests, held := patience.Counts()
	t.Logf("told to wait %d times, %d requests held back meanwhile", rests, held)
	if early := patience.Early(); len(early) > 0 || rests == 0 {
		t.Errorf("told to wait %d times; sent all the same: %q", rests, early)
	}
	proxy.Calm()
	runs := 1
	for ; runs <= 10; runs++ {
		l.hurry(c.ID)
		if run := l.sync(c.ID); run.State == "done" && len(l.waiting(c.ID)) == 0 {
			break
		}
	}
	t.Logf("in step after %d runs without faults", runs)
	for _, w := range l.waiting(c.ID) {
		t.Errorf("still waits: %s, held by %q: %s %s", w.Subject, w.HeldBy, w.Reason, w.Detail)
	}
	p.check()
}

// hurry makes what backs off due, and waits until the provider may be asked again: by the clock on the wall, as the
// server's patience is measured by it.
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
