package faultproxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy is a running proxy.
type Proxy struct {
	URL string // of the proxy, without a slash at its end

	tb      testing.TB
	target  *url.URL
	options Options
	server  *httptest.Server
	client  *http.Client
	closing chan struct{}

	mu      sync.Mutex
	off     bool
	planned map[int]Kind
	freezes map[int]*Freeze
	log     []*Entry
}

// Freeze is a request that is held at one point.
type Freeze struct {
	// Reached is closed when the request is there. Then the client can be killed, knowing that it is inside the call.
	Reached <-chan struct{}

	reached chan struct{}
	release chan struct{}
	once    sync.Once
}

// Release lets the request go on. Closing the proxy releases all.
func (f *Freeze) Release() { f.once.Do(func() { close(f.release) }) }

// Start puts a proxy in front of the server whose address is target, of which only scheme and host count. It ends with
// the test.
func Start(tb testing.TB, target string, o Options) *Proxy {
	tb.Helper()
	u, err := url.Parse(target)
	if err != nil {
		tb.Fatal(err)
	}
	if o.RetryAfter == 0 {
		o.RetryAfter = time.Second
	}
	if o.Hang == 0 {
		o.Hang = 2 * time.Second
	}
	p := &Proxy{
		tb: tb, target: &url.URL{Scheme: u.Scheme, Host: u.Host}, options: o,
		client: &http.Client{
			Timeout:       time.Minute,
			Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		closing: make(chan struct{}), planned: map[int]Kind{}, freezes: map[int]*Freeze{},
	}
	p.server = httptest.NewServer(p)
	p.URL = p.server.URL
	tb.Cleanup(p.close)
	return p
}

func (p *Proxy) close() {
	close(p.closing)
	p.server.CloseClientConnections()
	p.server.Close()
	p.client.CloseIdleConnections()
}

// At plans a fault for the request of that number, in place of what chance would bring. For the two freezes the answer
// tells when the request is there; for the others it is nil.
func (p *Proxy) At(n int, k Kind) *Freeze {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.planned[n] = k
	if k != FreezeBefore && k != FreezeAfter {
		return nil
	}
	reached := make(chan struct{})
	f := &Freeze{Reached: reached, reached: reached, release: make(chan struct{})}
	p.freezes[n] = f
	return f
}

// Calm stops all faults, planned and by chance; latency stays.
func (p *Proxy) Calm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.off = true
}

// Reset forgets what was counted and planned, and numbers from 1 again.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log, p.planned, p.freezes, p.off = nil, map[int]Kind{}, map[int]*Freeze{}, false
}

// ServeHTTP forwards a request, or breaks it.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // the client has gone
		panic(http.ErrAbortHandler)
	}
	e, freeze := p.arrive(r, int64(len(body)))
	p.wait(r, p.options.Latency)
	if !p.before(w, r, e, freeze) {
		return
	}
	got, err := p.forward(r, body)
	if err != nil {
		p.refuse(w, e, http.StatusBadGateway)
		return
	}
	switch e.Fault {
	case FreezeAfter:
		p.hold(freeze)
	case DropAfter:
		panic(http.ErrAbortHandler)
	case Garbage:
		got.body = bytes.Repeat([]byte{0xff, '<', 0x00, '\n'}, len(got.body)/4+1)[:len(got.body)]
	}
	maps.Copy(w.Header(), got.header)
	if r.Method != http.MethodHead {
		w.Header().Set("Content-Length", strconv.Itoa(len(got.body)))
	}
	if e.Fault == Truncate {
		got.body = got.body[:len(got.body)/2]
	}
	p.note(e, got.status, len(got.body)) // ahead of the client, that who counts after a call counts this one
	w.WriteHeader(got.status)
	_, err = w.Write(got.body)
	if err != nil || e.Fault == Truncate {
		_ = http.NewResponseController(w).Flush() // what was cut shall arrive; if it cannot, the cut is all the same
		panic(http.ErrAbortHandler)
	}
}

// before does what happens before the server sees a request, and reports whether it shall.
func (p *Proxy) before(w http.ResponseWriter, r *http.Request, e *Entry, freeze *Freeze) bool {
	switch e.Fault {
	case FreezeBefore:
		p.hold(freeze)
	case DropBefore:
		panic(http.ErrAbortHandler)
	case Hang:
		p.wait(r, p.options.Hang)
		panic(http.ErrAbortHandler)
	case Status500:
		p.refuse(w, e, http.StatusInternalServerError)
		return false
	case Status429:
		seconds := int((p.options.RetryAfter + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		w.Header().Set(notBefore, after(seconds))
		p.refuse(w, e, http.StatusTooManyRequests)
		return false
	}
	if r.Context().Err() != nil { // killed while it was held: a server that was never asked does nothing
		panic(http.ErrAbortHandler)
	}
	return true
}

// after is the instant so many seconds from now.
func after(seconds int) string {
	return time.Now().Add(time.Duration(seconds) * time.Second).UTC().Format(time.RFC3339Nano)
}

// answer is what the server said, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// forward asks the server itself and reads its answer, with its addresses made ours.
func (p *Proxy) forward(r *http.Request, body []byte) (answer, error) {
	// From here on the server does its work even if the client goes, as it would without us.
	ctx, end := context.WithCancel(context.WithoutCancel(r.Context()))
	defer end()
	req, err := http.NewRequestWithContext(ctx, r.Method, p.target.String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	u := *r.URL // with its raw path: servers differ in what they escape
	u.Scheme, u.Host = p.target.Scheme, p.target.Host
	req.URL = &u
	req.Header = r.Header.Clone()
	req.Header.Del("Connection")
	res, err := p.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	defer context.AfterFunc(r.Context(), end)() // it has done it: what it still sends, perhaps without an end, is for nobody
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("read the server's answer: %w", err)
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
		res.Header.Set(notBefore, after(seconds))
	}
	theirs := p.target.String()
	if l := res.Header.Get("Location"); l != "" {
		res.Header.Set("Location", strings.Replace(l, theirs, p.URL, 1))
	}
	for _, hop := range []string{"Connection", "Transfer-Encoding", "Keep-Alive", "Content-Length"} {
		res.Header.Del(hop)
	}
	text = bytes.ReplaceAll(text, []byte(theirs), []byte(p.URL))
	return answer{status: res.StatusCode, header: res.Header, body: text}, nil
}

func (p *Proxy) refuse(w http.ResponseWriter, e *Entry, status int) {
	text := http.StatusText(status) + "\n"
	p.note(e, status, len(text))
	w.WriteHeader(status)
	if _, err := io.WriteString(w, text); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// hold keeps a request until it is released. A killed client does not end it: the server must not see it before then.
func (p *Proxy) hold(f *Freeze) {
	close(f.reached)
	select {
	case <-f.release:
	case <-p.closing:
		panic(http.ErrAbortHandler)
	}
}

// wait passes time, as long as somebody still waits for the answer.
func (p *Proxy) wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-p.closing:
	}
}
