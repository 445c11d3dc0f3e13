package google

import (
	"context"
	"errors"
	"net/http"

	"tahti/internal/provider"
)

const opRemove = "remove"

// Remove deletes an item; one that is gone already is success. As an invitee, deleting a meeting declines it: callers look at
// Item.Invited and Item.WouldMail before they ask.
func (c *Calendar) Remove(ctx context.Context, r provider.Remove) error {
	if c.profile.readOnly() {
		return &provider.Error{Op: opRemove, Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	if r.Base == nil || r.Base.Versions.Master().Tag == "" {
		return &provider.Error{Op: opRemove, Class: provider.Conflict, Err: errNoBase}
	}
	done, err := c.oneAtATime(ctx, opRemove)
	if err != nil {
		return err
	}
	defer done()
	tag := r.Base.Versions.Master().Tag
	base, err := regroup(r.Base.Raw)
	if err == nil {
		if it := c.item(base); it.State != provider.StateLive || it.Editable == 0 {
			return &provider.Error{Op: opRemove, Class: provider.Forbidden, Code: string(provider.NotWritable), Err: errors.New("not ours to delete")}
		}
	}
	if err != nil || base.master.recurs() || len(base.parts) > 0 {
		// An edit of one occurrence leaves the ETag of its series as it was, and would go with it.
		now, absent, err := c.get(ctx, opRemove, r.ID)
		switch {
		case err != nil:
			return err
		case absent:
			return c.answers(ctx, opRemove)
		case now.State == provider.StateGone:
			return nil
		case now.Versions.Master().Tag != tag:
			return &provider.Error{Op: opRemove, Class: provider.Conflict, Status: "read before writing"}
		}
	}
	q := call{op: opRemove, method: http.MethodDelete, path: c.path("events", string(r.ID)), query: sending(r.Notify), match: guardOf(tag), write: true, single: true}
	_, err = c.client.send(ctx, q)
	err = c.whyNot(ctx, q, string(r.ID), err)
	if provider.ClassOf(err) == provider.Gone && err != nil {
		if statusOf(err) == http.StatusNotFound {
			return c.answers(ctx, opRemove)
		}
		return nil
	}
	return err
}

// whyNot tells a guard that did not hold from an event that is gone: Google may answer 412 or 403 to a write of what was
// deleted (providers.md trap 3).
func (c *Calendar) whyNot(ctx context.Context, q call, id string, refusal error) error {
	s := statusOf(refusal)
	if s != http.StatusPreconditionFailed && (s != http.StatusForbidden || codeOf(refusal) != string(provider.NotWritable)) {
		return refusal
	}
	e, _, err := c.event(ctx, q.op, id)
	switch {
	case err == nil && e.Status == cancelled:
		return &provider.Error{Op: q.op, Class: provider.Gone, Status: "it was deleted", Err: refusal}
	case err == nil:
		return refusal
	}
	return err
}
