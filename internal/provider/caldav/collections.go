package caldav

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"tahti/internal/provider"
	"tahti/internal/recur"
)

var collectionProps = propfind(`<D:resourcetype/><D:displayname/><D:current-user-privilege-set/><D:supported-report-set/>` +
	`<C:supported-calendar-component-set/><C:calendar-timezone/><C:calendar-timezone-id/><A:calendar-color/><C:schedule-default-calendar-URL/>`)

// list answers the calendars in a home that hold events, in the server's order.
func (f *finder) list(ctx context.Context, home *url.URL) ([]Found, error) {
	var found []Found
	primary := ""
	q := call{op: opDiscover, method: "PROPFIND", url: home, depth: "1", mime: xmlType, body: collectionProps}
	sum, err := f.client.multistatus(ctx, q, listLimits, func(r response) error {
		if s := r.status(); s >= 300 {
			if samePath(r.path, pathOf(home)) {
				return f.client.classify(q, s, http.Header{}, r.conditions())
			}
			return nil // one that may not be looked at
		}
		kind := r.prop(nResourceType)
		if href := r.prop(nDefaultCalendar).kid(nHref).trimmed(); href != "" {
			primary = hrefPath(pathOf(home), href)
		}
		if kind.kid(nCalendar) == nil || kind.kid(nInbox) != nil || !holdsEvents(r.prop(nComponentSet)) {
			return nil
		}
		found = append(found, Found{
			Calendar: provider.Calendar{
				ID: r.path, Name: calendarName(r), Writable: writable(r),
				Color: hexColor(r.prop(nColor).trimmed()), TimeZone: timeZone(r),
			},
			Sync: supports(r, nSyncReport),
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range found {
		c := &found[i]
		c.Primary = primary != "" && samePath(c.ID, primary)
		c.ID = withPath(sum.url, c.ID).String()
	}
	return found, nil
}

// holdsEvents: a calendar that does not say holds everything (RFC 4791 section 5.2.3).
func holdsEvents(set *node) bool {
	if set == nil {
		return true
	}
	for _, k := range set.kids {
		if k.name == nComponent && strings.EqualFold(k.attr, "VEVENT") {
			return true
		}
	}
	return false
}

// calendarName is the display name, else the last part of the path.
func calendarName(r response) string {
	if s := r.prop(nDisplayName).trimmed(); s != "" {
		return s
	}
	path := strings.TrimSuffix(r.path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// hexColor is Apple's #RRGGBBAA as #rrggbb; empty for anything else.
func hexColor(s string) string {
	if len(s) != 7 && len(s) != 9 || s[0] != '#' {
		return ""
	}
	for i := 1; i < len(s); i++ {
		if hexDigit(s[i]) < 0 {
			return ""
		}
	}
	return strings.ToLower(s[:7])
}

// timeZone is the calendar's zone as an IANA name: RFC 7809's id, else the TZID of its VTIMEZONE; empty if neither is known.
func timeZone(r response) string {
	if zone, ok := recur.ResolveZone(r.prop(nTimeZoneID).trimmed()); ok {
		return zone
	}
	lines := bufio.NewScanner(bytes.NewReader(r.prop(nTimeZone).bytes()))
	for lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "TZID:"); ok {
			zone, _ := recur.ResolveZone(strings.TrimSpace(id))
			return zone
		}
	}
	return ""
}
