package graph

import (
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// token is what a nextLink or deltaLink holds: calendar, window and state. Prefer headers are no part of it.
type token struct {
	Birth  uint64 `json:"b"` // of the store, so that a reset server knows none of the tokens of before
	Folder uint32 `json:"f"`
	From   int64  `json:"s"`
	To     int64  `json:"e"`
	// Since is the count that the last round saw, 0 in the first round; Upto is the count at which this round began.
	Since uint64 `json:"o"`
	Upto  uint64 `json:"n,omitempty"`
	// The last entry of the page before.
	Item  uint64 `json:"i,omitempty"`
	Entry int    `json:"j,omitempty"`
	Empty bool   `json:"v,omitempty"` // an empty page was sent
}

func (t token) String() string {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // a struct of numbers
	}
	sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE(b)), 36)
	return base64.RawURLEncoding.EncodeToString(b) + "." + sum
}

func parseToken(s string) (t token, ok bool) {
	text, sum, _ := strings.Cut(s, ".")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || strconv.FormatUint(uint64(crc32.ChecksumIEEE(b)), 36) != sum {
		return token{}, false
	}
	return t, json.Unmarshal(b, &t) == nil
}

// entry is one line of a delta: an event that is there, or the id of one that is not.
type entry struct {
	view
	removed bool
	reason  string
	old     *view // what the token saw, where only what differs is to be shown
}

// delta is calendarView/delta.
func (c *call) delta(f *folder, named bool) *failure {
	if c.variants.PrimaryDelta && !f.isDefault {
		return refNoTracking.because("Change tracking is not supported against 'microsoft.graph.event'.")
	}
	if len(c.applied) == 0 || !slices.Contains(c.applied, "odata.track-changes") {
		c.applied = append([]string{"odata.track-changes"}, c.applied...)
	}
	for k := range c.q { // any order: a refusal names the option
		name := strings.ToLower(k)
		if strings.HasPrefix(name, "$") && name != "$deltatoken" && name != "$skiptoken" {
			return refDeltaQuery.because("The following parameters are not supported with change tracking over the 'CalendarView' resource: " +
				"'$orderby, $filter, $select, $expand, $search, $top'.")
		}
	}
	t, fail := c.readToken(f)
	if fail != nil {
		return fail
	}
	if t.Upto == 0 {
		t.Upto = c.shown()
	}
	if c.variants.EmptyPages && !t.Empty && t.Item == 0 {
		t.Empty = true
		return c.sendDelta(nil, "$skiptoken", t, named)
	}
	page := c.page
	if page == 0 {
		page = 10
	}
	list, more := c.entries(f, &t, page)
	if more {
		return c.sendDelta(list, "$skiptoken", t, named)
	}
	return c.sendDelta(list, "$deltatoken", token{Birth: t.Birth, Folder: t.Folder, From: t.From, To: t.To, Since: t.Upto}, named)
}

// shown is the count up to which deltas show what has changed by now.
func (c *call) shown() uint64 {
	upto := c.box.seq
	for _, change := range c.box.log {
		if c.lag > 0 && c.now().Sub(c.box.items[change.serial].now().at) < c.lag {
			upto = min(upto, change.seq-1)
		}
	}
	return upto
}

// Lag sets how far deltas lag behind what has changed, and was told (2.1: changes may lag).
func (s *Server) Lag(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = by
}

// readToken reads the token of a request, or begins a first round.
func (c *call) readToken(f *folder) (token, *failure) {
	text := c.option("$deltatoken")
	if text == "" {
		text = c.option("$skiptoken")
	}
	if text == "" {
		s, fail := c.viewWindow()
		if fail != nil {
			return token{}, fail
		}
		return token{Birth: c.births, Folder: f.serial, From: s.from.Unix(), To: s.to.Unix()}, nil
	}
	t, ok := parseToken(text)
	if !ok || t.Birth != c.births || t.Folder != f.serial || t.Since > 0 && t.Since < c.box.floor || t.Upto > 0 && t.Upto < c.box.floor {
		return token{}, c.lostToken(t)
	}
	return t, nil
}

// lostToken refuses a token in the way that the variant says.
func (c *call) lostToken(t token) *failure {
	f := refSyncState.because("The sync state generation is not found; generation=" + strconv.FormatUint(t.Since, 10) +
		";[highest=" + strconv.FormatUint(c.box.seq, 10) + "].")
	switch c.variants.LostToken {
	case LostNotFound:
		f.Status, f.Code = http.StatusNotFound, "syncStateNotFound"
	case LostResync:
		f.Code = "resyncRequired"
	default:
		f.location = c.base() + c.r.URL.EscapedPath()
	}
	return f
}

