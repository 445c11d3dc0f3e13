package google_test

import (
	"context"
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
	if testing.Short() {
		t.Skip("left out with -short: it builds a client")
	}
	program := filepath.Join(cacheFolder(t, "google-go-client"), "goclient")
	if out, err := run(t, 3*time.Minute, filepath.Join("testdata", "goclient"), "go", "build", "-o", program, "."); err != nil {
		t.Skipf("left out: the client could not be built, is there a network? %v\n%s", err, out)
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
