package engine_test

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// hides is a calendar that keeps the details of private events from the connected account.
func hides(r *room) {
	r.cal.Hides = calendar.Fields(calendar.Subject, calendar.Location, calendar.Description)
}

func TestWhatACalendarHidesIsNeitherBlankedNorForgotten(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, true, event("secret", 3, 10), nil)
	hides(r)
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = true })
	r.Settle(r.id)
	if got := r.Activity(a.ID).Plan; got.Subject != "secret" || !got.Private {
		t.Errorf("hidden there, here it says %q, private %t", got.Subject, got.Private)
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Busy = false }, calendar.Busy.String())
	r.Settle(r.id)
	r.cal.Edit(id, func(e *calendar.Event) { e.Subject = "typed behind the curtain" })
	r.Settle(r.id)
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = false })
	r.Settle(r.id)
	if got := r.Activity(a.ID).Plan.Subject; got != "typed behind the curtain" {
		t.Errorf("here it says %q", got)
	}
	r.Quiet(r.id)
}

func TestWhatOurOwnWriteBringsToLightComesIn(t *testing.T) {
	r := newRoom(t, enginetest.Options{Guard: provider.GuardFull}, everything)
	hides(r)
	e := event("secret", 3, 10)
	e.Private = true
	r.cal.Add(e)
	r.Settle(r.id)
	a := r.only(t)
	if a.Plan.Subject != "" {
		t.Errorf("it says %q", a.Plan.Subject)
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private = false }, calendar.Private.String())
	r.Settle(r.id)
	if got := r.only(t).Plan.Subject; got != "secret" {
		t.Errorf("it says %q", got)
	}
	r.Quiet(r.id)
}

// TestWhatOurOwnWriteBringsToLightOfADateComesIn, whatever the CRM says of other dates.
func TestWhatOurOwnWriteBringsToLightOfADateComesIn(t *testing.T) {
	r := newRoom(t, enginetest.Options{Guard: provider.GuardFull}, everything)
	hides(r)
	e := series("secret", "FREQ=DAILY;COUNT=4", 3, 10)
	e.Private = true
	e.Overrides = []calendar.Override{{Original: hour(5, 10), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Room 5"}}}
	r.cal.Add(e)
	r.Settle(r.id)
	a := r.only(t)
	if len(a.Plan.Overrides) != 0 {
		t.Errorf("it says %+v", a.Plan.Overrides)
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private = false }, calendar.Private.String())
	r.Settle(r.id)
	plan := r.only(t).Plan
	if o := plan.Override(hour(5, 10)); o == nil || o.Location != "Room 5" {
		t.Errorf("of the 5th it says %+v", o)
	}
	r.Quiet(r.id)
}

// TestWhatACalendarHidAndShowsAgainIsNoEdit: a series was private for a while, and what it says of a date is shown again as it was.
// What somebody typed here about that date meanwhile goes out (I2).
func TestWhatACalendarHidAndShowsAgainIsNoEdit(t *testing.T) {
	e := series("secret", "FREQ=DAILY;COUNT=4", 3, 10)
	e.Overrides = []calendar.Override{{Original: hour(5, 10), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Room 5"}}}
	r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, false, e, nil)
	hides(r)
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = true })
	r.Settle(r.id)
	r.cal.Edit(id, func(e *calendar.Event) { e.Private = false })
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Override(hour(5, 10)).Location = "Room 6" }, hub.FieldOverrides)
	r.Settle(r.id)
	r.inStep(t, 1)
	plan := r.only(t).Plan
	if o := plan.Override(hour(5, 10)); o == nil || o.Location != "Room 6" || len(r.Conflicts()) != 0 {
		t.Errorf("of the 5th it says %+v, conflicts %+v", o, r.Conflicts())
	}
}

