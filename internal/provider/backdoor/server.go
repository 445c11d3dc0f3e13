package backdoor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Server is a provider's server as another program reaches it.
type Server struct {
	Context   context.Context // of all its requests; nil is one without an end
	Base      string          // the address below which paths lie, without a slash at its end
	Transport http.RoundTripper
	Sign      func(r *http.Request) // says who asks
}

// answerLimit bounds an answer, in bytes; patience bounds a request with it.
const (
	answerLimit = 32 << 20
	patience    = 5 * time.Minute
)

// Do sends a request to a path below the base, or to a whole address, and answers whatever status comes.
func (s *Server) Do(method, path string, body []byte, header http.Header) (status int, answer []byte, err error) {
	ctx := s.Context
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !strings.Contains(path, "://") {
		path = s.Base + path
	}
	r, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if s.Sign != nil {
		s.Sign(r)
	}
	resp, err := s.Transport.RoundTrip(r)
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	return resp.StatusCode, answer, err
}

// JSON sends in, if it is not nil, and reads the answer into out, if that is not nil. Every status above 299 is an error.
func (s *Server) JSON(method, path string, in, out any, header http.Header) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
		header = header.Clone()
		if header == nil {
			header = http.Header{}
		}
		header.Set("Content-Type", "application/json")
	}
	status, answer, err := s.Do(method, path, body, header)
	if err != nil {
		return err
	}
	if status > 299 {
		return fmt.Errorf("%s %s: HTTP %d: %.500s", method, path, status, answer)
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// Bearer signs with a token.
func Bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}
