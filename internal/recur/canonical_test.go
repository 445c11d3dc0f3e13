package recur

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
)

func TestCanonicalText(t *testing.T) {
	const zoned, floating, utc, date = "20260105T090000[Europe/Helsinki]", "20260105T090000", "20260105T090000Z", "20260105"
	for _, c := range []struct{ name, start, rule, want string }{
		{"the shortest", zoned, "FREQ=DAILY", "FREQ=DAILY"},
		{"case, spaces, the property's name and a last semicolon", zoned, " rrule:freq=weekly; byday=mo ;", "FREQ=WEEKLY;BYDAY=MO"},
		{"order of parts", zoned, "WKST=SU;BYSETPOS=-1;BYMONTH=1;BYDAY=MO;COUNT=3;INTERVAL=2;FREQ=MONTHLY",
			"FREQ=MONTHLY;INTERVAL=2;COUNT=3;BYDAY=MO;BYMONTH=1;BYSETPOS=-1;WKST=SU"},
		{"defaults go", zoned, "FREQ=WEEKLY;INTERVAL=1;WKST=MO", "FREQ=WEEKLY"},
		{"lists are sorted and hold nothing twice", zoned, "FREQ=WEEKLY;BYDAY=SU,FR,MO,FR;BYHOUR=17,09,9",
			"FREQ=WEEKLY;BYHOUR=9,17;BYDAY=MO,FR,SU"},
		{"numbered weekdays are sorted by number", zoned, "FREQ=MONTHLY;BYDAY=+2TU,-1FR,1WE,1MO", "FREQ=MONTHLY;BYDAY=-1FR,1MO,1WE,2TU"},
		{"a leap second", zoned, "FREQ=DAILY;BYSECOND=60,59", "FREQ=DAILY;BYSECOND=59"},

		{"UTC for a zoned start stays", zoned, "FREQ=DAILY;UNTIL=20260110T070000Z", "FREQ=DAILY;UNTIL=20260110T070000Z"},
		{"local time for a zoned start is the zone's", zoned, "FREQ=DAILY;UNTIL=20260710T090000", "FREQ=DAILY;UNTIL=20260710T060000Z"},
		{"a date for a zoned start is that whole day there", zoned, "FREQ=DAILY;UNTIL=20260110", "FREQ=DAILY;UNTIL=20260110T215959Z"},
		{"UTC for a floating start as it stands", floating, "FREQ=DAILY;UNTIL=20260110T090000Z", "FREQ=DAILY;UNTIL=20260110T090000"},
		{"a date for a floating start", floating, "FREQ=DAILY;UNTIL=20260110", "FREQ=DAILY;UNTIL=20260110T235959"},
		{"local time for a UTC start", utc, "FREQ=DAILY;UNTIL=20260110T090000", "FREQ=DAILY;UNTIL=20260110T090000Z"},
		{"a date for a UTC start", utc, "FREQ=DAILY;UNTIL=20260110", "FREQ=DAILY;UNTIL=20260110T235959Z"},
		{"a time for a date", date, "FREQ=DAILY;UNTIL=20260110T215959Z", "FREQ=DAILY;UNTIL=20260110"},
		{"a date for a date", date, "FREQ=DAILY;UNTIL=20260110", "FREQ=DAILY;UNTIL=20260110"},
		{"times of day go from dates", date, "FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", "FREQ=DAILY"},

		{"the densest that is taken", zoned, "FREQ=MINUTELY;INTERVAL=5", "FREQ=MINUTELY;INTERVAL=5"},
		{"dense but few", zoned, "FREQ=SECONDLY;COUNT=10", "FREQ=SECONDLY;COUNT=10"},
		{"dense but soon over", zoned, "FREQ=SECONDLY;UNTIL=20260105T070010Z", "FREQ=SECONDLY;UNTIL=20260105T070010Z"},
		{"dense by name, sparse by its parts", zoned, "FREQ=MINUTELY;BYHOUR=9;BYMINUTE=0,30", "FREQ=MINUTELY;BYMINUTE=0,30;BYHOUR=9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := event(t, c.start, c.rule)
			got, err := Canonical(c.rule, e.Start)
			if err != nil || got != c.want {
				t.Fatalf("got %q, %v, want %q", got, err, c.want)
			}
			if again, err := Canonical(got, e.Start); err != nil || again != got {
				t.Errorf("the second time it became %q, %v", again, err)
			}
		})
	}
}

