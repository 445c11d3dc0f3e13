package pipedrive

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/provider"
	standin "tahti/internal/standin/pipedrive"
)

// nothing answers lists of activities with a success that has no list in it.
type nothing struct{ http.RoundTripper }

func (n nothing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := n.RoundTripper.RoundTrip(r)
	if err == nil && r.Method == http.MethodGet && r.URL.Path == "/api/v2/activities" {
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(strings.NewReader(`{"success":true,"data":null,"additional_data":{"next_cursor":null}}`))
	}
	return resp, err
}

// TestNoListIsNoEmptyList: version 1 answers so where there is nothing, and version 2 never does (I6). Taken for an empty list it would say that
// nothing has changed, or that what was sent was never made (I1).
func TestNoListIsNoEmptyList(t *testing.T) {
	a, b := stand(t, standin.Options{})
	at, held := begin(t, a)
	config := b.config(alice, "alice's")
	config.Profile, config.Feed, config.Transport = a.profile, nil, nothing{b.wire}
	u, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	var ids []provider.RemoteID
	for range singly + 1 {
		ids = append(ids, b.make(t, event("Plan"), nil))
	}
	for name, ask := range map[string]func() error{
		"everything": func() error { _, err := u.Pull(t.Context(), "", knows(held)); return err },
		"changes":    func() error { _, err := u.Pull(t.Context(), at, knows(held)); return err },
		"by number":  func() error { _, err := u.Read(t.Context(), ids); return err },
		"made since": func() error { _, err := u.MadeSince(t.Context(), time.Now().Add(-time.Hour)); return err },
	} {
		if err := ask(); provider.ClassOf(err) != provider.Transient || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
