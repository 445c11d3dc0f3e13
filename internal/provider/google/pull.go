package google

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tahti/internal/provider"
)

const opPull = "list changes"

// Pull answers a [provider.Snapshot] of the whole calendar for the empty cursor, and a page of changes after that.
//
// Requests: one for each 2,500 events; one where nothing changed.
func (c *Calendar) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if known == nil {
		known = func(provider.RemoteID) provider.Versions { return nil }
	}
	if since == "" {
		return c.snapshot(ctx, known)
	}
	k, err := c.parseCursor(since)
	if err != nil {
		return nil, err
	}
	query := listParams()
	query.Set("syncToken", k.Token)
	if k.Page != "" {
		query.Set("pageToken", k.Page)
	}
	page, a, err := c.list(ctx, opPull, query)
	if err != nil {
		// Whatever is wrong with a request of which all but the tokens is ours, starting again is safe.
		if s := statusOf(err); s == http.StatusBadRequest || s == http.StatusGone {
			return nil, &provider.Error{Op: opPull, Class: provider.CursorLost, Status: fmt.Sprintf("HTTP %d", s), Err: err}
		}
		return nil, err
	}
	if k.Page != "" && page.NextPageToken == k.Page {
		return nil, turning(opPull)
	}
	d := provider.Delta{Next: c.cursor(page.NextSyncToken, ""), More: page.NextPageToken != ""}
	switch age := c.client.now().Sub(time.Unix(k.Made, 0)); {
	case d.More:
		d.Next = c.cursor(k.Token, page.NextPageToken)
	case len(page.Items) == 0 && k.Page == "" && age < tokenAge:
		d.Next = since
	}
	if d.Items, err = c.changes(page, a, known); err != nil {
		return nil, err
	}
	return d, nil
}

// list asks for one page of events.
func (c *Calendar) list(ctx context.Context, op string, query url.Values) (*events, answer, error) {
	q := call{op: op, method: http.MethodGet, path: c.path("events"), query: query}
	a, err := c.client.send(ctx, q)
	if err != nil {
		return nil, a, err
	}
	page, err := c.page(q, a)
	return page, a, err
}

// page reads an answer as a page of events. One that is none is an error: it must never read as an empty calendar (I6).
func (c *Calendar) page(q call, a answer) (*events, error) {
	var page events
	if err := json.Unmarshal(a.body, &page); err != nil {
		return nil, broken(q, http.StatusOK, fmt.Errorf("read list: %w", err))
	}
	if page.Kind != kindOfEvents {
		return nil, broken(q, http.StatusOK, fmt.Errorf("read list: it is of kind %.40q", page.Kind))
	}
	c.tell(page.AccessRole)
	return &page, nil
}

// pages follows a list to its end, and hands each page over. A page may be empty and not the last (providers.md 1.5).
func (c *Calendar) pages(ctx context.Context, q call, take func(*events, answer) error) error {
	for range maxPages {
		a, err := c.client.send(ctx, q)
		if err != nil {
			return restart(q.op, err)
		}
		page, err := c.page(q, a)
		if err != nil {
			return err
		}
		if err := take(page, a); err != nil || page.NextPageToken == "" {
			return err
		}
		if page.NextPageToken == q.query.Get("pageToken") {
			return turning(q.op)
		}
		q.query.Set("pageToken", page.NextPageToken)
	}
	return &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer, Status: fmt.Sprintf("more than %d pages", maxPages)}
}

// turning is a page that leads to itself.
func turning(op string) error {
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "a page that leads to itself"}
}

// each parses the events of a page.
func (p *events) each(op string, take func(*event)) error {
	for _, raw := range p.Items {
		e, err := parse(raw)
		if err != nil {
			return broken(call{op: op}, http.StatusOK, err)
		}
		take(e)
	}
	return nil
}

// ended makes sure that a page of changes tells how to go on.
func (p *events) ended(op string) error {
	if (p.NextPageToken == "") == (p.NextSyncToken == "") {
		return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "a page without a token to go on from"}
	}
	return nil
}

// changes turns a page of changes into items. Of a series there is only what changed: it has to be read, whole.
func (c *Calendar) changes(page *events, a answer, known provider.Known) ([]provider.Item, error) {
	if err := page.ended(opPull); err != nil {
		return nil, err
	}
	t := touched{known: known, masters: map[string]*event{}, parts: map[string]int{}}
	err := page.each(opPull, func(e *event) {
		if e.SeriesID != "" {
			t.part(e)
			return
		}
		t.masters[e.ID] = e
		switch {
		case e.gone():
			t.items = append(t.items, provider.Item{ID: provider.RemoteID(e.ID), State: provider.StateGone})
		case e.recurs():
			t.order = append(t.order, e.ID)
		default:
			if it := c.item(&group{master: e, skew: a.skew, timed: a.known}); news(it, known) {
				t.items = append(t.items, it)
			}
		}
	})
	return t.all(), err
}

