package engine_test

import (
	"errors"
	"fmt"
	"reflect"
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

// dated is a room in which one side holds a series of ten weeks, and the other each of its dates by itself, as another sync writes them
// where nothing repeats. One date was moved in the series, and is where it was moved to on the other side.
func dated(t testing.TB, seriesThere bool, o enginetest.Options, change func(*lens.Settings)) *room {
	t.Helper()
	r := newRoom(t, o, change)
	whole := series("Standup", "FREQ=WEEKLY;COUNT=10", 3, 9)
	var single []calendar.Event
	for i := range 10 {
		e := event("Standup", 3, 9)
		e.Start.Wall, e.End.Wall = e.Start.Wall+calendar.Wall(i*7*86400), e.End.Wall+calendar.Wall(i*7*86400)
		if i == 4 {
			v := whole.Values
			v.Start.Wall, v.End.Wall = e.Start.Wall+3600, e.End.Wall+3600
			whole.Overrides = []calendar.Override{{Original: e.Start.Wall, Set: calendar.Fields(calendar.When), Values: v}}
			e.Start.Wall, e.End.Wall = v.Start.Wall, v.End.Wall
		}
		single = append(single, e)
	}
	here, there := single, []calendar.Event{whole}
	if !seriesThere {
		here, there = there, here
	}
	for _, e := range here {
		r.CreateActivity(r.Alice, crm.Activity{OwnerID: r.Alice.ID, Type: "call", Plan: e})
	}
	for _, e := range there {
		r.cal.Add(e)
	}
	r.Pass(time.Hour)
	r.begun()
	return r
}

// unmade checks that neither side has got anything of the other.
func (r *room) unmade(t testing.TB, seriesThere bool) {
	t.Helper()
	here, there := 10, 1
	if !seriesThere {
		here, there = there, here
	}
	if a, e := len(r.Activities()), len(r.cal.Held()); a != here || e != there {
		t.Errorf("%d activities and %d events, want %d and %d", a, e, here, there)
	}
}

// keepDates says of all that is unsure that it is a series and its dates.
func (r *room) keepDates(t testing.TB) {
	t.Helper()
	o := r.overlap(t)
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		for _, q := range o.Unsure {
			if err == nil {
				err = r.Engine.KeepDates(t.Context(), tx, c, o, q)
			}
		}
		return err
	})
}

func TestTheDatesOfASeriesAreNotMadeBesideIt(t *testing.T) {
	for _, seriesThere := range []bool{true, false} {
		for _, start := range []lens.Start{lens.NewAndChanged, lens.Everything} {
			for kind, o := range map[string]enginetest.Options{"deltas": {}, "unread": {Unread: true, Page: 3}, "listings": {Listing: true, Unread: true}} {
				t.Run(fmt.Sprint(kind, start, " the series is there: ", seriesThere), func(t *testing.T) {
					r := dated(t, seriesThere, o, func(s *lens.Settings) { s.Start = start })
					r.foresee(t, 0)
					r.Settle(r.id)
					r.unmade(t, seriesThere)
					r.Pass(time.Hour)
					for _, a := range r.Activities() {
						r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "Room 4" }, "location")
					}
					for id := range r.cal.Held() {
						r.cal.Edit(id, func(e *calendar.Event) { e.Description = "Bring cake" })
					}
					r.Settle(r.id)
					r.unmade(t, seriesThere)
					r.Quiet(r.id)
				})
			}
		}
	}
}

// TestADateThatIsNoneIsMade: what has the title of a series, and lies on no date of it, is something else.
func TestADateThatIsNoneIsMade(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, everything)
	r.CreateActivity(r.Alice, crm.Activity{OwnerID: r.Alice.ID, Type: "call", Plan: event("Standup", 4, 9)})
	r.cal.Add(series("Standup", "FREQ=WEEKLY;COUNT=10", 3, 9))
	r.Pass(time.Hour)
	r.begun()
	r.Settle(r.id)
	r.inStep(t, 2)
}

