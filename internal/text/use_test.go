package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// constants reads the string constants of a package's source, by name; typ is the declared type, empty for none. The source
// is read, not imported: the packages stand on higher floors.
func constants(t *testing.T, dir string, want func(name, typ string) bool) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Skipf("internal/%s does not exist yet: %v", dir, err)
	}
	out := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			typ := ""
			if id, ok := spec.Type.(*ast.Ident); ok {
				typ = id.Name
			}
			for i, name := range spec.Names {
				if i >= len(spec.Values) || !want(name.Name, typ) {
					continue
				}
				if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					out[name.Name], _ = strconv.Unquote(lit.Value)
				}
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatalf("internal/%s has none of the constants that this test looks for: it was renamed", dir)
	}
	return out
}

func prefixed(prefix string) func(name, typ string) bool {
	return func(name, _ string) bool { return strings.HasPrefix(name, prefix) }
}

func typed(want string) func(name, typ string) bool {
	return func(_, typ string) bool { return typ == want }
}

// TestEveryCodeHasItsWords holds that whatever another package may say in a code, people can read.
func TestEveryCodeHasItsWords(t *testing.T) {
	for _, c := range []struct {
		name, dir string
		want      func(name, typ string) bool
		keys      []string // % is the code
	}{
		{"errors of providers", "provider", prefixed("Code"), []string{"problem.%.title", "problem.%.cause", "problem.%.next"}},
		{"errors of Exchange servers", "provider/ews", prefixed("Code"), []string{"problem.%.title", "problem.%.cause", "problem.%.next"}},
		{"errors of Pipedrive", "provider/pipedrive", prefixed("Code"), []string{"problem.%.title", "problem.%.cause", "problem.%.next"}},
		{"what a company has stated", "account", func(name, _ string) bool { return name == "CodeGatewayPassword" }, []string{"problem.%.title", "problem.%.cause", "problem.%.next"}},
		{"items set aside", "provider", typed("ProblemCode"), []string{"problem.%.title", "problem.%.cause", "problem.%.next"}},
		{"reasons of scope", "lens", typed("Reason"), []string{"scope.%.title", "scope.%.cause", "scope.%.next"}},
		{"sync types", "lens", typed("Direction"), []string{"settings.direction.%.name", "settings.direction.%.meaning"}},
		{"starting points", "lens", typed("Start"), []string{"settings.start.%.name", "settings.start.%.meaning"}},
		{"bad values", "hub", prefixed("Code"), []string{"invalid.%"}},
		{"what is denied", "hub", prefixed("Denied"), []string{"denied.%"}},
		{"fields of the hub", "hub", prefixed("Field"), []string{"field.%"}},
		{"passwords", "auth", func(name, _ string) bool {
			return name == "TooShort" || name == "TooLong" || name == "IsEmail" || name == "OneSign"
		}, []string{"password.%"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, code := range constants(t, c.dir, c.want) {
				for _, key := range c.keys {
					missing(t, strings.ReplaceAll(key, "%", code), c.dir+"."+name)
				}
			}
		})
	}
}

func missing(t *testing.T, key, why string) {
	t.Helper()
	each(t, func(t *testing.T, c *catalog) {
		if _, ok := c.messages[key]; !ok {
			t.Errorf("%s is missing, for %s", key, why)
		}
	})
}

// TestClosedListsHaveTheirWords covers what is fixed by the public interface or by a list in code.
func TestClosedListsHaveTheirWords(t *testing.T) {
	for _, f := range calendar.AllFields.List() {
		missing(t, "field."+f.String(), "calendar")
	}
	for _, typ := range crm.DefaultTypes() {
		missing(t, "type."+typ.Key, "crm")
	}
	for group, codes := range map[string]string{
		// interface.md: the states of a connection.
		"state.%.title": "pending_sign_in choose_calendar active retrying needs_sign_in needs_permission held paused stopped",
		"state.%.next":  "pending_sign_in choose_calendar active retrying needs_sign_in needs_permission held paused stopped",
		// engine.CompanyStopped.
		"state.%.cause": "company_stopped",
		// interface.md: the counts of a run.
		"count.%": "pulled created_in_crm updated_in_crm deleted_in_crm created_in_calendar updated_in_calendar deleted_in_calendar " +
			"linked conflicts parked held needs_sending unchanged would_mail",
		// interface.md: the settings with closed choices.
		"settings.private.%.meaning":    "masked ordinary skip",
		"settings.visibility.%.meaning": "owner everyone",
		"settings.guests.%.meaning":     "never on_send",
		"settings.conflicts.%.meaning":  "newest crm calendar",
		"settings.done.%.meaning":       "ignore tick",
		"settings.narrow.%.meaning":     "keep remove",
		// provider.Class, as work items and runs carry it when there is no better code.
		"problem.%.next": "mailbox_full transient rate_limited sign-in forbidden conflict gone cursor_lost rejected unknown internal " +
			"loop mirror copy delete_brake create_brake twin_brake needs_sending",
		// match.Reasons, and othersync.Tools with the one that is not known.
		"takeover.reason.%": "other_title other_start other_pattern dates same_uid several edited",
		"takeover.tool.%":   "pipedrive suitecrm odoo ogcs keeper other",
		"takeover.stop.%":   "pipedrive suitecrm odoo ogcs keeper other",
		"history.in.%":      "create update delete revive merge link unlink",
		"history.out.%":     "create update delete revive link unlink",
		// account.Remedy: at an Exchange server, and the texts for its administrator.
		"problem_at.ews.%.next":   "wrong_password sign_in_kind no_mailbox wrong_address",
		"while_connecting.%.next": "unreachable expired_certificate server_error transient rate_limited",
		"letter.%":                "gateway ways blocked",
		"preset.%.hint":           "ews icloud fastmail nextcloud yahoo zoho gmx sogo radicale other",
		"role.%":                  "regular admin",
		// oauth.Checked: what is looked at, and the verdicts.
		"registration.check.%": "address.good address.bad secret.good secret.bad secret.unsure redirect.good redirect.bad redirect.unsure scopes.good scopes.bad " +
			"scopes.unsure testing.good testing.bad testing.unsure",
		"registration.step.%": "google_1 graph_1",
		"consent.scope.%":     "calendar_events calendar_calendarlist_readonly calendar_app_created calendars_readwrite",
		"consent.said.%":      "closed approval not_assigned conditional blocked testing address other",
		"preset.%.name":       "google graph ews",
		"answer.%":            "needs_action accepted declined tentative",
		// What the rooms below write into the audit log.
		"audit.%": "sign_in connect settings pause resume stop clean reconnect add_account make_calendar choose_calendar sync_one stop_all " +
			"app_passwords resume_all token_created token_revoked hold_confirmed hold_rejected user_add user_change user_activate user_deactivate revoke " +
			"work_send work_drop take_over",
	} {
		for code := range strings.FieldsSeq(codes) {
			missing(t, strings.ReplaceAll(group, "%", code), "the public interface")
		}
	}
}

