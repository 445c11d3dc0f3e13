package caldav

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"tahti/internal/provider"
)

const (
	opPut    = "put"
	icalType = "text/calendar; charset=utf-8"
)

var (
	errNoKey  = errors.New("no key given")
	errNoBase = errors.New("no item given that the write was planned on")
)

// Put creates or updates an item. ORGANIZER and ATTENDEE are never added: SOGo ignores SCHEDULE-AGENT and Sabre treats NONE
// as SERVER, so nothing in the text keeps such a server from inviting (providers.md trap 7).
func (c *Calendar) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	if c.profile.ReadOnly {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	if w.ID == "" {
		return c.create(ctx, w)
	}
	return c.update(ctx, w)
}

func (c *Calendar) create(ctx context.Context, w provider.Put) (provider.Item, error) {
	if w.Key == "" {
		return provider.Item{}, rejected(errNoKey)
	}
	id := itemName(c.path, w.Key)
	if c.profile.Guard != provider.GuardFull {
		// SOGo and Google ignore If-None-Match: * and overwrite (providers.md trap 6, 4.3): what an earlier try left, and what
		// a person may have changed in it since, is looked for first.
		if item, err := c.getListed(ctx, opPut, id); err != nil || item.State != provider.StateGone {
			item.Found = true
			return item, err
		}
	}
	raw, err := c.render(w)
	if err != nil {
		return provider.Item{}, err
	}
	item, err := c.write(ctx, call{create: true}, id, nil, raw)
	switch {
	case err == nil:
		return item, nil
	case provider.ClassOf(err) == provider.Conflict, aboutUID(err):
		// It is there already: an earlier try whose reply was lost.
		if item, findErr := c.Find(ctx, w.Key); findErr != nil || item.State != provider.StateGone {
			item.Found = true
			return item, findErr
		}
		if provider.ClassOf(err) == provider.Conflict {
			return provider.Item{}, refusedText(err) // DAViCal answers 412 to what it cannot parse (providers.md 4.2)
		}
	case provider.ClassOf(err) == provider.Gone:
		if _, headErr := c.head(ctx); headErr != nil {
			return provider.Item{}, headErr
		}
		return provider.Item{}, refusedText(err) // SOGo answers 404 to what it cannot parse (providers.md 4.2)
	}
	return provider.Item{}, err
}

func (c *Calendar) update(ctx context.Context, w provider.Put) (provider.Item, error) {
	base, guard, err := c.guarded(ctx, opPut, w.ID, w.Base)
	if err != nil {
		return provider.Item{}, err
	}
	if len(base.Raw) == 0 {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: errNoBase}
	}
	raw, err := c.patch(w, base)
	if err != nil {
		return provider.Item{}, err
	}
	item, err := c.write(ctx, call{match: guard}, w.ID, &base, raw)
	if class := provider.ClassOf(err); err != nil && (class == provider.Conflict || class == provider.Gone) && statusOf(err) != 0 {
		return c.whyNot(ctx, opPut, w.ID, guard, raw, err)
	}
	return item, err
}

// guarded returns the item to patch and the tag for If-Match. Where If-Match does not hold, the item is read now, and has
// to say what the write was planned on; what lies between this and the write is the stated exemption (I2, I16).
func (c *Calendar) guarded(ctx context.Context, op string, id provider.RemoteID, base *provider.Item) (provider.Item, string, error) {
	if base == nil {
		return provider.Item{}, "", &provider.Error{Op: op, Class: provider.Conflict, Err: errNoBase}
	}
	tag := tagOf(base)
	if c.profile.Guard != provider.GuardNone && strong(tag) != "" {
		return *base, tag, nil
	}
	now, err := c.get(ctx, op, id)
	switch {
	case err != nil:
		return now, "", err
	case now.State == provider.StateGone:
		return now, "", &provider.Error{Op: op, Class: provider.Gone}
	case now.State == provider.StateForbidden:
		return now, "", &provider.Error{Op: op, Class: provider.Forbidden, Code: provider.CodeNoPermission}
	case now.State != provider.StateLive, tag != "" && tagOf(&now) != tag, !c.unchanged(&now, base):
		return now, "", &provider.Error{Op: op, Class: provider.Conflict, Status: "read before writing"}
	}
	// The fresh text is patched: what we do not model may have moved without a trace in the tag.
	return now, strong(tagOf(&now)), nil
}

// unchanged compares the text, and where a server writes it differently each time, what it says.
func (c *Calendar) unchanged(now, base *provider.Item) bool {
	if string(now.Raw) == string(base.Raw) {
		return true
	}
	was := c.item(base.ID, "", base.Raw, noTime)
	return was.State == provider.StateLive && sameEvent(&now.Event, &was.Event)
}

