package caldav

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"tahti/internal/provider"
)

const (
	opPull = "list changes"
	opHead = "look at the calendar"
	opList = "list items"
)

// Pull answers a [provider.Snapshot] of the whole calendar for the empty cursor, and changes after that. Items come as
// StateNotRead with their tags, or as StateGone and StateForbidden; Read fetches the content.
//
// Requests: one where nothing changed, two for a snapshot.
func (c *Calendar) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if known == nil {
		known = func(provider.RemoteID) provider.Versions { return nil }
	}
	k := cursor{}
	if since != "" {
		var err error
		if k, err = c.parseCursor(since); err != nil {
			return nil, err
		}
		if k.Kind == bySync {
			return c.changes(ctx, k.Token, known)
		}
	}
	if !c.profile.Sync && !c.profile.CTag {
		return c.snapshot(ctx, head{}, known)
	}
	h, err := c.head(ctx)
	if err != nil {
		return nil, err
	}
	if k.Kind == byCTag && h.ctag == k.Token {
		return provider.Delta{Next: since}, nil
	}
	return c.snapshot(ctx, h, known)
}

// head is the state of the collection itself.
type head struct{ token, ctag string }

var headProps = propfind(`<D:resourcetype/><D:sync-token/><S:getctag/>`)

// head asks for the collection's tokens, and makes sure that it is still a calendar.
func (c *Calendar) head(ctx context.Context) (head, error) {
	var h head
	seen := false
	q := call{op: opHead, method: "PROPFIND", url: c.url, depth: "0", mime: xmlType, body: headProps}
	_, err := c.client.multistatus(ctx, q, listLimits, func(r response) error {
		if !samePath(r.path, c.path) && r.status() == 0 {
			return fmt.Errorf("asked for %s, got %s", c.path, r.path)
		}
		if err := c.collectionError(q, r); err != nil {
			return err
		}
		h.token, h.ctag, seen = r.prop(nSyncToken).trimmed(), r.prop(nCTag).trimmed(), true
		return nil
	})
	if err == nil && !seen {
		err = emptyAnswer(q.op)
	}
	return h, err
}

// collectionError is what a response about the collection itself says beside success: Xandikos answers 404 and others
// inside a 207; and a collection that was asked for its type has to be a calendar still.
func (c *Calendar) collectionError(q call, r response) error {
	if s := r.status(); s >= 300 {
		return c.client.classify(q, s, http.Header{}, r.conditions())
	}
	if q.method == "PROPFIND" && r.prop(nResourceType).kid(nCalendar) == nil {
		return &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeNotACalendar}
	}
	return nil
}

func emptyAnswer(op string) error {
	return &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "HTTP 207 without the calendar itself"}
}

// changes is one page of sync-collection (RFC 6578).
func (c *Calendar) changes(ctx context.Context, token string, known provider.Known) (provider.Pull, error) {
	d := provider.Delta{}
	q := call{op: opPull, method: "REPORT", url: c.url, depth: "0", mime: xmlType, body: syncBody(token)}
	sum, err := c.client.multistatus(ctx, q, listLimits, func(r response) error {
		id := provider.RemoteID(r.path)
		switch {
		case samePath(r.path, c.path):
			// 507 about the collection: cut short, more behind the new token (RFC 6578 section 3.6).
			if r.status() == http.StatusInsufficientStorage {
				d.More = true
				return nil
			}
			return c.collectionError(q, r)
		case !member(c.path, r.path):
			return outside(c.path, r.path)
		}
		if item, ok := c.changed(id, r, known(id)); ok {
			d.Items = append(d.Items, item)
		}
		return nil
	})
	if err != nil {
		return nil, c.tokenTrouble(ctx, err)
	}
	if sum.token == "" || d.More && sum.token == token {
		return nil, &provider.Error{Op: opPull, Class: provider.Transient, Code: provider.CodeServer, Status: "HTTP 207 without a token to go on from"}
	}
	d.Next = c.cursor(bySync, sum.token)
	return d, nil
}