// touched is what a page of changes is about.
type touched struct {
	known   provider.Known
	items   []provider.Item
	masters map[string]*event // whatever is no occurrence
	parts   map[string]int    // occurrences, by series
	order   []string          // series; some twice
}

// part notes a changed occurrence.
func (t *touched) part(e *event) {
	t.parts[e.SeriesID]++
	t.order = append(t.order, e.SeriesID)
	alone := e.Status != cancelled && !e.Organizer.Self && t.known(provider.RemoteID(e.SeriesID)) == nil
	if id := provider.RemoteID(e.ID); alone || t.known(id) != nil {
		// Perhaps one date that we were invited to by itself, or that was and has joined its series now.
		t.items = append(t.items, provider.Item{ID: id, State: provider.StateNotRead})
	}
}

// all are the items, each series once.
func (t *touched) all() []provider.Item {
	done := map[string]bool{}
	for _, id := range t.order {
		m := t.masters[id]
		held := t.known(provider.RemoteID(id))
		if done[id] || m != nil && (m.gone() || !m.recurs() || t.parts[id] == 0 && m.ETag != "" && held.Master().Tag == m.ETag) {
			continue // told already; or our own write of a series without exceptions, coming back
		}
		done[id] = true
		t.items = append(t.items, provider.Item{ID: provider.RemoteID(id), State: provider.StateNotRead})
	}
	return t.items
}

// news reports whether an item says anything that the caller does not hold. What is no appointment is told only to who once
// took it for one.
func news(it provider.Item, known provider.Known) bool {
	held := known(it.ID)
	if held == nil && it.Problem != nil && it.Problem.Code == provider.NotAnEvent {
		return false
	}
	tag := it.Versions.Master().Tag
	return tag == "" || held.Master().Tag != tag
}

// snapshot lists the whole calendar. Parts of a series may be listed pages apart, so it is put together behind the last page;
// what the caller holds already is let go of at once.
func (c *Calendar) snapshot(ctx context.Context, known provider.Known) (provider.Pull, error) {
	l := listing{calendar: c, known: known, groups: map[string]*group{}, single: map[string]bool{}}
	q := call{op: opPull, method: http.MethodGet, path: c.path("events"), query: listParams()}
	next := ""
	err := c.pages(ctx, q, func(page *events, a answer) error {
		next = page.NextSyncToken
		l.skew, l.timed = a.skew, a.known
		if err := page.ended(opPull); err != nil {
			return err
		}
		return page.each(opPull, l.take)
	})
	if err != nil {
		return nil, err
	}
	return provider.Snapshot{Items: l.items(), Next: c.cursor(next, ""), Whole: provider.NewWhole(provider.Range{}, l.ids)}, nil
}

// restart: a list has no cursor that could be lost. Its page tokens are over soon, and it begins anew.
func restart(op string, err error) error {
	if provider.ClassOf(err) != provider.CursorLost && (provider.ClassOf(err) != provider.Rejected || statusOf(err) != http.StatusBadRequest) {
		return err
	}
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: fmt.Sprintf("HTTP %d", statusOf(err)), Err: err}
}

// listing is a whole list under way.
type listing struct {
	calendar *Calendar
	known    provider.Known
	ids      []provider.RemoteID
	found    []provider.Item   // single events that are news
	groups   map[string]*group // series, by id; without a master as long as none was listed
	order    []string
	single   map[string]bool // that are no series
	skew     time.Duration
	timed    bool
}

func (l *listing) take(e *event) {
	switch {
	case e.SeriesID != "":
		g := l.group(e.SeriesID)
		g.parts = append(g.parts, e)
	case e.gone(): // deleted while the list was made
	case e.recurs():
		l.group(e.ID).master = e
	default:
		l.single[e.ID] = true
		l.add(&group{master: e})
	}
}

func (l *listing) group(id string) *group {
	g := l.groups[id]
	if g == nil {
		g = &group{}
		l.groups[id] = g
		l.order = append(l.order, id)
	}
	return g
}

// add takes an item in that is complete.
func (l *listing) add(g *group) {
	g.skew, g.timed = l.skew, l.timed
	g.tidy()
	id := provider.RemoteID(g.master.ID)
	l.ids = append(l.ids, id)
	if tag := g.tag(); tag != "" && l.known(id).Master().Tag == tag {
		return
	}
	if it := l.calendar.item(g); news(it, l.known) {
		l.found = append(l.found, it)
	}
}

// items are all that is news. Dates whose series is not there are what somebody was invited to by themselves; dates of what was a
// series once are left over from it.
func (l *listing) items() []provider.Item {
	for _, id := range l.order {
		g := l.groups[id]
		if g.master != nil {
			l.add(g)
			continue
		}
		for _, p := range g.parts {
			if p.Status != cancelled && !l.single[id] {
				l.add(&group{master: p})
			}
		}
	}
	return l.found
}
