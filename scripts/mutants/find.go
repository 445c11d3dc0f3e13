package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// mutant is one defect: a piece of a file's text, and what stands there instead.
type mutant struct {
	file     *source
	kind     string
	within   string // the function's name, with its receiver's type; empty outside of functions
	line     int
	from, to int // of the piece, in bytes from the file's start
	instead  string
	choice   *choice // nil: it is compiled alone
}

// text is the whole file with the defect in it.
func (m mutant) text() []byte {
	t := m.file.text
	return append(append(append([]byte{}, t[:m.from]...), m.instead...), t[m.to:]...)
}

func (m mutant) place() string { return fmt.Sprintf("%s:%d", filepath.Base(m.file.path), m.line) }

// was and is are the line before and after, on one line each also where the piece spans several.
func (m mutant) was() string { return m.around(string(m.file.text[m.from:m.to])) }
func (m mutant) is() string  { return m.around(m.instead) }

func (m mutant) around(piece string) string {
	t := string(m.file.text)
	before := t[strings.LastIndexByte(t[:m.from], '\n')+1 : m.from]
	after, _, _ := strings.Cut(t[m.to:], "\n")
	return strings.Join(strings.Fields(before+piece+after), " ")
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s\n    was: %s\n    is:  %s", m.file.path, m.line, m.kind, m.was(), m.is())
}

// finder walks one file.
type finder struct {
	*room
	file  *source
	found []mutant
	done  map[ast.Expr]bool // conditions that were negated whole: negating their == again would say the same
	last  map[ast.Stmt]bool // final statements of functions: without them the function does not compile
	// failed are returns where the error is surely there, and moot what stands beside it: nobody looks at that.
	failed map[ast.Stmt]bool
	moot   map[ast.Expr]bool
	within string
}

// mutants finds all defects that could be put into the package, in the order of its text.
func (r *room) mutants() []mutant {
	var all []mutant
	for _, f := range r.files {
		w := &finder{
			room: r, file: f, done: map[ast.Expr]bool{}, last: map[ast.Stmt]bool{}, failed: map[ast.Stmt]bool{}, moot: map[ast.Expr]bool{},
		}
		for _, d := range f.tree.Decls {
			w.within = functionOf(d)
			ast.Inspect(d, w.look)
		}
		slices.SortStableFunc(w.found, func(a, b mutant) int { return a.from - b.from })
		all = append(all, w.found...)
	}
	return all
}

// functionOf names a function as f, and a method as T.f.
func functionOf(d ast.Decl) string {
	f, ok := d.(*ast.FuncDecl)
	if !ok {
		return ""
	}
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	of := f.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	if g, ok := of.(*ast.IndexExpr); ok {
		of = g.X
	}
	return fmt.Sprintf("%s.%s", of, f.Name.Name)
}

func (w *finder) add(kind string, from, to token.Pos, instead string, c *choice) {
	f := w.set.File(from)
	w.found = append(w.found, mutant{
		file: w.file, kind: kind, within: w.within, line: f.Line(from), from: f.Offset(from), to: f.Offset(to), instead: instead, choice: c,
	})
}

// of is the text of a node.
func (w *finder) of(n ast.Node) string {
	f := w.set.File(n.Pos())
	return string(w.file.text[f.Offset(n.Pos()):f.Offset(n.End())])
}

func (w *finder) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR || n.Tok == token.CONST
	case *ast.FuncDecl:
		w.final(n.Body)
	case *ast.FuncLit:
		w.final(n.Body)
	case *ast.IfStmt:
		w.fails(n.Cond, n.Body.List)
		w.negate(n.Cond)
	case *ast.ReturnStmt:
		w.beside(n)
	case *ast.ForStmt:
		w.negate(n.Cond)
	case *ast.SwitchStmt:
		w.cases(n)
	case *ast.BinaryExpr:
		w.operator(n)
	case *ast.BasicLit:
		w.number(n)
	case *ast.Ident:
		w.truth(n)
	case *ast.CallExpr:
		w.arguments(n)
	case *ast.BlockStmt:
		w.drop(n.List)
	case *ast.CaseClause:
		w.drop(n.Body)
	case *ast.CommClause:
		w.drop(n.Body)
	}
	return true
}

func (w *finder) final(body *ast.BlockStmt) {
	if body != nil && len(body.List) > 0 {
		if r, ok := body.List[len(body.List)-1].(*ast.ReturnStmt); ok {
			w.last[r] = true
		}
	}
}

// fails marks the returns of an error that was just found.
func (w *finder) fails(cond ast.Expr, body []ast.Stmt) {
	if w.of(cond) != "err != nil" {
		return
	}
	for _, s := range body {
		if r, ok := s.(*ast.ReturnStmt); ok && len(r.Results) > 0 && w.of(r.Results[len(r.Results)-1]) == "err" {
			w.failed[r] = true
		}
	}
}

// beside marks the values beside an error that is surely there.
func (w *finder) beside(r *ast.ReturnStmt) {
	if len(r.Results) < 2 {
		return
	}
	last := len(r.Results) - 1
	if c, ok := r.Results[last].(*ast.CallExpr); ok && w.of(c.Fun) == "fmt.Errorf" {
		w.failed[r] = true
	}
	if !w.failed[r] {
		return
	}
	for _, x := range r.Results[:last] {
		w.moot[x] = true
	}
}

