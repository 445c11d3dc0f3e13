package pipedrive

import (
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
	opRead = "read activities"
	opFind = "look for what was made"
	maxIDs = 100
	// singly is up to how many activities are read one by one: each costs one token, and a list ten.
	singly = 5
)

// Read answers activities by id. What a list of ids leaves out is asked for by itself: only that proves that it is gone (I6).
func (u *User) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	found := map[provider.RemoteID]provider.Item{}
	if len(ids) > singly {
		list := make([]string, len(ids))
		for i, id := range ids {
			list[i] = string(id)
		}
		err := u.client.list(ctx, opRead, "/v2/activities", url.Values{"ids": {strings.Join(list, ",")}}, func(page []json.RawMessage, a answer) error {
			for _, raw := range page {
				x, err := readActivity(raw)
				if err != nil {
					return err
				}
				found[x.id()] = u.item(&x, a.skew)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	items := make([]provider.Item, len(ids))
	for i, id := range ids {
		it, there := found[id]
		if !there {
			x, skew, err := u.get(ctx, opRead, id)
			switch {
			case err == nil:
				it = u.item(&x, skew)
			case provider.ClassOf(err) == provider.Gone:
				if it, err = u.missing(ctx, id); err != nil {
					return nil, err
				}
			case codeOf(err) == string(provider.NotWritable): // a 403 for one activity
				it = provider.Item{ID: id, State: provider.StateForbidden}
			default:
				return nil, err
			}
		}
		items[i] = it
	}
	return items, u.name(ctx, items)
}

// missing is an activity that is not found by its number. Whoever does not see all of the company cannot tell whether it is gone, or somebody
// else's to see (I9).
func (u *User) missing(ctx context.Context, id provider.RemoteID) (provider.Item, error) {
	sees, err := u.seesAll(ctx)
	if sees {
		return provider.Item{ID: id, State: provider.StateGone}, err
	}
	return provider.Item{ID: id, State: provider.StateForbidden}, err
}

// seesAll reports whether whoever has signed in is still an administrator. It was so when the connection was made, and is asked again, once
// for whatever is opened, where something is to be concluded from it.
func (u *User) seesAll(ctx context.Context) (bool, error) {
	u.mu.Lock()
	asked := u.admin
	u.mu.Unlock()
	switch {
	case !u.profile.Admin:
		return false, nil
	case asked != nil:
		return *asked, nil
	}
	me, err := u.client.me(ctx)
	if err != nil {
		return false, err
	}
	sees := me.admin()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.admin = &sees
	return sees, nil
}

// works fails where the user has left the company: what was theirs stays there, and nobody would notice that it is looked after no more.
func (u *User) works(ctx context.Context) error {
	var who user
	q := call{op: opList, method: http.MethodGet, path: "/v1/users/" + strconv.FormatInt(u.id, 10), cost: costOldGet}
	_, err := u.client.send(ctx, q, &who)
	if err == nil && who.ID != u.id {
		return broken(q, http.StatusOK, errors.New("another user than was asked for"))
	}
	if err == nil && !who.Active || err != nil && provider.ClassOf(err) == provider.Gone {
		return &provider.Error{Op: opList, Class: provider.Forbidden, Code: CodeLeft, Status: "no active user any more"}
	}
	return err
}

// get reads one activity.
func (u *User) get(ctx context.Context, op string, id provider.RemoteID) (a activity, skew time.Duration, err error) {
	q := call{
		op: op, method: http.MethodGet, path: onePath(id), query: url.Values{"include_fields": {"attendees"}}, cost: costGet, single: true,
	}
	if _, err := strconv.ParseUint(string(id), 10, 63); err != nil { // never one of Pipedrive's
		return a, 0, &provider.Error{Op: op, Class: provider.Gone, Status: "not asked: no number"}
	}
	var raw json.RawMessage
	got, err := u.client.send(ctx, q, &raw)
	if err != nil {
		return a, 0, err
	}
	if a, err = readActivity(raw); err != nil {
		return a, 0, broken(q, http.StatusOK, err)
	}
	return a, got.skew, nil
}

func onePath(id provider.RemoteID) string { return "/v2/activities/" + url.PathEscape(string(id)) }

// Find is never called: nothing in an activity holds a key.
func (u *User) Find(context.Context, provider.Key) (provider.Item, error) {
	return provider.Item{State: provider.StateGone}, nil
}

// MadeSince answers what the user owns that was made since an instant of our clock, the newest first.
func (u *User) MadeSince(ctx context.Context, at time.Time) (items []provider.Item, err error) {
	query := url.Values{
		"owner_id": {strconv.FormatInt(u.id, 10)}, "sort_by": {"add_time"}, "sort_direction": {"desc"}, "limit": {"100"}, "include_fields": {"attendees"},
	}
	q := call{op: opFind, method: http.MethodGet, path: "/v2/activities", query: query, cost: costList}
	for range maxPages {
		page, a, err := u.client.page(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, raw := range page {
			x, err := readActivity(raw)
			added := instant(x.Added)
			switch {
			case err != nil:
				return nil, broken(q, http.StatusOK, err)
			case !added.IsZero() && added.Add(a.skew).Before(at.Add(-grace)):
				return items, u.name(ctx, items)
			}
			if it := u.item(&x, a.skew); it.State == provider.StateLive {
				items = append(items, it)
			}
		}
		if a.next() == "" {
			break
		}
		query.Set("cursor", a.next())
	}
	return items, u.name(ctx, items)
}

// grace is what seconds without fractions may hide.
const grace = 3 * time.Second
