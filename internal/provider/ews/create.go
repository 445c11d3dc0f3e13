package ews

import (
	"context"
	"errors"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

var errNoTime = errors.New("an event without a known time")

// create makes an item under its key, a property by which it is found. Exchange itself refuses no second one: so it is looked for
// before, and, where an earlier request may still have been under way, after.
func (c *Calendar) create(ctx context.Context, w provider.Put) (provider.Item, error) {
	if w.Key == "" {
		return provider.Item{}, rejected(opPut, "", errNoKey)
	}
	e, fields := outlook.Said(&w)
	if !fields.Has(calendar.When) {
		return provider.Item{}, rejected(opPut, "", errNoTime)
	}
	what, err := c.render(fields, &e.Values, nil)
	if err != nil {
		return provider.Item{}, err
	}
	if e.IsSeries() {
		if err := what.recurs(&e); err != nil {
			return provider.Item{}, err
		}
		if err := outlook.Crossing(&e); err != nil {
			return provider.Item{}, err
		}
	}
	what.mark(&e, w.Key)
	if it, err := c.earlier(ctx, &w); err != nil || it.State != provider.StateGone {
		it.Found = true
		return it, err
	}
	at, err := c.make(ctx, what)
	if err != nil {
		return provider.Item{}, err
	}
	id := provider.RemoteID(at.ID)
	if !w.Tried.IsZero() {
		if it, found, err := c.onlyOne(ctx, id, w.Key); err != nil || found {
			return it, err
		}
	}
	made, err := c.behind(ctx, id, at.Key, func(now *calendar.Event) bool { return outlook.Says(&now.Values, &e.Values, fields) })
	if err == nil && len(made.Event.Overrides)+len(made.Event.Cancelled) > 0 {
		err = outlook.Meddled() // nothing was said of any date yet, whatever has a change key of its own
	}
	if err != nil || len(e.Overrides)+len(e.Cancelled) == 0 {
		return made, err
	}
	goal := made.Event.Clone() // what was not said is as Exchange has it
	goal.Overrides, goal.Cancelled = e.Overrides, e.Cancelled
	goal.Normalize()
	it, err := c.finish(ctx, made, &goal, true, false)
	if err != nil && provider.ClassOf(err) == provider.Rejected {
		err = c.undo(ctx, id, err)
	}
	return it, err
}

// make sends a creation and answers its id, with the change key that it was made at.
func (c *Calendar) make(ctx context.Context, what *writing) (itemID, error) {
	q := call{op: opPut, name: "CreateItem", write: true, creates: true, body: el("m:CreateItem",
		el("m:SavedItemFolderId", folderRef(c.folder)), el("m:Items", what.item())).with("SendMeetingInvitations", "SendToNone")}
	list, a, err := do[itemMessage](ctx, c.client, q)
	if err != nil {
		return itemID{}, err
	}
	if e := c.client.refusal(q, a, list[0].head()); e != nil {
		return itemID{}, e
	}
	if made := list[0].Items.Calendar; len(made) == 1 && made[0].ID.ID != "" {
		return made[0].ID, nil
	}
	return itemID{}, broken(q, a, errors.New("no item in the answer"))
}

// earlier finds what an earlier try has left; StateGone if it left nothing.
func (c *Calendar) earlier(ctx context.Context, w *provider.Put) (provider.Item, error) {
	it, err := c.byKey(ctx, opPut, w.Key)
	if err == nil && it.State == provider.StateGone && !w.Tried.IsZero() {
		it, err = c.amongNewest(ctx, opPut, w.Key)
	}
	return it, err
}

// onlyOne takes a creation back if the one whose reply was lost has come through after all, and answers that.
func (c *Calendar) onlyOne(ctx context.Context, made provider.RemoteID, key provider.Key) (it provider.Item, found bool, err error) {
	restriction := el("m:Restriction", el("t:IsEqualTo", ownField(outlook.KeyProperty), el("t:FieldURIOrConstant", el("t:Constant").with("Value", string(key)))))
	hits, err := c.hits(ctx, opPut, restriction, element{}, key)
	if err != nil {
		return it, false, outlook.Partial(err)
	}
	if len(hits) < 2 || hits[0].ID.ID == string(made) {
		return it, false, nil
	}
	if err := c.delete(ctx, opPut, el("t:ItemId").with("Id", string(made)), false); err != nil && provider.ClassOf(err) != provider.Gone {
		return it, false, outlook.Partial(err)
	}
	it, err = c.first(ctx, opPut, hits[:1])
	it.Found = true
	return it, true, outlook.Partial(err)
}

// undo takes a creation back whose occurrences Exchange does not take: nobody has seen it, and the half of it would come in as
// somebody's event.
func (c *Calendar) undo(ctx context.Context, id provider.RemoteID, why error) error {
	now, err := c.one(ctx, opPut, id)
	if err != nil || now.State != provider.StateLive || now.WouldMail > 0 {
		return why
	}
	if err := c.delete(ctx, opPut, el("t:ItemId").with("Id", string(id)), false); err != nil {
		return outlook.Partial(err)
	}
	return why
}
