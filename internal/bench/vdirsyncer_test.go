package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// vdirsyncer is a calendar paired with a folder.
type vdirsyncer struct {
	tb     testing.TB
	folder string
	config string
	signed reply // its discovery
}

// newVdirsyncer answers nil where it is not installed.
func newVdirsyncer(tb testing.TB, url, password string) *vdirsyncer {
	tb.Helper()
	if _, err := exec.LookPath("vdirsyncer"); err != nil {
		return nil
	}
	dir := tb.TempDir()
	v := &vdirsyncer{tb: tb, folder: filepath.Join(dir, "items"), config: filepath.Join(dir, "config")}
	text := fmt.Sprintf("[general]\nstatus_path = %q\n\n[pair p]\na = \"remote\"\nb = \"local\"\ncollections = null\n"+
		"conflict_resolution = \"a wins\"\n\n[storage remote]\ntype = \"caldav\"\nurl = %q\nusername = \"alice\"\npassword = %q\n\n"+
		"[storage local]\ntype = \"filesystem\"\npath = %q\nfileext = \".ics\"\n",
		filepath.Join(dir, "status"), url, password, v.folder)
	for _, err := range []error{os.Mkdir(v.folder, 0o755), os.WriteFile(v.config, []byte(text), 0o600)} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	if v.signed = v.run("discover"); v.signed.Error != "" {
		tb.Fatal(v.signed.Error)
	}
	return v
}

func (v *vdirsyncer) sync() reply {
	v.tb.Helper()
	r := v.run("sync")
	if r.Error != "" {
		v.tb.Fatal(r.Error)
	}
	return r
}

func (v *vdirsyncer) run(command string) (r reply) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "vdirsyncer", "-v", "WARNING", "-c", v.config, command)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+filepath.Dir(v.config))
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	r.Wall = time.Since(begun)
	if err != nil {
		r.Error = fmt.Sprintf("vdirsyncer %s: %v\n%s", command, err, out)
	}
	if cmd.ProcessState != nil {
		r.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			r.Peak = u.Maxrss << 10
		}
	}
	return r
}

// write puts N objects into the folder, over the files that hold them already: vdirsyncer names files as it likes.
func (v *vdirsyncer) write(from, n int, word string) {
	v.tb.Helper()
	files := v.files()
	for i := from; i < from+n; i++ {
		file, ok := files[uid(i)]
		if !ok {
			file = name(i)
		}
		if err := os.WriteFile(filepath.Join(v.folder, file), []byte(object(i, word)), 0o644); err != nil {
			v.tb.Fatal(err)
		}
	}
}

// files answers the file of each UID.
func (v *vdirsyncer) files() map[string]string {
	entries, err := os.ReadDir(v.folder)
	if err != nil {
		v.tb.Fatal(err)
	}
	files := make(map[string]string, len(entries))
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(v.folder, e.Name()))
		if err != nil {
			v.tb.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "\nUID:")
		id, _, _ := strings.Cut(rest, "\n")
		files[strings.TrimSpace(id)] = e.Name()
	}
	return files
}
