package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	standin "tahti/internal/standin/graph"
)

// hook is an address of ours that shows tokens and keeps deliveries.
type hook struct {
	*httptest.Server
	came chan string
	dumb bool // it shows nothing
}

func newHook(t *testing.T) *hook {
	h := &hook{came: make(chan string, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("validationToken"); token != "" {
			if !h.dumb {
				w.Header().Set("Content-Type", "text/plain")
				_, _ = io.WriteString(w, token)
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		h.came <- string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(h.Close)
	return h
}

// told waits for a delivery.
func (h *hook) told(t *testing.T) (n struct {
	Value []struct {
		SubscriptionID, ClientState, ChangeType, LifecycleEvent string
		ResourceData                                            struct{ ID string }
	}
},
) {
	t.Helper()
	select {
	case body := <-h.came:
		if err := json.Unmarshal([]byte(body), &n); err != nil || len(n.Value) == 0 {
			t.Fatalf("%v in %s", err, body)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("nobody tells of the change")
	}
	return n
}

func lunch(subject string) calendar.Event {
	at := func(hour int) calendar.Time {
		return calendar.InZone(calendar.WallOf(2026, time.March, 4, hour, 0, 0), "Europe/Helsinki")
	}
	return calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: subject, Start: at(12), End: at(13), Busy: true}}
}

func TestASubscriptionTellsUntilItIsEnded(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for name, variant := range map[string]standin.Variants{"a week": {}, "three days": {ShortSubscriptions: true}} {
		t.Run(name, func(t *testing.T) {
			at := now
			r := newRig(t, standin.Options{PlainNotify: true, Now: func() time.Time { return at }, Variants: variant}, "Calendar")
			h := newHook(t)
			w, err := r.Watch(t.Context(), provider.Watch{ID: "ours", Address: h.URL + "/push/graph/x", Secret: "secret"})
			if err != nil || w.ID == "" || !w.Until.Equal(at.Add(life)) {
				t.Fatalf("granted %+v, %v", w, err)
			}
			id, err := r.Create(lunch("One"))
			if err != nil {
				t.Fatal(err)
			}
			n := h.told(t).Value[0]
			if n.SubscriptionID != w.ID || n.ClientState != "secret" || n.ChangeType != "created" || n.ResourceData.ID != string(id) {
				t.Errorf("told %+v of %s", n, id)
			}
			if err := r.server.Lifecycle(alice, standin.Reauthorize); err != nil {
				t.Fatal(err)
			}
			if n := h.told(t).Value[0]; n.LifecycleEvent != standin.Reauthorize || n.ClientState != "secret" {
				t.Errorf("told %+v", n)
			}
			at = at.Add(30 * time.Hour)
			renewed, err := r.Renew(t.Context(), w)
			if err != nil || renewed.ID != w.ID || !renewed.Until.Equal(at.Add(life)) {
				t.Errorf("granted %+v, %v", renewed, err)
			}
			if _, err := r.Create(lunch("Two")); err != nil { // it is authorized again
				t.Fatal(err)
			}
			h.told(t)
			for range 2 {
				if err := r.Unwatch(t.Context(), renewed); err != nil {
					t.Error(err)
				}
			}
			if _, err := r.Renew(t.Context(), renewed); provider.ClassOf(err) != provider.Gone {
				t.Errorf("renewing what is gone: %v", err)
			}
		})
	}
}

func TestAnAddressThatCannotBeUsedIsNamed(t *testing.T) {
	r := newRig(t, standin.Options{PlainNotify: true, Patience: time.Second}, "Calendar")
	h := newHook(t)
	h.dumb = true
	for name, address := range map[string]string{"dumb": h.URL, "nobody": "http://127.0.0.1:1/", "not https": "ftp://127.0.0.1/"} {
		_, err := r.Watch(t.Context(), provider.Watch{ID: "ours", Address: address, Secret: "secret"})
		if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.Rejected || e.Code != provider.CodeNotReached {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the secret is in %q", err)
		}
	}
}
