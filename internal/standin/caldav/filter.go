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
	if e == nil || e.attr("start") == "" && e.attr("end") == "" {
		return x, false
	}
	for name, t := range map[string]*time.Time{"start": &x.from, "end": &x.to} {
		v := e.attr(name)
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
	top := e.child(nsCal, "comp-filter")
	if top == nil || len(e.children) != 1 || top.attr("name") != "VCALENDAR" {
		return compFilter{}, refFilter.because("a filter is one comp-filter for VCALENDAR")
	}
	return parseCompFilter(top, ignoreProps)
}

func parseCompFilter(e *element, ignoreProps bool) (compFilter, *failure) {
	c := compFilter{name: strings.ToUpper(e.attr("name"))}
	if c.name == "" {
		return c, refFilter.because("a comp-filter without name")
	}
	for _, x := range e.children {
		switch {
		case x.is(nsCal, "is-not-defined"):
			c.absent = true
		case x.is(nsCal, "time-range"):
			during, ok := spanOf(x)
			if !ok {
				return c, refFilter.because("a time-range that is not in UTC, or ends before it begins")
			}
			if c.name != "VEVENT" && c.name != "VTODO" && c.name != "VJOURNAL" && c.name != "VFREEBUSY" {
				return c, refSupportedFilter.because("a time-range on " + c.name)
			}
			c.during = &during
		case x.is(nsCal, "prop-filter"):
			p, f := parsePropFilter(x)
			if f != nil {
				return c, f
			}
			if !ignoreProps {
				c.props = append(c.props, p)
			}
		case x.is(nsCal, "comp-filter"):
			inner, f := parseCompFilter(x, ignoreProps)
			if f != nil {
				return c, f
			}
			c.comps = append(c.comps, inner)
		default:
			return c, refFilter.because("a comp-filter with " + x.name.Local)
		}
	}
	return c, nil
}

func parsePropFilter(e *element) (propFilter, *failure) {
	p := propFilter{name: strings.ToUpper(e.attr("name"))}
	if p.name == "" {
		return p, refFilter.because("a prop-filter or param-filter without name")
	}
	for _, x := range e.children {
		switch {
		case x.is(nsCal, "is-not-defined"):
			p.absent = true
		case x.is(nsCal, "time-range"):
			during, ok := spanOf(x)
			if !ok {
				return p, refFilter.because("a time-range that is not in UTC, or ends before it begins")
			}
			p.during = &during
		case x.is(nsCal, "text-match"):
			collation := x.attr("collation")
			if collation != "" && collation != "default" && !slices.Contains(collations, collation) {
				return p, refCollation.because(collation + " is not supported")
			}
			p.text = &textMatch{text: x.text, fold: collation != "i;octet", negate: x.attr("negate-condition") == "yes"}
		case x.is(nsCal, "param-filter"):
			inner, f := parsePropFilter(x)
			if f != nil {
				return p, f
			}
			p.params = append(p.params, inner)
		default:
			return p, refFilter.because("a prop-filter with " + x.name.Local)
		}
	}
	return p, nil
}

// fits reports whether an object fits. What cannot be read fits, as it does on servers that keep what they cannot read.
func (c compFilter) fits(o *object) bool {
	if c.absent {
		return false
	}
	var root *component
	for _, x := range c.comps {
		if len(x.props) == 0 && len(x.comps) == 0 && x.name != "VTIMEZONE" {
			within := x.during == nil || o.facts.between(*x.during)
			if sure := x.during == nil || !within || o.facts.single; sure {
				// The facts decide, and the text need not be read.
				if (x.name == o.facts.component && within) == x.absent {
					return false
				}
				continue
			}
		}
		if root == nil {
			var err error
			if root, err = parseICS(o.raw); err != nil {
				return true
			}
		}
		if !x.fitsAny(root, root.comps) {
			return false
		}
	}
	return true
}

// between reports whether an occurrence may lie in x.
func (f facts) between(x span) bool {
	if f.endless {
		return x.to.IsZero() || f.from.Before(x.to)
	}
	return x.touches(f.from, f.to)
}

// fitsAny reports whether one of the components fits; a time-range looks at the series as a whole.
func (c compFilter) fitsAny(root *component, list []*component) bool {
	found := false
	for _, x := range list {
		if x.name != c.name {
			continue
		}
		found = true
		if c.absent {
			return false
		}
		if c.fitsOne(root, x) {
			return c.during == nil || anyOccurrence(root, *c.during)
		}
	}
	return c.absent && !found
}

func (c compFilter) fitsOne(root, x *component) bool {
	for _, p := range c.props {
		if !p.fits(root, x) {
			return false
		}
	}
	for _, inner := range c.comps {
		if !inner.fitsAny(root, x.comps) {
			return false
		}
	}
	return true
}

func (f propFilter) fits(root, c *component) bool {
	for i := range c.props {
		p := &c.props[i]
		if p.name != f.name {
			continue
		}
		if f.absent {
			return false
		}
		if f.fitsProp(root, p) {
			return true
		}
	}
	return f.absent
}

func (f propFilter) fitsProp(root *component, p *property) bool {
	if f.text != nil && !f.text.fits(unescapeText(p.value)) {
		return false
	}
	if f.during != nil {
		t, err := parseWhen(p)
		if err != nil {
			return false
		}
		at := t.Instant(location(root, t.Zone))
		if !f.during.touches(at, at) {
			return false
		}
	}
	for _, x := range f.params {
		v := p.param(x.name)
		if x.absent != (v == "") || x.text != nil && !x.text.fits(v) {
			return false
		}
	}
	return true
}

func (t *textMatch) fits(v string) bool {
	want := t.text
	if t.fold {
		v, want = asciiLower(v), asciiLower(want)
	}
	return strings.Contains(v, want) != t.negate
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
