package main

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// To compile and link the tests for each mutant costs more than to run them. So mutants stand together in one binary as far as
// they do not overlap, each behind the question whether it is the one that is asked for, and a variable of the environment
// asks. A mutant that cannot be said so (in a constant, or of a type without a name here) is compiled alone.

// asking is the variable of the environment.
const asking = "TAHTI_MUTANT"

// answer is the file that is added to the package.
const answer = `package %s

import "os"

var mutantAsked = os.Getenv("` + asking + `")

func mutantIs(name string) bool { return mutantAsked == name }

func mutantOr[T any](name string, mutant, original func() T) T {
	if mutantAsked == name {
		return mutant()
	}
	return original()
}
`

// choice is a mutant as a choice at run time: what stands in the text from a place to another.
type choice struct {
	from, to int
	text     func(name string) string
}

// not chooses between a truth and its opposite.
func (w *finder) not(from, to token.Pos, text string) *choice {
	f := w.set.File(from)
	return &choice{f.Offset(from), f.Offset(to), func(name string) string { return fmt.Sprintf("(mutantIs(%q) != (%s))", name, text) }}
}

// either chooses between expressions of a type; nil if the type has no name here.
func (w *finder) either(from, to token.Pos, of types.Type, mutants, originals []string) *choice {
	name, ok := w.named(of)
	if !ok {
		return nil
	}
	f := w.set.File(from)
	return &choice{f.Offset(from), f.Offset(to), func(mutant string) string {
		text := ""
		for i := range mutants {
			if i > 0 {
				text += ", "
			}
			text += fmt.Sprintf("mutantOr(%q, func() %s { return %s }, func() %s { return %s })", mutant, name, mutants[i], name, originals[i])
		}
		return text
	}}
}

// unless chooses whether a statement is run.
func (w *finder) unless(s ast.Stmt) *choice {
	f := w.set.File(s.Pos())
	return &choice{f.Offset(s.Pos()), f.Offset(s.End()), func(name string) string {
		return fmt.Sprintf("if !mutantIs(%q) { %s }", name, w.of(s))
	}}
}

// named writes a type as the file would: its imports are named by their packages, which type checking confirms later.
func (w *finder) named(t types.Type) (string, bool) {
	basic, isBasic := t.(*types.Basic)
	if t == nil || isBasic && (basic.Info()&types.IsUntyped != 0 || basic.Kind() == types.Invalid) {
		return "bool", isBasic && basic.Kind() == types.UntypedBool
	}
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == w.path {
			return ""
		}
		return p.Name()
	}), true
}

// together is one binary's mutants.
type together struct {
	room *room
	of   []*mutant
}

// gather puts those of a sample together that can be, and answers the others.
func (r *room) gather(sample []mutant) (groups []*together, alone []*mutant) {
	for i := range sample {
		m := &sample[i]
		if m.choice == nil || !r.compiles(m) {
			alone = append(alone, m)
			continue
		}
		at := slices.IndexFunc(groups, func(g *together) bool { return !g.overlaps(m) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &together{room: r})
		}
		groups[at].of = append(groups[at].of, m)
	}
	return groups, alone
}

func (g *together) overlaps(m *mutant) bool {
	return slices.ContainsFunc(g.of, func(o *mutant) bool {
		return o.file == m.file && o.choice.from < m.choice.to && m.choice.from < o.choice.to
	})
}

// compiles checks a file with one choice in it against the rest of the package.
func (r *room) compiles(m *mutant) bool {
	trees := []*ast.File{}
	for _, t := range r.trees {
		if t != m.file.tree {
			trees = append(trees, t)
		}
	}
	for name, text := range map[string][]byte{"mutant.go": choose(m.file, []*mutant{m}), "answer.go": r.answer()} {
		tree, err := parser.ParseFile(r.set, name, text, parser.SkipObjectResolution)
		if err != nil {
			return false
		}
		trees = append(trees, tree)
	}
	conf := types.Config{Importer: r.conf.Importer}
	_, err := conf.Check(r.path, r.set, trees, nil)
	return err == nil
}

func (r *room) answer() []byte { return fmt.Appendf(nil, answer, r.trees[0].Name.Name) }

// choose is a file's text with the choices of some mutants in it, none of which overlap.
func choose(f *source, list []*mutant) []byte {
	slices.SortFunc(list, func(a, b *mutant) int { return a.choice.from - b.choice.from })
	var text []byte
	at := 0
	for _, m := range list {
		text = append(append(text, f.text[at:m.choice.from]...), m.choice.text(m.name())...)
		at = m.choice.to
	}
	return append(text, f.text[at:]...)
}

// name tells mutants of a package apart.
func (m *mutant) name() string {
	return fmt.Sprintf("%s:%d-%d:%s:%s", filepath.Base(m.file.path), m.from, m.to, m.kind, m.instead)
}

// build compiles the tests of packages with a group's choices in them, and answers the binaries in their order.
func (g *together) build(ctx context.Context, o options, dir string, packages []string) ([]binary, error) {
	replace := map[string]string{}
	lay := func(path, name string, text []byte) error {
		replace[path] = filepath.Join(dir, name)
		return os.WriteFile(replace[path], text, 0o600)
	}
	byFile := map[*source][]*mutant{}
	for _, m := range g.of {
		byFile[m.file] = append(byFile[m.file], m)
	}
	for i, f := range g.room.files {
		if list := byFile[f]; len(list) > 0 {
			if err := lay(f.path, fmt.Sprintf("%d.go", i), choose(f, list)); err != nil {
				return nil, err
			}
		}
	}
	added := filepath.Join(filepath.Dir(g.room.files[0].path), "mutant_answer.go")
	if err := lay(added, "answer.go", g.room.answer()); err != nil {
		return nil, err
	}
	overlay := filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return nil, err
	}
	list, what, err := compileAll(ctx, o, packages, dir, overlay)
	if err == nil && what != "" {
		err = fmt.Errorf("the tests of %s with all choices: %s", strings.Join(packages, ", "), what)
	}
	return list, err
}
