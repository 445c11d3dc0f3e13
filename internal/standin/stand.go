package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Stand is a stand-in as a whole. All fields but Desk, Zone and Title have to be set before Handler is called.
type Stand struct {
	Title    string
	Now      func() time.Time
	Protocol http.Handler
	Faults   *Faults
	Log      *Log
	Mails    *Mails
	// Reset puts the stand-in's own data back to the first day; faults, log and mails are put back here.
	Reset func()
	// Desk is behind the page; nil serves none.
	Desk Desk
	// More adds control paths of the stand-in's own below /_standin/; nil adds none.
	More func(*http.ServeMux)
	// Zone is the IANA zone of times typed on the page, and of its today; UTC if empty.
	Zone string
}

// maxControl bounds the body of a control request.
const maxControl = 1 << 20

// Handler serves everything that the package's doc lists.
func (s *Stand) Handler() http.Handler {
	control := http.NewServeMux()
	control.HandleFunc("POST /_standin/reset", s.reset)
	control.HandleFunc("GET /_standin/faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Faults.List()) })
	control.HandleFunc("POST /_standin/faults", s.setFaults)
	control.HandleFunc("GET /_standin/requests", s.requests)
	control.HandleFunc("GET /_standin/mails", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Mails.All()) })
	if s.More != nil {
		s.More(control)
	}
	if s.Desk != nil {
		zone := time.UTC
		if loc, err := time.LoadLocation(s.Zone); err == nil {
			zone = loc
		}
		(&page{stand: s, zone: zone}).register(control)
	}
	// A page of somebody else must not press our buttons in the browser of whoever has this one open.
	guarded := http.NewCrossOriginProtection().Handler(control)
	protocol := s.Log.Wrap(s.Faults.Wrap(s.Protocol))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		home := r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && s.Desk != nil
		if home || strings.HasPrefix(r.URL.Path, "/_standin/") {
			guarded.ServeHTTP(w, r)
			return
		}
		protocol.ServeHTTP(w, r)
	})
}

func (s *Stand) reset(w http.ResponseWriter, _ *http.Request) {
	s.ResetAll()
	writeJSON(w, map[string]bool{"ok": true})
}

// ResetAll puts data, faults, log and mails back to the first day.
func (s *Stand) ResetAll() {
	_ = s.Faults.Set() // an empty list has no fault that could be wrong
	s.Log.Reset()
	s.Mails.Reset()
	s.Reset()
}

// setFaults replaces the faults by the JSON list in the body; an empty body or list clears them.
func (s *Stand) setFaults(w http.ResponseWriter, r *http.Request) {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControl))
	dec.DisallowUnknownFields()
	var list []Fault
	err := dec.Decode(&list)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil {
		err = s.Faults.Set(list...)
	}
	if err != nil {
		refuse(w, fmt.Errorf("read faults: %w", err))
		return
	}
	writeJSON(w, s.Faults.List())
}

func (s *Stand) requests(w http.ResponseWriter, r *http.Request) {
	var since int64
	if v := r.URL.Query().Get("since"); v != "" {
		var err error
		if since, err = strconv.ParseInt(v, 10, 64); err != nil {
			refuse(w, fmt.Errorf("since %q is no number of a request", v))
			return
		}
	}
	writeJSON(w, s.Log.Since(since))
}

func refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	encodeJSON(w, map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	encodeJSON(w, v)
}

// encodeJSON writes v indented. What can fail is the connection, and then nobody is left to be told.
func encodeJSON(w io.Writer, v any) {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v)
}
