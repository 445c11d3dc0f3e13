package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"tahti/internal/api"
	"tahti/internal/house"
	"tahti/internal/provider/caldav"
	"tahti/internal/status"
	"tahti/internal/web"
)

// surfaceConfig is what the surfaces have to be told.
type surfaceConfig struct {
	BaseURL, Support string
	Pipedrive        bool
	Loopback         bool
	Metrics          *metrics
	Log              *slog.Logger
}

// surfaces mounts everything that people and programs reach.
func surfaces(h *house.House, c surfaceConfig) (http.Handler, error) {
	h.Connections.Redirect = strings.TrimSuffix(c.BaseURL, "/") + web.ReturnPath
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := h.DB.Instance(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", c.Metrics.handler())
	state := status.New(status.Config{House: h, Log: c.Log})
	mux.Handle("GET /status", state)
	mux.Handle("GET /status.json", state)
	pages, err := web.New(web.Config{
		House: h, Presets: presets(), BaseURL: c.BaseURL, Loopback: c.Loopback, Support: c.Support, Log: c.Log,
	})
	if err != nil {
		return nil, err
	}
	mux.Handle("/", pages)
	mux.Handle("/push/", h.Push.Handler())
	mux.Handle("/api/", api.New(api.Config{House: h, Session: pages.Who, PipedriveOff: !c.Pipedrive, Version: version(), Log: c.Log}))
	return mux, nil
}

// presets are the calendar services as the pages offer them.
func presets() []web.Preset {
	var out []web.Preset
	for _, p := range caldav.Presets() {
		out = append(out, web.Preset{ID: p.ID, Name: p.Name, NeedsHost: p.NeedsHost(), Start: p.Start})
	}
	return out
}
