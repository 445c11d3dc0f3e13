package graph_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tahti/internal/standin/graph"
)

// What is only remembered is listed as unproved in docs/providers.md: every open question, and every refusal.
func TestWhatIsUnprovedIsInTheDocuments(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "providers.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(b), "## Microsoft 365: what the stand-in plays")
	if !found {
		t.Fatal("docs/providers.md has no part about what is played")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	variants := reflect.TypeFor[graph.Variants]()
	for i := range variants.NumField() {
		if name := variants.Field(i).Name; strings.Count(section, "`"+name+"`") != 1 {
			t.Errorf("the open question %s is not listed once", name)
		}
	}
	_, list, _ := strings.Cut(section, "**Unproved refusals**")
	list, _, _ = strings.Cut(list, "**Unproved behaviour**")
	for _, r := range graph.Refusals() {
		if unproved, listed := strings.Contains(r.Source, "[M]"), strings.Contains(list, r.Number); unproved != listed {
			t.Errorf("%s, whose source is %q: listed as unproved: %t", r.Number, r.Source, listed)
		}
	}
}
