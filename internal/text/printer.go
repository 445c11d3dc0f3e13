package text

import (
	"fmt"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"tahti/internal/calendar"
)

// Printer speaks one language. Its methods answer plain text: escaping is html/template's.
type Printer struct {
	c  *catalog
	at string // see At
}

// Language is one that can be chosen.
type Language struct {
	Tag  string // BCP 47, as it is stored and written to lang attributes
	Name string // in the language itself
}

// Languages lists what can be chosen, English first.
func Languages() []Language {
	out := make([]Language, len(catalogs))
	for i, c := range catalogs {
		out[i] = Language{c.tag.String(), c.name}
	}
	return out
}

// Known reports whether a language can be chosen.
func Known(tag string) bool {
	for _, c := range catalogs {
		if c.tag.String() == tag {
			return true
		}
	}
	return false
}

var matcher = func() language.Matcher {
	tags := make([]language.Tag, len(catalogs))
	for i, c := range catalogs {
		tags[i] = c.tag
	}
	return language.NewMatcher(tags)
}()

// Match picks the language: the user's own choice if there is one ("fi"), else the best of an Accept-Language header,
// else English. What cannot be read counts as absent.
func Match(chosen, acceptLanguage string) Printer {
	const longest = 200 // a header that is longer is nobody's wish
	var wishes []language.Tag
	if t, err := language.Parse(chosen); err == nil && chosen != "" {
		wishes = append(wishes, t)
	}
	if len(acceptLanguage) <= longest {
		if tags, _, err := language.ParseAcceptLanguage(acceptLanguage); err == nil {
			wishes = append(wishes, tags...)
		}
	}
	_, i, _ := matcher.Match(wishes...)
	return Printer{c: catalogs[i]}
}

// Tag is the language, for lang attributes.
func (p Printer) Tag() string { return p.c.tag.String() }

// At speaks of one kind of account, where some things are called by other names than at a calendar: what the group at.KIND has a text
// for is said in that text. A kind that is a way of signing in (kind_way) speaks as its kind does.
func (p Printer) At(kind string) Printer {
	kind, _, _ = strings.Cut(kind, "_")
	p.at = ""
	if p.Has("at." + kind + ".name") {
		p.at = "at." + kind + "."
	}
	return p
}

func (p Printer) message(key string) (m message, ok bool) {
	if p.at != "" {
		if m, ok = p.c.messages[p.at+key]; ok {
			return m, true
		}
	}
	m, ok = p.c.messages[key]
	return m, ok
}

// Has reports whether there is a message of that key.
func (p Printer) Has(key string) bool {
	_, ok := p.message(key)
	return ok
}

// T returns a message. args are pairs of a placeholder's name and its value; whole numbers are written as the language
// writes them, and the one called n chooses the plural form:
//
//	p.T("activities.hidden", "n", 3)
//
// An unknown key comes back in double brackets: it shows, and a test looks for it.
func (p Printer) T(key string, args ...any) string {
	m, ok := p.message(key)
	if !ok {
		return "⟦" + key + "⟧"
	}
	if len(args) == 0 && m.forms == nil {
		return m.plain.render(nil)
	}
	values, n := p.values(key, args)
	if m.forms == nil {
		return m.plain.render(values)
	}
	t, ok := m.forms[p.form(n)]
	if !ok {
		t = m.forms[plural.Other]
	}
	return t.render(values)
}

// Word returns the message that a group has for a code from elsewhere (a state, a field, a type); the code itself if
// the group has none, as for a company's own activity types.
func (p Printer) Word(group, code string) string {
	if m, ok := p.message(group + "." + code); ok && m.forms == nil {
		return m.plain.render(nil)
	}
	return code
}

// Fields names fields of an event.
func (p Printer) Fields(fields calendar.FieldSet) string {
	list := fields.List()
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = p.Word("field", f.String())
	}
	return strings.Join(names, ", ")
}

func (p Printer) values(key string, args []any) (map[string]string, int64) {
	if len(args)%2 != 0 {
		panic(fmt.Sprintf("message %s: a placeholder without a value: %v", key, args))
	}
	values, n := make(map[string]string, len(args)/2), int64(0)
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			panic(fmt.Sprintf("message %s: %v is no placeholder's name", key, args[i]))
		}
		var number int64
		switch v := args[i+1].(type) {
		case int:
			number = int64(v)
		case int32:
			number = int64(v)
		case int64:
			number = v
		default:
			values[name] = fmt.Sprint(v)
			continue
		}
		values[name] = p.Number(number)
		if name == "n" {
			n = number
		}
	}
	return values, n
}

// form chooses the plural form of a whole number (CLDR cardinal rules).
func (p Printer) form(n int64) plural.Form {
	if n < 0 {
		n = -n
	}
	return plural.Cardinal.MatchPlural(p.c.tag, int(n%10_000_000), 0, 0, 0, 0)
}
