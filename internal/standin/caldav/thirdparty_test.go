package caldav_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/caldav"
)

// These tests let clients that others wrote drive the stand-in. A client that is not installed is left out.

// run starts a program with a deadline and a home of its own, and answers what it wrote.
func run(t *testing.T, home, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "no_proxy=127.0.0.1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// vdirsyncer is a folder that is kept in step with alice's home.
type vdirsyncer struct {
	*rig
	dir, folder, config string
}

func newVdirsyncer(t *testing.T, p caldav.Profile) *vdirsyncer {
	if _, err := exec.LookPath("vdirsyncer"); err != nil {
		t.Skip("vdirsyncer is not installed")
	}
	v := &vdirsyncer{rig: newRig(t, caldav.Options{Profile: p}), dir: t.TempDir()}
	v.folder, v.config = filepath.Join(v.dir, "events", "calendar"), filepath.Join(v.dir, "config")
	text := fmt.Sprintf("[general]\nstatus_path = %q\n[pair p]\na = \"local\"\nb = \"remote\"\ncollections = [\"calendar\"]\n"+
		"conflict_resolution = \"b wins\"\n[storage local]\ntype = \"filesystem\"\npath = %q\nfileext = \".ics\"\n"+
		"[storage remote]\ntype = \"caldav\"\nurl = %q\nusername = \"alice\"\npassword = \"secret\"\n",
		filepath.Join(v.dir, "status"), filepath.Join(v.dir, "events"), v.http.URL+"/")
	if err := os.WriteFile(v.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(v.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, v.dir, "vdirsyncer", "-c", v.config, "discover"); err != nil {
		t.Fatalf("discover: %v\n%s", err, out)
	}
	return v
}

func (v *vdirsyncer) sync() {
	v.Helper()
	if out, err := run(v.T, v.dir, "vdirsyncer", "-c", v.config, "sync"); err != nil {
		v.Fatalf("sync: %v\n%s", err, out)
	}
}

// local are the summaries in the folder.
func (v *vdirsyncer) local() map[string]string {
	v.Helper()
	files, err := filepath.Glob(filepath.Join(v.folder, "*.ics"))
	if err != nil {
		v.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			v.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(b), "SUMMARY:")
		summary, _, _ := strings.Cut(rest, "\n")
		all[strings.TrimSpace(summary)] = f
	}
	return all
}

func TestVdirsyncerSyncsBothWays(t *testing.T) {
	for _, p := range []caldav.Profile{caldav.ProfilePlain, caldav.ProfileRadicale, caldav.ProfileSOGo} {
		t.Run(p.Name, func(t *testing.T) {
			v := newVdirsyncer(t, p)
			plan := func(uid, summary string) string {
				return event(uid, "DTSTART:20260105T090000Z", "DTEND:20260105T100000Z", "SUMMARY:"+summary)
			}
			v.want(201, v.put(home+"s.ics", plan("s", "From the server")))
			write := func(path, text string) {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write(filepath.Join(v.folder, "f.ics"), plan("f", "From the folder"))
			v.sync()
			if got := v.local(); got["From the server"] == "" || len(got) != 2 {
				t.Fatalf("the folder holds %v", got)
			}
			if got := strings.Join(v.bodies("alice", "calendar"), ""); !strings.Contains(got, "SUMMARY:From the folder") {
				t.Fatalf("the server holds %s", got)
			}

			// One edit on each side, then one on both: the server's wins, as configured.
			write(v.local()["From the server"], plan("s", "Edited in the folder"))
			v.sync()
			if got := strings.Join(v.bodies("alice", "calendar"), ""); !strings.Contains(got, "SUMMARY:Edited in the folder") {
				t.Errorf("the server holds %s", got)
			}
			write(v.local()["Edited in the folder"], plan("s", "Conflict, folder"))
			if a := v.put(home+"s.ics", plan("s", "Conflict, server")); a.status/100 != 2 {
				t.Fatal(a.status)
			}
			v.sync()
			if got := v.local(); got["Conflict, server"] == "" || got["Conflict, folder"] != "" {
				t.Errorf("after a conflict the folder holds %v", got)
			}

			// One deletion on each side.
			if err := os.Remove(v.local()["From the folder"]); err != nil {
				t.Fatal(err)
			}
			v.sync()
			if got := v.bodies("alice", "calendar"); len(got) != 1 {
				t.Errorf("the server holds %q", got)
			}
		})
	}
}

// pyCaldav drives the server with python3-caldav: discover, create, edit, search, delete.
const pyCaldav = `
import sys, datetime, caldav
c = caldav.DAVClient(url=sys.argv[1], username="alice", password="secret")
p = c.principal()
cals = p.calendars()
print("calendars:", sorted(x.name for x in cals))
work = p.make_calendar(name="Work", cal_id="work")
work.save_event(sys.argv[2])
e = work.events()[0]
e.data = e.data.replace("SUMMARY:Plan a", "SUMMARY:Plan b")
e.save()
again = work.event_by_uid("a")
print("summary:", again.vobject_instance.vevent.summary.value)
found = work.date_search(start=datetime.datetime(2026,1,5), end=datetime.datetime(2026,1,6), expand=False)
print("found:", len(found))
found = work.date_search(start=datetime.datetime(2026,2,5), end=datetime.datetime(2026,2,6), expand=False)
print("elsewhere:", len(found))
try:
    work.save_event(sys.argv[3])
    print("broken: taken")
except caldav.lib.error.DAVError as x:
    print("broken: refused")
again.delete()
print("left:", len(work.events()))
work.delete()
print("calendars:", sorted(x.name for x in p.calendars()))
`

func TestPythonCaldavFindsMakesEditsAndDeletes(t *testing.T) {
	const python = "/usr/bin/python3"
	dir := t.TempDir()
	if out, err := run(t, dir, python, "-c", "import caldav"); err != nil {
		t.Skipf("python3-caldav is not installed: %s", out)
	}
	r := newRig(t, caldav.Options{})
	broken := strings.Replace(event("x"), "DTSTAMP:20260101T000000Z\r\n", "", 1)
	out, err := run(t, dir, python, "-W", "ignore", "-c", pyCaldav, r.http.URL+"/dav/", event("a"), broken)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"summary: Plan b", "found: 1", "elsewhere: 0", "broken: refused", "left: 0"} {
		if !strings.Contains(out, want+"\n") {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if strings.Contains(out, "Work") {
		t.Errorf("the calendar that was removed is listed:\n%s", out)
	}
}

// TestCurlSpeaksDigest lets curl answer the challenges: two requests under one nonce, and a stale one in between.
func TestCurlSpeaksDigest(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	sha := caldav.ProfileBaikal
	sha.Name, sha.Digest, sha.NonceUses = "sha", caldav.DigestSHA256, 2
	for _, p := range []caldav.Profile{caldav.ProfileBaikal, sha} {
		t.Run(p.Name, func(t *testing.T) {
			r := newRig(t, caldav.Options{Profile: p})
			for password, want := range map[string]string{"secret": "404 404 404 404 ", "wrong": "401 401 401 401 "} {
				args := []string{"--silent", "--digest", "--user", "alice:" + password, "--write-out", "%{http_code} ", "--noproxy", "*"}
				for range 4 {
					args = append(args, "--output", os.DevNull, r.http.URL+home+"none.ics")
				}
				if out, err := run(t, t.TempDir(), "curl", args...); err != nil || out != want {
					t.Errorf("%s: curl saw %s(%v), want %s", password, out, err, want)
				}
			}
		})
	}
}
