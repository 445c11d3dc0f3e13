package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

type processKey struct{}

// processes are the ones that a script has started, by name.
type processes map[string]*exec.Cmd

// patience bounds every wait of the scripts.
const patience = 20 * time.Second

func running(ts *testscript.TestScript) processes { return ts.Value(processKey{}).(processes) }

func need(ts *testscript.TestScript, neg bool, args []string, n int, usage string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "start NAME COMMAND…")
	name := args[0]
	program, err := lookPath(ts, args[1])
	ts.Check(err)
	c := exec.Command(program, args[2:]...)
	c.Dir = ts.Getenv("WORK")
	for _, v := range os.Environ() {
		key, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(key, "TAHTI_") {
			c.Env = append(c.Env, v)
		}
	}
	for _, key := range []string{"TMPDIR", "HOME", "PATH", "TAHTI_DATABASE_URL", "TAHTI_SECRET_KEY_FILE", "TAHTI_ALLOW_NETWORKS",
		"TAHTI_CA_FILE", "TAHTI_ADMIN_EMAIL", "TAHTI_ADMIN_PASSWORD", "TAHTI_POLL_INTERVAL"} {
		if v := ts.Getenv(key); v != "" {
			c.Env = append(c.Env, key+"="+v)
		}
	}
	out, err := os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	errOut, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	c.Stdout, c.Stderr = out, errOut
	ts.Check(c.Start())
	running(ts)[name] = c
	ts.Defer(func() {
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()         // it may have been waited for
		_, _ = out.Close(), errOut.Close()
	})
}

// lookPath finds a program by the script's PATH, in which tahti is.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if runtime.GOOS == "windows" {
			path += ".exe"
		}
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, "await NAME REGEXP VAR")
	fit := regexp.MustCompile("(?m)" + args[1])
	for late := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		all := ts.ReadFile(args[0]+".out") + "\n" + ts.ReadFile(args[0]+".err")
		if m := fit.FindStringSubmatch(all); len(m) > 1 {
			ts.Setenv(args[2], m[1])
			return
		}
		if time.Now().After(late) {
			ts.Fatalf("%s did not say %s:\n%s", args[0], args[1], all)
		}
	}
}

func end(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "end NAME CODE")
	c := running(ts)[args[0]]
	ts.Check(c.Process.Signal(syscall.SIGTERM))
	late := time.AfterFunc(patience, func() { _ = c.Process.Kill() }) // which shows as another exit code
	defer late.Stop()
	err := c.Wait()
	if want, got := args[1], strconv.Itoa(c.ProcessState.ExitCode()); got != want {
		ts.Fatalf("%s ended with %s (%v), not %s:\n%s", args[0], got, err, want, ts.ReadFile(args[0]+".err"))
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "exits CODE COMMAND…")
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, not %s", got, args[0])
	}
}

// capture runs a command, whatever its exit code, and puts the first group of what fits its output into a variable.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, "capture REGEXP VAR COMMAND…")
	err := ts.Exec(args[2], args[3:]...)
	if _, ended := errors.AsType[*exec.ExitError](err); !ended {
		ts.Check(err)
	}
	m := regexp.MustCompile(args[0]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("nothing fits %s:\n%s", args[0], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[1], m[1])
}

func token(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "token VAR FILE")
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

func stderrOf(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "stderr-of NAME REGEXP")
	if all := ts.ReadFile(args[0] + ".err"); !regexp.MustCompile(args[1]).MatchString(all) {
		ts.Fatalf("%s did not write %s:\n%s", args[0], args[1], all)
	}
}

func copyDir(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "copydir FROM TO")
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "get URL REGEXP [BEARER]")
	fit := regexp.MustCompile(args[1])
	var page []byte
	for late := time.Now().Add(patience); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, args[0], nil)
		ts.Check(err)
		if len(args) > 2 {
			r.Header.Set("Authorization", "Bearer "+args[2])
		}
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			page, err = io.ReadAll(resp.Body)
			ts.Check(errors.Join(err, resp.Body.Close()))
		}
		cancel()
		if fit.Match(page) {
			return
		}
	}
	ts.Fatalf("%s does not say %s:\n%s", args[0], args[1], page)
}

// patch changes what is there, as a program does.
func patch(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, "patch URL JSON BEARER")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPatch, args[0], strings.NewReader(args[1]))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+args[2])
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	answer, err := io.ReadAll(resp.Body)
	ts.Check(errors.Join(err, resp.Body.Close()))
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s", resp.Status, answer)
	}
}

// makeCalendar makes a calendar of alice's at a stand-in, as another program of hers would.
func makeCalendar(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "mkcalendar URL NAME")
	body := `<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:displayname>` + args[1] +
		`</D:displayname></D:prop></D:set></C:mkcalendar>`
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "MKCALENDAR", args[0], strings.NewReader(body))
	ts.Check(err)
	r.SetBasicAuth("alice", "secret")
	r.Header.Set("Content-Type", "application/xml")
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if resp.StatusCode != http.StatusCreated {
		ts.Fatalf("make calendar: %s", resp.Status)
	}
}

// putEvent puts an event into a calendar at a stand-in, whose owner's name stands in its address.
func putEvent(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "put URL FILE")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, args[0], strings.NewReader(ts.ReadFile(args[1])))
	ts.Check(err)
	_, owner, _ := strings.Cut(args[0], "/calendars/")
	owner, _, _ = strings.Cut(owner, "/")
	r.SetBasicAuth(owner, "secret")
	r.Header.Set("Content-Type", "text/calendar")
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if resp.StatusCode != http.StatusCreated {
		ts.Fatalf("put %s: %s", args[1], resp.Status)
	}
}

// setSwitches sets switches of a stand-in's page.
func setSwitches(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "switch URL NAME…")
	form := url.Values{}
	for _, name := range args[1:] {
		form.Set("own."+name, "on")
	}
	post(ts, args[0]+"/_standin/switches", "application/x-www-form-urlencoded", form.Encode())
}

// setFaults sets the faults of a stand-in.
func setFaults(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "faults URL JSON")
	post(ts, args[0]+"/_standin/faults", "application/json", args[1])
}

func post(ts *testscript.TestScript, address, kind, body string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("post to %s: %s", address, resp.Status)
	}
}

// otherWeb serves what is no calendar: nothing at all, a page, redirects to another server, or TLS with a certificate that
// ended yesterday.
func otherWeb(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "web KIND VAR [TARGET]")
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	ts.Defer(s.Close)
	switch args[0] {
	case "nothing":
		s.Start()
	case "page":
		s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<!doctype html><title>Welcome</title>") // whoever reads it may leave
		})
		s.Start()
	case "moved":
		to := strings.TrimSuffix(args[2], "/")
		s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, to+r.URL.Path, http.StatusPermanentRedirect)
		})
		s.Start()
	case "expired":
		s.TLS = &tls.Config{Certificates: []tls.Certificate{expired(ts)}}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
	default:
		ts.Fatalf("no such kind: %s", args[0])
	}
	ts.Setenv(args[1], s.URL+"/")
}

func expired(ts *testscript.TestScript) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	ts.Check(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
