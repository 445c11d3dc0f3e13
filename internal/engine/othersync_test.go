package engine_test

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// ogcs is what OGCS leaves in an event that it has written for the n-th time.
func ogcs(n string) string {
	return `{"extendedProperties":{"private":{"outlook_EntryID":"1","OGCSmodified":"` + n + `"}}}`
}

// TestWhatAnotherSyncWritesAfterItsItemsWereTakenOverIsCounted: an item of its making that came later, and one that is tied and in which its
// trace is new. What people do to its items is none of that.
func TestWhatAnotherSyncWritesAfterItsItemsWereTakenOverIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(r *room, tied, apart provider.RemoteID)
		want    int
	}{
		"nothing":                      {func(*room, provider.RemoteID, provider.RemoteID) {}, 0},
		"it writes what is tied":       {func(r *room, tied, _ provider.RemoteID) { r.cal.Retext(tied, ogcs("2")) }, 1},
		"somebody edits what is tied":  {func(r *room, tied, _ provider.RemoteID) { r.cal.Edit(tied, setPlace("Room 4")) }, 0},
		"somebody edits what is apart": {func(r *room, _, apart provider.RemoteID) { r.cal.Edit(apart, setPlace("Room 4")) }, 0},
		"it deletes what is tied":      {func(r *room, tied, _ provider.RemoteID) { r.cal.Delete(tied) }, 0},
		"it makes another": {func(r *room, _, _ provider.RemoteID) {
			r.cal.Retext(r.cal.Add(event("third", 5, 9)), ogcs("1"))
		}, 1},
		"somebody makes another": {func(r *room, _, _ provider.RemoteID) { r.cal.Add(event("third", 5, 9)) }, 0},
	} {
		for _, over := range []bool{true, false} {
			r := newRoom(t, enginetest.Options{}, start(lens.NewAndChanged))
			tied, apart := r.cal.Add(event("first", 3, 9)), r.cal.Add(event("second", 4, 9))
			r.cal.Retext(tied, ogcs("1"))
			r.cal.Retext(apart, ogcs("1"))
			r.Create(r.Alice, event("first", 3, 9))
			r.Pass(time.Minute)
			r.begun()
			r.takeOver(t, engine.BothStand)
			r.Settle(r.id)
			if over {
				r.Tx(func(tx engine.Tx) error {
					row, err := tx.Connection(t.Context(), r.id)
					if err != nil {
						return err
					}
					row.Health.TakenOver = r.Now()
					return tx.SaveHealth(t.Context(), r.id, row.State, row.Reason, row.Health)
				})
			}
			r.Pass(time.Hour)
			c.happens(r, tied, apart)
			r.Settle(r.id)
			r.Tx(func(tx engine.Tx) error {
				n, err := tx.TallySince(t.Context(), r.id, "in", engine.OtherSyncWrote+"ogcs", r.Now().Add(-24*time.Hour))
				none, err2 := tx.TallySince(t.Context(), r.id, "in", engine.OtherSyncWrote, r.Now().Add(-24*time.Hour))
				if want := map[bool]int{true: c.want}[over]; n != want || none != 0 || err2 != nil {
					t.Errorf("%s, taken over %t: %d are counted, want %d", name, over, n, want)
				}
				return err
			})
		}
	}
}

// TestTheSyncThatWasThereBeforeIsNamedByWhatItLeft: by traces in events, or by titles; two of a kind are chance.
func TestTheSyncThatWasThereBeforeIsNamedByWhatItLeft(t *testing.T) {
	for _, c := range []struct {
		traces, titles int
		want           string
	}{{0, 0, ""}, {2, 2, ""}, {3, 0, "ogcs"}, {3, 2, "ogcs"}, {0, 3, "pipedrive"}, {3, 4, "pipedrive"}, {4, 3, "ogcs"}} {
		r := newRoom(t, enginetest.Options{}, nothing)
		d := deal(r, "Big deal")
		for i := range max(c.traces, c.titles) {
			e := event("item", 3+i, 9)
			a := r.Create(r.Alice, e)
			r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.DealID = d }, "deal")
			if i < c.titles {
				e.Subject = "Big deal > item"
			}
			if id := r.cal.Add(e); i < c.traces {
				r.cal.Retext(id, ogcs("1"))
			}
		}
		if o := r.overlap(t); string(o.Tool) != c.want {
			t.Errorf("%d traces and %d titles: %q, want %q", c.traces, c.titles, o.Tool, c.want)
		}
	}
}

// TestWhatStaysBesideItsDatesIsInNoOverlap, nor is what either side cannot show a time of.
func TestWhatStaysBesideItsDatesIsInNoOverlap(t *testing.T) {
	r := dated(t, true, enginetest.Options{}, nothing)
	if o := r.overlap(t); len(o.Events) != 1 || len(o.Activities) != 10 {
		t.Fatalf("%d events, %d activities", len(o.Events), len(o.Activities))
	}
	r.keepDates(t)
	if o := r.overlap(t); len(o.Events) != 0 || len(o.Activities) != 0 {
		t.Errorf("%d events, %d activities", len(o.Events), len(o.Activities))
	}
}

// TestASeriesWithAnotherDateIsNotTheSame.
func TestASeriesWithAnotherDateIsNotTheSame(t *testing.T) {
	for _, same := range []bool{true, false} {
		r := newRoom(t, enginetest.Options{}, nothing)
		e := series("Standup", "FREQ=WEEKLY;COUNT=3", 3, 9)
		e.Extra = []calendar.Time{calendar.InZone(hour(6, 9), zone)}
		r.Create(r.Alice, e)
		if !same {
			e.Extra = nil
		}
		r.cal.Add(e)
		if o := r.overlap(t); (len(o.Matched) == 1) != same {
			t.Errorf("the same %t: %+v", same, o.Result)
		}
	}
}

// TestAMeetingThatWasMovedInOneOfTwoCalendarsIsInBoth: its UID says so, and its organiser.
func TestAMeetingThatWasMovedInOneOfTwoCalendarsIsInBoth(t *testing.T) {
	for organiser, want := range map[string]int{"dave": 1, "erin": 0} {
		moved := meeting("Review", organiser)
		moveTo(15)(&moved)
		x, _ := beforeY(t, enginetest.Options{}, nothing, moved)
		y := x.and(meeting("Review", "dave"))
		x.Settle(y.id)
		if o := x.overlap(t); len(o.Matched) != want || len(o.Events) != 1 || len(o.Activities) != 1 {
			t.Errorf("%s: %+v", organiser, o.Result)
		}
	}
}

// TestATimeIsShownAsItIsFiled.
func TestATimeIsShownAsItIsFiled(t *testing.T) {
	for _, c := range []struct {
		at   calendar.Time
		want time.Time
	}{
		{calendar.Time{}, time.Time{}},
		{calendar.InZone(hour(3, 10), zone), time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC)},
		{calendar.Time{Kind: calendar.Date, Wall: hour(3, 0)}, time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)},
		{calendar.Time{Kind: calendar.Floating, Wall: hour(3, 10)}, time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)},
	} {
		if got := engine.InstantOf(c.at); !got.Equal(c.want) {
			t.Errorf("%v: %v, want %v", c.at, got, c.want)
		}
	}
}
