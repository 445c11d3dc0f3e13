package api_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/api"
	"tahti/internal/api/apitest"
)

var write = flag.Bool("write", false, "write docs/openapi.yaml")

// The document that is committed is the one that the code makes; go test ./internal/api -run OpenAPI -write brings it up to
// date.
func TestOpenAPIDocumentIsCommitted(t *testing.T) {
	made, err := api.Document()
	must(t, err)
	if *write {
		must(t, os.WriteFile(apitest.DocumentPath(), made, 0o644))
	}
	committed, err := os.ReadFile(apitest.DocumentPath())
	must(t, err)
	if diff := cmp.Diff(string(committed), string(made)); diff != "" {
		t.Errorf("docs/openapi.yaml is out of date (-committed +made); run this test with -write\n%s", diff)
	}
}

func TestServedDocumentNeedsNoToken(t *testing.T) {
	l := newLab(t)
	status, raw, _ := l.raw("", "GET", "/api/tahti/v1/openapi.yaml", "", nil)
	if status != 200 || len(raw) == 0 {
		t.Errorf("%d %s", status, raw)
	}
}