// TestWhatIsTypedIntoWhatIsOpenedAtOnceArrives: nothing can be written there before it is shown, and it is shown by our own write. What
// nobody edited there meanwhile does not win over it (I2).
func TestWhatIsTypedIntoWhatIsOpenedAtOnceArrives(t *testing.T) {
	open := func(a *crm.Activity) { a.Plan.Private, a.Plan.Location = false, "Room 6" }
	for name, lost := range map[string]bool{"": false, "with a lost reply": true} {
		t.Run(name, func(t *testing.T) {
			e := event("secret", 3, 10)
			e.Location = "Room 5"
			r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, true, e, nil)
			hides(r)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private = true }, calendar.Private.String())
			r.Settle(r.id)
			if lost {
				r.loseFirstReply()
			}
			r.Edit(r.Alice, a.ID, open, calendar.Private.String(), calendar.Location.String())
			r.Settle(r.id)
			r.Pass(time.Hour)
			r.Settle(r.id)
			if got := r.only(t).Plan.Location; got != "Room 6" || len(r.Conflicts()) != 0 || r.cal.Held()[id].Location != "Room 6" {
				t.Errorf("here it is at %q, there at %q, conflicts %+v", got, r.cal.Held()[id].Location, r.Conflicts())
			}
			r.inStep(t, 1)
		})
	}
}

// TestWhatIsOpenedShowsWhatWasTypedBehindTheCurtain: where both sides typed something, it is a conflict like any other, also where the
// reply to the write that opened it was lost.
func TestWhatIsOpenedShowsWhatWasTypedBehindTheCurtain(t *testing.T) {
	for name, lost := range map[string]bool{"": false, "with a lost reply": true} {
		t.Run(name, func(t *testing.T) {
			r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, true, event("secret", 3, 10), nil)
			hides(r)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private = true }, calendar.Private.String())
			r.Settle(r.id)
			r.cal.Edit(id, func(e *calendar.Event) { e.Subject, e.Location = "typed behind the curtain", "Room 7" })
			r.Settle(r.id)
			if lost {
				r.loseFirstReply()
			}
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private, a.Plan.Location = false, "Room 6" },
				calendar.Private.String(), calendar.Location.String())
			r.Settle(r.id)
			r.Pass(time.Hour)
			r.Settle(r.id)
			got, list := r.only(t).Plan, r.Conflicts()
			if got.Subject != "typed behind the curtain" || len(list) != 1 || list[0].Field != "location" {
				t.Errorf("here it says %q at %q, conflicts %+v", got.Subject, got.Location, list)
			}
			r.inStep(t, 1)
		})
	}
}

// TestWhatIsNotOpenedAfterAllIsKept: our write was to open it, and what is there then is private again. What waited for it is taken
// back, and kept (I2).
func TestWhatIsNotOpenedAfterAllIsKept(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, true, event("secret", 3, 10), nil)
	hides(r)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private = true }, calendar.Private.String())
	r.Settle(r.id)
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" {
			r.cal.Edit(id, func(e *calendar.Event) { e.Private = true })
		}
		return nil
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private, a.Plan.Location = false, "Room 6" },
		calendar.Private.String(), calendar.Location.String())
	r.Settle(r.id)
	if list := r.Conflicts(); len(list) != 1 || string(list[0].Lost) != `"Room 6"` || r.only(t).Plan.Location != "" {
		t.Errorf("here it is at %q, conflicts %+v", r.only(t).Plan.Location, list)
	}
	r.Quiet(r.id)
}

// TestWhatIsTypedOfADateThatIsOpenedAtOnceArrives, and what was said of it goes where nothing is said of it any more.
func TestWhatIsTypedOfADateThatIsOpenedAtOnceArrives(t *testing.T) {
	e := series("secret", "FREQ=DAILY;COUNT=4", 3, 10)
	for day, room := range map[int]string{4: "Room 4", 5: "Room 5"} { // any order: Normalize sorts
		e.Overrides = append(e.Overrides, calendar.Override{
			Original: hour(day, 10), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: room},
		})
	}
	e.Normalize()
	r, a, id := linked(t, enginetest.Options{Guard: provider.GuardFull}, false, e, nil)
	hides(r)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private = true }, calendar.Private.String())
	r.Settle(r.id)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
		a.Plan.Private = false
		a.Plan.Override(hour(4, 10)).Location = "Room 6"
		a.Plan.Override(hour(5, 10)).Set &^= calendar.Fields(calendar.Location)
		a.Plan.Normalize()
	}, calendar.Private.String(), hub.FieldOverrides)
	r.Settle(r.id)
	held := r.cal.Held()[id]
	if o := held.Override(hour(4, 10)); o == nil || o.Location != "Room 6" || held.Override(hour(5, 10)) != nil || len(r.Conflicts()) != 0 {
		t.Errorf("there it says %+v, conflicts %+v", held.Overrides, r.Conflicts())
	}
	r.inStep(t, 1)
}

