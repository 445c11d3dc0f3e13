package world

import (
	"strings"
	"testing"

	"tahti/internal/crm"
	"tahti/internal/lens"
)

// TestATitleHasNoMoreRoomThanItsCalendarGives: a calendar keeps forty bytes of a title, of which what settings put in front of a subject may
// take all. Nobody misses a subject then that the calendar was given behind that, whichever direction holds by now; where something else
// stands in its place, it is missed (I2).
func TestATitleHasNoMoreRoomThanItsCalendarGives(t *testing.T) {
	const long, front = "A template of more than forty bytes in all > {subject}", "A template of more than forty bytes in a"
	for name, c := range map[string]struct {
		templates []string // that settings said, one after the other
		title     string   // there, where # is the subject
		want      string
	}{
		"the subject is there":                        {[]string{""}, "#", ""},
		"the subject is not there":                    {[]string{""}, "Call", "I2"},
		"all of it is cut":                            {[]string{long}, front, ""},
		"all of it is cut, by what was said before":   {[]string{long, "{subject}"}, front, ""},
		"the same title, and settings never said so":  {[]string{"CRM > {subject}"}, front, "I2"},
		"more of it is gone than there is no room of": {[]string{long}, "A template of more than forty", "I2"},
		"there is room, and the subject is not there": {[]string{"CRM > {subject}"}, "CRM", "I2"},
		"something else stands behind what is in front": {[]string{"CRM > {subject}"},
			"CRM > somebody's words of more than fort", "I2"},
	} {
		t.Run(name, func(t *testing.T) {
			w := someWorld(t)
			s := w.sides[0]
			s.server.normal = []normaliser{trims, rewrites}
			ev := w.someEvent()
			ev.Rule, ev.Location, ev.Description = "", "", ""
			a := crm.Activity{ID: 1, Plan: ev.Clone()}
			w.typed("alice", "crm", nil, &a.Plan)
			for _, template := range c.templates {
				s.turn(func(x *span) { x.settings.TitleTemplate = template })
			}
			s.turn(func(x *span) { x.settings.Direction = lens.OwnItems })
			ev.Subject = strings.ReplaceAll(c.title, "#", ev.Subject)
			w.checkCarried(s, s.server.add(ev), &a)
			if got := strings.Join(w.broken, "\n"); !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("broke %q, want %q", got, c.want)
			}
		})
	}
}
