package outlook

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
)

// PersonOf is somebody by address and name; an address in place of a name is none.
func PersonOf(address, name string) calendar.Person {
	p := calendar.Person{Email: strings.ToLower(strings.TrimSpace(address)), Name: name}
	if strings.EqualFold(p.Name, p.Email) {
		p.Name = ""
	}
	return p
}

// Distinct are guests, each once, sorted by address.
func Distinct(list []calendar.Guest) []calendar.Guest {
	byAddress := func(a, b calendar.Guest) int { return strings.Compare(a.Email, b.Email) }
	slices.SortStableFunc(list, byAddress)
	return slices.CompactFunc(list, func(a, b calendar.Guest) bool { return byAddress(a, b) == 0 })
}

// Others is the number of guests who hear of what the organiser writes; nil: nobody is named as that.
func Others(list []calendar.Guest, organizer *calendar.Person) (n int) {
	for _, g := range list {
		if organizer == nil || g.Email != organizer.Email {
			n++
		}
	}
	return n
}

// Audience counts the guests of a series and of its occurrences: who was invited to a single one hears of its changes, and of the
// series' end.
func Audience(series *calendar.Event, organizer *calendar.Person) int {
	all := slices.Clone(series.Guests)
	for i := range series.Overrides {
		all = append(all, series.Overrides[i].Guests...)
	}
	return Others(Distinct(all), organizer)
}
