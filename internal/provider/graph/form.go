package graph

import (
	"strings"

	"tahti/internal/calendar"
)

// form is how the times and the rule of an event were written by us. Windows' zone "FLE Standard Time" is Europe/Helsinki and
// eleven others, and Outlook's pattern "every week on Monday" is several rules. The names that we gave are kept in
// [formProperty], three words apart by blanks, and hold as long as the event still says the same by Microsoft's names:
// a time that was moved in Outlook keeps Helsinki, one that was given another zone does not.
type form struct{ start, end, rule string }

func formOf(e *calendar.Event) form {
	f := form{rule: e.Rule}
	if e.Start.Kind == calendar.Zoned {
		f.start, f.end = e.Start.Zone, e.End.Zone
	}
	return f
}

// maxForm bounds what is kept; a longer rule is read back in the form that the pattern gives.
const maxForm = 1024

func (f form) String() string {
	s := orDash(f.start) + " " + orDash(f.end) + " " + orDash(f.rule)
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

// parseForm reads what String wrote, and nothing from anything else.
func parseForm(s string) form {
	words := strings.Split(s, " ")
	if len(words) != 3 {
		return form{}
	}
	for i := range words {
		if words[i] == "-" {
			words[i] = ""
		}
	}
	return form{words[0], words[1], words[2]}
}
