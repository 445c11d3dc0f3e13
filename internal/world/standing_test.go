package world

import (
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// apart is an event that was taken over, with a text that its activity never had, which has another one.
type apart struct {
	*World
	side     *side
	entry    *entry
	activity *crm.Activity
}

func takenApart(t *testing.T) *apart {
	t.Helper()
	w := someWorld(t)
	ev := w.someEvent()
	ev.Rule, ev.Description = "", w.book.fresh()
	p := &apart{World: w, side: w.sides[0], entry: w.sides[0].server.add(ev)}
	p.activity = &crm.Activity{ID: 1, Plan: p.entry.event.Clone()}
	p.activity.Plan.Description = w.book.fresh()
	w.typed("alice", "crm", nil, &p.activity.Plan) // nobody has seen the other text and replaced it
	p.entry.tied = &tied{activity: 1, stood: true, here: p.activity.Plan.Clone(), there: p.entry.event.Clone()}
	p.move++
	return p
}

func (p *apart) turn(d lens.Direction) { p.side.turn(func(x *span) { x.settings.Direction = d }) }

func (p *apart) typesHere(text string) {
	was := p.activity.Plan.Clone()
	p.activity.Plan.Description = text
	p.typed("alice", "crm", &was, &p.activity.Plan)
}

func (p *apart) typesThere(text string) {
	p.change("edit event", p.side, p.entry, func(ev *calendar.Event) { ev.Description = text })
}

// TestWhatStandsApartIsNotMissed: both sides say what they said when they were taken over, and one is edited where that is not carried. What
// the other says need not stand there (I2); what both said, and what is typed where it is carried, has to.
func TestWhatStandsApartIsNotMissed(t *testing.T) {
	for name, c := range map[string]struct {
		does func(p *apart)
		want string
	}{
		"nobody edits": {func(p *apart) { p.turn(lens.ToCRM) }, ""},
		"the activity is edited, and nothing goes out by the time that is looked at": {func(p *apart) {
			p.typesHere(p.book.fresh())
			p.turn(lens.ToCRM)
		}, ""},
		"the event is edited, and nothing comes in by the time that is looked at": {func(p *apart) {
			p.typesThere(p.book.fresh())
			p.turn(lens.ToCalendr)
		}, ""},
		"an edit of the event does not come in": {func(p *apart) {
			p.turn(lens.ToCRM)
			p.typesThere(p.book.fresh())
		}, "I2"},
		"an edit of the activity does not go out": {func(p *apart) {
			p.turn(lens.ToCalendr)
			p.typesHere(p.book.fresh())
		}, "I2"},
		"what stood on both sides is gone here": {func(p *apart) {
			p.turn(lens.ToCRM)
			p.entry.tied.here.Description = p.entry.event.Description
			p.activity.Plan.Description = ""
		}, "I2"},
		"what stood on both sides is gone there": {func(p *apart) {
			p.turn(lens.ToCalendr)
			p.entry.tied.there.Description = p.activity.Plan.Description
		}, "I2"},
		"what stood here alone is gone, and all was carried": {func(p *apart) { p.activity.Plan.Description = "" }, "I2"},
	} {
		t.Run(name, func(t *testing.T) {
			p := takenApart(t)
			c.does(p)
			p.checkCarried(p.side, p.entry, p.activity)
			got := strings.Join(p.broken, "\n")
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("broke %q, want %q", got, c.want)
			}
		})
	}
}

// TestWhatStoodHereAloneGoesWithItsEvent: somebody deletes an event that was taken over, and what its activity alone said then was never to
// go out: nothing outlives the deletion for it (I5). What has been typed since does, and what was to go out.
func TestWhatStoodHereAloneGoesWithItsEvent(t *testing.T) {
	for name, c := range map[string]struct {
		does     func(p *apart)
		outlives bool
	}{
		"nobody edits":                    {func(*apart) {}, false},
		"the activity is edited":          {func(p *apart) { p.typesHere(p.book.fresh()) }, true},
		"the activity was to count":       {func(p *apart) { p.entry.tied.stood = false }, true},
		"both said it":                    {func(p *apart) { p.entry.tied.there.Description = p.activity.Plan.Description }, true},
		"it was typed behind the tie":     {func(p *apart) { p.entry.tied.here.Description = "" }, true},
		"another activity was taken over": {func(p *apart) { p.entry.tied.activity = 2 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := takenApart(t)
			p.side.server.traits, p.side.spans = kinds[0], []span{{settings: lens.Defaults(), on: true}}
			p.activity.OwnerID, p.activity.Origin = p.side.user.ID, p.side.id
			c.does(p)
			if k := p.unheard(p.side, p.entry, p.activity); (k != nil) != c.outlives {
				t.Errorf("%v would outlive the deletion", k)
			}
		})
	}
}

