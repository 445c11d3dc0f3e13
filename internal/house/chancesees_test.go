package house_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/teambition/rrule-go"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/standin"
)

// interrupter is the wire of the house; it lets somebody do something between two requests of a run.
type interrupter struct {
	mu   sync.Mutex
	left int
	act  func()
	// spares is asked of a request whether somebody may act just before it; if not they act before the next one.
	spares func(*http.Request) bool
}

func (i *interrupter) after(n int, act func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.left, i.act = n, act; n <= 0 {
		i.act = nil
	}
}

func (i *interrupter) around(next http.RoundTripper) http.RoundTripper { return &interrupted{i, next} }

type interrupted struct {
	*interrupter
	next http.RoundTripper
}

func (i *interrupted) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	i.left--
	if i.left <= 0 && i.act != nil && !(i.spares != nil && i.spares(r)) {
		act := i.act
		i.act = nil
		act()
	}
	i.mu.Unlock()
	return i.next.RoundTrip(r)
}

// misfortunes are what goes wrong from now on.
func (p *chance) misfortunes() (list []standin.Fault) {
	if p.dice.IntN(4) == 0 {
		return nil
	}
	often := []float64{0.03, 0.1, 0.3}[p.dice.IntN(3)]
	list = p.cloud.troubles(p)
	for _, f := range []standin.Fault{
		{Status: 429, RetryAfter: 1 + p.dice.IntN(60)},
		{Status: 403, Reason: "rateLimitExceeded"},
		{Status: 403, Reason: "userRateLimitExceeded"},
		{Status: 403, Reason: "quotaExceeded"},
		{Status: 500}, {Status: 503, RetryAfter: 5}, {Status: 502},
		{StatusAfter: 504}, {StatusAfter: 500}, {StatusAfter: 503},
		{DropBefore: true}, {DropAfter: true}, {DropAfter: true, Method: "POST"},
		{Truncate: 1 + p.dice.IntN(400)}, {Garbage: true},
	} {
		if f.Status == http.StatusForbidden && !p.cloud.hasReasons() {
			continue
		}
		if p.dice.IntN(3) == 0 {
			f.Probability, f.Seed, f.Path = often, p.dice.Uint64(), p.cloud.apiPath()
			list = append(list, f)
		}
	}
	return list
}

// spanOf what is compared; endless series go on behind it.
const span = 200 * 24 * time.Hour

var firstDay = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// date is one occurrence, as either side tells of it.
type date struct {
	start, end                     time.Time
	day                            bool
	subject, location, description string
	busy, private                  bool
}

func (d date) String() string {
	layout := "2006-01-02T15:04Z"
	if d.day {
		layout = time.DateOnly
	}
	text := fmt.Sprintf("%s to %s %q at %q: %q", d.start.UTC().Format(layout), d.end.UTC().Format(layout), d.subject, d.location, strings.TrimSpace(strings.ReplaceAll(d.description, "\r\n", "\n")))
	if d.busy {
		text += " busy"
	}
	if d.private {
		text += " private"
	}
	return text
}

// tell writes what an item says: itself first, then its dates within the span.
func tell(subject string, series bool, dates []date) string {
	var lines []string
	for _, d := range dates {
		if !d.start.After(firstDay.Add(span)) {
			lines = append(lines, d.String())
		}
	}
	slices.Sort(lines)
	return fmt.Sprintf("• %s, series %v\n  %s", subject, series, strings.Join(lines, "\n  "))
}

// token is what a title begins with.
func token(subject string) string { t, _, _ := strings.Cut(subject, " "); return t }

// hold is what a side says of each item. What is there twice is told twice.
func (p *chance) hold(side int) sides {
	found := map[string][]string{}
	if side == here {
		for _, a := range p.all() {
			found[token(a.Plan.Subject)] = append(found[token(a.Plan.Subject)], p.cloud.told(p, &a))
		}
	} else {
		for _, e := range p.cloud.entries() {
			found[token(e.Subject)] = append(found[token(e.Subject)], e.told)
		}
	}
	out := sides{}
	for token, list := range found {
		slices.Sort(list)
		out[token] = strings.Join(list, "\n")
	}
	return out
}

// datesOf expands an activity without our own code for recurrence.
func datesOf(a *crm.Activity) (list []date) {
	e := &a.Plan
	starts := []calendar.Wall{e.Start.Wall}
	if e.Rule != "" {
		starts = append(starts, stepped(e)...)
	}
	for _, x := range e.Extra {
		starts = append(starts, x.Wall)
	}
	slices.Sort(starts)
	for _, at := range slices.Compact(starts) {
		if slices.Contains(e.Cancelled, at) {
			continue
		}
		v := e.Values
		v.Start.Wall, v.End.Wall = at, at+(e.End.Wall-e.Start.Wall)
		for _, o := range e.Overrides {
			if o.Original == at {
				for _, f := range o.Set.List() {
					calendar.Copy(f, &v, &o.Values)
				}
			}
		}
		list = append(list, date{
			start: instant(v.Start), end: instant(v.End), day: v.Start.Kind == calendar.Date, subject: v.Subject, location: v.Location,
			description: v.Description, busy: v.Busy, private: v.Private,
		})
	}
	return list
}

func instant(t calendar.Time) time.Time {
	loc := time.UTC
	if t.Kind == calendar.Zoned {
		var err error
		if loc, err = time.LoadLocation(t.Zone); err != nil {
			panic(err)
		}
	}
	c := t.Wall.Civil()
	return time.Date(c.Year(), c.Month(), c.Day(), c.Hour(), c.Minute(), c.Second(), 0, loc)
}

// stepped are the starts that a rule gives within the span, by rrule-go on the wall clock.
func stepped(e *calendar.Event) (list []calendar.Wall) {
	option, err := rrule.StrToROption(e.Rule)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", e.Rule, err))
	}
	option.Dtstart = e.Start.Wall.Civil()
	if !option.Until.IsZero() && e.Start.Kind == calendar.Zoned && strings.Contains(e.Rule, "Z") {
		loc, err := time.LoadLocation(e.Start.Zone)
		if err != nil {
			panic(err)
		}
		option.Until = calendar.WallIn(option.Until, loc).Civil()
	}
	r, err := rrule.NewRRule(*option)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", e.Rule, err))
	}
	next := r.Iterator()
	for t, more := next(); more && t.Before(firstDay.Add(span+48*time.Hour)); t, more = next() {
		list = append(list, calendar.Wall(t.Unix()))
	}
	return list
}
