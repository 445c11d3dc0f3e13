package main

import (
	"fmt"
	"log/slog"
	"net/http"

	"tahti/internal/api"
	"tahti/internal/house"
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
	mux.Handle("/api/", api.New(api.Config{House: h, PipedriveOff: !c.Pipedrive, Version: version(), Log: c.Log}))
	return mux, nil
}
