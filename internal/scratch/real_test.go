package scratch

import (
	"net/http"
	"testing"
	"time"

	"tahti/internal/provider/conformance"
	"tahti/internal/realserver"
)

// TestRealServers runs it where the real thing is at hand, which takes minutes: the suite alone runs there always.
func TestRealServers(t *testing.T) {
	if !realserver.InFull("xandikos") { // the one that is in full when all are
		t.Skip("left out: it takes minutes; TAHTI_TEST_SERVERS=all includes it")
	}
	for _, name := range realserver.Names() {
		t.Run(name, func(t *testing.T) {
			server := realserver.Start(t, name, realserver.Options{})
			user := server.User("alice")
			r, err := Run(t.Context(), Account{
				Provider: "caldav", URL: server.HomeURL("alice"), Username: user.Name, Password: user.Password,
				Transport: &http.Transport{DisableCompression: true}, Now: time.Now,
			}, func(string) {}, func(conformance.Result) {})
			if err != nil || r.Left {
				t.Errorf("left %v, %v", r.Left, err)
			}
			for _, c := range r.Result.Parts {
				switch c.Outcome {
				case conformance.Skipped:
					t.Logf("%s: %s", c.Name, c.Reason())
				case conformance.Failed, conformance.NotRun:
					t.Errorf("%s: %v %q %+v", c.Name, c.Outcome, c.Lines, c.Parts)
				}
			}
		})
	}
}
