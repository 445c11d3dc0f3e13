package graph_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tahti/internal/standin"
	"tahti/internal/standin/graph"
	"tahti/internal/standin/thirdparty"
)

// microsoftClient is what is installed for the test.
const microsoftClient = "@microsoft/microsoft-graph-client@3.0.7"

// Microsoft's client for JavaScript works against the stand-in: over TLS, for without it the client sends no token.
func TestMicrosoftsClient(t *testing.T) {
	t.Parallel()
	folder, script := thirdparty.Node(t, "graph-client-3.0.7", microsoftClient, filepath.Join("testdata", "client", "check.mjs"))
	r := newRig(t, graph.Options{})
	secure := httptest.NewTLSServer(r.graph)
	t.Cleanup(secure.Close)
	file := filepath.Join(t.TempDir(), "certificate.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	// The first list of calendars is answered, the second one throttled once.
	if err := r.graph.Faults(standin.Fault{Path: "/me/calendars$", Status: 429, RetryAfter: 1, Every: 2, Times: 1}); err != nil {
		t.Fatal(err)
	}
	out, err := thirdparty.Run(t, time.Minute, folder, []string{"NODE_EXTRA_CA_CERTS=" + file}, "node", script, secure.URL, r.token)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	thirdparty.Saw(t, out,
		"calendars: Calendar Work Shared", "made: singleInstance 2026-01-06T07:00:00.0000000 t-1", "again: 409 ErrorDuplicateTransactionId",
		"moved: Moved Moved", "guarded: 412 ErrorIrresolvableConflict", "scope: 403 ErrorAccessDenied", "first round: Moved E07 E08 E09",
		"second round: removed", "filtered: 400 ErrorInvalidUrlQuery", "throttled: 3 waited", "batch: 200 true 400")
}
