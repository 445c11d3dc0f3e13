package engine_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestWhatOtherSettingsWouldLetInIsWhatThenComes from the calendar, for each setting that bears on it.
func TestWhatOtherSettingsWouldLetInIsWhatThenComes(t *testing.T) {
	for name, c := range map[string]struct {
		before, after func(*lens.Settings)
		want          engine.Coming
	}{
		"nothing that bears on it":        {nothing, func(s *lens.Settings) { s.CRMContext = true }, engine.Coming{}},
		"everything, from the default":    {nothing, everything, engine.Coming{Created: 4}},
		"from a day on":                   {nothing, start("2026-03-05"), engine.Coming{Created: 2}},
		"the default, from everything":    {everything, start(lens.NewAndChanged), engine.Coming{}},
		"private ones, too":               {func(s *lens.Settings) { everything(s); s.Private = "skip" }, func(s *lens.Settings) { s.Private = "masked" }, engine.Coming{Created: 1}},
		"no private ones any more":        {everything, func(s *lens.Settings) { s.Private = "skip" }, engine.Coming{}},
		"both ways, from out only":        {func(s *lens.Settings) { everything(s); s.Direction = "to_calendar" }, to(lens.TwoWay), engine.Coming{Created: 4}},
		"fewer rules":                     {func(s *lens.Settings) { everything(s); s.Rules = []lens.Rule{{Match: "title", Value: "two"}} }, func(s *lens.Settings) { s.Rules = []lens.Rule{} }, engine.Coming{Created: 1}},
		"out only, from both ways":        {everything, to("to_calendar"), engine.Coming{}},
		"private ones, under the default": {func(s *lens.Settings) { s.Private = "skip" }, func(s *lens.Settings) { s.Private = "masked" }, engine.Coming{}},
	} {
		for _, o := range []enginetest.Options{{}, {Unread: true, Page: 2}} {
			r := newRoom(t, o, c.before)
			for i, subject := range []string{"one", "two", "three", "four"} {
				e := event(subject, 3+i, 10)
				e.Private = subject == "three"
				r.cal.Add(e)
			}
			r.Settle(r.id)
			var row store.Connection
			r.Tx(func(tx engine.Tx) (err error) { row, err = tx.Connection(t.Context(), r.id); return err })
			before, err := lens.ParseSettings(lens.Defaults(), row.Settings)
			if err != nil {
				t.Fatal(err)
			}
			after := before
			c.after(&after)
			rows, were := r.Rows, len(r.Activities())
			target := r.Target(r.id)
			coming, err := r.Engine.Widened(t.Context(), target, &after)
			if err != nil || !reflect.DeepEqual(coming, c.want) || r.Rows != rows {
				t.Errorf("%s: foreseen %+v, %v, want %+v; %d rows written", name, coming, err, c.want, r.Rows-rows)
			}
			if err := r.DB.FinishWake(t.Context(), target.Claim, r.Now()); err != nil {
				t.Fatal(err)
			}
			// What saving does: the calendar is looked at again, under the new starting point if that is another.
			r.Pass(time.Minute)
			r.Tx(func(tx engine.Tx) error {
				row, err := tx.Connection(t.Context(), r.id)
				if err != nil {
					return err
				}
				row.Settings, row.Cursor, row.Revision = after.JSON(), "", row.Revision+1
				if after.Start != before.Start {
					row.Baselined, row.HubAt = false, r.Now()
				}
				if after.Start != before.Start {
					err = tx.DeleteBaseline(t.Context(), r.id)
				} else {
					err = r.Engine.LookAgain(t.Context(), tx, row)
				}
				if err != nil {
					return err
				}
				return tx.PutConnection(t.Context(), &row)
			})
			r.Settle(r.id)
			if came := len(r.Activities()) - were; came != coming.Created {
				t.Errorf("%s: %d came in, foreseen %d", name, came, coming.Created)
			}
		}
	}
}

func TestAMeetingThatIsHereAlreadyWouldBeTied(t *testing.T) {
	a, b := pair(t, func(s *lens.Settings) { s.Private = "skip" })
	a.cal.Add(meeting("Review", "dave"))
	hidden := meeting("Review", "dave")
	hidden.Private = true
	b.cal.Add(hidden)
	a.Settle(a.id, b.id)
	after := lens.Defaults()
	after.Start = lens.Everything
	coming, err := a.Engine.Widened(t.Context(), b.Target(b.id), &after)
	if err != nil || !reflect.DeepEqual(coming, engine.Coming{Linked: []store.ID{a.only(t).ID}}) {
		t.Errorf("foreseen %+v, %v", coming, err)
	}
}

// TestACopyOfWhatIsTiedWouldBeSetAside, and is not counted as coming in.
func TestACopyOfWhatIsTiedWouldBeSetAside(t *testing.T) {
	a, b := pair(t, func(s *lens.Settings) { s.Private = "skip" })
	a.cal.Add(meeting("Review", "dave"))
	hidden := meeting("Review", "dave")
	hidden.Private = true
	b.cal.Add(hidden)
	b.cal.Add(hidden)
	a.Settle(a.id, b.id)
	_, after := b.change(t, func(s *lens.Settings) { s.Private = "masked" })
	for _, want := range []engine.Coming{{Linked: []store.ID{a.only(t).ID}}, {}} {
		target := b.Target(b.id)
		coming, err := a.Engine.Widened(t.Context(), target, &after)
		if err != nil || !reflect.DeepEqual(coming, want) {
			t.Errorf("foreseen %+v, %v, want %+v", coming, err, want)
		}
		if err := a.DB.FinishWake(t.Context(), target.Claim, a.Now()); err != nil {
			t.Fatal(err)
		}
		b.cal.Add(meeting("Review", "dave")) // it is tied before the others are let in
		a.Settle(b.id)
	}
}

// repeating is a calendar whose listings show each item twice, as they do where something moves between two pages.
type repeating struct{ engine.Remote }

func (r repeating) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	p, err := r.Remote.Pull(ctx, since, known)
	if all, ok := p.(provider.Snapshot); ok {
		all.Items = append(all.Items, all.Items...)
		p = all
	}
	return p, err
}

func TestWhatIsListedTwiceComesInOnce(t *testing.T) {
	r := newRoom(t, enginetest.Options{}, start(lens.NewAndChanged))
	r.cal.Add(event("call", 3, 10))
	r.Settle(r.id)
	_, after := r.change(t, everything)
	target := r.Target(r.id)
	target.Remote = repeating{target.Remote}
	coming, err := r.Engine.Widened(t.Context(), target, &after)
	if err != nil || !reflect.DeepEqual(coming, engine.Coming{Created: 1}) {
		t.Errorf("foreseen %+v, %v", coming, err)
	}
}
