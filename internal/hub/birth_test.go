package hub_test

import (
	"testing"

	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// TestWhatPeopleMakeIsBornHere, whatever a draft says, and so is the second half of a series that they split. What sync makes was born where
// it says.
func TestWhatPeopleMakeIsBornHere(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	draft := withOwner(weekly("Team"), r.alice)
	draft.Born = "an item there"
	if a := r.create(hub.By(r.alice), draft); a.Born != crm.BornHere {
		t.Errorf("born %q", a.Born)
	}
	came := r.create(hub.BySync(c, 0), draft)
	if came.Born != "an item there" {
		t.Errorf("born %q", came.Born)
	}
	tail, err := r.patch(hub.By(r.alice), came.ID, monday(3), hub.Following, hub.Change{Fields: []string{"note"}, To: crm.Activity{Note: "x"}})
	if err != nil || tail.ID == came.ID || tail.Born != crm.BornHere {
		t.Errorf("the second half is %d, born %q, %v", tail.ID, tail.Born, err)
	}
}

// TestWhatIsBornElsewhereIsLookedAtAgain by the connections that carry it or may carry it, but for the one that says so.
func TestWhatIsBornElsewhereIsLookedAtAgain(t *testing.T) {
	r := newRoom(t)
	first, second, third := r.connect(r.alice, nil), r.connect(r.alice, nil), r.connect(r.alice, nil)
	a := r.create(hub.BySync(first, 0), withOwner(weekly("Team"), r.alice))
	r.marked(a.ID, first, second, third)
	bear := func() (b crm.Activity) {
		r.do(func(tx *store.Tx) (err error) {
			b, err = r.hub.Bear(r.ctx, tx, hub.BySync(second, 0), a.ID)
			return err
		})
		return b
	}
	if b := bear(); b.Origin != second || b.Revision != a.Revision+1 || r.activity(a.ID).Origin != second {
		t.Errorf("%+v", b)
	}
	if m := r.marked(a.ID, first, second, third); !m[0] || m[1] || !m[2] {
		t.Errorf("marked: %v", m)
	}
	if b := bear(); b.Revision != a.Revision+1 {
		t.Error("it is born there once more")
	}
}
