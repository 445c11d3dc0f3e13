package enginetest

import (
	"strings"

	"tahti/internal/calendar"
)

// cut leaves of the titles of an event what the calendar keeps.
func (c *Calendar) cut(e calendar.Event) calendar.Event {
	if c.Title == 0 && !c.Folds {
		return e
	}
	short := func(title *string) {
		if c.Folds {
			*title = strings.Join(strings.Fields(*title), " ")
		}
		if c.Title != 0 {
			*title = strings.TrimSpace((*title)[:min(len(*title), c.Title)])
		}
	}
	short(&e.Subject)
	for i := range e.Overrides {
		short(&e.Overrides[i].Subject)
	}
	return e
}