// entries are the next page of a round; t moves on behind it. Items are told in the order of their making, each whole.
func (c *call) entries(f *folder, t *token, page int) (list []entry, more bool) {
	s := span{time.Unix(t.From, 0), time.Unix(t.To, 0)}
	for _, it := range c.box.since(t.Since) {
		if it.serial < t.Item || c.lag > 0 && it.now().seq > t.Upto {
			continue
		}
		all := c.changes(it, f, s, t.Since)
		if c.variants.Repeats {
			all = append(all, all...)
		}
		skip := 0
		if it.serial == t.Item {
			skip = min(t.Entry, len(all))
		}
		for i, e := range all[skip:] {
			if len(list) == page {
				return list, true
			}
			list = append(list, e)
			t.Item, t.Entry = it.serial, skip+i+1
		}
	}
	return list, false
}

// changes are what a delta tells of one item: what there is of it in the window now, and as removed what was there when
// the token was given, or has changed outside of the window without ever having been inside.
func (c *call) changes(it *item, f *folder, s span, since uint64) []entry {
	now, old := it.now(), it.at(since)
	if old != nil && (old.gone || old.folder != f) {
		old = nil
	}
	if now.gone || now.folder != f {
		now = nil
	}
	var list []entry
	here := map[calendar.Wall]bool{}
	for _, x := range it.instances(now, s) {
		here[x.original] = true
		list = append(list, entry{view: x})
	}
	if now != nil && now.recurrence != nil && len(list) > 0 {
		here[whole] = true
		if !c.variants.FullDelta {
			list = append([]entry{{view: it.view(now)}}, list...)
		}
	}
	gone := func(v *version, original calendar.Wall) {
		if !here[original] {
			here[original] = true
			list = append(list, entry{view: view{it: it, v: v, original: original}, removed: true, reason: "deleted"})
		}
	}
	if old != nil {
		for _, x := range it.instances(old, s) {
			gone(old, x.original)
		}
		if now == nil {
			gone(old, whole)
		}
	}
	if since > 0 && now != nil {
		c.outside(it, now, since, gone)
	}
	if last := it.now(); since == 0 && last.gone && last.folder == f && c.variants.EarlyRemoved {
		list = append(list, entry{view: view{it: it, v: last, original: whole}, removed: true, reason: "changed"})
	}
	if old != nil && c.variants.PartialDelta {
		for i := range list {
			list[i].old = it.asOf(old, list[i].original)
		}
	}
	return list
}

// asOf is what an event was in an older version; nil if it was not there.
func (it *item) asOf(v *version, original calendar.Wall) *view {
	if original == whole {
		x := it.view(v)
		return &x
	}
	if x, ok := it.occurrence(v, original); ok {
		return &x
	}
	return nil
}

// outside tells, as removed, what has changed outside of the window (trap 4).
func (c *call) outside(it *item, now *version, since uint64, gone func(*version, calendar.Wall)) {
	gone(now, whole)
	for _, e := range now.exceptions {
		if e.seq > since {
			gone(now, e.original)
		}
	}
}

// sendDelta answers a page with its link.
func (c *call) sendDelta(list []entry, kind string, t token, named bool) *failure {
	sh := shape{prefer: c.prefer, thin: !c.variants.FullDelta}
	value := []object{}
	for _, e := range list {
		if e.removed {
			value = append(value, object{
				{"@odata.type", "#microsoft.graph.event"}, {"id", e.idAt(c.immutable)}, {"@removed", object{{"reason", e.reason}}},
			})
			continue
		}
		o := c.render(e.view, sh)
		if e.old != nil {
			o = o.differing(c.render(*e.old, sh))
		}
		value = append(value, append(object{{"@odata.type", "#microsoft.graph.event"}}, o...))
	}
	link := "@odata.nextLink"
	if kind == "$deltatoken" {
		link = "@odata.deltaLink"
	}
	return c.send(http.StatusOK, object{
		{"@odata.context", c.base() + "/v1.0/$metadata#Collection(event)"},
		{"value", value},
		{link, c.base() + c.r.URL.EscapedPath() + "?" + kind + "=" + t.String()},
	})
}

// idAt is the id that the event had in the calendar that the version says.
func (e entry) idAt(immutable bool) string {
	id := itemID{kind: idImmutable, box: e.it.box.number, item: e.it.serial, original: e.original}
	if !immutable {
		id.kind, id.folder = idItem, e.v.folder.serial
	}
	return id.String()
}
