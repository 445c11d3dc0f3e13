package ews

import (
	"cmp"
	"fmt"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
	"tahti/internal/recur"
)

// property is one property that a request writes: its path, and the element with its value; none clears it.
type property struct {
	path  element
	value element
}

// clears reports whether the value is no element at all.
func (p property) clears() bool { return p.value.name == "" }

// writing is what a request says of an item, by fields of the schema.
type writing struct {
	subject, sensitivity, body, form, key, start, end, allDay, busy, location, recurrence, startZone, endZone *property
}

// properties are those that are said, in the order of the schema, from which Exchange does not depart.
func (w *writing) properties() []property {
	var out []property
	for _, p := range []*property{w.subject, w.sensitivity, w.body, w.form, w.key, w.start, w.end, w.allDay, w.busy, w.location, w.recurrence, w.startZone, w.endZone} {
		if p != nil {
			out = append(out, *p)
		}
	}
	return out
}

// item is a new calendar item. What is cleared is left out.
func (w *writing) item() element {
	e := el("t:CalendarItem")
	for _, p := range w.properties() {
		if !p.clears() {
			e.kids = append(e.kids, p.value)
		}
	}
	return e
}

// updates are the changes of an item, one for each property.
func (w *writing) updates() element {
	e := el("t:Updates")
	for _, p := range w.properties() {
		if p.clears() {
			e.kids = append(e.kids, el("t:DeleteItemField", p.path))
		} else {
			e.kids = append(e.kids, el("t:SetItemField", p.path, el("t:CalendarItem", p.value)))
		}
	}
	return e
}

func (w *writing) empty() bool { return len(w.properties()) == 0 }

func set(uri, name, text string) *property {
	if text == "" {
		return &property{path: field(uri)}
	}
	return &property{path: field(uri), value: word(name, text)}
}

// render says fields of values: those that differ from base, which is what is there, or all for a creation, whose base is nil. So
// out of office and tentative, which are busy too, and confidential, which is private, stay what they are.
func (c *Calendar) render(fields calendar.FieldSet, v *calendar.Values, base *item) (*writing, error) {
	w := &writing{}
	for _, f := range fields.List() {
		switch f {
		case calendar.Subject:
			w.subject = set("item:Subject", "t:Subject", v.Subject)
		case calendar.Location:
			w.location = set("calendar:Location", "t:Location", v.Location)
		case calendar.Description:
			body, err := bodyOf(v.Description, base)
			if err != nil {
				return nil, err
			}
			w.body = set("item:Body", "t:Body", body)
			w.body.value.attrs = []string{"BodyType", "HTML"}
		case calendar.Busy:
			w.busy = set("calendar:LegacyFreeBusyStatus", "t:LegacyFreeBusyStatus", map[bool]string{true: "Busy", false: "Free"}[v.Busy])
		case calendar.Private:
			w.sensitivity = set("item:Sensitivity", "t:Sensitivity", map[bool]string{true: "Private", false: "Normal"}[v.Private])
		case calendar.When:
			if err := c.when(w, v, base); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

func bodyOf(description string, base *item) (string, error) {
	if base == nil {
		return outlook.HTML(description), nil
	}
	m, ok := base.joinBlock()
	switch {
	case ok:
		return m.With(description), nil
	case base.Online != nil && *base.Online:
		return "", rejected(opPut, provider.NotWritable, fmt.Errorf("the body of an online meeting, without the block that says how to join"))
	}
	return outlook.HTML(description), nil
}

// when says start and end with their kind and zones: half of it is never sent.
func (c *Calendar) when(w *writing, v *calendar.Values, base *item) error {
	if v.End.Kind != v.Start.Kind {
		return rejected(opPut, "", fmt.Errorf("a start that is %v and an end that is %v", v.Start.Kind, v.End.Kind))
	}
	days := c.daysOf(base)
	start, startZone, err := write(v.Start, days)
	if err != nil {
		return err
	}
	end, endZone, err := write(v.End, days)
	if err != nil {
		return err
	}
	w.start, w.end = set("calendar:Start", "t:Start", start), set("calendar:End", "t:End", end)
	w.allDay = set("calendar:IsAllDayEvent", "t:IsAllDayEvent", boolean(v.Start.Kind == calendar.Date))
	w.startZone = &property{field("calendar:StartTimeZone"), el("t:StartTimeZone").with("Id", startZone)}
	w.endZone = &property{field("calendar:EndTimeZone"), el("t:EndTimeZone").with("Id", endZone)}
	return nil
}

// daysOf is the zone in which whole days are written: where the item is at home, if it has whole days already.
func (c *Calendar) daysOf(base *item) string {
	if base != nil && base.AllDay != nil && *base.AllDay && base.StartZone != nil && outlook.ClockOf(base.StartZone.name(), "").Known {
		return base.StartZone.name()
	}
	return c.days
}

// write tells a time as Exchange wants it: the instant in UTC, which no table of zones and no hour that comes twice can shift, and the
// zone in which it is meant. Whole days begin at midnight in a zone (providers.md 3.3), and so do floating times, if it is anybody's.
func write(t calendar.Time, days string) (instant, zone string, err error) {
	loc := time.UTC
	switch t.Kind {
	case calendar.UTC:
		zone = "UTC"
	case calendar.Zoned:
		if zone, err = zoneID(t.Zone); err == nil {
			loc, err = recur.Location(t.Zone)
		}
	case calendar.Date, calendar.Floating:
		if zone = cmp.Or(days, "UTC"); t.Kind == calendar.Floating && days == "" {
			return "", "", rejected(opPut, "", fmt.Errorf("a time that is %v, and no zone to read it in", t.Kind))
		}
		k := outlook.ClockOf(zone, "")
		if loc = k.Loc; !k.Known {
			err = fmt.Errorf("an unknown zone %.60q", zone)
		}
	default:
		return "", "", rejected(opPut, "", fmt.Errorf("a time that is %v", t.Kind))
	}
	if err != nil {
		return "", "", rejected(opPut, provider.UnknownZone, err)
	}
	return t.Instant(loc).UTC().Format(time.RFC3339), zone, nil
}

// recurs says the recurrence, or that there is none any more.
func (w *writing) recurs(e *calendar.Event) error {
	if e.Rule == "" {
		if len(e.Extra) > 0 {
			return outlook.Inexpressible("dates without a rule")
		}
		w.recurrence = &property{path: field("calendar:Recurrence")}
		return nil
	}
	r, err := recurrenceOf(e)
	if err != nil {
		return err
	}
	w.recurrence = &property{field("calendar:Recurrence"), recurrenceElement(r)}
	return nil
}

// mark adds our own properties. The key is written once, at the creation.
func (w *writing) mark(e *calendar.Event, key provider.Key) {
	own := func(name, text string) *property {
		return &property{ownField(name), el("t:ExtendedProperty", ownField(name), word("t:Value", text))}
	}
	w.form = own(outlook.FormProperty, outlook.FormOf(e).String())
	if key != "" {
		w.key = own(outlook.KeyProperty, string(key))
	}
}
