package pipedrive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tahti/internal/provider"
)

const (
	opList    = "list activities"
	opChanges = "list changes"
	maxPages  = 2000 // a million activities of one user
	// memory is how far back changes are asked for: what was deleted is told for thirty days.
	memory = 29 * 24 * time.Hour
)

// Pull lists the user's activities under the empty cursor, and hears the feed from then on.
func (u *User) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if since == "" {
		return u.listing(ctx, known)
	}
	mark, err := provider.ParseMark(since)
	if err != nil || u.client.now().Sub(mark.At) > memory {
		return nil, &provider.Error{Op: opChanges, Class: provider.CursorLost, Status: "not asked: a cursor that is none, or too old", Err: err}
	}
	told, err := u.feed.Since(ctx, mark.At, u.since(), u.sweep)
	if err != nil {
		return nil, err
	}
	d := provider.Delta{More: told.More}
	var mine []provider.Changed
	for _, c := range mark.News(told) {
		it, concerns := u.heard(&c, known, told.Stale(&c))
		if concerns {
			mine = append(mine, c)
		}
		if it != nil {
			d.Items = append(d.Items, *it)
		}
	}
	d.Next = mark.Next(told, mine).Cursor()
	return d, u.name(ctx, d.Items)
}

// heard is what a change that the feed tells of means to this user; nil where it is nothing new. concerns is false where it is somebody
// else's matter.
func (u *User) heard(c *provider.Changed, known provider.Known, stale bool) (it *provider.Item, concerns bool) {
	a, err := readActivity(c.Raw)
	held := known(c.ID)
	if err == nil && a.Owner != u.id && held == nil {
		return nil, false
	}
	tag := held.Master().Tag
	unread := &provider.Item{ID: c.ID, State: provider.StateNotRead, Versions: provider.One(c.Tag)}
	switch at := changedAt(tag); {
	case tag == c.Tag, !at.IsZero() && c.At.Before(at):
		return nil, true // what the caller holds is as new, or newer
	case err == nil && held == nil && a.undated():
		return nil, true // told once it has a date
	case a.Deleted && stale:
		return &provider.Item{ID: c.ID, State: provider.StateUnproven}, true
	case err != nil, a.Owner != u.id, stale && held == nil, c.At.Equal(at):
		return unread, true // to be read as it is now
	}
	live := u.item(&a, c.Skew)
	return &live, true
}

// listing lists everything that the user owns, with the proof that it was everything.
func (u *User) listing(ctx context.Context, known provider.Known) (provider.Pull, error) {
	if u.id != u.profile.Me { // a colleague's: a list of what is not seen would be empty
		if sees, err := u.seesAll(ctx); err != nil || !sees {
			return nil, cmp.Or(err, error(&provider.Error{Op: opList, Class: provider.Forbidden, Code: provider.CodeNoPermission, Status: "no administrator any more"}))
		}
		if err := u.works(ctx); err != nil {
			return nil, err
		}
	}
	var s provider.Snapshot
	var ids []provider.RemoteID
	var began time.Time
	q := url.Values{"owner_id": {strconv.FormatInt(u.id, 10)}, "sort_by": {"id"}}
	err := u.client.list(ctx, opList, "/v2/activities", q, func(page []json.RawMessage, a answer) error {
		if began.IsZero() {
			began = a.now
		}
		for _, raw := range page {
			x, err := readActivity(raw)
			if err != nil {
				return err
			}
			if x.Deleted || x.Owner != u.id {
				continue
			}
			ids = append(ids, x.id())
			held := known(x.id())
			if held == nil && x.undated() {
				continue
			}
			if held.Master().Tag != x.tag() {
				s.Items = append(s.Items, u.item(&x, a.skew))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.Next, s.Whole = provider.Mark{At: began}.Cursor(), provider.NewWhole(provider.Range{}, ids)
	return s, u.name(ctx, s.Items)
}

// list goes through a list of v2, page by page.
func (c *client) list(ctx context.Context, op, path string, query url.Values, take func([]json.RawMessage, answer) error) error {
	query.Set("limit", strconv.Itoa(pageSize))
	if strings.HasSuffix(path, "/activities") {
		query.Set("include_fields", "attendees")
	}
	q := call{op: op, method: http.MethodGet, path: path, query: query, cost: costList}
	for range maxPages {
		page, a, err := c.page(ctx, q)
		if err == nil {
			if err = take(page, a); err != nil {
				err = broken(q, http.StatusOK, err)
			}
		}
		if err != nil {
			return err
		}
		if a.next() == "" {
			return nil
		}
		query.Set("cursor", a.next())
	}
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "a list without an end"}
}

const pageSize = 500

// page asks for one page of a list of v2. One without a list is an error, and no empty one (I6).
func (c *client) page(ctx context.Context, q call) (page []json.RawMessage, a answer, err error) {
	if a, err = c.send(ctx, q, &page); err == nil && page == nil {
		err = broken(q, http.StatusOK, errors.New("a list that is none"))
	}
	return page, a, err
}

// sweep asks what has changed in the company: one page for the feed.
func (u *User) sweep(ctx context.Context, since, until time.Time, page string) (provider.Swept, error) {
	query := url.Values{
		"updated_since": {since.UTC().Truncate(time.Second).Format(time.RFC3339)}, "sort_by": {"update_time"}, "sort_direction": {"asc"},
		"limit": {strconv.Itoa(pageSize)}, "include_fields": {"attendees"},
	}
	if !until.IsZero() {
		query.Set("updated_until", until.UTC().Truncate(time.Second).Add(time.Second).Format(time.RFC3339))
	}
	if page != "" {
		query.Set("cursor", page)
	}
	q := call{op: opChanges, method: http.MethodGet, path: "/v2/activities", query: query, cost: costList}
	list, a, err := u.client.page(ctx, q)
	if err != nil {
		return provider.Swept{}, err
	}
	s := provider.Swept{Next: a.next(), Now: a.now}
	for _, raw := range list {
		x, err := readActivity(raw)
		at := instant(x.Updated)
		if err != nil || at.IsZero() {
			return s, broken(q, http.StatusOK, err)
		}
		s.Changes = append(s.Changes, provider.Changed{ID: x.id(), Tag: x.tag(), At: at, Raw: raw})
	}
	return s, nil
}
