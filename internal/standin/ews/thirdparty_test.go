package ews_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/ews"
	"tahti/internal/standin/thirdparty"
)

// These tests let clients that others wrote drive the stand-in. A client that is not installed is left out.

// python is Debian's, which has the packages that Debian has.
const python = "/usr/bin/python3"

func TestExchangelib(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out with -short: it starts a client of Python's")
	}
	for _, how := range []string{"basic", "ntlm"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			if out, err := thirdparty.Run(t, time.Minute, ".", nil, python, "-c", "import exchangelib"); err != nil {
				t.Skipf("left out: python3-exchangelib is not installed: %s", out)
			}
			r := newRig(t, ews.Options{StreamMinute: 5 * time.Second})
			out, err := thirdparty.Run(t, time.Minute, ".", nil, python, "-W", "ignore", filepath.Join("testdata", "exchangelib", "check.py"), r.http.URL+"/EWS/Exchange.asmx", how)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			saw := []string{"calendar: Calendar 0", "made: True True", "read: Plan 2026-01-06 09:00:00+02:00 Hall k1 040000008200E00074C5B7101A82E008", "wrong password: UnauthorizedError"}
			if how == "basic" {
				saw = append(saw, "conflict: ErrorIrresolvableConflict", "found: ['Plan b'] 0",
					"view: ['Occurrence 05', 'Occurrence 07', 'Occurrence 12', 'Occurrence 14', 'Occurrence 19', 'Occurrence 21']",
					"series: [('12', '12')] ['14'] 05 21", "changes: ['create Plan b', 'create Stand-up']", "pulled: ['DeletedEvent']", "streamed: ['DeletedEvent']", "changes: ['delete']", "gone: ErrorItemNotFound",
					"day: 2026-01-20 2026-01-20", "busy: [('05 09', 'Busy')]", "resolved: ['bob@example.com']", "folders: ['Work']",
					"autodiscover: alice@example.com True", "autodiscover: ErrorNonExistentMailbox")
			}
			thirdparty.Saw(t, out, saw...)
		})
	}
}

// curl signs in by NTLM too, on a connection of its own each time.
func TestCurlSpeaksNTLM(t *testing.T) {
	t.Parallel()
	if out, err := thirdparty.Run(t, time.Minute, ".", nil, "curl", "--version"); err != nil || !strings.Contains(out, " NTLM") {
		t.Skip("left out: there is no curl that speaks NTLM")
	}
	r := newRig(t, ews.Options{})
	for _, c := range []struct{ user, want string }{
		{`EXAMPLE\alice:secret`, "200"}, {`alice@example.com:secret`, "200"}, {`EXAMPLE\alice:wrong`, "401"}, {`OTHER\alice:secret`, "401"}, {`EXAMPLE\nobody:secret`, "401"},
	} {
		out, err := thirdparty.Run(t, time.Minute, ".", nil, "curl", "--silent", "--ntlm", "--user", c.user, "--noproxy", "*", "--output", os.DevNull,
			"--write-out", "%{http_code}", r.http.URL+"/EWS/Services.wsdl")
		if err != nil || out != c.want {
			t.Errorf("%s: curl saw %s (%v), want %s", c.user, out, err, c.want)
		}
	}
}

// nodeClient is what is installed for the test.
const nodeClient = "ews-javascript-api@0.15.3"

func TestEWSJavaScriptAPI(t *testing.T) {
	t.Parallel()
	folder, script := thirdparty.Node(t, "ews-javascript-api-0.15.3", nodeClient, filepath.Join("testdata", "node", "check.mjs"))
	r := newRig(t, ews.Options{})
	out, err := thirdparty.Run(t, time.Minute, folder, nil, "node", script, r.http.URL+"/EWS/Exchange.asmx")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	thirdparty.Saw(t, out,
		"calendar: Calendar 0", "read: Plan 2026-01-06T07:00 k1 040000008200E000", "conflict: ErrorIrresolvableConflict", "found: 1 Plan b",
		"series: 3 1 1 6", "deleted: ErrorCalendarOccurrenceIsDeletedFromRecurrence", "beyond: ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
		"view: 05 06 07 12 19 21", "changes: Create Stand-up, Create Plan b", "changes: Delete", "gone: ErrorItemNotFound", "wrong password: 401 Unauthorized")
}
