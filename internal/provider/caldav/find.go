package caldav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"time"

	"tahti/internal/provider"
)

const opFind = "find item"

var noTime time.Time

// errFound ends a search early.
var errFound = errors.New("found")

// Find looks for what a creation under key left: by the name that it was given, then by its UID, for another program may
// have written it anew under another name. Servers find nothing reliably by a property of ours (providers.md 4.2), and what
// they say they found by UID is checked, because SOGo ignores filters.
func (c *Calendar) Find(ctx context.Context, key provider.Key) (provider.Item, error) {
	if key == "" {
		return provider.Item{}, &provider.Error{Op: opFind, Class: provider.Rejected, Err: errNoKey}
	}
	item, err := c.getListed(ctx, opFind, itemName(c.path, key))
	if err != nil || item.State != provider.StateGone {
		return item, err
	}
	if c.profile.Gateway {
		return item, nil // it keeps the name, and would answer a search with all that there is
	}
	id, err := c.search(ctx, key)
	if err != nil || id == "" {
		return item, err
	}
	return c.get(ctx, opFind, id)
}

// search asks for the UID. A server that cannot search leaves it at the name, which is an answer by id.
func (c *Calendar) search(ctx context.Context, key provider.Key) (provider.RemoteID, error) {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<C:calendar-query` + xmlSpaces + `><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter>` +
		`<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match>`)
	_ = xml.EscapeText(&b, []byte(key)) // a bytes.Buffer takes everything
	b.WriteString(`</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`)
	q := call{op: opFind, method: "REPORT", url: c.url, depth: "1", mime: xmlType, body: b.Bytes()}
	var found provider.RemoteID
	_, err := c.client.multistatus(ctx, q, limits{body: listLimits.body, text: maxItem, nodes: 200}, func(r response) error {
		data := r.prop(nCalendarData).bytes()
		if !member(c.path, r.path) || !bytes.Contains(data, []byte(key)) {
			return nil
		}
		id := provider.RemoteID(r.path)
		if it := c.item(id, "", bytes.Clone(data), noTime); it.State == provider.StateLive && it.Event.UID == string(key) {
			found = id
			return errFound
		}
		return nil
	})
	switch {
	case found != "":
		return found, nil
	case err != nil && cannotSearch(err):
		return "", nil
	}
	return "", err
}

// cannotSearch: the server answered, and refused the question.
func cannotSearch(err error) bool {
	switch statusOf(err) {
	case 0, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return false
	}
	return true
}
