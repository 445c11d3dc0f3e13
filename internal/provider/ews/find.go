package ews

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

const (
	opFind = "find item"
	// hitsPage is how many items a search answers, and how many of the newest are looked through.
	hitsPage = 100
)

var errNoKey = errors.New("no key given")

type findMessage struct {
	message
	Root struct {
		Items struct {
			Calendar []item `xml:"CalendarItem"`
		} `xml:"Items"`
	} `xml:"RootFolder"`
}

// Find looks for what a creation under key left, by the property that it wrote. Copies carry the property too: the oldest comes first. A
// search may lag behind what was just made [M]; so the newest items are looked through besides.
func (c *Calendar) Find(ctx context.Context, key provider.Key) (provider.Item, error) {
	it, err := c.byKey(ctx, opFind, key)
	if err != nil || it.State != provider.StateGone {
		return it, err
	}
	return c.amongNewest(ctx, opFind, key)
}

// byKey answers StateGone if there is none.
func (c *Calendar) byKey(ctx context.Context, op string, key provider.Key) (provider.Item, error) {
	if key == "" {
		return provider.Item{}, rejected(op, "", errNoKey)
	}
	restriction := el("m:Restriction", el("t:IsEqualTo", ownField(outlook.KeyProperty), el("t:FieldURIOrConstant", el("t:Constant").with("Value", string(key)))))
	hits, err := c.hits(ctx, op, restriction, element{}, key)
	if err != nil {
		return provider.Item{}, err
	}
	return c.first(ctx, op, hits)
}

func (c *Calendar) amongNewest(ctx context.Context, op string, key provider.Key) (provider.Item, error) {
	order := el("m:SortOrder", el("t:FieldOrder", field("item:DateTimeCreated")).with("Order", "Descending"))
	hits, err := c.hits(ctx, op, element{}, order, key)
	if err != nil {
		return provider.Item{}, err
	}
	return c.first(ctx, op, hits)
}

// first is the oldest of some that is still there.
func (c *Calendar) first(ctx context.Context, op string, hits []item) (provider.Item, error) {
	for _, x := range hits {
		if it, err := c.one(ctx, op, provider.RemoteID(x.ID.ID)); err != nil || it.State != provider.StateGone {
			return it, err
		}
	}
	return provider.Item{State: provider.StateGone}, nil
}

// hits are the items of the calendar that have a key, the oldest first: whatever the server compares by, what it answers is looked at.
func (c *Calendar) hits(ctx context.Context, op string, restriction, order element, key provider.Key) ([]item, error) {
	q := call{op: op, name: "FindItem", body: el("m:FindItem", idOnly(field("item:DateTimeCreated"), ownField(outlook.KeyProperty)),
		el("m:IndexedPageItemView").with("MaxEntriesReturned", itoa(hitsPage), "Offset", "0", "BasePoint", "Beginning"),
		restriction, order, el("m:ParentFolderIds", folderRef(c.folder))).with("Traversal", "Shallow")}
	list, a, err := do[findMessage](ctx, c.client, q)
	if err != nil {
		return nil, err
	}
	if e := c.client.refusal(q, a, list[0].head()); e != nil {
		return nil, e
	}
	found := slices.DeleteFunc(list[0].Root.Items.Calendar, func(x item) bool {
		return x.ID.ID == "" || x.property(outlook.KeyProperty) != string(key)
	})
	slices.SortStableFunc(found, func(x, y item) int {
		a, errA := time.Parse(time.RFC3339, x.Created)
		b, errB := time.Parse(time.RFC3339, y.Created)
		if errA == nil && errB == nil && !a.Equal(b) {
			return a.Compare(b)
		}
		return strings.Compare(x.ID.ID, y.ID.ID)
	})
	return found, nil
}
