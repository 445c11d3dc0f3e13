// Package collect finds the modules that are linked into a program, and their licences.
//
// What is linked is asked of the go command, for one fixed platform so that the answer is the same everywhere. A licence
// is any file called LICENSE, LICENCE, COPYING, UNLICENSE or NOTICE (with any ending) in a linked package's folder or
// above it, up to its module's root. The text of each must be of a known kind, but for a NOTICE and for a list of third
// parties' licences, which are passed on as they are.
package collect

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Module is one linked module.
type Module struct {
	Path, Version string
	Files         []File // by name
}

// File is one licence or notice.
type File struct {
	Name    string // from the module's root
	License string // SPDX identifier; empty where it is not one, or of no known kind
	Text    string
}

// Licenses are the different licences of a module, sorted.
func (m Module) Licenses() []string {
	var ids []string
	for _, f := range m.Files {
		if f.License != "" {
			ids = append(ids, f.License)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Problems tells why a module may not be linked; empty if it may.
func (m Module) Problems() []string {
	var list []string
	for _, f := range m.Files {
		if f.License == "" && !isNotice(f.Name) {
			list = append(list, fmt.Sprintf("%s: %s is of no known kind", m.Path, f.Name))
		}
	}
	for _, id := range m.Licenses() {
		if !slices.Contains(Accepted, id) {
			list = append(list, fmt.Sprintf("%s: %s is not accepted", m.Path, id))
		}
	}
	if len(m.Licenses()) == 0 {
		list = append(list, m.Path+": no licence found")
	}
	return list
}

// linked is what the go command tells of a package.
type linked struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// Modules answers what is linked into the program in the folder program of the repository at root, by path. A program
// that has no Go files yet links nothing.
func Modules(root, program string) ([]Module, error) {
	if files, err := filepath.Glob(filepath.Join(root, program, "*.go")); err != nil || len(files) == 0 {
		return nil, err
	}
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Module", "./"+program)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list what is linked into %s: %w\n%s", program, err, complaint.String())
	}
	byPath := map[string]*Module{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p linked
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read the go command's answer: %w", err)
		}
		if p.Module == nil || p.Module.Main { // the standard library, or ours
			continue
		}
		m := byPath[p.Module.Path]
		if m == nil {
			m = &Module{Path: p.Module.Path, Version: p.Module.Version}
			byPath[m.Path] = m
		}
		if err := m.gather(p.Module.Dir, p.Dir); err != nil {
			return nil, err
		}
	}
	modules := make([]Module, 0, len(byPath))
	for _, m := range byPath {
		slices.SortFunc(m.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
		modules = append(modules, *m)
	}
	slices.SortFunc(modules, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	return modules, nil
}

var (
	licenseName = regexp.MustCompile(`(?i)^(un)?(licen[sc]e|copying|notice)([-._].*)?$`)
	// notLinked are programs and pictures.
	notLinked = regexp.MustCompile(`(?i)\.(go|json|ya?ml|tmpl|sh|html)$|logo`)
	passedOn  = regexp.MustCompile(`(?i)^notice|3rd[-_]?party|third[-_]?party`)
)

func isNotice(name string) bool { return passedOn.MatchString(filepath.Base(name)) }

// gather adds the licences from a package's folder up to its module's root.
func (m *Module) gather(root, dir string) error {
	for {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !licenseName.MatchString(e.Name()) || notLinked.MatchString(e.Name()) {
				continue
			}
			if err := m.add(root, filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
		if dir == root {
			return nil
		}
		if dir = filepath.Dir(dir); len(dir) < len(root) {
			return fmt.Errorf("%s: a package lies outside of its module", m.Path)
		}
	}
}

func (m *Module) add(root, path string) error {
	name, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	name = filepath.ToSlash(name)
	if slices.ContainsFunc(m.Files, func(f File) bool { return f.Name == name }) {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f := File{Name: name, Text: strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n"))}
	if !isNotice(name) {
		f.License = Classify(f.Text)
	}
	m.Files = append(m.Files, f)
	return nil
}

// Render writes the notice and the modules as people read them.
func Render(notice string, modules []Module) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(notice))
	b.WriteString("\n\nThe program is written in Go; the language's own library is under BSD-3-Clause, Copyright 2009 The Go Authors.\n")
	if len(modules) > 0 {
		b.WriteString("\nLinked modules:\n\n")
	}
	for _, m := range modules {
		fmt.Fprintf(&b, "  %s %s (%s)\n", m.Path, m.Version, strings.Join(m.Licenses(), ", "))
	}
	for _, m := range modules {
		for _, f := range m.Files {
			fmt.Fprintf(&b, "\n%s\n%s %s, %s\n%s\n\n%s\n", rule, m.Path, m.Version, f.Name, rule, trimLines(f.Text))
		}
	}
	return b.String()
}

var rule = strings.Repeat("=", 80)

// trimLines takes away blanks at the ends of lines, which mean nothing and trouble every diff.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\f")
	}
	return strings.Join(lines, "\n")
}
