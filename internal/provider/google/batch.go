package google

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"tahti/internal/provider"
)

// maxBatch is how many calls one batch may hold (providers.md part 1).
const maxBatch = 50

// outcome is the answer to one call of several, or its error.
type outcome struct {
	answer
	err error
}

// all performs calls that read, as many as one batch holds in one request. Each has an outcome of its own. What speaks for all
// of them (the sign-in, a limit, a batch that cannot be read) is an error.
func (c *client) all(ctx context.Context, calls []call) ([]outcome, error) {
	out := make([]outcome, 0, len(calls))
	for len(calls) > 0 {
		n := min(len(calls), maxBatch)
		got, err := c.some(ctx, calls[:n])
		if err != nil {
			return nil, err
		}
		for _, o := range got {
			switch provider.ClassOf(o.err) {
			case provider.SignIn, provider.RateLimited:
				return nil, o.err
			}
		}
		out, calls = append(out, got...), calls[n:]
	}
	return out, nil
}

func (c *client) some(ctx context.Context, calls []call) ([]outcome, error) {
	prefix, ok := strings.CutSuffix(c.base, "/calendar/v3")
	if len(calls) == 1 || !ok {
		out := make([]outcome, len(calls))
		for i, q := range calls {
			out[i].answer, out[i].err = c.send(ctx, q)
		}
		return out, nil
	}
	text, boundary, err := c.parts(calls)
	if err != nil {
		return nil, &provider.Error{Op: calls[0].op, Class: provider.Rejected, Status: "not sent", Err: err}
	}
	q := call{op: calls[0].op, method: http.MethodPost, at: prefix + "/batch/calendar/v3", text: text, kind: "multipart/mixed; boundary=" + boundary}
	a, err := c.send(provider.Weighing(ctx, len(calls)), q)
	if err != nil {
		return nil, err
	}
	out := make([]outcome, len(calls))
	for i := range out {
		out[i].err = broken(calls[i], http.StatusOK, errors.New("a batch without an answer to this"))
	}
	if err := c.apart(calls, a, out); err != nil {
		return nil, broken(q, http.StatusOK, fmt.Errorf("read batch: %w", err))
	}
	return out, nil
}

// parts writes calls as a batch: each a request of its own, without a body, named by its number.
func (c *client) parts(calls []call) (text []byte, boundary string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i, q := range calls {
		head := textproto.MIMEHeader{"Content-Type": {"application/http"}, "Content-Id": {"<" + strconv.Itoa(i) + ">"}}
		part, err := w.CreatePart(head)
		if err != nil {
			return nil, "", fmt.Errorf("write batch: %w", err)
		}
		req, err := http.NewRequest(q.method, c.address(q), nil) //nolint:noctx // only for its form
		if err != nil {
			return nil, "", fmt.Errorf("write batch: %w", err)
		}
		if _, err := fmt.Fprintf(part, "%s %s HTTP/1.1\r\nAccept: application/json\r\n\r\n", q.method, req.URL.RequestURI()); err != nil {
			return nil, "", fmt.Errorf("write batch: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", fmt.Errorf("write batch: %w", err)
	}
	return b.Bytes(), w.Boundary(), nil
}

// apart reads the answers of a batch, which may come in any order.
func (c *client) apart(calls []call, a answer, out []outcome) error {
	_, params, err := mime.ParseMediaType(a.kind)
	if err != nil {
		return err
	}
	r := multipart.NewReader(bytes.NewReader(a.body), params["boundary"])
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		i, err := strconv.Atoi(strings.TrimPrefix(strings.Trim(part.Header.Get("Content-Id"), "<>"), "response-"))
		if err != nil || i < 0 || i >= len(calls) {
			return fmt.Errorf("an answer to %.40q", part.Header.Get("Content-Id"))
		}
		resp, err := http.ReadResponse(bufio.NewReader(part), nil)
		if err != nil {
			return err
		}
		out[i].answer, out[i].err = c.take(calls[i], resp)
		drain(resp)
		out[i].skew, out[i].known = a.skew, a.known
	}
}