func TestRefusedRules(t *testing.T) {
	const zoned, date = "20260105T090000[Europe/Helsinki]", "20260105"
	for _, c := range []struct {
		name, start, rule string
		want              error
	}{
		{"nothing", zoned, " ", ErrSyntax},
		{"no frequency", zoned, "COUNT=3", ErrSyntax},
		{"an unknown frequency", zoned, "FREQ=FORTNIGHTLY", ErrSyntax},
		{"a part twice", zoned, "FREQ=DAILY;COUNT=3;COUNT=4", ErrSyntax},
		{"a part without a value", zoned, "FREQ=DAILY;COUNT", ErrSyntax},
		{"an empty list", zoned, "FREQ=WEEKLY;BYDAY=", ErrSyntax},
		{"COUNT=0", zoned, "FREQ=DAILY;COUNT=0", ErrSyntax},
		{"COUNT beyond reason", zoned, "FREQ=DAILY;COUNT=99999999999999999999", ErrSyntax},
		{"INTERVAL=0", zoned, "FREQ=DAILY;INTERVAL=0", ErrSyntax},
		{"COUNT and UNTIL", zoned, "FREQ=DAILY;COUNT=3;UNTIL=20260110T070000Z", ErrSyntax},
		{"an UNTIL that is no date", zoned, "FREQ=DAILY;UNTIL=20260230", ErrSyntax},
		{"a date in UTC", zoned, "FREQ=DAILY;UNTIL=20260110Z", ErrSyntax},
		{"a month that is none", zoned, "FREQ=YEARLY;BYMONTH=13", ErrSyntax},
		{"a leap month of another calendar", zoned, "FREQ=YEARLY;BYMONTH=5L", ErrSyntax},
		{"day 0", zoned, "FREQ=MONTHLY;BYMONTHDAY=0", ErrSyntax},
		{"a negative hour", zoned, "FREQ=DAILY;BYHOUR=-1", ErrSyntax},
		{"a weekday numbered 0", zoned, "FREQ=MONTHLY;BYDAY=0MO", ErrSyntax},
		{"a weekday that is none", zoned, "FREQ=MONTHLY;BYDAY=1XX", ErrSyntax},
		{"half a weekday", zoned, "FREQ=MONTHLY;BYDAY=M", ErrSyntax},
		{"a numbered weekday in a week", zoned, "FREQ=WEEKLY;BYDAY=1MO", ErrSyntax},
		{"a numbered weekday with week numbers", zoned, "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", ErrSyntax},
		{"a day of the month in a week", zoned, "FREQ=WEEKLY;BYMONTHDAY=5", ErrSyntax},
		{"a day of the year in a month", zoned, "FREQ=MONTHLY;BYYEARDAY=5", ErrSyntax},
		{"week numbers in months", zoned, "FREQ=MONTHLY;BYWEEKNO=5", ErrSyntax},
		{"BYSETPOS of nothing", zoned, "FREQ=MONTHLY;BYSETPOS=1", ErrSyntax},
		{"BYSETPOS of times that a date does not have", date, "FREQ=DAILY;BYHOUR=9,10;BYSETPOS=1", ErrSyntax},
		{"hourly whole days", date, "FREQ=HOURLY", ErrSyntax},
		{"too long", zoned, "FREQ=DAILY;BYHOUR=" + strings.Repeat("9,", 5000) + "9", ErrSyntax},
		{"another calendar", zoned, "RSCALE=CHINESE;FREQ=YEARLY", ErrUnsupported},
		{"SKIP", zoned, "FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", ErrUnsupported},
		{"a part of one's own", zoned, "FREQ=YEARLY;BYEASTER=0", ErrUnsupported},
		{"every second", zoned, "FREQ=SECONDLY", ErrDense},
		{"every minute", zoned, "FREQ=MINUTELY;COUNT=1000", ErrDense},
		{"every second of an hour", zoned, "FREQ=SECONDLY;BYHOUR=9", ErrDense},
		{"every minute of each day, by parts", zoned, "FREQ=DAILY;BYMINUTE=0,10,20,30,40,50;BYSECOND=0,15,30,45;" +
			"BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23", ErrDense},
		{"an unknown zone", "20260105T090000[Customized Time Zone]", "FREQ=DAILY", ErrZone},
		{"no start", "-", "FREQ=DAILY", ErrSyntax},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := event(t, c.start, c.rule)
			got, err := Canonical(c.rule, e.Start)
			if !errors.Is(err, c.want) {
				t.Errorf("Canonical: %q, %v, want %v", got, err, c.want)
			}
			if err := Check(e); !errors.Is(err, c.want) {
				t.Errorf("Check: %v, want %v", err, c.want)
			}
			if _, _, err := Expand(e, time.Unix(0, 0), time.Unix(1e10, 0), nil, 1); err == nil {
				t.Error("it was expanded")
			}
			if got := slices.Collect(Starts(e, 3)); len(got) > 0 {
				t.Errorf("it has starts: %v", got)
			}
		})
	}
}

