package google_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/google"
)

// These tests let Google's own clients drive the stand-in. A client that cannot be had is left out.

// cacheFolder is kept between runs.
func cacheFolder(t *testing.T, name string) string {
	t.Helper()
	cache := os.Getenv("TAHTI_TEST_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Skipf("left out: no folder to keep clients in: %v", err)
		}
		cache = filepath.Join(user, "tahti-test")
	}
	folder := filepath.Join(cache, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// run starts a program with a deadline, and answers what it wrote.
func run(t *testing.T, wait time.Duration, dir, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "no_proxy=127.0.0.1", "GOFLAGS=-trimpath -mod=readonly")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// wrote compares what a client wrote with what it should have seen.
func wrote(t *testing.T, out string, want ...string) {
	t.Helper()
	if got := strings.Split(strings.TrimSpace(out), "\n"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the client saw\n%s\nwant\n%s", out, strings.Join(want, "\n"))
	}
}

func TestGooglesGoClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out with -short: it builds a client")
	}
	source := filepath.Join("testdata", "goclient")
	program := filepath.Join(cacheFolder(t, "google-go-client"), digest(t, source, "main.go", "go.mod", "go.sum"))
	if _, err := os.Stat(program); err != nil {
		if out, err := run(t, 3*time.Minute, source, "go", "build", "-o", program, "."); err != nil {
			t.Skipf("left out: the client could not be built, is there a network? %v\n%s", err, out)
		}
	}
	r := newRig(t, google.Options{})
	out, err := run(t, time.Minute, ".", program, r.http.URL, r.token)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wrote(t, out, "calendars: 2 owner", "made: goclient1 2026-01-06T09:00:00+02:00 true", "again: 409 duplicate", "pages: 1 true",
		"moved: Moved 2026-01-07T09:00:00+02:00", "guarded: 412 conditionNotMet", "changes: 1 Moved",
		"filtered: 400 syncTokenWithRequestRestrictions", "deleted: 410 deleted")
}

// digest names the state of some files.
func digest(t *testing.T, folder string, names ...string) string {
	t.Helper()
	h := sha256.New()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		h.Write(b)
	}
	return fmt.Sprintf("client-%x", h.Sum(nil)[:8])
}

// nodeClient is Google's client for Node, of this API alone: the package of all its APIs is fifteen times as large.
const nodeClient = "@googleapis/calendar@20.0.1"

func TestGooglesNodeClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out with -short: it installs npm packages")
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("left out: %s is not installed", tool)
		}
	}
	folder := cacheFolder(t, "google-calendar-20.0.1")
	done := filepath.Join(folder, "installed")
	if _, err := os.Stat(done); err != nil {
		out, err := run(t, 3*time.Minute, folder, "npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", nodeClient)
		if err != nil {
			t.Skipf("left out: the packages could not be installed, is there a network? %v\n%s", err, out)
		}
		if err := os.WriteFile(done, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script, err := os.ReadFile(filepath.Join("testdata", "nodeclient", "check.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(folder, "check.mjs")
	if err := os.WriteFile(copied, script, 0o644); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, google.Options{Users: passwords, Now: time.Now}) // the client holds the ends of tokens against its own clock
	out, err := run(t, time.Minute, folder, "node", copied, r.http.URL)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wrote(t, out, "unticked: false true", "without scope: 403 insufficientPermissions", "granted: 4 alice@example.com", "identity: alice@example.com true",
		"calendars: 1", "made: nodeclient1 2026-01-06T07:00:00Z true", "again: 409 duplicate", "guarded: 412 conditionNotMet", "changes: Changed",
		"filtered: 400 syncTokenWithRequestRestrictions", "instances: 3", "plain push: 400 push.webhookUrlNotHttps", "deleted: 410 deleted",
		"after: cancelled,cancelled", "revoked: 400 invalid_grant")
}
