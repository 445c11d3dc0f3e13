package icalendar

import (
	"iter"
	"slices"
	"strings"
)

// Property is one content line: a name, parameters and a value (RFC 5545 section 3.1). It is read-only from outside but
// for the setters, so that a line which nobody touched can be written byte for byte as it came.
type Property struct {
	name   string // upper case
	params string // as it came, unfolded: ";TZID=Europe/Helsinki", or empty
	value  string // as it came, unfolded, escapes and all
	raw    string // the physical lines as they came, line ends included; empty once anything was set
	line   int32
}

// NewProperty makes a property; value is raw, with escapes. See [Text] for free text.
func NewProperty(name, value string) Property {
	return Property{name: strings.ToUpper(name), value: oneLine(value)}
}

// Text makes a property of free text (RFC 5545 section 3.3.11).
func Text(name, text string) Property { return NewProperty(name, escapeText(text)) }

// Name is the name in upper case.
func (p *Property) Name() string { return p.name }

// Value is the value as it came, unfolded but with its escapes.
func (p *Property) Value() string { return p.value }

// Text is the value read as free text: unescaped, line feeds only, no control characters, valid UTF-8.
func (p *Property) Text() string { return unescapeText(p.value) }

// Line is the physical line the property began on, from 1; 0 for one that was not parsed.
func (p *Property) Line() int { return int(p.line) }

// SetValue replaces the raw value and keeps the parameters.
func (p *Property) SetValue(value string) {
	if value = oneLine(value); p.value != value {
		p.value, p.raw = value, ""
	}
}

// Params yields names in upper case and values as they came, quotes included.
func (p *Property) Params() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rest := p.params; rest != ""; {
			var one string
			one, rest = cutParam(rest)
			name, value, _ := strings.Cut(one, "=")
			if !yield(strings.ToUpper(name), value) {
				return
			}
		}
	}
}

// cutParam takes the first ";name=value" off a parameter section.
func cutParam(s string) (one, rest string) {
	s = s[1:]
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// Param returns a parameter's value without quotes and with RFC 6868 escapes resolved, or "" if there is none. The name
// is given in upper case.
func (p *Property) Param(name string) string {
	if p.params == "" {
		return ""
	}
	for n, v := range p.Params() {
		if n == name {
			return paramText(v)
		}
	}
	return ""
}

// paramText reads a parameter value: a list keeps its commas and quotes, a single value loses its quotes.
func paramText(v string) string {
	if n := len(v); n >= 2 && v[0] == '"' && strings.IndexByte(v[1:], '"') == n-2 {
		v = v[1 : n-1]
	}
	if strings.IndexByte(v, '^') >= 0 {
		v = caret.Replace(v)
	}
	return cleanText(v)
}

// caret undoes RFC 6868's escapes.
var caret = strings.NewReplacer("^n", "\n", "^'", `"`, "^^", "^")

// SetParam sets a parameter, in place if it is there. The name is given in upper case; the value is quoted if need be.
// Characters that no parameter can hold are left out.
func (p *Property) SetParam(name, value string) {
	value = strings.Map(func(r rune) rune {
		if r == '"' || r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, value)
	if strings.ContainsAny(value, ":;,") {
		value = `"` + value + `"`
	}
	var b strings.Builder
	done := false
	for n, v := range p.Params() {
		if n == name {
			if done {
				continue
			}
			v, done = value, true
		}
		b.WriteString(";" + n + "=" + v)
	}
	if !done {
		b.WriteString(";" + name + "=" + value)
	}
	p.setParams(b.String())
}

// DelParam takes parameters out.
func (p *Property) DelParam(names ...string) {
	var b strings.Builder
	for rest := p.params; rest != ""; {
		var one string
		one, rest = cutParam(rest)
		name, _, _ := strings.Cut(one, "=")
		if !slices.Contains(names, strings.ToUpper(name)) {
			b.WriteString(";" + one)
		}
	}
	p.setParams(b.String())
}

func (p *Property) setParams(params string) {
	if params != p.params {
		p.params, p.raw = params, ""
	}
}
