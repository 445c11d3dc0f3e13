package ews

import (
	"context"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	"tahti/internal/recur"
)

// A series is written in several requests: its master, then each occurrence that shall differ. Every one of them moves the change key
// of the master, and perhaps those of the others, so each occurrence is read just before it is written, has to say what was read
// when the write was planned, and is guarded by the change key at which it did.

// updateSeries brings a series, or an event that becomes or was one, to a goal.
func (c *Calendar) updateSeries(ctx context.Context, w provider.Put, goal *calendar.Event, shift calendar.Wall) (provider.Item, error) {
	now, err := c.still(ctx, w.ID, w.Base.Versions)
	if err != nil {
		return now, err
	}
	base := now.Event
	tell := w.Notify && now.WouldMail > 0
	if now.WouldMail > 0 && !w.Notify && !silent(&base, goal) {
		return now, rejected(opPut, "", errMails)
	}
	if goal.IsSeries() {
		if err := outlook.Crossing(goal); err != nil {
			return now, err
		}
	}
	what, err := c.masterChanges(&now, goal, shift)
	if err != nil {
		return now, err
	}
	wrote := !what.empty()
	if wrote {
		key, err := c.write(ctx, itemRef(itemID{string(w.ID), now.Versions.Master().Tag}), what, tell)
		if err != nil {
			return now, c.whyGone(ctx, opPut, w.ID, err)
		}
		// What a change of the pattern leaves of the exceptions is not for sure (providers.md 3.3).
		if now, err = c.behind(ctx, w.ID, key, func(now *calendar.Event) bool {
			return outlook.Says(&now.Values, &goal.Values, icalendar.Writable) && calendar.SameRecurrence(now, goal)
		}); err != nil {
			return now, err
		}
		if now.Event.IsSeries() != goal.IsSeries() { // taken without a word, and not done
			return now, outlook.Inexpressible("a series that becomes a single event, or the other way round")
		}
		if !outlook.Explained(&base, &now.Event, goal, shift) {
			return now, outlook.Meddled()
		}
	}
	return c.finish(ctx, now, goal, wrote, tell)
}

// silent reports whether two states of a series differ in nothing that a guest sees.
func silent(a, b *calendar.Event) bool {
	if outlook.Difference(&a.Values, &b.Values)&^ours != 0 || !calendar.SameRecurrence(a, b) || !slices.Equal(a.Cancelled, b.Cancelled) {
		return false
	}
	for _, w := range calendar.Dates(a, b) {
		x, y := a.On(w), b.On(w)
		if outlook.Difference(&x, &y)&^ours != 0 {
			return false
		}
	}
	return true
}

// masterChanges is what has to be said of the series itself.
func (c *Calendar) masterChanges(now *provider.Item, goal *calendar.Event, shift calendar.Wall) (*writing, error) {
	raw, err := parseRaw(now.Raw)
	if err != nil {
		return nil, &provider.Error{Op: opPut, Class: provider.Conflict, Err: err}
	}
	what, err := c.render(outlook.Difference(&now.Event.Values, &goal.Values), &goal.Values, raw)
	if err != nil {
		return nil, err
	}
	if what.start == nil && calendar.SameRecurrence(&now.Event, goal) {
		if again := slices.ContainsFunc(now.Event.Cancelled, func(w calendar.Wall) bool { return !goal.IsCancelled(w + shift) }); again {
			return nil, outlook.Inexpressible(outlook.TakenOut)
		}
		return what, nil
	}
	if err := what.recurs(goal); err != nil {
		return nil, err
	}
	if what.start == nil { // a pattern belongs to its start
		if err := c.when(what, &goal.Values, raw); err != nil {
			return nil, err
		}
	}
	what.mark(goal, "")
	return what, nil
}

// finish writes the occurrences of a series until it says the goal, and answers it. wrote says that something was written
// before, so that the whole has half happened if one of them fails.
func (c *Calendar) finish(ctx context.Context, held provider.Item, goal *calendar.Event, wrote, tell bool) (provider.Item, error) {
	queue, err := outlook.ToWrite(&held.Event, goal)
	if err != nil {
		return held, err
	}
	numbers, err := numbersOf(&held.Event, queue)
	if err != nil {
		return held, err
	}
	left, err := outlook.WriteEach(queue, wrote, isCrossing, func(w calendar.Wall, left outlook.Left) error {
		return c.occurrence(ctx, &held, goal, w, numbers[w], left, tell)
	})
	if err != nil {
		return held, err
	}
	if len(left) == 0 {
		return held, nil
	}
	now, err := c.reread(ctx, held.ID)
	if err == nil && !left.Untouched(&held.Event, &now.Event) {
		return now, outlook.Meddled()
	}
	return now, err
}

// isCrossing reports that an occurrence was refused that would be on or beyond the day of a neighbour.
func isCrossing(err error) bool { return isCode(err, "ErrorOccurrenceCrossingBoundary") }

// farthest bounds the counting of occurrences.
const farthest = 100_000

