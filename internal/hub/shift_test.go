package hub

import (
	"testing"

	"tahti/internal/calendar"
)

const helsinki = "Europe/Helsinki"

func zoned(month, day, hour int) calendar.Time {
	return calendar.InZone(calendar.WallOf(2026, 3, day, hour, 0, 0)+calendar.Wall(month-3)*31*calendar.Day, helsinki)
}

func TestARuleMovesWithItsSeries(t *testing.T) {
	date := func(day int) calendar.Time { return calendar.OnDate(2026, 3, day) }
	floating := func(day, hour int) calendar.Time {
		return calendar.Time{Kind: calendar.Floating, Wall: calendar.WallOf(2026, 3, day, hour, 0, 0)}
	}
	utc := func(day, hour int) calendar.Time {
		return calendar.Time{Kind: calendar.UTC, Wall: calendar.WallOf(2026, 3, day, hour, 0, 0)}
	}
	for name, c := range map[string]struct {
		from, to calendar.Time
		rule     string
		want     string // empty: it is refused
	}{
		"not moved":                             {zoned(3, 2, 10), zoned(3, 2, 10), "FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=1MO"},
		"no day is named":                       {zoned(3, 2, 10), zoned(3, 4, 10), "FREQ=WEEKLY;COUNT=4", "FREQ=WEEKLY;COUNT=4"},
		"by hours only":                         {zoned(3, 2, 10), zoned(3, 2, 11), "FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=1MO"},
		"named hours, by whole days":            {zoned(3, 2, 10), zoned(3, 3, 10), "FREQ=DAILY;BYHOUR=10,15;BYMINUTE=0;BYSECOND=0", "FREQ=DAILY;BYHOUR=10,15;BYMINUTE=0;BYSECOND=0"},
		"named minutes, by hours":               {zoned(3, 2, 10), zoned(3, 2, 11), "FREQ=DAILY;BYMINUTE=0", ""},
		"named seconds, by a day and an hour":   {zoned(3, 2, 10), zoned(3, 3, 11), "FREQ=DAILY;BYSECOND=0", ""},
		"a Monday to a Saturday":                {zoned(3, 2, 10), zoned(3, 7, 10), "FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=SA"},
		"a Monday to the week before":           {zoned(3, 9, 10), zoned(3, 1, 10), "FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=SU"},
		"by more than a week":                   {zoned(3, 2, 10), zoned(3, 17, 10), "FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=TU"},
		"days in the order of the week":         {zoned(3, 6, 10), zoned(3, 7, 10), "FREQ=WEEKLY;BYDAY=WE,SU", "FREQ=WEEKLY;BYDAY=MO,TH"},
		"one day of every second week":          {zoned(3, 8, 10), zoned(3, 9, 10), "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"},
		"days of every second week":             {zoned(3, 2, 10), zoned(3, 4, 10), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,SU"},
		"days of every second week, out of it":  {zoned(3, 2, 10), zoned(3, 5, 10), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", ""},
		"days of every second week, before it":  {zoned(3, 2, 10), zoned(3, 1, 10), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", ""},
		"days of every week, said so":           {zoned(3, 2, 10), zoned(3, 5, 10), "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,FR", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TH"},
		"a day of the month by its week":        {zoned(3, 2, 10), zoned(3, 3, 10), "FREQ=MONTHLY;BYDAY=1MO", ""},
		"a weekday with a number":               {zoned(3, 2, 10), zoned(3, 3, 10), "FREQ=WEEKLY;BYDAY=1MO", ""},
		"a day of the month":                    {zoned(3, 2, 10), zoned(3, 3, 10), "FREQ=MONTHLY;BYMONTHDAY=2,27", "FREQ=MONTHLY;BYMONTHDAY=3,28"},
		"the first day there is":                {zoned(3, 2, 10), zoned(3, 1, 10), "FREQ=MONTHLY;BYMONTHDAY=2", "FREQ=MONTHLY;BYMONTHDAY=1"},
		"before the first":                      {zoned(3, 2, 10), zoned(3, 1, 10), "FREQ=MONTHLY;BYMONTHDAY=1,9", ""},
		"past the shortest month":               {zoned(3, 2, 10), zoned(3, 3, 10), "FREQ=MONTHLY;BYMONTHDAY=28", ""},
		"the 28th comes forward":                {zoned(3, 28, 10), zoned(3, 27, 10), "FREQ=MONTHLY;BYMONTHDAY=28", "FREQ=MONTHLY;BYMONTHDAY=27"},
		"a day that not every month has":        {zoned(3, 29, 10), zoned(3, 28, 10), "FREQ=MONTHLY;BYMONTHDAY=29", ""},
		"the last day":                          {zoned(3, 31, 10), zoned(3, 30, 10), "FREQ=MONTHLY;BYMONTHDAY=-1", ""},
		"a month":                               {zoned(3, 2, 10), zoned(3, 3, 10), "FREQ=YEARLY;BYMONTH=3", ""},
		"an end":                                {zoned(3, 2, 10), zoned(3, 4, 11), "FREQ=DAILY;UNTIL=20260310T080000Z", "FREQ=DAILY;UNTIL=20260312T090000Z"},
		"an end in summer":                      {zoned(3, 2, 10), zoned(3, 4, 10), "FREQ=DAILY;UNTIL=20260328T080000Z", "FREQ=DAILY;UNTIL=20260330T070000Z"},
		"an end, and the zone is left":          {zoned(3, 2, 10), utc(2, 10), "FREQ=DAILY;UNTIL=20260310T080000Z", "FREQ=DAILY;UNTIL=20260310T100000Z"},
		"an end that is a day":                  {zoned(3, 2, 10), zoned(3, 3, 10), "FREQ=DAILY;UNTIL=20260310", "FREQ=DAILY;UNTIL=20260311T215959Z"},
		"an end, of what floats":                {floating(2, 10), floating(3, 11), "FREQ=DAILY;UNTIL=20260310T100000", "FREQ=DAILY;UNTIL=20260311T110000"},
		"an end, in UTC":                        {utc(2, 10), utc(3, 11), "FREQ=DAILY;UNTIL=20260310T100000Z", "FREQ=DAILY;UNTIL=20260311T110000Z"},
		"an end, of whole days":                 {date(2), date(4), "FREQ=DAILY;UNTIL=20260310", "FREQ=DAILY;UNTIL=20260312"},
		"an end, and whole days get a time":     {date(2), zoned(3, 2, 10), "FREQ=DAILY;UNTIL=20260310", "FREQ=DAILY;UNTIL=20260311T075959Z"},
		"an end, and what had a time gets none": {zoned(3, 2, 10), date(2), "FREQ=DAILY;UNTIL=20260310T080000Z", "FREQ=DAILY;UNTIL=20260310"},
		"an end that cannot be read":            {zoned(3, 2, 10), zoned(3, 3, 10), "FREQ=DAILY;UNTIL=soon", ""},
	} {
		old, now := calendar.Event{Rule: c.rule}, calendar.Event{Rule: c.rule}
		old.Start, now.Start = c.from, c.to
		err := moveRule(&old, &now)
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%s: became %s", name, now.Rule)
		case c.want != "" && (err != nil || now.Rule != c.want):
			t.Errorf("%s: %v, %s, want %s", name, err, now.Rule, c.want)
		}
	}
}

func TestFurtherDatesMoveWithTheirSeries(t *testing.T) {
	day := calendar.OnDate(2026, 3, 20)
	for name, c := range map[string]struct{ from, to, extra, want calendar.Time }{
		"by a day and an hour":          {zoned(3, 2, 10), zoned(3, 3, 11), zoned(3, 20, 10), zoned(3, 21, 11)},
		"by days":                       {calendar.OnDate(2026, 3, 2), calendar.OnDate(2026, 3, 4), day, calendar.OnDate(2026, 3, 22)},
		"whole days get a time":         {calendar.OnDate(2026, 3, 2), zoned(3, 2, 10), day, zoned(3, 20, 10)},
		"what had a time gets none":     {zoned(3, 2, 10), calendar.OnDate(2026, 3, 3), zoned(3, 20, 10), calendar.OnDate(2026, 3, 21)},
		"another time than the series'": {zoned(3, 2, 10), calendar.OnDate(2026, 3, 2), zoned(3, 20, 23), calendar.OnDate(2026, 3, 20)},
		"into another zone": {zoned(3, 2, 10), calendar.InZone(zoned(3, 2, 9).Wall, "Europe/Berlin"), zoned(3, 20, 10),
			calendar.InZone(zoned(3, 20, 9).Wall, "Europe/Berlin")},
	} {
		var old, now calendar.Event
		old.Start, now.Start = c.from, c.to
		now.Extra = []calendar.Time{c.extra}
		if err := moveRule(&old, &now); err != nil || now.Extra[0] != c.want || now.Rule != "" {
			t.Errorf("%s: %v, %s, want %s", name, err, now.Extra[0], c.want)
		}
	}
}
