package floors

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var write = flag.Bool("write", false, "bring the depguard rules in .golangci.yml up to date with the list of rooms")

const begin, end = "      # floors: begin\n", "      # floors: end\n"

// The lint rules are written from the list, so that there is one truth and an editor still shows a wrong import at once.
func TestTheLintRulesSayWhatTheListSays(t *testing.T) {
	text := read(t, ".golangci.yml")
	before, rest, ok := strings.Cut(text, begin)
	rules, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf(".golangci.yml has no part between %q and %q", begin, end)
	}
	want := depguard()
	if rules == want {
		return
	}
	if !*write {
		t.Fatal("the depguard rules in .golangci.yml differ from internal/floors/floors.go; go test ./internal/floors -write")
	}
	if err := os.WriteFile(filepath.Join(root, ".golangci.yml"), []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// depguard renders the rooms as rules of golangci-lint: what is ours is denied but for the rooms on the list.
func depguard() string {
	var b strings.Builder
	for _, r := range Rooms {
		if len(r.Imports) == 1 && r.Imports[0] == "*" {
			continue
		}
		fmt.Fprintf(&b, "        %s:\n", strings.NewReplacer("/", "-").Replace(r.Path))
		fmt.Fprintf(&b, "          files: [\"**/internal/%s/*.go\", \"!$test\"]\n", r.Path)
		mode := "lax"
		if r.Std {
			mode = "strict"
		}
		fmt.Fprintf(&b, "          list-mode: %s\n", mode)
		var allow []string
		if r.Std {
			allow = append(allow, "$gostd")
		}
		for _, lower := range r.Imports {
			allow = append(allow, module+"/internal/"+lower+"$")
		}
		if len(allow) > 0 {
			fmt.Fprintf(&b, "          allow: [%s]\n", strings.Join(allow, ", "))
		}
		fmt.Fprintf(&b, "          deny:\n            - {pkg: %s/internal, desc: imports go downwards only}\n", module)
		if r.Pure {
			for _, p := range notPure {
				fmt.Fprintf(&b, "            - {pkg: %s$, desc: this room is pure}\n", p)
			}
		}
		if r.Stepped {
			for _, p := range chance {
				fmt.Fprintf(&b, "            - {pkg: %s$, desc: nothing is left to chance here}\n", p)
			}
		}
	}
	return b.String()
}
