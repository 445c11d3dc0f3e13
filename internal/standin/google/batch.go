package google

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// maxParts is how many calls one batch may hold.
const maxParts = 50

// batch is POST /batch/calendar/v3: several calls in one multipart body, each answered in a part of its own with a
// status of its own. The parts are performed in order; each counts as a call.
func (s *Server) batch(api http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		parts, err := readBatch(w, r)
		switch {
		case err != nil:
			s.fail(w, refBatch.because("Failed to parse batch request: "+err.Error()))
			return
		case len(parts) > maxParts:
			s.fail(w, refBatchSize.because("The batch request exceeds the maximum number of calls."))
			return
		}
		var out bytes.Buffer
		mw := multipart.NewWriter(&out)
		for _, p := range parts {
			rec := &recorder{header: http.Header{}, status: http.StatusOK}
			if !strings.HasPrefix(p.request.URL.Path, "/calendar/v3/") {
				s.fail(rec, refPath.because("Not Found"))
			} else {
				api.ServeHTTP(rec, p.request)
			}
			writePart(mw, p.id, rec)
		}
		_ = mw.Close() // into memory
		w.Header().Set("Content-Type", "multipart/mixed; boundary="+mw.Boundary())
		_, _ = w.Write(out.Bytes()) // an error here means that the client has gone
	}
}

// batchPart is one call of a batch.
type batchPart struct {
	id      string // Content-ID
	request *http.Request
}

// readBatch reads the calls. What the outer request says of authorization holds for each that says nothing itself.
func readBatch(w http.ResponseWriter, r *http.Request) ([]batchPart, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" || params["boundary"] == "" {
		return nil, errors.New("it is no multipart/mixed")
	}
	mr := multipart.NewReader(http.MaxBytesReader(w, r.Body, maxParts*maxBody), params["boundary"])
	var parts []batchPart
	for {
		p, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); kind != "application/http" {
			return nil, fmt.Errorf("a part is no application/http")
		}
		inner, err := readInner(r, p)
		if err != nil {
			return nil, err
		}
		parts = append(parts, batchPart{p.Header.Get("Content-ID"), inner})
	}
	if len(parts) == 0 {
		return nil, errors.New("it holds no call")
	}
	return parts, nil
}

// readInner reads one call: a request line, with or without a version, headers, and the rest as its body.
func readInner(outer *http.Request, p io.Reader) (*http.Request, error) {
	b := bufio.NewReader(p)
	tp := textproto.NewReader(b)
	line, err := tp.ReadLine()
	if err != nil {
		return nil, fmt.Errorf("a part has no request line: %w", err)
	}
	words := strings.Fields(line)
	if len(words) < 2 {
		return nil, fmt.Errorf("a part has no request line")
	}
	u, err := url.Parse(words[1])
	if err != nil {
		return nil, fmt.Errorf("a part has no path")
	}
	// An absolute address is taken as the path that is in it: the calls of one batch all go to one server.
	u.Scheme, u.Host = "", ""
	header, err := tp.ReadMIMEHeader()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("headers of a part: %w", err)
	}
	inner, err := http.NewRequestWithContext(outer.Context(), words[0], u.String(), b)
	if err != nil {
		return nil, err
	}
	inner.Header = http.Header(header)
	if inner.Header.Get("Authorization") == "" {
		inner.Header.Set("Authorization", outer.Header.Get("Authorization"))
	}
	return inner, nil
}

// recorder keeps the answer to one call.
type recorder struct {
	header http.Header
	status int
	sent   bool
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if !r.sent {
		r.status, r.sent = status, true
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.sent = true
	return r.body.Write(p)
}

// writePart writes the answer to one call.
func writePart(mw *multipart.Writer, id string, rec *recorder) {
	head := textproto.MIMEHeader{"Content-Type": {"application/http"}}
	if id != "" {
		head.Set("Content-ID", "<response-"+strings.TrimPrefix(strings.TrimSuffix(id, ">"), "<")+">")
	}
	part, err := mw.CreatePart(head)
	if err != nil {
		panic(err) // into memory
	}
	fmt.Fprintf(part, "HTTP/1.1 %d %s\r\n", rec.status, http.StatusText(rec.status))
	rec.header.Set("Content-Length", fmt.Sprint(rec.body.Len()))
	_ = rec.header.Write(part) // into memory
	fmt.Fprintf(part, "\r\n%s\r\n", rec.body.Bytes())
}
