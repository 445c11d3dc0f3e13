package graph

import (
	"regexp"
	"strings"
	"time"
)

// filter is a conjunction of terms; nil lets everything through.
type filter []term

// term is one condition.
type term struct {
	test func(*Server, view) bool
	// mailbox says that the term looks through the whole mailbox, whichever calendar is listed.
	mailbox bool
}

func (f filter) wholeMailbox() bool {
	for _, t := range f {
		if t.mailbox {
			return true
		}
	}
	return false
}

func (f filter) passes(s *Server, x view) bool {
	for _, t := range f {
		if !t.test(s, x) {
			return false
		}
	}
	return true
}

func badFilter(text string) *failure {
	return refFilter.because("The query filter contains one or more invalid nodes: " + text)
}

// parseFilter reads what events can be filtered by.
func parseFilter(v string) (filter, *failure) {
	var list filter
	for _, text := range splitOutside(v, " and ") {
		t, f := parseTerm(strings.TrimSpace(text))
		if f != nil {
			return nil, f
		}
		list = append(list, t)
	}
	return list, nil
}

var (
	anyTerm     = regexp.MustCompile(`^(?i)singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*(.*)\)$`)
	compareTerm = regexp.MustCompile(`^([\w/]+)\s+(eq|ne|ge|gt|le|lt)\s+(?:'((?:[^']|'')*)'|(\S+))$`)
	callTerm    = regexp.MustCompile(`^(startswith|contains)\(\s*([\w/]+)\s*,\s*'((?:[^']|'')*)'\s*\)$`)
)

func parseTerm(text string) (term, *failure) {
	if m := anyTerm.FindStringSubmatch(text); m != nil {
		return parseExtended(m[1], m[2], text)
	}
	if m := callTerm.FindStringSubmatch(text); m != nil && m[1] == "startswith" && m[2] == "subject" {
		prefix := strings.ToLower(unquote(m[3]))
		return term{test: func(_ *Server, x view) bool { return strings.HasPrefix(strings.ToLower(x.p.subject), prefix) }}, nil
	}
	m := compareTerm.FindStringSubmatch(text)
	if m == nil {
		return term{}, badFilter(text)
	}
	name, op, literal := m[1], m[2], unquote(m[3]+m[4])
	switch name {
	case "start/dateTime", "end/dateTime", "createdDateTime", "lastModifiedDateTime":
		return timeTerm(name, op, literal, text)
	}
	get, ok := wordProperties[name]
	if !ok || op != "eq" && op != "ne" {
		return term{}, badFilter(text)
	}
	return term{test: func(_ *Server, x view) bool { return strings.EqualFold(get(x), literal) == (op == "eq") }}, nil
}

func flag(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

// wordProperties are compared without regard to case.
var wordProperties = map[string]func(view) string{
	"subject":     func(x view) string { return x.p.subject },
	"iCalUId":     func(x view) string { return globalID(x.it.uid, x.original) },
	"uid":         func(x view) string { return globalID(x.it.uid, whole) },
	"showAs":      func(x view) string { return x.p.showAs },
	"sensitivity": func(x view) string { return x.p.sensitivity },
	"importance":  func(x view) string { return x.p.importance },
	"isAllDay":    func(x view) string { return flag(x.p.allDay) },
	"isCancelled": func(x view) string { return flag(x.v.cancelled) },
	"isOrganizer": func(x view) string { return flag(!x.v.invited) },
	"type":        func(x view) string { return x.kind },
}

func timeTerm(name, op, literal, text string) (term, *failure) {
	at, ok := parseInstant(literal)
	if !ok {
		return term{}, badFilter(text)
	}
	return term{test: func(_ *Server, x view) bool {
		n := timeOf(x, name).Compare(at)
		switch op {
		case "eq":
			return n == 0
		case "ne":
			return n != 0
		case "ge":
			return n >= 0
		case "gt":
			return n > 0
		case "le":
			return n <= 0
		}
		return n < 0
	}}, nil
}

// timeOf is a time by which events are filtered and ordered.
func timeOf(x view, name string) time.Time {
	switch name {
	case "start/dateTime":
		return x.p.start.instant()
	case "end/dateTime":
		return x.p.end.instant()
	case "createdDateTime":
		return x.it.made
	}
	return x.v.at
}

// parseExtended reads the filter on an extended property: the name in its id is case-sensitive, its value is not.
func parseExtended(variable, inner, text string) (term, *failure) {
	var id string
	var test func(string) bool
	for _, part := range splitOutside(inner, " and ") {
		part = strings.TrimSpace(part)
		cmp, fn := compareTerm.FindStringSubmatch(part), callTerm.FindStringSubmatch(part)
		switch {
		case cmp != nil && cmp[1] == variable+"/id" && cmp[2] == "eq" && id == "":
			canonical, ok := canonicalID(unquote(cmp[3]))
			if !ok {
				return term{}, refExtended.because("PropertyId values may only be in one of the following formats: 'MapiPropertyType namespaceGuid Name propertyName'.")
			}
			id = canonical
		case cmp != nil && cmp[1] == variable+"/value" && (cmp[2] == "eq" || cmp[2] == "ne") && cmp[4] == "" && test == nil:
			want, equal := unquote(cmp[3]), cmp[2] == "eq"
			test = func(v string) bool { return strings.EqualFold(v, want) == equal }
		case fn != nil && fn[2] == variable+"/value" && test == nil:
			want := strings.ToLower(unquote(fn[3]))
			match := strings.Contains
			if fn[1] == "startswith" {
				match = strings.HasPrefix
			}
			test = func(v string) bool { return match(strings.ToLower(v), want) }
		default:
			return term{}, badFilter(text)
		}
	}
	if id == "" {
		return term{}, badFilter(text)
	}
	return term{mailbox: true, test: func(_ *Server, x view) bool {
		v, there := x.p.extended[id]
		return there && (test == nil || test(v))
	}}, nil
}
