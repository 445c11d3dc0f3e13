package api_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// What an activity belongs to and the other side does not know is named where its sync is explained, and only there where such is held.
func TestAnExplanationNamesWhatIsNotKnownOnTheOtherSide(t *testing.T) {
	l := newLab(t)
	person := l.ok("alice", "POST", "/api/v2/persons", object{"name": "Ann"})
	a := l.ok("alice", "POST", "/api/v2/activities", object{
		"subject": "Call", "due_date": "2026-12-01", "due_time": "08:00", "participants": []object{{"person_id": person["id"], "primary": true}},
	})
	c := l.connect(object{"start": "everything"})
	l.sync(c["id"])
	reason := func() string {
		return fmt.Sprint(l.own("alice", "GET", fmt.Sprintf("/activities/%v/explain?connection=%v", a["id"], c["id"]), nil)["reason"])
	}
	if got := reason(); strings.Contains(got, "Person") {
		t.Errorf("a calendar holds no persons: %s", got)
	}
	must(t, l.house.Store.Tx(t.Context(), l.company, func(tx engine.Tx) error {
		all, err := tx.Connections(t.Context(), 0)
		if err != nil {
			return err
		}
		h := all[0].Health
		h.Limits.Facets = calendar.References
		return tx.SaveHealth(t.Context(), all[0].ID, all[0].State, all[0].Reason, h)
	}))
	if got := reason(); !strings.Contains(got, "Not known on the other side yet: Person.") {
		t.Errorf("a person that is not known there is not named: %s", got)
	}
	must(t, l.house.Store.Tx(t.Context(), l.company, func(tx engine.Tx) error {
		account, err := tx.Accounts(t.Context(), 0)
		if err != nil {
			return err
		}
		return tx.PutExternal(t.Context(), store.External{Server: account[0].Server, Kind: "person", Remote: "7", Ours: int64(person["id"].(float64))})
	}))
	if got := reason(); strings.Contains(got, "Person") {
		t.Errorf("it is known by now: %s", got)
	}
}
