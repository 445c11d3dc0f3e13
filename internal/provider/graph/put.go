package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

const opPut = "put"

var (
	errNoBase = errors.New("no item given that the write was planned on")
	errMails  = errors.New("the write would mail people, and nobody asked for that")
)

// Put creates or updates an item. Attendees and organiser are never part of what is sent (providers.md 2.2).
func (c *Calendar) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	if c.profile.ReadOnly {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	if w.ID == "" {
		return c.create(ctx, w)
	}
	return c.update(ctx, w)
}

// patch writes what is in p, if the event is still at a version.
func (c *Calendar) patch(ctx context.Context, id, tag string, p payload) (*answer, error) {
	return c.client.send(ctx, call{op: opPut, method: http.MethodPatch, at: c.eventPath(id), match: tag, guarded: true, body: p, write: true})
}

func (c *Calendar) update(ctx context.Context, w provider.Put) (provider.Item, error) {
	if w.Base == nil || w.Base.State != provider.StateLive || len(w.Base.Raw) == 0 {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: errNoBase}
	}
	base := c.item(w.ID, w.Base.Raw, "")
	if base.State != provider.StateLive {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: errNoBase}
	}
	if base.WouldMail > 0 && !w.Notify {
		return provider.Item{}, rejected(opPut, "", errMails)
	}
	goal, shift := icalendar.Aim(&base.Event, &w.Event, w.Fields)
	if base.Event.IsSeries() || goal.IsSeries() {
		return c.updateSeries(ctx, w, &goal, shift)
	}
	var raw event
	if err := json.Unmarshal(base.Raw, &raw); err != nil {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: err}
	}
	fields := outlook.Difference(&base.Event.Values, &goal.Values)
	if fields == 0 {
		return c.still(ctx, w.ID, w.Base.Versions)
	}
	p, err := c.render(fields, &goal.Values, &raw)
	if err != nil {
		return provider.Item{}, err
	}
	tag, err := c.guard(ctx, w.Base)
	if err != nil {
		return provider.Item{}, err
	}
	list := raw.Extended
	if fields.Has(calendar.When) {
		properties(p, &goal, "")
		list = replaced(list, p["singleValueExtendedProperties"].([]extended))
	}
	a, err := c.patch(ctx, string(w.ID), tag, p)
	if err != nil {
		return provider.Item{}, c.whyGone(ctx, opPut, w.ID, err)
	}
	q := call{op: opPut, write: true}
	it, err := c.madeBy(q, a, payload{"singleValueExtendedProperties": list})
	return it.Item, err
}

// replaced is a list of properties with some written over it.
func replaced(list, by []extended) []extended {
	out := append([]extended{}, by...)
	for _, p := range list {
		if (&event{Extended: by}).property(p.ID) == "" {
			out = append(out, p)
		}
	}
	return out
}

// still answers an item of which nothing has to be written, if it is as it was.
func (c *Calendar) still(ctx context.Context, id provider.RemoteID, versions provider.Versions) (provider.Item, error) {
	it, err := c.one(ctx, opPut, id)
	if err == nil {
		err = outlook.Still(&it, versions)
	}
	return it, err
}

// guard is the tag for If-Match. Where the base has none, the event is read now, and has to say what the write was planned on.
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

// whyGone makes sure that a write that was answered by 404 met an event that is gone, and not a calendar.
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
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "HTTP 404 to the write, and there when it was read", Err: err}
}
