package world

import (
	"strings"
	"testing"

	"tahti/internal/crm"
)

// TestWhatTheNewOwnerWasToldMayBeOpenToThem: what stood in a private meeting is open to its new owner where they have it from its organiser, and
// to nobody else (I23).
func TestWhatTheNewOwnerWasToldMayBeOpenToThem(t *testing.T) {
	for name, c := range map[string]struct {
		passes func(w *World, k *confidence, a *crm.Activity)
		want   string
	}{
		"they have it from a letter": {func(w *World, k *confidence, a *crm.Activity) {
			a.OwnerID, k.may = w.users[1].ID, k.may|w.whom(w.users[1].ID)
		}, ""},
		"they have it from nobody": {func(w *World, _ *confidence, a *crm.Activity) { a.OwnerID = w.users[1].ID }, "I23"},
		"the company sees it, too": {func(w *World, k *confidence, a *crm.Activity) {
			a.OwnerID, k.may = w.users[1].ID, k.may|w.whom(w.users[1].ID)
			a.Visibility = crm.Everyone
		}, "I23"},
		"it does not pass on": {func(*World, *confidence, *crm.Activity) {}, "I23"},
	} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			m := w.book.fresh()
			was := &crm.Activity{ID: 1, OwnerID: w.users[0].ID, Visibility: crm.OwnerOnly}
			was.Plan.Location, was.Plan.Private = m, true
			w.saving = true
			w.activityTold(nil, nil, was)
			w.saving = false
			is := was.Clone()
			is.Plan.Private = false
			c.passes(w, w.book.secrets[m], &is)
			w.activityTold(nil, was, &is)
			w.activityTold(nil, &is, &is) // nor is it missed at what comes next
			got := strings.Join(w.broken, "\n")
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("broke %q, want %q", got, c.want)
			}
		})
	}
}
