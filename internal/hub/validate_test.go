package hub

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
)

func TestThePlanIsBounded(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ä", n) }
	guests := func(n int) []calendar.Guest { return make([]calendar.Guest, n) }
	when := func(from, to calendar.Time) func(*calendar.Event) {
		return func(e *calendar.Event) { e.Start, e.End = from, to }
	}
	of := func(f calendar.Field, change func(*calendar.Override)) func(*calendar.Event) {
		return func(e *calendar.Event) {
			e.Rule = "FREQ=DAILY"
			o := calendar.Override{Original: zoned(3, 3, 10).Wall, Set: calendar.Fields(f)}
			change(&o)
			e.Overrides = []calendar.Override{o}
		}
	}
	walls := func(n int) (list []calendar.Wall) {
		for i := range n {
			list = append(list, calendar.Wall(i))
		}
		return list
	}
	wall := func(w calendar.Wall) calendar.Time { return calendar.Time{Kind: calendar.UTC, Wall: w} }
	for name, c := range map[string]struct {
		change      func(*calendar.Event)
		field, code string
	}{
		"a place":                      {func(e *calendar.Event) { e.Location = long(MaxLine) }, "", ""},
		"a long place":                 {func(e *calendar.Event) { e.Location = long(MaxLine + 1) }, "location", CodeTooLong},
		"a long address to meet at":    {func(e *calendar.Event) { e.MeetingURL = long(MaxLine + 1) }, "meeting_url", CodeTooLong},
		"an organiser":                 {func(e *calendar.Event) { e.Organizer = calendar.Person{Email: long(MaxLine - 2), Name: "xx"} }, "", ""},
		"an organiser with long names": {func(e *calendar.Event) { e.Organizer = calendar.Person{Email: long(MaxLine - 2), Name: "xxx"} }, "organizer", CodeTooLong},
		"guests":                       {func(e *calendar.Event) { e.Guests = guests(MaxGuests) }, "", ""},
		"more guests":                  {func(e *calendar.Event) { e.Guests = guests(MaxGuests + 1) }, "guests", CodeTooMany},
		"a guest with a long name":     {func(e *calendar.Event) { e.Guests = guests(2); e.Guests[1].Name = long(MaxLine + 1) }, "guests", CodeTooLong},
		"a text":                       {func(e *calendar.Event) { e.Description = strings.Repeat("x", MaxText) }, "", ""},
		"a long text":                  {func(e *calendar.Event) { e.Description = strings.Repeat("x", MaxText+1) }, "description", CodeTooLong},
		"a long text for a line":       {func(e *calendar.Event) { e.Subject = strings.Repeat("x", MaxText+1) }, "subject", CodeTooLong},
		"a tabulator":                  {func(e *calendar.Event) { e.Subject = "a\tb" }, "", ""},
		"a zero byte":                  {func(e *calendar.Event) { e.Description = "a\x00" }, "description", CodeBadText},
		"no UTF-8":                     {func(e *calendar.Event) { e.Description = "\xff" }, "description", CodeBadText},
		"ten years and days":           {when(wall(0), wall(calendar.Wall(maxSpan/time.Second))), "", ""},
		"more than ten years":          {when(wall(0), wall(calendar.Wall(maxSpan/time.Second)+1)), "when", CodeTooLong},
		"no length":                    {when(zoned(3, 2, 10), zoned(3, 2, 10)), "", ""},
		"the first second":             {when(wall(firstWall), wall(firstWall)), "", ""},
		"before the first second":      {when(wall(firstWall-1), wall(firstWall)), "when", CodeOutOfRange},
		"the last second":              {when(wall(lastWall), wall(lastWall)), "", ""},
		"after the last second":        {when(wall(lastWall), wall(lastWall+1)), "when", CodeOutOfRange},
		"a zone in UTC":                {when(calendar.Time{Kind: calendar.UTC, Zone: helsinki}, wall(0)), "when", CodeUnknownZone},
		"two kinds":                    {when(wall(0), zoned(3, 2, 10)), "when", CodeKinds},
		"a word of a date":             {of(calendar.Subject, func(o *calendar.Override) { o.Subject = long(MaxSubject) }), "", ""},
		"a long word of a date":        {of(calendar.Subject, func(o *calendar.Override) { o.Subject = long(MaxSubject + 1) }), "subject@20260303T100000", CodeTooLong},
		"a date without a time":        {of(calendar.When, func(*calendar.Override) {}), "when@20260303T100000", CodeNeedsDate},
		"a date that ends first":       {of(calendar.When, func(o *calendar.Override) { o.Start, o.End = zoned(3, 3, 11), zoned(3, 3, 10) }), "when@20260303T100000", CodeEndFirst},
		"a date with an end alone":     {of(calendar.Subject, func(o *calendar.Override) { o.End = zoned(3, 3, 11) }), "when@20260303T100000", CodeNeedsDate},
		"cancelled dates":              {func(e *calendar.Event) { e.Rule, e.Cancelled = "FREQ=DAILY", walls(MaxOccurrences) }, "", ""},
		"more cancelled dates":         {func(e *calendar.Event) { e.Rule, e.Cancelled = "FREQ=DAILY", walls(MaxOccurrences+1) }, "recurrence", CodeTooMany},
		"more words of dates":          {func(e *calendar.Event) { e.Overrides = make([]calendar.Override, MaxOccurrences+1) }, "recurrence", CodeTooMany},
		"further dates":                {func(e *calendar.Event) { e.Extra = []calendar.Time{zoned(3, 9, 10)} }, "", ""},
		"more further dates":           {func(e *calendar.Event) { e.Extra = make([]calendar.Time, MaxOccurrences+1) }, "recurrence", CodeTooMany},
		"a further day among times":    {func(e *calendar.Event) { e.Extra = []calendar.Time{zoned(3, 9, 10), calendar.OnDate(2026, 3, 10)} }, "recurrence", CodeKinds},
		"a further date nowhere":       {func(e *calendar.Event) { e.Extra = []calendar.Time{calendar.InZone(0, "Mars/Base")} }, "recurrence", CodeUnknownZone},
		"a rule without a date":        {func(e *calendar.Event) { when(calendar.Time{}, calendar.Time{})(e); e.Rule = "FREQ=DAILY" }, "recurrence", CodeNeedsDate},
		"a word of no date": {func(e *calendar.Event) {
			when(calendar.Time{}, calendar.Time{})(e)
			e.Overrides = make([]calendar.Override, 1)
		}, "recurrence", CodeNeedsDate},
		"a date taken out of nothing": {func(e *calendar.Event) { when(calendar.Time{}, calendar.Time{})(e); e.Cancelled = walls(1) }, "recurrence", CodeNeedsDate},
		"no date":                     {when(calendar.Time{}, calendar.Time{}), "", ""},
		"no rule":                     {func(e *calendar.Event) { e.Rule = "FREQ=SOMETIMES" }, "recurrence", CodeBadRule},
		"a rule without a day":        {func(e *calendar.Event) { e.Rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }, "recurrence", CodeBadRule},
	} {
		e := calendar.Event{Known: calendar.AllFields}
		e.Start, e.End = zoned(3, 2, 10), zoned(3, 2, 11)
		c.change(&e)
		err := checkPlan(&e, true)
		var invalid *Invalid
		switch {
		case c.code == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.code != "" && (!errors.As(err, &invalid) || invalid.Field != c.field || invalid.Code != c.code):
			t.Errorf("%s: %v, want %s: %s", name, err, c.field, c.code)
		}
	}
}

