package push

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

const (
	// maxBody and maxItems bound what is read of a delivery. One of Microsoft's holds what changed in some seconds, in less than
	// 1 kB each; a single good notification is enough.
	maxBody  = 1 << 20
	maxItems = 1000
	// maxToken bounds what is sent back when an address is tried.
	maxToken = 2048
	// gap is the shortest time between two runs that a watch asks for (I19): somebody who imports a thousand events causes two
	// runs a second, not a thousand. The first is not kept waiting.
	gap = 500 * time.Millisecond
	// lane is that of push and local changes.
	lane = 1
)

// Handler answers below /push/. Whoever knows no address learns nothing: every notification is answered alike, whether it was
// of any use or not. No provider is asked anything meanwhile.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /push/"+Google+"/{address}", s.google)
	mux.HandleFunc("POST /push/"+Graph+"/{address}", s.graph)
	mux.HandleFunc("POST /push/"+Pipedrive+"/{address}", s.pipedrive)
	return mux
}

// heard is what a delivery said that counts.
type heard struct {
	changed bool // something did, or was missed
	urged   bool // the provider wants to be asked again
	refused bool // something was in it that is not from our provider
	// calendars are those of the account that it may concern, where the watch is shared; none: all.
	calendars []string
	// gone is the item that was deleted, by a provider whose answers do not tell of deletions; empty: none.
	gone provider.RemoteID
}

// google hears a channel: it says everything in headers (providers.md 1.8).
func (s *Service) google(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, Google, http.StatusOK, func(k store.Watch) heard {
		h := r.Header
		good := fits(h.Get("X-Goog-Channel-Token"), k.Secret) && h.Get("X-Goog-Channel-ID") == k.Channel
		if resource := h.Get("X-Goog-Resource-ID"); k.Resource != "" && resource != k.Resource {
			good = false
		}
		switch {
		case !good:
			return heard{refused: true}
		case h.Get("X-Goog-Resource-State") == "sync": // the channel works; nothing has changed
			s.observe(Google, Hello)
			return heard{}
		}
		return heard{changed: true}
	})
}

// graph hears a subscription, or shows that the address is ours (providers.md 2.4).
func (s *Service) graph(w http.ResponseWriter, r *http.Request) {
	if tokens, asked := r.URL.Query()["validationToken"]; asked {
		s.shakeHands(w, r, tokens)
		return
	}
	s.answer(w, r, Graph, http.StatusAccepted, func(k store.Watch) heard {
		return readDelivery(http.MaxBytesReader(w, r.Body, maxBody), k)
	})
}

// shakeHands sends the token back as what it is, text: a browser that is led here must take nothing in it for markup. Only for an
// address that leads to a watch: nobody else's subscriptions are to be sent to us.
func (s *Service) shakeHands(w http.ResponseWriter, r *http.Request, tokens []string) {
	_, _, found, err := s.find(r, Graph)
	switch {
	case err != nil:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case !found:
		w.WriteHeader(http.StatusNotFound)
		return
	case len(tokens) != 1 || !plain(tokens[0]):
		s.observe(Graph, Refused)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.observe(Graph, Hello)
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, tokens[0]) // who has gone does not need it
}

// plain reports whether a token is one line of text that is not too long.
func plain(token string) bool {
	return token != "" && len(token) <= maxToken && utf8.ValidString(token) && !strings.ContainsFunc(token, unicode.IsControl)
}

// delivery is one notification, as far as anybody looks.
type delivery struct {
	SubscriptionID string `json:"subscriptionId"`
	ClientState    string `json:"clientState"`
	LifecycleEvent string `json:"lifecycleEvent"`
}

// readDelivery looks at each notification of a delivery for itself: one may hold those of several subscriptions. What cannot be
// read ends it; what came before counts.
func readDelivery(body io.Reader, k store.Watch) (h heard) {
	d := json.NewDecoder(body)
	if err := skipTo(d, "value"); err != nil {
		return heard{refused: true}
	}
	for n := 0; d.More(); n++ {
		var one delivery
		if n == maxItems || d.Decode(&one) != nil {
			h.refused = true
			break
		}
		// The first notification may be here before the answer that says what the subscription is called.
		known := k.State == store.WatchAsked || one.SubscriptionID == k.Channel
		switch {
		case !fits(one.ClientState, k.Secret) || !known:
			h.refused = true
		case one.LifecycleEvent == "reauthorizationRequired", one.LifecycleEvent == "subscriptionRemoved":
			// What changes from now on is told by nobody until it is renewed, or another is made.
			h.urged, h.changed = true, true
		default: // a change, or "missed"
			h.changed = true
		}
	}
	return h
}

// skipTo reads up to the first element of the list under a name of the outermost object.
func skipTo(d *json.Decoder, name string) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("not an object"), err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if key == name {
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return errors.Join(errors.New("not a list"), err)
			}
			return nil
		}
		var other json.RawMessage
		if err := d.Decode(&other); err != nil {
			return err
		}
	}
	return errors.New("nothing under that name")
}

// answer hears one delivery. The status is what the provider takes for success, also where nobody wanted to hear it: whether an
// address leads anywhere is nobody's business, and only what could not be saved is worth sending again.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, kind string, status int, listen func(store.Watch) heard) {
	company, k, found, err := s.find(r, kind)
	if err == nil && found {
		h := listen(k)
		if h.refused {
			s.observe(kind, Refused)
		}
		switch {
		case h.changed && k.Account != 0:
			err = s.wakeShared(r.Context(), company, k, h)
		case h.changed:
			err = s.wake(r.Context(), company, &k, h.urged)
		}
	}
	if err != nil {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}

// find looks up the watch that a request's address leads to.
func (s *Service) find(r *http.Request, kind string) (company store.ID, k store.Watch, found bool, err error) {
	company, k, err = s.Watches.WatchByAddress(r.Context(), hashed(r.PathValue("address")))
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && k.Provider != kind:
		s.observe(kind, Unknown)
		return 0, store.Watch{}, false, nil
	case err != nil:
		s.Log.Error("look up a watch", "error", err)
	}
	return company, k, err == nil, err
}

// wake asks for a run, unless one is asked for already that will see all that there is by now: a burst becomes one run, and its
// notifications write nothing.
func (s *Service) wake(ctx context.Context, company store.ID, k *store.Watch, urged bool) error {
	now := s.now()
	at := now
	if next := k.Told.Add(gap); !k.Told.IsZero() && next.After(now) && k.Told.Sub(now) <= gap {
		at = next
	}
	var awaited bool
	err := s.Store.View(ctx, company, func(tx engine.Tx) (err error) {
		awaited, err = tx.Awaited(ctx, k.Connection, at, lane)
		return err
	})
	if err == nil && (!awaited || urged) {
		err = s.Store.Tx(ctx, company, func(tx engine.Tx) error {
			var since time.Time
			if urged {
				since = now
			}
			if err := tx.NoteNotification(ctx, k.ID, at, since); err != nil {
				return err
			}
			return tx.Wake(ctx, k.Connection, at, lane)
		})
	}
	if err != nil {
		s.Log.Error("wake a connection", "company", company, "connection", k.Connection, "error", err)
		return err
	}
	if awaited {
		s.observe(k.Provider, Awaited)
		return nil
	}
	k.Told = at
	s.observe(k.Provider, Woken)
	return nil
}
