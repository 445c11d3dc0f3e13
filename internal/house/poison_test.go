package house_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/standin"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// TestPoisonItems puts among good items one that the server refuses, one of garbage, one far too large and one whose rule
// never ends in a walk: each is set aside with a reason, and all others are in step (I15, I20).
func TestPoisonItems(t *testing.T) {
	t.Parallel()
	poison(t, setup{})
}

const endless = "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"

func poison(t *testing.T, s setup) {
	s.idle = true
	l := newHouse(t, s)
	f := newStandFar(t, caldav.ProfilePlain)
	l.sign = f.sign()
	p := newPair(l, f)
	for i := range 10 {
		p.addHere(fmt.Sprint("here-", i))
		p.addThere(fmt.Sprint("there-", i))
	}
	at := calendar.WallOf(2027, 6, 1, 8, 0, 0)
	f.put("garbage.ics", "BEGIN:VCALENDAR\r\nthis is no calendar\x00\xff")
	f.put("large.ics", strings.Replace(string(object("large", "large", at)), "X-KEEP", "DESCRIPTION:"+strings.Repeat("x", 5<<20)+"\r\nX-KEEP", 1))
	f.put("endless.ics", strings.Replace(string(object("endless", "endless", at)), "X-KEEP", endless+"\r\nX-KEEP", 1))
	c := l.connect(`{"start":"everything"}`)
	l.once(c.ID)
	p.inStepAll()
	got := l.setAside(c.ID)
	for name, reason := range map[string]provider.ProblemCode{
		"r:garbage.ics": provider.BadSyntax, "r:large.ics": provider.TooLarge, "r:endless.ics": provider.EndlessRule,
	} {
		if got[name] != string(reason) {
			t.Errorf("%s: set aside for %q, want %q", name, got[name], reason)
		}
	}
	if len(got) != 3 {
		t.Errorf("set aside: %v, want three items", got)
	}

	// The server refuses one of our own, for ever.
	name, _ := p.find("here-3")
	if err := f.s.Faults(standin.Fault{Method: "PUT", Path: name, Status: 403}); err != nil {
		t.Fatal(err)
	}
	found := p.subjects()
	for i := range 10 {
		s := fmt.Sprint("here-", i)
		p.editHere(s, "moved", found[s])
	}
	l.once(c.ID)
	got = l.setAside(c.ID)
	id := fmt.Sprint("a:", found["here-3"].ID)
	if reason := got[id]; reason == "" {
		t.Errorf("the refused item was not set aside with a reason: %v", got)
	} else if len(got) != 4 {
		t.Errorf("set aside: %v, want four items", got)
	}
	here := p.want["here-3"]
	delete(p.want, "here-3")
	p.inStepAll()
	l.still(c.ID)

	// What is mended comes in step.
	if err := f.s.Faults(); err != nil {
		t.Fatal(err)
	}
	p.want["here-3"] = here
	f.put("garbage.ics", string(object("garbage", "garbage", at)))
	f.put("large.ics", string(object("large", "large", at+7200)))
	f.put("endless.ics", string(object("endless", "endless", at+14400)))
	for _, s := range []string{"garbage", "large", "endless"} {
		p.want[s] = ""
	}
	for _, w := range l.waiting(c.ID) {
		if w.Subject == id {
			if err := l.house.Connections.Retry(t.Context(), l.who, w.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	l.once(c.ID)
	p.check()
	if got := l.setAside(c.ID); len(got) != 0 {
		t.Errorf("still set aside: %v", got)
	}
	l.still(c.ID)
}

func (p *pair) inStepAll() {
	p.t.Helper()
	for s := range p.want {
		p.inStep(s)
	}
}

// setAside are the reasons of what a connection has parked, by subject; of remote items the last part of the name. What
// waits in any other way is a failure.
func (l *lab) setAside(id store.ID) map[string]string {
	l.t.Helper()
	reasons := map[string]string{}
	for _, w := range l.waiting(id) {
		if w.HeldBy != store.HeldByParked {
			l.t.Errorf("%s waits, held by %q: %s %s", w.Subject, w.HeldBy, w.Reason, w.Detail)
		}
		s := w.Subject
		if i := strings.LastIndexByte(s, '/'); i >= 0 {
			s = "r:" + s[i+1:]
		}
		reasons[s] = w.Reason
	}
	return reasons
}
