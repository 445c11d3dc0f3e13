package graph_test

import (
	"context"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin"
	"tahti/internal/standin/graph"
)

// microsoftClient is what is installed for the test.
const microsoftClient = "@microsoft/microsoft-graph-client@3.0.7"

// run starts a program with a deadline and answers what it wrote.
func run(t *testing.T, wait time.Duration, env []string, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(append(os.Environ(), "no_proxy=127.0.0.1"), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// installClient answers a folder with Microsoft's client and our script in it. It is kept between runs.
func installClient(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("left out: %s is not installed", tool)
		}
	}
	cache := os.Getenv("TAHTI_TEST_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Skipf("left out: no folder to keep packages in: %v", err)
		}
		cache = filepath.Join(user, "tahti-test")
	}
	folder := filepath.Join(cache, "graph-client-3.0.7")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	done := filepath.Join(folder, "installed")
	if _, err := os.Stat(done); err != nil {
		out, err := run(t, 3*time.Minute, nil, "npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", microsoftClient)
		if err != nil {
			t.Skipf("left out: the package could not be installed, is there a network? %v\n%s", err, out)
		}
		if err := os.WriteFile(done, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script, err := os.ReadFile(filepath.Join("testdata", "client", "check.mjs"))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "check.mjs"), script, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// Microsoft's client for JavaScript works against the stand-in: over TLS, for without it the client sends no token.
func TestMicrosoftsClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out with -short: it installs an npm package")
	}
	folder := installClient(t)
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
	out, err := run(t, time.Minute, []string{"NODE_EXTRA_CA_CERTS=" + file}, "node", filepath.Join(folder, "check.mjs"), secure.URL, r.token)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := []string{
		"calendars: Calendar Work Shared", "made: singleInstance 2026-01-06T07:00:00.0000000 t-1", "again: 409 ErrorDuplicateTransactionId",
		"moved: Moved Moved", "guarded: 412 ErrorIrresolvableConflict", "scope: 403 ErrorAccessDenied", "first round: Moved E07 E08 E09",
		"second round: removed", "filtered: 400 ErrorInvalidUrlQuery", "throttled: 3 waited", "batch: 200 true 400",
	}
	if got := strings.TrimSpace(out); got != strings.Join(want, "\n") {
		t.Errorf("the client saw\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