func (w *finder) negate(cond ast.Expr) {
	if cond == nil {
		return
	}
	w.done[cond] = true
	w.add("negate", cond.Pos(), cond.End(), "!("+w.of(cond)+")", w.not(cond.Pos(), cond.End(), w.of(cond)))
}

// cases negates those of a switch without a subject.
func (w *finder) cases(s *ast.SwitchStmt) {
	if s.Tag != nil {
		return
	}
	for _, c := range s.Body.List {
		c := c.(*ast.CaseClause)
		for _, cond := range c.List {
			w.negate(cond)
		}
		if len(c.List) == 1 {
			w.fails(c.List[0], c.Body)
		}
	}
}

// swaps are the operators that become another one, and what that kind of defect is called.
var swaps = map[token.Token][2]string{
	token.LAND: {"||", "and-or"}, token.LOR: {"&&", "and-or"},
	token.EQL: {"!=", "equal"}, token.NEQ: {"==", "equal"},
	token.LSS: {"<=", "bound"}, token.LEQ: {"<", "bound"}, token.GTR: {">=", "bound"}, token.GEQ: {">", "bound"},
	token.ADD: {"-", "sum"}, token.SUB: {"+", "sum"},
}

func (w *finder) operator(b *ast.BinaryExpr) {
	swap, ok := swaps[b.Op]
	if !ok || w.done[b] && swap[1] == "equal" || swap[1] == "sum" && !numeric(w.types.TypeOf(b)) {
		return
	}
	mutated := w.of(b.X) + " " + swap[0] + " " + w.of(b.Y)
	choice := w.either(b.Pos(), b.End(), w.types.TypeOf(b), []string{mutated}, []string{w.of(b)})
	w.add(swap[1], b.OpPos, b.OpPos+token.Pos(len(b.Op.String())), swap[0], choice)
}

func numeric(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsNumeric != 0
}

func (w *finder) number(l *ast.BasicLit) {
	if n, err := strconv.Atoi(l.Value); l.Kind == token.INT && err == nil && !w.moot[l] {
		instead := strconv.Itoa(n + 1)
		w.add("number", l.Pos(), l.End(), instead, w.either(l.Pos(), l.End(), w.types.TypeOf(l), []string{instead}, []string{l.Value}))
	}
}

func (w *finder) truth(i *ast.Ident) {
	if w.moot[i] || w.types.Types[i].Value == nil || i.Name != "true" && i.Name != "false" {
		return
	}
	w.add("truth", i.Pos(), i.End(), map[string]string{"true": "false", "false": "true"}[i.Name], w.not(i.Pos(), i.End(), i.Name))
}

// logs reports whether a call only writes a log: nobody is promised its lines.
func (w *finder) logs(c *ast.CallExpr) bool {
	method, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of := w.types.TypeOf(method.X)
	return of != nil && of.String() == "*log/slog.Logger"
}

// roles is how many arguments of a call have one of their own; what goes into a list at the end is all alike.
func (w *finder) roles(c *ast.CallExpr) int {
	if w.types.Types[c.Fun].IsBuiltin() { // max, min
		return 0
	}
	if f, ok := w.types.TypeOf(c.Fun).(*types.Signature); ok && f.Variadic() {
		return f.Params().Len()
	}
	return len(c.Args)
}

// bothWays are the questions that have no direction: swapped, they say the same.
var bothWays = []string{
	"bytes.Equal", "slices.Equal", "strings.EqualFold", "strings.ContainsAny", "calendar.Same", "calendar.SameRecurrence",
	"rivals", "sameOutcome", "touches", "sameFrame", "combine",
}

// arguments swaps neighbours of one type.
func (w *finder) arguments(c *ast.CallExpr) {
	if w.logs(c) || slices.Contains(bothWays, w.of(c.Fun)) {
		return
	}
	for i := 1; i < min(len(c.Args), w.roles(c)); i++ {
		a, b := c.Args[i-1], c.Args[i]
		if w.types.TypeOf(a) == nil || !types.Identical(w.types.TypeOf(a), w.types.TypeOf(b)) || w.of(a) == w.of(b) {
			continue
		}
		choice := w.either(a.Pos(), b.End(), w.types.TypeOf(a), []string{w.of(b), w.of(a)}, []string{w.of(a), w.of(b)})
		w.add("arguments", a.Pos(), b.End(), w.of(b)+", "+w.of(a), choice)
	}
}

// drop takes statements out. They stay where nothing reaches them, so that what they use counts as used.
func (w *finder) drop(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.ReturnStmt:
			if w.last[s] {
				continue
			}
		case *ast.ExprStmt:
			if c, ok := s.X.(*ast.CallExpr); ok && w.logs(c) {
				continue
			}
		case *ast.IncDecStmt, *ast.BranchStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt:
		default:
			continue
		}
		w.add("drop", s.Pos(), s.End(), "if false { "+w.of(s)+" }", w.unless(s))
	}
}
