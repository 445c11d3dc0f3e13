package icalendar

import (
	"testing"
)

func TestAZoneIsDefinedOnceForItsYearsAndNobodySharesIt(t *testing.T) {
	first, err := vtimezone("Europe/Helsinki", 2026, 2027)
	if err != nil {
		t.Fatal(err)
	}
	text := string(first.AppendText(nil))
	kept := definitions.made[zoneYears{"Europe/Helsinki", 2026, 2027}]
	first.Set("TZID", "Mine")
	first.Children[0].Set("TZNAME", "MINE")
	second, err := vtimezone("Europe/Helsinki", 2026, 2027)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(second.AppendText(nil)); got != text {
		t.Errorf("what one did with a definition shows in the next:\n%s", got)
	}
	if definitions.made[zoneYears{"Europe/Helsinki", 2026, 2027}] != kept {
		t.Error("the same definition was made twice")
	}
}

func TestNoMoreDefinitionsAreKeptThanStated(t *testing.T) {
	for year := 1; year <= maxDefinitions+10; year++ {
		if _, err := vtimezone("Asia/Kolkata", year, year); err != nil {
			t.Fatal(err)
		}
		if n := len(definitions.made); n > maxDefinitions {
			t.Fatalf("%d definitions are kept", n)
		}
	}
}
