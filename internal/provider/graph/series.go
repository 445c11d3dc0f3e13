package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

// A series is written in several requests: its master, then each occurrence that shall differ. Every one of them moves the
// versions of the others, so each occurrence is read just before it is written, has to say what was read when the write
// was planned, and is guarded by the version at which it did.

// updateSeries brings a series, or an event that becomes or was one, to a goal.
func (c *Calendar) updateSeries(ctx context.Context, w provider.Put, goal *calendar.Event, shift calendar.Wall) (provider.Item, error) {
	now, err := c.still(ctx, w.ID, w.Base.Versions)
	if err != nil {
		return now, err
	}
	base := now.Event
	if now.WouldMail > 0 && !w.Notify {
		return now, rejected(opPut, "", errMails)
	}
	if goal.IsSeries() {
		if err := outlook.Crossing(goal); err != nil {
			return now, err
		}
	}
	p, err := c.masterChanges(&now, goal, shift)
	if err != nil {
		return now, err
	}
	if len(p) > 0 {
		if _, err := c.patch(ctx, string(w.ID), now.Versions.Master().Tag, p); err != nil {
			return now, c.whyGone(ctx, opPut, w.ID, err)
		}
		// What a change of the pattern leaves of the exceptions is not for sure (providers.md 3.3).
		if now, err = c.reread(ctx, w.ID); err != nil {
			return now, err
		}
		if now.Event.IsSeries() != goal.IsSeries() { // taken without a word, and not done
			return now, outlook.Inexpressible("a series that becomes a single event, or the other way round")
		}
		if !outlook.Explained(&base, &now.Event, goal, shift) {
			return now, outlook.Meddled()
		}
	}
	return c.finish(ctx, now, goal, len(p) > 0)
}

// reread reads behind a write.
func (c *Calendar) reread(ctx context.Context, id provider.RemoteID) (provider.Item, error) {
	it, err := c.one(ctx, opPut, id)
	if err == nil {
		err = outlook.ReadBack(&it)
	}
	return it, outlook.Partial(err)
}

// masterChanges is what has to be said of the series itself.
func (c *Calendar) masterChanges(now *provider.Item, goal *calendar.Event, shift calendar.Wall) (payload, error) {
	var raw event
	if err := json.Unmarshal(now.Raw, &raw); err != nil {
		return nil, &provider.Error{Op: opPut, Class: provider.Conflict, Err: err}
	}
	p, err := c.render(outlook.Difference(&now.Event.Values, &goal.Values), &goal.Values, &raw)
	if err != nil {
		return nil, err
	}
	_, timed := p["start"]
	if !timed && calendar.SameRecurrence(&now.Event, goal) {
		// Outlook brings nothing back that was taken out of a series, but by a new pattern, which drops every exception.
		if again := slices.ContainsFunc(now.Event.Cancelled, func(w calendar.Wall) bool { return !goal.IsCancelled(w + shift) }); again {
			return nil, outlook.Inexpressible(outlook.TakenOut)
		}
		return p, nil
	}
	if err := c.pattern(p, goal, &raw); err != nil {
		return nil, err
	}
	if !timed { // a pattern belongs to its start
		if err := c.when(p, &goal.Values, &raw); err != nil {
			return nil, err
		}
	}
	properties(p, goal, "")
	return p, nil
}

