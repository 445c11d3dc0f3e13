package graph

import (
	"net/http"
	"sync"

	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/graph"
)

// wire is the transport between the adapter and a server, which remembers what was sent and how much of it at a time.
type wire struct {
	*backdoor.Wire
	mu   sync.Mutex
	log  []string // method and path with query
	busy int      // requests under way
	most int
	// intercept sees each request and may answer it in the server's place.
	intercept func(*http.Request) *http.Response
}

func newWire(base http.RoundTripper, token string) *wire {
	w := &wire{}
	w.Wire = &backdoor.Wire{Base: base, Sign: backdoor.Bearer(token), Writes: other.IsWrite, Refusal: other.Refusal, See: w.see}
	return w
}

func (w *wire) see(r *http.Request) *http.Response {
	if w.intercept == nil {
		return nil
	}
	return w.intercept(r)
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.busy++
	w.most = max(w.most, w.busy)
	w.log = append(w.log, r.Method+" "+r.URL.RequestURI())
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.busy--
		w.mu.Unlock()
	}()
	return w.Wire.RoundTrip(r)
}
