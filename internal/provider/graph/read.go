package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"tahti/internal/provider"
)

const opRead = "read items"

// Read answers items whole, series with their exceptions and with what was taken out, in batches of 20.
//
// An event that was just made may be answered with 404 for a while, as a calendar may be that is gone (providers.md 2.4). So what
// is missing is asked for once more, together with the calendar, before it is called gone.
func (c *Calendar) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	items := make([]provider.Item, 0, len(ids))
	for chunk := range slices.Chunk(ids, batchSize) {
		got, err := c.readChunk(ctx, opRead, chunk)
		if err != nil {
			return nil, err
		}
		items = append(items, got...)
	}
	return items, nil
}

func (c *Calendar) readChunk(ctx context.Context, op string, ids []provider.RemoteID) ([]provider.Item, error) {
	if slices.Contains(ids, "") {
		return nil, rejected(op, "", fmt.Errorf("an empty id"))
	}
	parts, err := c.ask(ctx, op, nil, ids)
	if err != nil {
		return nil, err
	}
	items := make([]provider.Item, len(ids))
	var missing []int
	failed := 0
	for i, p := range parts {
		items[i] = c.answered(ids[i], p)
		switch items[i].State {
		case provider.StateGone, provider.StateForbidden:
			missing = append(missing, i)
		case provider.StateNotRead:
			failed++
		}
	}
	if failed == len(ids) {
		return nil, parts[0].err // nothing else was answered: it is no trouble of single items
	}
	for chunk := range slices.Chunk(missing, batchSize-1) {
		if err := c.confirm(ctx, op, ids, items, chunk); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// ask asks for events whole, beside other paths, which come first in the answer. What is refused is asked for once more without what
// only a series has: whether Graph bears that question about a single event is not written down. A series is not taken
// without its exceptions.
func (c *Calendar) ask(ctx context.Context, op string, beside []string, ids []provider.RemoteID) ([]part, error) {
	paths := slices.Clone(beside)
	for _, id := range ids {
		paths = append(paths, c.eventPath(string(id))+wholeQuery)
	}
	parts, err := c.client.gather(ctx, op, paths)
	if err != nil {
		return nil, err
	}
	var plain []string
	var refused []int
	for i, p := range parts[len(beside):] {
		if p.err != nil && p.err.Class == provider.Rejected {
			plain, refused = append(plain, c.eventPath(string(ids[i]))+plainQuery), append(refused, len(beside)+i)
		}
	}
	if len(plain) == 0 {
		return parts, nil
	}
	again, err := c.client.gather(ctx, op, plain)
	if err != nil {
		return nil, err
	}
	for n, i := range refused {
		var e listed
		if again[n].err != nil || json.Unmarshal(again[n].body, &e) == nil && e.Type != typeMaster {
			parts[i] = again[n]
		}
	}
	return parts, nil
}

// answered turns the answer about one event into an item. What the server fails on is left to be tried again.
func (c *Calendar) answered(id provider.RemoteID, p part) provider.Item {
	if p.err == nil {
		return c.item(id, p.body, p.date)
	}
	switch p.err.Class {
	case provider.Gone:
		return provider.Item{ID: id, State: provider.StateGone}
	case provider.Forbidden:
		return provider.Item{ID: id, State: provider.StateForbidden}
	}
	return provider.Item{ID: id, State: provider.StateNotRead, Problem: &provider.Problem{Code: provider.Refused, Detail: p.err.Status}}
}

// confirm asks once more for what was missing, and for the calendar: if that is gone, it is an error and no news of its items.
func (c *Calendar) confirm(ctx context.Context, op string, ids []provider.RemoteID, items []provider.Item, missing []int) error {
	again := make([]provider.RemoteID, len(missing))
	for n, i := range missing {
		again[n] = ids[i]
	}
	parts, err := c.ask(ctx, op, []string{c.path}, again)
	if err != nil {
		return err
	}
	if parts[0].err != nil {
		return parts[0].err
	}
	hidden := []int{}
	for n, i := range missing {
		items[i] = c.answered(ids[i], parts[n+1])
		if items[i].State == provider.StateGone {
			hidden = append(hidden, i)
		}
	}
	if len(hidden) == 0 || !c.profile.HidesPrivate {
		return nil
	}
	return c.hidden(ctx, op, items, hidden)
}

// hidden looks for private events of somebody else, which Graph lists, and denies by their ids (msgraph-docs 14494): those
// are not gone.
func (c *Calendar) hidden(ctx context.Context, op string, items []provider.Item, missing []int) error {
	at := c.path + "/events?$top=500&$select=id"
	for range maxPages {
		var p page
		q := call{op: op, method: http.MethodGet, at: at}
		a, err := c.client.send(ctx, q)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(a.body, &p); err != nil || p.Value == nil {
			return broken(q, a, errors.Join(errNoList, err))
		}
		for _, i := range missing {
			if slices.ContainsFunc(p.Value, func(e listed) bool { return e.ID == string(items[i].ID) }) {
				items[i].State = provider.StateForbidden
			}
		}
		if at = p.Next; at == "" {
			return nil
		}
	}
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "a list without an end"}
}

// one reads one item.
func (c *Calendar) one(ctx context.Context, op string, id provider.RemoteID) (provider.Item, error) {
	items, err := c.readChunk(ctx, op, []provider.RemoteID{id})
	if err != nil {
		return provider.Item{}, err
	}
	return items[0], nil
}