// TestAPreviewCountsNoDatesThatStayBesideTheirSeries: of what somebody has said to be a series and its dates, other settings make nothing on
// either side, and none of it is shown as if they would.
func TestAPreviewCountsNoDatesThatStayBesideTheirSeries(t *testing.T) {
	for _, seriesThere := range []bool{true, false} {
		t.Run(fmt.Sprint("the series is there: ", seriesThere), func(t *testing.T) {
			r := dated(t, seriesThere, enginetest.Options{}, nothing)
			r.Settle(r.id)
			r.keepDates(t)
			r.Pass(time.Minute)
			_, after := r.change(t, everything)
			coming, err := r.Engine.Widened(t.Context(), r.Target(r.id), &after)
			r.Revive() // a look is no run: it gives the claim back
			if err != nil || !reflect.DeepEqual(coming, engine.Coming{}) {
				t.Errorf("foreseen to come in: %+v, %v", coming, err)
			}
			if plan := r.saves(t, everything); len(plan.Entering) != 0 {
				t.Errorf("foreseen to go out: %v", plan.Entering)
			}
			r.set(t, func(c *store.Connection) { c.Cursor, c.Baselined, c.HubAt = "", false, r.Now() })
			r.Settle(r.id)
			r.unmade(t, seriesThere)
			r.Quiet(r.id)
		})
	}
}

// TestWhatStaysBesideItsDatesIsNamedWhateverElseIsInTheWay: else somebody clears that away, and nothing comes of it.
func TestWhatStaysBesideItsDatesIsNamedWhateverElseIsInTheWay(t *testing.T) {
	for _, seriesThere := range []bool{true, false} {
		t.Run(fmt.Sprint("the series is there: ", seriesThere), func(t *testing.T) {
			r := dated(t, seriesThere, enginetest.Options{}, nothing)
			r.Settle(r.id)
			r.keepDates(t)
			for _, a := range r.Activities() {
				r.wantRemedies(r.explained(a.ID, ""), "before_start>sync_one", "kept_as_dates>none")
			}
			for id := range r.cal.Held() {
				read, err := r.cal.Read(t.Context(), []provider.RemoteID{id})
				if err != nil {
					t.Fatal(err)
				}
				r.Tx(func(tx engine.Tx) error {
					x, err := r.Engine.ExplainUntied(t.Context(), tx, r.target(), &read[0])
					r.wantRemedies(x, "before_start>change_setting", "kept_as_dates>none")
					return err
				})
			}
		})
	}
}

// TestWhatWasSaidToBeDatesIsNobodysMirror: the series has just gone out to another calendar, so that its first date looks like a copy of what
// stands there. What a person has said of it stands: it waits for nobody, and nothing notes it as something else.
func TestWhatWasSaidToBeDatesIsNobodysMirror(t *testing.T) {
	r := dated(t, false, enginetest.Options{}, everything)
	r.keepDates(t)
	r.Settle(r.id)
	other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
	other.cal.Now = r.Now
	other.id = r.Connect(r.Alice, other.cal, everything)
	r.Settle(r.id, other.id)
	if n := len(other.cal.Held()); n != 1 {
		t.Fatalf("the other calendar holds %d events", n)
	}
	r.Pass(time.Minute)
	r.saves(t, to(lens.ToCRM))
	r.set(t, func(c *store.Connection) { c.Cursor = "" })
	r.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(t.Context(), r.id)
		return errors.Join(err, r.Engine.LookAgain(t.Context(), tx, c))
	})
	says, err := r.Engine.DryRun(t.Context(), r.Target(r.id), nil)
	r.Revive() // a look is no run: it gives the claim back
	if err != nil || says[engine.ParkedCount] != 0 {
		t.Errorf("a dry run says %v, %v", says, err)
	}
	r.Settle(r.id)
	r.unmade(t, false)
	if works := r.Works(r.id); len(works) != 0 {
		t.Errorf("%d wait, one for %s", len(works), works[0].Reason)
	}
	r.Quiet(r.id, other.id)
}

// TestWhatIsSaidToBeDatesIsNotMadeByAnEarlierLeave: the last word counts.
func TestWhatIsSaidToBeDatesIsNotMadeByAnEarlierLeave(t *testing.T) {
	for _, seriesThere := range []bool{true, false} {
		t.Run(fmt.Sprint("the series is there: ", seriesThere), func(t *testing.T) {
			r := dated(t, seriesThere, enginetest.Options{}, everything)
			r.Settle(r.id)
			if r.held(t) == 0 {
				t.Fatal("nothing waits for a person")
			}
			r.answer(t, true)
			r.keepDates(t)
			r.foresee(t, 0)
			r.Settle(r.id)
			r.unmade(t, seriesThere)
			if works := r.Works(r.id); len(works) != 0 {
				t.Errorf("%d wait, one for %s", len(works), works[0].Reason)
			}
			r.Quiet(r.id)
		})
	}
}
