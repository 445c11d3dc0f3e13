package house_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/standin"
	"tahti/internal/store"
)

// chain is Pipedrive, the hub and a calendar, all connected for one user; what is born in one goes to the other.
type chain struct {
	*office
	far  *farEnd
	p, c store.ID // the connections
}

// settle runs both connections until nothing can be left to do, and answers how often each end was written to.
func (c *chain) settle(rounds int) (there, far int) {
	c.t.Helper()
	a, b := c.writesThere(), c.far.writes()
	for range rounds {
		c.pass(5 * time.Second)
		c.sync(c.c)
		c.pass(5 * time.Second)
		c.sync(c.p)
	}
	return c.writesThere() - a, c.far.writes() - b
}

// settled demands a number of writes at each end.
func (c *chain) settled(what string, there, far int) {
	c.t.Helper()
	if a, b := c.settle(3); a != there || b != far {
		c.t.Errorf("%s: %d writes at Pipedrive and %d in the calendar, want %d and %d", what, a, b, there, far)
	}
}

// held demands that activities, items at Pipedrive and events have these titles, each once, and that nobody was mailed.
func (c *chain) held(what string, subjects ...string) {
	c.t.Helper()
	var here []string
	for _, a := range c.all() {
		here = append(here, a.Plan.Subject)
	}
	slices.Sort(subjects)
	for side, got := range map[string][]string{"here": here, "at Pipedrive": c.titlesThere(me), "in the calendar": c.far.titles()} {
		if slices.Sort(got); !slices.Equal(got, subjects) {
			c.t.Errorf("%s: %q %s, want %q", what, got, side, subjects)
		}
	}
	if n := len(c.pipedrive.Mails()) + len(c.far.mails()); n != 0 {
		c.t.Errorf("%s: %d mails were sent", what, n)
	}
}

// only is the one activity with that subject.
func (c *chain) only(subject string) crm.Activity {
	c.t.Helper()
	all := c.all()
	if len(all) != 1 || all[0].Plan.Subject != subject {
		c.t.Fatalf("want %q alone: %+v", subject, all)
	}
	return all[0]
}

// everyKind plays a chain with each kind of calendar.
func everyKind(t *testing.T, play func(t *testing.T, kind string)) {
	t.Parallel()
	for _, kind := range farKinds {
		t.Run(kind, func(t *testing.T) { t.Parallel(); play(t, kind) })
	}
}

// TestAChainFromPipedriveToACalendar: one edit outside causes one write at the other end, and none comes back (I22).
func TestAChainFromPipedriveToACalendar(t *testing.T) {
	everyKind(t, func(t *testing.T, kind string) {
		o := newChain(t, kind)
		o.settled("at first", 0, 0)
		id := o.there(me, "Review")
		o.settled("made at Pipedrive", 0, 1)
		o.only("Review")
		if err := o.pipedrive.Change(me, map[string]any{"subject": "Big review", "location": map[string]any{"value": "Room 4"}}, id); err != nil {
			t.Fatal(err)
		}
		o.settled("edited at Pipedrive", 0, 1)
		if err := o.pipedrive.Change(me, map[string]any{"done": true, "note": "x"}, id); err != nil {
			t.Fatal(err)
		}
		o.settled("done at Pipedrive", 0, 0)
		a := o.only("Big review")
		if !a.Done || a.Note != "x" || a.Plan.Location != "Room 4" {
			t.Errorf("%+v", a)
		}
		o.far.rename(t, "Bigger review")
		o.settled("edited in the calendar", 1, 0)
		o.far.create(t, "Lunch", o.clock.Now().Add(72*time.Hour))
		o.settled("made in the calendar", 1, 0)
		o.held("made in the calendar", "Bigger review", "Lunch")
		o.edit(a, []string{"location"}, func(e *calendar.Event) { e.Location = "Room 5" })
		o.settled("edited here", 1, 1)
		if err := o.pipedrive.Delete(me, id); err != nil {
			t.Fatal(err)
		}
		o.change(o.p, func(c *store.Connection) { c.Audited = time.Time{} })
		o.settled("deleted at Pipedrive", 0, 1)
		o.held("deleted at Pipedrive", "Lunch")
		o.far.remove(t)
		o.settled("deleted in the calendar", 1, 0)
		o.held("deleted in the calendar")
		o.settled("at last", 0, 0)
	})
}

// trouble is what goes wrong once, at the end that an edit outside travels to.
var trouble = []standin.Fault{
	{StatusAfter: 503}, {DropAfter: true}, {DropBefore: true}, {Status: 500}, {Truncate: 20}, {Garbage: true}, {Status: 429, RetryAfter: 5},
}

