package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"tahti/internal/provider"
)

const (
	opPull = "list changes"
	opList = "list items"
	// maxPages bounds a listing; Graph is free to give smaller pages than it was asked for.
	maxPages = 5000
	// viewLayout is a time in UTC as startDateTime takes it.
	viewLayout = "2006-01-02T15:04:05Z"
)

// Pull answers a [provider.Snapshot] of the window for the empty cursor and for one whose window has grown old, else a page of
// changes. Items come as StateNotRead or StateUnproven; Read fetches the content.
//
// Requests: one where nothing changed, one a page else.
func (c *Calendar) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if known == nil {
		known = func(provider.RemoteID) provider.Versions { return nil }
	}
	if since == "" {
		return c.snapshot(ctx, nil, known)
	}
	k, err := c.parseCursor(since)
	if err != nil {
		return nil, err
	}
	if c.old(k) {
		return c.snapshot(ctx, &k, known)
	}
	p, err := c.page(ctx, k.Link)
	if err != nil {
		return nil, c.lost(ctx, err)
	}
	t := newTally(known)
	t.add(p.Value)
	next, more, err := p.next(k)
	if err != nil {
		return nil, err
	}
	return provider.Delta{Items: t.changes(), Next: next.text(), More: more}, nil
}

// snapshot lists a new window whole. Where an old one is left, what has changed under its link is told as well: the listing
// shows nothing of what lies outside of it. The listing is asked for first, and its link goes on from there, so that nothing
// falls between the two.
func (c *Calendar) snapshot(ctx context.Context, old *cursor, known provider.Known) (provider.Pull, error) {
	k := c.window()
	k.Link = c.path + "/calendarView/delta?startDateTime=" + k.From.Format(viewLayout) + "&endDateTime=" + k.To.Format(viewLayout)
	shown := newTally(known)
	next, err := c.round(ctx, opList, k, shown)
	if err != nil {
		return nil, err
	}
	s := provider.Snapshot{Items: shown.differing(), Next: next.text()}
	if old != nil {
		changed := newTally(known)
		if _, err := c.round(ctx, opPull, *old, changed); err != nil {
			return nil, c.lost(ctx, err)
		}
		s.Items = append(s.Items, changed.changes()...)
	}
	s.Whole = provider.NewWhole(provider.Range{From: k.From, To: k.To}, shown.order)
	return s, nil
}

// round follows the pages from a link to the end, and answers the cursor behind them.
func (c *Calendar) round(ctx context.Context, op string, k cursor, t *tally) (cursor, error) {
	for range maxPages {
		p, err := c.page(ctx, k.Link)
		if err != nil {
			return k, err
		}
		t.add(p.Value)
		next, more, err := p.next(k)
		if err != nil || !more {
			return next, err
		}
		k = next
	}
	return k, &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "a list without an end"}
}

// page is one page of a delta. It may be empty and not the last.
type page struct {
	Value []listed `json:"value"`
	Next  string   `json:"@odata.nextLink"`
	Delta string   `json:"@odata.deltaLink"`
}

func (c *Calendar) page(ctx context.Context, link string) (*page, error) {
	q := call{op: opPull, method: http.MethodGet, at: link, delta: true}
	a, err := c.client.send(ctx, q)
	if err != nil {
		return nil, err
	}
	p := &page{}
	if err := json.Unmarshal(a.body, p); err != nil {
		return nil, broken(q, a, err)
	}
	switch {
	case p.Value == nil:
		return nil, broken(q, a, errNoList)
	case p.Next == "" && p.Delta == "":
		return nil, broken(q, a, errors.New("a page that leads nowhere"))
	}
	return p, nil
}

// errNoList is about an answer that is no list, also no empty one (I6).
var errNoList = errors.New("no list in the answer")

// next is the cursor behind a page.
func (p *page) next(k cursor) (next cursor, more bool, err error) {
	if p.Next != "" && p.Next == k.Link {
		return k, false, &provider.Error{Op: opPull, Class: provider.Transient, Code: provider.CodeServer, Status: "a page that leads to itself"}
	}
	if k.Link, k.Mid = p.Delta, false; p.Next != "" {
		k.Link, k.Mid = p.Next, true
	}
	return k, k.Mid, nil
}

// lost tells a link that is no longer taken from other trouble: Graph has many ways to say it (providers.md 2.1), and a 404 may
// be about the calendar itself. If the calendar answers, it is the link. Starting again is always safe.
func (c *Calendar) lost(ctx context.Context, err error) error {
	s := statusOf(err)
	if s != http.StatusNotFound && s != http.StatusBadRequest || provider.ClassOf(err) == provider.CursorLost {
		return err
	}
	if _, probe := c.Probe(ctx); probe != nil {
		return probe
	}
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return err
	}
	return &provider.Error{Op: opPull, Class: provider.CursorLost, Status: e.Status, Err: err}
}
