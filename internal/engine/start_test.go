package engine_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func start(s lens.Start) func(*lens.Settings) { return func(c *lens.Settings) { c.Start = s } }

// TestStartingPoints: what is there before the start, on either side, and what of it comes over at once. Today is the 2nd.
func TestStartingPoints(t *testing.T) {
	for _, c := range []struct {
		start lens.Start
		want  []string
	}{
		{lens.NewAndChanged, nil},
		{lens.FromToday, []string{"today", "later", "since long", "night"}},
		{"2026-03-10", []string{"later", "since long"}},
		{lens.Everything, []string{"past", "today", "later", "since long", "night"}},
	} {
		for _, o := range []enginetest.Options{{}, {Unread: true, Page: 2}, {Listing: true}} {
			r := newRoom(t, o, start(c.start))
			var want []string
			for side, add := range map[string]func(calendar.Event){
				"in ": func(e calendar.Event) { r.cal.Add(e) }, "out ": func(e calendar.Event) { r.Create(r.Alice, e) },
			} {
				night := event(side+"night", 1, 23)
				night.End.Wall = hour(2, 0) + 60 // into today
				for _, e := range []calendar.Event{
					event(side+"past", 1, 10), event(side+"today", 2, 1), event(side+"later", 20, 10),
					series(side+"since long", "FREQ=DAILY", 1, 8), night,
				} {
					add(e)
				}
				for _, w := range c.want {
					want = append(want, side+w)
				}
			}
			// Connecting comes after all that.
			r.Tx(func(tx engine.Tx) error {
				row, err := tx.Connection(t.Context(), r.id)
				if err != nil {
					return err
				}
				row.HubAt, row.Started = r.Now(), r.Now()
				return tx.PutConnection(t.Context(), &row)
			})
			r.Settle(r.id)
			if n := len(r.Links(r.id)); n != len(want) {
				here, there := subjects(r)
				t.Errorf("%s %+v: %d links, want %q; here %q, there %q", c.start, o, n, want, here, there)
			}
			r.Quiet(r.id)
			// What is new enters in any case; what is edited enters whole.
			r.cal.Add(event("brand new there", 25, 10))
			r.Pass(time.Minute)
			r.Create(r.Alice, event("brand new here", 25, 12))
			id, _ := r.findEvent("in later")
			r.cal.Edit(id, setPlace("Room 4"))
			a, _ := r.find("out later")
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 5" }, "location")
			r.Settle(r.id)
			for _, s := range []string{"brand new there", "brand new here", "in later", "out later"} {
				_, here := r.find(s)
				_, there := r.findEvent(s)
				if !here || !there {
					t.Errorf("%s: %q: here %t, there %t", c.start, s, here, there)
				}
			}
			r.Quiet(r.id)
			if rep, err := r.Run(r.id, true); err != nil || rep.Err != nil {
				t.Error(err, rep.Err)
			}
			r.Quiet(r.id)
		}
	}
}

// TestAVersionThatMovesWithoutAChangeLetsNothingIn: some servers hand out new versions for old content.
func TestAVersionThatMovesWithoutAChangeLetsNothingIn(t *testing.T) {
	r := newRoom(t, enginetest.Options{Unread: true}, start(lens.NewAndChanged))
	id := r.cal.Add(event("old", 3, 10))
	r.Settle(r.id)
	r.cal.Edit(id, func(*calendar.Event) {})
	r.Settle(r.id)
	r.Quiet(r.id)
	if here, _ := subjects(r); len(here) != 0 {
		t.Errorf("came in: %q", here)
	}
}

func TestWhatWasDeletedBeforeItWasTiedStaysOut(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, start(lens.NewAndChanged))
	id := r.cal.Add(event("old", 3, 10))
	a := r.Create(r.Alice, event("old here", 3, 10))
	r.Pass(time.Hour)
	r.Settle(r.id)
	r.cal.Delete(id)
	r.Delete(r.Alice, a.ID)
	r.Settle(r.id)
	r.cal.Forget()
	r.Settle(r.id)
	r.Quiet(r.id)
	if here, there := subjects(r); len(here)+len(there) != 0 {
		t.Errorf("here %q, there %q", here, there)
	}
}

