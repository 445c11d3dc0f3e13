package faultproxy

import (
	"net/http"
	"path"
	"strings"
	"time"
)

// Entry is one request as it went through.
type Entry struct {
	N      int    // its number, from 1
	Method string // GET, PROPFIND, REPORT…
	Path   string // as asked
	Class  string // what it was for: see Class
	Fault  Kind
	Status int   // of the answer that the client got; 0 if it got none
	In     int64 // bytes of the request's body
	Out    int64 // bytes of the answer's body as it was sent
	At     time.Time
}

// Log answers what went through so far, in order of arrival.
func (p *Proxy) Log() []Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	entries := make([]Entry, len(p.log))
	for i, e := range p.log {
		entries[i] = *e
	}
	return entries
}

// Count is the number of requests so far.
func (p *Proxy) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.log)
}

// Counts answers how many requests there were of each class and method, such as "object PUT" or "collection REPORT".
func (p *Proxy) Counts() map[string]int {
	counts := map[string]int{}
	for _, e := range p.Log() {
		counts[e.Class+" "+e.Method]++
	}
	return counts
}

// Class says what a path stands for: "object" (a name that ends in .ics), "well-known", or "collection".
func Class(p string) string {
	switch {
	case strings.HasPrefix(p, "/.well-known/"):
		return "well-known"
	case path.Ext(p) == ".ics":
		return "object"
	default:
		return "collection"
	}
}

// arrive numbers a request and chooses its fault.
func (p *Proxy) arrive(r *http.Request, in int64) (*Entry, *Freeze) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &Entry{N: len(p.log) + 1, Method: r.Method, Path: r.URL.Path, Class: Class(r.URL.Path), In: in, At: time.Now()}
	if !p.off {
		var planned bool
		if e.Fault, planned = p.planned[e.N]; !planned {
			e.Fault = p.options.draw(e.N)
		}
	}
	p.log = append(p.log, e)
	return e, p.freezes[e.N]
}

// note completes the entry of a request that is answered.
func (p *Proxy) note(e *Entry, status int, out int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.Status, e.Out = status, int64(out)
}
