package ews_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// What is only remembered is listed as unproved in docs/providers.md: every open question, and every refusal.
func TestWhatIsUnprovedIsInTheDocuments(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "providers.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(b), "## Exchange: what the stand-in plays")
	if !ok {
		t.Fatal("docs/providers.md has no part about what is played")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for i := range reflect.TypeFor[ews.Variants]().NumField() {
		if name := reflect.TypeFor[ews.Variants]().Field(i).Name; strings.Count(section, "`"+name+"`") != 1 {
			t.Errorf("the open question %s is not listed once", name)
		}
	}
	_, list, _ := strings.Cut(section, "**Unproved refusals**")
	list, _, _ = strings.Cut(list, "**Unproved behaviour**")
	listed := regexp.MustCompile(`E-\d+`).FindAllString(list, -1)
	for _, r := range ews.Refusals() {
		if unproved := strings.Contains(r.Source, "[M]"); unproved != slices.Contains(listed, r.Number) {
			t.Errorf("%s, whose source is %q: listed as unproved: %t", r.Number, r.Source, !unproved)
		}
	}
}
