package merge_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// BenchmarkPlan is one decision on decoded inputs: both sides against their shadows, and the planner (design.md, Numbers:
// more than 1,000,000 a second per core).
func BenchmarkPlan(b *testing.B) {
	shadow := calendar.Event{Known: calendar.AllFields}
	shadow.Subject, shadow.Location, shadow.Description = "Quarterly review", "Room 4, second floor", "The agenda is in the deal."
	shadow.Start = calendar.InZone(calendar.WallOf(2026, 3, 2, 10, 0, 0), "Europe/Helsinki")
	shadow.End = calendar.InZone(calendar.WallOf(2026, 3, 2, 11, 0, 0), "Europe/Helsinki")
	shadow.Guests = []calendar.Guest{{Person: calendar.Person{Email: "bob@example.com"}, Answer: calendar.Accepted}}
	same := shadow.Clone()
	moved := shadow.Clone()
	moved.Subject = "Quarterly review, moved"
	for _, c := range []struct {
		name          string
		local, remote *calendar.Event
		want          merge.Action
	}{{"unchanged", &same, &same, merge.Nothing}, {"changed there", &same, &moved, merge.UpdateHere}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				st := merge.State{Link: merge.Linked, Local: merge.LocalLive, Remote: merge.RemoteLive, Admit: merge.Enter, In: true, Out: true}
				st.RemoteChanged = !merge.Diff(&shadow, c.remote).Empty()
				st.LocalChanged = !merge.Diff(&shadow, c.local).Empty()
				if got := merge.Decide(st); got != c.want {
					b.Fatal(got)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
		})
	}
}
