package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

func activityRevisions(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	a := activity(f)
	f.tx(t, db, func(tx *store.Tx) error { return tx.PutActivity(ctx, &a) })
	for _, c := range []struct {
		revision int64
		want     error
	}{{1, store.ErrConflict}, {3, store.ErrConflict}, {2, nil}, {2, store.ErrConflict}, {3, nil}} {
		b := a.Clone()
		b.Revision, b.Note = c.revision, fmt.Sprint(c.revision)
		if err := db.Tx(ctx, f.company, func(tx *store.Tx) error { return tx.PutActivity(ctx, &b) }); !errors.Is(err, c.want) {
			t.Errorf("saving revision %d: %v, want %v", c.revision, err, c.want)
		}
	}
	f.view(t, db, func(tx *store.Tx) error {
		got := must[crm.Activity](t)(tx.Activity(ctx, a.ID))
		same(t, "note", got.Note, "3")
		same(t, "revision", got.Revision, 3)
		return nil
	})
}

func activityOccurrences(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	a := activity(f)
	f.tx(t, db, func(tx *store.Tx) error { return tx.PutActivity(ctx, &a) })
	save := func(change func()) {
		t.Helper()
		change()
		a.Revision++
		f.tx(t, db, func(tx *store.Tx) error { return tx.PutActivity(ctx, &a) })
		f.view(t, db, func(tx *store.Tx) error {
			same(t, "activity", must[crm.Activity](t)(tx.Activity(ctx, a.ID)), a)
			return nil
		})
	}
	save(func() { a.Plan.Overrides = a.Plan.Overrides[1:] })
	save(func() { a.Plan.Cancelled = append(a.Plan.Cancelled, a.Plan.Cancelled[0]+7*calendar.Day) })
	save(func() { a.Occurrences[0].Note = "changed" })
	save(func() { // more than one statement's worth
		a.Plan.Cancelled = nil
		for day := range calendar.Wall(173) {
			a.Plan.Cancelled = append(a.Plan.Cancelled, a.Plan.Start.Wall+(day+100)*calendar.Day)
		}
	})
	save(func() { a.Plan.Overrides, a.Plan.Cancelled, a.Occurrences = nil, nil, nil })
	save(func() { // a series of whole days
		a.Plan.Start, a.Plan.End = calendar.OnDate(2026, 1, 5), calendar.OnDate(2026, 1, 6)
		a.Plan.Cancelled = []calendar.Wall{a.Plan.Start.Wall + 7*calendar.Day}
	})
}

func single(f fixture, hours int) crm.Activity {
	at := calendar.WallOf(2026, 1, 1, hours, 0, 0)
	return crm.Activity{
		OwnerID: f.user, Revision: 1, Type: "call", Visibility: crm.Everyone, CreatedAt: start, UpdatedAt: start.Add(time.Duration(hours) * time.Hour),
		Plan: calendar.Event{Known: calendar.AllFields, Values: calendar.Values{
			Start: calendar.InZone(at, "Europe/Helsinki"), End: calendar.InZone(at+3600, "Europe/Helsinki"),
		}},
	}
}

