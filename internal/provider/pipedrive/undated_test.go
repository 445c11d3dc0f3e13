package pipedrive

import (
	"testing"

	"tahti/internal/provider"
	standin "tahti/internal/standin/pipedrive"
)

// TestWhatHasNoDateIsNobodysWork: many companies keep hundreds of activities that are to be done some day. They are no events, and nobody is
// to be told of each.
func TestWhatHasNoDateIsNobodysWork(t *testing.T) {
	a, b := stand(t, standin.Options{})
	never := object{"due_date": nil, "due_time": nil, "duration": nil}
	someDay := b.make(t, event("Some day"), never)
	p, err := a.Pull(t.Context(), "", func(provider.RemoteID) provider.Versions { return nil })
	if err != nil {
		t.Fatal(err)
	}
	listed := p.(provider.Snapshot)
	if len(listed.Items) != 0 {
		t.Errorf("listed %+v", listed.Items)
	}
	if listed.Whole.Absent(someDay, provider.Range{}) {
		t.Error("it is told to be gone")
	}
	at, held := listed.Next, map[provider.RemoteID]provider.Item{}
	b.make(t, event("Some other day"), never)
	items, at := changes(t, a, at, held)
	if len(items) != 0 {
		t.Errorf("told %+v", items)
	}
	// Once it has a date it is an event, and whoever holds it hears that it has none any more.
	dated := object{"due_date": "2026-03-04", "due_time": "08:00", "duration": "00:30"}
	if err := b.Patch(someDay, dated); err != nil {
		t.Fatal(err)
	}
	items, at = changes(t, a, at, held)
	if len(items) != 1 || items[0].ID != someDay || items[0].State != provider.StateLive {
		t.Fatalf("told %+v", items)
	}
	held[someDay] = items[0]
	if err := b.Patch(someDay, never); err != nil {
		t.Fatal(err)
	}
	if items, _ = changes(t, a, at, held); len(items) != 1 {
		t.Fatalf("told %+v", items)
	}
	if it := read(t, a, someDay); it.State != provider.StateUnreadable || it.Problem.Code != provider.NoDate {
		t.Errorf("read as %v, %+v", it.State, it.Problem)
	}
}
