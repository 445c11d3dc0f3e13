package caldav

import (
	"context"
	"net/http"

	"tahti/internal/provider"
)

const opRemove = "remove"

// Remove deletes an item; one that is gone already is success.
//
// As an invitee, a deletion makes the server decline, and as an organiser, cancel: Schedule-Reply: F silences the first
// on some servers and the second on none (providers.md 4.1), so it is not sent. Callers look at Item.Invited and
// Item.WouldMail before they ask.
func (c *Calendar) Remove(ctx context.Context, r provider.Remove) error {
	if c.profile.ReadOnly {
		return &provider.Error{Op: opRemove, Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	// SOGo deletes whatever If-Match says (providers.md trap 6): guarded reads first where the guard does not hold.
	_, guard, err := c.guarded(ctx, opRemove, r.ID, r.Base)
	if err != nil {
		return unlessGone(err)
	}
	u, err := c.itemURL(opRemove, r.ID)
	if err != nil {
		return err
	}
	q := call{op: opRemove, method: http.MethodDelete, url: u, match: guard, write: true}
	a, err := c.client.send(ctx, q)
	if err != nil {
		return err
	}
	defer a.close()
	err = c.client.done(q, a)
	if err != nil && provider.ClassOf(err) == provider.Conflict {
		_, err = c.whyNot(ctx, opRemove, r.ID, guard, nil, err)
	}
	return unlessGone(err)
}

func unlessGone(err error) error {
	if err != nil && provider.ClassOf(err) == provider.Gone {
		return nil
	}
	return err
}
