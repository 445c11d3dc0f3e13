package main

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tahti/internal/engine"
	"tahti/internal/provider"
)

// metrics counts what runs do, without naming anybody.
type metrics struct {
	registry *prometheus.Registry
	runs     *prometheus.CounterVec
	items    *prometheus.CounterVec
	errors   *prometheus.CounterVec
	push     *prometheus.CounterVec
	requests prometheus.Counter
	seconds  prometheus.Histogram
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		runs:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tahti_runs_total", Help: "Runs that ended, by state."}, []string{"state"}),
		items:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tahti_items_total", Help: "What runs did, by kind."}, []string{"kind"}),
		errors:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tahti_run_errors_total", Help: "Errors that ended a run, by class."}, []string{"class"}),
		push: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tahti_push_total", Help: "Notifications of providers, and what was done to be sent them, by what became of it.",
		}, []string{"provider", "what"}),
		requests: prometheus.NewCounter(prometheus.CounterOpts{Name: "tahti_provider_requests_total", Help: "Requests to providers."}),
		seconds:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "tahti_run_seconds", Help: "How long runs take.", Buckets: prometheus.ExponentialBuckets(0.005, 4, 8)}),
	}
	m.registry.MustRegister(m.runs, m.items, m.errors, m.push, m.requests, m.seconds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(rep engine.Report, took time.Duration) {
	m.runs.WithLabelValues(rep.Run.State).Inc()
	for _, kind := range engine.CountNames {
		if n := rep.Counts[kind]; n > 0 {
			m.items.WithLabelValues(kind).Add(float64(n))
		}
	}
	if rep.Err != nil {
		m.errors.WithLabelValues(provider.ClassOf(rep.Err).String()).Inc()
	}
	m.requests.Add(float64(rep.Run.Requests))
	m.seconds.Observe(took.Seconds())
}

// pushed counts what became of a notification, or of asking a provider for them.
func (m *metrics) pushed(provider, what string) { m.push.WithLabelValues(provider, what).Inc() }

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
