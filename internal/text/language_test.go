package text

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
)

// all lists the texts of a message.
func (m message) all() []template {
	if m.forms == nil {
		return []template{m.plain}
	}
	return slices.Collect(maps.Values(m.forms))
}

// said joins the texts of a message, for looking words up.
func (m message) said() string {
	var out []string
	for _, t := range m.all() {
		out = append(out, strings.Join(t, "\x00"))
	}
	return strings.Join(out, "\x00")
}

func (m message) names() []string {
	var out []string
	for _, t := range m.all() {
		out = append(out, t.names()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func sortedKeys(c *catalog) []string { return slices.Sorted(maps.Keys(c.messages)) }

func each(t *testing.T, f func(t *testing.T, c *catalog)) {
	t.Helper()
	for _, c := range catalogs {
		t.Run(c.tag.String(), func(t *testing.T) { f(t, c) })
	}
}

func TestEveryLanguageSaysTheSameThings(t *testing.T) {
	english := catalogs[0]
	each(t, func(t *testing.T, c *catalog) {
		for _, key := range sortedKeys(english) {
			if _, ok := c.messages[key]; !ok {
				t.Errorf("%s is missing", key)
			}
		}
		for _, key := range sortedKeys(c) {
			want, ok := english.messages[key]
			got := c.messages[key]
			switch {
			case !ok:
				t.Errorf("%s is not in English", key)
			case (got.forms == nil) != (want.forms == nil):
				t.Errorf("%s depends on a number in one language only", key)
			case strings.HasPrefix(key, "format."):
				// Patterns take what they need; see the next test.
			case !slices.Equal(got.names(), want.names()):
				t.Errorf("%s has the placeholders %v, in English %v", key, got.names(), want.names())
			}
		}
	})
}

func TestDatePatternsUseKnownParts(t *testing.T) {
	known := []string{"day", "month", "year", "hh", "h", "mm", "mon", "month_name", "month_in_date", "weekday", "wkd",
		"date", "time", "from", "to", "zone", "n"}
	each(t, func(t *testing.T, c *catalog) {
		for _, key := range sortedKeys(c) {
			if !strings.HasPrefix(key, "format.") {
				continue
			}
			for _, name := range c.messages[key].names() {
				if !slices.Contains(known, name) {
					t.Errorf("%s: {%s} is filled by nobody", key, name)
				}
			}
		}
	})
}

// TestPluralFormsAreThoseOfTheLanguage asks CLDR which forms whole numbers take and wants exactly these.
func TestPluralFormsAreThoseOfTheLanguage(t *testing.T) {
	each(t, func(t *testing.T, c *catalog) {
		want := map[plural.Form]bool{}
		for n := range 1001 {
			want[plural.Cardinal.MatchPlural(c.tag, n, 0, 0, 0, 0)] = true
		}
		for _, key := range sortedKeys(c) {
			m := c.messages[key]
			if m.forms == nil {
				continue
			}
			for form := range m.forms {
				if !want[form] {
					t.Errorf("%s has a form that no number takes", key)
				}
			}
			for form := range want {
				if _, ok := m.forms[form]; !ok {
					t.Errorf("%s lacks a plural form", key)
				}
			}
		}
	})
}

// TestExplanationsAreWholeSentences holds the form of what people read about problems: a title without a full stop, a
// cause and a next step that are sentences.
func TestExplanationsAreWholeSentences(t *testing.T) {
	each(t, func(t *testing.T, c *catalog) {
		for _, key := range sortedKeys(c) {
			s := c.messages[key].said()
			switch {
			case strings.HasPrefix(key, "format."):
			case s != strings.TrimSpace(s) || strings.Contains(s, "  ") || strings.Contains(s, "..."):
				t.Errorf("%s: stray blanks or dots: %q", key, s)
			case strings.ContainsAny(s, "\"<>") && !strings.HasPrefix(key, "preset."):
				t.Errorf("%s: straight quotes or markup: %q", key, s)
			case strings.HasSuffix(key, ".title") && strings.HasSuffix(s, "."):
				t.Errorf("%s: a title with a full stop", key)
			case strings.HasSuffix(key, ".cause") || strings.HasSuffix(key, ".next") || strings.HasSuffix(key, ".meaning"):
				if !strings.HasSuffix(s, ".") {
					t.Errorf("%s is no sentence: %q", key, s)
				}
			}
		}
	})
}

// TestUsersWords holds the table "The users' words" of the feature list, so that somebody who comes from another CRM
// finds the button.
func TestUsersWords(t *testing.T) {
	for _, c := range []struct{ key, en, fi string }{
		{"activities.title", "Activities", "Toiminnot"},
		{"sync.title", "Calendar sync", "Kalenterin synkronointi"},
		{"nav.calendar_sync", "Calendar sync", "Kalenterin synkronointi"},
		{"prefs.title", "Personal preferences", "Henkilökohtaiset asetukset"},
		{"nav.preferences", "Personal preferences", "Henkilökohtaiset asetukset"},
		{"nav.tools", "Tools and apps", "Työkalut ja sovellukset"},
		{"sync.add_account", "Add new account", "Lisää uusi tili"},
		{"sync.reconnect", "Reconnect", "Yhdistä uudelleen"},
		{"sync.stop", "Stop sync", "Lopeta synkronointi"},
		{"settings.direction.label", "Select sync type", "Valitse synkronointityyppi"},
		{"settings.direction.two_way.name", "Two-way", "Kaksisuuntainen"},
		{"activities.owners", "Owners", "Omistajat"},
		{"common.all", "All", "Kaikki"},
		{"connect.app_password", "App password", "Sovellussalasana"},
		{"role.admin", "Administrator", "Ylläpitäjä"},
		{"nav.status", "Status page", "Palvelun tila"},
		{"state.held.title", "Waiting for your confirmation", "Odottaa vahvistustasi"},
		{"work.parked.title", "Set aside for now", "Ohitettu toistaiseksi"},
		{"work.sending.title", "Needs sending", "Odottaa lähettämistä"},
		{"common.helpful", "Was this page helpful?", "Oliko tästä sivusta apua?"},
		{"common.yes", "Yes", "Kyllä"},
		{"common.no", "No", "Ei"},
	} {
		if got := Match("en", "").T(c.key); got != c.en {
			t.Errorf("%s in English: %q, want %q", c.key, got, c.en)
		}
		if got := Match("fi", "").T(c.key); got != c.fi {
			t.Errorf("%s in Finnish: %q, want %q", c.key, got, c.fi)
		}
	}
	for _, c := range []struct{ key, en, fi string }{
		{"settings.direction.to_calendar.name", "One-way", "Yksisuuntainen"},
		{"settings.direction.to_crm.name", "One-way", "Yksisuuntainen"},
		{"problem.no_permission.title", "Permissions", "Käyttöoikeudet"},
	} {
		if en, fi := Match("en", "").T(c.key), Match("fi", "").T(c.key); !strings.HasPrefix(en, c.en) || !strings.HasPrefix(fi, c.fi) {
			t.Errorf("%s: %q, %q", c.key, en, fi)
		}
	}
}

// TestTheEnginesWordsStayInside looks for words that mean something to us and nothing to the people who read this.
func TestTheEnginesWordsStayInside(t *testing.T) {
	inside := regexp.MustCompile(`(?i)\b(hubs?|links|linked|linking|unlinked|shadows?|lens(es)?|cursors?|work items?|sweeps?|incarnations?|` +
		`baselines?|severed|dormant|detached|parked|leases?|fences?|wakes?|lanes?|payloads?|tombstones?|backoff|planner|remote|entit(y|ies)|instances?|` +
		`etag|ctag|uid|varjo\w*|linssi\w*|kursori\w*|keskitin|keskittim\w*|etäkohde|pysäköi\w*)\b`)
	each(t, func(t *testing.T, c *catalog) {
		for _, key := range sortedKeys(c) {
			if word := inside.FindString(c.messages[key].said()); word != "" {
				t.Errorf("%s says %q", key, word)
			}
		}
	})
}

// TestNothingIsLeftInEnglish finds messages that somebody copied and forgot to translate.
func TestNothingIsLeftInEnglish(t *testing.T) {
	same := []string{"app.name", "conflict.from", "preset.", "run.progress", "format.", "size.", "list.", "duration.", "common.error_code",
		"history.by.system", "connect.", "month.", "relative.", "takeover.tool.", "takeover.command.key.", "takeover.range", "at.pipedrive.name", "help.pipedrive.title"}
	english := catalogs[0]
	for _, c := range catalogs[1:] {
		for _, key := range sortedKeys(c) {
			said := c.messages[key].said()
			if said == english.messages[key].said() && !slices.ContainsFunc(same, func(p string) bool { return strings.HasPrefix(key, p) }) {
				t.Errorf("%s: %s is the same as in English: %q", c.tag, key, said)
			}
		}
	}
}

func TestBadLanguageFilesAreRefused(t *testing.T) {
	for name, file := range map[string]string{
		"a key that stands there twice":   `{"a": {"b": "x", "b": "y"}}`,
		"a group that stands there twice": `{"a": {"b": "x"}, "a": {"c": "y"}}`,
		"an empty text":                   `{"a": ""}`,
		"a number":                        `{"a": 1}`,
		"a list":                          `{"a": ["x"]}`,
		"a brace that is not closed":      `{"a": "{n things"}`,
		"a brace that is not opened":      `{"a": "n} things"}`,
		"a placeholder with a blank":      `{"a": "{the name}"}`,
		"half a file":                     `{"a": "x"`,
		"no object":                       `"a"`,
		"two objects":                     `{"a": "x"} {"b": "y"}`,
		"nothing":                         ``,
	} {
		if _, err := load("en", []byte(file)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	if _, err := load("not a language", []byte(`{}`)); err == nil {
		t.Error("a file of no language was read")
	}
}
