package outlook

import (
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/recur"
)

// Form is how the times and the rule of an event were written by us. Windows' zone "FLE Standard Time" is Europe/Helsinki and
// eleven others, and Outlook's pattern "every week on Monday" is several rules. The names that we gave are kept in a property of
// the event ([FormProperty]), three words apart by blanks, and hold as long as the event still says the same by Microsoft's names:
// a time that was moved in Outlook keeps Helsinki, one that was given another zone does not.
type Form struct{ Start, End, Rule string }

// FormOf is how an event is written.
func FormOf(e *calendar.Event) Form {
	f := Form{Rule: e.Rule}
	if e.Start.Kind == calendar.Zoned {
		f.Start, f.End = e.Start.Zone, e.End.Zone
	}
	return f
}

// maxForm bounds what is kept; a longer rule is read back in the form that the pattern gives.
const maxForm = 1024

func (f Form) String() string {
	s := orDash(f.Start) + " " + orDash(f.End) + " " + orDash(f.Rule)
	if len(s) > maxForm {
		return "- - -"
	}
	return s
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// ParseForm reads what String wrote, and nothing from anything else.
func ParseForm(s string) Form {
	words := strings.Split(s, " ")
	if len(words) != 3 {
		return Form{}
	}
	for i := range words {
		if words[i] == "-" {
			words[i] = ""
		}
	}
	return Form{words[0], words[1], words[2]}
}

// OwnRule is the rule that a series was written with here, if its pattern is still the one that it was written as. there tells the rule
// that the pattern gives now, by a start; pattern is how a rule is written.
func (f Form) OwnRule(series *calendar.Event, there func(calendar.Time) (string, error), pattern func(*calendar.Event) (*Recurrence, error)) (string, bool) {
	if f.Rule == "" {
		return "", false
	}
	as := *series
	var err error
	if as.Rule, err = recur.Canonical(f.Rule, as.Start); err != nil {
		return "", false
	}
	ours, err := pattern(&as)
	if err != nil {
		return "", false
	}
	wrote, errOurs := ours.Rule(as.Start)
	is, errTheirs := there(as.Start)
	return as.Rule, errOurs == nil && errTheirs == nil && wrote == is
}

// Our own named properties of events, by whichever protocol they are written: a set, whose GUID is ours, and names in it, which
// are case-sensitive (providers.md 2.2, 3.2).
const (
	PropertySet = "5b6cf0ba-0f3b-4f0e-9a3e-8d1a4c9a7b52"
	// KeyProperty holds the key that an event was made under.
	KeyProperty = "CrmKey"
	// FormProperty remembers how zones and rule were written: see [Form].
	FormProperty = "CrmForm"
)