// outside refuses an answer about something that is not directly in the calendar. Leaving it out instead would make a
// calendar that moved look empty. A collection below the calendar ends in a slash and is none of our business.
func outside(collection, path string) error {
	if len(path) > len(collection) && path[:len(collection)] == collection {
		return nil
	}
	return fmt.Errorf("asked about %s, got %s", collection, path)
}

// changed turns one response of a delta into an item; false if it says nothing new.
func (c *Calendar) changed(id provider.RemoteID, r response, held provider.Versions) (provider.Item, bool) {
	switch r.status() {
	case http.StatusNotFound, http.StatusGone:
		// Radicale lists what was deleted long ago; of what we never held, nothing need be said.
		return provider.Item{ID: id, State: provider.StateGone}, held != nil
	case http.StatusForbidden:
		return provider.Item{ID: id, State: provider.StateForbidden}, true
	}
	return c.listed(id, r, held)
}

// listed turns a response about a member that exists into an item; false if the caller holds this version, or if it is
// no event.
func (c *Calendar) listed(id provider.RemoteID, r response, held provider.Versions) (provider.Item, bool) {
	if held == nil && notEvent(r) {
		return provider.Item{}, false
	}
	if r.propStatus(nETag) == http.StatusForbidden {
		return provider.Item{ID: id, State: provider.StateForbidden}, true
	}
	tag := c.tag(r.prop(nETag).trimmed())
	item := provider.Item{ID: id, Versions: provider.One(tag)}
	// DAViCal and SOGo repeat the changes of the token's own second.
	return item, !sameVersion(held, tag) || c.restarted(tag)
}

// restarted reports whether an equal tag proves nothing: a counter that starts again when an item is deleted and made
// anew is at its start (SOGo's "gcs00000000", providers.md trap 6). Reading once more is cheap, an edit missed is not.
func (c *Calendar) restarted(tag string) bool {
	return c.profile.Counted && strings.Trim(tag, `"gcs0`) == ""
}

// notEvent reports whether the content type says that it is a task or a journal. Servers that do not say are read.
func notEvent(r response) bool {
	kind := bytes.ToLower(r.prop(nContentType).bytes())
	i := bytes.Index(kind, []byte("component="))
	if i < 0 {
		return false
	}
	component := bytes.TrimLeft(kind[i+len("component="):], `"`)
	return bytes.HasPrefix(component, []byte("vtodo")) || bytes.HasPrefix(component, []byte("vjournal")) ||
		bytes.HasPrefix(component, []byte("vfreebusy")) || bytes.HasPrefix(component, []byte("vavailability"))
}

// tokenTrouble tells a token that is no longer taken from other trouble. Some servers name it (403 valid-sync-token),
// Xandikos answers 500, others 400, 409, 410 or 412; 507 says that there is more than the server tells in one answer (RFC
// 6578 section 3.6). So where the refusal could be about the token, the calendar itself is looked at: if it answers, it
// is the token. Starting again is always safe.
func (c *Calendar) tokenTrouble(ctx context.Context, err error) error {
	switch s := statusOf(err); {
	case provider.ClassOf(err) == provider.CursorLost:
		return err
	case s == http.StatusUnauthorized, s == http.StatusTooManyRequests,
		s < 400, s > http.StatusInternalServerError && s != http.StatusNotImplemented && s != http.StatusInsufficientStorage:
		return err
	}
	if _, headErr := c.head(ctx); headErr != nil {
		return headErr
	}
	return &provider.Error{Op: opPull, Class: provider.CursorLost, Status: fmt.Sprintf("HTTP %d", statusOf(err)), Err: err}
}

func syncBody(token string) []byte {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<D:sync-collection xmlns:D="DAV:"><D:sync-token>`)
	_ = xml.EscapeText(&b, []byte(token)) // a bytes.Buffer takes everything
	b.WriteString(`</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/><D:getcontenttype/></D:prop></D:sync-collection>`)
	return b.Bytes()
}
