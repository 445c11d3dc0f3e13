package main

import (
	"bytes"
	"context"
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
)

// room is a package as it is on disk: its texts, parsed and with types. Tests are not part of it.
type room struct {
	path  string
	set   *token.FileSet
	files []*source
	types types.Info
	trees []*ast.File
	conf  types.Config
}

type source struct {
	path string // absolute
	text []byte
	tree *ast.File
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// load reads one package. What it imports is known from its export data, which the compiler has in its cache.
func load(ctx context.Context, pattern string) (*room, error) {
	list := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly", pattern)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	exports := map[string]string{}
	var wanted listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read list: %w", err)
		}
		exports[l.ImportPath] = l.Export
		if !l.DepOnly {
			if wanted.ImportPath != "" {
				return nil, fmt.Errorf("%s and %s: name one package at a time", wanted.ImportPath, l.ImportPath)
			}
			wanted = l
		}
	}
	r := &room{path: wanted.ImportPath, set: token.NewFileSet()}
	for _, name := range wanted.GoFiles {
		path := filepath.Join(wanted.Dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		tree, err := parser.ParseFile(r.set, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		r.trees = append(r.trees, tree)
		if !ast.IsGenerated(tree) {
			r.files = append(r.files, &source{path: path, text: text, tree: tree})
		}
	}
	r.types.Types = map[ast.Expr]types.TypeAndValue{}
	r.conf = types.Config{Importer: importer.ForCompiler(r.set, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
	_, err = r.conf.Check(r.path, r.set, r.trees, &r.types)
	return r, err
}
