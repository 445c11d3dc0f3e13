package pipedrive_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"tahti/internal/standin/pipedrive"
)

// TestWhatIsUnprovedIsListed holds the provider page to the variants, and to the refusals whose form is only remembered.
func TestWhatIsUnprovedIsListed(t *testing.T) {
	b, err := os.ReadFile("../../../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(b), "\n## Pipedrive: what the stand-in plays\n")
	if !ok {
		t.Fatal("the provider page has no such part")
	}
	part, _, _ = strings.Cut(part, "\n## ")
	for _, f := range reflect.VisibleFields(reflect.TypeFor[pipedrive.Variant]()) {
		if !strings.Contains(part, "`"+f.Name+"`") {
			t.Errorf("the variant %s is not listed", f.Name)
		}
	}
	for _, ref := range pipedrive.Refusals() {
		if listed := strings.Contains(part, ref.Number); listed != strings.Contains(ref.Source, "unproved") {
			t.Errorf("%s (%s) is listed as unproved: %v", ref.Number, ref.When, listed)
		}
	}
}
