package ews

import (
	"context"
	"encoding/xml"
	"errors"
	"slices"

	"tahti/internal/provider"
)

const opRead = "read items"

// itemMessage is the answer about one item.
type itemMessage struct {
	message
	Items struct {
		Calendar []item `xml:"CalendarItem"`
		Others   []struct {
			XMLName xml.Name
		} `xml:",any"`
	} `xml:"Items"`
}

// Read answers items whole, in batches of 50; the exceptions of series come in requests after that.
//
// What is not found may be in a calendar that is not there any more. So the calendar is asked for before anything is called gone.
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
	refs := make([]element, len(ids))
	for i, id := range ids {
		if id == "" {
			return nil, rejected(op, "", errors.New("an empty id"))
		}
		refs[i] = itemRef(itemID{ID: string(id)})
	}
	parts, date, err := c.get(ctx, op, refs)
	if err != nil {
		return nil, err
	}
	if err := c.exceptions(ctx, op, parts); err != nil {
		return nil, err
	}
	items := make([]provider.Item, len(ids))
	missing, failed, malformed := false, 0, 0
	for i, p := range parts {
		items[i] = c.answered(ids[i], p, date)
		missing = missing || items[i].State == provider.StateGone
		if items[i].State == provider.StateNotRead {
			failed++
		}
		if p.err != nil && errors.Is(p.err, errMalformed) {
			malformed++
		}
	}
	if malformed == len(ids) && malformed > 1 {
		return nil, &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "nothing that can be read", Err: parts[0].err.Err}
	}
	if failed == len(ids) && failed > 0 {
		return nil, parts[0].err // nothing else was answered: it is no trouble of single items
	}
	if missing {
		if _, err := c.look(ctx, op); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// part is the answer about one of several items: what it is, or why not.
type part struct {
	item *item
	err  *provider.Error
}

// get asks for items whole, in halves where they are too much for one answer, or where something among them cannot be read: by itself
// it is set aside, and the others are read. Its error is about all of them.
func (c *Calendar) get(ctx context.Context, op string, refs []element) (parts []part, date string, err error) {
	parts, date, err = c.getAtOnce(ctx, op, refs)
	switch {
	case !errors.Is(err, errLong) && !errors.Is(err, errMalformed):
		return parts, date, err
	case len(refs) == 1 && errors.Is(err, errMalformed):
		return []part{{err: rejected(op, provider.BadSyntax, err)}}, "", nil
	case len(refs) == 1:
		return []part{{err: rejected(op, provider.TooLarge, err)}}, "", nil
	}
	n := len(refs) / 2
	first, _, err := c.get(ctx, op, refs[:n])
	if err != nil {
		return nil, "", err
	}
	second, date, err := c.get(ctx, op, refs[n:])
	return append(first, second...), date, err
}

func (c *Calendar) getAtOnce(ctx context.Context, op string, refs []element) (parts []part, date string, err error) {
	q := call{op: op, name: "GetItem", body: el("m:GetItem", wholeShape(), el("m:ItemIds", refs...))}
	list, a, err := do[itemMessage](ctx, c.client, q)
	if err != nil {
		return nil, "", err
	}
	if len(list) != len(refs) {
		return nil, "", broken(q, a, errors.New("a part is missing"))
	}
	parts = make([]part, len(refs))
	for i := range list {
		switch e := c.client.refusal(q, a, list[i].head()); {
		case e != nil:
			parts[i].err = e
		case len(list[i].Items.Calendar) == 1:
			parts[i].item = &list[i].Items.Calendar[0]
		case len(list[i].Items.Others) > 0:
			parts[i].err = rejected(op, provider.NotAnEvent, errors.New("no calendar item"))
		default:
			return nil, "", broken(q, a, errors.New("a part without an item"))
		}
	}
	return parts, a.date(), nil
}

// exceptions fetches the changed occurrences of the series among parts, as many at a time as items.
func (c *Calendar) exceptions(ctx context.Context, op string, parts []part) error {
	var owners []int
	var refs []element
	for i, p := range parts {
		if p.item == nil {
			continue
		}
		for _, x := range p.item.Changed {
			owners, refs = append(owners, i), append(refs, itemRef(itemID{ID: x.ID.ID}))
		}
	}
	for len(refs) > 0 {
		n := min(len(refs), batchSize)
		got, _, err := c.get(ctx, op, refs[:n])
		if err != nil {
			return err
		}
		for j, g := range got {
			p := &parts[owners[j]]
			switch {
			case p.item == nil: // another of its exceptions could not be read
			case g.err != nil:
				// The series changed in between, or this part of it cannot be read: it is not taken without.
				p.item, p.err = nil, g.err
				if g.err.Class == provider.Gone || g.err.Class == provider.Conflict {
					p.err = &provider.Error{Op: op, Class: provider.Transient, Status: g.err.Status, Err: g.err.Err}
				}
			default:
				p.item.Exceptions = append(p.item.Exceptions, *g.item)
			}
		}
		refs, owners = refs[n:], owners[n:]
	}
	return nil
}

// answered turns the answer about one item into it. What the server fails on is left to be tried again.
func (c *Calendar) answered(id provider.RemoteID, p part, date string) provider.Item {
	if p.err == nil {
		return c.item(id, p.item, date)
	}
	switch p.err.Class {
	case provider.Gone:
		return provider.Item{ID: id, State: provider.StateGone}
	case provider.Forbidden:
		return provider.Item{ID: id, State: provider.StateForbidden}
	case provider.Rejected:
		code := provider.ProblemCode(p.err.Code)
		if code == "" {
			code = provider.BadSyntax
		}
		return provider.Item{ID: id, State: provider.StateUnreadable, Problem: &provider.Problem{Code: code, Detail: p.err.Status}}
	}
	return provider.Item{ID: id, State: provider.StateNotRead, Problem: &provider.Problem{Code: provider.Refused, Detail: p.err.Status}}
}

// one reads one item.
func (c *Calendar) one(ctx context.Context, op string, id provider.RemoteID) (provider.Item, error) {
	items, err := c.readChunk(ctx, op, []provider.RemoteID{id})
	if err != nil {
		return provider.Item{}, err
	}
	return items[0], nil
}
