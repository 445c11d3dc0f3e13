package engine_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// mirrored is a room in which another sync has made n items on both sides before it is connected. Of every tenth the title was changed
// there since, of every tenth from the fifth on the start.
func mirrored(t testing.TB, o enginetest.Options, n int, change func(*lens.Settings)) (*room, []crm.Activity, []provider.RemoteID) {
	t.Helper()
	r := newRoom(t, o, change)
	deal := deal(r, "Big deal")
	var here []crm.Activity
	var there []provider.RemoteID
	for i := range n {
		e := event(fmt.Sprint("item ", i), 3+i/10, 8+i%10)
		a := crm.Activity{OwnerID: r.Alice.ID, Type: "call", Plan: e.Clone()}
		if i%2 == 0 {
			a.DealID = deal
		}
		here = append(here, r.CreateActivity(r.Alice, a))
		if i%2 == 0 {
			e.Subject = "Big deal > " + e.Subject
		}
		switch i % 10 {
		case 0:
			e.Subject += ", postponed"
		case 5:
			e.Start.Wall, e.End.Wall = e.Start.Wall+30*60, e.End.Wall+30*60
		}
		there = append(there, r.cal.Add(e))
	}
	r.Pass(time.Hour)
	r.begun()
	return r, here, there
}

func deal(r *room, title string) crm.ID {
	d := crm.Deal{OwnerID: r.Alice.ID, Title: title, Status: "open", CreatedAt: r.Now(), UpdatedAt: r.Now()}
	r.Tx(func(tx engine.Tx) error { return tx.PutDeal(r.T.Context(), &d) })
	return d.ID
}

// begun lets the connection begin now.
func (r *room) begun() {
	r.Tx(func(tx engine.Tx) error {
		row, err := tx.Connection(r.T.Context(), r.id)
		if err != nil {
			return err
		}
		row.HubAt, row.Started = r.Now(), r.Now()
		return tx.PutConnection(r.T.Context(), &row)
	})
}

// still checks that nothing was made on either side.
func (r *room) still(t testing.TB, n int) {
	t.Helper()
	if list, held := r.Activities(), r.cal.Held(); len(list) != n || len(held) != n {
		t.Errorf("%d activities and %d events, want %d of each", len(list), len(held), n)
	}
}

// What another sync has mirrored is not made a second time on either side, whatever the starting point and the direction, and whatever
// is edited of it later.
func TestWhatIsOnBothSidesIsNotDoubled(t *testing.T) {
	for _, n := range []int{1, 4, 12} {
		for _, start := range []lens.Start{lens.NewAndChanged, lens.FromToday, "2026-03-01", lens.Everything} {
			for _, d := range []lens.Direction{lens.TwoWay, lens.OwnItems, lens.ToCalendr, lens.ToCRM} {
				for kind, o := range map[string]enginetest.Options{
					"deltas": {}, "unread": {Unread: true, Page: 7}, "listings": {Listing: true, Unread: true},
				} {
					t.Run(fmt.Sprint(n, start, d, kind), func(t *testing.T) {
						r, here, there := mirrored(t, o, n, func(s *lens.Settings) { s.Start, s.Direction = start, d })
						if n < 10 { // without any that were changed: few that are alike hold up nothing else
							r.cal.Edit(there[0], func(e *calendar.Event) { e.Subject = "Big deal > item 0" })
						}
						r.begun()
						r.Settle(r.id)
						r.still(t, n)
						r.Pass(time.Hour)
						for i := range n {
							if i%2 == 0 {
								r.cal.Edit(there[i], func(e *calendar.Event) { e.Location = "Room 4" })
							} else {
								r.Edit(r.Alice, here[i].ID, func(a *crm.Activity) { a.Plan.Subject += "!" }, "subject")
							}
						}
						r.Settle(r.id)
						r.still(t, n)
						r.Quiet(r.id)
					})
				}
			}
		}
	}
}
