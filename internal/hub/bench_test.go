package hub_test

import (
	"strconv"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// What sync brings in, a hundred to a transaction as runs do it.
func BenchmarkCreateBySync(b *testing.B) {
	r := newRoom(b)
	c := r.connect(r.alice, nil)
	draft := withOwner(meeting("Meeting"), r.alice)
	for n := 0; b.Loop(); n++ {
		r.do(func(tx *store.Tx) error {
			for range 100 {
				if _, err := r.hub.Create(r.ctx, tx, hub.BySync(c, 0), draft); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/activity")
}

func BenchmarkUpdateByAPerson(b *testing.B) {
	r := newRoom(b)
	c := r.connect(r.alice, nil)
	a := r.create(hub.By(r.alice), weekly("Meeting"))
	r.link(c, a.ID, true)
	for n := 0; b.Loop(); n++ {
		r.mustUpdate(hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: strconv.Itoa(n)})})
	}
}
