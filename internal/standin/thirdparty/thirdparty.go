// Package thirdparty lets programs that others wrote drive a stand-in in its tests. What they need is kept in a folder
// between runs; a program that cannot be had is left out, with the reason.
package thirdparty

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Run starts a program with a deadline in a folder, and answers what it wrote. env is added to the test's own.
func Run(t *testing.T, wait time.Duration, dir string, env []string, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "no_proxy=127.0.0.1,localhost"), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Saw compares what a client wrote, a line for each thing that it saw, with what it should have seen.
func Saw(t *testing.T, out string, want ...string) {
	t.Helper()
	if got, want := strings.TrimSpace(out), strings.Join(want, "\n"); got != want {
		t.Errorf("the client saw\n%s\nwant\n%s", got, want)
	}
}

// Folder is one that is kept between runs.
func Folder(t *testing.T, name string) string {
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

// Node installs an npm package, with its version, into the folder of a name, and copies a script beside it. It answers the
// folder and the script's path there.
func Node(t *testing.T, name, pack, script string) (folder, copied string) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out with -short: it installs npm packages")
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("left out: %s is not installed", tool)
		}
	}
	folder = Folder(t, name)
	done := filepath.Join(folder, "installed")
	if _, err := os.Stat(done); err != nil {
		out, err := Run(t, 3*time.Minute, folder, nil, "npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", pack)
		if err != nil {
			t.Skipf("left out: the packages could not be installed, is there a network? %v\n%s", err, out)
		}
		if err := os.WriteFile(done, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(script)
	copied = filepath.Join(folder, filepath.Base(script))
	if err == nil {
		err = os.WriteFile(copied, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder, copied
}
