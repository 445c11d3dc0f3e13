package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestEveryCommandAndFlagIsExplained: each command has a sentence and an example that names it, each flag and argument a
// sentence; no line of an example is broken, so that it can be copied.
func TestEveryCommandAndFlagIsExplained(t *testing.T) {
	var c cli
	parser, err := kong.New(&c, kong.Name("tahti"))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		if n.Type == kong.CommandNode {
			explained(t, n)
		}
		for _, f := range n.Flags {
			if f.Help == "" || !strings.HasSuffix(f.Help, ".") {
				t.Errorf("%s: --%s is explained by %q", n.FullPath(), f.Name, f.Help)
			}
		}
		for _, p := range n.Positional {
			if p.Help == "" {
				t.Errorf("%s: <%s> is not explained", n.FullPath(), p.Name)
			}
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(parser.Model.Node)
}

func explained(t *testing.T, n *kong.Node) {
	t.Helper()
	_, example, ok := strings.Cut(n.Help, "Example: ")
	example, _, _ = strings.Cut(example, "\n")
	if !ok || !strings.HasPrefix(example, "tahti "+n.Name) && !strings.Contains(example, " "+strings.Fields(n.Path())[0]) {
		t.Errorf("%s: no example of it in %q", n.FullPath(), n.Help)
	}
	var out, errOut bytes.Buffer
	args := append(strings.Fields(n.Path()), "--help")
	if code := perform(t.Context(), args, strings.NewReader(""), &out, &errOut); code != 0 {
		t.Errorf("%v ends with %d: %s", args, code, errOut.String())
	}
	if !strings.Contains(out.String(), "Example: "+example+"\n") {
		t.Errorf("%v breaks its example:\n%s", args, out.String())
	}
}