// TestAChainBearsFaults: whatever goes wrong with a write at either end, one edit outside is at the other end once, and costs one more
// write there at the most, and none where it was made (I1, I22). The plain run plays two of the faults with each calendar, among them lost replies.
func TestAChainBearsFaults(t *testing.T) {
	notShort(t)
	everyKind(t, func(t *testing.T, kind string) {
		o := newChain(t, kind)
		o.settle(1)
		id := o.there(me, "Review")
		o.settle(2)
		n, faults := 0, trouble
		if !full() {
			at := slices.Index(farKinds, kind)
			faults = []standin.Fault{trouble[at%2], trouble[2+at]}
		}
		for _, f := range faults {
			for _, s := range o.far.strikes {
				n++
				subject := fmt.Sprint("Review ", n)
				f.Method, f.Path, f.Every, f.Times = s.Method, s.Path, s.Every, 1
				o.bears(subject, "in the calendar", o.far.faults, f, func() error {
					return o.pipedrive.Change(me, map[string]any{"subject": subject}, id)
				})
			}
			n++
			subject := fmt.Sprint("Review ", n)
			f.Method, f.Path, f.Every = "PATCH|POST", "/activities", 0
			o.bears(subject, "at Pipedrive", o.pipedrive.Faults().Set, f, func() error { o.far.rename(t, subject); return nil })
		}
		if a, b := o.settle(2); a+b != 0 {
			t.Errorf("once all is well, %d and %d writes", a, b)
		}
	})
}

// bears lets one edit outside meet a fault at the other end.
func (c *chain) bears(subject, where string, set func(...standin.Fault) error, f standin.Fault, edit func() error) {
	c.t.Helper()
	if err := errors.Join(edit(), set(f)); err != nil {
		c.t.Fatal(err)
	}
	there, far := 0, 0
	for range 2 { // with time for what backs off
		a, b := c.settle(2)
		there, far = there+a, far+b
		c.pass(20 * time.Minute)
	}
	if err := set(); err != nil {
		c.t.Fatal(err)
	}
	what := fmt.Sprintf("%s, request %d, %s", f.Kind(), max(f.Every, 1), where)
	c.t.Logf("%s: %d writes at Pipedrive, %d in the calendar", what, there, far)
	at, origin := there, far
	if where == "in the calendar" {
		at, origin = far, there
	}
	if origin != 0 || at < 1 || at > 2 {
		c.t.Errorf("%s: %d writes at Pipedrive, %d in the calendar", what, there, far)
	}
	c.held(what, subject)
}

// newChain connects both ends, so that what is born in one goes to the other.
func newChain(t *testing.T, kind string) *chain {
	t.Helper()
	o, far := newFarEnd(t, kind)
	_, p := o.connectTo(account.Pipedrive)
	c := &chain{office: o, far: far, p: p.ID, c: far.connect().ID}
	o.relay(c.p)
	o.share(c.c)
	return c
}

// relay has what calendars bring in go to Pipedrive, too. What Pipedrive brings in goes to calendars anyhow.
func (o *office) relay(id store.ID) { o.open(id, true) }

// share has colleagues see what a calendar brings in: what only its owner sees here does not go to where they would see it.
func (o *office) share(id store.ID) { o.open(id, false) }

func (o *office) open(id store.ID, relay bool) {
	o.t.Helper()
	o.change(id, func(c *store.Connection) {
		s, err := lens.ParseSettings(lens.Defaults(), c.Settings)
		if err != nil {
			o.t.Fatal(err)
		}
		s.Relay, s.Visibility = relay, "everyone"
		c.Settings = s.JSON()
	})
}

// create makes an event of an hour.
func (f *farEnd) create(t *testing.T, subject string, at time.Time) provider.RemoteID {
	t.Helper()
	start := calendar.AtUTC(at.Truncate(time.Hour))
	e := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: subject, Busy: true, Start: start, End: start}}
	e.End.Wall += 3600
	id, err := f.program.Create(e)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// rename gives the only event another title.
func (f *farEnd) rename(t *testing.T, subject string) {
	t.Helper()
	list := f.events()
	if len(list) != 1 {
		t.Fatalf("%d events are there", len(list))
	}
	e := calendar.Event{Known: calendar.AllFields, Values: list[0].Values}
	e.Subject = subject
	if err := f.program.Edit(provider.RemoteID(list[0].id), e); err != nil {
		t.Fatal(err)
	}
}

// remove deletes the only event.
func (f *farEnd) remove(t *testing.T) {
	t.Helper()
	list := f.events()
	if len(list) != 1 {
		t.Fatalf("%d events are there", len(list))
	}
	if err := f.program.Delete(provider.RemoteID(list[0].id)); err != nil {
		t.Fatal(err)
	}
}

func (f *farEnd) titles() (list []string) {
	for _, e := range f.events() {
		list = append(list, e.Subject)
	}
	return list
}

func (f *farEnd) writes() (n int) {
	for _, r := range f.requests() {
		if f.wrote(&r) {
			n++
		}
	}
	return n
}
