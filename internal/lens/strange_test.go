package lens_test

import (
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/lens"
)

func TestAroundASubjectStandsAFrameOrWhatSomebodyTyped(t *testing.T) {
	for _, c := range []struct {
		title, subject, prefix, suffix string
		ok                             bool
	}{
		{"Call", "Call", "", "", true},
		{"Deal 7 > Call", "Call", "Deal 7 > ", "", true},
		{"✓ Call", "Call", "✓ ", "", true},
		{"✓ Deal 7 > Ann > Call > Works", "Call", "✓ Deal 7 > Ann > ", " > Works", true},
		{"Call > ours", "Call", "", " > ours", true},
		{"Deal 7 > Meet Ann", "Meet  Ann ", "Deal 7 > ", "", true},
		{"Deal 7 > a > b", "a > b", "Deal 7 > ", "", true},
		{"Call Ann", "Call", "", "", false},
		{"Deal 7: Call", "Call", "", "", false},
		{"Deal 7 > Lunch", "Call", "", "", false},
		{"Deal 7 > ", "", "", "", false},
		{" > ", " ", "", "", false},
	} {
		f, ok := lens.Around(c.title, c.subject)
		if f != (lens.Frame{Prefix: c.prefix, Suffix: c.suffix}) || ok != c.ok {
			t.Errorf("%q around %q: %+v, %t", c.title, c.subject, f, ok)
		}
	}
}

func TestASeriesIsRetitledWithItsDates(t *testing.T) {
	e := calendar.Event{}
	e.Subject = "Deal 7 > Call"
	o := e.EnsureOverride(1)
	o.Set, o.Subject = calendar.Fields(calendar.Subject), "Deal 7 > Lunch"
	was := e.Clone()
	re := lens.Retitle(&e, lens.Frame{Prefix: "Deal 7 > "}, lens.Frame{Suffix: " > ours"})
	if re.Subject != "Call > ours" || re.Overrides[0].Subject != "Lunch > ours" || e.Subject != was.Subject || e.Overrides[0].Subject != was.Overrides[0].Subject {
		t.Errorf("%+v of %+v", re, e)
	}
}
