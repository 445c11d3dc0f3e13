package house_test

import (
	"testing"
	"time"

	"tahti/internal/account"
)

// TestSyncNowFindsWhatWasDeletedAtPipedrive: no list tells of it and no webhook has, so that what is asked for by a person lists
// everything; again no sooner than a quarter of an hour later, as each list costs the company tokens.
func TestSyncNowFindsWhatWasDeletedAtPipedrive(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, c := o.connectTo(account.Pipedrive)
	o.sync(c.ID)
	ids := []int64{o.there(me, "One"), o.there(me, "Two"), o.there(me, "Three")}
	o.pass(2 * time.Second)
	o.sync(c.ID)
	gone := func(i int) {
		t.Helper()
		if err := o.pipedrive.Delete(me, ids[i]); err != nil {
			t.Fatal(err)
		}
	}
	left := func(what string, n, most int) {
		t.Helper()
		before := o.pipedrive.Usage().Used
		o.pass(2 * time.Second)
		o.sync(c.ID)
		if all := o.all(); len(all) != n {
			t.Errorf("%s: %d are left, want %d", what, len(all), n)
		}
		if spent := o.pipedrive.Usage().Used - before; spent > most {
			t.Errorf("%s: %d tokens, want at most %d", what, spent, most)
		}
	}
	o.pass(15 * time.Minute)
	gone(0)
	left("deleted", 2, 10+1) // a list, and one activity
	gone(1)
	left("a second one right behind it", 2, 10)
	o.pass(15 * time.Minute)
	left("a quarter of an hour later", 1, 10+1)
	left("nothing more", 1, 10)
}
