package merge_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// TestWhatCannotBeCarriedIntoAPrivateActivityIsKept: a colleague's activity became private while its mirror was edited. The
// title that was typed there may not come in, and is no edit that nobody made (I2).
func TestWhatCannotBeCarriedIntoAPrivateActivityIsKept(t *testing.T) {
	shadow := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: "call", Busy: true}}
	local := calendar.Event{Known: calendar.AllFields &^ calendar.Fields(calendar.Subject), Values: calendar.Values{Busy: true}}
	remote := shadow.Clone()
	remote.Subject, remote.Busy = "call Bob", false
	r := merge.Merge(merge.Input{
		LocalShadow: &shadow, Local: &local, RemoteShadow: &shadow, Remote: &remote, Editable: calendar.BothWaysFields, In: true, Out: true,
	})
	if len(r.Conflicts) != 1 || r.Conflicts[0].Field != calendar.Subject || r.Conflicts[0].Lost.Subject != "call Bob" || r.Conflicts[0].Winner != merge.CRM {
		t.Errorf("conflicts: %+v", r.Conflicts)
	}
	if r.Local.Subject != "" || r.Local.Busy || r.ToLocal.Fields() != calendar.Fields(calendar.Busy) {
		t.Errorf("came in: %s, %+v", r.ToLocal.Fields(), r.Local.Values)
	}
}
