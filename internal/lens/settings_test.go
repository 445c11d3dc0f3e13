package lens_test

import (
	"errors"
	"strings"
	"testing"

	"tahti/internal/lens"
)

func TestSettingsNameWhatCannotBeTaken(t *testing.T) {
	for _, c := range []struct{ json, field string }{
		{`{"direction":"both"}`, "direction"},
		{`{"done":"both"}`, "done"},
		{`{"guests":"always"}`, "guests"},
		{`{"rules":[{"match":"out_of_office"}]}`, "rules"},
		{`{"rules":[{"match":"internal_only"}]}`, "rules"},
		{`{"rules":[{"match":"known_contacts"}]}`, "rules"},
		{`{"private":"yes"}`, "private"},
		{`{"visibility":"all"}`, "visibility"},
		{`{"guests":"always"}`, "guests"},
		{`{"conflicts":"oldest"}`, "conflicts"},
		{`{"done":"maybe"}`, "done"},
		{`{"type_in":""}`, "type_in"},
		{`{"start":"yesterday"}`, "start"},
		{`{"start":"2026-3-1"}`, "start"},
		{`{"start":"2026-02-30"}`, "start"},
		{`{"start":"2026-02-03x"}`, "start"},
		{`{"title_template":"{deal}"}`, "title_template"},
		{`{"title_template":"{subject} {subject}"}`, "title_template"},
		{`{"title_template":"{subject} > {colour}"}`, "title_template"},
		{`{"title_template":"about {subject}"}`, "title_template"},
		{`{"rules":[{"match":"colour"}]}`, "rules"},
		{`{"rules":[{"match":"title"}]}`, "rules"},
		{`{"rules":[` + strings.Repeat(`{"match":"any"},`, 50) + `{"match":"any"}]}`, "rules"},
		{`{"rules":[{"match":"title","value":"` + strings.Repeat("x", 201) + `"}]}`, "rules"},
		{`{"colour":"red"}`, "settings"},
		{`{"relay":"yes"}`, "settings"},
		{`{} {}`, "settings"},
		{`[`, "settings"},
		{``, "settings"},
	} {
		_, err := lens.ParseSettings(lens.Defaults(), []byte(c.json))
		var named *lens.SettingsError
		if !errors.As(err, &named) || named.Field != c.field {
			t.Errorf("%s: %v, want one about %s", c.json, err, c.field)
		}
	}
}

func TestSettingsKeepWhatIsNotSaid(t *testing.T) {
	base := lens.Defaults()
	base.Relay, base.TypesOut, base.Start = true, []string{"call"}, "2026-03-01"
	got, err := lens.ParseSettings(base, []byte(`{"type_in":"lunch"}`))
	if err != nil || !got.Relay || len(got.TypesOut) != 1 || got.TypeIn != "lunch" || got.Start != base.Start {
		t.Errorf("%+v, %v", got, err)
	}
	again, err := lens.ParseSettings(lens.Defaults(), got.JSON())
	if err != nil || string(again.JSON()) != string(got.JSON()) {
		t.Errorf("%s, %v", again.JSON(), err)
	}
	if base.TypeIn != "meeting" {
		t.Error("the base was changed")
	}
}

func TestNothingChosenIsNotEverything(t *testing.T) {
	got, err := lens.ParseSettings(lens.Defaults(), []byte(`{"types_out":[]}`))
	if err != nil || got.TypesOut == nil {
		t.Errorf("%v, %v", got.TypesOut, err)
	}
	again, err := lens.ParseSettings(lens.Defaults(), got.JSON())
	if err != nil || again.TypesOut == nil {
		t.Errorf("stored and read: %v, %v", again.TypesOut, err)
	}
}

// TestReadingSettingsLeavesTheBaseAlone holds that the settings in force can be compared with those that were asked for.
func TestReadingSettingsLeavesTheBaseAlone(t *testing.T) {
	base := lens.Defaults()
	base.TypesOut = []string{"call", "meeting"}
	base.Rules = []lens.Rule{{Match: "title", Value: "lunch", Include: true}, {Match: "any"}}
	after, err := lens.ParseSettings(base, []byte(`{"types_out":["task"],"rules":[{"match":"all_day"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if base.TypesOut[0] != "call" || base.Rules[0].Match != "title" {
		t.Errorf("the base became %v, %v", base.TypesOut, base.Rules)
	}
	if len(after.Rules) != 1 || after.Rules[0] != (lens.Rule{Match: "all_day"}) {
		t.Errorf("the rules are %+v", after.Rules)
	}
}

func TestAChangeThatMailsPeopleNeedsLeave(t *testing.T) {
	for guests, want := range map[string]bool{"never": false, "on_send": true} {
		s := lens.Defaults()
		if s.Guests = guests; s.MaySend() != want {
			t.Errorf("%s: %t", guests, s.MaySend())
		}
	}
}

func TestAStartIsReadAsItsDay(t *testing.T) {
	a := activity(nil)
	for day, want := range map[lens.Start]bool{"2026-03-02": true, "2026-03-03": true, "2026-03-04": false, "2026-04-01": false, "2025-12-31": true} {
		if got, why := lens.Scope(&a, nil, view(from(day))); got != want {
			t.Errorf("from %s: %t, %s", day, got, why)
		}
	}
}

func TestWhatCannotBeTakenIsSaid(t *testing.T) {
	for text, says := range map[string]string{
		`{"direction":"both"}`: `setting direction: "both" is none of [two_way own_items_two_way to_calendar to_crm]`,
		`{"start":"soon"}`:     `setting start: "soon" is no date (YYYY-MM-DD) and none of new_and_changed, today, everything`,
		`{"type_in":""}`:       `setting type_in: a type is needed for incoming events`,
	} {
		if _, err := lens.ParseSettings(lens.Defaults(), []byte(text)); err == nil || err.Error() != says {
			t.Errorf("%s: %v, want %s", text, err, says)
		}
	}
}
