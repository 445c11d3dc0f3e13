package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// pdError is a refusal in Pipedrive's shape.
type pdError struct {
	Status int
	Text   string // "error"
	Info   string // "error_info"
}

func (e *pdError) Error() string { return e.Text }

func badRequest(format string, args ...any) error {
	return &pdError{http.StatusBadRequest, fmt.Sprintf(format, args...), "Correct the request and send it again."}
}

func notFound(what string) error {
	return &pdError{http.StatusNotFound, what + " not found", "It does not exist in this company, or was deleted."}
}

// pdAnswer is every answer of this part that is no refusal.
type pdAnswer struct {
	Success    bool `json:"success"`
	Data       any  `json:"data"`
	Additional any  `json:"additional_data,omitempty"`
}

type nextCursor struct {
	Next *string `json:"next_cursor"`
}

func pageOf(data any, next string) *pdAnswer {
	a := &pdAnswer{Data: data, Additional: nextCursor{}}
	if next != "" {
		a.Additional = nextCursor{&next}
	}
	return a
}

// pdCall is one request of this part.
type pdCall struct {
	*caller
	s *server
	r *http.Request
}

func (c *pdCall) view(f func(ctx context.Context, tx engine.Tx) error) error {
	return c.s.House.Store.View(c.r.Context(), c.Company, func(tx engine.Tx) error { return f(c.r.Context(), tx) })
}

func (c *pdCall) change(f func(ctx context.Context, tx engine.Tx) error) error {
	return c.s.House.Store.Tx(c.r.Context(), c.Company, func(tx engine.Tx) error { return f(c.r.Context(), tx) })
}

// pipedrive is the Pipedrive-shaped part.
func (s *server) pipedrive() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, status int, f func(*pdCall) (*pdAnswer, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			answer, err := s.pdServe(r, f)
			if err != nil {
				s.pdRefuse(w, r, err)
				return
			}
			answer.Success = true
			s.write(w, r, status, "application/json", answer)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.pdRefuse(w, r, notFound("Path")) })
	if s.PipedriveOff {
		return mux
	}
	pdActivityRoutes(handle)
	pdTypeRoutes(handle)
	pdUserRoutes(handle)
	pdCompanyRoutes(handle)
	pdLaterRoutes(handle)
	return mux
}

type pdHandle func(pattern string, status int, f func(*pdCall) (*pdAnswer, error))

func (s *server) pdServe(r *http.Request, f func(*pdCall) (*pdAnswer, error)) (*pdAnswer, error) {
	who, err := s.identify(r, false)
	if err != nil {
		return nil, err
	}
	return f(&pdCall{who, s, r})
}

// pdRefuse answers an error. What nobody foresaw is logged, and only said to be internal.
func (s *server) pdRefuse(w http.ResponseWriter, r *http.Request, err error) {
	e := pdErrorOf(err)
	if e.Status >= http.StatusInternalServerError && e.Status != http.StatusNotImplemented {
		s.Log.Error("answer request", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	s.write(w, r, e.Status, "application/json", struct {
		Success bool   `json:"success"`
		Error   string `json:"error"`
		Info    string `json:"error_info"`
		Data    any    `json:"data"`
	}{Error: e.Text, Info: e.Info})
}

func pdErrorOf(err error) *pdError {
	if e, ok := errors.AsType[*pdError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*hub.Invalid](err); ok {
		return &pdError{http.StatusBadRequest, "Validation failed: " + e.Error(), "The field's value cannot be taken; nothing was saved."}
	}
	if e, ok := errors.AsType[*hub.Denied](err); ok {
		return &pdError{http.StatusForbidden, "Forbidden: " + e.Code, "This user may not do that; nothing was saved."}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &pdError{http.StatusRequestEntityTooLarge, "The request is too large", "Send at most 2 MiB."}
	}
	switch {
	case errors.Is(err, errNobody):
		return &pdError{http.StatusUnauthorized, "unauthorized access", "Send a valid API token as x-api-token or Authorization: Bearer."}
	case errors.Is(err, store.ErrNotFound):
		return &pdError{http.StatusNotFound, "Not found", "It does not exist in this company, or was deleted."}
	case errors.Is(err, store.ErrReference):
		return &pdError{http.StatusBadRequest, "Validation failed: it refers to something that does not exist", "Check the ids in the request."}
	case errors.Is(err, store.ErrText):
		return &pdError{http.StatusBadRequest, "Validation failed: bad_text", "A text is not valid UTF-8 or has a NUL in it; nothing was saved."}
	case errors.Is(err, store.ErrCursor):
		return &pdError{http.StatusBadRequest, "The cursor does not belong to this list", "Begin again without cursor, with the same sorting on every page."}
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrExists):
		return &pdError{http.StatusConflict, "Changed meanwhile", "Read it again, then send the change again."}
	}
	return &pdError{http.StatusInternalServerError, "Internal error", "Nothing was saved. Try again; if it lasts, tell the administrator."}
}

func (s *server) write(w http.ResponseWriter, r *http.Request, status int, contentType string, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		s.Log.Error("write answer", "method", r.Method, "path", r.URL.Path, "error", err)
		http.Error(w, `{"success":false,"error":"Internal error"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // nobody is left to be told that the caller went away
}

// body reads a JSON object into v. What v does not know is refused: dropping it would look as if it had been saved.
func (c *pdCall) body(v any) error {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &pdError{http.StatusUnsupportedMediaType, "The content type is not taken", "Send application/json."}
	}
	raw, err := io.ReadAll(c.r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	if err == nil {
		err = decodeWish(raw, v)
	}
	if err != nil {
		return badRequest("Invalid request body: %s", err)
	}
	return nil
}

// decodeWish reads one JSON object. Its errors speak of the request, not of our types.
func decodeWish(raw []byte, v any) error {
	switch {
	case !utf8.Valid(raw):
		return errNotUTF8
	case !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")):
		return errors.New("an object is expected")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		article := "a"
		if strings.HasPrefix(wrong.Value, "array") || strings.HasPrefix(wrong.Value, "object") {
			article = "an"
		}
		return fmt.Errorf("%s: %s %s is not taken here", wrong.Field, article, wrong.Value)
	}
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, more := d.Token(); more != io.EOF {
		return errors.New("there is more than one JSON value")
	}
	return nil
}

// id is the number in the path.
func (c *pdCall) id(what string) (store.ID, error) {
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, notFound(what)
	}
	return id, nil
}

// maybe is a field of a request that may be absent, null or a value.
type maybe[T any] struct {
	Set, Null bool
	Value     T
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *maybe[T]) UnmarshalJSON(b []byte) error {
	m.Set = true
	if string(b) == "null" {
		m.Null = true
		return nil
	}
	return json.Unmarshal(b, &m.Value)
}

// orNull is a value for JSON, null where it is zero.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// stamp writes an instant as version 2 does; null if there is none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05Z"))
}
