package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/store"
	"tahti/internal/text"
)

// What sync cannot tell by itself is asked where it waits: at each item whether it is the one, at the activity whether none is.
func TestWhatSyncCannotTellIsAsked(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, b *browser, p text.Printer) {
		b.connect()
		page, activity := "", b.addActivity("subject", "Perhaps there", "due_date", "2030-01-07")
		asked := "a:" + activity[strings.LastIndex(activity, "/")+1:]
		ids, err := b.house.DB.CompanyIDs(t.Context())
		if err == nil {
			err = b.house.Store.Tx(t.Context(), ids[0], func(tx engine.Tx) error {
				all, err := tx.Connections(t.Context(), 0)
				if err != nil {
					return err
				}
				a := store.Account{Member: all[0].Member, Provider: "google", State: "ok", Created: time.Now()} // one that nobody wakes
				if err := tx.PutAccount(t.Context(), &a); err != nil {
					return err
				}
				c := store.Connection{
					Account: a.ID, Member: a.Member, Calendar: "c", CalendarName: "Work", State: store.Active, Settings: []byte("{}"), Created: time.Now(),
				}
				if err := tx.PutConnection(t.Context(), &c); err != nil {
					return err
				}
				page = fmt.Sprintf("/sync/%d", c.ID)
				for subject, reason := range map[string]string{asked: engine.Unsure, "r:made-1": engine.UnsureItem} {
					if err := tx.PutWork(t.Context(), c.ID, subject, nil, time.Now(), false); err != nil {
						return err
					}
					w, err := tx.WorkBySubject(t.Context(), c.ID, subject)
					if err != nil {
						return err
					}
					w.HeldBy, w.Class, w.Reason = store.HeldByParked, "parked", reason
					if err := tx.UpdateWork(t.Context(), w); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
		d := b.get(page)
		for _, reason := range []string{engine.Unsure, engine.UnsureItem} {
			d.says(p.Problem(reason).Title, p.Problem(reason).Next)
		}
		d.says(p.T("work.this"), p.T("work.anew"))
		for _, action := range []string{"/this\"", "/anew\""} {
			if n := strings.Count(d.text, action); n != 1 {
				t.Errorf("%d buttons for %s, want one", n, action)
			}
		}
		d = b.get(activity)
		d.says(p.Problem(engine.Unsure).Title, p.T("activities.see_waiting"))
		if !strings.Contains(d.text, `href="`+page+`#waiting"`) {
			t.Error("the activity's page does not lead to where it is answered")
		}
	})
}
