package recur

import (
	"errors"
	"iter"
	"time"

	"tahti/internal/calendar"
)

var errUnfinished = errors.New("recur: not written yet")

func ResolveZone(tzid string) (iana string, ok bool) { return "", false }

func WindowsZone(iana string) (string, bool) { return "", false }

func Location(iana string) (*time.Location, error) { return nil, errUnfinished }

type Observance struct {
	Start    calendar.Wall
	From, To int
	Name     string
	Rule     string
	Dates    []calendar.Wall
	Daylight bool
}

func Observances(iana string, fromYear, toYear int) ([]Observance, error) { return nil, errUnfinished }

func MatchZone(obs []Observance, near time.Time) (iana string, ok bool) { return "", false }

func Canonical(rrule string, start calendar.Time) (string, error) { return "", errUnfinished }

func Check(e *calendar.Event) error { return errUnfinished }

type Occurrence struct {
	Original   calendar.Wall
	Start, End time.Time
	Values     calendar.Values
	Override   bool
}

func Expand(e *calendar.Event, from, to time.Time, viewer *time.Location, max int) ([]Occurrence, bool, error) {
	return nil, false, errUnfinished
}

func Starts(e *calendar.Event, max int) iter.Seq[calendar.Wall] {
	return func(func(calendar.Wall) bool) {}
}

func Has(e *calendar.Event, original calendar.Wall) bool { return false }

func LastEnd(e *calendar.Event, viewer *time.Location) (end time.Time, endless bool, err error) {
	return time.Time{}, false, errUnfinished
}

func Shift(from, to *calendar.Event) (delta calendar.Wall, plain bool) { return 0, false }

func Bound(rule string, before calendar.Time) (string, error) { return "", errUnfinished }

func Rest(rule string, start, from calendar.Time) (string, error) { return "", errUnfinished }
