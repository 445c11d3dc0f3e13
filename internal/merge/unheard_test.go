package merge_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/merge"
)

// TestASeriesThatStartsAtAnotherTimeThereIsMergedAsAnyOther: it was moved there while that did not come in, or both were tied as they
// stood. Its dates have other names there than here, and mean the same ones. Who moves one of them moves the other to the same start.
func TestASeriesThatStartsAtAnotherTimeThereIsMergedAsAnyOther(t *testing.T) {
	edits := map[string]func(*calendar.Event){
		"nothing":                  func(*calendar.Event) {},
		"the series is named":      func(e *calendar.Event) { e.Subject = "all" },
		"a date is named":          func(e *calendar.Event) { editOccurrence(e, morning(7), "seventh", false) },
		"it is named otherwise":    func(e *calendar.Event) { editOccurrence(e, morning(7), "7", false) },
		"it is taken out":          func(e *calendar.Event) { cancel(e, morning(7)) },
		"a date takes place again": func(e *calendar.Event) { e.Cancelled = nil },
		"a date is as all are":     func(e *calendar.Event) { e.Overrides = nil },
		"a date is taken out":      func(e *calendar.Event) { cancel(e, morning(3)) },
	}
	for _, by := range []calendar.Wall{180, calendar.Day, -18 * calendar.Day} {
		for ours, here := range edits {
			for theirs, there := range edits {
				for _, how := range []string{"both ways", "in", "out", "moved here", "moved there"} {
					base, local, remote := daily(), daily(), daily()
					here(&local)
					there(&remote)
					in := both(&base, &local, &remote, "calendar")
					in.In, in.Out = how != "out", how != "in"
					switch how {
					case "moved here":
						moveSeries(&local, 3600)
					case "moved there":
						moveSeries(&remote, 3600)
					}
					local.Normalize()
					remote.Normalize()
					want := merge.Merge(in)
					switch how {
					case "moved here":
					case "moved there":
						moveSeries(&want.Local, by)
						moveSeries(&want.Shadow, by)
						for i := range want.Conflicts {
							if c := &want.Conflicts[i]; c.Occurrence {
								c.Original += by
							}
						}
						fallthrough
					default:
						moveSeries(&want.Remote, by)
					}
					shadow, later := base.Clone(), remote.Clone()
					moveSeries(&shadow, by)
					moveSeries(&later, by)
					in.RemoteShadow, in.Remote = &shadow, &later
					got := merge.Merge(in)
					if diff := cmp.Diff(want.Local, got.Local) + cmp.Diff(want.Remote, got.Remote) + cmp.Diff(want.Shadow, got.Shadow) +
						cmp.Diff(want.Conflicts, got.Conflicts); diff != "" {
						t.Errorf("%s here, %s there, by %d, %s (-want +got):\n%s", ours, theirs, by, how, diff)
					}
				}
			}
		}
	}
}

// TestWhatADateSaidApartIsKept under the name that it has here, also where its series starts at another time there.
func TestWhatADateSaidApartIsKept(t *testing.T) {
	for _, by := range []calendar.Wall{0, 180} {
		for winner, lost := range map[merge.Side]string{merge.CRM: "there", merge.Calendar: "here"} {
			base, shadow := daily(), daily()
			editOccurrence(&base, morning(7), "here", false)
			editOccurrence(&shadow, morning(7), "there", false)
			moveSeries(&shadow, by)
			local, remote := base.Clone(), shadow.Clone()
			if winner == merge.CRM {
				editOccurrence(&local, morning(7), "new", false)
			} else {
				editOccurrence(&remote, morning(7)+by, "new", false)
			}
			in := both(&base, &local, &remote, "newest")
			in.RemoteShadow, in.Apart = &shadow, calendar.Fields(calendar.Subject, calendar.When)
			want := []merge.Conflict{{Place: on(7), Winner: winner, Kept: named("new"), Lost: named(lost)}}
			if diff := cmp.Diff(want, merge.Merge(in).Conflicts); diff != "" {
				t.Errorf("by %d, what is said anew is %s's: kept (-want +got):\n%s", by, winner, diff)
			}
		}
	}
}