// write sends the text and answers what the server then holds.
//
// 2xx is not proof. Xandikos says 207 and 412 inside it. An answer without a strong ETag means that the server rewrote
// the text (RFC 4791 section 5.3.4: Cyrus when it normalises, Sabre when it schedules), and SOGo lets two writers win: then the
// item is read back, and an update has to say what we sent. If it does not, somebody has written since: what of it is ours must not be
// read as their edit, so that this is no conflict, of which nothing is there.
func (c *Calendar) write(ctx context.Context, q call, id provider.RemoteID, base *provider.Item, raw []byte) (provider.Item, error) {
	if limit := c.profile.MaxSize; limit > 0 && len(raw) > limit {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Rejected, Code: provider.CodeTooLarge, Status: fmt.Sprintf("%d bytes, the server takes %d", len(raw), limit)}
	}
	u, err := c.itemURL(opPut, id)
	if err != nil {
		return provider.Item{}, err
	}
	sent := c.item(id, "", raw, noTime)
	if c.profile.Gateway {
		if raw, err = said(raw, base, &sent.Event); err != nil {
			return provider.Item{}, err
		}
	}
	q.op, q.method, q.url, q.mime, q.body, q.write = opPut, http.MethodPut, u, icalType, raw, true
	a, err := c.client.send(ctx, q)
	if err != nil {
		return provider.Item{}, err
	}
	defer a.close()
	if err := c.client.done(q, a); err != nil {
		return provider.Item{}, err
	}
	if tag := strong(normalTag(a.header.Get("Etag"))); tag != "" && a.status != http.StatusMultiStatus && c.profile.Guard != provider.GuardNone {
		sent.Versions = provider.One(tag)
		return sent, nil
	}
	held, err := c.readBehind(ctx, id, a)
	switch {
	case err != nil:
		return held, &provider.Error{Op: opPut, Class: provider.Unknown, Status: "stored, but could not be read back", Err: err}
	case held.State != provider.StateLive:
		return held, &provider.Error{Op: opPut, Class: provider.Unknown, Status: "read back as " + held.State.String()}
	case !q.create && !c.holds(&held.Event, &sent.Event):
		return held, &provider.Error{Op: opPut, Class: provider.Unknown, Status: "stored, and read back as something else"}
	}
	return held, nil
}

// done tells whether a write succeeded, also where 207 holds the real answer (Xandikos, providers.md trap 8).
func (c *client) done(q call, a *answer) error {
	switch {
	case a.status == http.StatusMultiStatus:
		inner := 0
		var conditions []string
		_, err := readTree(a.body, limits{body: 1 << 20, text: 4096, nodes: 500}, func(n *node) error {
			r := response{node: n}
			if s := r.status(); n.name == nResponse && (inner == 0 || s >= 300) {
				inner, conditions = s, r.conditions()
			}
			return nil
		})
		if err != nil || inner == 0 {
			return &provider.Error{Op: q.op, Class: provider.Unknown, Code: provider.CodeServer, Status: "HTTP 207 that does not say what happened", Err: err}
		}
		if inner >= 300 {
			return c.classify(q, inner, a.header, conditions)
		}
		return nil
	case a.status >= 200 && a.status < 300:
		return nil
	}
	return c.refused(q, a)
}

// whyNot finds out why a guarded write was refused: 412 and 404 have several meanings on several servers. If the item
// says what was sent, the request came twice and the first one was taken.
func (c *Calendar) whyNot(ctx context.Context, op string, id provider.RemoteID, guard string, sent []byte, refusal error) (provider.Item, error) {
	now, err := c.get(ctx, op, id)
	if err != nil {
		return now, err
	}
	e := &provider.Error{Op: op, Class: provider.Conflict, Status: fmt.Sprintf("HTTP %d", statusOf(refusal)), Err: refusal}
	switch ours := c.item(id, "", sent, noTime); {
	case now.State == provider.StateGone:
		e.Class = provider.Gone
	case sent != nil && now.State == provider.StateLive && ours.State == provider.StateLive && sameEvent(&now.Event, &ours.Event):
		return now, nil
	case guard != "" && tagOf(&now) == guard:
		e.Class = provider.Rejected // the guard holds, so it was the text: DAViCal, as above
	}
	return now, e
}

func refusedText(refusal error) error {
	return &provider.Error{Op: opPut, Class: provider.Rejected, Status: fmt.Sprintf("HTTP %d", statusOf(refusal)), Err: refusal}
}
