package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/api"
	"tahti/internal/auth"
)

// serve is another handler over the same rooms.
func (l *lab) serve(c api.Config) *httptest.Server {
	c.House = l.house
	s := httptest.NewServer(api.New(c))
	l.Cleanup(s.Close)
	return s
}

func (l *lab) status(s *httptest.Server, method, path string, header http.Header) int {
	l.Helper()
	r, err := http.NewRequestWithContext(l.Context(), method, s.URL+path, nil)
	must(l.T, err)
	r.Header = header
	resp, err := s.Client().Do(r)
	must(l.T, err)
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestSessions(t *testing.T) {
	l := newLab(t)
	s := l.serve(api.Config{Session: func(r *http.Request) (auth.Who, bool) {
		return auth.Who{Login: l.alice.Login, Company: l.company, Member: l.alice.ID}, r.Header.Get("Cookie") == "tahti=alice"
	}})
	signedIn := func(more ...string) http.Header {
		h := http.Header{"Cookie": {"tahti=alice"}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	for _, c := range []struct {
		name, method, path string
		header             http.Header
		want               int
	}{
		{"a session opens our own part", "GET", "/api/tahti/v1/status", signedIn(), 200},
		{"from our own pages it may write", "POST", "/api/tahti/v1/stop-all", signedIn("Sec-Fetch-Site", "same-origin"), 200},
		{"from another site it may not", "POST", "/api/tahti/v1/stop-all", signedIn("Sec-Fetch-Site", "cross-site"), 403},
		{"it does not open the Pipedrive part", "GET", "/api/v2/activities", signedIn(), 401},
		{"a bad token is not made good by a session", "GET", "/api/tahti/v1/status", signedIn("X-Api-Token", "tahti_x"), 401},
		{"no session, no entry", "GET", "/api/tahti/v1/status", http.Header{}, 401},
		{"a bearer token opens both", "GET", "/api/tahti/v1/status", http.Header{"Authorization": {"Bearer " + l.tokens["bob"]}}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := l.status(s, c.method, c.path, c.header); got != c.want {
				t.Errorf("status %d, want %d", got, c.want)
			}
		})
	}
}

func TestPipedrivePartCanBeSwitchedOff(t *testing.T) {
	l := newLab(t)
	s := l.serve(api.Config{PipedriveOff: true})
	token := http.Header{"X-Api-Token": {l.tokens["alice"]}}
	if got := l.status(s, "GET", "/api/v2/activities", token); got != 404 {
		t.Errorf("activities: %d", got)
	}
	if got := l.status(s, "GET", "/api/tahti/v1/status", token); got != 200 {
		t.Errorf("our own part: %d", got)
	}
}

// The sentence tells people to give the administrator a code; with it the cause is found in the log.
func TestWhatNobodyForesawHasACode(t *testing.T) {
	l := newLab(t)
	var log strings.Builder
	s := l.serve(api.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, l.house.DB.Close())
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/api/tahti/v1/status", nil)
	must(t, err)
	r.Header.Set("X-Api-Token", l.tokens["alice"])
	resp, err := s.Client().Do(r)
	must(t, err)
	defer resp.Body.Close()
	var problem api.Problem
	must(t, json.NewDecoder(resp.Body).Decode(&problem))
	if resp.StatusCode != 500 || problem.Cause == "" || !strings.Contains(log.String(), "code="+problem.Cause) {
		t.Errorf("%d %+v, log %s", resp.StatusCode, problem, &log)
	}
}
