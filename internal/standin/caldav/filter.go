package caldav

import (
	"slices"
	"strings"
	"time"
)

// collations of text-match (RFC 4791 section 7.5).
var collations = []string{"i;ascii-casemap", "i;octet"}

// span is from ≤ t < to; a zero bound is without limit.
type span struct{ from, to time.Time }

// touches holds RFC 4791 section 9.9: an event without length counts if it begins inside.
func (x span) touches(from, to time.Time) bool {
	if !x.to.IsZero() && !from.Before(x.to) {
		return false
	}
	return x.from.IsZero() || to.After(x.from) || to.Equal(from) && !from.Before(x.from)
}

// spanOf reads the start and end of a time-range or expand element.
func spanOf(e *element) (x span, ok bool) {
	if e == nil || e.Attr("start") == "" && e.Attr("end") == "" {
		return x, false
	}
	for name, t := range map[string]*time.Time{"start": &x.from, "end": &x.to} {
		v := e.Attr(name)
		if v == "" {
			continue
		}
		var err error
		if *t, err = time.Parse("20060102T150405Z", v); err != nil {
			return x, false
		}
	}
	return x, x.from.IsZero() || x.to.IsZero() || x.from.Before(x.to)
}

// compFilter is a comp-filter (RFC 4791 section 9.7.1).
type compFilter struct {
	name   string
	absent bool
	during *span
	props  []propFilter
	comps  []compFilter
}

// propFilter is a prop-filter, or the param-filter inside one.
type propFilter struct {
	name   string
	absent bool
	during *span
	text   *textMatch
	params []propFilter
}

// textMatch is a text-match; folded ones compare without regard to ASCII case.
type textMatch struct {
	text         string
	fold, negate bool
}

// parseFilter reads the filter element; ignoreProps leaves prop-filters out, as SOGo does.
func parseFilter(e *element, ignoreProps bool) (compFilter, *failure) {
	top := e.Child(nsCal, "comp-filter")
	if top == nil || len(e.Children) != 1 || top.Attr("name") != "VCALENDAR" {
		return compFilter{}, refFilter.because("a filter is one comp-filter for VCALENDAR")
	}
	return parseCompFilter(top, ignoreProps)
}

func parseCompFilter(e *element, ignoreProps bool) (compFilter, *failure) {
	c := compFilter{name: strings.ToUpper(e.Attr("name"))}
	if c.name == "" {
		return c, refFilter.because("a comp-filter without name")
	}
	for _, x := range e.Children {
		switch {
		case x.Is(nsCal, "is-not-defined"):
			c.absent = true
		case x.Is(nsCal, "time-range"):
			during, ok := spanOf(x)
			if !ok {
				return c, refFilter.because("a time-range that is not in UTC, or ends before it begins")
			}
			if c.name != "VEVENT" && c.name != "VTODO" && c.name != "VJOURNAL" && c.name != "VFREEBUSY" {
				return c, refSupportedFilter.because("a time-range on " + c.name)
			}
			c.during = &during
		case x.Is(nsCal, "prop-filter"):
			p, f := parsePropFilter(x)
			if f != nil {
				return c, f
			}
			if !ignoreProps {
				c.props = append(c.props, p)
			}
		case x.Is(nsCal, "comp-filter"):
			inner, f := parseCompFilter(x, ignoreProps)
			if f != nil {
				return c, f
			}
			c.comps = append(c.comps, inner)
		default:
			return c, refFilter.because("a comp-filter with " + x.Name.Local)
		}
	}
	return c, nil
}

func parsePropFilter(e *element) (propFilter, *failure) {
	p := propFilter{name: strings.ToUpper(e.Attr("name"))}
	if p.name == "" {
		return p, refFilter.because("a prop-filter or param-filter without name")
	}
	for _, x := range e.Children {
		switch {
		case x.Is(nsCal, "is-not-defined"):
			p.absent = true
		case x.Is(nsCal, "time-range"):
			during, ok := spanOf(x)
			if !ok {
				return p, refFilter.because("a time-range that is not in UTC, or ends before it begins")
			}
			p.during = &during
		case x.Is(nsCal, "text-match"):
			collation := x.Attr("collation")
			if collation != "" && collation != "default" && !slices.Contains(collations, collation) {
				return p, refCollation.because(collation + " is not supported")
			}
			p.text = &textMatch{text: x.Text, fold: collation != "i;octet", negate: x.Attr("negate-condition") == "yes"}
		case x.Is(nsCal, "param-filter"):
			inner, f := parsePropFilter(x)
			if f != nil {
				return p, f
			}
			p.params = append(p.params, inner)
		default:
			return p, refFilter.because("a prop-filter with " + x.Name.Local)
		}
	}
	return p, nil
}