// TestWhatOneCopyOfAMeetingHidesIsHeardFromTheOther: of two that one person has, the first counts in what it shows (I2).
func TestWhatOneCopyOfAMeetingHidesIsHeardFromTheOther(t *testing.T) {
	a := newRoom(t, enginetest.Options{}, everything)
	hides(a)
	b := &room{Lab: a.Lab, cal: enginetest.New(enginetest.Options{})}
	b.id = a.Connect(a.Alice, b.cal, everything)
	first := a.cal.Add(meeting("Review", "dave"))
	second := b.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id)
	a.cal.Edit(first, func(e *calendar.Event) { e.Private = true })
	a.Settle(a.id, b.id)
	tell := func(subject string) func(*calendar.Event) {
		return func(e *calendar.Event) {
			e.Subject, e.Start.Wall, e.End.Wall = subject, e.Start.Wall+3600, e.End.Wall+3600
		}
	}
	for _, subject := range []string{"Big review", "Bigger review"} {
		a.cal.Edit(first, tell(subject))
		b.cal.Edit(second, tell(subject))
		a.Settle(a.id, b.id)
		a.Quiet(a.id, b.id)
		if got := a.only(t).Plan; got.Subject != subject || got.Start.Wall != a.cal.Held()[first].Start.Wall {
			t.Errorf("it says %q at %v", got.Subject, got.Start)
		}
	}
	// The first shows its details again, and counts in them.
	a.cal.Edit(first, func(e *calendar.Event) { e.Private, e.Subject = false, "Review after all" })
	b.cal.Edit(second, setTitle("Old news"))
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	if got := a.only(t).Plan.Subject; got != "Review after all" || len(a.Conflicts()) != 0 {
		t.Errorf("it says %q, conflicts %+v", got, a.Conflicts())
	}
}

// TestWhatACopySaidUnheardIsHeardOnceTheFirstHidesIt, though nothing has changed at the second since (I2).
func TestWhatACopySaidUnheardIsHeardOnceTheFirstHidesIt(t *testing.T) {
	a := newRoom(t, enginetest.Options{}, everything)
	hides(a)
	b := &room{Lab: a.Lab, cal: enginetest.New(enginetest.Options{})}
	b.id = a.Connect(a.Alice, b.cal, everything)
	first := a.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id)
	b.cal.Add(meeting("Big review", "dave")) // it has heard of what dave says since
	a.Settle(b.id)
	a.cal.Edit(first, func(e *calendar.Event) { e.Private, e.Subject = true, "Big review" })
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	if got := a.only(t).Plan.Subject; got != "Big review" {
		t.Errorf("it says %q", got)
	}
}

// TestACopyThatComesInBesideOneThatHidesIsHeardInThat (I2).
func TestACopyThatComesInBesideOneThatHidesIsHeardInThat(t *testing.T) {
	a := newRoom(t, enginetest.Options{}, everything)
	hides(a)
	b := &room{Lab: a.Lab, cal: enginetest.New(enginetest.Options{})}
	b.id = a.Connect(a.Alice, b.cal, everything)
	secret := meeting("Review", "dave")
	secret.Private = true
	a.cal.Add(secret)
	a.Settle(a.id)
	b.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	if got := a.only(t).Plan; got.Subject != "Review" || !got.Private {
		t.Errorf("it says %q, private %t", got.Subject, got.Private)
	}
}

// TestACopyThatIsNotReadCountsForNothing: of two that one person has, the second is heard where the first one's connection goes one way
// only, from here (I2).
func TestACopyThatIsNotReadCountsForNothing(t *testing.T) {
	a := newRoom(t, enginetest.Options{}, everything)
	b := &room{Lab: a.Lab, cal: enginetest.New(enginetest.Options{})}
	b.id = a.Connect(a.Alice, b.cal, everything)
	first := a.cal.Add(meeting("Review", "dave"))
	second := b.cal.Add(meeting("Review", "dave"))
	a.Settle(a.id, b.id)
	a.Settings(a.id, func(s *lens.Settings) { s.Direction = lens.OwnItems })
	a.cal.Edit(first, setTitle("Big review"))
	b.cal.Edit(second, setTitle("Big review"))
	a.Settle(a.id, b.id)
	a.Quiet(a.id, b.id)
	if got := a.only(t).Plan.Subject; got != "Big review" || len(a.Conflicts()) != 0 {
		t.Errorf("it says %q, conflicts %+v", got, a.Conflicts())
	}
}

