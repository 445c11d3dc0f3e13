package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/store"
)

// query reads parameters and collects the first mistake.
type query struct {
	values url.Values
	err    error
}

// query refuses parameters that are not known: a misspelt filter would otherwise answer everything.
func (c *pdCall) query(known ...string) *query {
	q := &query{values: c.r.URL.Query()}
	for name := range q.values {
		if !slices.Contains(known, name) {
			q.fail("Parameter %q is not known here; known are %s", name, strings.Join(known, ", "))
		}
	}
	return q
}

func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = badRequest(format, args...)
	}
}

func (q *query) id(name string) store.ID {
	text := q.values.Get(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		q.fail("Parameter %s: %q is not an id", name, text)
	}
	return n
}

func (q *query) ids(name string) []store.ID {
	text := q.values.Get(name)
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	if len(parts) > 100 {
		q.fail("Parameter %s: at most 100 ids are taken", name)
		return nil
	}
	out := make([]store.ID, 0, len(parts))
	for _, p := range parts {
		n, err := strconv.ParseInt(strings.TrimSpace(p), 10, 64)
		if err != nil || n <= 0 {
			q.fail("Parameter %s: %q is not an id", name, p)
		}
		out = append(out, n)
	}
	return out
}

func (q *query) flag(name string) *bool {
	switch text := q.values.Get(name); text {
	case "":
		return nil
	case "true", "1":
		return new(true)
	case "false", "0":
		return new(false)
	default:
		q.fail("Parameter %s: %q is neither true nor false", name, text)
		return nil
	}
}

func (q *query) time(name string) time.Time {
	text := q.values.Get(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		q.fail("Parameter %s: %q is not a time such as 2026-01-02T10:20:00Z", name, text)
	}
	return t
}

func (q *query) word(name string, allowed ...string) string {
	text := q.values.Get(name)
	if text != "" && !slices.Contains(allowed, text) {
		q.fail("Parameter %s: %q is none of %s", name, text, strings.Join(allowed, ", "))
	}
	return text
}

// limit is how many a page holds: 100, or what was asked for up to 500.
func (q *query) limit() int {
	text := q.values.Get("limit")
	if text == "" {
		return 100
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 500 {
		q.fail("Parameter limit: %q is not a number from 1 to 500", text)
	}
	return n
}
