package provider

import (
	"net/http"
	"time"
)

// OurTime is an instant of a server's clock on ours, which says now: date, the Date of its answer, takes the skew out. Zero without one.
func OurTime(at time.Time, date string, now time.Time) time.Time {
	sent, err := http.ParseTime(date)
	if err != nil {
		return time.Time{}
	}
	return now.Add(at.Sub(sent)).UTC()
}
