package icalendar

import (
	"slices"
	"strings"
)

// Parse reads one calendar object. The root is its VCALENDAR. It takes what is found in the wild besides what the RFC
// allows: LF for CRLF, a byte order mark, blank lines, names in lower case, folds anywhere. The errors are *[SyntaxError]
// and *[LimitError].
//
// The text is copied once and everything read is a slice of that copy, but for folded lines.
func Parse(b []byte, lim Limits) (*Component, error) {
	if len(b) > lim.Bytes {
		return nil, &LimitError{What: "bytes", Max: lim.Bytes}
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	lines := strings.Count(text, "\n") + 1
	if lines > lim.Lines {
		return nil, &LimitError{What: "lines", Max: lim.Lines}
	}
	p := parser{rest: text, lim: lim, slab: make([]Property, lines), top: lines}
	return p.object()
}

// parser collects the properties of all open components on one stack, which grows down from the end of the slab. At its
// END a component takes its own off, when those of its children have gone, and puts them side by side at the front. There
// are fewer properties than lines, so the two never meet, and a whole object costs few allocations.
type parser struct {
	rest  string // what is still to be read
	line  int    // the physical line that the next one has
	lim   Limits
	slab  []Property
	front int // where the properties of closed components end
	top   int // where those of open ones begin, the latest first
	open  []opened
	count int // components so far
}

type opened struct {
	*Component
	base int // where the stack was when it was opened
}

func (p *parser) object() (*Component, error) {
	for p.rest != "" {
		prop, err := p.next()
		if err != nil {
			return nil, err
		}
		switch {
		case prop.name == "": // a blank line
		case prop.name == "BEGIN":
			err = p.begin(&prop)
		case len(p.open) == 0:
			err = &SyntaxError{prop.Line(), "expected BEGIN:VCALENDAR"}
		case prop.name == "END":
			var root *Component
			if root, err = p.end(&prop); root != nil {
				return root, p.nothingMore()
			}
		case p.open[len(p.open)-1].base-p.top >= p.lim.Properties:
			err = &LimitError{prop.Line(), "properties in one component", p.lim.Properties}
		default:
			p.top--
			p.slab[p.top] = prop
		}
		if err != nil {
			return nil, err
		}
	}
	if len(p.open) == 0 {
		return nil, &SyntaxError{1, "empty"}
	}
	return nil, &SyntaxError{p.line, "the text ends within " + clip(p.open[len(p.open)-1].Name)}
}

func (p *parser) begin(prop *Property) error {
	name := strings.ToUpper(strings.TrimSpace(prop.value))
	p.count++
	switch {
	case name == "":
		return &SyntaxError{prop.Line(), "BEGIN without a name"}
	case len(p.open) == 0 && name != "VCALENDAR":
		return &SyntaxError{prop.Line(), "expected BEGIN:VCALENDAR"}
	case len(p.open) >= p.lim.Depth:
		return &LimitError{prop.Line(), "components within each other", p.lim.Depth}
	case p.count > p.lim.Components:
		return &LimitError{prop.Line(), "components", p.lim.Components}
	}
	c := &Component{Name: name, Line: prop.Line()}
	if n := len(p.open); n > 0 {
		parent := p.open[n-1]
		c.after = parent.base - p.top
		parent.Children = append(parent.Children, c)
	}
	p.open = append(p.open, opened{c, p.top})
	return nil
}

// end closes the innermost component and returns the root when it was that.
func (p *parser) end(prop *Property) (*Component, error) {
	c := p.open[len(p.open)-1]
	if name := strings.TrimSpace(prop.value); !strings.EqualFold(name, c.Name) {
		return nil, &SyntaxError{prop.Line(), "END:" + clip(name) + " within " + clip(c.Name)}
	}
	p.open = p.open[:len(p.open)-1]
	own := p.slab[p.top:c.base]
	slices.Reverse(own)
	from := p.front
	p.front += copy(p.slab[from:], own) // the two may overlap
	p.top = c.base
	c.Properties = p.slab[from:p.front:p.front] // full: an Add must not grow into the neighbour's
	if len(p.open) == 0 {
		return c.Component, nil
	}
	return nil, nil
}

func (p *parser) nothingMore() error {
	if rest := strings.TrimLeft(p.rest, " \t\r\n"); rest != "" {
		blank := p.rest[:len(p.rest)-len(rest)]
		return &SyntaxError{p.line + 1 + strings.Count(blank, "\n"), "something follows END:VCALENDAR"}
	}
	return nil
}

// next reads one content line with its folds. A blank line has no name.
func (p *parser) next() (Property, error) {
	start, first := p.rest, p.line+1
	text := p.physical()
	if p.folded() {
		unfolded := make([]byte, 0, len(text)+160)
		unfolded = append(unfolded, text...)
		for p.folded() {
			p.rest = p.rest[1:]
			unfolded = append(unfolded, p.physical()...)
		}
		text = string(unfolded)
	}
	if text == "" {
		return Property{}, nil
	}
	if len(text) > p.lim.Line {
		return Property{}, &LimitError{first, "octets in one line", p.lim.Line}
	}
	prop := Property{raw: start[:len(start)-len(p.rest)], line: int32(first)}
	return prop, prop.split(text)
}

func (p *parser) folded() bool { return p.rest != "" && (p.rest[0] == ' ' || p.rest[0] == '\t') }

// physical reads up to the next line feed and drops the line end.
func (p *parser) physical() string {
	line, rest, _ := strings.Cut(p.rest, "\n")
	p.line++
	p.rest = rest
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line
}

// split takes an unfolded line apart: name, parameters, value.
func (p *Property) split(text string) error {
	i, lower := 0, false
	for ; i < len(text) && text[i] != ':' && text[i] != ';'; i++ {
		lower = lower || 'a' <= text[i] && text[i] <= 'z'
		if text[i] <= ' ' || text[i] == '"' || text[i] >= 0x7f {
			return &SyntaxError{p.Line(), "not a property name"}
		}
	}
	switch i {
	case 0:
		return &SyntaxError{p.Line(), "a property without a name"}
	case len(text):
		return &SyntaxError{p.Line(), "no colon"}
	}
	if p.name = text[:i]; lower {
		p.name = strings.ToUpper(p.name)
	}
	colon := i
	if text[i] == ';' {
		if colon = endOfParams(text, i); colon < 0 {
			return &SyntaxError{p.Line(), "no colon after the parameters of " + clip(p.name)}
		}
		p.params = text[i:colon]
	}
	p.value = text[colon+1:]
	return nil
}

// endOfParams finds the first colon from i on that no quotes enclose, or -1.
func endOfParams(text string, i int) int {
	for i < len(text) {
		next := strings.IndexAny(text[i:], `:"`)
		if next < 0 {
			return -1
		}
		i += next
		if text[i] == ':' {
			return i
		}
		closing := strings.IndexByte(text[i+1:], '"')
		if closing < 0 {
			return -1
		}
		i += closing + 2
	}
	return -1
}

// clip keeps messages short whatever the input.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
