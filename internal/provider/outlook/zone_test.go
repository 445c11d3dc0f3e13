package outlook

import (
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Each zone that Windows has comes back under the name that it was written with.
func TestZonesComeBack(t *testing.T) {
	n := 0
	for _, name := range []string{"Europe/Helsinki", "Europe/Kyiv", "Europe/Kiev", "America/Detroit", "America/New_York", "US/Eastern", "Asia/Kolkata", "Asia/Calcutta",
		"Australia/Sydney", "Australia/Hobart", "America/Santiago", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca", "America/Argentina/Buenos_Aires", "Etc/GMT+5"} {
		if _, err := recur.Location(name); err != nil {
			continue
		}
		n++
		text, err := ZoneName(name)
		if err != nil {
			t.Fatal(err)
		}
		if k := ClockOf(text, name); k.IANA != name {
			t.Errorf("%s was written as %s and read as %s", name, text, k.IANA)
		}
		if k := ClockOf("Tokyo Standard Time", name); k.IANA != "Asia/Tokyo" {
			t.Errorf("a time that moved to Tokyo is still in %s", k.IANA)
		}
	}
	if n < 14 {
		t.Errorf("only %d zones are known", n)
	}
}

func TestFormIsReadBack(t *testing.T) {
	e := series("20260316T100000", "FREQ=WEEKLY;BYDAY=MO")
	if f := ParseForm(FormOf(e).String()); f != FormOf(e) {
		t.Errorf("%+v", f)
	}
	for _, s := range []string{"", "a", "a b c d", "- - -"} {
		if f := ParseForm(s); f != (Form{}) {
			t.Errorf("%q was read as %+v", s, f)
		}
	}
}

func TestUIDOf(t *testing.T) {
	const own = "040000008200E00074C5B7101A82E00800000000D0A7A4C36CC8DB0100000000000000001000000012F0A1B2C3D4E5F60718293A4B5C6D7E"
	foreign := "040000008200E00074C5B7101A82E008000000000000000000000000000000000000000027000000" + "7643616C2D556964" + "01000000" + "7A7A39383740676F6F676C652E6578616D706C652E636F6D" + "000000"
	for _, c := range []struct{ name, id, want string }{
		{"of another system", "abc123@google.example.com", "abc123@google.example.com"},
		{"nothing", "", ""},
		{"Exchange's own", own, own},
		{"of an occurrence", own[:32] + "07EA0310" + own[40:], own},
		{"in small letters", "040000008200e00074c5b7101a82e00800000000d0a7a4c36cc8db0100000000000000001000000012f0a1b2c3d4e5f60718293a4b5c6d7e", own},
		{"wrapped", foreign, "zz987@google.example.com"},
		{"wrapped, of an occurrence", foreign[:32] + "07EA0310" + foreign[40:], "zz987@google.example.com"},
		{"cut off", own[:60], own[:60]},
		{"no hexadecimal", own[:84] + "zz", own[:84] + "zz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := UID(c.id); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestInstantsAreCompared(t *testing.T) {
	e := series("20260316T100000", "FREQ=DAILY;COUNT=3")
	if d := dayOf(e, calendar.AtUTC(time.Date(2026, 3, 16, 22, 30, 0, 0, time.UTC))); d != wall("20260317T000000") {
		t.Errorf("half past midnight in Helsinki is on %s", d)
	}
}

// An occurrence is called by the start that its series gives it, also where the clocks skip that.
func TestOriginalStarts(t *testing.T) {
	for _, c := range []struct{ name, zone, start, at, want string }{
		{"an hour that is skipped", "America/New_York", "20260301T020000", "2026-03-08T07:00:00Z", "20260308T020000"},
		{"half past in it", "Europe/Helsinki", "20260301T033000", "2026-03-29T01:30:00Z", "20260329T033000"},
		{"a midnight that is skipped", "America/Sao_Paulo", "20181028T000000", "2018-11-04T03:00:00Z", "20181104T000000"},
		{"as always", "Europe/Helsinki", "20260301T100000", "2026-06-07T07:00:00Z", "20260607T100000"},
		{"at another time than the series", "Europe/Helsinki", "20260301T100000", "2026-06-07T09:00:00Z", "20260607T120000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Original(at, calendar.InZone(wall(c.start), c.zone), ClockOf(c.zone, ""))
			if err != nil || got != wall(c.want) {
				t.Errorf("%s %v, want %s", got, err, c.want)
			}
		})
	}
}
