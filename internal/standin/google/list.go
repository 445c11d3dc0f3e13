package google

import (
	"slices"
	"strings"
	"time"
)

// notWithToken may not stand beside a sync token (reference, 1.5).
var notWithToken = []string{"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin"}

// noToken are those that leave a full listing without a sync token: what it holds could not be kept up.
var noToken = []string{"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin"}

// listEvents is GET events: everything, or with a sync token what has changed.
func (c *call) listEvents() *failure {
	l, f := c.opened(roleFreeBusy)
	if f != nil {
		return f
	}
	if f = c.checkListing(); f != nil {
		return f
	}
	size, f := c.pageSize(250, 2500)
	if f != nil {
		return f
	}
	p, f := c.openPage("events of "+l.shelf.id, l.shelf.seq, l.shelf.dead)
	if f != nil {
		return f
	}
	var all []keyed
	if p.synced {
		all = c.changes(l.shelf, p)
	} else {
		all = c.everything(l.shelf)
	}
	events, more := c.page(&p, all, size)
	items := []any{}
	for _, e := range events {
		items = append(items, c.view(l, e, p.synced && !c.is("showDeleted")))
	}
	body := c.listing(l, items)
	syncs := !slices.ContainsFunc(noToken, c.has)
	c.endPage(body, p, more, syncs)
	return c.answer(body)
}

// listing is the head of a list of events.
func (c *call) listing(l *listing, items []any) object {
	sh := l.shelf
	zone := c.text("timeZone")
	if zone == "" {
		zone = sh.zone
	}
	return object{
		"kind": "calendar#events", "etag": `"p` + stampDigits(sh.updated) + `"`, "summary": sh.summary, "updated": stamp(sh.updated),
		"timeZone": zone, "accessRole": l.role.String(), "defaultReminders": []any{}, "items": items,
	}
}

func stampDigits(t time.Time) string { return t.UTC().Format("20060102150405000") }

// checkListing holds the parameters to each other.
func (c *call) checkListing() *failure {
	if c.has("syncToken") {
		for _, name := range notWithToken {
			if c.has(name) {
				return refSyncFilter.because("Sync token cannot be used with other request restrictions.").at("parameter", name)
			}
		}
		if c.text("showDeleted") == "false" {
			return refSyncFilter.because("Sync token cannot be used with other request restrictions.").at("parameter", "showDeleted")
		}
	}
	for _, kind := range c.all("eventTypes") {
		if !slices.Contains(eventShape.fields["eventType"].words, kind) {
			return refInvalid.because("Invalid value for: eventTypes").at("parameter", "eventTypes")
		}
	}
	switch order := c.text("orderBy"); {
	case order != "" && order != "startTime" && order != "updated":
		return refInvalid.because("Invalid value for: orderBy").at("parameter", "orderBy")
	case order == "startTime" && !c.is("singleEvents"):
		return refInvalid.because("The requested ordering is not available for the particular query.").at("parameter", "orderBy")
	}
	for _, name := range []string{"privateExtendedProperty", "sharedExtendedProperty"} {
		for _, v := range c.all(name) {
			if !strings.Contains(v, "=") {
				return refInvalid.because("Invalid value for: "+name).at("parameter", name)
			}
		}
	}
	if from, to := c.instant("timeMin"), c.instant("timeMax"); !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return refTimeRange.because("The specified time range is empty.").at("parameter", "timeMax")
	}
	if t := c.instant("updatedMin"); !t.IsZero() && c.now().Sub(t) > longestUpdatedMin && !c.variant.AnyUpdatedMin {
		return refUpdatedMin.because("The requested minimum modification time lies too far in the past.").at("parameter", "updatedMin")
	}
	return nil
}

// longestUpdatedMin is how far back updatedMin may lie (unproved: the reference names no number).
const longestUpdatedMin = 28 * 24 * time.Hour

// changes are what the sync token has not seen, as it was when the first page was asked for.
func (c *call) changes(sh *shelf, p position) []keyed {
	if c.is("singleEvents") {
		return c.changedOccurrences(sh, p)
	}
	var all []keyed
	for _, e := range sh.since(p.Since) {
		if e.seq <= p.At && c.wantsKind(e) {
			all = append(all, keyed{e.seq, e})
		}
	}
	return all
}

// changedOccurrences is what incremental answers hold where series are expanded: each occurrence of a series that has
// changed. Those of a deleted series come as cancelled, as far as the series reached.
func (c *call) changedOccurrences(sh *shelf, p position) []keyed {
	var all []keyed
	add := func(e *event) { all = append(all, keyed{uint64(len(all)) + 1, e}) }
	for _, e := range sh.since(p.Since) {
		switch {
		case e.seq > p.At || !c.wantsKind(e):
		case e.rule == nil:
			if e.series == nil || e.series.seq <= p.Since || e.series.seq > p.At {
				add(e)
			}
		default:
			for _, x := range c.occurrences(sh, e, time.Time{}, time.Time{}) {
				add(x)
			}
		}
	}
	return all
}

