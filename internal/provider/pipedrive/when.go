package pipedrive

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// due_time is the time of day in UTC, and due_date belongs to that instant; without a time it is a whole day, the same date everywhere, and
// is never shifted (client, v1 model; the whole day [M]). Some answers have seconds.

var clockForm = regexp.MustCompile(`^(\d{2,3}):([0-5]\d)(?::[0-5]\d)?$`)

// minutes reads HH:MM or HH:MM:SS.
func minutes(s string) (int, error) {
	m := clockForm.FindStringSubmatch(s)
	if m == nil {
		return 0, errors.New("a time of day or duration that cannot be read")
	}
	h, _ := strconv.Atoi(m[1]) // digits
	n, _ := strconv.Atoi(m[2])
	return h*60 + n, nil
}

func (a *activity) when() (start, end calendar.Time, err error) {
	day, err := time.Parse(time.DateOnly, text(a.Date))
	if err != nil {
		return start, end, errors.New("a date that cannot be read")
	}
	wall := calendar.Wall(day.Unix())
	if text(a.Time) == "" {
		return calendar.Time{Kind: calendar.Date, Wall: wall}, calendar.Time{Kind: calendar.Date, Wall: wall + calendar.Day}, nil
	}
	at, err := minutes(*a.Time)
	if err != nil || at >= 24*60 {
		return start, end, errors.Join(errors.New("due_time"), err)
	}
	long := 0
	if text(a.Duration) != "" {
		if long, err = minutes(*a.Duration); err != nil {
			return start, end, err
		}
	}
	start = calendar.Time{Kind: calendar.UTC, Wall: wall + calendar.Wall(at*60)}
	end = start
	end.Wall += calendar.Wall(long * 60)
	return start, end, nil
}

const maxHours = 999 // a duration has three digits for them at the most

// putWhen writes when an event is. Of several whole days the first is all that Pipedrive can hold.
func putWhen(o object, v *calendar.Values) error {
	o["due_date"], o["due_time"], o["duration"] = v.Start.Wall.Civil().Format(time.DateOnly), nil, nil
	switch {
	case v.Start.Kind == calendar.Date:
		return nil
	case v.Start.Kind != calendar.UTC || v.End.Kind != calendar.UTC:
		return rejected(string(provider.Inexpressive), fmt.Errorf("a time of kind %s", v.Start.Kind))
	}
	long := int((v.End.Wall - v.Start.Wall) / 60)
	if long < 0 || long/60 > maxHours {
		return rejected(string(provider.Inexpressive), fmt.Errorf("%d minutes", long))
	}
	o["due_time"] = v.Start.Wall.Civil().Format("15:04")
	if long > 0 {
		o["duration"] = fmt.Sprintf("%02d:%02d", long/60, long%60)
	}
	return nil
}

func rejected(code string, err error) error {
	return &provider.Error{Op: opPut, Class: provider.Rejected, Code: code, Status: "not sent", Err: err}
}
