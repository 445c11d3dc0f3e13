package lens_test

import (
	"slices"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/lens"
)

func TestWhatACalendarHasCutIsKnownForWhatWasSent(t *testing.T) {
	titled := func(title string) *calendar.Event {
		return &calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: title}}
	}
	f := lens.Frame{Prefix: "Deal  7 > ", Suffix: " > ours", Before: &lens.Frame{Prefix: "✓ ", Suffix: " > theirs", Before: &lens.Frame{Prefix: "Former > "}}}
	for name, c := range map[string]struct{ answered, there, want string }{
		"as it was sent":             {"Deal  7 > Call Bob > ours", "Deal  7 > Call Bob > ours", "Deal  7 > Call Bob > ours"},
		"its spaces are folded":      {"Deal 7 > Call Bob > ours", "Deal 7 > Call Bob > ours", "Deal  7 > Call Bob > ours"},
		"cut in what stands behind":  {"Deal 7 > Call Bob > o", "Deal 7 > Call Bob > o", "Deal  7 > Call Bob > ours"},
		"cut in the subject":         {"Deal  7 > Call", "Deal  7 > Call", "Deal  7 > Call Bob > ours"},
		"cut in what stands before":  {"Deal", "Deal", "Deal  7 > Call Bob > ours"},
		"by an older frame":          {"✓ Call", "✓ Call", "✓ Call Bob > theirs"},
		"in which the frame shows":   {"Deal  7 > Call > ours", "Deal  7 > Call > ours", "Deal  7 > Call > ours"},
		"by another older one":       {"Former > Call", "Former > Call", "Former > Call Bob"},
		"another subject is as long": {"Former > Call Bo", "Former > Call Bo", "Former > Call Bo"},
		"somebody shortened it":      {"Deal  7 > Call Bob > ours", "Deal  7 > Call", "Deal  7 > Call"},
		"somebody wrote another one": {"Deal  7 > Call", "Ring", "Ring"},
		"not what was sent":          {"Ring", "Ring", "Ring"},
		"nothing is left of it":      {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			there, sent := titled(c.there), titled("Call Bob")
			o := sent.EnsureOverride(7)
			o.Set, o.Subject = calendar.Fields(calendar.Subject), "Call Bo"
			if got := f.Whole(there, titled(c.answered), sent).Subject; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if there.Subject != c.there {
				t.Errorf("the event itself says %q now", there.Subject)
			}
		})
	}
	hidden := titled("Call")
	hidden.Known = 0
	if got := f.Whole(titled("Deal 7"), titled("Deal 7"), hidden).Subject; got != "Deal 7" {
		t.Errorf("of a subject that was not sent: %q", got)
	}
	f.Before.Before = &lens.Frame{}
	if got := f.Whole(titled("Deal  7 > Call"), titled("Deal  7 > Call"), titled("Call Bob")).Subject; got != "Deal  7 > Call" {
		t.Errorf("where somebody has typed a title without a frame: %q", got)
	}
}

func TestATitleThatWasCutIsNotSentAgain(t *testing.T) {
	for name, c := range map[string]struct{ target, whole, there, want string }{
		"the same again":           {"CRM > Call Bob", "CRM > Call Bob", "CRM > Call", "CRM > Call"},
		"another frame":            {"Call Bob", "CRM > Call Bob", "CRM > Call", "Call Bob"},
		"somebody typed it so":     {"Call Bob > ours", "Call Bob", "Call Bob", "Call Bob > ours"},
		"something else was typed": {"CRM > Ring", "Ring", "Ring", "CRM > Ring"},
	} {
		t.Run(name, func(t *testing.T) {
			event := func(title string) *calendar.Event {
				e := &calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: title}}
				o := e.EnsureOverride(7)
				o.Set, o.Subject = calendar.Fields(calendar.Subject), title
				return e
			}
			target := event(c.target)
			lens.Unsent(target, event(c.whole), event(c.there))
			if target.Subject != c.want || target.Overrides[0].Subject != c.want {
				t.Errorf("sent %q, and for a date %q, want %q", target.Subject, target.Overrides[0].Subject, c.want)
			}
		})
	}
}

func TestWhatACalendarMayHaveKeptOfATitleIsTakenForIt(t *testing.T) {
	event := func(title string) *calendar.Event {
		e := &calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: title}}
		o := e.EnsureOverride(7)
		o.Set, o.Subject = calendar.Fields(calendar.Subject), title
		return e
	}
	f := lens.Frame{Prefix: "CRM > ", Suffix: " > ours"}
	for name, c := range map[string]struct{ before, found, want, doubt string }{
		"as it was sent":             {"Ring", "CRM > Call  Bob > ours", "CRM > Call  Bob > ours", ""},
		"its spaces are folded":      {"Ring", "CRM > Call Bob > ours", "CRM > Call Bob > ours", ""},
		"cut in what stands behind":  {"Ring", "CRM > Call Bob >", "CRM > Call Bob >", ""},
		"cut in the subject":         {"Ring", "CRM > Call", "CRM > Call", "Call"},
		"cut in what stands before":  {"Ring", "CR", "CR", "CR"},
		"a space was taken out":      {"Ring", "CRM > CallBob > ours", "CRM > CallBob > ours", "CallBob"},
		"a space was put in":         {"Ring", "CRM > Call   Bob > ours", "CRM > Call  Bob > ours", ""},
		"and one behind the rest":    {"Ring", "CRM > Call ", "CRM > Call ", "Call "},
		"a tab is a space":           {"Ring", "CRM > Call\tBob > ours", "CRM > Call\tBob > ours", ""},
		"nothing is left of it":      {"Ring", "", "CRM > Call  Bob > ours", ""},
		"it has not arrived":         {"CRM > Call", "CRM > Call", "CRM > Call  Bob > ours", ""},
		"the title was not written":  {"CRM > Call  Bob > ours", "CRM > Call", "CRM > Call  Bob > ours", ""},
		"somebody wrote another one": {"Ring", "Ring Bob", "CRM > Call  Bob > ours", ""},
	} {
		t.Run(name, func(t *testing.T) {
			kept, doubt := lens.Kept(event("CRM > Call  Bob > ours"), event(c.before), event(c.found), f)
			if kept.Subject != c.want || kept.Overrides[0].Subject != c.want {
				t.Errorf("it is %q, and on a date %q, want %q", kept.Subject, kept.Overrides[0].Subject, c.want)
			}
			var want []lens.Cut
			if c.doubt != "" {
				want = []lens.Cut{{Sent: "Call  Bob", Text: c.doubt}, {Occurrence: true, Original: 7, Sent: "Call  Bob", Text: c.doubt}}
			}
			if !slices.Equal(doubt, want) {
				t.Errorf("in doubt %+v, want %+v", doubt, want)
			}
		})
	}
	hidden := event("CRM > Call")
	hidden.Known = 0
	kept, _ := lens.Kept(event("CRM > Call  Bob > ours"), nil, hidden, f)
	if kept.Subject != "CRM > Call  Bob > ours" || kept.Overrides[0].Subject != "CRM > Call" {
		t.Errorf("of a title that is hidden: %q, and on a date %q", kept.Subject, kept.Overrides[0].Subject)
	}
}
