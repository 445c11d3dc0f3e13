package connection

import (
	"fmt"
	"testing"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/match"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestNoneOfManyIsNotedInFewPairs: an import gives a thousand activities the same day. Whoever says that they are none of the thousand
// events of that day has not said it of a million pairs, one by one, in a single transaction.
func TestNoneOfManyIsNotedInFewPairs(t *testing.T) {
	for _, many := range []int{3, 1000} {
		o, q := &engine.Overlap{}, match.Question{Reason: match.Several}
		shown := shownPairs{There: map[string]string{}, Here: map[store.ID]int64{}}
		for i := range many {
			id := store.ID(i + 1)
			event := engine.There{Item: provider.Item{ID: provider.RemoteID(fmt.Sprint("e", i))}, Print: "p"}
			o.Events, o.Activities = append(o.Events, event), append(o.Activities, engine.Here{Activity: crm.Activity{ID: id}})
			q.There, q.Here = append(q.There, i), append(q.Here, i)
			shown.There[string(event.Item.ID)], shown.Here[id] = "p", 0
		}
		o.Unsure = []match.Question{q}
		d := newDeciding(o, shown, TakeOverWish{ForAll: map[match.Reason]Choice{match.Several: {}}})
		d.decide()
		pairs, there, here := 0, map[int]bool{}, map[int]bool{}
		for _, q := range d.apart {
			if err := q.Each(func(t, h int) error { pairs++; there[t], here[h] = true, true; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if len(there) != many || len(here) != many || len(d.open) != 0 {
			t.Errorf("of %d, %d events and %d activities are set apart, and %d questions are open", many, len(there), len(here), len(d.open))
		}
		if want := min(many*many, 2*maxApart); pairs > want {
			t.Errorf("%d pairs are noted of %d", pairs, many)
		}
	}
}

// TestWhatIsSetApartOneByOneIsNotOpen: of two events and two activities one is said not to be the first activity, and the other to be the
// second. Nothing is left of which anybody could be asked.
func TestWhatIsSetApartOneByOneIsNotOpen(t *testing.T) {
	o := &engine.Overlap{
		Events:     []engine.There{{Item: provider.Item{ID: "e1"}, Print: "p"}, {Item: provider.Item{ID: "e2"}, Print: "p"}},
		Activities: []engine.Here{{Activity: crm.Activity{ID: 1}}, {Activity: crm.Activity{ID: 2}}},
	}
	o.Unsure = []match.Question{{Reason: match.Several, There: []int{0, 1}, Here: []int{0, 1}}}
	shown := shownPairs{There: map[string]string{"e1": "p", "e2": "p"}, Here: map[store.ID]int64{1: 0, 2: 0}}
	other := Answer{Event: "e2", Activity: 2, Same: true}
	for name, c := range map[string]struct {
		answers []Answer
		open    int
	}{
		"all is said":               {[]Answer{{Event: "e1", Activity: 1}, other}, 0},
		"of one nothing is said":    {[]Answer{{Event: "e1", Activity: 1}}, 1},
		"of the other nothing is":   {[]Answer{other}, 1},
		"it is none, and the other": {[]Answer{{Event: "e1"}, other}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeciding(o, shown, TakeOverWish{Answers: c.answers})
			d.decide()
			if len(d.open) != c.open || len(d.stale) != 0 {
				t.Errorf("open: %+v; stale: %+v", d.open, d.stale)
			}
		})
	}
}
