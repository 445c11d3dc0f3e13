package google_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"tahti/internal/standin/google"
)

// TestWhatIsUnprovedIsListed holds the provider page to the variants, and to the refusals whose form is only remembered.
func TestWhatIsUnprovedIsListed(t *testing.T) {
	b, err := os.ReadFile("../../../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(b), "\n## Google Calendar: unproved\n")
	if !ok {
		t.Fatal("the provider page has no such part")
	}
	part, _, _ = strings.Cut(part, "\n## ")
	for _, f := range reflect.VisibleFields(reflect.TypeFor[google.Variant]()) {
		if !strings.Contains(part, "`"+f.Name+"`") {
			t.Errorf("the variant %s is not listed", f.Name)
		}
	}
	for _, ref := range google.Refusals() {
		if strings.HasSuffix(ref.Source, "unproved") && !strings.Contains(part, ref.Number) {
			t.Errorf("%s (%s) is not listed", ref.Number, ref.When)
		}
	}
}
