package merge_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// everyday is the usual state, changed: tied, both sides there, everything may travel.
func everyday(change func(*merge.State)) merge.State {
	s := merge.State{
		Link: merge.Linked, Local: merge.LocalLive, Remote: merge.RemoteLive, Admit: merge.Enter,
		In: true, Out: true, DeleteHere: true, DeleteThere: true,
	}
	change(&s)
	return s
}

// TestScenariosOfThePlanner are those that other syncs test, as far as the planner alone decides them; the engine has the rest, under
// the same names.
func TestScenariosOfThePlanner(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *merge.State)
		want   merge.Action
	}{
		{"irrelevant status, deleted on both sides", func(s *merge.State) { s.Local, s.Remote = merge.LocalDeleted, merge.RemoteGone }, merge.Forget},
		{"deleted on both sides, both edited before", func(s *merge.State) {
			s.Local, s.Remote, s.LocalChanged, s.RemoteChanged = merge.LocalDeleted, merge.RemoteGone, true, true
		}, merge.Forget},
		{"missing status", func(s *merge.State) { s.Link, s.Local = merge.Unlinked, merge.LocalNone }, merge.CreateHere},
		{"both etags new, nothing else is; metadata-only difference", func(*merge.State) {}, merge.Nothing},
		{"bogus etag change, edited here", func(s *merge.State) { s.LocalChanged = true }, merge.UpdateThere},
		{"both changed", func(s *merge.State) { s.LocalChanged, s.RemoteChanged = true, true }, merge.MergeBoth},
		{"both changed, nothing goes out", func(s *merge.State) { s.LocalChanged, s.RemoteChanged, s.Out = true, true, false }, merge.UpdateHere},
		{"edited here, deleted there", func(s *merge.State) { s.LocalChanged, s.Remote = true, merge.RemoteGone }, merge.Recreate},
		{"edited here, deleted there, somebody else's meeting", func(s *merge.State) {
			s.LocalChanged, s.Remote, s.Invited = true, merge.RemoteGone, true
		}, merge.DeleteHereNow},
		{"deleted here, edited there", func(s *merge.State) { s.Local, s.RemoteChanged = merge.LocalDeleted, true }, merge.ReviveHere},
		{"deleted here, untouched there", func(s *merge.State) { s.Local = merge.LocalDeleted }, merge.DeleteThereNow},
		{"deleted there, untouched here", func(s *merge.State) { s.Remote = merge.RemoteGone }, merge.DeleteHereNow},
		{"deleted there, and deletions do not follow", func(s *merge.State) { s.Remote, s.DeleteHere = merge.RemoteGone, false }, merge.Sever},
		{"deleted here, somebody else's meeting", func(s *merge.State) { s.Local, s.Invited = merge.LocalDeleted, true }, merge.Sever},
		{"event outside the window: only said to be removed", func(s *merge.State) { s.Remote = merge.RemoteUnproven }, merge.Probe},
		{"partial failure: a write was begun", func(s *merge.State) { s.Note, s.LocalChanged = merge.UpdateNote, true }, merge.Settle},
		{"invitee sees cancellation", func(s *merge.State) { s.Admit, s.Invited, s.RemoteChanged = merge.CalledOff, true, true }, merge.DeleteHereNow},
		{"expired series, never tied", func(s *merge.State) {
			s.Link, s.Local, s.Admit = merge.Unlinked, merge.LocalNone, merge.Refuse
		}, merge.Nothing},
		{"expired series, tied", func(s *merge.State) { s.Admit = merge.Refuse }, merge.Nothing},
		{"master deleted, exceptions stay", func(s *merge.State) { s.Remote = merge.RemoteUnreadable }, merge.Park},
	} {
		if got := merge.Decide(everyday(c.change)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestWhatBothSidesTypedAlikeIsNoConflict (both etags new).
func TestWhatBothSidesTypedAlikeIsNoConflict(t *testing.T) {
	shadow := calendar.Event{Known: calendar.AllFields}
	shadow.Subject, shadow.Start = "Call", calendar.InZone(calendar.WallOf(2026, 3, 3, 10, 0, 0), "Europe/Helsinki")
	shadow.End = calendar.InZone(calendar.WallOf(2026, 3, 3, 11, 0, 0), "Europe/Helsinki")
	edited := shadow.Clone()
	edited.Location = "Room 4"
	res := merge.Merge(merge.Input{LocalShadow: &shadow, Local: &edited, RemoteShadow: &shadow, Remote: &edited, Editable: calendar.BothWaysFields, In: true, Out: true})
	if !res.ToLocal.Empty() || len(res.Conflicts) != 0 || res.Remote.Location != "Room 4" {
		t.Errorf("%+v", res)
	}
}
