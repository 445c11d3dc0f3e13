package house_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/othersync"
	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
	"tahti/internal/standin/pipedrive"
	"tahti/internal/store"
)

// own is Pipedrive's own calendar sync at a chain's calendar: it carries activities out and events in, and knows nothing of ours.
type own struct {
	c      *chain
	mirror *pipedrive.Mirror
	seen   map[string]string // what it has seen of each event
}

// program writes into the calendar for it.
type program struct{ conformance.Backdoor }

func (p program) Create(e calendar.Event) (string, error) {
	e.Known = calendar.AllFields
	id, err := p.Backdoor.Create(e)
	return string(id), err
}

func (p program) Edit(id string, e calendar.Event) error {
	e.Known = calendar.AllFields
	return p.Backdoor.Edit(provider.RemoteID(id), e)
}

func (p program) Delete(id string) error { return p.Backdoor.Delete(provider.RemoteID(id)) }

func newOwn(c *chain) *own {
	c.t.Helper()
	m, err := c.pipedrive.Mirror(me, program{c.far.program})
	if err != nil {
		c.t.Fatal(err)
	}
	return &own{c, m, map[string]string{}}
}

func (o *own) look() map[string]entry {
	now := map[string]entry{}
	for _, e := range o.c.far.events() {
		now[e.id] = e
	}
	return now
}

func printed(e entry) string { return fmt.Sprint(e.Subject, e.Start, e.End, e.Location, e.Description) }

// run is one pass of it, and answers how much it wrote.
func (o *own) run() (wrote int) {
	t := o.c.t
	t.Helper()
	now := o.look()
	for id, e := range now {
		if o.seen[id] == printed(e) {
			continue
		}
		if _, err := o.mirror.Receive(id, calendar.Event{Known: calendar.AllFields, Values: e.Values}); err != nil {
			t.Fatal(err)
		}
		wrote++
	}
	for id := range o.seen {
		if _, there := now[id]; !there {
			o.mirror.Lose(id)
			wrote++
		}
	}
	n, err := o.mirror.Run()
	if err != nil {
		t.Fatal(err)
	}
	o.seen = map[string]string{}
	for id, e := range o.look() {
		o.seen[id] = printed(e)
	}
	return wrote + n
}

// TestPipedrivesOwnSyncBesideOurs: it copies what ours carries, and knows nothing of it. Ours makes one copy at the other end at the most,
// takes in none of its copies, however late it edits them, follows an edit with one write, and says what to switch off (I22). Where it was
// first, its copy is found to be there, nothing is made, and a person is asked.
func TestPipedrivesOwnSyncBesideOurs(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		for _, there := range []bool{true, false} {
			t.Run(fmt.Sprintf("ours is first: %t, born at Pipedrive: %t", first, there), func(t *testing.T) {
				t.Parallel()
				c := newChain(t, account.Google)
				c.settle(1)
				o := newOwn(c)
				if there {
					c.there(me, "Review")
				} else {
					c.far.create(t, "Review", c.clock.Now().Add(48*time.Hour))
				}
				ours := o.beside("made", first)
				c.pass(3 * time.Hour)
				ours += o.beside("edited at Pipedrive", first, o.renameThere("Big review"))
				c.pass(3 * time.Hour)
				ours += o.beside("edited in the calendar", first, o.renameFar("Bigger review"))
				if ours > 5 {
					t.Errorf("ours wrote %d times for one creation and two edits", ours)
				}
				found := map[string]othersync.Tool{}
				for _, id := range []store.ID{c.p, c.c} {
					list, err := c.house.Connections.Findings(t.Context(), c.who, id)
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range list {
						found[f.Check] = f.Tool
					}
				}
				if _, twins := found[connection.FoundTwins]; !twins && found[connection.FoundMirror] != othersync.Pipedrive {
					t.Errorf("found: %v", found)
				}
			})
		}
	}
}

// beside lets both run until neither has anything to do, and answers how often ours wrote. There is one activity here.
func (o *own) beside(what string, ours bool, edits ...func()) (wrote int) {
	c := o.c
	c.t.Helper()
	for _, edit := range edits {
		edit()
	}
	quiet := false
	for range 4 {
		its := 0
		if !ours {
			its = o.run()
		}
		ours = false
		a, b := c.settle(1)
		wrote += a + b
		quiet = its+a+b == 0
	}
	if n := len(c.all()); n != 1 || !quiet {
		c.t.Errorf("%s: %d activities here, quiet at last: %t", what, n, quiet)
	}
	if there, far := len(c.titlesThere(me)), len(c.far.titles()); there > 2 || far > 2 {
		c.t.Errorf("%s: %d at Pipedrive, %d in the calendar", what, there, far)
	}
	return wrote
}

func (o *own) renameThere(subject string) func() {
	return func() {
		o.c.t.Helper()
		list, err := o.c.company(me).List()
		if err != nil {
			o.c.t.Fatal(err)
		}
		id, _ := list[0]["id"].(float64)
		if err := o.c.pipedrive.Change(me, map[string]any{"subject": subject}, int64(id)); err != nil {
			o.c.t.Fatal(err)
		}
	}
}

func (o *own) renameFar(subject string) func() {
	return func() {
		o.c.t.Helper()
		was := o.c.far.events()[0]
		e := calendar.Event{Known: calendar.AllFields, Values: was.Values}
		e.Subject = subject
		if err := o.c.far.program.Edit(provider.RemoteID(was.id), e); err != nil {
			o.c.t.Fatal(err)
		}
	}
}
