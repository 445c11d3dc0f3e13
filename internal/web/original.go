package web

import (
	"tahti/internal/calendar"
	"tahti/internal/hub"
)

// parseOriginal reads the original start by which an occurrence is named in an address.
func parseOriginal(s string) (calendar.Wall, error) {
	w, err := calendar.ParseWall(s)
	if err != nil {
		return 0, &hub.Invalid{Field: "when", Code: hub.CodeNoOccurrence}
	}
	return w, nil
}
