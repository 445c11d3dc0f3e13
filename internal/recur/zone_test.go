package recur

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
)

func TestResolveZone(t *testing.T) {
	for _, c := range []struct{ name, tzid, want string }{
		{"an IANA name", "Europe/Helsinki", "Europe/Helsinki"},
		{"in any case", "europe/HELSINKI", "Europe/Helsinki"},
		{"three parts", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"spaces for underscores", "America/New York", "America/New_York"},
		{"a link stays", "US/Eastern", "US/Eastern"},
		{"an old name stays", "Asia/Calcutta", "Asia/Calcutta"},
		{"a fixed offset of the database", "Etc/GMT-3", "Etc/GMT-3"},
		{"a POSIX name of the database", "EST5EDT", "EST5EDT"},
		{"double quotes", `"Europe/Berlin"`, "Europe/Berlin"},
		{"single quotes and spaces", " 'Europe/Berlin' ", "Europe/Berlin"},
		{"Mozilla's prefix", "/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"},
		{"Mozilla's prefix and three parts", "/mozilla.org/20070129_1/America/Indiana/Knox", "America/Indiana/Knox"},
		{"Evolution's prefix", "/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"},
		{"Evolution's older prefix", "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"},
		{"libical's oldest prefix", "/softwarestudio.org/Olson_20011030_5/America/New_York", "America/New_York"},
		{"Citadel's prefix", "/citadel.org/20190914_1/Europe/London", "Europe/London"},
		{"a bare slash", "/Europe/Paris", "Europe/Paris"},
		{"a Windows zone", "FLE Standard Time", "Europe/Kyiv"},
		{"a Windows zone in lower case", "w. europe standard time", "Europe/Berlin"},
		{"a Windows zone with parentheses", "Central Standard Time (Mexico)", "America/Mexico_City"},
		{"a Windows zone whose place was renamed", "India Standard Time", "Asia/Kolkata"},
		{"a retired Windows zone", "Mid-Atlantic Standard Time", "Etc/GMT+2"},
		{"Windows' UTC", "UTC", "UTC"},
		{"Windows' UTC-11", "UTC-11", "Etc/GMT+11"},
		{"what Windows shows", "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", "Europe/Kyiv"},
		{"what Windows showed", "(GMT+02:00) Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius", "Europe/Kyiv"},
		{"what Windows shows for America", "(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"},
		{"what Windows shows, without the offset", "Eastern Time (US & Canada)", "America/New_York"},
		{"what Windows shows, with summer's offset", "(UTC-04:00) Eastern Time (US & Canada)", "America/New_York"},
		{"what Windows shows for UTC", "(UTC) Coordinated Universal Time", "UTC"},
		{"what Windows shows for London", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London"},
		{"an offset before an IANA name", "(GMT+01:00) Europe/Berlin", "Europe/Berlin"},
		{"Z", "Z", "UTC"},
		{"utc", "utc", "UTC"},
		{"Etc/UTC", "Etc/UTC", "Etc/UTC"},
		{"GMT", "GMT", "GMT"},
		{"Zulu", "zulu", "Zulu"},
		{"Graph's own UTC", "tzone://Microsoft/Utc", "UTC"},
		{"an offset in hours", "UTC+02:00", "Etc/GMT-2"},
		{"an offset without a colon", "GMT-0500", "Etc/GMT+5"},
		{"no offset", "UTC+00:00", "UTC"},
		{"a city that is in no table", "Asia/Beijing", "Asia/Shanghai"},

		{"nothing", "", ""},
		{"spaces", "  ", ""},
		{"an abbreviation of several countries", "IST", ""},
		{"a custom zone", "Customized Time Zone", ""},
		{"Graph's custom zone", "tzone://Microsoft/Custom", ""},
		{"standard and daylight in one name", "GMT +0200 (Standard) / GMT +0300 (Daylight)", ""},
		{"an offset of half an hour, which has no name", "UTC+05:30", ""},
		{"an offset beyond the earth", "UTC+19", ""},
		{"the machine's own zone", "Local", ""},
		{"a way out of the database", "../../etc/passwd", ""},
		{"a way out behind a prefix", "/mozilla.org/../../etc/passwd", ""},
		{"a place that is none", "Europe/Atlantis", ""},
		{"too long", strings.Repeat("/Europe", 1000) + "/Berlin", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ResolveZone(c.tzid)
			if got != c.want || ok != (c.want != "") {
				t.Fatalf("%q is %q, %t, want %q", c.tzid, got, ok, c.want)
			}
			if ok {
				if _, err := Location(got); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestEveryZoneResolvesAndLoads(t *testing.T) {
	for _, name := range zones().iana {
		if got, ok := ResolveZone(name); !ok || got != name {
			t.Errorf("%s resolves to %q, %t", name, got, ok)
		}
		if _, err := Location(name); err != nil {
			t.Error(err)
		}
	}
}

func TestLocationRefusesWhatIsNoZone(t *testing.T) {
	for _, name := range []string{"", "Local", "europe/helsinki", "FLE Standard Time", "../zoneinfo/UTC", "/Europe/Berlin", "Europe/Atlantis"} {
		if _, err := Location(name); !errors.Is(err, ErrZone) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Windows' ids lead there and back, and what stands behind an id has its clock today.
func TestWindowsZonesThereAndBack(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(windowsTable)) {
		id, list, _ := strings.Cut(strings.TrimSpace(line), "=")
		iana, ok := ResolveZone(id)
		if !ok {
			t.Errorf("%s does not resolve", id)
			continue
		}
		if back, ok := WindowsZone(iana); !ok || back != id {
			t.Errorf("%s is %s, which is %q", id, iana, back)
		}
		for name := range strings.FieldsSeq(list) {
			if got, ok := WindowsZone(name); !ok || got != id {
				t.Errorf("%s belongs to %q, want %q", name, got, id)
			}
		}
	}
	for _, name := range []string{"Nowhere/Land", "", "Antarctica/Troll"} {
		if got, ok := WindowsZone(name); ok {
			t.Errorf("%q has the Windows zone %q", name, got)
		}
	}
}

func TestDisplayNamesBelongToKnownIds(t *testing.T) {
	seen := map[string]string{}
	for name, id := range zones().names {
		if _, ok := zones().windows[strings.ToLower(id)]; !ok {
			t.Errorf("%q belongs to %q, which nobody knows", name, id)
		}
		seen[id] = name
	}
	for line := range strings.Lines(strings.TrimSpace(windowsTable)) {
		if id, _, _ := strings.Cut(strings.TrimSpace(line), "="); seen[id] == "" {
			t.Errorf("%s has no display name", id)
		}
	}
}

// define writes observances as VTIMEZONE's lines.
func define(obs []Observance) string {
	var b strings.Builder
	for _, o := range obs {
		kind := "STANDARD"
		if o.Daylight {
			kind = "DAYLIGHT"
		}
		fmt.Fprintf(&b, "%s %s %s %+d>%+d", kind, o.Name, o.Start, o.From/60, o.To/60)
		if o.Rule != "" {
			b.WriteString(" " + o.Rule)
		}
		for _, d := range o.Dates {
			b.WriteString(" " + d.String())
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestObservances(t *testing.T) {
	for _, c := range []struct {
		zone     string
		from, to int
		want     string
	}{
		{"Europe/Helsinki", 2020, 2030, `STANDARD EET 20191027T040000 +180>+120 FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
DAYLIGHT EEST 20200329T030000 +120>+180 FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
`},
		{"America/New_York", 2005, 2030, `STANDARD EST 20041031T020000 -240>-300 FREQ=YEARLY;UNTIL=20061029T060000Z;BYDAY=-1SU;BYMONTH=10
DAYLIGHT EDT 20050403T020000 -300>-240 20060402T020000
DAYLIGHT EDT 20070311T020000 -300>-240 FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
STANDARD EST 20071104T020000 -240>-300 FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
`},
		{"Australia/Sydney", 2026, 2026, `DAYLIGHT AEDT 20251005T020000 +600>+660 FREQ=YEARLY;BYDAY=1SU;BYMONTH=10
STANDARD AEST 20260405T030000 +660>+600 FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
`},
		{"Australia/Lord_Howe", 2026, 2026, `DAYLIGHT +11 20251005T020000 +630>+660 FREQ=YEARLY;BYDAY=1SU;BYMONTH=10
STANDARD +1030 20260405T020000 +660>+630 FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
`},
		{"Asia/Tokyo", 2020, 2030, "STANDARD JST 19510909T010000 +600>+540\n"},
		{"UTC", 2020, 2030, "STANDARD UTC 19700101T000000 +0>+0\n"},
		{"America/Sao_Paulo", 2017, 2030, `DAYLIGHT -02 20161016T000000 -180>-120 20171015T000000 20181104T000000
STANDARD -03 20170219T000000 -120>-180 FREQ=YEARLY;UNTIL=20190217T020000Z;BYDAY=3SU;BYMONTH=2
`},
		{"Europe/Dublin", 2026, 2030, `STANDARD GMT 20251026T020000 +60>+0 FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
DAYLIGHT IST 20260329T010000 +0>+60 FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
`},
		{"Africa/Casablanca", 2026, 2027, `DAYLIGHT +01 20250406T020000 +0>+60 20260322T020000 20270314T020000
STANDARD +00 20260215T030000 +60>+0 20270207T030000
`},
		{"America/Santiago", 2026, 2026, `DAYLIGHT -03 20250907T000000 -240>-180 FREQ=YEARLY;BYDAY=SU;BYMONTHDAY=2,3,4,5,6,7,8;BYMONTH=9
STANDARD -04 20260405T000000 -180>-240 FREQ=YEARLY;BYDAY=SU;BYMONTHDAY=2,3,4,5,6,7,8;BYMONTH=4
`},
		{"Asia/Jerusalem", 2026, 2026, `STANDARD IST 20251026T020000 +180>+120 FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
DAYLIGHT IDT 20260327T020000 +120>+180 FREQ=YEARLY;BYDAY=FR;BYMONTHDAY=23,24,25,26,27,28,29;BYMONTH=3
`},
		{"Europe/Helsinki", 2090, 2091, `STANDARD EET 20891030T040000 +180>+120 FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
DAYLIGHT EEST 20900326T030000 +120>+180 FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
`},
	} {
		t.Run(fmt.Sprintf("%s %d", c.zone, c.from), func(t *testing.T) {
			obs, err := Observances(c.zone, c.from, c.to)
			if err != nil {
				t.Fatal(err)
			}
			if got := define(obs); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
	for _, bad := range []struct {
		zone     string
		from, to int
	}{{"Nowhere/Land", 2020, 2030}, {"UTC", 2030, 2020}, {"UTC", -5, 2020}, {"UTC", 1000, 2020}, {"UTC", 9990, 9999}} {
		if _, err := Observances(bad.zone, bad.from, bad.to); err == nil {
			t.Errorf("%v was defined", bad)
		}
	}
}

// What is written of a zone behaves as the zone, at each moment of the years, in each zone there is.
func TestObservancesBehaveAsTheirZone(t *testing.T) {
	for _, years := range [][2]int{{1970, 1990}, {2005, 2030}, {2026, 2027}} {
		begin, end := time.Date(years[0], 1, 1, 0, 0, 0, 0, time.UTC), time.Date(years[1], 12, 30, 0, 0, 0, 0, time.UTC)
		for _, name := range zones().iana {
			obs, err := Observances(name, years[0], years[1])
			if err != nil {
				t.Fatal(err)
			}
			loc, err := Location(name)
			if err != nil {
				t.Fatal(err)
			}
			begin := begin.In(loc).AddDate(0, 0, 1)
			if b, ok := behaviourOf(obs, begin, end); !ok || !b.is(name) {
				t.Errorf("%s from %d to %d:\n%s", name, years[0], years[1], define(obs))
			}
			for _, o := range obs {
				if o.Rule == "" {
					continue
				}
				if again, err := Canonical(o.Rule, calendar.Time{Kind: calendar.UTC, Wall: o.Start}); err != nil || again != o.Rule {
					t.Errorf("%s: rule %q is %q, %v in canonical form", name, o.Rule, again, err)
				}
			}
		}
	}
}

func TestMatchZoneFindsItself(t *testing.T) {
	near := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range zones().iana {
		obs, err := Observances(name, 2024, 2031)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := MatchZone(obs, near)
		if !ok {
			t.Errorf("%s matches nothing", name)
			continue
		}
		a, _ := Location(name)
		b, err := Location(got)
		if err != nil {
			t.Fatal(err)
		}
		for day := near.AddDate(-1, 0, 0); day.Before(near.AddDate(3, 0, 0)); day = day.AddDate(0, 0, 1) {
			_, x := day.In(a).Zone()
			if _, y := day.In(b).Zone(); x != y {
				t.Fatalf("%s was taken for %s, which differs on %s", name, got, day)
			}
		}
	}
}

func TestMatchZone(t *testing.T) {
	near := time.Date(2026, 6, 1, 12, 30, 0, 500, time.UTC)
	helsinki := []Observance{ // as Exchange writes it: a custom name, rules since 1601
		{Start: wall(t, "16010101T040000"), From: 10800, To: 7200, Rule: "FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10"},
		{Start: wall(t, "16010101T030000"), From: 7200, To: 10800, Rule: "FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3", Daylight: true},
	}
	fixed := func(offset int) []Observance {
		return []Observance{{Start: wall(t, "19700101T000000"), From: offset, To: offset}}
	}
	listed := []Observance{
		{Start: wall(t, "20241103T020000"), From: -14400, To: -18000, Dates: walls(t, "20251102T020000", "20261101T020000",
			"20271107T020000", "20281105T020000")},
		{Start: wall(t, "20240310T020000"), From: -18000, To: -14400, Dates: walls(t, "20250309T020000", "20260308T020000",
			"20270314T020000", "20280312T020000", "20290311T020000"), Daylight: true},
	}
	ended := []Observance{ // summer time until 2013, then none
		{Start: wall(t, "20101031T030000"), From: 10800, To: 7200, Rule: "FREQ=YEARLY;UNTIL=20131027T000000Z;BYDAY=-1SU;BYMONTH=10"},
		{Start: wall(t, "20100328T020000"), From: 7200, To: 10800, Rule: "FREQ=YEARLY;UNTIL=20130331T000000Z;BYDAY=-1SU;BYMONTH=3"},
	}
	odd := slices.Clone(helsinki)
	odd[0].Rule = "FREQ=YEARLY;BYDAY=2SU;BYMONTH=10"
	broken := slices.Clone(helsinki)
	broken[0].Rule = "FREQ=SECONDLY"
	for _, c := range []struct {
		name string
		obs  []Observance
		want string
	}{
		{"Exchange's Helsinki", helsinki, "Europe/Helsinki"},
		{"a list of dates", listed, "America/New_York"},
		{"no offset", fixed(0), "UTC"},
		{"five hours and a half", fixed(19800), "Asia/Kolkata"},
		{"two hours", fixed(7200), "Africa/Johannesburg"},
		{"summer time that ended", ended, "Africa/Johannesburg"},
		{"an offset that no place has", fixed(7201), ""},
		{"rules that no place has", odd, ""},
		{"a rule that cannot be read", broken, ""},
		{"nothing", nil, ""},
		{"far too much", make([]Observance, 10_000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 3 {
				got, ok := MatchZone(c.obs, near)
				if got != c.want || ok != (c.want != "") {
					t.Fatalf("got %q, %t, want %q", got, ok, c.want)
				}
			}
			if c.want != "" && !Follows(c.obs, c.want, near) {
				t.Error("the definition does not follow the zone that it was taken for")
			}
			if Follows(c.obs, "Asia/Tokyo", near) {
				t.Error("the definition follows Tokyo")
			}
		})
	}
}

func FuzzResolveZone(f *testing.F) {
	for _, seed := range []string{"Europe/Helsinki", "/mozilla.org/20050126_1/Europe/Berlin", "(UTC+02:00) Helsinki", "UTC+02:00", `"Z"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tzid string) {
		iana, ok := ResolveZone(tzid)
		if !ok {
			return
		}
		if again, ok := ResolveZone(iana); !ok || again != iana {
			t.Fatalf("%q is %q, which is %q", tzid, iana, again)
		}
		if _, err := Location(iana); err != nil {
			t.Fatal(err)
		}
	})
}
