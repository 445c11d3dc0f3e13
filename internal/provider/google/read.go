package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tahti/internal/provider"
)

const (
	opRead = "read items"
	opFind = "find item"
)

// Read answers items by id: fifty in one request, and their series with what belongs to them in one more. An item that Google
// fails on, while it gives others, is answered as StateNotRead with a problem.
//
// 404 is what Google says of an event that is gone, and of one in a calendar that is gone or no longer ours to see. So before
// it counts, the calendar has to answer.
func (c *Calendar) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	found, err := c.wholes(ctx, opRead, ids)
	if err != nil {
		return nil, err
	}
	items := make([]provider.Item, len(ids))
	missing, failed := false, 0
	for i, f := range found {
		if err = f.err; err != nil && !aboutItem(err) {
			return nil, err
		}
		if err != nil {
			failed++
		}
		missing = missing || f.absent
		items[i] = c.told(ids[i], f)
	}
	if failed > 0 && failed == len(ids) {
		return nil, found[0].err
	}
	if missing {
		if err := c.answers(ctx, opRead); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// aboutItem reports whether an error may come from one item alone.
func aboutItem(err error) bool {
	switch provider.ClassOf(err) {
	case provider.Transient: // an answer that was none
		return codeOf(err) == provider.CodeServer
	case provider.Forbidden:
		return codeOf(err) == provider.CodeNoPermission
	case provider.Rejected:
		return true
	}
	return false
}

// answers makes sure that the calendar itself is there.
func (c *Calendar) answers(ctx context.Context, op string) error {
	_, _, err := c.list(ctx, op, url.Values{"maxResults": {"1"}})
	return err
}

// found is what reading one item came to.
type found struct {
	group *group // nil if it is gone
	// absent: Google knows no such event, which proves something only if the calendar is there.
	absent bool
	err    error
}

// told says what was found.
func (c *Calendar) told(id provider.RemoteID, f found) provider.Item {
	switch {
	case f.err != nil && provider.ClassOf(f.err) == provider.Forbidden:
		return provider.Item{ID: id, State: provider.StateForbidden}
	case f.err != nil:
		return provider.Item{ID: id, State: provider.StateNotRead, Problem: problem(provider.Refused, "%v", f.err)}
	case f.group == nil:
		return provider.Item{ID: id, State: provider.StateGone}
	}
	return c.item(f.group)
}

// get reads one item, whole.
func (c *Calendar) get(ctx context.Context, op string, id provider.RemoteID) (it provider.Item, absent bool, err error) {
	all, err := c.wholes(ctx, op, []provider.RemoteID{id})
	if err != nil {
		return it, false, err
	}
	f := all[0]
	if f.err != nil && provider.ClassOf(f.err) != provider.Forbidden || f.err != nil && !aboutItem(f.err) {
		return it, false, f.err
	}
	return c.told(id, f), f.absent, nil
}

// wholes reads events and, of series, what belongs to them.
func (c *Calendar) wholes(ctx context.Context, op string, ids []provider.RemoteID) ([]found, error) {
	all := make([]found, len(ids))
	calls := make([]call, len(ids))
	for i, id := range ids {
		if id == "" {
			return nil, &provider.Error{Op: op, Class: provider.Rejected, Err: errors.New("no id given")}
		}
		calls[i] = c.eventCall(op, string(id))
	}
	outcomes, err := c.client.all(ctx, calls)
	if err != nil {
		return nil, err
	}
	var further []call
	var of []int
	for i, o := range outcomes {
		if q, more := c.begin(&all[i], calls[i], o, string(ids[i])); more {
			further, of = append(further, q), append(of, i)
		}
	}
	if outcomes, err = c.client.all(ctx, further); err != nil {
		return nil, err
	}
	for j, o := range outcomes {
		c.complete(ctx, &all[of[j]], further[j], o)
	}
	return all, nil
}

func (c *Calendar) eventCall(op, id string) call {
	return call{op: op, method: http.MethodGet, path: c.path("events", id), single: true}
}

// begin takes an event in, and says what else has to be read.
func (c *Calendar) begin(f *found, q call, o outcome, id string) (next call, more bool) {
	e, err := (*event)(nil), o.err
	if err == nil {
		e, err = c.understood(q, o.answer, id)
	}
	switch {
	case err != nil && provider.ClassOf(err) == provider.Gone:
		f.absent = statusOf(err) == http.StatusNotFound
		return next, false
	case err != nil:
		f.err = err
		return next, false
	case e.Status == cancelled:
		return next, false
	}
	f.group = &group{master: e, skew: o.skew, timed: o.known}
	switch {
	case e.SeriesID != "": // one date, read by itself: it is an item only where its series is not there
		return c.eventCall(q.op, e.SeriesID), true
	case e.recurs() && e.UID == "":
		f.err = &provider.Error{Op: q.op, Class: provider.Rejected, Err: errors.New("a series without a UID, whose dates cannot be found")}
		return next, false
	case e.recurs():
		return c.seriesCall(q.op, e), true
	}
	return next, false
}

// complete takes in what was read further.
func (c *Calendar) complete(ctx context.Context, f *found, q call, o outcome) {
	m := f.group.master
	if m.SeriesID == "" {
		f.group, f.err = c.gathered(ctx, q, m, o)
		return
	}
	series, err := (*event)(nil), o.err
	if err == nil {
		series, err = c.understood(q, o.answer, m.SeriesID)
	}
	switch {
	case err == nil && series.gone(), err != nil && provider.ClassOf(err) == provider.Gone:
	case err == nil:
		f.group = nil
	default:
		f.err = err
	}
}

// event reads one event by its id.
func (c *Calendar) event(ctx context.Context, op, id string) (*event, answer, error) {
	q := c.eventCall(op, id)
	a, err := c.client.send(ctx, q)
	if err != nil {
		return nil, a, err
	}
	e, err := c.understood(q, a, id)
	return e, a, err
}

// understood reads the event that an answer has to be about.
func (c *Calendar) understood(q call, a answer, id string) (*event, error) {
	e, err := parse(a.body)
	if err == nil && e.ID != id {
		err = fmt.Errorf("asked about %q, got %q", id, e.ID)
	}
	if err != nil {
		return nil, broken(q, http.StatusOK, err)
	}
	return e, nil
}

// seriesCall lists all events of the UID of a series: itself and its changed and cancelled occurrences, in one request.
func (c *Calendar) seriesCall(op string, was *event) call {
	return call{op: op, method: http.MethodGet, path: c.path("events"), query: url.Values{
		"iCalUID": {was.UID}, "maxResults": {"2500"}, "singleEvents": {"false"}, "showDeleted": {"true"},
	}}
}

// series reads a series that is known, as it is now; nil if it is gone.
func (c *Calendar) series(ctx context.Context, op string, was *event) (*group, error) {
	q := c.seriesCall(op, was)
	a, err := c.client.send(ctx, q)
	return c.gathered(ctx, q, was, outcome{a, err})
}

// gathered puts a series together from the list of its UID, of which the first page is there. Other events may have the same
// UID, and are left out.
func (c *Calendar) gathered(ctx context.Context, q call, was *event, first outcome) (*group, error) {
	if first.err != nil {
		return nil, restart(q.op, first.err)
	}
	g := &group{}
	take := func(page *events, a answer) error {
		g.skew, g.timed = a.skew, a.known
		return page.each(q.op, func(e *event) {
			switch was.ID {
			case e.ID:
				g.master = e
			case e.SeriesID:
				g.parts = append(g.parts, e)
			}
		})
	}
	page, err := c.page(q, first.answer)
	if err != nil {
		return nil, err
	}
	if err := take(page, first.answer); err != nil {
		return nil, err
	}
	if page.NextPageToken != "" {
		q.query.Set("pageToken", page.NextPageToken)
		if err := c.pages(ctx, q, take); err != nil {
			return nil, err
		}
	}
	switch {
	case g.master == nil: // a list that is behind, and proves nothing
		return nil, &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: "a list without the series that it was asked for"}
	case g.master.gone():
		return nil, nil
	}
	return g, nil
}

// Find looks up what a creation under key left: the key is its id. A copy that a person made of it carries our property, too,
// but has an id of its own, and is not what was created.
func (c *Calendar) Find(ctx context.Context, key provider.Key) (provider.Item, error) {
	if !chosen(string(key)) {
		return provider.Item{}, &provider.Error{Op: opFind, Class: provider.Rejected, Err: errKey}
	}
	it, absent, err := c.get(ctx, opFind, provider.RemoteID(key))
	if err == nil && absent {
		err = c.answers(ctx, opFind)
	}
	if err != nil {
		return provider.Item{}, err
	}
	return it, nil
}
