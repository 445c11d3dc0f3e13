package caldav

import "strings"

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
