package calendar

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func load(t testing.TB, zone string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func wall(t testing.TB, s string) Wall {
	t.Helper()
	w, err := ParseWall(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestInstantInGapsAndFolds(t *testing.T) {
	for _, c := range []struct{ name, zone, wall, want string }{
		{"a plain winter morning", "Europe/Helsinki", "20260110T090000", "2026-01-10T07:00:00Z"},
		{"a plain summer morning", "Europe/Helsinki", "20260710T090000", "2026-07-10T06:00:00Z"},
		{"the last second before a gap", "Europe/Helsinki", "20260329T025959", "2026-03-29T00:59:59Z"},
		{"the first skipped second", "Europe/Helsinki", "20260329T030000", "2026-03-29T01:00:00Z"},
		{"half past in a gap is read with the offset before", "Europe/Helsinki", "20260329T033000", "2026-03-29T01:30:00Z"},
		{"the first second after a gap", "Europe/Helsinki", "20260329T040000", "2026-03-29T01:00:00Z"},
		{"the first of a fold", "Europe/Helsinki", "20261025T033000", "2026-10-25T00:30:00Z"},
		{"the end of a fold", "Europe/Helsinki", "20261025T035959", "2026-10-25T00:59:59Z"},
		{"after a fold", "Europe/Helsinki", "20261025T040000", "2026-10-25T02:00:00Z"},
		{"a gap west of Greenwich", "America/New_York", "20260308T023000", "2026-03-08T07:30:00Z"},
		{"a fold west of Greenwich", "America/New_York", "20261101T013000", "2026-11-01T05:30:00Z"},
		{"a southern gap", "Australia/Sydney", "20261004T023000", "2026-10-03T16:30:00Z"},
		{"a southern fold", "Australia/Sydney", "20260405T023000", "2026-04-04T15:30:00Z"},
		{"a gap of half an hour", "Australia/Lord_Howe", "20261004T021500", "2026-10-03T15:45:00Z"},
		{"just after a gap of half an hour", "Australia/Lord_Howe", "20261004T023000", "2026-10-03T15:30:00Z"},
		{"a fold of half an hour", "Australia/Lord_Howe", "20260405T014500", "2026-04-04T14:45:00Z"},
		{"a gap at midnight", "America/Sao_Paulo", "20181104T000000", "2018-11-04T03:00:00Z"},
		{"a fold across midnight", "America/Sao_Paulo", "20180217T233000", "2018-02-18T01:30:00Z"},
		{"a winter that is the exception", "Africa/Casablanca", "20260301T120000", "2026-03-01T12:00:00Z"},
		{"a zone without changes", "Asia/Tokyo", "20260329T023000", "2026-03-28T17:30:00Z"},
		{"a whole day that was skipped, early", "Pacific/Apia", "20111230T003000", "2011-12-30T10:30:00Z"},
		{"a whole day that was skipped, at ten to ten", "Pacific/Apia", "20111230T095900", "2011-12-30T19:59:00Z"},
		{"a whole day that was skipped, late", "Pacific/Apia", "20111230T235959", "2011-12-31T09:59:59Z"},
		{"the day before the skipped one", "Pacific/Apia", "20111229T235959", "2011-12-30T09:59:59Z"},
		{"the day after the skipped one", "Pacific/Apia", "20111231T000000", "2011-12-30T10:00:00Z"},
		{"a day that came twice", "America/Juneau", "18671018T120000", "1867-10-17T20:57:41Z"},
		{"beyond the table, by rule", "Europe/Helsinki", "21000701T120000", "2100-07-01T09:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := InZone(wall(t, c.wall), c.zone).Instant(load(t, c.zone)).UTC().Format(time.RFC3339)
			if got != c.want {
				t.Errorf("%s in %s is %s, want %s", c.wall, c.zone, got, c.want)
			}
		})
	}
}

func TestInstantIsTheReadersOwnForFloatingAndDates(t *testing.T) {
	tokyo := load(t, "Asia/Tokyo")
	w := wall(t, "20260110T090000")
	if got := (Time{Kind: Floating, Wall: w}).Instant(tokyo); WallIn(got, tokyo) != w {
		t.Errorf("floating: %v", got)
	}
	if got := OnDate(2026, time.January, 10).Instant(tokyo); !got.Equal(time.Date(2026, 1, 9, 15, 0, 0, 0, time.UTC)) {
		t.Errorf("date: %v", got)
	}
	if got := (Time{Kind: UTC, Wall: w}).Instant(tokyo); got.Unix() != int64(w) {
		t.Errorf("utc: %v", got)
	}
}

// The reference decides by trying every offset that the zone has around a reading, which is slow and plainly right.
func TestInstantAgreesWithTryingEveryOffset(t *testing.T) {
	for _, zone := range zoneNames(t) {
		loc := load(t, zone)
		for _, change := range transitions(loc, 1840, 2046) {
			for _, around := range [2]time.Time{change.Add(-time.Second), change} {
				for _, off := range []time.Duration{-25 * time.Hour, -90 * time.Minute, -30 * time.Minute, -1, 0,
					15 * time.Minute, 61 * time.Minute, 13 * time.Hour, 25 * time.Hour} {
					w := WallIn(around, loc) + Wall(off/time.Second)
					want := byTrying(w, loc)
					if got := InZone(w, zone).Instant(loc).Unix(); got != want {
						t.Fatalf("%s in %s: %d, want %d", w, zone, got, want)
					}
				}
			}
		}
	}
}

func byTrying(w Wall, loc *time.Location) int64 {
	type stretch struct{ begin, offset int64 }
	var stretches []stretch
	for at := int64(w) - 5*43200; at <= int64(w)+5*43200; at += 1800 {
		_, offset := time.Unix(at, 0).In(loc).Zone()
		if n := len(stretches); n == 0 || stretches[n-1].offset != int64(offset) {
			begin, _ := time.Unix(at, 0).In(loc).ZoneBounds()
			stretches = append(stretches, stretch{begin.Unix(), int64(offset)})
		}
	}
	for _, s := range stretches {
		at := int64(w) - s.offset
		if WallIn(time.Unix(at, 0), loc) == w {
			return at
		}
	}
	for i, s := range stretches[1:] {
		if at := int64(w) - stretches[i].offset; at >= s.begin && int64(w)-s.offset < s.begin {
			return at
		}
	}
	panic("no stretch holds " + w.String() + " in " + loc.String())
}

func transitions(loc *time.Location, from, to int) []time.Time {
	var out []time.Time
	at := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	for {
		_, end := ZoneBounds(at)
		if end.IsZero() || end.Year() > to {
			return out
		}
		out, at = append(out, end), end
	}
}

func TestZoneBoundsAlwaysEndLater(t *testing.T) {
	helsinki := load(t, "Europe/Helsinki")
	for at := time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2050; at = at.Add(5 * time.Hour) {
		begin, end := ZoneBounds(at.In(helsinki))
		_, offset := at.In(helsinki).Zone()
		if begin.After(at) || !end.After(at) {
			t.Fatalf("%s lies in %s to %s", at, begin, end)
		}
		if _, last := end.Add(-time.Second).Zone(); last != offset {
			t.Fatalf("the offset around %s changes before %s", at, end)
		}
	}
}

// zoneNames lists some dozen zones, among them the strangest, and all of the toolchain's when not in short mode.
func zoneNames(t testing.TB) []string {
	names := []string{"Europe/Helsinki", "America/New_York", "Australia/Sydney", "Asia/Tokyo", "America/Sao_Paulo",
		"Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia", "America/Juneau", "Asia/Manila", "Europe/Dublin",
		"Africa/Monrovia", "Antarctica/Troll", "America/Caracas", "Pacific/Kwajalein", "Asia/Pyongyang"}
	if testing.Short() {
		return names
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Logf("only %d zones, the toolchain cannot be asked: %v", len(names), err)
		return names
	}
	r, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Logf("only %d zones, the toolchain's list cannot be read: %v", len(names), err)
		return names
	}
	defer r.Close()
	for i, f := range r.File {
		if !strings.HasSuffix(f.Name, "/") && i%40 == 0 {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestMidnightAlsoBefore1970(t *testing.T) {
	for _, s := range []string{"19691231T235959", "19700101T000000", "20260329T033000", "00010101T120000"} {
		w := wall(t, s)
		if got := w.Midnight(); got.String() != s[:8]+"T000000" || got.DateString() != s[:8] {
			t.Errorf("midnight of %s is %s", s, got)
		}
	}
}

func TestParseWallRefusesWhatIsNoWall(t *testing.T) {
	for _, s := range []string{"", "2026", "20260230", "20260101T250000", "20260101T000000Z", "2026-01-01", "20260101t000000x"} {
		if w, err := ParseWall(s); err == nil {
			t.Errorf("%q was read as %s", s, w)
		}
	}
}

func anyTime() *rapid.Generator[Time] {
	return rapid.Custom(func(t *rapid.T) Time {
		w := Wall(rapid.Int64Range(int64(WallOf(1, 1, 1, 0, 0, 0)), int64(WallOf(9999, 12, 31, 23, 59, 59))).Draw(t, "wall"))
		switch Kind(rapid.IntRange(int(NoTime), int(UTC)).Draw(t, "kind")) {
		case Date:
			return Time{Kind: Date, Wall: w.Midnight()}
		case Zoned:
			zones := []string{"Europe/Helsinki", "America/New_York", "Customized [Time] Zone", "UTC"}
			return InZone(w, rapid.SampledFrom(zones).Draw(t, "zone"))
		case Floating:
			return Time{Kind: Floating, Wall: w}
		case UTC:
			return Time{Kind: UTC, Wall: w}
		}
		return Time{}
	})
}

func TestTimeKeepsItsTextForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyTime().Draw(t, "time")
		text, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got Time
		if err := got.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("%v was read back as %v", want, got)
		}
	})
}

func TestKindKeepsItsName(t *testing.T) {
	for k := NoTime; k <= UTC; k++ {
		if got, err := ParseKind(k.String()); err != nil || got != k {
			t.Errorf("%s: %v, %v", k, got, err)
		}
	}
	if _, err := ParseKind("kind(9)"); err == nil {
		t.Error("an unknown kind was read")
	}
}

func BenchmarkInstant(b *testing.B) {
	loc := load(b, "Europe/Helsinki")
	at := InZone(WallOf(2026, 7, 1, 9, 0, 0), "Europe/Helsinki")
	for b.Loop() {
		at.Instant(loc)
	}
}
