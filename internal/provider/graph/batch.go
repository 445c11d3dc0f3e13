package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"tahti/internal/provider"
)

// part is the answer to one of several questions: what it holds, or how it was refused.
type part struct {
	body json.RawMessage
	err  *provider.Error
	date string // of the answer, for the skew of the server's clock
}

type batchPart struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// gather asks for several paths in one request, each answered by itself. Its error is about all of them: nothing was
// learnt, or no more may be asked now. A part may be refused in an answer that is a success (providers.md 2.5).
func (c *client) gather(ctx context.Context, op string, paths []string) ([]part, error) {
	if len(paths) == 1 {
		return c.single(ctx, op, paths[0])
	}
	type request struct {
		ID      string            `json:"id"`
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
	}
	requests := make([]request, len(paths))
	for i, p := range paths {
		requests[i] = request{strconv.Itoa(i), http.MethodGet, p, map[string]string{"Prefer": c.prefer}}
	}
	q := call{op: op, method: http.MethodPost, at: "/$batch", body: map[string]any{"requests": requests}}
	a, err := c.send(provider.Weighing(ctx, len(paths)), q)
	if err != nil {
		return nil, err
	}
	var got struct {
		Responses []batchPart `json:"responses"`
	}
	if err := json.Unmarshal(a.body, &got); err != nil {
		return nil, broken(q, a, err)
	}
	parts := make([]part, len(paths))
	answered := make([]bool, len(paths))
	for _, r := range got.Responses { // in any order
		i, err := strconv.Atoi(r.ID)
		if err != nil || i < 0 || i >= len(paths) || answered[i] {
			return nil, broken(q, a, fmt.Errorf("a part %.40q that was not asked for", r.ID))
		}
		answered[i] = true
		h := http.Header{"Date": a.header["Date"]}
		for k, v := range r.Headers {
			h.Set(k, v)
		}
		parts[i] = part{body: r.Body, date: a.header.Get("Date"), err: c.judge(q, r.Status, h, r.Body)}
		if text := bytes.TrimSpace(r.Body); parts[i].err == nil && (len(text) == 0 || text[0] != '{') {
			// A proxy's page, or half an answer, comes as text: it says nothing of the item, which is asked for again.
			parts[i].err = &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "a part that is no object"}
		}
	}
	for i := range parts {
		if !answered[i] {
			return nil, broken(q, a, errors.New("a part is missing"))
		}
	}
	return parts, ofAll(parts)
}

// single asks for one path without a batch around it.
func (c *client) single(ctx context.Context, op, path string) ([]part, error) {
	a, err := c.send(ctx, call{op: op, method: http.MethodGet, at: path})
	if err == nil {
		return []part{{body: a.body, date: a.header.Get("Date")}}, nil
	}
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || statusOf(err) == 0 {
		return nil, err
	}
	parts := []part{{err: e}}
	return parts, ofAll(parts)
}

// ofAll is the error among parts that speaks for the mailbox and not for one item.
func ofAll(parts []part) error {
	for _, p := range parts {
		if p.err == nil {
			continue
		}
		if k := p.err.Class; k == provider.SignIn || k == provider.RateLimited || p.err.Code == provider.CodeNoMailbox {
			return p.err
		}
	}
	return nil
}
