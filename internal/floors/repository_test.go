package floors

import (
	"bytes"
	"errors"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const longest = 600 // lines of a Go file; the aim is 70 to 250

// files lists what is committed or about to be, from the root. A copy of the sources without git is walked instead.
func files(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, ".git")); err == nil {
		cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
		cmd.Dir = root
		if out, err := cmd.Output(); err == nil {
			return present(strings.Split(strings.TrimRight(string(out), "\x00"), "\x00"))
		}
	}
	var list []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == ".cache"):
			return filepath.SkipDir
		case d.Type().IsRegular():
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			list = append(list, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// present leaves out what is deleted in the work tree and not yet in the index.
func present(list []string) []string {
	var there []string
	for _, path := range list {
		if _, err := os.Lstat(filepath.Join(root, path)); !errors.Is(err, fs.ErrNotExist) {
			there = append(there, path)
		}
	}
	return there
}

func TestGoFilesAreFormattedAndOfASizeThatCanBeRead(t *testing.T) {
	for _, path := range files(t) {
		if filepath.Ext(path) != ".go" {
			continue
		}
		text := []byte(read(t, path))
		if n := bytes.Count(text, []byte("\n")); n > longest {
			t.Errorf("%s has %d lines, more than %d: it holds more than one subject", path, n, longest)
		}
		formatted, err := format.Source(text)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if !bytes.Equal(formatted, text) {
			t.Errorf("%s is not formatted: make fmt", path)
		}
	}
}

// foreign is what belongs to one machine and not to the project. It is put together here so that this file holds none.
var foreign = regexp.MustCompile(strings.Join([]string{
	`/wor` + `k/(main|shared|\.)`, `/roo` + `t/go`, `prox` + `y\.golang\.org`, `registr` + `y\.npmjs\.org`, `deb\.debian` + `\.org`,
	`su` + `m\.golang\.org`,
}, "|"))

func TestNoFileNamesAMachineOrARegistry(t *testing.T) {
	for _, path := range files(t) {
		text := read(t, path)
		if found := foreign.FindString(text); found != "" {
			t.Errorf("%s names %q", path, found)
		}
	}
	for _, text := range []string{"cd /wor" + "k/main", "https://prox" + "y.golang.org/x"} {
		if !foreign.MatchString(text) {
			t.Errorf("%q is not recognised", text)
		}
	}
}

// modernc.org/sqlite is translated against one version of modernc.org/libc and breaks with any other.
func TestLibcIsTheVersionThatSQLiteWasMadeWith(t *testing.T) {
	const driver, libc = "modernc.org/sqlite", "modernc.org/libc"
	ours := read(t, "go.mod")
	cmd := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", driver)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("find %s: %v", driver, err)
	}
	theirs, err := os.ReadFile(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	have, want := required(ours, libc), required(string(theirs), libc)
	if have == "" || have != want {
		t.Errorf("go.mod has %s %q, but %s %s was made with %q", libc, have, driver, required(ours, driver), want)
	}
}

// required answers the version that a go.mod requires of a module; empty if it does not name it.
func required(mod, path string) string {
	m := regexp.MustCompile(`(?m)^(?:require)?\s*` + regexp.QuoteMeta(path) + `\s+(v\S+)`).FindStringSubmatch(mod)
	if m == nil {
		return ""
	}
	return m[1]
}