func activityFilters(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	yes, no := true, false
	helsinki := func(hour int) time.Time { return time.Date(2026, 1, 1, hour-2, 0, 0, 0, time.UTC) } // UTC+2 in winter
	f.tx(t, db, func(tx *store.Tx) error {
		bob := addUser(t, tx, 0)
		deal := crm.Deal{Title: "D"}
		ok(t, tx.PutDeal(ctx, &deal))
		a, b, c, d := single(f, 10), single(f, 11), single(f, 12), single(f, 13)
		b.OwnerID, b.Type, b.Done = bob, "meeting", true
		c.DealID, c.Plan.Rule = deal.ID, "FREQ=DAILY"
		d.Plan.Start, d.Plan.End = calendar.Time{}, calendar.Time{}
		gone := single(f, 10)
		gone.DeletedAt = start
		for _, x := range []*crm.Activity{&a, &b, &c, &d, &gone} {
			ok(t, tx.PutActivity(ctx, x))
		}
		for _, x := range []crm.Activity{a, gone, b} { // b's owner as well, as behind a passing on
			ok(t, tx.PutParticipant(ctx, x.ID, crm.Participant{UserID: bob}))
		}
		ok(t, tx.PutParticipant(ctx, c.ID, crm.Participant{UserID: addUser(t, tx, 0)}))
		for _, x := range []struct {
			name   string
			filter store.ActivityFilter
			want   []store.ID
		}{
			{"everything that lives", store.ActivityFilter{}, []store.ID{a.ID, b.ID, c.ID, d.ID}},
			{"deleted ones too", store.ActivityFilter{Deleted: true}, []store.ID{a.ID, b.ID, c.ID, d.ID, gone.ID}},
			{"by owner", store.ActivityFilter{Owner: bob}, []store.ID{b.ID}},
			{"by whom it concerns", store.ActivityFilter{Concerns: bob}, []store.ID{a.ID, b.ID}},
			{"by whom it concerns, and type", store.ActivityFilter{Concerns: bob, Types: []string{"meeting"}}, []store.ID{b.ID}},
			{"by deal", store.ActivityFilter{Deal: deal.ID}, []store.ID{c.ID}},
			{"by types", store.ActivityFilter{Types: []string{"meeting", "lunch"}}, []store.ID{b.ID}},
			{"done", store.ActivityFilter{Done: &yes}, []store.ID{b.ID}},
			{"not done", store.ActivityFilter{Done: &no}, []store.ID{a.ID, c.ID, d.ID}},
			{"recurring", store.ActivityFilter{Recurring: &yes}, []store.ID{c.ID}},
			{"by ids", store.ActivityFilter{IDs: []store.ID{d.ID, a.ID, gone.ID, 4711}}, []store.ID{a.ID, d.ID}},
			{"from an instant", store.ActivityFilter{From: helsinki(11)}, []store.ID{b.ID, c.ID}},
			{"to an instant, which is not in", store.ActivityFilter{To: helsinki(11)}, []store.ID{a.ID}},
			{"updated since", store.ActivityFilter{UpdatedSince: start.Add(12 * time.Hour)}, []store.ID{c.ID, d.ID}},
			{"updated till", store.ActivityFilter{UpdatedTill: start.Add(11 * time.Hour)}, []store.ID{a.ID}},
			{"all at once", store.ActivityFilter{Owner: f.user, Types: []string{"call"}, Done: &no, From: helsinki(10), To: helsinki(12)}, []store.ID{a.ID}},
			{"nothing", store.ActivityFilter{Person: 4711}, nil},
		} {
			list, next, err := tx.Activities(ctx, x.filter)
			ok(t, err)
			var ids []store.ID
			for _, a := range list {
				ids = append(ids, a.ID)
			}
			same(t, x.name, ids, x.want)
			same(t, x.name+": next page", next, "")
			same(t, x.name+": count", must[int](t)(tx.CountActivities(ctx, x.filter)), len(x.want))
		}
		return nil
	})
}

// activityPages reads page by page while rows are added before and after the place that was reached.
func activityPages(t *testing.T, db *store.DB) {
	for _, sort := range []string{"id", "start", "updated", "created"} {
		for _, desc := range []bool{false, true} {
			f := newCompany(t, db)
			var before []store.ID
			f.tx(t, db, func(tx *store.Tx) error {
				for i := range 23 {
					a := single(f, i/3) // several with equal keys
					ok(t, tx.PutActivity(ctx, &a))
					before = append(before, a.ID)
				}
				return nil
			})
			seen := map[store.ID]int{}
			filter := store.ActivityFilter{Sort: sort, Desc: desc, Limit: 5}
			for page := 0; ; page++ {
				f.tx(t, db, func(tx *store.Tx) error {
					list, next, err := tx.Activities(ctx, filter)
					ok(t, err)
					for _, a := range list {
						seen[a.ID]++
					}
					filter.After = next
					early, late := single(f, 0), single(f, 8)
					ok(t, errors.Join(tx.PutActivity(ctx, &early), tx.PutActivity(ctx, &late)))
					return nil
				})
				if filter.After == "" || page > 40 {
					break
				}
				if page > 4 && sort == "id" && !desc {
					break // rows are added at the end as fast as they are read
				}
			}
			for _, id := range before {
				if seen[id] != 1 {
					t.Errorf("sorted by %s, descending %v: activity %d was listed %d times", sort, desc, id, seen[id])
				}
			}
			for id, n := range seen {
				if n > 1 && !slices.Contains(before, id) {
					t.Errorf("sorted by %s: added activity %d was listed %d times", sort, id, n)
				}
			}
		}
	}
}

func foreignCursors(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		for i := range 3 {
			a := single(f, i)
			ok(t, tx.PutActivity(ctx, &a))
		}
		_, next, err := tx.Activities(ctx, store.ActivityFilter{Sort: "start", Limit: 1})
		ok(t, err)
		for name, filter := range map[string]store.ActivityFilter{
			"another order":     {Sort: "updated", After: next},
			"another direction": {Sort: "start", Desc: true, After: next},
			"cut off":           {Sort: "start", After: next[:len(next)-1]},
			"not base64":        {Sort: "start", After: "!"},
			"made up":           {After: "aWQ6MTox' OR 1=1"},
		} {
			if _, _, err := tx.Activities(ctx, filter); !errors.Is(err, store.ErrCursor) {
				t.Errorf("%s: %v, want a refused cursor", name, err)
			}
		}
		if _, _, err := tx.Activities(ctx, store.ActivityFilter{Sort: "subject; --"}); err == nil {
			t.Error("an unknown order was taken")
		}
		return nil
	})
}
