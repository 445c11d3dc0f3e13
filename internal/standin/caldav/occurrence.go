package caldav

import (
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// maxOccurrences bounds every expansion.
const maxOccurrences = 2000

// measure fills in where the object lies in time. Whole days and floating times are taken in UTC, as a server does
// that was told no zone.
func (f *facts) measure(root *component) {
	e, ok := series(root)
	if !ok {
		f.endless = true
		return
	}
	for i, v := range append([]calendar.Values{e.Values}, overrideValues(&e)...) {
		from, to := instants(root, v)
		if i == 0 || from.Before(f.from) {
			f.from = from
		}
		if i == 0 || to.After(f.to) {
			f.to = to
		}
	}
	f.single = !e.IsSeries() && len(e.Overrides) == 0
	if !e.IsSeries() {
		return
	}
	end, endless, err := recur.LastEnd(&e, time.UTC)
	if err != nil || endless {
		f.endless = true
		return
	}
	if end.After(f.to) {
		f.to = end
	}
}

func overrideValues(e *calendar.Event) []calendar.Values {
	var list []calendar.Values
	for i := range e.Overrides {
		list = append(list, e.Effective(&e.Overrides[i]))
	}
	return list
}

// instants are the start and end of values.
func instants(root *component, v calendar.Values) (from, to time.Time) {
	return v.Start.Instant(location(root, v.Start.Zone)), v.End.Instant(location(root, v.End.Zone))
}

// series reads the object as a whole series; ok is false for what has no start.
func series(root *component) (e calendar.Event, ok bool) {
	list := members(root)
	master := masterOf(root)
	if master == nil {
		return e, false
	}
	if e.Values, ok = valuesOf(root, master); !ok {
		return e, false
	}
	e.Known = calendar.AllFields
	e.UID = master.text("UID")
	for _, p := range master.props {
		switch p.name {
		case "RRULE":
			e.Rule = p.value
		case "RDATE":
			times, err := parseWhens(&p)
			if err != nil {
				continue // a PERIOD: rare, and a query may miss it
			}
			for _, t := range times {
				e.Extra = append(e.Extra, onWall(root, t, e.Start))
			}
		case "EXDATE":
			times, err := parseWhens(&p)
			if err != nil {
				continue
			}
			for _, t := range times {
				e.Cancelled = append(e.Cancelled, onWall(root, t, e.Start).Wall)
			}
		}
	}
	for _, c := range list {
		id, err := c.when("RECURRENCE-ID")
		v, good := valuesOf(root, c)
		if c == master || err != nil || id.IsZero() || !good {
			continue
		}
		e.Overrides = append(e.Overrides, calendar.Override{
			Original: onWall(root, id, e.Start).Wall, Values: v,
			Set: calendar.Fields(calendar.Subject, calendar.When, calendar.Location, calendar.Description, calendar.StatusField),
		})
	}
	slices.Sort(e.Cancelled)
	slices.SortFunc(e.Overrides, func(a, b calendar.Override) int { return int(a.Original - b.Original) })
	return e, true
}

// masterOf is the component that stands for the series: the one without RECURRENCE-ID, or else the first.
func masterOf(root *component) *component {
	list := members(root)
	for _, c := range list {
		if c.prop("RECURRENCE-ID") == nil {
			return c
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// valuesOf reads what a component says about itself.
func valuesOf(root, c *component) (v calendar.Values, ok bool) {
	start, err := c.when("DTSTART")
	if err != nil || start.IsZero() {
		return v, false
	}
	end, err := c.when("DTEND")
	if err != nil {
		return v, false
	}
	start, end = known(root, start), known(root, end)
	if end.IsZero() {
		end = start
		if d, err := parseDuration(c.text("DURATION")); err == nil {
			end.Wall += d
		} else if start.Kind == calendar.Date {
			end.Wall += calendar.Day
		}
	}
	return calendar.Values{
		Subject: c.text("SUMMARY"), Start: start, End: end, Location: c.text("LOCATION"), Description: c.text("DESCRIPTION"),
		Status: calendar.Status(strings.ToLower(strings.Replace(strings.ToUpper(c.text("STATUS")), "CONFIRMED", "", 1))),
	}, true
}

// known turns a time whose TZID is no known zone into UTC, by the object's own definition of it.
func known(root *component, t calendar.Time) calendar.Time {
	if t.Kind != calendar.Zoned {
		return t
	}
	if t.Zone != "Local" {
		if _, err := time.LoadLocation(t.Zone); err == nil {
			return t
		}
	}
	return calendar.AtUTC(t.Instant(location(root, t.Zone)))
}

// onWall reads a time on the wall clock of another one's zone, as original starts are compared.
func onWall(root *component, t, like calendar.Time) calendar.Time {
	t = known(root, t)
	if t.Kind == like.Kind && t.Zone == like.Zone || t.Kind == calendar.Date || like.Kind == calendar.Date {
		return t
	}
	at := t.Instant(location(root, t.Zone))
	return calendar.Time{Kind: like.Kind, Zone: like.Zone, Wall: calendar.WallIn(at, location(root, like.Zone))}
}

// occurrencesIn lists the occurrences that touch x. A rule that cannot be expanded gives the series' first one.
func occurrencesIn(root *component, x span) []recur.Occurrence {
	e, ok := series(root)
	if !ok {
		return nil
	}
	if e.IsSeries() {
		from, to := x.from, x.to
		if to.IsZero() {
			to = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		if list, _, err := recur.Expand(&e, from, to, time.UTC, maxOccurrences); err == nil {
			return list
		}
	}
	var list []recur.Occurrence
	for _, v := range append([]calendar.Values{e.Values}, overrideValues(&e)...) {
		from, to := instants(root, v)
		if x.touches(from, to) {
			list = append(list, recur.Occurrence{Original: v.Start.Wall, Start: from, End: to, Values: v})
		}
	}
	return list
}

func anyOccurrence(root *component, x span) bool { return len(occurrencesIn(root, x)) > 0 }

// busySpans are the times within x that an object blocks.
func busySpans(o *object, x span) []span {
	if !o.facts.between(x) {
		return nil
	}
	root, err := parseICS(o.raw)
	if err != nil {
		return nil
	}
	if c := masterOf(root); c == nil || strings.EqualFold(c.text("TRANSP"), "TRANSPARENT") {
		return nil
	}
	var list []span
	for _, oc := range occurrencesIn(root, x) {
		if oc.Values.Status != calendar.Cancelled && oc.End.After(oc.Start) {
			list = append(list, span{oc.Start, oc.End})
		}
	}
	return list
}

// expanded writes each occurrence within x as a component of its own, in UTC (RFC 4791 section 9.6.5).
func expanded(raw []byte, x span) []byte {
	root, err := parseICS(raw)
	if err != nil {
		return raw
	}
	out := &component{name: root.name, props: root.props}
	for _, oc := range occurrencesIn(root, x) {
		from := memberAt(root, oc.Original)
		c := &component{name: from.name, comps: from.comps}
		for _, p := range from.props {
			switch p.name {
			case "RRULE", "RDATE", "EXDATE", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID":
			default:
				c.props = append(c.props, p)
			}
		}
		start, _ := from.when("DTSTART") // valid: it was stored
		at, end := oc.Values.Start, oc.Values.End
		id := start
		id.Wall = oc.Original
		if start.Kind == calendar.Zoned {
			at, end = calendar.AtUTC(oc.Start), calendar.AtUTC(oc.End)
			id = calendar.AtUTC(id.Instant(location(root, id.Zone)))
		}
		c.props = append(c.props, timeProperty("DTSTART", at), timeProperty("DTEND", end), timeProperty("RECURRENCE-ID", id))
		out.comps = append(out.comps, c)
	}
	return out.bytes()
}

// memberAt is the component that speaks for an original start: its override, or the master.
func memberAt(root *component, original calendar.Wall) *component {
	master := masterOf(root)
	start, _ := master.when("DTSTART") // valid: it was stored
	for _, c := range members(root) {
		id, err := c.when("RECURRENCE-ID")
		if err == nil && !id.IsZero() && onWall(root, id, known(root, start)).Wall == original {
			return c
		}
	}
	return master
}
