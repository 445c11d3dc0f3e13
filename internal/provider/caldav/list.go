package caldav

import (
	"context"
	"net/http"
	"strconv"

	"tahti/internal/provider"
)

var listProps = propfind(`<D:getetag/><D:getcontenttype/><D:resourcetype/>`)

// snapshot lists the whole calendar. h was read before the listing began, so what changes in between is listed, or comes
// again with the next pull, or both; never neither.
func (c *Calendar) snapshot(ctx context.Context, h head, known provider.Known) (provider.Pull, error) {
	s := provider.Snapshot{}
	switch {
	case c.profile.Sync && h.token != "":
		s.Next = c.cursor(bySync, c.heldBack(h.token))
	case c.profile.Sync:
		return nil, &provider.Error{Op: opHead, Class: provider.Transient, Code: provider.CodeServer, Status: "no sync-token, where there was one"}
	case c.profile.CTag && h.ctag != "":
		s.Next = c.cursor(byCTag, c.settled(h.ctag))
	case c.profile.CTag:
		return nil, &provider.Error{Op: opHead, Class: provider.Transient, Code: provider.CodeServer, Status: "no ctag, where there was one"}
	default:
		s.Next = c.cursor(byList, "")
	}
	var ids []provider.RemoteID
	self := false
	q := call{op: opList, method: "PROPFIND", url: c.url, depth: "1", mime: xmlType, body: listProps}
	_, err := c.client.multistatus(ctx, q, listLimits, func(r response) error {
		switch {
		case samePath(r.path, c.path):
			self = true
			return c.collectionError(q, r)
		case !member(c.path, r.path):
			return outside(c.path, r.path)
		}
		id := provider.RemoteID(r.path)
		switch s := memberStatus(r); {
		case s == http.StatusNotFound, s == http.StatusGone:
			return nil // deleted while the list was made
		case s == http.StatusForbidden:
		case s >= 300:
			// It may be there or not: a list with a hole proves nothing about absence.
			return c.client.classify(q, s, http.Header{}, r.conditions())
		}
		if r.prop(nResourceType).kid(nCollection) != nil {
			return nil
		}
		ids = append(ids, id)
		if item, ok := c.changed(id, r, known(id)); ok {
			s.Items = append(s.Items, item)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Depth 1 includes the collection: an answer without it is no list of this calendar, however well-formed.
	if !self {
		return nil, emptyAnswer(opList)
	}
	s.Whole = provider.NewWhole(provider.Range{}, ids)
	return s, nil
}

// memberStatus is the status of a member: its own, or that of its ETag where that is worse than "has none".
func memberStatus(r response) int {
	if s := r.status(); s != 0 {
		return s
	}
	if s := r.propStatus(nETag); s >= 400 && s != http.StatusNotFound {
		return s
	}
	return http.StatusOK
}

// heldBack is the token one second earlier, where tokens are seconds. SOGo lists what is later than a token, and in its
// answers to sync-collection stays a second behind while that second lasts; the property sync-token does not, so that
// an edit in the same second, after the property was read, would never be told (seen on SOGo 5.8.0).
func (c *Calendar) heldBack(token string) string {
	n, err := strconv.ParseUint(token, 10, 64)
	if !c.profile.Counted || err != nil || n < 2 {
		return token
	}
	return strconv.FormatUint(n-1, 10)
}
