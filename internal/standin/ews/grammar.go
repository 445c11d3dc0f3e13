package ews

import (
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// particle is one place in the children of a type: one of its names, so many times.
type particle struct {
	types    map[string]string // of the children that may stand here, by name
	min, max int               // max < 0: without end
}

// grammar is one type.
type grammar struct {
	attrs     map[string]string // types by name; "?" at the end for an optional one
	particles []particle
	simple    string // the type of its text
}

// grammars are all types, and operations those of them that stand in a body. CalendarItem has the fields of events, in
// their order.
var grammars = map[string]grammar{}

func init() {
	for line := range strings.Lines(schemaText) {
		name, rest, found := strings.Cut(strings.TrimSpace(line), " ")
		if found {
			grammars[name] = parseGrammar(rest)
		}
	}
	var g grammar
	for _, f := range fields {
		p := particle{map[string]string{f.name: f.kind}, 0, 1}
		if f.name == "ExtendedProperty" {
			p.max = -1
		}
		g.particles = append(g.particles, p)
	}
	grammars["CalendarItem"] = g
}

// parseGrammar reads what stands behind the name of a type.
func parseGrammar(text string) grammar {
	g := grammar{attrs: map[string]string{}}
	attrs, content, _ := strings.Cut(text, "=")
	for a := range strings.FieldsSeq(attrs) {
		name, kind, _ := strings.Cut(strings.TrimPrefix(a, "@"), ":")
		g.attrs[name] = kind
	}
	var open *particle
	group := false
	for token := range strings.FieldsSeq(content) {
		if simple, ok := strings.CutPrefix(token, "#"); ok {
			g.simple = simple
			continue
		}
		if open == nil {
			open = &particle{types: map[string]string{}}
			group = token[0] == '('
		}
		core := strings.TrimRight(token, "?*+")
		name, kind, _ := strings.Cut(strings.Trim(core, "()"), ":")
		open.types[name] = kind
		if group && !strings.HasSuffix(core, ")") {
			continue
		}
		open.min, open.max = 1, 1
		switch token[len(core):] {
		case "?":
			open.min = 0
		case "*":
			open.min, open.max = 0, -1
		case "+":
			open.max = -1
		}
		g.particles, open = append(g.particles, *open), nil
	}
	return g
}

// check says what of an element the schema does not allow; empty if nothing is.
func check(e *element, kind string) string {
	space := nsTypes
	if _, ok := operations[kind]; ok && e.Name.Space == nsMessages {
		space = nsMessages
	}
	return checkIn(e, kind, space)
}

// checkIn holds an element to a type; space is that of its children.
func checkIn(e *element, kind, space string) string {
	if kind == "any" {
		return ""
	}
	g, complex := grammars[kind]
	if !complex {
		return checkText(e, kind)
	}
	if problem := checkAttrs(e, g.attrs); problem != "" {
		return problem
	}
	if g.simple != "" {
		return checkText(e, g.simple)
	}
	if strings.TrimSpace(e.Text) != "" {
		return fmt.Sprintf("The element '%s' cannot contain text.", e.Name.Local)
	}
	rest := e.Children
	for _, p := range g.particles {
		n := 0
		for ; len(rest) > 0 && (p.max < 0 || n < p.max); n++ {
			inner, ok := p.types[rest[0].Name.Local]
			if of, apart := p.types["t."+rest[0].Name.Local]; apart {
				inner, ok = of, rest[0].Name.Space == nsTypes
			} else if rest[0].Name.Space != space {
				ok = false
			}
			if !ok {
				break
			}
			if problem := checkIn(rest[0], inner, nsTypes); problem != "" {
				return problem
			}
			rest = rest[1:]
		}
		if n < p.min {
			return fmt.Sprintf("The element '%s' has incomplete content: one of %s is expected.", e.Name.Local, p.expected())
		}
	}
	if len(rest) > 0 {
		return fmt.Sprintf("The element '%s' has invalid child element '%s' in namespace '%s'.", e.Name.Local, rest[0].Name.Local, rest[0].Name.Space)
	}
	return ""
}

func (p particle) expected() string {
	return strings.Join(slices.Sorted(maps.Keys(p.types)), ", ")
}

// checkAttrs holds the attributes of an element to its type; declarations of namespaces and what is of other namespaces are
// let through.
func checkAttrs(e *element, attrs map[string]string) string {
	for _, a := range e.Attrs {
		if a.Name.Space != "" || a.Name.Local == "xmlns" {
			continue
		}
		kind, ok := attrs[a.Name.Local]
		if !ok {
			return fmt.Sprintf("The '%s' attribute of '%s' is not declared.", a.Name.Local, e.Name.Local)
		}
		if !ofType(strings.TrimSuffix(kind, "?"), a.Value) {
			return fmt.Sprintf("The '%s' attribute is invalid - The value '%s' is invalid according to its datatype.", a.Name.Local, a.Value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		has := slices.ContainsFunc(e.Attrs, func(a xml.Attr) bool { return a.Name.Space == "" && a.Name.Local == name })
		if !has && !strings.HasSuffix(attrs[name], "?") {
			return fmt.Sprintf("The required attribute '%s' is missing.", name)
		}
	}
	return ""
}

// checkText holds an element without children to a simple type.
func checkText(e *element, kind string) string {
	switch {
	case len(e.Children) > 0:
		return fmt.Sprintf("The element '%s' cannot contain child element '%s'.", e.Name.Local, e.Children[0].Name.Local)
	case !ofType(kind, e.Text):
		return fmt.Sprintf("The '%s' element is invalid - The value '%s' is invalid according to its datatype.", e.Name.Local, e.Text)
	}
	return ""
}

// ofType reports whether a text is a value of a simple type.
func ofType(kind, text string) bool {
	if list, ok := words[kind]; ok {
		return slices.Contains(strings.Fields(list), strings.TrimSpace(text))
	}
	return simpleTypes[kind](text)
}