// A calendar that never gives an id again refuses a creation whose earlier try arrived and was deleted by somebody.
func TestAKeyThatIsUsedUpIsFollowedByAnother(t *testing.T) {
	r := newRoom(t, enginetest.Options{Guard: provider.GuardFull}, everything)
	r.Create(r.Alice, event("made", 3, 10))
	var first provider.Key
	r.cal.Before = func(c enginetest.Call) error {
		if c.Key != "" && first == "" {
			first = c.Key
		}
		if c.Op == "put" && c.Key == first {
			return &provider.Error{Op: "create", Class: provider.Gone}
		}
		return nil
	}
	r.Settle(r.id)
	r.Pass(time.Minute)
	r.Settle(r.id)
	if id := r.onlyEvent(t); string(id) == string(first) {
		t.Errorf("it was made under the key that is used up")
	}
	r.Quiet(r.id)
}

// TestWhatACalendarHidWhenItWasTakenOverStandsApart: nobody has compared it, and once it is shown both stand as they are. What is edited
// then keeps what it writes over (I2).
func TestWhatACalendarHidWhenItWasTakenOverStandsApart(t *testing.T) {
	for name, edit := range map[string]func(r *room, a *crm.Activity, id provider.RemoteID){
		"nobody edits": func(*room, *crm.Activity, provider.RemoteID) {},
		"edited here": func(r *room, a *crm.Activity, _ provider.RemoteID) {
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = "typed here" }, "subject")
		},
		"edited there": func(r *room, _ *crm.Activity, id provider.RemoteID) {
			r.cal.Edit(id, func(e *calendar.Event) { e.Subject = "typed there" })
		},
	} {
		for _, opened := range []string{"before", "after"} {
			t.Run(name+" "+opened, func(t *testing.T) {
				r := newRoom(t, enginetest.Options{Guard: provider.GuardFull}, everything)
				hides(r)
				a := r.Create(r.Alice, event("here", 3, 10))
				e := event("there", 3, 10)
				e.Private = true
				id := r.cal.Add(e)
				if made := r.takeOver(t, engine.CalendarCounts); made != 1 {
					t.Fatalf("%d are tied", made)
				}
				r.Settle(r.id)
				open := func() {
					r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private = false }, calendar.Private.String())
					r.Settle(r.id)
				}
				if opened == "before" {
					open()
					if here, there := r.only(t).Plan.Subject, r.cal.Held()[id].Subject; here != "here" || there != "there" {
						t.Errorf("opened, it is %q here and %q there", here, there)
					}
				}
				r.Pass(time.Minute)
				edit(r, &a, id)
				r.Settle(r.id)
				if opened == "after" {
					open()
				}
				lost := ""
				for _, c := range r.Conflicts() {
					lost += string(c.Lost)
				}
				here, there := r.only(t).Plan.Subject, r.cal.Held()[id].Subject
				want, kept := [2]string{"here", "there"}, ""
				switch name + " " + opened {
				case "edited here before":
					want, kept = [2]string{"typed here", "typed here"}, `"there"`
				case "edited there before":
					want, kept = [2]string{"typed there", "typed there"}, `"here"`
				case "edited here after":
					kept = `"typed here"` // it could not be written, and was taken back
				case "edited there after":
					want[1] = "typed there" // nobody has seen it
				}
				if here != want[0] || there != want[1] || !strings.Contains(lost, kept) {
					t.Errorf("it is %q here and %q there, want %q; kept is %s", here, there, want, lost)
				}
				r.Quiet(r.id)
			})
		}
	}
}

