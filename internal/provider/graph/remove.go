package graph

import (
	"context"

	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

const opRemove = "remove"

// Remove deletes an item; one that is gone already is success. To remove what we organise cancels it at the others', so it is
// not done unless somebody asked for that; the copy of somebody else's meeting goes without a word.
func (c *Calendar) Remove(ctx context.Context, r provider.Remove) error {
	if c.profile.ReadOnly {
		return &provider.Error{Op: opRemove, Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	if r.Base == nil {
		return &provider.Error{Op: opRemove, Class: provider.Conflict, Err: errNoBase}
	}
	base := c.item(r.ID, r.Base.Raw, "")
	if (base.WouldMail > 0 || r.Base.WouldMail > 0) && !r.Notify {
		return rejected(opRemove, "", errMails)
	}
	tag := r.Base.Versions.Master().Tag
	if len(r.Base.Versions) > 1 || tag == "" || base.State != provider.StateLive {
		// The version of a series need not move with its exceptions: all of them are looked at before.
		now, err := c.one(ctx, opRemove, r.ID)
		switch {
		case err != nil:
			return err
		case now.State == provider.StateGone:
			return nil
		case now.WouldMail > 0 && !r.Notify:
			return rejected(opRemove, "", errMails)
		case tag != "" && !now.Versions.Equal(r.Base.Versions), tag == "" && !outlook.SameEvent(&now.Event, &base.Event):
			return &provider.Error{Op: opRemove, Class: provider.Conflict, Status: "read before writing"}
		}
		tag = now.Versions.Master().Tag
	}
	err := c.whyGone(ctx, opRemove, r.ID, c.delete(ctx, opRemove, string(r.ID), tag))
	if err != nil && provider.ClassOf(err) == provider.Gone {
		return nil
	}
	return err
}
