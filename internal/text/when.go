package text

import (
	"fmt"
	"time"

	"tahti/internal/calendar"
)

// When writes when something takes place, from start to end, for a reader in a zone: times of a zone and of UTC are
// shown on the reader's clock, floating times and whole days as they are. An end that is exclusive, as that of whole days,
// is shown as people say it: the last day. No time at all is "No date".
func (p Printer) When(start, end calendar.Time, reader *time.Location) string {
	if start.IsZero() {
		return p.T("activities.no_date")
	}
	if start.Kind == calendar.Date {
		return p.days(start.Wall.Civil(), end)
	}
	from, err := onClock(start, reader)
	if err != nil {
		// The zone cannot be resolved here; the clock is still right where the author is.
		return p.T("format.zone", "time", p.DateTime(start.Wall.Civil()), "zone", start.Zone)
	}
	to, err := onClock(end, reader)
	if end.IsZero() || err != nil || !to.After(from) {
		return p.DateTime(from)
	}
	if daysBetween(from, to) == 0 {
		return p.T("format.same_day", "date", p.Date(from), "from", p.Time(from), "to", p.Time(to))
	}
	return p.T("format.across", "from", p.DateTime(from), "to", p.DateTime(to))
}

func (p Printer) days(first time.Time, end calendar.Time) string {
	last := end.Wall.Civil().AddDate(0, 0, -1)
	if end.Kind != calendar.Date || !last.After(first) {
		return p.Date(first)
	}
	return p.T("format.days", "from", p.Date(first), "to", p.Date(last))
}

// onClock reads a time on the reader's clock.
func onClock(t calendar.Time, reader *time.Location) (time.Time, error) {
	switch t.Kind {
	case calendar.UTC:
		return t.Instant(time.UTC).In(reader), nil
	case calendar.Zoned:
		loc, err := time.LoadLocation(t.Zone)
		if err != nil {
			return time.Time{}, fmt.Errorf("load zone: %w", err)
		}
		return t.Instant(loc).In(reader), nil
	}
	return t.Wall.Civil(), nil
}
