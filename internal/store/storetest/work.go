package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

func workArrivals(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		for _, held := range []struct {
			by      string
			release bool
			stays   bool
		}{
			{store.HeldByNothing, false, false},
			{store.HeldByBackOff, false, false},
			{store.HeldByParked, false, false},
			{store.HeldBySending, false, true},
			{store.HeldByBrake + "12", false, true},
			{store.HeldBySending, true, false},
			{store.HeldByBrake + "12", true, false},
		} {
			name := fmt.Sprintf("held by %q, release %v", held.by, held.release)
			subject := "r:" + name
			ok(t, tx.PutWork(ctx, f.connection, subject, []byte("old"), start, false))
			w := must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, subject))
			same(t, name+": first revision", w.Revision, 1)
			w.Attempts, w.Class, w.Reason, w.Detail, w.HeldBy, w.People = 3, "transient", "timeout", "d", held.by, 5
			w.Due = start.Add(time.Hour)
			ok(t, tx.UpdateWork(ctx, w))
			same(t, name+": updated", must[store.Work](t)(tx.Work(ctx, w.ID)), w)
			ok(t, tx.PutWork(ctx, f.connection, subject, []byte("new"), start.Add(time.Minute), held.release))
			want := w
			want.Payload, want.Revision, want.Attempts, want.Due = []byte("new"), 2, 0, start.Add(time.Minute)
			if !held.stays {
				want.Class, want.Reason, want.Detail, want.HeldBy, want.People = "", "", "", "", 0
			}
			same(t, name+": after an arrival", must[store.Work](t)(tx.Work(ctx, w.ID)), want)
		}
		return nil
	})
}

func workRevisions(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		ok(t, tx.PutWork(ctx, f.connection, "a:1", nil, start, false))
		handled := must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "a:1"))
		ok(t, tx.PutWork(ctx, f.connection, "a:1", []byte("news"), start, false))
		handled.HeldBy, handled.Reason = store.HeldByParked, "bad_syntax"
		ok(t, tx.UpdateWork(ctx, handled))
		ok(t, tx.DeleteWork(ctx, handled))
		w := must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "a:1"))
		same(t, "payload", string(w.Payload), "news")
		ok(t, tx.PutWork(ctx, f.connection, "a:1", nil, start, false))
		w = must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "a:1"))
		same(t, "payload behind an arrival that says nothing", string(w.Payload), "news")
		same(t, "held by", w.HeldBy, "")
		ok(t, tx.DeleteWork(ctx, w))
		if _, err := tx.Work(ctx, w.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted work: %v, want not found", err)
		}
		ok(t, tx.DeleteWork(ctx, w)) // by somebody else already
		return nil
	})
}

func workDue(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		put := func(subject string, due time.Duration, heldBy string) {
			ok(t, tx.PutWork(ctx, f.connection, subject, nil, start.Add(due), false))
			w := must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, subject))
			w.HeldBy, w.Class = heldBy, "a class"
			ok(t, tx.UpdateWork(ctx, w))
		}
		same(t, "no work: due", must[time.Time](t)(tx.NextDue(ctx, f.connection)), time.Time{})
		put("r:late", -time.Minute, "")
		put("r:soon", -time.Hour, store.HeldByBackOff)
		put("r:R", -time.Second, "") // ids of providers differ by case
		put("r:r", -time.Second, "")
		put("r:later", time.Hour, store.HeldByBackOff)
		put("r:parked", -time.Hour, store.HeldByParked)
		put("r:sending", -time.Hour, store.HeldBySending)
		put("r:brake", -time.Hour, store.HeldByBrake+"7")
		put("r:brake2", -time.Hour, store.HeldByBrake+"8")
		put("a:7", time.Hour, "")
		put("a:8", -2*time.Minute, "")
		due := func(limit int) (subjects []string) {
			for _, w := range must[[]store.Work](t)(tx.DueWork(ctx, f.connection, start, limit)) {
				subjects = append(subjects, w.Subject)
			}
			return subjects
		}
		same(t, "due", due(10), []string{"r:soon", "a:8", "r:late", "r:R", "r:r"})
		said := must[[]store.Work](t)(tx.DueArrivals(ctx, f.connection, start, 2))
		same(t, "due arrivals", []string{said[0].Subject, said[1].Subject}, []string{"r:soon", "r:late"})
		same(t, "first of what is due", due(1), []string{"r:soon"})
		same(t, "next due", must[time.Time](t)(tx.NextDue(ctx, f.connection)), start.Add(-time.Hour))
		same(t, "counts", must[map[string]int](t)(tx.CountWork(ctx, f.connection)),
			map[string]int{"": 5, "back-off": 2, "parked": 1, "sending": 1, "brake": 2})
		same(t, "arrivals", must[int](t)(tx.CountArrivals(ctx, f.connection)), 9)
		same(t, "all", len(must[[]store.Work](t)(tx.ListWork(ctx, f.connection, 0, 0))), 11)
		same(t, "released", must[int](t)(tx.ReleaseWork(ctx, f.connection, store.HeldByBrake+"7")), 1)
		w := must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "r:brake"))
		same(t, "held by after release", w.HeldBy, "")
		same(t, "class after release", w.Class, "a class")
		ok(t, tx.PutWork(ctx, f.connection, "r:now", nil, time.Time{}, false))
		same(t, "due at once, also by a clock that is far behind", due(2), []string{"r:brake", "r:now"})
		same(t, "due like what is noted without a due time", w.Due, must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "r:now")).Due)
		if next := must[time.Time](t)(tx.NextDue(ctx, f.connection)); next.IsZero() || next.After(start) {
			t.Errorf("what is due at once is due at %v", next)
		}
		return nil
	})
}

