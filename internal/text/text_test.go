package text

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
)

var en, fi = Match("en", ""), Match("fi", "")

func TestMatch(t *testing.T) {
	for _, c := range []struct{ name, chosen, accept, want string }{
		{"the user's own choice beats the browser's", "fi", "en-GB,en;q=0.9", "fi"},
		{"the browser's wish", "", "fi-FI,fi;q=0.9,en;q=0.8", "fi"},
		{"the browser's order counts", "", "en;q=0.5,fi;q=0.9", "fi"},
		{"a language that we do not have, then one that we have", "", "de,fr;q=0.9,fi;q=0.5", "fi"},
		{"a variant", "", "en-AU", "en"},
		{"none that we have", "", "de,fr", "en"},
		{"nothing", "", "", "en"},
		{"garbage", "!!", ";;;q=,=", "en"},
		{"a choice that is no longer there, and a browser that wants Finnish", "tlh", "fi", "fi"},
		{"a header without end", "", strings.Repeat("fi,", 1000), "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Match(c.chosen, c.accept).Tag(); got != c.want {
				t.Errorf("%s", got)
			}
		})
	}
	if l := Languages(); len(l) < 2 || l[0] != (Language{"en", "English"}) || l[1] != (Language{"fi", "Suomi"}) {
		t.Errorf("languages %v", l)
	}
	if !Known("fi") || Known("de") || Known("") {
		t.Error("known languages")
	}
}

func TestMessagesWithNumbersAndNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{en.T("activities.hidden", "n", 1), "1 activity is hidden by your filters."},
		{en.T("activities.hidden", "n", 0), "0 activities are hidden by your filters."},
		{en.T("activities.hidden", "n", int64(1234567)), "1,234,567 activities are hidden by your filters."},
		{fi.T("activities.hidden", "n", 1), "Suodattimet piilottavat 1 toiminnon."},
		{fi.T("activities.hidden", "n", 12345), "Suodattimet piilottavat 12\u00a0345 toimintoa."},
		{fi.T("activities.confirm_delete", "subject", "Q4 {n} & <b>"), "Poistetaanko ”Q4 {n} & <b>”?"},
		{en.T("activities.confirm_delete"), "Delete “{subject}”?"}, // shows what is missing
		{en.T("no.such.key", "n", 1), "⟦no.such.key⟧"},
		{en.Word("type", "call"), "Call"},
		{fi.Word("type", "call"), "Puhelu"},
		{fi.Word("type", "site_visit"), "site_visit"}, // the company's own
		{fi.Word("settings.direction", "two_way.name"), "Kaksisuuntainen"},
		{fi.History("in", "create"), "Lisätty Tahtiin kalenterista"},
		{en.History("", "settings"), "Sync settings were changed"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestArgumentsComeInPairs(t *testing.T) {
	for name, args := range map[string][]any{"odd": {"n"}, "no name": {1, "n"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			en.T("activities.hidden", args...)
		}()
	}
}

func TestExplanations(t *testing.T) {
	e := fi.Problem("expired_certificate")
	if e.Title != "Palvelimen varmenne on vanhentunut" || e.Cause == "" || e.Next == "" || e.Code != "expired_certificate" {
		t.Errorf("%+v", e)
	}
	if e := en.Problem("rate limited"); e.Title != "The calendar server asks us to wait" {
		t.Errorf("a class by its name: %+v", e)
	}
	if e := en.Problem("brand_new"); e.Title != "Something went wrong" || e.Code != "brand_new" {
		t.Errorf("an unknown code: %+v", e)
	}
	if e := en.State("needs_sign_in"); e.Title != "Sign in again" {
		t.Errorf("%+v", e)
	}
	if e := fi.Scope("no_date"); e.Next != "Aseta päivämäärä." {
		t.Errorf("%+v", e)
	}
}

// The text about a gateway names the button of the form, as it is called there.
func TestTheTextAboutAGatewayKnowsTheSignInAtMicrosoft(t *testing.T) {
	for _, lang := range []string{"en", "fi"} {
		p := Match(lang, "")
		if letter := p.Letter("gateway", "alice@example.com", "https://mail.example.com", "no"); !strings.Contains(letter, p.T("connect.microsoft")+"”") {
			t.Errorf("%s: %s", lang, letter)
		}
	}
}

func TestCounts(t *testing.T) {
	counts := map[string]int{"pulled": 7, "created_in_crm": 1, "deleted_in_calendar": 12, "unchanged": 3, "held": 0}
	if got := strings.Join(en.Counts(counts), "; "); got != "1 activity added; 12 events deleted from the calendar" {
		t.Errorf("%s", got)
	}
	counts = map[string]int{"created_in_crm": 2, "conflicts": 1, "would_mail": 3}
	if got := strings.Join(fi.DryRun(counts), "; "); got != "lisäisi 2 toimintoa; 1 ristiriita; lähettäisi sähköpostia 3 henkilölle, jos lähetät lähettämistä odottavat" {
		t.Errorf("%s", got)
	}
}

func TestNumbersSizesAndDurations(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{en.Number(0), "0"}, {en.Number(999), "999"}, {en.Number(1000), "1,000"}, {en.Number(-1234), "−1,234"},
		{fi.Number(1234567), "1\u00a0234\u00a0567"},
		{en.Percent(20), "20%"}, {fi.Percent(20), "20\u00a0%"},
		{en.Size(0), "0 bytes"}, {en.Size(999), "999 bytes"}, {en.Size(1500), "1.5 kB"}, {en.Size(5_000_000), "5 MB"}, {fi.Size(5_240_000), "5,2 Mt"},
		{fi.Size(12_000_000_000), "12 Gt"},
		{en.Duration(0), "less than a second"}, {en.Duration(42 * time.Second), "42 s"}, {en.Duration(90 * time.Minute), "1 h 30 min"},
		{fi.Duration(90 * time.Minute), "1 t 30 min"}, {en.Duration(2 * time.Hour), "2 h"}, {fi.Duration(25 * time.Hour), "1 päivä 1 t"},
		{en.Duration(49*time.Hour + 20*time.Minute), "2 days 1 h"}, {en.Duration(59*time.Minute + 45*time.Second), "1 h"},
		{en.List(), ""}, {en.List("a"), "a"}, {en.List("a", "b"), "a and b"}, {en.List("a", "b", "c", "d"), "a, b, c and d"},
		{fi.List("Ville", "Aino", "Eero"), "Ville, Aino ja Eero"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

var helsinki = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		panic(err)
	}
	return loc
}()

// sunday is 22 November 2026, 14:30 in Helsinki.
var sunday = time.Date(2026, 11, 22, 14, 30, 0, 0, helsinki)

func TestDatesAndTimes(t *testing.T) {
	early := time.Date(2026, 3, 2, 9, 5, 0, 0, helsinki)
	for _, c := range []struct{ got, want string }{
		{en.Date(sunday), "22 Nov 2026"}, {fi.Date(sunday), "22.11.2026"},
		{en.Date(early), "2 Mar 2026"}, {fi.Date(early), "2.3.2026"},
		{en.DateLong(sunday), "Sunday 22 November 2026"}, {fi.DateLong(sunday), "sunnuntai 22. marraskuuta 2026"},
		{en.DateShort(sunday), "22 Nov"}, {fi.DateShort(sunday), "22.11."},
		{en.Month(sunday), "November 2026"}, {fi.Month(sunday), "marraskuu 2026"},
		{en.Time(early), "09:05"}, {fi.Time(early), "9.05"},
		{en.Clock(sunday), "14:30"}, {fi.Clock(sunday), "klo 14.30"},
		{en.DateTime(sunday), "22 Nov 2026, 14:30"}, {fi.DateTime(sunday), "22.11.2026 klo 14.30"},
		{en.Weekday(time.Monday, "on"), "on Monday"}, {fi.Weekday(time.Sunday, "every"), "sunnuntaisin"},
		{fi.Weekday(time.Wednesday, "short"), "ke"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	for _, p := range []Printer{en, fi} {
		if week := p.Weekdays(); p.FirstWeekday() != time.Monday || len(week) != 7 || week[6] != time.Sunday {
			t.Errorf("%s: week %v", p.Tag(), week)
		}
	}
}

func TestDaysAsSeenFromNow(t *testing.T) {
	for _, c := range []struct {
		days   int
		en, fi string
	}{
		{0, "Today", "Tänään"}, {1, "Tomorrow", "Huomenna"}, {-1, "Yesterday", "Eilen"},
		{6, "Sat 28 Nov", "la 28.11."}, {-6, "Mon 16 Nov", "ma 16.11."}, {7, "29 Nov 2026", "29.11.2026"}, {-30, "23 Oct 2026", "23.10.2026"},
	} {
		day := sunday.AddDate(0, 0, c.days)
		if e, f := en.Day(day, sunday), fi.Day(day, sunday); e != c.en || f != c.fi {
			t.Errorf("%d days: %q, %q", c.days, e, f)
		}
	}
	if got := fi.DayTime(sunday, sunday); got != "Tänään klo 14.30" {
		t.Errorf("%q", got)
	}
	// The day on which the clocks go back has 25 hours; 24 hours after its midnight is still the same day.
	midnight := time.Date(2026, 10, 25, 0, 0, 0, 0, helsinki)
	if got := en.Day(midnight.Add(24*time.Hour), midnight); got != "Today" {
		t.Errorf("on the long day: %q", got)
	}
}

func TestHowLongAgo(t *testing.T) {
	for _, c := range []struct {
		d      time.Duration
		en, fi string
	}{
		{0, "just now", "juuri äsken"},
		{-30 * time.Second, "in a moment", "hetken kuluttua"},
		{time.Minute, "1 minute ago", "1 minuutti sitten"},
		{3 * time.Minute, "3 minutes ago", "3 minuuttia sitten"},
		{-5 * time.Minute, "in 5 minutes", "5 minuutin kuluttua"},
		{59*time.Minute + 40*time.Second, "1 hour ago", "1 tunti sitten"},
		{-2 * time.Hour, "in 2 hours", "2 tunnin kuluttua"},
		{24 * time.Hour, "1 day ago", "1 päivä sitten"},
		{-3 * 24 * time.Hour, "in 3 days", "3 päivän kuluttua"},
		{8 * 24 * time.Hour, "14 Nov 2026, 14:30", "14.11.2026 klo 14.30"},
	} {
		at := sunday.Add(-c.d)
		if e, f := en.Ago(at, sunday), fi.Ago(at, sunday); e != c.en || f != c.fi {
			t.Errorf("%v: %q, %q", c.d, e, f)
		}
	}
}

func TestAgoNeverSaysNonsense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(-int64(400*24*time.Hour), int64(400*24*time.Hour)).Draw(t, "d"))
		for _, p := range []Printer{en, fi} {
			s := p.Ago(sunday.Add(-d), sunday)
			for _, bad := range []string{"⟦", "{", "60 min", "24 hours", "24 tunt", "0 "} {
				if strings.HasPrefix(s, bad) {
					t.Fatalf("%v: %q", d, s)
				}
			}
		}
	})
}

