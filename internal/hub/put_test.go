package hub

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

func TestWhatIsPutUnderAKey(t *testing.T) {
	w := zoned(3, 3, 10).Wall
	key := func(field string) string { return OccurrenceKey(field, w.String()) }
	taken := func(a *crm.Activity) { a.Plan.Cancelled = []calendar.Wall{w - calendar.Day, w, w + calendar.Day} }
	noted := func(a *crm.Activity) {
		a.Occurrences = []crm.Occurrence{{Original: w - calendar.Day, Note: "before"}, {Original: w, Done: true, Note: "n"}}
	}
	said := func(a *crm.Activity) {
		a.Plan.Overrides = []calendar.Override{{
			Original: w, Set: calendar.Fields(calendar.Subject, calendar.Busy), Values: calendar.Values{Subject: "s", Busy: true},
		}}
	}
	for name, c := range map[string]struct {
		is        func(*crm.Activity)
		key, raw  string // no raw: nil
		want      func(*crm.Activity)
		wantField string // of an error
		code      string
	}{
		"a field":                     {nil, "subject", `"x"`, func(a *crm.Activity) { a.Plan.Subject = "x" }, "", ""},
		"nothing empties a field":     {func(a *crm.Activity) { a.Plan.Subject = "x" }, "subject", "", nil, "", ""},
		"nothing said of who sees it": {func(a *crm.Activity) { a.Visibility = crm.Everyone }, "visibility", "", func(a *crm.Activity) { a.Visibility = crm.OwnerOnly }, "", ""},
		"a pattern":                   {nil, "recurrence", `{"rule":"FREQ=DAILY"}`, func(a *crm.Activity) { a.Plan.Rule = "FREQ=DAILY" }, "", ""},
		"a list is not added to":      {func(a *crm.Activity) { a.Plan.Guests = make([]calendar.Guest, 3) }, "guests", `null`, nil, "", ""},
		"no key":                      {nil, "colour", `"x"`, nil, "colour", CodeUnknownField},
		"no value of its kind":        {nil, "subject", `1`, nil, "subject", CodeBadSpelling},
		"an occurrence that is none":  {nil, "subject@soon", `"x"`, nil, "subject@soon", CodeNoOccurrence},
		"a field of one that is none": {nil, key("colour"), `"x"`, nil, "colour", CodeUnknownField},
		"a pattern of one":            {nil, key("recurrence"), `{}`, nil, "recurrence", CodeUnknownField},
		"a spelling of one": {nil, key("subject"), `1`, func(a *crm.Activity) {
			a.Plan.Overrides = []calendar.Override{{Original: w, Set: calendar.Fields(calendar.Subject)}}
		}, "subject", CodeBadSpelling},
		"taken out":                  {nil, key("cancelled"), `true`, func(a *crm.Activity) { a.Plan.Cancelled = []calendar.Wall{w} }, "", ""},
		"taken out twice":            {taken, key("cancelled"), `true`, taken, "", ""},
		"not taken out":              {taken, key("cancelled"), `false`, func(a *crm.Activity) { a.Plan.Cancelled = []calendar.Wall{w - calendar.Day, w + calendar.Day} }, "", ""},
		"nothing said of taking out": {taken, key("cancelled"), "", func(a *crm.Activity) { a.Plan.Cancelled = []calendar.Wall{w - calendar.Day, w + calendar.Day} }, "", ""},
		"was not taken out":          {nil, key("cancelled"), `false`, nil, "", ""},
		"done":                       {nil, key("done"), `true`, func(a *crm.Activity) { a.Occurrences = []crm.Occurrence{{Original: w, Done: true}} }, "", ""},
		"not done":                   {noted, key("done"), `false`, func(a *crm.Activity) { noted(a); a.Occurrences[1].Done = false }, "", ""},
		"nothing said of done":       {noted, key("done"), "", func(a *crm.Activity) { noted(a); a.Occurrences[1].Done = false }, "", ""},
		"a note":                     {noted, key("note"), `"m"`, func(a *crm.Activity) { noted(a); a.Occurrences[1].Note = "m" }, "", ""},
		"no note":                    {noted, key("note"), "", func(a *crm.Activity) { noted(a); a.Occurrences[1].Note = "" }, "", ""},
		"a note of no kind":          {noted, key("note"), `1`, func(a *crm.Activity) { noted(a); a.Occurrences[1].Note = "" }, "note", CodeBadSpelling},
		"a word of one": {said, key("location"), `"l"`, func(a *crm.Activity) {
			said(a)
			a.Plan.Overrides[0].Set |= calendar.Fields(calendar.Location)
			a.Plan.Overrides[0].Location = "l"
		}, "", ""},
		"a word of one is taken back": {said, key("subject"), "", func(a *crm.Activity) {
			said(a)
			a.Plan.Overrides[0].Set, a.Plan.Overrides[0].Subject = calendar.Fields(calendar.Busy), ""
		}, "", ""},
	} {
		var got, want crm.Activity
		if c.is != nil {
			c.is(&got)
		}
		if c.want != nil {
			c.want(&want)
		}
		var raw []byte
		if c.raw != "" {
			raw = []byte(c.raw)
		}
		err := put(&got, c.key, raw)
		var invalid *Invalid
		if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &invalid) || invalid.Code != c.code || invalid.Field != c.wantField) {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: (-want +got):\n%s", name, d)
		}
	}
}