func TestBarrenRules(t *testing.T) {
	for _, c := range []struct {
		rule   string
		barren bool
	}{
		{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", true},
		{"FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", true},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", true},
		{"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", true},
		{"FREQ=MINUTELY;INTERVAL=5;BYMONTH=2;BYMONTHDAY=30", true},
		{"FREQ=SECONDLY;INTERVAL=600;BYMONTH=2;BYMONTHDAY=30", true},
		{"FREQ=SECONDLY;INTERVAL=600;BYSECOND=1", true},
		{"FREQ=HOURLY;INTERVAL=2;BYHOUR=10", true}, // from nine o'clock on
		{"FREQ=YEARLY;BYYEARDAY=1;BYMONTH=12", true},
		{"FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20", true},
		{"FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", true}, // from 2026 on
		{"FREQ=YEARLY;INTERVAL=100;BYMONTH=2;BYMONTHDAY=29", true},
		{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29", false},
		{"FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", false},
		{"FREQ=YEARLY;INTERVAL=3;BYMONTH=2;BYMONTHDAY=29", false},
		{"FREQ=YEARLY;INTERVAL=25;BYMONTH=2;BYMONTHDAY=29", false},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SA", false},
		{"FREQ=YEARLY;BYWEEKNO=53", false},
		{"FREQ=DAILY;UNTIL=20260101T000000Z", false}, // has ended, but is no trap
	} {
		begun := time.Now()
		err := Check(event(t, "20260105T090000[Europe/Helsinki]", c.rule))
		if errors.Is(err, ErrBarren) != c.barren || err != nil && !c.barren {
			t.Errorf("%s: %v", c.rule, err)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s took %s", c.rule, took)
		}
	}
}

func TestCanonicalKeepsTheStarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start, text := anyRule(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		parts := strings.Split(strings.ToLower(text), ";")
		mixed := strings.Join(rapid.Permutation(parts).Draw(t, "order"), ";")
		from := calendar.InZone(start, "Europe/Helsinki")
		once, err := Canonical(text, from)
		if err != nil {
			t.Skip(err)
		}
		if other, err := Canonical(mixed, from); err != nil || other != once {
			t.Fatalf("%s: %q, %v, want %q", mixed, other, err, once)
		}
		a := calendar.Event{Values: calendar.Values{Start: from}, Rule: text}
		b := calendar.Event{Values: calendar.Values{Start: from}, Rule: once}
		was, is := slices.Collect(Starts(&a, 50)), slices.Collect(Starts(&b, 50))
		if !slices.Equal(was, is) {
			t.Fatalf("%s became %s:\n%v\n%v", text, once, was, is)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	for _, c := range rfcExamples {
		f.Add(c.rule, "20260105T090000[Europe/Helsinki]")
	}
	for _, seed := range [][2]string{
		{"freq=daily;until=20260110", "20260105"},
		{"FREQ=SECONDLY;INTERVAL=600;BYSECOND=1", "20260105T090000Z"},
		{"FREQ=HOURLY;INTERVAL=1000000;BYYEARDAY=-366,366;BYSETPOS=-1,1", "99991230T000000"},
		{"FREQ=YEARLY;BYWEEKNO=53,-53;BYDAY=SU;WKST=WE", "00010101T000000"},
		{"FREQ=WEEKLY;BYDAY=1MO,;=;COUNT=-1", "20260105T090000[America/New_York]"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, at string) {
		var start calendar.Time
		if start.UnmarshalText([]byte(at)) != nil {
			return
		}
		once, err := Canonical(text, start)
		if err != nil {
			return
		}
		twice, err := Canonical(once, start)
		if err != nil || twice != once {
			t.Fatalf("%q became %q, then %q, %v", text, once, twice, err)
		}
		e := calendar.Event{Values: calendar.Values{Start: start, End: start}, Rule: once}
		before := calendar.Wall(-1 << 62)
		for w := range Starts(&e, 20) {
			if w <= before {
				t.Fatalf("%q: %s after %s", once, w, before)
			}
			if !Has(&e, w) {
				t.Fatalf("%q has not its own start %s", once, w)
			}
			before = w
		}
		if _, _, err := LastEnd(&e, nil); err != nil {
			t.Fatal(err)
		}
		if err := Check(&e); err != nil && !errors.Is(err, ErrBarren) {
			t.Fatal(err)
		}
	})
}
