package ews

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
	"tahti/internal/provider/outlook/outlooktest"
	standin "tahti/internal/standin/ews"
)

// Whatever breaks on the way, and wherever: there is one item under each key, it says what was meant, and what was deleted stays so. Writes
// are tried again as the engine tries them: after an open outcome the item is looked for, or read, and the write is planned anew.
func TestFaultsLeaveOneItem(t *testing.T) {
	n := 0
	kinds := []standin.Variants{{}, {LateFind: true}, {KeepExceptions: true, OccurrenceKeys: true}}
	rapid.Check(t, func(rt *rapid.T) {
		n++
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		r := newRig(t, standin.Options{Variants: kinds[n%len(kinds)], Now: func() time.Time { return now }})
		p := outlooktest.PickOf(rt)
		struck := 0
		strike := func() {
			if now = now.Add(time.Hour); struck < 12 && p(2) == 0 {
				struck++
				f := outlooktest.OneOf(p, conformance.LoseReply, conformance.LoseRequest, conformance.ServerError, conformance.Truncated, conformance.WebPage, conformance.Throttled)
				r.StrikeAfter(f, p(5))
			}
		}
		w := &writer{rig: r, strike: strike}
		want := events.Event(p)
		if outlooktest.Skipped(&want) {
			rt.Skip("a time that does not exist")
		}
		it, err := w.create(provider.Key(fmt.Sprintf("dice%028d", n)), want)
		if err != nil {
			if provider.ClassOf(err) != provider.Rejected {
				rt.Fatalf("create: %v", err)
			}
			if ids, err := r.Held(); err != nil || len(ids) > 0 {
				rt.Fatalf("of what was refused there is %v %v", ids, err)
			}
			rt.Skip("refused")
		}
		meant := true
		for range 2 {
			next := it.Event.Clone()
			fields := events.Edit(p, &next)
			outlooktest.Tidy(&next)
			if outlooktest.Skipped(&next) {
				break
			}
			now, err := w.update(it, next, fields)
			if err != nil && provider.ClassOf(err) == provider.Rejected {
				meant = false // a part of it may be there
				break
			}
			if err != nil {
				rt.Fatalf("update: %v", err)
			}
			it, want = now, next
		}
		r.Strike(0)
		now = now.Add(time.Hour)
		ids, err := r.Held()
		if err != nil || !slices.Equal(ids, []provider.RemoteID{it.ID}) {
			rt.Fatalf("there is %v %v, want %s alone", ids, err, it.ID)
		}
		held := r.read(rt, it.ID)
		if diff := cmp.Diff(outlooktest.Edited(want), outlooktest.Edited(held.Event)); meant && diff != "" {
			rt.Fatalf("it says (- what was meant, + got):\n%s", diff)
		}
		if err := w.remove(held); err != nil {
			rt.Fatalf("remove: %v", err)
		}
		if ids, err := r.Held(); err != nil || len(ids) > 0 {
			rt.Fatalf("after the removal there is %v %v", ids, err)
		}
		if n := len(r.server.Mails()); n > 0 {
			rt.Fatalf("%d mails", n)
		}
	})
}

// writer does what the engine does: it tries again, and looks first where the outcome is open.
type writer struct {
	*rig
	strike func()
}

const tries = 40

var errGaveUp = errors.New("tried too often")

func (w *writer) create(key provider.Key, e calendar.Event) (provider.Item, error) {
	var tried time.Time
	for range tries {
		w.strike()
		it, err := w.Put(context.Background(), provider.Put{Key: key, Tried: tried, Event: e, Fields: calendar.BothWaysFields})
		switch {
		case err == nil && it.Found: // of a series there may be the half of it
			return w.update(it, e, calendar.BothWaysFields)
		case err == nil:
			return it, nil
		case provider.ClassOf(err) == provider.Rejected:
			// Half of it may be there, and is taken back; the engine looks for that as it does for any open outcome.
			return it, w.tidyUp(key, err)
		}
		if tried.IsZero() {
			tried = w.config.Now()
		}
	}
	return provider.Item{}, errGaveUp
}

// tidyUp removes what a refused creation may have left.
func (w *writer) tidyUp(key provider.Key, why error) error {
	for range tries {
		w.strike()
		it, err := w.Find(context.Background(), key)
		if err != nil {
			continue
		}
		if it.State == provider.StateLive {
			err = w.remove(it)
		}
		return errors.Join(why, err)
	}
	return errGaveUp
}

func (w *writer) update(base provider.Item, e calendar.Event, fields calendar.FieldSet) (provider.Item, error) {
	for range tries {
		w.strike()
		it, err := w.Put(context.Background(), provider.Put{ID: base.ID, Base: &base, Event: e, Fields: fields})
		if err == nil || provider.ClassOf(err) == provider.Rejected {
			return it, err
		}
		if provider.ClassOf(err) == provider.Unknown {
			fields = calendar.BothWaysFields // a move that broke off may have lost what was said of single dates
		}
		w.strike()
		if items, err := w.Read(context.Background(), []provider.RemoteID{base.ID}); err == nil {
			switch items[0].State {
			case provider.StateLive:
				base = items[0]
			case provider.StateGone:
				return items[0], errors.New("it reads as gone")
			}
		}
	}
	return base, errGaveUp
}

func (w *writer) remove(base provider.Item) error {
	for range tries {
		w.strike()
		err := w.Remove(context.Background(), provider.Remove{ID: base.ID, Base: &base})
		if err == nil {
			return nil
		}
		w.strike()
		if items, err := w.Read(context.Background(), []provider.RemoteID{base.ID}); err == nil {
			if items[0].State == provider.StateGone {
				return nil
			}
			base = items[0]
		}
	}
	return errGaveUp
}
