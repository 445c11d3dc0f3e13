package caldav

import (
	"bytes"
	"fmt"
	"io"
)

// node is one element of a small tree: a response, an error, a property. Trees are used again for the next response:
// what a callback wants to keep it copies.
type node struct {
	name name
	attr string // the attribute "name"
	text []byte // all text directly inside, references resolved
	cut  bool   // text was longer than the limit
	kids []*node
}

// kid returns the first child called n, or nil. It may be called on nil.
func (n *node) kid(called name) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == called {
			return k
		}
	}
	return nil
}

// at walks down from child to child; nil if one is missing.
func (n *node) at(path ...name) *node {
	for _, p := range path {
		n = n.kid(p)
	}
	return n
}

// bytes is the text, nil for nil. It is valid as long as the tree.
func (n *node) bytes() []byte {
	if n == nil {
		return nil
	}
	return n.text
}

// trimmed is the text without the white space around it; empty for nil.
func (n *node) trimmed() string {
	if n == nil {
		return ""
	}
	return string(bytes.TrimSpace(n.text))
}

// forest hands out nodes and takes them all back at once.
type forest struct {
	nodes []*node
	used  int
}

func (f *forest) grow(called name, attr string) *node {
	if f.used == len(f.nodes) {
		f.nodes = append(f.nodes, new(node))
	}
	n := f.nodes[f.used]
	f.used++
	*n = node{name: called, attr: attr, text: n.text[:0], kids: n.kids[:0]}
	return n
}

// readTree reads a document and gives each child of its root to child, one at a time, with bounded memory. It returns
// the root's name, and nil only for a whole document. An error of child ends the reading and is returned.
func readTree(r io.Reader, l limits, child func(*node) error) (name, error) {
	s := newScanner(r, l)
	var (
		root  name
		trees forest
		open  []*node // below the root
	)
	for {
		tok, err := s.next()
		if err == io.EOF { //nolint:errorlint // the bare value alone means a whole document
			return root, nil
		}
		if err != nil {
			return root, err
		}
		switch {
		case tok == startTag && len(s.open) == 1:
			root = s.name
		case tok == startTag:
			if trees.used >= l.nodes {
				return root, fmt.Errorf("read xml: more than %d elements in one response", l.nodes)
			}
			n := trees.grow(s.name, s.attr)
			if len(open) > 0 {
				up := open[len(open)-1]
				up.kids = append(up.kids, n)
			}
			open = append(open, n)
		case tok == textRun && len(open) > 0:
			n := open[len(open)-1]
			n.cut = n.cut || s.cut || len(n.text)+len(s.text) > l.text
			if !n.cut {
				n.text = append(n.text, s.text...)
			}
		case tok == endTag && len(open) > 0:
			n := open[len(open)-1]
			if open = open[:len(open)-1]; len(open) == 0 {
				if err := child(n); err != nil {
					return root, err
				}
				trees.used = 0
			}
		}
	}
}
