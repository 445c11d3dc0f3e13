package standin

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Wrap puts the faults in front of next. A dropped connection is the panic of [http.ErrAbortHandler], which net/http
// turns into a closed connection; a test that calls the handler without a server has to expect the panic.
func (s *Faults) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, hit := s.strike(r)
		if !hit {
			next.ServeHTTP(w, r)
			return
		}
		noteFault(r, f.Kind())
		if f.Delay > 0 && !s.wait(r, time.Duration(f.Delay)*time.Millisecond) {
			panic(http.ErrAbortHandler)
		}
		s.perform(f, next, w, r)
	})
}

// perform does what the fault says.
func (s *Faults) perform(f Fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
	switch {
	case f.Status != 0:
		s.answer(f, w)
	case f.StatusAfter != 0:
		next.ServeHTTP(newBuffered(), r)
		f.Status = f.StatusAfter
		s.answer(f, w)
	case f.DropBefore:
		// The body is read so that the client is done sending: it is the answer that it waits for.
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	case f.Hang:
		s.wait(r, HangMax)
		panic(http.ErrAbortHandler)
	case f.DropAfter:
		next.ServeHTTP(newBuffered(), r)
		panic(http.ErrAbortHandler)
	case f.Truncate > 0:
		b := newBuffered()
		next.ServeHTTP(b, r)
		b.truncate(w, f.Truncate)
	case f.Garbage:
		b := newBuffered()
		next.ServeHTTP(b, r)
		b.garble(w, f.Seed)
	default:
		next.ServeHTTP(w, r)
	}
}

// answer sends the fault's status.
func (s *Faults) answer(f Fault, w http.ResponseWriter) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	if s.Refuse != nil {
		s.Refuse(w, f)
		return
	}
	http.Error(w, "fault: "+http.StatusText(f.Status), f.Status)
}

// wait blocks for d, bounded by the longest hang, and reports whether the client is still there.
func (s *Faults) wait(r *http.Request, d time.Duration) bool {
	limit := HangMax
	if s.max > 0 {
		limit = s.max
	}
	t := time.NewTimer(min(d, limit))
	defer t.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-t.C:
		return true
	}
}

// buffered keeps an answer that is not to arrive as it is.
type buffered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newBuffered() *buffered { return &buffered{header: http.Header{}, status: http.StatusOK} }

func (b *buffered) Header() http.Header         { return b.header }
func (b *buffered) WriteHeader(status int)      { b.status = status }
func (b *buffered) Write(p []byte) (int, error) { return b.body.Write(p) }

// copyHeader sends everything of the answer but its body, with the length that the body would have had.
func (b *buffered) copyHeader(w http.ResponseWriter, length int) {
	for k, v := range b.header {
		w.Header()[k] = v
	}
	if b.status != http.StatusNoContent && b.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(b.status)
}

// truncate sends the first n bytes and closes the connection.
func (b *buffered) truncate(w http.ResponseWriter, n int) {
	if n >= b.body.Len() {
		// Nothing is left to cut off but the end of the connection itself.
		n = b.body.Len() / 2
	}
	b.copyHeader(w, b.body.Len())
	_, _ = w.Write(b.body.Bytes()[:n]) // an error here means that the client has gone, as it was about to learn
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}

// garble sends as much noise as there was body, or a line of it where there was none.
func (b *buffered) garble(w http.ResponseWriter, seed uint64) {
	noise := make([]byte, max(b.body.Len(), 64))
	if b.status == http.StatusNoContent {
		b.status = http.StatusOK
	}
	src := rand.New(rand.NewPCG(seed, uint64(len(noise))))
	for i := range noise {
		noise[i] = byte(' ' + src.IntN(95))
	}
	b.copyHeader(w, len(noise))
	_, _ = w.Write(noise) // see truncate
}
