package icalendar

import (
	"fmt"
	"strings"
	"sync"

	"tahti/internal/recur"
)

// zoneYears is what a definition hangs on, and nothing else: one that was made can be given out again.
type zoneYears struct {
	iana     string
	from, to int
}

// definitions are those that were made, because making one takes ten times as long as writing the rest of an object, and a
// calendar's events are in few zones and years.
var definitions = struct {
	sync.Mutex
	made map[zoneYears]*Component
}{made: map[zoneYears]*Component{}}

// maxDefinitions bounds what is kept; beyond it all are forgotten. One takes about two kilobytes.
const maxDefinitions = 500

// vtimezone defines a zone under its IANA name for the years that its times are in (RFC 5545 section 3.6.5). The component
// is the caller's.
func vtimezone(iana string, fromYear, toYear int) (*Component, error) {
	key := zoneYears{iana, fromYear, toYear}
	definitions.Lock()
	defer definitions.Unlock()
	def := definitions.made[key]
	if def == nil {
		var err error
		if def, err = defineZone(iana, fromYear, toYear); err != nil {
			return nil, err
		}
		if len(definitions.made) >= maxDefinitions {
			clear(definitions.made)
		}
		definitions.made[key] = def
	}
	return def.Clone(), nil
}

func defineZone(iana string, fromYear, toYear int) (*Component, error) {
	obs, err := recur.Observances(iana, fromYear, toYear)
	if err != nil {
		return nil, fmt.Errorf("define zone %q: %w", iana, err)
	}
	def := NewComponent("VTIMEZONE")
	def.Add(Text("TZID", iana))
	for _, o := range obs {
		part := NewComponent("STANDARD")
		if o.Daylight {
			part.Name = "DAYLIGHT"
		}
		part.Add(
			NewProperty("DTSTART", o.Start.String()),
			NewProperty("TZOFFSETFROM", offsetText(o.From)),
			NewProperty("TZOFFSETTO", offsetText(o.To)),
		)
		if o.Name != "" {
			part.Add(Text("TZNAME", o.Name))
		}
		if o.Rule != "" {
			part.Add(NewProperty("RRULE", o.Rule))
		}
		if len(o.Dates) > 0 {
			dates := make([]string, len(o.Dates))
			for i, at := range o.Dates {
				dates[i] = at.String()
			}
			part.Add(NewProperty("RDATE", strings.Join(dates, ",")))
		}
		def.AddChild(part)
	}
	return def, nil
}

func offsetText(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	if seconds%60 != 0 {
		return fmt.Sprintf("%c%02d%02d%02d", sign, seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
}
