package caldav

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"tahti/internal/provider"
)

// DavMail puts CalDAV in front of an Exchange mailbox. It is no store: it translates each request, and much is lost or altered on the
// way, which this file, davmailtext.go and davmailzones.go make up for as far as it can be (Profile.Gateway). What is said of it was seen by running
// 6.0.1, the version of Debian 12, and read in its source; docs/providers.md lists what remains.
//
//   - An item is listed under its Exchange id, whatever it was stored as, and answers under both names. Ours is the one that is listed:
//     under the other it would be missing from the next list, and be taken for deleted.
//   - Its ETags and ctags are times of changes, in seconds. Two changes in a second have the same.
//   - If-None-Match is ignored, and so is If-Match on a DELETE: nothing on it counts as guarded.

// slack is how old a change has to be before its second proves anything, by our clock: there may be as much between that and Exchange's.
const slack = time.Minute

// young reports whether something may still change without a trace in a tag that is a time in seconds. One that is none, as a gateway to
// other services than Exchange's own may give, is a tag like others.
func (c *Calendar) young(stamp string) bool {
	at, err := time.Parse(time.RFC3339, strings.Trim(stamp, `"`))
	return err == nil && c.client.now().Sub(at) < slack
}

// tag is the version that an ETag says. A young one of the gateway's says none, so that the item is read again.
func (c *Calendar) tag(etag string) string {
	tag := normalTag(etag)
	if c.profile.Gateway && tag != "" && c.young(tag) {
		return ""
	}
	return tag
}

// unsettled is the token of a cursor at which more may have happened than its ctag says. It is no ctag that there is.
const unsettled = "unsettled"

// settled is the token that a ctag is kept as.
func (c *Calendar) settled(ctag string) string {
	if !c.profile.Gateway || ctag == "" {
		return ctag
	}
	text, err := base64.StdEncoding.DecodeString(ctag)
	times := timeForm.FindAllString(string(text), -1)
	if err != nil || len(times) == 0 || slices.ContainsFunc(times, c.young) {
		return unsettled
	}
	return ctag
}

// timeForm is a time within a ctag, which has that of the tasks beside that of the calendar.
var timeForm = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// readBehind reads what was put, under the name that it is listed under: the gateway says it beside its answer.
func (c *Calendar) readBehind(ctx context.Context, id provider.RemoteID, a *answer) (provider.Item, error) {
	if !c.profile.Gateway {
		return c.get(ctx, opPut, id)
	}
	location := a.header.Get("Location")
	if u, err := a.url.Parse(location); err == nil && location != "" && member(c.path, pathOf(u)) {
		return c.get(ctx, opPut, provider.RemoteID(pathOf(u)))
	}
	return c.getListed(ctx, opPut, id)
}

// getListed reads an item under the name that it is listed under.
func (c *Calendar) getListed(ctx context.Context, op string, id provider.RemoteID) (provider.Item, error) {
	it, err := c.get(ctx, op, id)
	if err == nil {
		it, err = c.listedAs(ctx, op, it)
	}
	return it, err
}

// listedAs answers an item, which was asked for by the name that a creation gave it, by the name under which it is listed: among those
// that have its tag it is the one with its UID.
func (c *Calendar) listedAs(ctx context.Context, op string, item provider.Item) (provider.Item, error) {
	if !c.profile.Gateway || item.State != provider.StateLive {
		return item, nil
	}
	u, err := c.itemURL(op, item.ID)
	if err != nil {
		return item, err
	}
	a, err := c.client.send(ctx, call{op: op, method: http.MethodHead, url: u})
	if err != nil {
		return item, err
	}
	tag := normalTag(a.header.Get("Etag"))
	a.close()
	var ids []provider.RemoteID
	q := call{op: op, method: "PROPFIND", url: c.url, depth: "1", mime: xmlType, body: listProps}
	if _, err = c.client.multistatus(ctx, q, listLimits, func(r response) error {
		if member(c.path, r.path) && normalTag(r.prop(nETag).trimmed()) == tag {
			ids = append(ids, provider.RemoteID(r.path))
		}
		return nil
	}); err != nil {
		return item, err
	}
	items, err := c.Read(ctx, ids)
	if err != nil {
		return item, err
	}
	for _, it := range items {
		if it.State == provider.StateLive && it.Event.UID == item.Event.UID {
			return it, nil
		}
	}
	return item, &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: fmt.Sprintf("%d are listed with the item's tag, and it is none of them", len(ids))}
}

// keyForm is how our keys look. The gateway keeps a UID, and no property that it does not know.
var keyForm = regexp.MustCompile(`^[0-9a-v]{32}$`)