// TestALostReplyWithAnEditInBetween: the write arrived, its answer did not, and somebody edited the item before the next
// run looked (I1, I2).
func TestALostReplyWithAnEditInBetween(t *testing.T) {
	for _, editField := range []string{"subject", "location"} {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), policy("calendar"))
		r.Edit(r.Alice, a.ID, setSubject("ours"), "subject")
		lost := false
		r.cal.After = func(c enginetest.Call) error {
			if c.Op == "put" && !lost {
				lost = true
				r.cal.Edit(id, func(e *calendar.Event) {
					if editField == "subject" {
						e.Subject = "theirs"
						return
					}
					e.Location = "theirs"
				})
				return &provider.Error{Op: "put", Class: provider.Unknown}
			}
			return nil
		}
		r.Settle(r.id)
		r.inStep(t, 1)
		a = r.only(t)
		switch editField {
		case "subject":
			if list := r.Conflicts(); a.Plan.Subject != "theirs" || len(list) != 1 || string(list[0].Lost) != `"ours"` {
				t.Errorf("%q, conflicts %+v", a.Plan.Subject, list)
			}
		default:
			if a.Plan.Subject != "ours" || a.Plan.Location != "theirs" || len(r.Conflicts()) != 0 {
				t.Errorf("%+v, conflicts %+v", a.Plan.Values, r.Conflicts())
			}
		}
	}
}

func TestACreationWhoseReplyIsLostIsMadeOnce(t *testing.T) {
	for _, arrived := range []bool{true, false} {
		r := newRoom(t, enginetest.Options{Unread: true}, everything)
		fail := 3
		hook := func(c enginetest.Call) error {
			if c.Op == "put" && fail > 0 {
				fail--
				return &provider.Error{Op: "put", Class: provider.Unknown}
			}
			return nil
		}
		if arrived {
			r.cal.After = hook
		} else {
			r.cal.Before = hook
		}
		for i := range 4 {
			r.Create(r.Alice, event("out", 3+i, 10))
		}
		r.Settle(r.id)
		r.inStep(t, 4)
	}
}

func TestBetweenOnesOwnCalendarsNothingTravelsUnlessRelayed(t *testing.T) {
	for _, relay := range []bool{false, true} {
		r := newRoom(t, enginetest.Options{}, everything)
		other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
		other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Relay = relay })
		r.cal.Add(event("born in the first", 3, 10))
		r.Create(r.Alice, event("born in the CRM", 3, 12))
		r.Settle(r.id, other.id)
		r.Quiet(r.id, other.id)
		if got, want := len(other.cal.Held()), map[bool]int{false: 1, true: 2}[relay]; got != want {
			t.Errorf("relay %t: %d events in the other calendar, want %d", relay, got, want)
		}
		if got := len(r.cal.Held()); got != 2 || len(r.Activities()) != 2 {
			t.Errorf("relay %t: %d events in the first, %d activities", relay, got, len(r.Activities()))
		}
	}
}

// TestWhatAnotherCRMBringsInGoesIntoCalendars: it is an activity like those that are born here, and no other calendar's event. What a
// calendar brings in goes to the people of another CRM only if its user wants that.
func TestWhatAnotherCRMBringsInGoesIntoCalendars(t *testing.T) {
	for _, first := range []string{"the CRM is connected first", "the calendar is connected first"} {
		t.Run(first, func(t *testing.T) {
			r := newRoom(t, enginetest.CRM(), func(s *lens.Settings) { everything(s); s.Visibility = "everyone" })
			other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
			if first == "the CRM is connected first" {
				r.cal.Add(atUTC("born in the CRM there", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}))
				r.Settle(r.id)
			}
			other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Visibility = "everyone" })
			r.Settle(other.id, r.id)
			if first != "the CRM is connected first" {
				r.cal.Add(atUTC("born in the CRM there", 3, 12, calendar.Facets{Type: calendar.Ref{ID: "call"}}))
			}
			other.cal.Add(event("born in the calendar", 4, 10))
			r.Settle(r.id, other.id)
			r.Quiet(r.id, other.id)
			if there, here := len(r.cal.Held()), len(other.cal.Held()); there != 1 || here != 2 || len(r.Activities()) != 2 {
				t.Errorf("%d in the CRM there, want 1; %d in the calendar and %d here, want 2", there, here, len(r.Activities()))
			}
		})
	}
}

// TestSettingsThatChangeDuringARunAreNotOverwritten: what people do while a run is under way counts from then on.
func TestSettingsThatChangeDuringARunAreNotOverwritten(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, start(lens.NewAndChanged))
	r.cal.Add(event("old", 3, 10))
	changed := false
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "pull" && !changed {
			changed = true
			r.Settings(r.id, everything)
		}
		return nil
	}
	r.Sync(r.id)
	r.Settle(r.id)
	if here, _ := subjects(r); len(here) != 1 {
		t.Errorf("here %q: the new starting point is lost", here)
	}
}