func TestARecurrenceIsReadAsItWasWritten(t *testing.T) {
	further := []calendar.Time{zoned(3, 9, 10)}
	for _, extra := range [][]calendar.Time{nil, further} {
		rule, got, err := ReadRecurrence(RecurrenceValue("FREQ=DAILY", extra))
		if err != nil || rule != "FREQ=DAILY" || !cmp.Equal(got, extra) {
			t.Errorf("%v: %s, %v", err, rule, got)
		}
	}
	if _, _, err := ReadRecurrence([]byte(`7`)); err == nil {
		t.Error("a number is read")
	}
	if ValueOf(&calendar.Values{}, calendar.Recurrence) != nil {
		t.Error("a recurrence is a value of single dates")
	}
}

func TestKeysAreSortedSeriesFirst(t *testing.T) {
	v := values{"b": nil, "a@2": nil, "b@1": nil, "a": nil, "a@1": nil}
	want := []string{"a", "b", "a@1", "b@1", "a@2"}
	if d := cmp.Diff(want, v.keys()); d != "" {
		t.Error(d)
	}
	one, other := values{"a": []byte("1"), "b": []byte("1"), "c@1": []byte("1")}, values{"a": []byte("1"), "b": []byte("2"), "d@1": []byte("1")}
	if d := cmp.Diff([]string{"b", "c@1", "d@1"}, one.diff(other)); d != "" {
		t.Error(d)
	}
	if got := string(one.object([]string{"c@1", "a", "z"})); got != `{"a":1,"c@1":1}` {
		t.Errorf("object %s", got)
	}
	if got := string(withMark(one.object(nil))); got != `{"was_masked":true}` {
		t.Errorf("marked %s", got)
	}
	if got := string(withMark(one.object([]string{"a"}))); got != `{"a":1,"was_masked":true}` {
		t.Errorf("marked %s", got)
	}
}

func TestWhatIsNoObjectIsNotMarked(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a list was marked")
		}
	}()
	withMark([]byte(`[1]`))
}

// A date of a series of whole days is named by its day, any other by its day and time, also at midnight.
func TestADateIsNamedAsItsSeriesIs(t *testing.T) {
	midnight := calendar.WallOf(2026, 3, 2, 0, 0, 0)
	for _, c := range []struct {
		kind calendar.Kind
		at   calendar.Wall
		want string
	}{
		{calendar.Date, midnight, "20260302"}, {calendar.Date, midnight + 60, "20260302T000100"}, // which no series of whole days has
		{calendar.Zoned, midnight, "20260302T000000"}, {calendar.UTC, midnight, "20260302T000000"},
	} {
		if got := originalName(c.kind, c.at); got != c.want {
			t.Errorf("%s: %s, want %s", c.kind, got, c.want)
		}
	}
}
