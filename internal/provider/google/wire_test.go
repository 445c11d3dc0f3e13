package google

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/google"
)

// wire is the transport between the adapter and a server, which remembers what was sent.
type wire struct {
	*backdoor.Wire
	mu  sync.Mutex
	log []request
}

// request is one that was sent.
type request struct {
	method, path, query, match string
	body                       string
}

// inProcess hands requests to a server without a network in between.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

func newWire(h http.Handler, token string) *wire {
	w := &wire{}
	w.Wire = &backdoor.Wire{Base: inProcess{h}, Sign: backdoor.Bearer(token), Writes: other.IsWrite, Refusal: other.Refusal, See: w.see}
	return w
}

func (w *wire) see(r *http.Request) *http.Response {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body) // it is in memory
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("If-Match"), string(body)})
	return nil
}

// sent takes the requests since it was asked last.
func (w *wire) sent() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	log := w.log
	w.log = nil
	return log
}
