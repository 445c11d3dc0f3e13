package graph_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
	"tahti/internal/standin/graph"
)

// days are the starts of a series' occurrences in a window, as month and day.
func (r *rig) days(id, window string) string {
	r.Helper()
	var out []string
	for _, x := range r.tree(r.want(200, r.do("GET", "/me/events/"+id+"/instances"+window+"&$top=100", "", `Prefer: outlook.timezone="Europe/Helsinki"`))).values() {
		out = append(out, x.text("start/dateTime")[5:10])
	}
	return strings.Join(out, " ")
}

func TestPatternsFallOnTheDaysThatMicrosoftSays(t *testing.T) {
	const year = "?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z"
	count := func(n string) string { return `"type":"numbered","numberOfOccurrences":` + n }
	for name, c := range map[string]struct{ pattern, rng, window, days string }{
		"every third day":              {`"type":"daily","interval":3`, count("3"), year, "01-05 01-08 01-11"},
		"until a day":                  {`"type":"daily","interval":1`, `"type":"endDate","endDate":"2026-01-07"`, year, "01-05 01-06 01-07"},
		"without an end":               {`"type":"daily","interval":30`, `"type":"noEnd"`, year, "01-05 02-04 03-06 04-05 05-05 06-04 07-04 08-03 09-02 10-02 11-01 12-01 12-31"},
		"two days of every other week": {`"type":"weekly","interval":2,"daysOfWeek":["monday","sunday"],"firstDayOfWeek":"monday"`, count("4"), year, "01-05 01-11 01-19 01-25"},
		"weeks that begin on Sunday":   {`"type":"weekly","interval":2,"daysOfWeek":["monday","sunday"]`, count("4"), year, "01-05 01-18 01-19 02-01"},
		"the first day is later":       {`"type":"weekly","interval":1,"daysOfWeek":["wednesday"]`, count("2"), year, "01-07 01-14"},
		"the 31st is the last":         {`"type":"absoluteMonthly","interval":1,"dayOfMonth":31`, count("4"), year, "01-31 02-28 03-31 04-30"},
		"the second Tuesday":           {`"type":"relativeMonthly","interval":1,"daysOfWeek":["tuesday"],"index":"second"`, count("3"), year, "01-13 02-10 03-10"},
		"the last weekday": {`"type":"relativeMonthly","interval":1,"daysOfWeek":["monday","tuesday","wednesday","thursday","friday"],"index":"last"`,
			count("3"), year, "01-30 02-27 03-31"},
		"the first of two weekdays": {`"type":"relativeMonthly","interval":1,"daysOfWeek":["thursday","friday"],"index":"first"`, count("3"), year, "02-05 03-05 04-02"},
		"29 February": {`"type":"absoluteYearly","interval":1,"dayOfMonth":29,"month":2`, count("3"),
			"?startDateTime=2026-01-01T00:00:00Z&endDateTime=2030-01-01T00:00:00Z", "02-28 02-28 02-29"},
		"the last Friday of November": {`"type":"relativeYearly","interval":1,"daysOfWeek":["friday"],"index":"last","month":11`, count("1"), year, "11-27"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, graph.Options{})
			e := r.make("recurrence", recurs(c.pattern, c.rng))
			if got := r.days(e.text("id"), c.window); got != c.days {
				t.Errorf("on %s, want %s", got, c.days)
			}
			if first := e.text("start/dateTime")[5:10]; first != c.days[:5] {
				t.Errorf("the series starts on %s, and its first day is %s", first, c.days[:5])
			}
			if e.text("recurrence/range/startDate")[5:] != c.days[:5] || e.text("recurrence/range/recurrenceTimeZone") != "FLE Standard Time" {
				t.Errorf("recurrence %v", e["recurrence"])
			}
		})
	}
}

func TestASeriesKeepsItsClockOverTheChangeToSummerTime(t *testing.T) {
	r := newRig(t, graph.Options{})
	id := r.make("recurrence", recurs(`"type":"weekly","interval":1,"daysOfWeek":["monday"]`, `"type":"noEnd"`)).text("id")
	var got []string
	list := r.tree(r.want(200, r.do("GET", "/me/events/"+id+"/instances?startDateTime=2026-03-23T00:00:00Z&endDateTime=2026-04-01T00:00:00Z", ""))).values()
	for _, x := range list {
		got = append(got, x.text("start/dateTime")[5:16]+" "+x.text("originalStart")[5:16])
	}
	if strings.Join(got, ", ") != "03-23T07:00 03-23T07:00, 03-30T06:00 03-30T06:00" {
		t.Errorf("in UTC: %v", got)
	}
}

