// Package apitest holds every exchange with our own HTTP interface to the committed OpenAPI document, by a validator that
// knows nothing of the code which made the document. Tests wrap their client's transport in [Validating].
//
// Whatever the document does not say fails: a path, a status, a field, a content type.
package apitest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/errors"
)

// Prefix is where the document's paths begin.
const Prefix = "/api/tahti/v1"

// T is what the transport needs of a test.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// DocumentPath is the committed document.
func DocumentPath() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "docs", "openapi.yaml")
}

// load reads the document once for all tests of a process.
var load = sync.OnceValues(func() (validator.Validator, error) {
	b, err := os.ReadFile(DocumentPath())
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	doc, err := libopenapi.NewDocument(b)
	if err != nil {
		return nil, fmt.Errorf("parse document: %w", err)
	}
	v, errs := validator.NewValidator(doc, config.WithFormatAssertions(), config.WithStrictMode(), config.WithoutSecurityValidation(),
		config.WithStrictIgnoredHeadersExtra("X-Content-Type-Options"),
		// What a field holds is the activity's own business: text, a time, a list of people.
		config.WithStrictIgnorePaths(
			"$.body.history[*].before.**", "$.body.history[*].after.**", "$.body.conflicts[*].kept.**", "$.body.conflicts[*].lost.**"))
	if len(errs) > 0 {
		return nil, fmt.Errorf("build validator: %v", errs)
	}
	if ok, found := v.ValidateDocument(); !ok {
		return nil, fmt.Errorf("the document itself: %s", describe(found))
	}
	return v, nil
})

// Validating is a transport that checks each exchange with our own part, and lets all others pass.
func Validating(t T, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	v, err := load()
	if err != nil {
		t.Fatalf("openapi: %v", err)
	}
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{t, v, next}
}

type transport struct {
	t    T
	v    validator.Validator
	next http.RoundTripper
}

// one at a time: the validator fills its caches while it works.
var mu sync.Mutex

// RoundTrip implements [http.RoundTripper]. A request that the document does not allow is a fault of the test only if it was
// taken: those that try what is refused are meant to be refused.
func (tr *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, Prefix+"/") || strings.HasPrefix(r.URL.Path, Prefix+"/openapi.") {
		return tr.next.RoundTrip(r)
	}
	sent, err := drain(&r.Body)
	if err != nil {
		return nil, err
	}
	resp, err := tr.next.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	got, err := drain(&resp.Body)
	if err != nil {
		return nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	r.Body, resp.Body = body(sent), body(got)
	if resp.StatusCode < 400 {
		if ok, found := tr.v.ValidateHttpRequest(r); !ok {
			tr.t.Errorf("openapi: request %s %s: %s", r.Method, r.URL, describe(found))
		}
	}
	r.Body, resp.Body = body(sent), body(got)
	if ok, found := tr.v.ValidateHttpResponse(r, resp); !ok {
		tr.t.Errorf("openapi: answer %d of %s %s: %s\n%s", resp.StatusCode, r.Method, r.URL, describe(found), got)
	}
	resp.Body = body(got)
	return resp, nil
}

func body(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

func drain(b *io.ReadCloser) ([]byte, error) {
	if *b == nil {
		return nil, nil
	}
	raw, err := io.ReadAll(*b)
	_ = (*b).Close()
	*b = body(raw)
	return raw, err
}

func describe(found []*errors.ValidationError) string {
	var lines []string
	for _, f := range found {
		line := f.Message + ": " + f.Reason
		for _, s := range f.SchemaValidationErrors {
			line += "\n  " + s.Reason + " at " + s.KeywordLocation
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
