package google

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"tahti/internal/provider"
)

const (
	opRead = "read items"
	opFind = "find item"
)

// Read answers items by id: one request each, and one more for a series, to have its occurrences. An item that Google fails on,
// while it gives others, is answered as StateNotRead with a problem.
//
// 404 is what Google says of an event that is gone, and of one in a calendar that is gone or no longer ours to see. So before
// it counts, the calendar has to answer.
func (c *Calendar) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	items := make([]provider.Item, len(ids))
	missing, failed := false, 0
	var single error
	for i, id := range ids {
		item, absent, err := c.get(ctx, opRead, id)
		switch {
		case err == nil:
		case aboutItem(err):
			single = err
			failed++
			item = provider.Item{ID: id, State: provider.StateNotRead, Problem: problem(provider.Refused, "%v", err)}
		default:
			return nil, err
		}
		missing = missing || absent
		items[i] = item
	}
	if failed > 0 && failed == len(ids) {
		return nil, single
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
	switch s := statusOf(err); provider.ClassOf(err) {
	case provider.Transient:
		return s >= 500
	case provider.Rejected:
		return s != 0
	}
	return false
}

// answers makes sure that the calendar itself is there.
func (c *Calendar) answers(ctx context.Context, op string) error {
	_, _, err := c.list(ctx, op, url.Values{"maxResults": {"1"}})
	return err
}

// get reads one item, whole. absent: Google knows no such event, which proves something only if the calendar is there.
func (c *Calendar) get(ctx context.Context, op string, id provider.RemoteID) (it provider.Item, absent bool, err error) {
	g, absent, err := c.whole(ctx, op, string(id))
	switch {
	case err != nil && provider.ClassOf(err) == provider.Forbidden && codeOf(err) == provider.CodeNoPermission:
		return provider.Item{ID: id, State: provider.StateForbidden}, false, nil
	case err != nil:
		return it, false, err
	case g == nil:
		return provider.Item{ID: id, State: provider.StateGone}, absent, nil
	}
	return c.item(g), false, nil
}

// whole reads an event and, of a series, its occurrences; nil if it is gone.
func (c *Calendar) whole(ctx context.Context, op, id string) (g *group, absent bool, err error) {
	e, a, err := c.event(ctx, op, id)
	switch {
	case err != nil && provider.ClassOf(err) == provider.Gone:
		return nil, statusOf(err) == http.StatusNotFound, nil
	case err != nil:
		return nil, false, err
	case e.gone(), e.SeriesID != "" && e.Status == cancelled:
		return nil, false, nil
	case e.SeriesID != "":
		// One date, read by itself: it is an item only where its series is not there.
		if m, _, err := c.event(ctx, op, e.SeriesID); err == nil && !m.gone() {
			return nil, false, nil
		} else if err != nil && provider.ClassOf(err) != provider.Gone {
			return nil, false, err
		}
	case e.recurs():
		return c.series(ctx, op, e)
	}
	return &group{master: e, skew: a.skew, timed: a.known}, false, nil
}

// event reads one event by its id.
func (c *Calendar) event(ctx context.Context, op, id string) (*event, answer, error) {
	if id == "" {
		return nil, answer{}, &provider.Error{Op: op, Class: provider.Rejected, Err: fmt.Errorf("no id given")}
	}
	q := call{op: op, method: http.MethodGet, path: c.path("events", id), single: true}
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

// series lists all events of the UID of a series: itself and its changed and cancelled occurrences, in one request. Other
// events may have the same UID, and are left out.
func (c *Calendar) series(ctx context.Context, op string, was *event) (*group, bool, error) {
	query := url.Values{"iCalUID": {was.UID}, "maxResults": {"2500"}, "singleEvents": {"false"}, "showDeleted": {"true"}}
	g := &group{}
	err := c.pages(ctx, call{op: op, method: http.MethodGet, path: c.path("events"), query: query}, func(page *events, a answer) error {
		g.skew, g.timed = a.skew, a.known
		return page.each(op, func(e *event) {
			switch was.ID {
			case e.ID:
				g.master = e
			case e.SeriesID:
				g.parts = append(g.parts, e)
			}
		})
	})
	if err != nil {
		return nil, false, err
	}
	return g.checked(op)
}

// checked makes sure that a list that was to hold a series does. One that does not is behind, and proves nothing.
func (g *group) checked(op string) (*group, bool, error) {
	switch {
	case g.master == nil:
		return nil, false, &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "a list without the series that it was asked for"}
	case g.master.gone():
		return nil, false, nil
	}
	return g, false, nil
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
