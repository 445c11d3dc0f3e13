package google_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tahti/internal/standin/google"
	"tahti/internal/standin/thirdparty"
)

// These tests let Google's own clients drive the stand-in. A client that cannot be had is left out.

// goEnv is for building a client.
var goEnv = []string{"GOFLAGS=-trimpath -mod=readonly"}

func TestGooglesGoClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out with -short: it builds a client")
	}
	source := filepath.Join("testdata", "goclient")
	program := filepath.Join(thirdparty.Folder(t, "google-go-client"), digest(t, source, "main.go", "go.mod", "go.sum"))
	if _, err := os.Stat(program); err != nil {
		if out, err := thirdparty.Run(t, 3*time.Minute, source, goEnv, "go", "build", "-o", program, "."); err != nil {
			t.Skipf("left out: the client could not be built, is there a network? %v\n%s", err, out)
		}
	}
	r := newRig(t, google.Options{})
	out, err := thirdparty.Run(t, time.Minute, ".", nil, program, r.http.URL, r.token)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	thirdparty.Saw(t, out, "calendars: 2 owner", "made: goclient1 2026-01-06T09:00:00+02:00 true", "again: 409 duplicate", "pages: 1 true",
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
	folder, script := thirdparty.Node(t, "google-calendar-20.0.1", nodeClient, filepath.Join("testdata", "nodeclient", "check.mjs"))
	r := newRig(t, google.Options{Users: passwords, Now: time.Now}) // the client holds the ends of tokens against its own clock
	out, err := thirdparty.Run(t, time.Minute, folder, nil, "node", script, r.http.URL)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	thirdparty.Saw(t, out, "unticked: false true", "without scope: 403 insufficientPermissions", "granted: 4 alice@example.com", "identity: alice@example.com true",
		"calendars: 1", "made: nodeclient1 2026-01-06T07:00:00Z true", "again: 409 duplicate", "guarded: 412 conditionNotMet", "changes: Changed",
		"filtered: 400 syncTokenWithRequestRestrictions", "instances: 3", "plain push: 400 push.webhookUrlNotHttps", "deleted: 410 deleted",
		"after: cancelled,cancelled", "revoked: 400 invalid_grant")
}
