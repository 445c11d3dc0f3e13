package text

import (
	"fmt"
	"strings"
)

// template is a text cut at its placeholders: even parts are literal, odd ones are names.
type template []string

func parseTemplate(s string) (template, error) {
	var t template
	for {
		literal, rest, found := strings.Cut(s, "{")
		if strings.Contains(literal, "}") {
			return nil, fmt.Errorf("%q closes a brace that was not opened", literal)
		}
		t = append(t, literal)
		if !found {
			return t, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			return nil, fmt.Errorf("%q is no placeholder", "{"+name)
		}
		t, s = append(t, name), after
	}
}

// names lists the placeholders in order.
func (t template) names() []string {
	var out []string
	for i := 1; i < len(t); i += 2 {
		out = append(out, t[i])
	}
	return out
}

// render fills the placeholders in. One that has no value stays visible, in its braces.
func (t template) render(values map[string]string) string {
	if len(t) == 1 {
		return t[0]
	}
	var b strings.Builder
	for i, part := range t {
		if i%2 == 0 {
			b.WriteString(part)
		} else if v, ok := values[part]; ok {
			b.WriteString(v)
		} else {
			b.WriteString("{" + part + "}")
		}
	}
	return b.String()
}
