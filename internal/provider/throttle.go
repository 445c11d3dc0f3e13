package provider

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Budget is how many requests there may be in any span of a length. Costs: it is counted in what requests cost, where a provider charges
// one more than another.
type Budget struct {
	Requests int
	Per      time.Duration
	Costs    bool
}

type costKey struct{}

// Costing says what a request costs in budgets of costs.
func Costing(ctx context.Context, cost int) context.Context {
	return context.WithValue(ctx, costKey{}, cost)
}

// Cost is what a request costs.
func Cost(ctx context.Context) int {
	if n, ok := ctx.Value(costKey{}).(int); ok {
		return n
	}
	return 1
}

type weightKey struct{}

// Weighing says under which weight a request counts in budgets: one that holds several calls counts as all of them.
func Weighing(ctx context.Context, calls int) context.Context {
	return context.WithValue(ctx, weightKey{}, calls)
}

// Weight is how many calls a request counts for.
func Weight(ctx context.Context) int {
	if n, ok := ctx.Value(weightKey{}).(int); ok {
		return n
	}
	return 1
}

// Throttled reports whether an HTTP status may come with a Retry-After that speaks for the whole account.
func Throttled(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// RetryAfter reads the header in both its forms, seconds and date (RFC 9110 section 10.2.3); zero if there is none. A
// date is on the server's clock, so the answer's own Date takes the skew out. Nobody is obeyed for more than a week.
func RetryAfter(h http.Header, now time.Time) time.Time {
	v := h.Get("Retry-After")
	if v == "" {
		return time.Time{}
	}
	const most = 7 * 24 * time.Hour
	if n, err := strconv.Atoi(v); err == nil {
		return now.Add(time.Duration(max(0, min(n, int(most/time.Second)))) * time.Second)
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return time.Time{}
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		at = now.Add(at.Sub(sent))
	}
	if last := now.Add(most); at.After(last) {
		return last
	}
	return at
}
