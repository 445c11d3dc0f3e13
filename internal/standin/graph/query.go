package graph

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// options are the OData options of a request.
type options struct {
	selected []string
	extended []string // ids to expand
	expand   []string
	top      int
	skip     int
	filter   filter
	order    string
	desc     bool
	count    bool
}

// option is the value of a query option, whose name may be written in any case.
func (c *call) option(name string) string {
	for k, v := range c.q { // any order: one name has one spelling in a request
		if strings.EqualFold(k, name) && len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// readOptions reads the system options, of which the resource takes those that are allowed.
func (c *call) readOptions(properties []string, allowed ...string) (options, *failure) {
	o := options{top: 10}
	if c.page > 0 {
		o.top = c.page
	}
	names := make([]string, 0, len(c.q))
	for k := range c.q {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		name := strings.ToLower(k)
		if !strings.HasPrefix(name, "$") {
			continue
		}
		if !slices.Contains(allowed, name) || len(c.q[k]) != 1 {
			return o, refQuery.because("The query parameter '" + k + "' is not supported.")
		}
		if f := o.read(name, c.q[k][0], properties); f != nil {
			return o, f
		}
	}
	return o, nil
}

// read takes one option.
func (o *options) read(name, v string, properties []string) *failure {
	number := func(least, most int) (int, *failure) {
		n, err := strconv.Atoi(v)
		if err != nil || n < least || n > most {
			return 0, refQuery.because("Invalid value '" + v + "' for " + name + " query option found.")
		}
		return n, nil
	}
	var f *failure
	switch name {
	case "$top":
		o.top, f = number(1, maxPage)
	case "$skip":
		o.skip, f = number(0, 1<<31-1)
	case "$count":
		o.count = strings.EqualFold(v, "true")
	case "$select":
		for p := range strings.SplitSeq(v, ",") {
			p = strings.TrimSpace(p)
			i := slices.IndexFunc(properties, func(x string) bool { return strings.EqualFold(x, p) })
			if i < 0 {
				return noProperty(p)
			}
			o.selected = append(o.selected, properties[i])
		}
	case "$expand":
		return o.readExpand(v)
	case "$filter":
		o.filter, f = parseFilter(v)
	case "$orderby":
		return o.readOrder(v)
	}
	return f
}

func noProperty(p string) *failure {
	return refProperty.because("Parsing OData Select and Expand failed: Could not find a property named '" + p + "' on type 'microsoft.graph.event'.")
}

// extendedExpand is the one way to ask for an extended property.
var extendedExpand = regexp.MustCompile(`^(?i)singleValueExtendedProperties\(\$filter=\s*(.+)\)$`)

// bareExtended asks for extended properties without saying which.
var bareExtended = regexp.MustCompile(`^(?i)singleValueExtendedProperties(\(\$select=[\w,]*\))?$`)

var idTerm = regexp.MustCompile(`^(?i)\s*id eq '((?:[^']|'')*)'\s*$`)

func (o *options) readExpand(v string) *failure {
	for _, part := range splitOutside(v, ",") {
		part = strings.TrimSpace(part)
		if m := extendedExpand.FindStringSubmatch(part); m != nil {
			for _, term := range splitOutside(m[1], " or ") {
				id := idTerm.FindStringSubmatch(term)
				if id == nil {
					return refFilter.because("The extended properties to expand are chosen by $filter=id eq '…'.")
				}
				canonical, ok := canonicalID(unquote(id[1]))
				if !ok {
					return refExtended.because("PropertyId values may only be in one of the following formats: 'MapiPropertyType namespaceGuid Name propertyName'.")
				}
				o.extended = append(o.extended, canonical)
			}
			continue
		}
		switch {
		case bareExtended.MatchString(part):
			// Taken, and without effect: only a $filter on the id shows a property (msgraph-docs 21314).
		case strings.EqualFold(part, "exceptionOccurrences"), strings.EqualFold(part, "calendar"), strings.EqualFold(part, "extensions"),
			strings.EqualFold(part, "attachments"):
			o.expand = append(o.expand, strings.ToLower(part[:1])+part[1:])
		default:
			return noProperty(part)
		}
	}
	return nil
}

// orders are what a list of events can be ordered by.
var orders = []string{"start/dateTime", "end/dateTime", "subject", "createdDateTime", "lastModifiedDateTime"}

func (o *options) readOrder(v string) *failure {
	name, direction, _ := strings.Cut(strings.TrimSpace(v), " ")
	i := slices.IndexFunc(orders, func(x string) bool { return strings.EqualFold(x, name) })
	if i < 0 {
		return noProperty(name)
	}
	switch strings.ToLower(strings.TrimSpace(direction)) {
	case "desc":
		o.desc = true
	case "asc", "":
	default:
		return refQuery.because("Syntax error in $orderby.")
	}
	o.order = orders[i]
	return nil
}

// splitOutside splits at a separator that stands outside quotes and parentheses.
func splitOutside(s, sep string) []string {
	var parts []string
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case quoted:
		case s[i] == '(':
			depth++
		case s[i] == ')':
			depth--
		case depth == 0 && i+len(sep) <= len(s) && strings.EqualFold(s[i:i+len(sep)], sep):
			parts = append(parts, s[from:i])
			i += len(sep) - 1
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

func unquote(s string) string { return strings.ReplaceAll(s, "''", "'") }

// sendPage answers with a part of a list, and says where the next one is.
func (c *call) sendPage(what string, list []object, o options) *failure {
	total := len(list)
	list = list[min(o.skip, total):]
	more := len(list) > o.top
	list = list[:min(o.top, len(list))]
	answer := c.withContext(what, nil)
	if o.count {
		answer = append(answer, member{"@odata.count", total})
	}
	answer = append(answer, member{"value", orEmpty(list)})
	if more {
		q := url.Values{}
		for k, v := range c.q { // any order: a copy
			if !strings.EqualFold(k, "$skip") {
				q[k] = v
			}
		}
		q.Set("$skip", strconv.Itoa(o.skip+o.top))
		q.Set("$top", strconv.Itoa(o.top))
		answer = append(answer, member{"@odata.nextLink", c.base() + c.r.URL.EscapedPath() + "?" + q.Encode()})
	}
	return c.send(http.StatusOK, answer)
}