func TestWhen(t *testing.T) {
	at := func(hour, minute int) calendar.Wall { return calendar.WallOf(2026, 11, 22, hour, minute, 0) }
	zoned := func(w calendar.Wall) calendar.Time { return calendar.InZone(w, "Europe/Helsinki") }
	for _, c := range []struct {
		name       string
		start, end calendar.Time
		en, fi     string
	}{
		{"a meeting", zoned(at(14, 30)), zoned(at(15, 0)), "22 Nov 2026, 14:30–15:00", "22.11.2026 klo 14.30–15.00"},
		{"in New York, read in Helsinki", calendar.InZone(at(9, 0), "America/New_York"), calendar.InZone(at(10, 0), "America/New_York"),
			"22 Nov 2026, 16:00–17:00", "22.11.2026 klo 16.00–17.00"},
		{"in UTC", calendar.Time{Kind: calendar.UTC, Wall: at(22, 30)}, calendar.Time{Kind: calendar.UTC, Wall: at(23, 0)},
			"23 Nov 2026, 00:30–01:00", "23.11.2026 klo 0.30–1.00"},
		{"floating", calendar.Time{Kind: calendar.Floating, Wall: at(8, 0)}, calendar.Time{Kind: calendar.Floating, Wall: at(9, 0)},
			"22 Nov 2026, 08:00–09:00", "22.11.2026 klo 8.00–9.00"},
		{"over midnight", zoned(at(22, 0)), zoned(at(26, 0)), "22 Nov 2026, 22:00 – 23 Nov 2026, 02:00", "22.11.2026 klo 22.00 – 23.11.2026 klo 2.00"},
		{"a moment", zoned(at(12, 0)), zoned(at(12, 0)), "22 Nov 2026, 12:00", "22.11.2026 klo 12.00"},
		{"without an end", zoned(at(12, 0)), calendar.Time{}, "22 Nov 2026, 12:00", "22.11.2026 klo 12.00"},
		{"a whole day", calendar.OnDate(2026, 11, 22), calendar.OnDate(2026, 11, 23), "22 Nov 2026", "22.11.2026"},
		{"three days", calendar.OnDate(2026, 11, 22), calendar.OnDate(2026, 11, 25), "22 Nov 2026 – 24 Nov 2026", "22.11.2026–24.11.2026"},
		{"no date", calendar.Time{}, calendar.Time{}, "No date", "Ei päivämäärää"},
		{"a zone that nobody knows", calendar.InZone(at(9, 0), "Nowhere/Land"), calendar.InZone(at(10, 0), "Nowhere/Land"),
			"22 Nov 2026, 09:00 (Nowhere/Land)", "22.11.2026 klo 9.00 (Nowhere/Land)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if e, f := en.When(c.start, c.end, helsinki), fi.When(c.start, c.end, helsinki); e != c.en || f != c.fi {
				t.Errorf("%q, %q", e, f)
			}
		})
	}
}

// FuzzTemplate holds that a template renders back to its text when each placeholder is filled with its own name.
func FuzzTemplate(f *testing.F) {
	f.Add("{n} activities are hidden")
	f.Add("}{")
	f.Fuzz(func(t *testing.T, s string) {
		tpl, err := parseTemplate(s)
		if err != nil {
			return
		}
		if got := tpl.render(nil); got != s {
			t.Fatalf("%q renders as %q", s, got)
		}
	})
}

// FuzzMatch: a header is anybody's text.
func FuzzMatch(f *testing.F) {
	f.Add("fi", "en-GB,en;q=0.9,*;q=0.1")
	f.Fuzz(func(t *testing.T, chosen, accept string) {
		if p := Match(chosen, accept); !Known(p.Tag()) {
			t.Fatalf("speaks %q", p.Tag())
		}
	})
}
