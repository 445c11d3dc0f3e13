package ews

import (
	"context"
	"errors"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

const opPut = "put"

var (
	errNoBase = errors.New("no item given that the write was planned on")
	errMails  = errors.New("the write concerns guests, and nobody asked for them to be told")
)

// ours are the fields of a meeting that guests do not see: their change concerns nobody else.
var ours = calendar.Fields(calendar.Busy, calendar.Private)

// Put creates or updates an item. Attendees and organiser are never part of what is sent.
func (c *Calendar) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	if c.profile.ReadOnly {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	if w.ID == "" {
		return c.create(ctx, w)
	}
	return c.update(ctx, w)
}

func (c *Calendar) update(ctx context.Context, w provider.Put) (provider.Item, error) {
	conflict := func(err error) (provider.Item, error) {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: err}
	}
	if w.Base == nil || w.Base.State != provider.StateLive {
		return conflict(errNoBase)
	}
	raw, err := parseRaw(w.Base.Raw)
	if err != nil {
		return conflict(err)
	}
	base := c.item(w.ID, raw, "")
	if base.State != provider.StateLive {
		return conflict(errNoBase)
	}
	goal, shift := icalendar.Aim(&base.Event, &w.Event, w.Fields)
	if base.Event.IsSeries() || goal.IsSeries() {
		return c.updateSeries(ctx, w, &goal, shift)
	}
	fields := outlook.Difference(&base.Event.Values, &goal.Values)
	if base.WouldMail > 0 && !w.Notify && fields&^ours != 0 {
		return provider.Item{}, rejected(opPut, "", errMails)
	}
	if fields == 0 {
		return c.still(ctx, w.ID, w.Base.Versions)
	}
	what, err := c.render(fields, &goal.Values, raw)
	if err != nil {
		return provider.Item{}, err
	}
	tag, err := c.guard(ctx, w.Base)
	if err != nil {
		return provider.Item{}, err
	}
	if fields.Has(calendar.When) {
		what.mark(&goal, "")
	}
	key, err := c.write(ctx, itemRef(itemID{string(w.ID), tag}), what, w.Notify && base.WouldMail > 0)
	if err != nil {
		return provider.Item{}, c.whyGone(ctx, opPut, w.ID, err)
	}
	return c.behind(ctx, w.ID, key, func(now *calendar.Event) bool { return outlook.Says(&now.Values, &goal.Values, icalendar.Writable) })
}

// write changes an item, if it is still at the change key that ref names, and answers the one that it is at then.
func (c *Calendar) write(ctx context.Context, ref element, what *writing, tell bool) (key string, err error) {
	send := "SendToNone"
	if tell {
		send = "SendToAllAndSaveCopy"
	}
	q := call{op: opPut, name: "UpdateItem", write: true, body: el("m:UpdateItem", el("m:ItemChanges", el("t:ItemChange", ref, what.updates()))).
		with("ConflictResolution", "NeverOverwrite", "SendMeetingInvitationsOrCancellations", send)}
	list, a, err := do[itemMessage](ctx, c.client, q)
	if err != nil {
		return "", err
	}
	if e := c.client.refusal(q, a, list[0].head()); e != nil {
		return "", e
	}
	if wrote := list[0].Items.Calendar; len(wrote) == 1 {
		key = wrote[0].ID.Key
	}
	return key, nil
}

// behind reads what a write left at a change key. Where it is at another one by now, Exchange itself may have been busy with it; or
// somebody has changed it, if it does not say what was written.
func (c *Calendar) behind(ctx context.Context, id provider.RemoteID, key string, says func(now *calendar.Event) bool) (provider.Item, error) {
	it, err := c.reread(ctx, id)
	if err == nil && it.Versions.Master().Tag != key && !says(&it.Event) {
		err = outlook.Meddled()
	}
	return it, err
}

// reread reads behind a write.
func (c *Calendar) reread(ctx context.Context, id provider.RemoteID) (provider.Item, error) {
	it, err := c.one(ctx, opPut, id)
	if err == nil {
		err = outlook.ReadBack(&it)
	}
	return it, outlook.Partial(err)
}

// still answers an item of which nothing has to be written, if it is as it was.
func (c *Calendar) still(ctx context.Context, id provider.RemoteID, versions provider.Versions) (provider.Item, error) {
	it, err := c.one(ctx, opPut, id)
	if err == nil {
		err = outlook.Still(&it, versions)
	}
	return it, err
}

// guard is the change key that a write has to match. Where the base has none, the item is read now, and has to say what the write was
// planned on.
func (c *Calendar) guard(ctx context.Context, base *provider.Item) (string, error) {
	if tag := base.Versions.Master().Tag; tag != "" {
		return tag, nil
	}
	now, err := c.one(ctx, opPut, base.ID)
	if err == nil {
		err = outlook.Unchanged(&now, base)
	}
	if err != nil {
		return "", err
	}
	return now.Versions.Master().Tag, nil
}

// whyGone makes sure that a write that met nothing met an item that is gone, and not a calendar.
func (c *Calendar) whyGone(ctx context.Context, op string, id provider.RemoteID, err error) error {
	if provider.ClassOf(err) != provider.Gone {
		return err
	}
	it, readErr := c.one(ctx, op, id)
	switch {
	case readErr != nil:
		return readErr
	case it.State == provider.StateGone:
		return err
	}
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "not found by the write, and there when it was read", Err: err}
}