// finish writes the occurrences of a series until it says the goal, and answers it. wrote says that something was written
// before, so that the whole has half happened if one of them fails.
func (c *Calendar) finish(ctx context.Context, held provider.Item, goal *calendar.Event, wrote bool) (provider.Item, error) {
	queue, err := outlook.ToWrite(&held.Event, goal)
	if err != nil {
		return held, err
	}
	left, err := outlook.WriteEach(queue, wrote, isCrossing, func(w calendar.Wall, left outlook.Left) error {
		return c.occurrence(ctx, &held, goal, w, left)
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

// occurrence writes one of them, and keeps what it was left as.
func (c *Calendar) occurrence(ctx context.Context, held *provider.Item, goal *calendar.Event, w calendar.Wall, left outlook.Left) error {
	x, err := c.instance(ctx, held, w)
	if err != nil {
		return err
	}
	if goal.IsCancelled(w) {
		if err := c.delete(ctx, opPut, x.ID, x.ETag); err != nil {
			return err
		}
		left[w] = nil
		return nil
	}
	was, want := held.Event.On(w), goal.On(w)
	p, err := c.render(outlook.Difference(&was, &want), &want, x)
	if err != nil || len(p) == 0 {
		return err
	}
	a, err := c.patch(ctx, x.ID, x.ETag, p)
	if err != nil {
		return err
	}
	left[w] = &want
	var now event
	if err := json.Unmarshal(a.body, &now); err != nil || now.ID != x.ID {
		return broken(call{op: opPut, write: true}, a, err)
	}
	d, err := within(held, &now, w)
	if err != nil {
		return outlook.Partial(err)
	}
	want = d.event.On(w)
	return nil
}

// instance reads one occurrence as it is now. That it says what was read before is the guard, and that nobody was invited to it
// since, who would be mailed (I14): its version may have moved with what was written beside it.
func (c *Calendar) instance(ctx context.Context, held *provider.Item, w calendar.Wall) (*event, error) {
	x, err := c.lookUp(ctx, held, w)
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
func within(held *provider.Item, x *event, w calendar.Wall) (decoded, error) {
	var master event
	if err := json.Unmarshal(held.Raw, &master); err != nil {
		return decoded{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: err}
	}
	x.OriginalStart, x.OccurrenceID = "", "OID."+master.ID+"."+w.Civil().Format(time.DateOnly)
	master.Cancelled, master.Exceptions = nil, []event{*x}
	d, problem := decode(&master)
	if problem != nil {
		return d, &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence that cannot be read: " + problem.Detail}
	}
	return d, nil
}

// lookUp finds the occurrence of an original start: an exception by its id, else among the instances around that time.
func (c *Calendar) lookUp(ctx context.Context, held *provider.Item, w calendar.Wall) (*event, error) {
	if v := held.Versions[outlook.VersionKey(&held.Event, w)]; v.ID != "" {
		x := &event{}
		err := c.client.get(ctx, opPut, c.eventPath(v.ID)+"?$select="+escape(selected), x)
		return x, outlook.Missed(err)
	}
	start := held.Event.Start
	start.Wall = w
	k := outlook.UTCClock
	if start.Kind == calendar.Zoned {
		k = outlook.ClockOf(start.Zone, start.Zone)
	}
	if !k.Known {
		return nil, rejected(opPut, provider.UnknownZone, fmt.Errorf("the zone %.60q", start.Zone))
	}
	at := start.Instant(k.Loc).UTC()
	from, to := at.Add(-day), at.Add(2*day)
	path := c.eventPath(string(held.ID)) + "/instances?startDateTime=" + from.Format(viewLayout) + "&endDateTime=" + to.Format(viewLayout) + "&$select=" + escape(selected)
	fits := func(x *event) bool { return x.Type != typeException && c.startsAt(x, start, at) }
	found, err := c.hits(ctx, opPut, path, fits)
	if provider.ClassOf(err) == provider.Gone && err != nil { // a series that was just made may not be to be seen yet
		found, err = c.hits(ctx, opPut, path, fits)
	}
	if err != nil {
		return nil, outlook.Missed(err)
	}
	if len(found) != 1 {
		return nil, &provider.Error{Op: opPut, Class: provider.Conflict, Status: fmt.Sprintf("%d occurrences where one should be", len(found))}
	}
	return &found[0], nil
}

// startsAt reports whether an instance is the one of an original start.
func (c *Calendar) startsAt(x *event, start calendar.Time, at time.Time) bool {
	if x.Start == nil {
		return false
	}
	is, err := x.Start.instant()
	if err != nil {
		return false
	}
	if start.Kind != calendar.Date {
		return is.Equal(at)
	}
	d, err := outlook.ClockOf(x.StartZone, "").Date(is)
	return err == nil && d.Wall == start.Wall
}

// delete removes an event or takes an occurrence out, if it is still at a version.
func (c *Calendar) delete(ctx context.Context, op, id, tag string) error {
	_, err := c.client.send(ctx, call{op: op, method: http.MethodDelete, at: c.eventPath(id), match: tag, guarded: true, write: true})
	return err
}
