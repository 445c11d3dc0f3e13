package pipedrive_test

import (
	"path/filepath"
	"testing"
	"time"

	"tahti/internal/standin/pipedrive"
	"tahti/internal/standin/thirdparty"
)

// Pipedrive's official client drives the stand-in, with an access token and with an API token. What it declares is the reference of
// every answer's shape.
func TestPipedrivesOfficialClient(t *testing.T) {
	t.Parallel()
	folder, script := thirdparty.Node(t, "pipedrive-client-33.7.0", "pipedrive@33.7.0", filepath.Join("testdata", "nodeclient", "check.mjs"))
	r := newRig(t, pipedrive.Options{Company: pipedrive.Company{Plan: pipedrive.Ultimate}})
	out, err := thirdparty.Run(t, time.Minute, folder, nil, "node", script, r.http.URL, r.token)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	thirdparty.Saw(t, out,
		"signed in: Bearer true true", "refreshed: true true", "users: alice@example.com example 3 1", "types: video false",
		"Person: 1 true", "Organization: 1 true", "Deal: 1 true", "activity: 1 true Town accepted differs: ", "changed: false",
		"pages: n3,n2,n1,n0,Call Pat", "deleted: true 0", "filter: n2 true", "webhook: application create Heard true true",
		"read-only: ERR_BAD_REQUEST", "not there: Activity not found", "no token: 401", "scope: Scope and URL mismatch", "revoked: invalid_grant",
		"shapes: as declared")
}
