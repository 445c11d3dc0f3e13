package ews_test

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/ews"
)

const minute = time.Minute

const inTokyo = `<t:TimeZoneContext><t:TimeZoneDefinition Id="Tokyo Standard Time"/></t:TimeZoneContext>`

// The table of time-zones-and-ews-in-exchange.md, for Exchange2010 and later.
func TestATimeIsOnTheClockThatTheTableSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ header, inside, start, end, zone string }{
		"UTC":                        {inTokyo, `<t:Start>2026-01-06T09:00:00Z</t:Start><t:End>2026-01-06T10:00:00Z</t:End>` + helsinki, "2026-01-06T18:00:00+09:00", "2026-01-06T19:00:00+09:00", "FLE Standard Time"},
		"an offset":                  {"", `<t:Start>2026-01-06T09:00:00+01:00</t:Start><t:End>2026-01-06T10:00:00+01:00</t:End>`, "2026-01-06T08:00:00Z", "2026-01-06T09:00:00Z", "UTC"},
		"zones beside":               {inTokyo, `<t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End>` + helsinki, "2026-01-06T16:00:00+09:00", "2026-01-06T17:00:00+09:00", "FLE Standard Time"},
		"the context":                {inTokyo, `<t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End>`, "2026-01-06T09:00:00+09:00", "2026-01-06T10:00:00+09:00", "Tokyo Standard Time"},
		"nothing":                    {"", `<t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End>`, "2026-01-06T09:00:00Z", "2026-01-06T10:00:00Z", "UTC"},
		"a zone for the start alone": {"", `<t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End><t:StartTimeZone Id="FLE Standard Time"/>`, "2026-01-06T07:00:00Z", "2026-01-06T10:00:00Z", "FLE Standard Time"},
		"no times":                   {"", "", "2026-01-05T09:30:00Z", "2026-01-05T10:00:00Z", "UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ews.Options{})
			r.header = c.header
			a := r.ok(r.soap(get(r.make("<t:Subject>x</t:Subject>" + c.inside).String())))
			if a.xml.text("Start") != c.start || a.xml.text("End") != c.end || a.xml.attr("StartTimeZone", "Id") != c.zone {
				t.Errorf("%s to %s in %s, want %+v", a.xml.text("Start"), a.xml.text("End"), a.xml.attr("StartTimeZone", "Id"), c)
			}
		})
	}
}

// how-to-update-the-time-zone-for-an-appointment-by-using-ews-in-exchange.md
func TestAZoneThatIsSetAloneKeepsWhatTheClockShows(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	id := r.make(event("x"))
	zones := set("calendar:StartTimeZone", `<t:StartTimeZone Id="Tokyo Standard Time"/>`) + set("calendar:EndTimeZone", `<t:EndTimeZone Id="Tokyo Standard Time"/>`)
	id = r.ok(r.soap(update(id, "NeverOverwrite", zones))).ref()
	if a := r.ok(r.soap(get(id.String()))); a.xml.text("Start") != "2026-01-06T00:00:00Z" || a.xml.attr("StartTimeZone", "Id") != "Tokyo Standard Time" {
		t.Errorf("%s", a.body)
	}
	times := set("calendar:Start", `<t:Start>2026-01-06T07:00:00Z</t:Start>`) + set("calendar:End", `<t:End>2026-01-06T08:00:00Z</t:End>`)
	id = r.ok(r.soap(update(id, "NeverOverwrite", zones+times))).ref()
	if a := r.ok(r.soap(get(id.String()))); a.xml.text("Start") != "2026-01-06T07:00:00Z" {
		t.Errorf("%s", a.body)
	}
}

// [M]: a start without a zone beside it.
func TestAStartThatIsSetAloneStaysInItsZone(t *testing.T) {
	t.Parallel()
	for _, moves := range []bool{false, true} {
		r := newRig(t, variant(ews.Variants{UpdateMovesZone: moves}))
		id := r.make(event("x"))
		times := set("calendar:Start", `<t:Start>2026-01-06T08:00:00Z</t:Start>`) + set("calendar:End", `<t:End>2026-01-06T09:00:00Z</t:End>`)
		id = r.ok(r.soap(update(id, "NeverOverwrite", times))).ref()
		want := "FLE Standard Time"
		if moves {
			want = "UTC"
		}
		if a := r.ok(r.soap(get(id.String()))); a.xml.text("Start") != "2026-01-06T08:00:00Z" || a.xml.attr("StartTimeZone", "Id") != want {
			t.Errorf("moves %t: %s", moves, a.body)
		}
	}
}

// how-to-create-all-day-events-by-using-ews-in-exchange.md
func TestWholeDaysAreWidenedToMidnights(t *testing.T) {
	t.Parallel()
	for times, want := range map[string]string{
		"2026-01-06T13:00:00/2026-01-06T14:00:00": "2026-01-05T22:00:00Z/2026-01-06T22:00:00Z",
		"2026-01-06T00:00:00/2026-01-08T00:00:00": "2026-01-05T22:00:00Z/2026-01-07T22:00:00Z",
		"2026-01-06T00:00:00/2026-01-06T00:00:00": "2026-01-05T22:00:00Z/2026-01-06T22:00:00Z",
	} {
		r := newRig(t, ews.Options{})
		start, end, _ := strings.Cut(times, "/")
		id := r.make("<t:Subject>x</t:Subject><t:Start>" + start + "</t:Start><t:End>" + end + "</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>" + helsinki)
		a := r.ok(r.soap(get(id.String())))
		if got := a.xml.text("Start") + "/" + a.xml.text("End"); got != want {
			t.Errorf("%s is %s, want %s", times, got, want)
		}
	}
}

func TestASeriesKeepsItsClockOverTheChangeToSummerTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	r.make(strings.Replace(strings.ReplaceAll(series("x"), "2026-01-06", "2026-03-28"), "<t:NumberOfOccurrences>5", "<t:NumberOfOccurrences>3", 1))
	a := r.ok(r.soap(strings.Replace(find(view(`StartDate="2026-03-01T00:00:00Z" EndDate="2026-04-01T00:00:00Z"`), ""), "IdOnly", "Default", 1)))
	var starts []string
	for _, x := range a.xml.all("Start") {
		starts = append(starts, x.Text)
	}
	if strings.Join(starts, " ") != "2026-03-28T07:00:00Z 2026-03-29T06:00:00Z 2026-03-30T06:00:00Z" {
		t.Errorf("%v", starts)
	}
}