// TestWhatCouldNotBeReadAtTheStartComesInOnceItIsEdited: nothing can be compared with what it said, and whoever made it readable has edited it.
func TestWhatCouldNotBeReadAtTheStartComesInOnceItIsEdited(t *testing.T) {
	for _, o := range []enginetest.Options{{}, {Unread: true}, {Listing: true}} {
		r := newRoom(t, o, start(lens.NewAndChanged))
		id, other := r.cal.Add(event("nowhere", 3, 10)), r.cal.Add(event("nowhere for ever", 4, 10))
		r.cal.Spoil(id, provider.StateUnreadable, provider.UnknownZone)
		r.cal.Spoil(other, provider.StateUnreadable, provider.UnknownZone)
		r.Settle(r.id)
		r.Pass(time.Hour)
		r.cal.Spoil(id, provider.StateLive, "")
		r.Settle(r.id)
		r.Quiet(r.id)
		if here, _ := subjects(r); len(here) != 1 || here[0] != "nowhere" {
			t.Errorf("%+v: came in: %q", o, here)
		}
	}
}

// TestWhatCouldNotBeReadAtTheStartComesInWhateverItsVersionWas: the listing did not tell it, or it was forgotten as settings were changed.
func TestWhatCouldNotBeReadAtTheStartComesInWhateverItsVersionWas(t *testing.T) {
	for name, unknown := range map[string]func(*room){
		"not told": func(r *room) {
			r.cal.Bend = unversioned
			r.Settle(r.id)
			r.cal.Bend = nil
		},
		"forgotten": func(r *room) {
			r.Settle(r.id)
			r.Tx(func(tx engine.Tx) error {
				c, err := tx.Connection(t.Context(), r.id)
				if err != nil {
					return err
				}
				return r.Engine.LookAgain(t.Context(), tx, c)
			})
			r.set(t, func(c *store.Connection) { c.Cursor = "" })
		},
	} {
		for _, o := range []enginetest.Options{{}, {Unread: true}, {Listing: true}} {
			r := newRoom(t, o, start(lens.NewAndChanged))
			id := r.cal.Add(event("nowhere", 3, 10))
			r.cal.Spoil(id, provider.StateUnreadable, provider.UnknownZone)
			r.cal.Add(event("was there", 4, 10))
			unknown(r)
			r.Pass(time.Hour)
			r.Settle(r.id)
			r.cal.Spoil(id, provider.StateLive, "")
			r.Settle(r.id)
			r.Quiet(r.id)
			if here, _ := subjects(r); len(here) != 1 || here[0] != "nowhere" {
				t.Errorf("%s, %+v: came in: %q", name, o, here)
			}
		}
	}
}

// unversioned is a page that tells no versions.
func unversioned(p provider.Pull) provider.Pull {
	var items []provider.Item
	switch p := p.(type) {
	case provider.Snapshot:
		items = p.Items
	case provider.Delta:
		items = p.Items
	}
	for i := range items {
		items[i].Versions = nil
	}
	return p
}

// TestWhatCannotBeReadAndIsKeptOutIsReadOnce: also where the listing tells versions alone.
func TestWhatCannotBeReadAndIsKeptOutIsReadOnce(t *testing.T) {
	r := newRoom(t, enginetest.Options{Unread: true, Listing: true}, func(s *lens.Settings) {
		s.Start, s.Direction = lens.Everything, lens.OwnItems
	})
	r.Settle(r.id)
	id := r.cal.Add(event("nowhere", 3, 10))
	r.cal.Spoil(id, provider.StateUnreadable, provider.UnknownZone)
	r.Settle(r.id)
	r.Quiet(r.id)
	reads := r.cal.Calls["read"]
	r.Settle(r.id)
	if n := r.cal.Calls["read"] - reads; n != 0 {
		t.Errorf("read %d times more", n)
	}
}

