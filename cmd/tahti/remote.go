package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tahti/client"
	"tahti/internal/text"
)

type statusCmd struct{ far }

// Run says how every connection is.
func (c *statusCmd) Run(ctx context.Context, a *app) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	s, err := server.Status(ctx)
	if err != nil {
		return c.explain(err)
	}
	if a.json {
		if err := a.print(s); err != nil {
			return err
		}
	} else {
		sayStatus(a, s, time.Now())
	}
	for _, x := range s.Connections {
		if needsSomebody(x) || len(s.Holds) > 0 {
			return needsPerson{hinted{errors.New("something waits for you"), "look on the page Calendar sync of " + c.Server}}
		}
	}
	return nil
}

func sayStatus(a *app, s client.Status, now time.Time) {
	fmt.Fprintf(a.out, "%s, tahti %s\n", s.Company, s.Version)
	if s.Stopped {
		fmt.Fprintln(a.out, "all sync of the company is stopped until an administrator lets it go on")
	}
	if len(s.Connections) == 0 {
		fmt.Fprintln(a.out, "no calendar is connected; connect one with: tahti connect caldav --url URL --username NAME")
	}
	for _, x := range s.Connections {
		name := x.CalendarName
		if name == "" {
			name = providerName(x.Provider)
		}
		fmt.Fprintf(a.out, "%d  %s: %s, last sync %s\n", x.ID, name, lowerFirst(strings.TrimSuffix(x.Title, ".")), ago(x.Health.LastRun, now))
		if p := x.Progress; p != nil {
			fmt.Fprintf(a.out, "   syncing, %d of %d\n", p.Done, p.Total)
		}
		if line := nowLine(x.Counts); line != "" {
			fmt.Fprintf(a.out, "   %s\n", line)
		}
		if x.State != "active" && x.Next != "" {
			fmt.Fprintf(a.out, "   %s\n", x.Next)
		}
	}
	for _, h := range s.Holds {
		fmt.Fprintf(a.out, "held on connection %d: %s; see: tahti holds\n", h.ConnectionID, lowerFirst(h.Title))
	}
}

// providerName is what people call a kind of account.
func providerName(kind string) string {
	if p := text.Match("en", ""); p.Has("preset." + kind + ".name") {
		return p.Word("preset", kind+".name")
	}
	return "CalDAV" // which has as many names as there are services
}

// nowLine tells what is tied and what waits, as it stands.
func nowLine(counts map[string]int) string {
	var parts []string
	for _, c := range []struct{ name, words string }{
		{"linked", "in step"}, {"held", "held"}, {"needs_sending", "need sending"}, {"parked", "set aside"},
	} {
		if n := counts[c.name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c.words))
		}
	}
	return strings.Join(parts, ", ")
}

func ago(t *time.Time, now time.Time) string {
	if t == nil {
		return "never"
	}
	switch d := now.Sub(*t); {
	case d < 10*time.Second:
		return "just now"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	}
	return t.Local().Format("2006-01-02 15:04")
}