// TestWhatWasHiddenStandsAsItIsShownFirst: what is typed into a private event whose details its calendar hides cannot be told from what it said
// when it was taken over, and what is typed once it has been shown can (I2, I11).
func TestWhatWasHiddenStandsAsItIsShownFirst(t *testing.T) {
	for name, c := range map[string]struct {
		shown func(p *apart) // before what is typed
		want  string
	}{
		"typed behind the curtain": {func(*apart) {}, ""},
		"typed once it is shown":   {func(p *apart) { p.shows() }, "I11"},
	} {
		t.Run(name, func(t *testing.T) {
			p := takenApart(t)
			e := p.entry
			for _, x := range []*calendar.Event{&e.event, &e.tied.there, &e.tied.here, &p.activity.Plan} {
				x.Rule = "FREQ=DAILY;COUNT=3"
			}
			e.tied.hidden = true
			c.shown(p)
			p.change("edit date of event", p.side, e, func(ev *calendar.Event) { dated(ev, 24*60*60, p.book.fresh()) })
			p.shows()
			p.checkSame(p.side, e, p.activity, &store.Link{})
			got := strings.Join(p.broken, "\n")
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("broke %q, want %q", got, c.want)
			}
		})
	}
}

// shows: sync is shown all of the event.
func (p *apart) shows() {
	p.entry.uncovered(&store.Link{Activity: p.activity.ID, RemoteEvent: &calendar.Event{Known: calendar.AllFields}})
}

// TestADateThatOneSideHadCancelledStands: a date that one side alone had cancelled when both were taken over stays as it is on either,
// whatever becomes of their series; one that was cancelled or brought back since does not (I11).
func TestADateThatOneSideHadCancelledStands(t *testing.T) {
	const day, hour = 24 * 60 * 60, 60 * 60
	for name, c := range map[string]struct {
		does func(p *apart, there *calendar.Event) // besides that the series ends earlier
		want string
	}{
		"nobody edits it": {func(*apart, *calendar.Event) {}, ""},
		"the series is moved": {func(p *apart, there *calendar.Event) {
			for _, x := range []*calendar.Event{&p.activity.Plan, there} {
				x.Start.Wall, x.End.Wall = x.Start.Wall+hour, x.End.Wall+hour
			}
			there.Cancelled[0] += hour
		}, ""},
		"another date is cancelled": {func(_ *apart, there *calendar.Event) {
			there.Cancelled = append(there.Cancelled, there.Start.Wall+2*day)
		}, "I11"},
		"another date is cancelled in its place": {func(_ *apart, there *calendar.Event) { there.Cancelled[0] += day }, "I11"},
		"a place is typed into another date":     {func(p *apart, there *calendar.Event) { dated(there, 2*day, p.book.fresh()) }, "I11"},
		"neither had it cancelled":               {func(p *apart, _ *calendar.Event) { p.entry.tied.there.Cancelled = nil }, "I11"},
		"another activity was taken over":        {func(p *apart, _ *calendar.Event) { p.entry.tied.activity = 2 }, "I11"},
	} {
		t.Run(name, func(t *testing.T) {
			p := takenApart(t)
			here, x := &p.activity.Plan, p.entry.tied
			here.Rule = "FREQ=DAILY;COUNT=5"
			p.change("edit event", p.side, p.entry, func(there *calendar.Event) {
				there.Rule, there.Cancelled = here.Rule, []calendar.Wall{there.Start.Wall + day}
				x.here, x.there = here.Clone(), there.Clone()
				here.Rule, there.Rule = "FREQ=DAILY;COUNT=4", "FREQ=DAILY;COUNT=4"
				c.does(p, there)
			})
			p.checkSame(p.side, p.entry, p.activity, &store.Link{})
			got := strings.Join(p.broken, "\n")
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("broke %q, want %q", got, c.want)
			}
		})
	}
}

// dated gives a date a place of its own.
func dated(e *calendar.Event, after calendar.Wall, place string) {
	o := e.EnsureOverride(e.Start.Wall + after)
	o.Set |= calendar.Fields(calendar.Location)
	o.Location = place
}