// TestWhatIsRefusedIsReadAgainOnlyWhenItMoves: an audit costs what has moved, under any starting point, and what a setting kept
// out comes in once the setting is another.
func TestWhatIsRefusedIsReadAgainOnlyWhenItMoves(t *testing.T) {
	for _, point := range []lens.Start{lens.NewAndChanged, lens.FromToday, "2026-03-05", lens.Everything} {
		r := newRoom(t, enginetest.Options{Unread: true}, func(s *lens.Settings) {
			s.Start, s.Rules = point, []lens.Rule{{Match: "title", Value: "skip"}}
		})
		known := r.cal.Add(event("was there", 6, 10))
		past := r.cal.Add(event("past", 1, 10))
		r.Settle(r.id)
		r.Pass(time.Hour)
		fresh := r.cal.Add(event("skip, new", 7, 10))
		r.cal.Edit(known, setTitle("skip, edited"))
		r.Settle(r.id)
		audit := func() int {
			reads := r.cal.Calls["read"]
			if rep, err := r.Run(r.id, true); err != nil || rep.Err != nil {
				t.Fatal(err, rep.Err)
			}
			return r.cal.Calls["read"] - reads
		}
		if n := audit(); n != 0 {
			t.Errorf("%s: an audit read %d times, and nothing has moved", point, n)
		}
		r.cal.Edit(fresh, setPlace("Room 4"))
		if n := audit(); n == 0 {
			t.Errorf("%s: what has moved was not read", point)
		}
		if n := audit(); n != 0 {
			t.Errorf("%s: an audit read %d times what it knew", point, n)
		}
		r.Tx(func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), r.id)
			if err != nil {
				return err
			}
			s, err := lens.ParseSettings(lens.Defaults(), c.Settings)
			if err != nil {
				return err
			}
			s.Rules, c.Cursor = []lens.Rule{}, ""
			c.Settings = s.JSON()
			if err := r.Engine.LookAgain(t.Context(), tx, c); err != nil {
				return err
			}
			c.Revision++
			return tx.PutConnection(t.Context(), &c)
		})
		r.Settle(r.id)
		here, _ := subjects(r)
		for _, want := range []string{"skip, edited", "skip, new"} {
			if _, found := r.find(want); !found {
				t.Errorf("%s: %q stays out without a rule: here %q", point, want, here)
			}
		}
		if _, found := r.find("past"); found != (point == lens.Everything) {
			t.Errorf("%s: of the past there is %t (%s)", point, found, past)
		}
		r.Quiet(r.id)
	}
}

// TestWhatSomebodyAskedForGoesOutWhateverArrivesBefore: somebody asks for one activity from before the start, and before it is taken up
// something of it changes that no calendar shows.
func TestWhatSomebodyAskedForGoesOutWhateverArrivesBefore(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, start(lens.NewAndChanged))
	a := r.Create(r.Alice, event("call", 3, 10))
	r.Tx(func(tx engine.Tx) error {
		row, err := tx.Connection(t.Context(), r.id)
		if err != nil {
			return err
		}
		row.HubAt = r.Now()
		return tx.PutConnection(t.Context(), &row)
	})
	r.Settle(r.id)
	if n := len(r.Links(r.id)); n != 0 {
		t.Fatalf("%d links of an activity from before the start", n)
	}
	r.Tx(func(tx engine.Tx) error {
		subject := fmt.Sprintf("a:%d", a.ID)
		return errors.Join(
			tx.PutWork(t.Context(), r.id, subject, []byte(engine.AnyStart), r.Now(), true),
			tx.PutWork(t.Context(), r.id, subject, nil, r.Now(), false),
		)
	})
	r.Settle(r.id)
	r.onlyEvent(t)
}

// givenUp runs every transaction twice, and keeps what the second try did: as PostgreSQL may have it.
type givenUp struct{ engine.Store }

func (s givenUp) Tx(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	lost := errors.New("given up in favour of another")
	err := s.Store.Tx(ctx, company, func(tx engine.Tx) error {
		return cmp.Or(f(tx), lost)
	})
	if !errors.Is(err, lost) {
		return err
	}
	return s.Store.Tx(ctx, company, f)
}

// TestAStartForeseesNothingTwice: twice as much would pass the brake without leave (I24).
func TestAStartForeseesNothingTwice(t *testing.T) {
	onPage := func(n int, f func(*room)) func(*room) {
		return func(r *room) {
			r.cal.Before = func(c enginetest.Call) error {
				if c.Op == "pull" {
					if n--; n == 0 {
						f(r)
					}
				}
				return nil
			}
		}
	}
	for name, prepare := range map[string]func(*room){ // any order: each in a room of its own
		"nothing happens":               func(*room) {},
		"each transaction is run twice": func(r *room) { r.Engine.Store = givenUp{r.Engine.Store} },
		"it is listed from the start":   onPage(2, func(r *room) { r.cal.Forget() }),
		"the list ends without what it had": onPage(2, func(r *room) {
			id, _ := r.findEvent("in 0")
			r.cal.Delete(id)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, enginetest.Options{Page: 2}, everything)
			for i := range 3 {
				r.Create(r.Alice, event("out", 3+i, 10))
				r.cal.Add(event(fmt.Sprint("in ", i), 13+i, 10))
			}
			prepare(r)
			r.Settle(r.id)
			r.Tx(func(tx engine.Tx) error {
				c, err := tx.Connection(t.Context(), r.id)
				if h := c.Health; h.ExpectedIn != 3 || h.ExpectedOut != 3 {
					t.Errorf("%d are expected to come in, %d to go out", h.ExpectedIn, h.ExpectedOut)
				}
				return err
			})
		})
	}
}
