package status

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"tahti/internal/house"
	"tahti/internal/push"
	"tahti/internal/text"
)

// Config is what the pages are built from.
type Config struct {
	House *house.House
	Log   *slog.Logger // nil: slog's default
}

// keep is for how long a look is shown again, and patience how long the database may take for one.
const (
	keep     = 10 * time.Second
	patience = 5 * time.Second
)

//go:embed page.html
var source string

var page = template.Must(template.New("status").Parse(source))

type server struct {
	Config
	mu   sync.Mutex
	last Report
}

// New serves GET /status and GET /status.json.
func New(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	s := &server{Config: c}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", s.forPeople)
	mux.HandleFunc("GET /status.json", s.forPrograms)
	return mux
}

// report answers the last look, or a new one.
func (s *server) report(ctx context.Context) Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.House.Now()
	if age := now.Sub(s.last.At); !s.last.At.IsZero() && age >= 0 && age < keep {
		return s.last
	}
	// Whoever asked may leave; others wait for the same look.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	r, err := measure(ctx, s.House, now)
	if err != nil {
		s.Log.Error("look at the state of everything", "error", err)
		r.Status, r.Providers = Down, []Provider{}
		r.Components[1].Status, r.Components[2].Status = Down, Unknown
	}
	s.last = r
	return r
}

func (s *server) forPrograms(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if err := json.NewEncoder(w).Encode(s.report(r.Context())); err != nil {
		s.Log.Debug("write status", "error", err)
	}
}

// row is a line of the page.
type row struct{ Name, State, Status, More string }

type view struct {
	text.Printer
	Overall, Status string
	Rows            []row
	At              string
}

func (s *server) forPeople(w http.ResponseWriter, r *http.Request) {
	rep := s.report(r.Context())
	p := text.Match("", r.Header.Get("Accept-Language"))
	v := view{Printer: p, Overall: p.Word("service.all", rep.Status), Status: rep.Status, At: rep.At.Format("2006-01-02 15:04:05 MST")}
	for _, c := range rep.Components {
		v.Rows = append(v.Rows, row{p.Word("service.component", c.ID), c.Status, p.Word("service.part", c.Status), ""})
	}
	for _, x := range rep.Providers {
		v.Rows = append(v.Rows, row{p.T("service.provider", "name", name(x.ID)), x.Status, p.Word("service.part", x.Status), details(p, x)})
	}
	var b bytes.Buffer
	if err := page.Execute(&b, v); err != nil {
		s.Log.Error("write status page", "error", err)
		http.Error(w, "the page could not be written", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if _, err := b.WriteTo(w); err != nil {
		s.Log.Debug("write status", "error", err)
	}
}

// name is a provider as people call it.
func name(id string) string {
	switch id {
	case "caldav":
		return "CalDAV"
	case push.Google:
		return "Google"
	case push.Graph:
		return "Microsoft 365"
	case push.EWS, push.Hybrid:
		return "Microsoft Exchange"
	}
	return id
}

func details(p text.Printer, x Provider) string {
	if x.Success == nil {
		return ""
	}
	s := p.T("service.success", "share", int(*x.Success*100))
	if x.LagMS != nil {
		s += " " + p.T("service.lag", "n", int(*x.LagMS/1000))
	}
	if x.Push != nil {
		s += " " + p.T("service.push", "share", int(*x.Push*100))
	}
	return s
}
