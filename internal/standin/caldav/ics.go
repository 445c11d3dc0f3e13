package caldav

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// component is a parsed iCalendar component (RFC 5545 section 3.6), its properties and components in their order.
type component struct {
	name  string
	props []property
	comps []*component
}

// property is one content line. Names are in upper case; the value is as written, escapes included.
type property struct {
	name   string
	params []param
	value  string
}

// param is one parameter with its values, unquoted.
type param struct {
	name   string
	values []string
	bare   bool // written without the quotes that it needs, as SOGo does
}

// Limits of what is parsed.
const (
	maxNesting = 6
	maxLines   = 200_000
)

// parseICS reads exactly one VCALENDAR. It takes bare line feeds for line ends, as all servers do, and nothing else
// that RFC 5545 section 3.1 does not allow.
func parseICS(b []byte) (*component, error) {
	lines, err := unfold(b)
	if err != nil {
		return nil, err
	}
	var root *component
	var open []*component
	for i, line := range lines {
		// Only now: a fold may stand inside a character.
		if !utf8.ValidString(line) {
			return nil, fmt.Errorf("line %d: not UTF-8", i+1)
		}
		p, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		switch {
		case p.name == "BEGIN":
			c := &component{name: strings.ToUpper(p.value)}
			if len(open) == 0 && (root != nil || c.name != "VCALENDAR") {
				return nil, fmt.Errorf("line %d: %s where one VCALENDAR is to be", i+1, c.name)
			}
			if len(open) >= maxNesting {
				return nil, fmt.Errorf("line %d: components nested too deep", i+1)
			}
			if len(open) == 0 {
				root = c
			} else {
				top := open[len(open)-1]
				top.comps = append(top.comps, c)
			}
			open = append(open, c)
		case p.name == "END":
			if len(open) == 0 || open[len(open)-1].name != strings.ToUpper(p.value) {
				return nil, fmt.Errorf("line %d: END:%s without its BEGIN", i+1, p.value)
			}
			open = open[:len(open)-1]
		case len(open) == 0:
			return nil, fmt.Errorf("line %d: %s outside a component", i+1, p.name)
		default:
			top := open[len(open)-1]
			top.props = append(top.props, p)
		}
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%s has no END", open[len(open)-1].name)
	}
	if root == nil {
		return nil, errors.New("empty")
	}
	return root, nil
}

// unfold splits the text into content lines.
func unfold(b []byte) ([]string, error) {
	var lines []string
	for raw := range bytes.Lines(b) {
		line := bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r"))
		for _, c := range line {
			if c < ' ' && c != '\t' || c == 0x7f {
				return nil, fmt.Errorf("line %d: control character %#x", len(lines)+1, c)
			}
		}
		switch {
		case len(line) == 0:
			continue
		case line[0] == ' ' || line[0] == '\t':
			if len(lines) == 0 {
				return nil, errors.New("the first line is a continuation")
			}
			lines[len(lines)-1] += string(line[1:])
		default:
			if len(lines) >= maxLines {
				return nil, errors.New("too many lines")
			}
			lines = append(lines, string(line))
		}
	}
	return lines, nil
}

// parseLine reads name *(";" param) ":" value.
func parseLine(line string) (property, error) {
	end := nameEnd(line)
	if end == 0 {
		return property{}, errors.New("no property name")
	}
	p := property{name: strings.ToUpper(line[:end])}
	rest := line[end:]
	for strings.HasPrefix(rest, ";") {
		rest = rest[1:]
		n := nameEnd(rest)
		if n == 0 || n >= len(rest) || rest[n] != '=' {
			return property{}, fmt.Errorf("%s: a parameter without name or value", p.name)
		}
		x := param{name: strings.ToUpper(rest[:n])}
		rest = rest[n:] // "=value" or ",value"
		for first := true; first || strings.HasPrefix(rest, ","); first = false {
			v, after, err := paramValue(rest[1:])
			if err != nil {
				return property{}, fmt.Errorf("%s: parameter %s: %w", p.name, x.name, err)
			}
			x.values = append(x.values, v)
			rest = after
		}
		p.params = append(p.params, x)
	}
	if !strings.HasPrefix(rest, ":") {
		return property{}, fmt.Errorf("%s: no colon", p.name)
	}
	p.value = rest[1:]
	return p, nil
}

// nameEnd is how much of s is a name: letters, digits and hyphens.
func nameEnd(s string) int {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return i
		}
	}
	return len(s)
}

// paramValue reads one value, quoted or not.
func paramValue(s string) (value, rest string, err error) {
	if strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s[1:], '"')
		if end < 0 {
			return "", "", errors.New("a quote without its end")
		}
		return s[1 : 1+end], s[2+end:], nil
	}
	end := strings.IndexAny(s, `;:,"`)
	if end < 0 || s[end] == '"' {
		return "", "", errors.New("no end, or a quote in its middle")
	}
	return s[:end], s[end:], nil
}

// prop is the first property of that name, or nil.
func (c *component) prop(name string) *property {
	for i := range c.props {
		if c.props[i].name == name {
			return &c.props[i]
		}
	}
	return nil
}

// text is the value of the first property of that name, unescaped; empty if there is none.
func (c *component) text(name string) string {
	if p := c.prop(name); p != nil {
		return unescapeText(p.value)
	}
	return ""
}

// param is the first value of a parameter, or empty.
func (p *property) param(name string) string {
	for _, x := range p.params {
		if x.name == name {
			return x.values[0]
		}
	}
	return ""
}
