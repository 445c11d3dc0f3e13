package caldav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"

	"tahti/internal/provider"
)

const opRead = "read items"

// Read answers items with their content, by calendar-multiget in batches of 100, or singly.
//
// Nothing is called gone on the word of a multiget: DAViCal and Sabre leave out what they do not find, and a search
// index may lag. What is missing there is asked for by itself, and before a 404 counts, the calendar has to answer: if it
// is the calendar that is gone, that is an error and no news of its items.
//
// An item that the server fails on, while it gives others, is answered as StateNotRead with a problem: it can be tried
// again without holding up the rest.
func (c *Calendar) Read(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	items := make([]provider.Item, 0, len(ids))
	for chunk := range slices.Chunk(ids, batch) {
		got, err := c.readChunk(ctx, chunk)
		if err != nil {
			return nil, err
		}
		items = append(items, got...)
	}
	return items, nil
}

func (c *Calendar) readChunk(ctx context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	for _, id := range ids {
		if _, err := c.itemURL(opRead, id); err != nil {
			return nil, err
		}
	}
	found := make(map[provider.RemoteID]provider.Item, len(ids))
	if c.profile.Multiget && len(ids) > 1 {
		if err := c.multiget(ctx, ids, found); err != nil {
			if !aboutItems(err) {
				return nil, err
			}
			clear(found) // what came before a broken answer broke is not trusted
		}
	}
	var single error
	failed, gone := 0, false
	for _, id := range ids {
		if _, ok := found[id]; ok {
			continue
		}
		item, err := c.get(ctx, opRead, id)
		switch {
		case err == nil:
			found[id] = item
			gone = gone || item.State == provider.StateGone
		case aboutItems(err) && (len(found) > 0 || failed < 3):
			single = err
			failed++
		default:
			return nil, err
		}
	}
	if gone {
		if _, err := c.head(ctx); err != nil {
			return nil, err
		}
	}
	if single != nil && len(found) == 0 {
		return nil, single
	}
	items := make([]provider.Item, len(ids))
	for i, id := range ids {
		item, ok := found[id]
		if !ok {
			item = provider.Item{ID: id, State: provider.StateNotRead, Problem: &provider.Problem{Code: provider.Refused, Detail: single.Error()}}
		}
		items[i] = item
	}
	return items, nil
}

// aboutItems reports whether an error may come from single items, one that the server stumbles over, so that asking for
// each by itself helps the others. Sign-in, limits, the network and the calendar itself are not about items.
func aboutItems(err error) bool {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return false
	}
	switch e.Class {
	case provider.SignIn, provider.RateLimited, provider.Gone, provider.CursorLost:
		return false
	case provider.Forbidden, provider.Transient:
		return e.Code == provider.CodeServer || e.Code == provider.CodeNoPermission
	}
	return true
}

// multiget asks for items in one request and fills in what was answered with content.
func (c *Calendar) multiget(ctx context.Context, ids []provider.RemoteID, found map[provider.RemoteID]provider.Item) error {
	asked := make(map[provider.RemoteID]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	type part struct {
		item     provider.Item
		modified string
	}
	var parts []part
	q := call{op: opRead, method: "REPORT", url: c.url, depth: "1", mime: xmlType, body: multigetBody(ids)}
	l := limits{body: 128 << 20, text: maxItem, nodes: 200}
	sum, err := c.client.multistatus(ctx, q, l, func(r response) error {
		id := provider.RemoteID(r.path)
		if !asked[id] {
			return nil // Radicale answers a calendar's own href with all that is in it
		}
		tag := c.tag(r.prop(nETag).trimmed())
		data := r.prop(nCalendarData)
		switch {
		case r.status() == http.StatusForbidden, r.propStatus(nCalendarData) == http.StatusForbidden:
			found[id] = provider.Item{ID: id, State: provider.StateForbidden, Versions: provider.One(tag)}
		case data != nil && data.cut:
			found[id] = tooLarge(id, tag)
		case data != nil && len(bytes.TrimSpace(data.text)) > 0:
			parts = append(parts, part{c.item(id, tag, bytes.Clone(data.text), noTime), r.prop(nLastModified).trimmed()})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range parts {
		p.item.Modified = c.lastModified(p.modified, sum.header)
		found[p.item.ID] = p.item
	}
	return nil
}

func multigetBody(ids []provider.RemoteID) []byte {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<C:calendar-multiget` + xmlSpaces + `><D:prop><D:getetag/><D:getlastmodified/><C:calendar-data/></D:prop>`)
	for _, id := range ids {
		b.WriteString(`<D:href>`)
		_ = xml.EscapeText(&b, []byte(encodePath(string(id)))) // a bytes.Buffer takes everything
		b.WriteString(`</D:href>`)
	}
	b.WriteString(`</C:calendar-multiget>`)
	return b.Bytes()
}

// get reads one item. 404 and 403 are states of it. Nothing around the text of an answer says that it is the item's: what
// cannot be read may have been garbled on the way, and would be set aside until somebody changes it. So it is asked for
// again, in a report, whose XML would break; and by itself where the server answers no report about it.
func (c *Calendar) get(ctx context.Context, op string, id provider.RemoteID) (provider.Item, error) {
	first, err := c.fetch(ctx, op, id)
	if err != nil || first.State != provider.StateUnreadable || first.Problem.Code != provider.BadSyntax {
		return first, err
	}
	found := map[provider.RemoteID]provider.Item{}
	err = c.multiget(ctx, []provider.RemoteID{id}, found)
	if item, ok := found[id]; ok && err == nil {
		return item, nil
	}
	if err != nil && !aboutItems(err) {
		return provider.Item{}, err
	}
	second, err := c.fetch(ctx, op, id)
	if err == nil && second.State == provider.StateUnreadable && !bytes.Equal(first.Raw, second.Raw) {
		return provider.Item{}, &provider.Error{Op: op, Class: provider.Transient, Err: fmt.Errorf("read item: two answers differ: %s", second.Problem.Detail)}
	}
	return second, err
}

// fetch asks for one item once.
func (c *Calendar) fetch(ctx context.Context, op string, id provider.RemoteID) (provider.Item, error) {
	u, err := c.itemURL(op, id)
	if err != nil {
		return provider.Item{}, err
	}
	q := call{op: op, method: http.MethodGet, url: u}
	a, err := c.client.send(ctx, q)
	if err != nil {
		return provider.Item{}, err
	}
	defer a.close()
	switch a.status {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return provider.Item{ID: id, State: provider.StateGone}, nil
	case http.StatusForbidden:
		return provider.Item{ID: id, State: provider.StateForbidden}, nil
	default:
		return provider.Item{}, c.client.refused(q, a)
	}
	if kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); kind == "text/html" {
		return provider.Item{}, broken(op, a, fmt.Errorf("read item: a web page instead of a calendar object"))
	}
	tag := c.tag(a.header.Get("Etag"))
	raw, err := io.ReadAll(io.LimitReader(a.body, int64(maxItem)+1))
	if err != nil {
		return provider.Item{}, broken(op, a, err)
	}
	if len(raw) > maxItem {
		return tooLarge(id, tag), nil
	}
	return c.item(id, tag, raw, c.lastModified(a.header.Get("Last-Modified"), a.header)), nil
}
