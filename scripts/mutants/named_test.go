package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someDefect = `nothing is counted
expect: I3, I1
because: nobody
counts.

file: pond/pond.go
 func count() int {
-	return 1
+	return 0
 }
file: pond/pond.go
 first

-second
`

func TestADefectIsAppliedWhereItsPlaceStandsOnce(t *testing.T) {
	d, err := parseDefect("07-no-count.txt", someDefect)
	if err != nil {
		t.Fatal(err)
	}
	if d.number != 7 || d.name != "no-count" || d.title != "nothing is counted" || strings.Join(d.expect, " ") != "I3 I1" || len(d.hunks) != 2 {
		t.Errorf("read as %+v", d)
	}
	text := "func count() int {\n\treturn 1\n}\n\nfirst\n\nsecond\nthird\n"
	read := func(string) ([]byte, error) { return []byte(text), nil }
	files, err := d.apply(read)
	if want := "func count() int {\n\treturn 0\n}\n\nfirst\n\nthird\n"; err != nil || files["pond/pond.go"] != want {
		t.Errorf("%v\n%s", err, files["pond/pond.go"])
	}
	for _, other := range []string{"", text + text, strings.ReplaceAll(text, "return 1", "return 2")} {
		text = other
		if _, err := d.apply(read); err == nil {
			t.Errorf("applied to %q", other)
		}
	}
}

func TestWhatIsNoDefectIsNotRead(t *testing.T) {
	for name, text := range map[string]string{
		"no expectation": strings.Replace(someDefect, "expect: I3, I1\n", "", 1),
		"no invariant":   strings.Replace(someDefect, "I3, I1", "something", 1),
		"no reason":      strings.Replace(someDefect, "because: ", "", 1),
		"no place":       "nothing\nexpect: I3\nbecause: so\n",
		"no change":      "nothing\nexpect: I3\nbecause: so\n\nfile: a.go\n one\n two\n",
		"a strange line": strings.Replace(someDefect, "+	return 0", "*	return 0", 1),
		"six lines":      strings.Replace(someDefect, "+	return 0\n", strings.Repeat("+	count()\n", 5), 1),
	} {
		if _, err := parseDefect("07-no-count.txt", text); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
	if _, err := parseDefect("no-count.txt", someDefect); err == nil {
		t.Error("a defect without a number was read")
	}
}

// TestTheNamedDefectsApply: each of the fifteen is there, finds its place in the code as it is, and compiles.
func TestTheNamedDefectsApply(t *testing.T) {
	list, err := readNamed()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 15 {
		t.Errorf("there are %d", len(list))
	}
	root := filepath.Join("..", "..")
	rooms := map[string]*room{}
	for i, d := range list {
		if d.number != i+1 {
			t.Errorf("%02d %s stands in place %d", d.number, d.name, i+1)
		}
		files, err := d.apply(func(file string) ([]byte, error) { return os.ReadFile(filepath.Join(root, file)) })
		if err != nil {
			t.Errorf("%02d %s %v", d.number, d.name, err)
			continue
		}
		for file, text := range files { // any order: each for itself
			if testing.Short() {
				continue
			}
			dir := filepath.Dir(file)
			if rooms[dir] == nil {
				if rooms[dir], err = load(t.Context(), "tahti/"+dir); err != nil {
					t.Fatal(err)
				}
			}
			if err := rooms[dir].recheck(filepath.Base(file), text); err != nil {
				t.Errorf("%02d %s does not compile: %v", d.number, d.name, err)
			}
		}
	}
}

// recheck asks for the types of a room of which one file says something else.
func (r *room) recheck(file, text string) error {
	trees := make([]*ast.File, 0, len(r.trees))
	for _, tree := range r.trees {
		path := r.set.Position(tree.Package).Filename
		if filepath.Base(path) == file {
			var err error
			if tree, err = parser.ParseFile(r.set, path, text, parser.SkipObjectResolution); err != nil {
				return err
			}
		}
		trees = append(trees, tree)
	}
	_, err := r.conf.Check(r.path, r.set, trees, nil)
	return err
}

func TestTheWorldsLinesAreHeardUntilEnoughSeedsBroke(t *testing.T) {
	said := "=== RUN\nseed 12: I2 #3#, which bob typed, is nowhere\nseed 14: I11 activity 3\nseed 15: I1 two\n"
	d := defect{expect: []string{"I2"}}
	o := catchOptions{first: 11, hits: 2, seeds: 100}
	c, _ := listen(bytes.NewBufferString(said), o)
	if !c.as(&d) || c.last != 4 || len(c.broken) != 2 || !strings.HasPrefix(c.verdict(o, &d), "caught as I2 by seed 12") {
		t.Errorf("%+v: %s", c, c.verdict(o, &d))
	}
	d.expect = []string{"I1"}
	if c.as(&d) || !strings.HasPrefix(c.verdict(o, &d), "WRONG: want I1, but seed 12") {
		t.Errorf("taken for what was expected: %s", c.verdict(o, &d))
	}
	c, _ = listen(bytes.NewBufferString("PASS\n"), o)
	if c.as(&d) || c.last != 100 || !strings.HasPrefix(c.verdict(o, &d), "NOT CAUGHT") {
		t.Errorf("%+v: %s", c, c.verdict(o, &d))
	}
}

// TestTheWorldCatchesADefect puts one back for good: the whole way from its file to the invariant.
func TestTheWorldCatchesADefect(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it compiles the world")
	}
	t.Chdir(filepath.Join("..", ".."))
	if good, err := catchNamed(t.Context(), []string{"-seeds", "50", "5"}); err != nil || !good {
		t.Errorf("the cursor before its effects: %v", err)
	}
}
