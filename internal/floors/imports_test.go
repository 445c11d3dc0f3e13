package floors

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "tahti"

// source is one parsed file.
type source struct {
	path string // from the repository's root, with slashes
	file *ast.File
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) imports() []string {
	var list []string
	for _, i := range s.file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			panic(err) // the parser has accepted it
		}
		list = append(list, path)
	}
	return list
}

// rooms reads the imports of every Go file, by room.
func rooms(t *testing.T) map[string][]source {
	t.Helper()
	all := map[string][]source{}
	for _, path := range files(t) {
		if filepath.Ext(path) != ".go" || strings.Contains(path, "/testdata/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			continue
		}
		room := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "internal/")
		all[room] = append(all[room], source{path: path, file: file})
	}
	return all
}

func TestEveryRoomIsOnTheListAndImportsDownwardsOnly(t *testing.T) {
	for path, sources := range rooms(t) {
		room, known := find(path)
		if !known && !strings.HasPrefix(path, "scripts/") && path != "client" {
			t.Errorf("the room %s is not on the list in internal/floors/floors.go: give it a line there, with what it may import", path)
			continue
		}
		for _, s := range sources {
			for _, imported := range s.imports() {
				if reason := refuse(room, imported, s.test()); reason != "" {
					t.Errorf("%s imports %s: %s", s.path, imported, reason)
				}
			}
		}
	}
}

// refuse tells why a room may not import a package; empty if it may.
func refuse(r Room, imported string, test bool) string {
	lower, own := strings.CutPrefix(imported, module+"/internal/")
	switch {
	case own && (lower == r.Path || slices.Contains(r.Imports, lower) || slices.Contains(r.Imports, "*")):
		return ""
	case own && test && slices.Contains(Tools, lower):
		return ""
	case own:
		return r.Path + " may import " + strings.Join(r.Imports, ", ") + " and nothing else of ours"
	case test:
		return ""
	case r.Std && strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
		return r.Path + " uses the standard library only"
	case r.Pure && slices.Contains(notPure, imported):
		return r.Path + " is pure: values in, values out"
	case r.Stepped && slices.Contains(chance, imported):
		return r.Path + " leaves nothing to chance"
	default:
		return ""
	}
}

func TestTheFloorsRefuseWhatTheyShould(t *testing.T) {
	for _, c := range []struct {
		room, imported string
		test, allowed  bool
	}{
		{"calendar", "time", false, true},
		{"calendar", "github.com/google/go-cmp/cmp", false, false},
		{"calendar", "github.com/google/go-cmp/cmp", true, true},
		{"calendar", "tahti/internal/crm", false, false},
		{"crm", "tahti/internal/calendar", false, true},
		{"merge", "context", false, false},
		{"merge", "tahti/internal/lens", false, false},
		{"lens", "tahti/internal/merge", false, false},
		{"merge", "math/rand/v2", false, false},
		{"provider/caldav", "tahti/internal/hub", false, false},
		{"provider/caldav", "tahti/internal/standin/caldav", false, false},
		{"provider/caldav", "tahti/internal/standin/caldav", true, true},
		{"standin/caldav", "tahti/internal/provider", false, false},
		{"engine", "tahti/internal/provider/caldav", false, false},
		{"engine", "tahti/internal/hub", false, true},
		{"hub", "tahti/internal/engine", false, false},
		{"cmd/tahti", "tahti/internal/provider/caldav", false, true},
		{"recur/gen", "os", false, true},
		{"recur/gen", "tahti/internal/hub", false, false},
	} {
		room, ok := find(c.room)
		if !ok {
			t.Fatalf("no room %s", c.room)
		}
		if reason := refuse(room, c.imported, c.test); (reason == "") != c.allowed {
			t.Errorf("%s imports %s (in a test: %t): %q, want allowed %t", c.room, c.imported, c.test, reason, c.allowed)
		}
	}
}

func TestTheListItselfHasNoUpwardOrUnknownImport(t *testing.T) {
	height := map[string]int{}
	for i, r := range Rooms {
		if _, twice := height[r.Path]; twice {
			t.Errorf("%s is on the list twice", r.Path)
		}
		height[r.Path] = i
	}
	for i, r := range Rooms {
		for _, imported := range r.Imports {
			if at, ok := height[imported]; imported != "*" && (!ok || at >= i) {
				t.Errorf("%s lists %s, which does not stand below it", r.Path, imported)
			}
		}
	}
}

// root is the repository's root.
var root = func() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}()

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
