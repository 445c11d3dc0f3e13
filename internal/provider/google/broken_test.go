package google

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
	"tahti/internal/recur"
)

var mishaps = []conformance.Fault{conformance.LoseReply, conformance.LoseRequest, conformance.ServerError, conformance.Truncated, conformance.Throttled}

// TestWhatBreaksOffIsToldAndFinished strikes one request of a write. The error says Unknown unless nothing was changed; what is
// read behind it can be written upon, and is then as it was to be, once.
func TestWhatBreaksOffIsToldAndFinished(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw{t}
		variant := d.variant()
		_, b := stand(t, variant)
		brokenOff(t, d, b, variant.ExceptionsWhole)
	})
}

func brokenOff(t *rapid.T, d draw, b *door, whole bool) {
	ctx := context.Background()
	c := b.fresh(t)
	e := d.event()
	b.StrikeAfter(pick(d, mishaps...), d.below(6))
	held, err := c.Put(ctx, provider.Put{Key: testKey, Event: e, Fields: calendar.BothWaysFields})
	b.StrikeAfter(0, 0)
	if err != nil {
		c = b.fresh(t) // as after the rest that Google asked for
		found, findErr := c.Find(ctx, testKey)
		if findErr != nil {
			t.Fatal(findErr)
		}
		if found.State == provider.StateLive && provider.ClassOf(err) != provider.Unknown {
			t.Fatalf("it was made, and the answer was %v", err)
		}
		w := provider.Put{Key: testKey, Event: e, Fields: calendar.BothWaysFields}
		if found.State == provider.StateLive {
			w = provider.Put{ID: found.ID, Base: &found, Event: e, Fields: calendar.BothWaysFields}
		}
		if held, err = c.Put(ctx, w); err != nil {
			t.Fatalf("second try: %v", err)
		}
	}
	settled(t, "created", held.Event, e, whole)

	to := held.Event.Clone()
	d.edit(&to)
	want, _ := icalendar.Aim(&held.Event, &to, calendar.BothWaysFields)
	b.StrikeAfter(pick(d, mishaps...), d.below(8))
	now, err := c.Put(ctx, provider.Put{ID: held.ID, Base: &held, Event: to, Fields: calendar.BothWaysFields})
	b.StrikeAfter(0, 0)
	if err != nil {
		c = b.fresh(t)
		now = read(t, c, held.ID)
		if provider.ClassOf(err) != provider.Unknown && string(now.Raw) != string(held.Raw) {
			t.Fatalf("it was changed, and the answer was %v", err)
		}
		if strings.Contains(err.Error(), "cannot be brought back") {
			t.Skip(err)
		}
		if now, err = c.Put(ctx, provider.Put{ID: held.ID, Base: &now, Event: want, Fields: calendar.BothWaysFields}); err != nil {
			if strings.Contains(err.Error(), "cannot be brought back") {
				t.Skip(err)
			}
			t.Fatalf("second try: %v", err)
		}
	}
	settled(t, "updated", now.Event, want, whole)
	settled(t, "read", read(t, c, held.ID).Event, want, whole)
}

func read(t rapid.TB, c *Calendar, id provider.RemoteID) provider.Item {
	t.Helper()
	items, err := c.Read(context.Background(), []provider.RemoteID{id})
	if err != nil {
		t.Fatal(err)
	}
	if items[0].State != provider.StateLive {
		t.Fatalf("%s is %v (%+v)", id, items[0].State, items[0].Problem)
	}
	return items[0]
}

// TestNobodysEditIsWrittenOver lets another program change a place, of the whole or of one date, between what a write was
// planned on and the write. Whatever becomes of the write, the place stands where it was put.
func TestNobodysEditIsWrittenOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, ctx := draw{t}, context.Background()
		c, b := stand(t, d.variant())
		e := d.event()
		held, err := c.Put(ctx, provider.Put{Key: testKey, Event: e, Fields: calendar.BothWaysFields})
		if err != nil {
			t.Fatal(err)
		}
		id, original := string(held.ID), calendar.Wall(-1)
		if starts := slices.Collect(recur.Starts(&held.Event, 5)); held.Event.IsSeries() && d.below(4) != 0 {
			original = pick(d, starts...)
			if held.Event.IsCancelled(original) {
				t.Skip("a cancelled date")
			}
			id = instanceID(id, held.Event.Start, original)
		}
		const place = "Where they put it"
		if _, err := b.do(alice, http.MethodPatch, eventPath(b.calendar, id), object{"location": place}); err != nil {
			t.Fatal(err)
		}
		to := held.Event.Clone()
		d.edit(&to)
		fields := calendar.BothWaysFields &^ calendar.Fields(calendar.Location)
		now, err := c.Put(ctx, provider.Put{ID: held.ID, Base: &held, Event: to, Fields: fields})
		if class := provider.ClassOf(err); err != nil && class != provider.Conflict && class != provider.Unknown && class != provider.Forbidden {
			t.Fatalf("put: %v", err)
		}
		now = read(t, c, held.ID)
		if original < 0 {
			if now.Event.Location != place {
				t.Fatalf("the place is %q", now.Event.Location)
			}
			return
		}
		want, shift := icalendar.Aim(&held.Event, &to, fields)
		if err != nil {
			shift = 0
		} else if !recur.Has(&want, original+shift) || !want.IsSeries() || want.IsCancelled(original+shift) {
			t.Fatalf("written over, although the date is no more: %+v", now.Event)
		}
		if v := now.Event.On(original + shift); v.Location != place {
			t.Fatalf("%v: the place of %s is %q", err, original, v.Location)
		}
	})
}