func (c *call) wantsKind(e *event) bool {
	kinds := c.all("eventTypes")
	return len(kinds) == 0 || slices.Contains(kinds, e.kind)
}

// everything is a full listing, filtered and ordered. The default order is that of birth, which stays as it is from page
// to page.
func (c *call) everything(sh *shelf) []keyed {
	var found []*event
	for _, e := range sh.events {
		if e.rule != nil && c.is("singleEvents") || e.series != nil && c.is("singleEvents") {
			continue
		}
		if c.wants(sh, e) {
			found = append(found, e)
		}
	}
	if c.is("singleEvents") {
		found = append(found, c.expanded(sh)...)
	}
	slices.SortStableFunc(found, func(a, b *event) int { return strings.Compare(a.id, b.id) })
	switch c.text("orderBy") {
	case "startTime":
		slices.SortStableFunc(found, func(a, b *event) int { return a.start.in(sh.zone).Compare(b.start.in(sh.zone)) })
	case "updated":
		slices.SortStableFunc(found, func(a, b *event) int { return a.updated.Compare(b.updated) })
	default:
		if !c.is("singleEvents") {
			slices.SortFunc(found, func(a, b *event) int { return int(a.birth) - int(b.birth) })
			return keysOf(found, func(_ int, e *event) uint64 { return e.birth })
		}
	}
	return keysOf(found, func(i int, _ *event) uint64 { return uint64(i) + 1 })
}

func keysOf(list []*event, key func(int, *event) uint64) []keyed {
	all := make([]keyed, len(list))
	for i, e := range list {
		all[i] = keyed{key(i, e), e}
	}
	return all
}

// expanded are the occurrences of all series.
func (c *call) expanded(sh *shelf) []*event {
	var list []*event
	for _, e := range sh.events {
		if e.rule == nil || e.cancelled() && !c.is("showDeleted") {
			continue
		}
		for _, x := range c.occurrences(sh, e, c.instant("timeMin"), c.instant("timeMax")) {
			if c.wants(sh, x) {
				list = append(list, x)
			}
		}
	}
	return list
}

// wants applies the filters to one event.
func (c *call) wants(sh *shelf, e *event) bool {
	updatedMin := c.instant("updatedMin")
	switch {
	case !c.wantsKind(e):
		return false
	case !updatedMin.IsZero() && e.updated.Before(updatedMin):
		return false
	case e.cancelled() && !c.is("showDeleted") && updatedMin.IsZero():
		// A cancelled occurrence of a living series is part of the series where series are not expanded (1.6).
		if e.series == nil || e.series.cancelled() || c.is("singleEvents") || e.bare {
			return false
		}
	}
	if uid := c.text("iCalUID"); uid != "" && uid != e.uid {
		return false
	}
	return c.inWindow(sh, e) && c.hasProperties(e) && c.mentions(e)
}

// inWindow holds timeMin and timeMax; a series is in it if one of its occurrences is.
func (c *call) inWindow(sh *shelf, e *event) bool {
	from, to := c.instant("timeMin"), c.instant("timeMax")
	if from.IsZero() && to.IsZero() {
		return true
	}
	if e.rule == nil {
		return e.touches(sh, from, to)
	}
	return slices.ContainsFunc(c.occurrences(sh, e, from, to), func(x *event) bool { return !x.cancelled() || e.cancelled() })
}

func (c *call) hasProperties(e *event) bool {
	ext, _ := e.fields()["extendedProperties"].(object)
	for _, kind := range []string{"private", "shared"} {
		o, _ := ext[kind].(object)
		for _, want := range c.all(kind + "ExtendedProperty") {
			name, value, _ := strings.Cut(want, "=")
			if v, ok := o[name].(string); !ok || v != value {
				return false
			}
		}
	}
	return true
}

// mentions holds the free text search: every word has to be in one of the texts.
func (c *call) mentions(e *event) bool {
	words := strings.Fields(strings.ToLower(c.text("q")))
	if len(words) == 0 {
		return true
	}
	texts := []string{e.text("summary"), e.text("description"), e.text("location"), e.organizer.email, e.organizer.name}
	guests, _ := e.fields()["attendees"].([]any)
	for _, x := range guests {
		g := x.(object) // acceptGuests has made it
		name, _ := g["displayName"].(string)
		email, _ := g["email"].(string)
		texts = append(texts, name, email)
	}
	all := strings.ToLower(strings.Join(texts, "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) })
}
