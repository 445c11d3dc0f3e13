package api_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// officialClient is what is installed for the test, each at one version.
var officialClient = []string{"pipedrive@33.7.0", "typescript@5.9.3", "ajv@8.17.1"}

// The official Pipedrive client works against us: answers have the shapes of its declarations, with no field missing and none
// unknown but ours; each writable field comes back; pages lose nothing; refusals have the bodies that it expects.
func TestOfficialPipedriveClient(t *testing.T) {
	if testing.Short() {
		t.Skip("left out with -short: it installs npm packages")
	}
	folder := installOfficialClient(t)
	l := newLab(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "node", filepath.Join(folder, "check.mjs"), l.server.URL, l.tokens["alice"]).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// installOfficialClient answers a folder with the packages and our scripts in it. It is kept between runs.
func installOfficialClient(t *testing.T) string {
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
	folder := filepath.Join(cache, "pipedrive-33.7.0")
	must(t, os.MkdirAll(folder, 0o755))
	done := filepath.Join(folder, "installed")
	if _, err := os.Stat(done); err != nil {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		args := append([]string{"install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0"}, officialClient...)
		if out, err := exec.CommandContext(ctx, "npm", args...).CombinedOutput(); err != nil {
			t.Skipf("left out: the packages could not be installed, is there a network? %v\n%s", err, out)
		}
		must(t, os.WriteFile(done, nil, 0o644))
	}
	for _, script := range []string{"check.mjs", "shapes.mjs"} {
		b, err := os.ReadFile(filepath.Join("testdata", "client", script))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(folder, script), b, 0o644))
	}
	return folder
}
