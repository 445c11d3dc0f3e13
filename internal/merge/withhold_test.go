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

// TestWhatIsShownLaterIsNeitherTakenBackNorCarried: an item is opened, and what was typed here of what it hides shows as before.
func TestWhatIsShownLaterIsNeitherTakenBackNorCarried(t *testing.T) {
	hidden := calendar.Fields(calendar.Location)
	shadow := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: "call", Location: "Room 5", Private: true}}
	local := shadow.Clone()
	local.Location, local.Private = "Room 6", false
	remote := calendar.Event{Known: calendar.AllFields &^ hidden, Values: calendar.Values{Subject: "call", Private: true}}
	r := merge.Merge(merge.Input{
		LocalShadow: &shadow, Local: &local, RemoteShadow: &remote, Remote: &remote, Editable: calendar.BothWaysFields &^ hidden, Later: hidden,
		In: true, Out: true,
	})
	if len(r.Conflicts) != 0 || r.Local.Location != "Room 6" || r.Remote.Private || r.ToRemote.Fields() != calendar.Fields(calendar.Private) {
		t.Errorf("here it is at %q, goes out %s, conflicts %+v", r.Local.Location, r.ToRemote.Fields(), r.Conflicts)
	}
	if r.Shadow.Location != "Room 5" {
		t.Errorf("the shadow is at %q", r.Shadow.Location)
	}
}