// TestWhatStandsApartAndIsHiddenAgainIsStillCompared: what an event showed before it hid its details is known, also where the activity never
// said the same. What is typed behind the curtain comes in, and what that writes over is kept (I2); where nobody typed, both stand.
func TestWhatStandsApartAndIsHiddenAgainIsStillCompared(t *testing.T) {
	typed := func(r *room, id provider.RemoteID) { r.cal.Edit(id, setTitle("typed there")) }
	for name, c := range map[string]struct {
		edit func(r *room, id provider.RemoteID)
		here string // what is typed as it is opened
		want [2]string
		lost string
	}{
		"nobody types":  {func(*room, provider.RemoteID) {}, "here", [2]string{"here", "there"}, ""},
		"typed there":   {typed, "here", [2]string{"typed there", "typed there"}, `"here"`},
		"typed here":    {func(*room, provider.RemoteID) {}, "typed here", [2]string{"typed here", "typed here"}, `"there"`},
		"typed on both": {typed, "typed here", [2]string{"typed there", "typed there"}, `"typed here"`},
	} {
		for _, hidden := range []bool{true, false} { // when it was taken over
			for _, lost := range []bool{true, false} { // is the reply to what opens it
				r := newRoom(t, enginetest.Options{Guard: provider.GuardFull}, everything)
				hides(r)
				a := r.Create(r.Alice, event("here", 3, 10))
				e := event("there", 3, 10)
				e.Private = hidden
				id := r.cal.Add(e)
				r.takeOverAs(t, engine.BothStand)
				r.Settle(r.id)
				for _, private := range []bool{false, true} { // it has been shown, and is hidden by now
					r.cal.Edit(id, func(e *calendar.Event) { e.Private = private })
					r.Settle(r.id)
				}
				c.edit(r, id)
				r.Settle(r.id)
				r.Pass(time.Minute)
				if lost {
					r.loseFirstReply()
				}
				r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Private, a.Plan.Subject = false, c.here }, "private", "subject")
				r.Settle(r.id)
				r.Pass(time.Hour)
				r.Settle(r.id)
				var kept string
				for _, x := range r.Conflicts() {
					kept += string(x.Lost)
				}
				if got := [2]string{r.only(t).Plan.Subject, r.cal.Held()[id].Subject}; got != c.want || kept != c.lost {
					t.Errorf("%s, hidden %t, reply lost %t: here and there it is %q, want %q; kept is %s", name, hidden, lost, got, c.want, kept)
				}
				r.Quiet(r.id)
			}
		}
	}
}

// TestADateThatStandsApartAndIsHiddenIsStillCompared, under the name that it has by then (I2).
func TestADateThatStandsApartAndIsHiddenIsStillCompared(t *testing.T) {
	in := func(place string, at calendar.Wall) []calendar.Override {
		return []calendar.Override{{Original: at, Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: place}}}
	}
	move := func(e *calendar.Event) {
		e.Start.Wall, e.End.Wall, e.Overrides = e.Start.Wall+3600, e.End.Wall+3600, in("Room 5", hour(5, 11))
	}
	for name, c := range map[string]struct {
		edit func(e *calendar.Event)
		here string // of the 5th
	}{
		"nobody types":        {func(*calendar.Event) {}, ""},
		"the series moves":    {move, ""},
		"the series ends":     {func(e *calendar.Event) { e.Rule, e.Overrides = "FREQ=DAILY;COUNT=2", nil }, ""},
		"the date is edited":  {func(e *calendar.Event) { e.Overrides = in("Room 6", hour(5, 10)) }, "Room 6"},
		"both":                {func(e *calendar.Event) { move(e); e.Overrides[0].Location = "Room 6" }, "Room 6"},
		"the date is cleared": {func(e *calendar.Event) { e.Overrides = nil }, ""},
	} {
		r := newRoom(t, enginetest.Options{Guard: provider.GuardFull}, everything)
		hides(r)
		r.Create(r.Alice, series("same", "FREQ=DAILY;COUNT=4", 3, 10))
		e := series("same", "FREQ=DAILY;COUNT=4", 3, 10)
		e.Overrides = in("Room 5", hour(5, 10))
		id := r.cal.Add(e)
		r.takeOverAs(t, engine.BothStand)
		r.Settle(r.id)
		for _, edit := range []func(*calendar.Event){
			func(e *calendar.Event) { e.Private = true }, c.edit, func(e *calendar.Event) { e.Private = false },
		} {
			r.cal.Edit(id, edit)
			r.Settle(r.id)
		}
		plan, place := r.only(t).Plan, ""
		for _, o := range plan.Overrides {
			place += o.Location
		}
		if there := r.cal.Held()[id]; place != c.here || plan.Start != there.Start || plan.Rule != there.Rule || len(r.Conflicts()) != 0 {
			t.Errorf("%s: here it is %+v, there %+v; kept is %+v", name, plan, there, r.Conflicts())
		}
		r.Quiet(r.id)
	}
}