func newestFirst(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		a, b := addActivity(t, tx, f), addActivity(t, tx, f)
		var byTime []store.ID
		for i, minute := range []int{3, 1, 2, 2} { // not in the order of their ids
			h := store.History{Connection: f.connection, Activity: []store.ID{a, b}[i%2], At: start.Add(time.Duration(minute) * time.Minute)}
			ok(t, tx.AddHistory(ctx, &h))
			x := store.Conflict{Connection: f.connection, Activity: h.Activity, At: h.At}
			r := store.Run{Connection: f.connection, Started: h.At}
			ok(t, errors.Join(tx.PutConflict(ctx, &x), tx.PutRun(ctx, &r)))
			byTime = append(byTime, h.ID)
		}
		want := []store.ID{byTime[0], byTime[3], byTime[2], byTime[1]}
		ids := func(list []store.History) (ids []store.ID) {
			for _, h := range list {
				ids = append(ids, h.ID)
			}
			return ids
		}
		same(t, "history", ids(must[[]store.History](t)(tx.ListHistory(ctx, 0, 0, 0, 0))), want)
		same(t, "first page", ids(must[[]store.History](t)(tx.ListHistory(ctx, f.connection, 0, 0, 2))), want[:2])
		same(t, "second page", ids(must[[]store.History](t)(tx.ListHistory(ctx, f.connection, 0, want[1], 2))), want[2:])
		same(t, "of an activity", ids(must[[]store.History](t)(tx.ListHistory(ctx, f.connection, b, 0, 0))), []store.ID{byTime[3], byTime[1]})
		conflicts := must[[]store.Conflict](t)(tx.Conflicts(ctx, f.user, 0, 0))
		same(t, "conflicts", len(conflicts), 4)
		same(t, "conflicts before the third", len(must[[]store.Conflict](t)(tx.Conflicts(ctx, f.user, conflicts[2].ID, 0))), 1)
		same(t, "conflicts of another", len(must[[]store.Conflict](t)(tx.Conflicts(ctx, 4711, 0, 0))), 0)
		handed := must[crm.Activity](t)(tx.Activity(ctx, b))
		handed.OwnerID, handed.Revision = addUser(t, tx, 0), handed.Revision+1
		ok(t, tx.PutActivity(ctx, &handed))
		same(t, "conflicts of whose calendar it was", len(must[[]store.Conflict](t)(tx.Conflicts(ctx, f.user, 0, 0))), 4)
		same(t, "conflicts of whose activity it is", len(must[[]store.Conflict](t)(tx.Conflicts(ctx, handed.OwnerID, 0, 0))), 2)
		dry := store.Run{Connection: f.connection, Kind: store.RunDry, Started: start.Add(2 * time.Hour)}
		ok(t, tx.PutRun(ctx, &dry))
		looks := must[[]store.Run](t)(tx.DryRuns(ctx, f.connection, 9))
		same(t, "dry runs", len(looks), 1)
		same(t, "the dry run", looks[0].ID, dry.ID)
		runs := must[[]store.Run](t)(tx.Runs(ctx, f.connection, 2))
		same(t, "runs", []time.Time{runs[0].Started, runs[1].Started}, []time.Time{start.Add(3 * time.Minute), start.Add(2 * time.Minute)})
		return nil
	})
}

