package ews

import (
	"context"
	"encoding/xml"
	"errors"

	"tahti/internal/provider"
)

const (
	opPull = "list changes"
	opList = "list items"
	// mostChanges is what the schema allows one answer to have.
	mostChanges = 512
	// maxPages bounds a listing: a million items.
	maxPages = 2000
)

// syncMessage is a page of changes.
type syncMessage struct {
	message
	State   string   `xml:"SyncState"`
	Last    *bool    `xml:"IncludesLastItemInRange"`
	Changes *changes `xml:"Changes"`
}

// changes are in the order in which they came.
type changes struct{ list []change }

type change struct {
	kind string // Create, Update, Delete or ReadFlagChange
	id   itemID
}

// UnmarshalXML implements [xml.Unmarshaler]: a list of different elements, in order. Whatever kind an item is of, its id is all that
// counts here.
func (c *changes) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			var x struct {
				ID    *itemID `xml:"ItemId"`
				Items []struct {
					XMLName xml.Name
					ID      *itemID `xml:"ItemId"`
				} `xml:",any"`
			}
			if err := d.DecodeElement(&x, &t); err != nil {
				return err
			}
			one := change{kind: t.Name.Local}
			for _, i := range x.Items {
				if i.ID != nil {
					one.id = *i.ID
				}
			}
			if x.ID != nil {
				one.id = *x.ID
			}
			c.list = append(c.list, one)
		}
	}
}

// Pull answers a [provider.Snapshot] of the whole calendar for the empty cursor, else a page of changes. SyncFolderItems lists single
// events and masters; a change of an occurrence is one of its master. Items come as StateNotRead, or StateGone: what left the folder
// is told as deleted. Read fetches the content.
//
// Requests: one where nothing changed, one for 512 changes else.
func (c *Calendar) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if known == nil {
		known = func(provider.RemoteID) provider.Versions { return nil }
	}
	if since == "" {
		return c.snapshot(ctx, known)
	}
	state, err := c.parseCursor(since)
	if err != nil {
		return nil, err
	}
	p, err := c.page(ctx, opPull, state)
	if err != nil {
		return nil, err
	}
	t := newTally()
	t.add(p.Changes.list)
	return provider.Delta{Items: t.items(known), Next: c.cursor(p.State), More: !*p.Last}, nil
}

// snapshot lists the calendar from its beginning. What changes meanwhile comes again on a later page.
func (c *Calendar) snapshot(ctx context.Context, known provider.Known) (provider.Pull, error) {
	t := newTally()
	state := ""
	for range maxPages {
		p, err := c.page(ctx, opList, state)
		if err != nil {
			return nil, err
		}
		t.add(p.Changes.list)
		if state = p.State; *p.Last {
			return provider.Snapshot{Items: t.items(known), Next: c.cursor(state), Whole: provider.NewWhole(provider.Range{}, t.present())}, nil
		}
	}
	return nil, &provider.Error{Op: opList, Class: provider.Transient, Code: provider.CodeServer, Status: "a list without an end"}
}

// page is one page of changes since a state. An answer that does not say all of what it should is no news, also no empty one (I6).
func (c *Calendar) page(ctx context.Context, op, state string) (*syncMessage, error) {
	q := call{op: op, name: "SyncFolderItems", body: el("m:SyncFolderItems", idOnly(),
		el("m:SyncFolderId", folderRef(c.folder)), word("m:SyncState", state).unless(state == ""),
		word("m:MaxChangesReturned", itoa(mostChanges)), word("m:SyncScope", "NormalItems"))}
	list, a, err := do[syncMessage](ctx, c.client, q)
	if err != nil {
		return nil, err
	}
	p := &list[0]
	if e := c.client.refusal(q, a, p.head()); e != nil {
		return nil, e
	}
	switch {
	case p.State == "" || p.Last == nil || p.Changes == nil:
		return nil, broken(q, a, errors.New("a page without its state, its end or its changes"))
	case !*p.Last && p.State == state:
		return nil, broken(q, a, errors.New("a page that leads to itself"))
	}
	for _, x := range p.Changes.list {
		if x.id.ID == "" {
			return nil, broken(q, a, errors.New("a change of nothing"))
		}
	}
	return p, nil
}

// tally gathers what pages say about items: each once, as it was said last.
type tally struct {
	at    map[provider.RemoteID]int
	order []mention
}

type mention struct {
	id   provider.RemoteID
	tag  string
	gone bool
}

func newTally() *tally { return &tally{at: map[provider.RemoteID]int{}} }

func (t *tally) add(list []change) {
	for _, x := range list {
		id := provider.RemoteID(x.id.ID)
		m := mention{id: id, tag: x.id.Key, gone: x.kind == "Delete"}
		switch i, seen := t.at[id]; {
		case x.kind == "ReadFlagChange":
		case seen:
			t.order[i] = m
		default:
			t.at[id] = len(t.order)
			t.order = append(t.order, m)
		}
	}
}

// items are what the caller does not hold as it is.
func (t *tally) items(known provider.Known) []provider.Item {
	var out []provider.Item
	for _, m := range t.order {
		held := known(m.id)
		switch {
		case m.gone && held != nil:
			out = append(out, provider.Item{ID: m.id, State: provider.StateGone})
		case !m.gone && (m.tag == "" || held.Master().Tag != m.tag):
			it := provider.Item{ID: m.id}
			if m.tag != "" {
				it.Versions = provider.One(m.tag)
			}
			out = append(out, it)
		}
	}
	return out
}

// present are the items that are there.
func (t *tally) present() []provider.RemoteID {
	ids := make([]provider.RemoteID, 0, len(t.order))
	for _, m := range t.order {
		if !m.gone {
			ids = append(ids, m.id)
		}
	}
	return ids
}