// A rule is written as all are, and one that is stored is not read again.
func TestARuleIsReadWhereItIsNew(t *testing.T) {
	e := calendar.Event{Known: calendar.AllFields, Rule: "freq=weekly;byday=mo"}
	e.Start, e.End = zoned(3, 2, 10), zoned(3, 2, 11)
	old := e.Clone()
	if err := checkPlan(&old, false); err != nil || old.Rule != e.Rule {
		t.Errorf("an old one: %v, %s", err, old.Rule)
	}
	if err := checkPlan(&e, true); err != nil || e.Rule != "FREQ=WEEKLY;BYDAY=MO" {
		t.Errorf("a new one: %v, %s", err, e.Rule)
	}
	old.Rule = "FREQ=SOMETIMES"
	if err := checkPlan(&old, false); err != nil {
		t.Errorf("an old one that cannot be read: %v", err)
	}
}

func TestWhatIsWrongIsSaidInWords(t *testing.T) {
	for want, err := range map[string]error{
		"a: b":            &Invalid{Field: "a", Code: "b"},
		"a: b: c":         &Invalid{Field: "a", Code: "b", Detail: "c"},
		"denied: a":       &Denied{Code: "a"},
		"denied: a: b, c": &Denied{Code: "a", Fields: []string{"b", "c"}},
		"changed meanwhile, now at revision 0: a, b": &Stale{Fields: []string{"a", "b"}},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}
