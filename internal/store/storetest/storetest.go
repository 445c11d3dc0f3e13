// Package storetest is what every engine behind the store has to do, as one suite. It is run on SQLite in a file, on SQLite
// in memory, and on PostgreSQL.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// Run runs the suite. open gives an empty database each time, which it closes itself. Where several handles of one
// database can be open at once, again opens another of the one that was opened last; nil where they cannot.
func Run(t *testing.T, open func(t *testing.T) *store.DB, again func(t *testing.T) *store.DB) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, db *store.DB)
	}{
		{"every row comes back as it was saved", roundTrips},
		{"a row that is changed comes back changed", changes},
		{"what is not there is not found", missing},
		{"a company sees nothing of another", isolation},
		{"references stay inside the company", references},
		{"an activity is saved only on the revision before", activityRevisions},
		{"an activity's occurrences follow it", activityOccurrences},
		{"lists of activities are filtered", activityFilters},
		{"pages of activities neither skip nor repeat", activityPages},
		{"a page cursor of another list is refused", foreignCursors},
		{"live links do not share a side", linkUniqueness},
		{"activities are known by what they were born as", births},
		{"links answer what a run asks", linkQueries},
		{"detached links become what they were", detachedLinks},
		{"the links that ended lately", endedLinks},
		{"reading ahead changes no answer", readAhead},
		{"what was read ahead asks nothing", readAheadAsksNothing},
		{"a link's raw answer is kept exactly", rawAnswers},
		{"an arrival renews a work item but not what people hold", workArrivals},
		{"a worker changes only the revision it handled", workRevisions},
		{"due work comes in order", workDue},
		{"the newest comes first, page by page", newestFirst},
		{"one hold of a kind is open", holds},
		{"tallies sum up the hours", tallies},
		{"a baseline is replaced item by item", baselines},
		{"twins stand until a person has spoken", twins},
		{"persons are found by any address", addresses},
		{"a wake is claimed once, by lane", wakes},
		{"a poll has its turn behind pushes", turns},
		{"a wish during a run stays due", wishes},
		{"a run that has not begun need not be asked for again", awaited},
		{"watches are found by their addresses", watches},
		{"rows are tied to those of another CRM, one to one", externals},
		{"rows are found by their exact name", names},
		{"the oldest sign-in goes where a member has begun too many", signInsBegun},
		{"a circle rests as long as it was asked to at the most", rests},
		{"a lease that ran out passes on under a higher fence", takeover},
		{"a company has no more runs than its cap", caps},
		{"what fails leaves nothing", rollback},
		{"a transaction whose context ends leaves nothing", calledOff},
		{"a savepoint takes back its part", savepoints},
		{"a transaction for reading cannot write", readOnly},
		{"ids are new, also after a savepoint was taken back", ids},
		{"text is kept byte by byte or refused", texts},
		{"large content is kept", large},
		{"sign-ins and tokens open companies", signIns},
		{"sessions run out", sessions},
		{"the instance is made once", instance},
		{"no id comes twice when counters have gone back", skippedIDs},
		{"consent changes on the version before", consents},
		{"a sign-in comes back once", signInsOnce},
		{"what is past its retention goes, and nothing else", prune},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t)
			t.Cleanup(func() { ok(t, db.Close()) })
			c.test(t, db)
		})
	}
	if again == nil {
		return
	}
	t.Run("several workers never hold one connection", func(t *testing.T) { racing(t, open(t), again(t)) })
	t.Run("one signs in to an account at a time", func(t *testing.T) { signingIn(t, open(t), again(t)) })
	t.Run("one replaces a consent at a time", func(t *testing.T) { rotating(t, open(t), again(t)) })
	t.Run("several writers lose no update", func(t *testing.T) { contending(t, open(t), again(t)) })
}

var ctx = context.Background()

// start is the clock of all tests; rows keep microseconds.
var start = time.Date(2026, 1, 2, 9, 0, 0, 123456000, time.UTC)

// fixture is a company with a user who has a connection.
type fixture struct {
	company                   store.ID
	user, account, connection store.ID
}

func newCompany(t *testing.T, db *store.DB) fixture {
	t.Helper()
	c := store.Company{Name: "Example", Created: start}
	ok(t, db.CreateCompany(ctx, &c))
	f := fixture{company: c.ID}
	f.tx(t, db, func(tx *store.Tx) error {
		f.user = addUser(t, tx, 0)
		a := store.Account{Member: f.user, Provider: "caldav", Label: "alice at example.com", State: "ok", Created: start}
		ok(t, tx.PutAccount(ctx, &a))
		f.account = a.ID
		f.connection = addConnection(t, tx, f)
		return nil
	})
	return f
}

func addUser(t *testing.T, tx *store.Tx, login store.ID) store.ID {
	t.Helper()
	u := crm.User{Login: login, Name: "Alice", Email: "alice@example.com", Role: crm.Regular, TimeZone: "Europe/Helsinki", Locale: "fi", Active: true, Created: start}
	ok(t, tx.PutUser(ctx, &u))
	return u.ID
}

func addConnection(t *testing.T, tx *store.Tx, f fixture) store.ID {
	t.Helper()
	c := store.Connection{Account: f.account, Member: f.user, Calendar: "/calendars/alice/home/", State: store.Active, Created: start}
	ok(t, tx.PutConnection(ctx, &c))
	return c.ID
}

func (f fixture) tx(t *testing.T, db *store.DB, run func(tx *store.Tx) error) {
	t.Helper()
	ok(t, db.Tx(ctx, f.company, run))
}

func (f fixture) view(t *testing.T, db *store.DB, run func(tx *store.Tx) error) {
	t.Helper()
	ok(t, db.View(ctx, f.company, run))
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must is for calls that answer a value; the test ends where there is an error.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		ok(t, err)
		return v
	}
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, d)
	}
}
