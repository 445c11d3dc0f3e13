package caldav

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// heard turns what the gateway sends into iCalendar: it takes escapes away and puts none back (VProperty), so that it would read
// its own text as something else, and cut a description at its first semicolon. Backslashes are lost.
//
// Exchange says of each rule what its start says as well. That is left out, as everybody else does. Of the end of a series it keeps the
// day alone, and says the last start: which would not be the last any more where the series moves to a later hour.
func heard(raw []byte) []byte {
	root, err := icalendar.Parse(raw, icalendar.DefaultLimits)
	if err != nil {
		return raw // which is then said of it
	}
	for _, e := range root.Children {
		if e.Name != "VEVENT" {
			continue
		}
		for _, name := range []string{"SUMMARY", "LOCATION", "DESCRIPTION"} {
			if p := e.Get(name); p != nil {
				text := icalendar.Text(name, plain(p.Value()))
				p.SetValue(text.Value())
			}
		}
		if rule, start := e.Get("RRULE"), e.Get("DTSTART"); rule != nil && start != nil {
			rule.SetValue(untilEvening(shortened(rule.Value(), start.Value()), start))
		}
	}
	return root.AppendText(nil)
}

// plain reads a text in which a backslash may be one, or the mark of an escape.
func plain(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) && strings.IndexByte(`nN,;\`, value[i+1]) >= 0 {
			if i++; value[i] == 'n' || value[i] == 'N' {
				b.WriteByte('\n')
				continue
			}
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

// shortened is a rule without the parts that its start says as well.
func shortened(rule, start string) string {
	at, err := time.Parse("20060102", start[:min(len(start), 8)])
	if err != nil {
		return rule
	}
	part, parts := ruleParts(rule)
	drop := func(name, value string) {
		if part[name] == value {
			parts = slices.DeleteFunc(parts, func(p string) bool { return strings.HasPrefix(p, name+"=") })
		}
	}
	switch part["FREQ"] {
	case "WEEKLY":
		drop("BYDAY", strings.ToUpper(at.Weekday().String()[:2]))
	case "MONTHLY", "YEARLY":
		if part["BYDAY"] == "" {
			drop("BYMONTHDAY", fmt.Sprint(at.Day()))
		}
		if part["FREQ"] == "YEARLY" && part["BYDAY"] == "" && part["BYMONTHDAY"] == fmt.Sprint(at.Day()) {
			drop("BYMONTH", fmt.Sprint(int(at.Month())))
		}
	}
	if part["INTERVAL"] == "" || part["INTERVAL"] == "1" {
		drop("WKST", part["WKST"])
	}
	return strings.Join(parts, ";")
}

// untilEvening lets a rule last until the end of its last day.
func untilEvening(rule string, start *icalendar.Property) string {
	part, parts := ruleParts(rule)
	at, err := time.Parse("20060102T150405Z", part["UNTIL"])
	zone, ok := recur.ResolveZone(start.Param("TZID"))
	if err != nil || !ok {
		return rule
	}
	loc, err := recur.Location(zone)
	if err != nil {
		return rule
	}
	y, m, d := at.In(loc).Date()
	evening := time.Date(y, m, d+1, 0, 0, -1, 0, loc).UTC().Format("20060102T150405Z")
	for i := range parts {
		if strings.HasPrefix(parts[i], "UNTIL=") {
			parts[i] = "UNTIL=" + evening
		}
	}
	return strings.Join(parts, ";")
}

// ruleParts are a rule's parts by name, and in order.
func ruleParts(rule string) (part map[string]string, parts []string) {
	part, parts = map[string]string{}, strings.Split(strings.ToUpper(rule), ";")
	for _, p := range parts {
		name, value, _ := strings.Cut(p, "=")
		part[name] = value
	}
	return part, parts
}

// said turns what is to be stored into what the gateway understands. base is what a change was planned on, nil for a creation.
//
// A creation reaches Exchange as a text, through the gateway's reading and writing of it. Of a change it takes the fields that it knows
// (EwsExchangeSession.buildFieldUpdates), and of a series writes the rule anew, and then each hole and each occurrence that differs.
func said(raw []byte, base *provider.Item, goal *calendar.Event) ([]byte, error) {
	if base != nil {
		if err := cannotSay(base, goal); err != nil {
			return nil, err
		}
	}
	root, err := icalendar.Parse(raw, icalendar.DefaultLimits)
	if err != nil {
		return nil, rejected(err)
	}
	at := ""
	if base != nil {
		if at = home(base.Raw); at == "" && goal.IsSeries() {
			return nil, unknownZone("of the series")
		}
	}
	// It would outweigh CLASS, which is what we write.
	root.Remove("X-CALENDARSERVER-ACCESS")
	for _, e := range root.Children {
		if e.Name != "VEVENT" {
			continue
		}
		e.Remove("X-CALENDARSERVER-ACCESS")
		if base != nil {
			if err := changed(e, at); err != nil {
				return nil, err
			}
			bounded(e, goal)
			shown(e, at, &base.Event)
		}
	}
	if err := rezoned(root, goal.IsSeries(), at, base == nil); err != nil {
		return nil, err
	}
	return root.AppendText(nil), nil
}

// changed readies one VEVENT of a change. Of the times of holes it takes the digits for UTC, and of those of an event those for a
// clock, whatever stands beside them.
func changed(e *icalendar.Component, home string) error {
	for i := range e.Properties {
		p := &e.Properties[i]
		var err error
		switch p.Name() {
		case "EXDATE", "RECURRENCE-ID":
			err = rejected(rewritten(p, home, time.UTC))
		case "DTSTART", "DTEND":
			if strings.HasSuffix(p.Value(), "Z") {
				err = clocked(p, "UTC", home)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shown leaves to Exchange how an event shows, unless it becomes busy: the gateway makes busy whatever is confirmed, also what is free, and
// who is out of office.
func shown(e *icalendar.Component, home string, base *calendar.Event) {
	busy := base.Busy
	if p := e.Get("RECURRENCE-ID"); p != nil {
		at, err := time.Parse("20060102T150405Z", p.Value())
		loc, errZone := recur.Location(cmp.Or(base.Start.Zone, home, "UTC"))
		if err == nil && errZone == nil {
			busy = base.On(calendar.WallIn(at, loc)).Busy
		}
	}
	if e.Remove("STATUS"); !busy && e.Text("TRANSP") != "TRANSPARENT" {
		e.Add(icalendar.NewProperty("STATUS", "CONFIRMED"))
	}
}

// rewritten puts the times of a property on another clock. Dates are midnights at home.
func rewritten(p *icalendar.Property, home string, to *time.Location) error {
	zone, ok := recur.ResolveZone(p.Param("TZID"))
	if !ok {
		zone = home
	}
	var out []string
	for value := range strings.SplitSeq(p.Value(), ",") {
		loc, layout := time.UTC, "20060102T150405Z"
		if !strings.HasSuffix(value, "Z") {
			if zone == "" {
				return nil // nothing tells where it is
			}
			var err error
			if loc, err = recur.Location(zone); err != nil {
				return err
			}
			if layout = "20060102T150405"; len(value) == 8 {
				layout = "20060102"
			}
		}
		at, err := time.ParseInLocation(layout, value, loc)
		if err != nil {
			return fmt.Errorf("read %s: %w", p.Name(), err)
		}
		layout = "20060102T150405"
		if to == time.UTC {
			layout += "Z"
		}
		out = append(out, at.In(to).Format(layout))
	}
	p.SetValue(strings.Join(out, ","))
	p.DelParam("TZID", "VALUE")
	return nil
}

// bounded gives the rule of a change its last day in place of a number: the gateway has no word for COUNT, and would make a series without
// an end of it. Of UNTIL it takes the date as it stands.
func bounded(e *icalendar.Component, goal *calendar.Event) {
	rule := e.Get("RRULE")
	if rule == nil {
		return
	}
	part, parts := ruleParts(rule.Value())
	if part["COUNT"] == "" && part["UNTIL"] == "" {
		return
	}
	last, found := calendar.Wall(0), false
	for w := range recur.Starts(&calendar.Event{Values: calendar.Values{Start: goal.Start, End: goal.End}, Rule: goal.Rule}, recur.MaxOccurrences) {
		last, found = w, true
	}
	if !found {
		return
	}
	parts = slices.DeleteFunc(parts, func(p string) bool { return strings.HasPrefix(p, "COUNT=") || strings.HasPrefix(p, "UNTIL=") })
	rule.SetValue(strings.Join(append(parts, "UNTIL="+last.DateString()+"T120000Z"), ";"))
}

// cannotSay is why the gateway would not carry a change out; nil if it would. What it does instead is worse than a refusal: it
// leaves out the parts of a rule that it does not know.
func cannotSay(base *provider.Item, to *calendar.Event) error {
	from := &base.Event
	refuse := func(code provider.ProblemCode, why string) error {
		return &provider.Error{Op: opPut, Class: provider.Rejected, Code: string(code), Status: "DavMail " + why}
	}
	switch {
	case base.Invited:
		return refuse(provider.NotWritable, "changes nothing of somebody else's meeting")
	case from.Busy && !to.Busy, slices.ContainsFunc(to.Overrides, func(o calendar.Override) bool { return from.On(o.Original).Busy && !to.On(o.Original).Busy }):
		return refuse(provider.NotWritable, "makes nothing free that was busy")
	case from.Rule != "" && to.Rule == "":
		return refuse(provider.NotWritable, "makes no single event of a series")
	case len(to.Extra) > 0:
		return refuse(provider.Inexpressive, "knows no further dates")
	case to.Rule == "":
		return nil
	case !carries(to.Rule, to.Start):
		return refuse(provider.Inexpressive, "cannot write the rule "+to.Rule)
	case from.Rule != to.Rule || from.Start != to.Start:
		return nil // Exchange drops what was said of single dates, and it is written anew
	}
	for _, w := range from.Cancelled {
		if !to.IsCancelled(w) {
			return refuse(provider.NotWritable, "brings no occurrence back")
		}
	}
	for i := range from.Overrides {
		if w := from.Overrides[i].Original; to.Override(w) == nil && !to.IsCancelled(w) {
			return refuse(provider.NotWritable, "makes no occurrence like the others again")
		}
	}
	return nil
}

// carries reports whether a rule outlives a change of its series (RecurrenceFieldUpdate).
func carries(rule string, start calendar.Time) bool {
	part, parts := ruleParts(shortened(rule, start.Wall.DateString()))
	known := []string{"FREQ", "COUNT", "UNTIL", "INTERVAL"}
	switch part["FREQ"] {
	case "DAILY", "MONTHLY":
	case "WEEKLY":
		// The week begins on Sunday there, which matters where several days of every other week are meant.
		if known = append(known, "BYDAY"); part["WKST"] != "" || part["INTERVAL"] != "" && part["INTERVAL"] != "1" && part["BYDAY"] != "" {
			return false
		}
	case "YEARLY":
		known = known[:3]
	default:
		return false
	}
	return !slices.ContainsFunc(parts, func(p string) bool {
		name, _, _ := strings.Cut(p, "=")
		return !slices.Contains(known, name)
	})
}

// alike reports whether two events mean the same, whatever zones and rules they say it by.
func alike(held, sent *calendar.Event) bool {
	if held.IsSeries() != sent.IsSeries() || (held.Start.Kind == calendar.Date) != (sent.Start.Kind == calendar.Date) {
		return false
	}
	const most = 500
	from, to := calendar.AtUTC(time.Unix(0, 0)).Instant(time.UTC), time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC)
	a, moreA, errA := recur.Expand(held, from, to, time.UTC, most)
	b, moreB, errB := recur.Expand(sent, from, to, time.UTC, most)
	return errA == nil && errB == nil && moreA == moreB && slices.EqualFunc(a, b, func(x, y recur.Occurrence) bool {
		for _, v := range []*calendar.Values{&x.Values, &y.Values} {
			forget(v)
			v.Start, v.End = calendar.Time{}, calendar.Time{}
		}
		return x.Start.Equal(y.Start) && x.End.Equal(y.End) && sameEvent(&calendar.Event{Values: x.Values}, &calendar.Event{Values: y.Values})
	})
}