// numbersOf are the numbers of occurrences within their series: from 1 on, over the whole pattern, with those that were taken out.
func numbersOf(e *calendar.Event, of []calendar.Wall) (map[calendar.Wall]int, error) {
	numbers := map[calendar.Wall]int{}
	if len(of) == 0 {
		return numbers, nil
	}
	last, n := slices.Max(of), 0
	for w := range recur.Starts(&calendar.Event{Values: e.Values, Rule: e.Rule}, farthest) {
		if n++; slices.Contains(of, w) {
			numbers[w] = n
		}
		if w >= last {
			break
		}
	}
	if len(numbers) < len(of) {
		return nil, outlook.Inexpressible(fmt.Sprintf("occurrences beyond the first %d of a series", farthest))
	}
	return numbers, nil
}

// occurrence writes one of them, and keeps what it was left as.
func (c *Calendar) occurrence(ctx context.Context, held *provider.Item, goal *calendar.Event, w calendar.Wall, number int, left outlook.Left, tell bool) error {
	x, err := c.instance(ctx, held, w, number)
	if err != nil {
		return err
	}
	if goal.IsCancelled(w) {
		if err := c.delete(ctx, opPut, itemRef(x.ID), tell); err != nil {
			return outlook.Missed(err)
		}
		left[w] = nil
		return nil
	}
	was, want := held.Event.On(w), goal.On(w)
	what, err := c.render(outlook.Difference(&was, &want), &want, x)
	if err != nil || what.empty() {
		return err
	}
	key, err := c.write(ctx, itemRef(x.ID), what, tell)
	if err != nil {
		return outlook.Missed(err)
	}
	left[w] = &want
	// What Exchange made of it is known when the series is read again; its own words are no edit of anybody's.
	now, err := c.lookUp(ctx, held, w, number)
	if err != nil {
		return outlook.Partial(err)
	}
	d, err := within(held, now, w)
	if err != nil {
		return outlook.Partial(err)
	}
	is := d.event.On(w)
	if now.ID.Key != key && !outlook.Says(&is, &want, icalendar.Writable) {
		return outlook.Meddled()
	}
	left[w] = &is
	return nil
}

// instance reads one occurrence as it is now. That it says what was read before is the guard, and that nobody was invited to it since
// (I14): its change key may have moved with what was written beside it.
func (c *Calendar) instance(ctx context.Context, held *provider.Item, w calendar.Wall, number int) (*item, error) {
	x, err := c.lookUp(ctx, held, w, number)
	if err != nil {
		return nil, err
	}
	d, err := within(held, x, w)
	if err != nil {
		return nil, err
	}
	is, was := d.event.On(w), held.Event.On(w)
	if outlook.Difference(&is, &was) != 0 || d.mails > held.WouldMail {
		return nil, &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence was changed meanwhile"}
	}
	return x, nil
}

// within reads one occurrence as part of its series.
func within(held *provider.Item, x *item, w calendar.Wall) (decoded, error) {
	master, err := parseRaw(held.Raw)
	if err != nil {
		return decoded{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: err}
	}
	one := *x
	one.Original, _, err = write(calendar.Time{Kind: held.Event.Start.Kind, Wall: w, Zone: held.Event.Start.Zone}, zoneOfDays(master))
	if err != nil {
		return decoded{}, err
	}
	master.Deleted, master.Changed, master.Exceptions = nil, nil, []item{one}
	d, problem := decodeItem(master)
	if problem != nil {
		return d, &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence that cannot be read: " + problem.Detail}
	}
	return d, nil
}

// zoneOfDays is where the days of a series begin.
func zoneOfDays(master *item) string {
	if name := master.StartZone.name(); name != "" {
		return name
	}
	return "UTC"
}

// lookUp reads the occurrence of an original start: an exception by its id, else by its number. What the number leads to has to be
// that very one: Exchange counts by its own tables.
func (c *Calendar) lookUp(ctx context.Context, held *provider.Item, w calendar.Wall, number int) (*item, error) {
	ref := occurrenceRef(string(held.ID), number)
	known := held.Versions[outlook.VersionKey(&held.Event, w)].ID
	if known != "" {
		ref = itemRef(itemID{ID: known})
	}
	parts, _, err := c.get(ctx, opPut, []element{ref})
	if err != nil {
		return nil, err
	}
	if parts[0].err != nil {
		return nil, outlook.Missed(parts[0].err)
	}
	x := parts[0].item
	if known == "" && !c.startsAt(held, x, w) {
		return nil, &provider.Error{Op: opPut, Class: provider.Conflict, Status: fmt.Sprintf("occurrence %d is not where it should be", number)}
	}
	return x, nil
}

// startsAt reports whether an occurrence is the one of an original start.
func (c *Calendar) startsAt(held *provider.Item, x *item, w calendar.Wall) bool {
	d := decoded{event: held.Event, start: outlook.ClockOf(x.StartZone.name(), held.Event.Start.Zone)}
	original := x.Original
	if original == "" {
		original = x.Start
	}
	at, err := parseTime(original)
	if err != nil {
		return false
	}
	is, err := d.original(at)
	return err == nil && is == w
}
