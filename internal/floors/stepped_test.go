package floors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// anyOrder marks a loop over a map whose result does not hang on the order, with the reason after it.
const anyOrder = "any order:"

func TestSteppedRoomsHaveNoGoroutineTimerClockOrMapOrder(t *testing.T) {
	all := rooms(t)
	var paths []string
	for _, r := range Rooms {
		if _, exists := all[r.Path]; r.Stepped && exists {
			paths = append(paths, module+"/internal/"+r.Path)
		}
	}
	const store = module + "/internal/store"
	c := newChecker(t, append(paths, store))
	for _, path := range paths {
		for _, complaint := range c.check(path) {
			t.Error(complaint)
		}
	}
	for _, complaint := range c.check(store) {
		if claims.MatchString(complaint) {
			t.Error(complaint)
		}
	}
}

// claims are the files of the store that claim wakes and leases. The rest of it may look at clocks and locks.
var claims = regexp.MustCompile(`^internal/store/\w*(wake|lease|claim)\w*\.go:`)

func TestTheCheckFindsEachThingThatIsForbidden(t *testing.T) {
	const text = `package p

import ("maps"; "slices"; "time")

func f(m, other map[string]int, c chan int) {
	go f(m, m, c)
	time.Sleep(1)
	now := time.Now
	for range m {}
	for range maps.Keys(m) {}
	slices.Collect(maps.Values(m))
	select {}
	// any order: a sum
	for range m {}
	for range slices.Sorted(maps.Keys(m)) {}
	for k, v := range m { other[k] = v }
	for k, v := range m { if v > 0 { delete(other, k) } }
	for _, v := range m { other["last"] = v }
	_ = now
	_ = time.UTC
}`
	c := newChecker(t, []string{"maps", "slices", "time"})
	file, err := parser.ParseFile(c.files, "p.go", text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(c.complaints("p", []*ast.File{file}), "\n")
	for _, line := range []int{6, 7, 8, 9, 10, 11, 12, 18} {
		if !strings.Contains(got, fmt.Sprintf("p.go:%d:", line)) {
			t.Errorf("line %d passed", line)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 8 {
		t.Errorf("%d complaints, want 8:\n%s", n, got)
	}
}

// checker type-checks packages against the compiler's export data, which go list finds or makes.
type checker struct {
	t        *testing.T
	files    *token.FileSet
	importer types.Importer
	packages map[string]listed
}

type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

func newChecker(t *testing.T, paths []string) *checker {
	t.Helper()
	args := append([]string{"list", "-e", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles"}, paths...)
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaint.String())
	}
	c := &checker{t: t, files: token.NewFileSet(), packages: map[string]listed{}}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		c.packages[p.ImportPath] = p
	}
	c.importer = importer.ForCompiler(c.files, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(c.packages[path].Export)
	})
	return c
}

func (c *checker) check(path string) []string {
	c.t.Helper()
	p := c.packages[path]
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(c.files, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			c.t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	return c.complaints(path, parsed)
}

// complaints walks one package and says what it may not do.
func (c *checker) complaints(path string, parsed []*ast.File) []string {
	c.t.Helper()
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: c.importer, Error: func(err error) {
		if path != "p" { // the example above is not tidy
			c.t.Error(err)
		}
	}}
	_, _ = conf.Check(path, c.files, parsed, info) // told through conf.Error
	var list []string
	for _, file := range parsed {
		excused := c.excused(file)
		complain := func(n ast.Node, format string, args ...any) {
			at := c.files.Position(n.Pos())
			if excused[at.Line] {
				return
			}
			name, err := filepath.Rel(root, at.Filename)
			if err != nil || !filepath.IsAbs(at.Filename) {
				name = at.Filename
			}
			list = append(list, fmt.Sprintf("%s:%d: ", name, at.Line)+fmt.Sprintf(format, args...))
		}
		sorted := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				complain(n, "starts a goroutine: concurrency lives in jobs")
			case *ast.SelectStmt:
				complain(n, "selects: which case is taken is chance")
			case *ast.RangeStmt:
				if t := info.TypeOf(n.X); t != nil && !keyByKey(n) {
					if _, ok := t.Underlying().(*types.Map); ok {
						complain(n, "walks a map in chance order: sort the keys, or say '// %s why'", anyOrder)
					}
				}
			case *ast.CallExpr:
				if f := function(info, n.Fun); strings.HasPrefix(f, "slices.Sorted") || f == "maps.Collect" {
					for _, a := range n.Args {
						sorted[a] = true
					}
				}
				switch f := function(info, n.Fun); f {
				case "maps.Keys", "maps.Values", "maps.All":
					if !sorted[n] {
						complain(n, "%s gives chance order: sort it", f)
					}
				}
			case *ast.SelectorExpr:
				pkg, name, _ := strings.Cut(function(info, n), ".")
				if slices.Contains(notStepped[pkg], name) {
					complain(n, "uses %s.%s: time comes in as an argument or through a port", pkg, name)
				}
			}
			return true
		})
	}
	return list
}

// keyByKey reports whether a loop does nothing but set or delete, in some map, what stands under its own key, perhaps
// under a condition: in whatever order, the same comes of it.
func keyByKey(loop *ast.RangeStmt) bool {
	key, ok := loop.Key.(*ast.Ident)
	if !ok || key.Name == "_" || len(loop.Body.List) != 1 {
		return false
	}
	statement := loop.Body.List[0]
	if branch, ok := statement.(*ast.IfStmt); ok && branch.Else == nil && len(branch.Body.List) == 1 {
		statement = branch.Body.List[0]
	}
	own := func(e ast.Expr) bool {
		name, ok := e.(*ast.Ident)
		return ok && name.Name == key.Name
	}
	switch s := statement.(type) {
	case *ast.AssignStmt:
		if len(s.Lhs) != 1 || s.Tok != token.ASSIGN {
			return false
		}
		target, ok := s.Lhs[0].(*ast.IndexExpr)
		return ok && own(target.Index)
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return false
		}
		name, ok := call.Fun.(*ast.Ident)
		return ok && name.Name == "delete" && own(call.Args[1])
	}
	return false
}

// excused are the lines of a file that say why order does not matter, and the line after each.
func (c *checker) excused(file *ast.File) map[int]bool {
	lines := map[int]bool{}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.Contains(comment.Text, anyOrder) {
				lines[c.files.Position(comment.Pos()).Line] = true
				lines[c.files.Position(group.End()).Line+1] = true
			}
		}
	}
	return lines
}

// function names the package-level function that an expression refers to, such as "time.Now"; empty for anything else.
func function(info *types.Info, e ast.Expr) string {
	s, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	f, ok := info.Uses[s.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Signature().Recv() != nil {
		return ""
	}
	return f.Pkg().Path() + "." + f.Name()
}
