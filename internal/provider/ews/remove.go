package ews

import (
	"context"

	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

const opRemove = "remove"

// Remove deletes an item; one that is gone already is success. It goes to the deleted items, from where a person can bring it back.
// DeleteItem looks at no change key, so the item is read just before: an edit that lands exactly between is deleted with it, which
// [provider.GuardUpdate] says. To remove what we organise leaves it with the guests, so it is not done unless somebody asked for
// that, and then they are told; the copy of somebody else's meeting goes without a word.
func (c *Calendar) Remove(ctx context.Context, r provider.Remove) error {
	if c.profile.ReadOnly {
		return &provider.Error{Op: opRemove, Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	if r.Base == nil {
		return &provider.Error{Op: opRemove, Class: provider.Conflict, Err: errNoBase}
	}
	now, err := c.one(ctx, opRemove, r.ID)
	switch {
	case err != nil:
		return err
	case now.State == provider.StateGone:
		return nil
	case (now.WouldMail > 0 || r.Base.WouldMail > 0) && !r.Notify:
		return rejected(opRemove, "", errMails)
	case now.State == provider.StateForbidden:
		return &provider.Error{Op: opRemove, Class: provider.Forbidden, Code: provider.CodeNoPermission}
	case r.Base.Versions.Master().Tag != "" && !now.Versions.Equal(r.Base.Versions),
		r.Base.Versions.Master().Tag == "" && !outlook.SameEvent(&now.Event, &r.Base.Event):
		return &provider.Error{Op: opRemove, Class: provider.Conflict, Status: "read before writing"}
	}
	ref := itemRef(itemID{ID: string(r.ID), Key: now.Versions.Master().Tag}) // a server that does look at it may
	if err := c.delete(ctx, opRemove, ref, r.Notify && now.WouldMail > 0); err != nil && provider.ClassOf(err) != provider.Gone {
		return err
	}
	return nil
}

// delete moves an item, or takes an occurrence out, to the deleted items.
func (c *Calendar) delete(ctx context.Context, op string, ref element, tell bool) error {
	send := "SendToNone"
	if tell {
		send = "SendToAllAndSaveCopy"
	}
	q := call{op: op, name: "DeleteItem", write: true, body: el("m:DeleteItem", el("m:ItemIds", ref)).with("DeleteType", "MoveToDeletedItems", "SendMeetingCancellations", send)}
	list, a, err := do[message](ctx, c.client, q)
	if err != nil {
		return err
	}
	if e := c.client.refusal(q, a, &list[0]); e != nil {
		return e
	}
	return nil
}