func TestAnOccurrenceBecomesAnException(t *testing.T) {
	r := newRig(t, graph.Options{})
	path := r.occurrence(2)
	got := r.tree(r.want(200, r.do("PATCH", path, `{"subject":"Moved","start":`+string(times("2026-01-07T15:00:00"))+`,"end":`+string(times("2026-01-07T16:00:00"))+`}`)))
	if got.text("type") != "exception" || got.text("originalStart") != "2026-01-07T07:00:00.0000000Z" || got.text("start/dateTime") != "2026-01-07T13:00:00.0000000" ||
		!strings.HasPrefix(got.text("occurrenceId"), "OID.") || !strings.HasSuffix(got.text("occurrenceId"), ".2026-01-07") {
		t.Errorf("exception: %v", got)
	}
	master := "/me/events/" + got.text("seriesMasterId")
	r.want(204, r.do("DELETE", strings.Replace(path, path, r.nth(master, 1), 1), ""))

	// What an exception did not set comes from the series, also later.
	r.want(200, r.do("PATCH", master, `{"showAs":"free","subject":"All"}`))
	if got = r.tree(r.do("GET", path, "")); got.text("showAs") != "free" || got.text("subject") != "Moved" {
		t.Errorf("after a change of the series: %v, %v", got["showAs"], got["subject"])
	}
	bare := r.tree(r.want(200, r.do("GET", master, "")))
	if bare["cancelledOccurrences"] != nil || bare["exceptionOccurrences"] != nil {
		t.Error("cancelled and exceptional occurrences are there without being asked for")
	}
	full := r.tree(r.want(200, r.do("GET", master+"?$select=subject,cancelledOccurrences&$expand=exceptionOccurrences", "")))
	cancelled, _ := full["cancelledOccurrences"].([]any)
	exceptions, _ := full["exceptionOccurrences"].([]any)
	if len(cancelled) != 1 || len(exceptions) != 1 || !strings.HasSuffix(cancelled[0].(string), ".2026-01-06") {
		t.Errorf("cancelled %v, exceptions %v", cancelled, exceptions)
	}
}

// nth is the path of the n-th instance of a series.
func (r *rig) nth(master string, n int) string {
	r.Helper()
	return "/me/events/" + r.tree(r.want(200, r.do("GET", master+"/instances"+january, ""))).values()[n].text("id")
}

func TestAnotherTimeOfASeriesDropsItsExceptions(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r := newRig(t, graph.Options{Variants: graph.Variants{KeepExceptions: keep}})
		path := r.occurrence(1)
		master := "/me/events/" + r.tree(r.want(200, r.do("PATCH", path, `{"subject":"Other"}`))).text("seriesMasterId")
		r.want(204, r.do("DELETE", r.nth(master, 3), ""))
		r.want(200, r.do("PATCH", master, `{"start":`+string(times("2026-01-05T11:00:00"))+`,"end":`+string(times("2026-01-05T12:00:00"))+`}`))
		list := r.tree(r.want(200, r.do("GET", master+"/instances"+january, ""))).values()
		want := map[bool]string{
			false: "occurrence 05T09:00, occurrence 06T09:00, occurrence 07T09:00, occurrence 08T09:00, occurrence 09T09:00",
			true:  "occurrence 05T09:00, exception 06T09:00, occurrence 07T09:00, occurrence 09T09:00",
		}[keep]
		if got := summary(list); got != want {
			t.Errorf("kept %t: %s", keep, got)
		}
		r.want(200, r.do("PATCH", master, `{"recurrence":null}`))
		if got := r.tree(r.do("GET", master, "")); got.text("type") != "singleInstance" || got["recurrence"] != nil {
			t.Errorf("without a recurrence: %v", got["type"])
		}
	}
}

// The stand-in's reading of Microsoft's patterns and the product's reading of the rules that say the same agree: neither
// knows the other.
func TestPatternsGiveTheDaysOfTheirRules(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	names := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	short := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
	for range 150 {
		interval, count, month, day := 1+rng.IntN(4), 2+rng.IntN(20), 1+rng.IntN(12), 1+rng.IntN(28)
		var days, byDay []string
		for i := range names {
			if rng.IntN(3) == 0 || i == 1 {
				days, byDay = append(days, `"`+names[i]+`"`), append(byDay, short[i])
			}
		}
		first := rng.IntN(7)
		nth := rng.IntN(5)
		index, position := []string{"first", "second", "third", "fourth", "last"}[nth], []string{"1", "2", "3", "4", "-1"}[nth]
		kind := pick("daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly")
		pattern := fmt.Sprintf(`"type":%q,"interval":%d,"daysOfWeek":[%s],"firstDayOfWeek":%q,"index":%q,"dayOfMonth":%d,"month":%d`,
			kind, interval, strings.Join(days, ","), names[first], index, day, month)
		rule := map[string]string{
			"daily": "FREQ=DAILY", "weekly": "FREQ=WEEKLY;WKST=" + short[first] + ";BYDAY=" + strings.Join(byDay, ","),
			"absoluteMonthly": fmt.Sprintf("FREQ=MONTHLY;BYMONTHDAY=%d", day), "absoluteYearly": fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=%d", month, day),
			"relativeMonthly": "FREQ=MONTHLY;BYDAY=" + strings.Join(byDay, ",") + ";BYSETPOS=" + position,
			"relativeYearly":  fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%s;BYSETPOS=%s", month, strings.Join(byDay, ","), position),
		}[kind] + fmt.Sprintf(";INTERVAL=%d;COUNT=%d", interval, count)

		r := newRig(t, graph.Options{})
		e := r.make("recurrence", recurs(pattern, fmt.Sprintf(`"type":"numbered","numberOfOccurrences":%d`, count)))
		start, err := time.Parse("2006-01-02", e.text("recurrence/range/startDate"))
		if err != nil {
			t.Fatal(err)
		}
		// The rule begins where the series does: it is no business of a rule to look for its first day.
		series := calendar.Event{Rule: rule}
		series.Start = calendar.InZone(calendar.Wall(start.Unix())+9*3600, "Europe/Helsinki")
		series.End = calendar.InZone(series.Start.Wall+3600, "Europe/Helsinki")
		var want []string
		for w := range recur.Starts(&series, 1000) {
			want = append(want, w.Civil().Format("01-02"))
		}
		if got := r.days(e.text("id"), "?startDateTime=2026-01-01&endDateTime=2120-01-01"); got != strings.Join(want, " ") {
			t.Fatalf("%s from %s:\n%s\n%s says\n%s", pattern, e.text("recurrence/range/startDate"), got, rule, strings.Join(want, " "))
		}
	}
}
