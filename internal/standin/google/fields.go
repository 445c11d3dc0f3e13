package google

import (
	"errors"
	"maps"
	"strings"
)

// selection is what a partial answer keeps: field names, each with what it keeps inside; a nil one keeps everything.
type selection map[string]selection

// parseFields reads the parameter "fields": a,b/c,d(e,f).
func parseFields(s string) (selection, error) {
	sel, rest, err := parseSelection(s)
	if err == nil && rest != "" {
		err = errors.New("unbalanced parenthesis")
	}
	return sel, err
}

func parseSelection(s string) (selection, string, error) {
	all := selection{}
	for {
		end := strings.IndexAny(s, ",/()")
		if end < 0 {
			end = len(s)
		}
		name := strings.TrimSpace(s[:end])
		if name == "" {
			return nil, "", errors.New("a name is missing")
		}
		s = s[end:]
		var inner selection
		var err error
		switch {
		case strings.HasPrefix(s, "/"):
			inner, s, err = parsePath(s[1:])
		case strings.HasPrefix(s, "("):
			if inner, s, err = parseSelection(s[1:]); err == nil {
				if !strings.HasPrefix(s, ")") {
					err = errors.New("a parenthesis is not closed")
				} else {
					s = s[1:]
				}
			}
		}
		if err != nil {
			return nil, "", err
		}
		all.add(name, inner)
		if !strings.HasPrefix(s, ",") {
			return all, s, nil
		}
		s = s[1:]
	}
}

// parsePath reads what stands behind a slash: one name with what is inside it.
func parsePath(s string) (selection, string, error) {
	end := strings.IndexAny(s, ",)")
	if open := strings.IndexByte(s, '('); open >= 0 && (end < 0 || open < end) {
		depth := 0
		for i := open; i < len(s); i++ {
			switch s[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth == 0 {
				end = i + 1
				break
			}
		}
	}
	if end < 0 {
		end = len(s)
	}
	sel, rest, err := parseSelection(s[:end])
	if err == nil && rest != "" {
		err = errors.New("unbalanced parenthesis")
	}
	return sel, s[end:], err
}

func (s selection) add(name string, inner selection) {
	if old, there := s[name]; there && old != nil && inner != nil {
		maps.Copy(old, inner)
		return
	}
	s[name] = inner
}

// of leaves what was selected of a value; of a list, in each of its members.
func (s selection) of(v any) any {
	if s == nil {
		return v
	}
	switch v := v.(type) {
	case object:
		out := object{}
		for k, x := range v {
			if inner, ok := s[k]; ok {
				out[k] = inner.of(x)
			} else if inner, ok := s["*"]; ok {
				out[k] = inner.of(x)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = s.of(x)
		}
		return out
	}
	return v
}
