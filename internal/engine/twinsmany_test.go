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
)

// TestAStartBesideMoreThanAPageCompares: whoever has more activities than a person's page compares, and one of them in the calendar
// already, begins all the same (I15), and what was edited on one side since is not made on the other (I24).
func TestAStartBesideMoreThanAPageCompares(t *testing.T) {
	if testing.Short() {
		t.Skip("more than 50,000 activities")
	}
	const many = 50_001
	r := newRoom(t, enginetest.Options{}, everything)
	r.Settings(r.id, func(s *lens.Settings) { s.Direction = lens.ToCRM }) // nothing of them all goes out
	put := func(e calendar.Event) {
		r.Tx(func(tx engine.Tx) error {
			return tx.PutActivity(t.Context(), &crm.Activity{OwnerID: r.Alice.ID, Type: "call", Plan: e, CreatedAt: r.Now(), UpdatedAt: r.Now()})
		})
	}
	for from := 0; from < many; from += 1000 {
		r.Tx(func(tx engine.Tx) error {
			for i := from; i < min(many, from+1000); i++ {
				e := event(fmt.Sprint("old ", i), 3, 8)
				e.Start.Wall, e.End.Wall = e.Start.Wall-calendar.Wall(i*3600), e.End.Wall-calendar.Wall(i*3600)
				a := crm.Activity{OwnerID: r.Alice.ID, Type: "call", Plan: e, CreatedAt: r.Now(), UpdatedAt: r.Now()}
				if err := tx.PutActivity(t.Context(), &a); err != nil {
					return err
				}
			}
			return nil
		})
	}
	put(event("Call Ann", 20, 10))
	r.cal.Add(event("Call Ann", 20, 10))
	put(event("Call Bob", 20, 12))
	r.cal.Add(event("Call Bob", 21, 12))
	r.cal.Add(event("Call Cid", 22, 12))
	r.Pass(time.Hour)
	r.begun()
	r.Settle(r.id)
	held := r.held(t)
	if held != 2 {
		t.Errorf("%d are held, want Ann's and Bob's", held)
	}
	r.Quiet(r.id)
}
