package graph

import (
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

// payload is what a request says of an event, by Graph's names; only what is said is changed.
type payload map[string]any

// render says fields of values: those that differ from base, which is what is there, or all for a creation, whose base is nil. So
// out of office and tentative, which are busy too, and confidential, which is private, stay what they are.
func (c *Calendar) render(fields calendar.FieldSet, v *calendar.Values, base *event) (payload, error) {
	p := payload{}
	for _, f := range fields.List() {
		switch f {
		case calendar.Subject:
			p["subject"] = v.Subject
		case calendar.Location:
			p["location"] = location{v.Location}
		case calendar.Description:
			body, err := bodyOf(v.Description, base)
			if err != nil {
				return nil, err
			}
			p["body"] = body
		case calendar.Busy:
			p["showAs"] = map[bool]string{true: "busy", false: "free"}[v.Busy]
		case calendar.Private:
			p["sensitivity"] = map[bool]string{true: "private", false: "normal"}[v.Private]
		case calendar.When:
			if err := c.when(p, v, base); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// when says start and end with their kind: half of it is never sent.
func (c *Calendar) when(p payload, v *calendar.Values, base *event) error {
	if v.End.Kind != v.Start.Kind {
		return rejected(opPut, "", fmt.Errorf("a start that is %v and an end that is %v", v.Start.Kind, v.End.Kind))
	}
	days := c.daysOf(base)
	start, err := write(v.Start, days)
	if err != nil {
		return err
	}
	end, err := write(v.End, days)
	if err != nil {
		return err
	}
	p["start"], p["end"], p["isAllDay"] = start, end, v.Start.Kind == calendar.Date
	return nil
}

// daysOf is the zone in which whole days are written: where the event is at home, if it has whole days already.
func (c *Calendar) daysOf(base *event) string {
	if base != nil && base.IsAllDay != nil && *base.IsAllDay && outlook.ClockOf(base.StartZone, "").Known && base.StartZone != "" {
		return base.StartZone
	}
	return c.days
}

func bodyOf(description string, base *event) (itemBody, error) {
	if base == nil || !base.online() {
		return itemBody{"html", outlook.HTML(description)}, nil
	}
	m, ok := base.joinBlock()
	if !ok {
		return itemBody{}, rejected(opPut, provider.NotWritable, fmt.Errorf("the body of an online meeting, without the block that says how to join"))
	}
	return itemBody{"html", m.With(description)}, nil
}

// pattern says the recurrence, or that there is none any more.
func (c *Calendar) pattern(p payload, e *calendar.Event, base *event) error {
	if e.Rule == "" {
		if len(e.Extra) > 0 {
			return outlook.Inexpressible("dates without a rule")
		}
		p["recurrence"] = nil
		return nil
	}
	r, err := c.recurrence(e, base)
	if err != nil {
		return err
	}
	p["recurrence"] = r
	return nil
}

func (c *Calendar) recurrence(e *calendar.Event, base *event) (*recurrence, error) {
	r, err := outlook.PatternOf(e)
	if err != nil {
		return nil, err
	}
	zone, err := write(e.Start, c.daysOf(base))
	if err != nil {
		return nil, err
	}
	return &recurrence{pattern(r.Pattern), seriesEnds{r.Range.Type, r.Range.StartDate, r.Range.EndDate, zone.TimeZone, r.Range.Count}}, nil
}

// properties adds our properties. The key is written once, at the creation.
func properties(p payload, e *calendar.Event, key provider.Key) {
	list := []extended{{formProperty, outlook.FormOf(e).String()}}
	if key != "" {
		list = append(list, extended{keyProperty, string(key)})
	}
	p["singleValueExtendedProperties"] = list
}
