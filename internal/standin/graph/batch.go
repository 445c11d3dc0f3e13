package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxBatch is how many requests a batch may hold.
const maxBatch = 20

// part is one request of a batch.
type part struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// serveBatch performs the parts one after the other, each behind the faults in force, and answers them in another order
// than they came: the original promises none.
func (s *Server) serveBatch(w http.ResponseWriter, r *http.Request, body []byte) {
	parts, f := s.readBatch(w, r, body)
	if f != nil {
		s.fail(w, r, f)
		return
	}
	failed := map[string]bool{}
	var answers []object
	for _, p := range parts {
		a := s.perform(r, p, failed)
		if status, _ := a.get("status").(int); status >= http.StatusBadRequest {
			failed[p.ID] = true
		}
		answers = append(answers, a)
	}
	slices.Reverse(answers)
	sendJSON(w, http.StatusOK, object{{"responses", orEmpty(answers)}})
}

// readBatch checks a batch as a whole.
func (s *Server) readBatch(w http.ResponseWriter, r *http.Request, body []byte) ([]part, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stamp(w, r)
	if _, f := s.signedIn(r); f != nil {
		return nil, f
	}
	if r.Method != http.MethodPost {
		return nil, refMethod.because("Specified HTTP method is not allowed for the request target.")
	}
	var v struct {
		Requests []part `json:"requests"`
	}
	if f := strict(body, &v, "batch"); f != nil {
		return nil, refBatch.because("Invalid batch payload format.")
	}
	if len(v.Requests) > maxBatch {
		return nil, refBatchSize.because("Number of batch request steps exceeds the maximum value of 20.")
	}
	before := map[string]bool{}
	for _, p := range v.Requests {
		_, typed := header(p.Headers, "Content-Type")
		switch {
		case p.ID == "" || p.Method == "" || !strings.HasPrefix("/"+strings.TrimPrefix(p.URL, "/"), "/") || p.URL == "":
			return nil, refBatch.because("Invalid batch payload format: id, method and url are required.")
		case before[p.ID]:
			return nil, refBatch.because("Request Id '" + p.ID + "' has to be unique in a batch.")
		case len(p.Body) > 0 && !typed:
			return nil, refBatch.because("Write request id : " + p.ID + " does not contain Content-Type header or body.")
		}
		for _, d := range p.DependsOn {
			if !before[d] {
				return nil, refBatch.because("The request '" + p.ID + "' depends on '" + d + "', which does not come before it.")
			}
		}
		before[p.ID] = true
	}
	return v.Requests, nil
}

func header(h map[string]string, name string) (string, bool) {
	for k, v := range h { // any order: one spelling of a name is there
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return "", false
}

// perform answers one part.
func (s *Server) perform(r *http.Request, p part, failed map[string]bool) object {
	w := newRecorder()
	for _, d := range p.DependsOn {
		if failed[d] {
			s.mu.Lock()
			s.fail(w, r, refDependency.because("The request '"+d+"' has failed."))
			s.mu.Unlock()
			return w.part(p.ID)
		}
	}
	ctx := context.WithValue(r.Context(), partKey{}, true)
	req, err := http.NewRequestWithContext(ctx, p.Method, origin(r)+"/v1.0/"+strings.TrimPrefix(p.URL, "/"), bytes.NewReader(p.Body))
	if err != nil {
		s.mu.Lock()
		s.fail(w, r, refPath.because("The url of the request is none."))
		s.mu.Unlock()
		return w.part(p.ID)
	}
	req.TLS = r.TLS
	for k, v := range p.Headers { // any order: a copy
		req.Header.Set(k, v)
	}
	req.Header.Set("Authorization", r.Header.Get("Authorization"))
	s.faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err) // it is in memory
		}
		s.serveOne(w, r, body)
	})).ServeHTTP(w, req)
	return w.part(p.ID)
}

// part writes an answer as a part of a batch. What is no JSON is text.
func (r *recorder) part(id string) object {
	headers := object{}
	for _, name := range []string{"Content-Type", "Location", "ETag", "Retry-After", "X-Ms-Throttle-Scope", "Preference-Applied", "X-Standin-Refusal"} {
		if v := r.header.Get(name); v != "" {
			headers = append(headers, member{name, v})
		}
	}
	o := object{{"id", id}, {"status", r.status}, {"headers", headers}}
	switch {
	case json.Valid(r.body.Bytes()):
		o = append(o, member{"body", json.RawMessage(r.body.Bytes())})
	case r.body.Len() > 0:
		o = append(o, member{"body", r.body.String()})
	}
	return o
}