func holds(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		h := store.Hold{Connection: f.connection, Direction: "in", Kind: "delete", Size: 3, State: "open", Created: start}
		twin, out := h, h
		out.Direction = "out"
		ok(t, errors.Join(tx.PutHold(ctx, &h), tx.PutHold(ctx, &out)))
		if err := tx.PutHold(ctx, &twin); !errors.Is(err, store.ErrExists) {
			t.Errorf("a second open hold: %v, want exists", err)
		}
		same(t, "open", must[store.Hold](t)(tx.OpenHold(ctx, f.connection, "in", "delete")), h)
		same(t, "listed", must[[]store.Hold](t)(tx.Holds(ctx, 0)), []store.Hold{h, out})
		h.State, h.Decided, h.Member = "confirmed", start, f.user
		ok(t, tx.PutHold(ctx, &h))
		ok(t, tx.PutHold(ctx, &twin))
		same(t, "listed after deciding", must[[]store.Hold](t)(tx.Holds(ctx, f.connection)), []store.Hold{out, twin})
		return nil
	})
}

func tallies(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		for hours, n := range []int{1, 2, 4, 8} {
			ok(t, tx.Tally(ctx, f.connection, "in", "delete", start.Add(-time.Duration(hours)*time.Hour), n))
		}
		ok(t, tx.Tally(ctx, f.connection, "in", "delete", start.Add(time.Minute), 16))
		ok(t, tx.Tally(ctx, f.connection, "out", "delete", start, 100))
		ok(t, tx.Tally(ctx, f.connection, "in", "delete", start, 0))
		for since, want := range map[time.Duration]int{0: 17, -time.Hour: 19, -2 * time.Hour: 23, -24 * time.Hour: 31, time.Hour: 0} {
			same(t, "since "+since.String(), must[int](t)(tx.TallySince(ctx, f.connection, "in", "delete", start.Add(since))), want)
		}
		return nil
	})
}

func baselines(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		ok(t, tx.PutBaseline(ctx, []store.Baseline{{Connection: f.connection, Remote: "a", Version: "1"}, {Connection: f.connection, Remote: "A", Version: "2"}}))
		ok(t, tx.PutBaseline(ctx, []store.Baseline{{Connection: f.connection, Remote: "a", Version: "3", Fingerprint: "f"}}))
		same(t, "item", must[store.Baseline](t)(tx.Baseline(ctx, f.connection, "a")),
			store.Baseline{Connection: f.connection, Remote: "a", Version: "3", Fingerprint: "f"})
		same(t, "versions", must[map[string]string](t)(tx.BaselineVersions(ctx, f.connection)), map[string]string{"a": "3", "A": "2"})
		one, two := store.Baseline{Connection: f.connection, Remote: "A", Version: "2", UID: "u"}, store.Baseline{Connection: f.connection, Remote: "a", UID: "u"}
		ok(t, tx.PutBaseline(ctx, []store.Baseline{two, one}))
		same(t, "items by UID", must[[]store.Baseline](t)(tx.BaselineByUID(ctx, f.connection, "u")), []store.Baseline{one, two})
		ok(t, tx.PutBaseline(ctx, []store.Baseline{{Connection: f.connection, Remote: "a", Version: "3", Fingerprint: "f"}}))
		same(t, "items by UID once one has none", must[[]store.Baseline](t)(tx.BaselineByUID(ctx, f.connection, "u")), []store.Baseline{one})
		same(t, "items without UID", must[[]store.Baseline](t)(tx.BaselineByUID(ctx, f.connection, "")), nil)
		ok(t, tx.ReadAhead(ctx, store.Ahead{Connection: f.connection, Remotes: []string{"a"}}))
		ok(t, tx.ForgetVersions(ctx, f.connection)) // also what was read ahead
		same(t, "versions after forgetting them", must[map[string]string](t)(tx.BaselineVersions(ctx, f.connection)), map[string]string{"a": "", "A": ""})
		same(t, "item without its version", must[store.Baseline](t)(tx.Baseline(ctx, f.connection, "a")),
			store.Baseline{Connection: f.connection, Remote: "a", Fingerprint: "f"})
		ok(t, tx.DeleteBaseline(ctx, f.connection))
		same(t, "versions after deleting", must[map[string]string](t)(tx.BaselineVersions(ctx, f.connection)), nil)
		return nil
	})
}