// TestWhatAKindCallsOtherwiseIsSaidElsewhere: a text for one kind of account stands for one that all others use.
func TestWhatAKindCallsOtherwiseIsSaidElsewhere(t *testing.T) {
	each(t, func(t *testing.T, c *catalog) {
		for _, key := range sortedKeys(c) {
			rest, is := strings.CutPrefix(key, "at.")
			if !is {
				continue
			}
			if _, plain, _ := strings.Cut(rest, "."); plain != "name" && !(Printer{c: c}).Has(plain) {
				t.Errorf("%s stands for nothing", key)
			}
		}
	})
	p := Match("en", "")
	for kind, want := range map[string]string{
		"pipedrive": "Changes in Pipedrive", "pipedrive_token": "Changes in Pipedrive", "google": "Changes in the calendar", "": "Changes in the calendar",
	} {
		if got := p.At("pipedrive").At(kind).T("sync.told"); got != want {
			t.Errorf("%q: %s, want %s", kind, got, want)
		}
	}
}

var (
	// {{T "key"}}, {{$.T "key"}}, {{.Text.T "key"}}
	templateKey = regexp.MustCompile("\\bT\\s+[\"`]([^\"`]+)[\"`]")
	// A key put together in a template cannot be looked up here; Word, Problem, State and Scope are for that.
	templateBuilt = regexp.MustCompile(`\bT\s+\(`)
	goKey         = regexp.MustCompile(`\.T\("([^"]+)"`)
	groupUse      = regexp.MustCompile(`\bWord[ (]\s*"([^"]+)"`)
)

// unknownUses finds uses of messages that do not exist.
func unknownUses(p Printer, source string, isTemplate bool) []string {
	var out []string
	key := goKey
	if isTemplate {
		key = templateKey
		if m := templateBuilt.FindString(source); m != "" {
			out = append(out, "a key that is put together: use Word, Problem, State or Scope")
		}
	}
	for _, m := range key.FindAllStringSubmatch(source, -1) {
		if !p.Has(m[1]) {
			out = append(out, m[1])
		}
	}
	for _, m := range groupUse.FindAllStringSubmatch(source, -1) {
		if !p.hasGroup(m[1]) {
			out = append(out, m[1]+".*")
		}
	}
	return out
}

func (p Printer) hasGroup(group string) bool {
	for key := range p.c.messages {
		if strings.HasPrefix(key, group+".") {
			return true
		}
	}
	return false
}

func TestUnknownUsesAreFound(t *testing.T) {
	p := Match("en", "")
	for source, want := range map[string]int{
		`<h1>{{T "activities.title"}}</h1> {{.T "activities.hidden" "n" .Hidden}}`: 0,
		`<h1>{{T "activities.titel"}}</h1>`:                                        1,
		`{{$.Text.T "no.such.key" "n" 1}}`:                                         1,
		`{{T (printf "state.%s.title" .State)}}`:                                   1,
		`{{.Word "field" .Field}} {{.Word "feild" .Field}}`:                        1,
		`{{.Title}} {{if gt .T 3}}x{{end}}`:                                        0,
	} {
		if got := unknownUses(p, source, true); len(got) != want {
			t.Errorf("%s: %v", source, got)
		}
	}
	if got := unknownUses(p, `p.T("activities.title"); p.T("nope"); p.Word("type", key)`, false); len(got) != 1 {
		t.Errorf("in Go: %v", got)
	}
}

// TestPagesAndCodeUseKnownMessages scans everything that imports this package, and every template of the pages.
func TestPagesAndCodeUseKnownMessages(t *testing.T) {
	p := Match("en", "")
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "text" || name == "node_modules" || name == "testdata" || name != "." && name != ".." && strings.HasPrefix(name, ".") {
				return filepath.SkipDir
			}
			return nil
		}
		isTemplate := strings.Contains(path, "internal/web/") && (strings.HasSuffix(path, ".html") || strings.HasSuffix(path, ".tmpl"))
		isGo := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if !isTemplate && !isGo {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if isGo && !strings.Contains(string(b), `"tahti/internal/text"`) {
			return nil
		}
		for _, key := range unknownUses(p, string(b), isTemplate) {
			t.Errorf("%s uses %s, which is not in the language files", path, key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
