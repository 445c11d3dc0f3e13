package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tahti/client"
)

type syncCmd struct {
	far
	Connection int64 `help:"Only this connection." placeholder:"ID"`
	DryRun     bool  `help:"Say what a sync would do; write nothing."`
}

// outcome is what became of one connection.
type outcome struct {
	Connection int64          `json:"connection"`
	Calendar   string         `json:"calendar"`
	State      string         `json:"state"`
	Run        *client.Run    `json:"run"` // nil: it could not be asked to sync
	Title      string         `json:"title,omitempty"`
	Next       string         `json:"next,omitempty"`
	before     map[string]int // what a run did that was under way already when this one was asked for
	waiting    map[string]int // what waits for a person by now, also since earlier runs
}

// Run syncs one's connections, one after the other, and says what happened.
func (c *syncCmd) Run(ctx context.Context, a *app) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	list, err := c.connections(ctx, server)
	if err != nil {
		return c.explain(err)
	}
	if len(list) == 0 {
		return hinted{errors.New("no calendar is connected"), "connect one with: tahti connect caldav --url URL --username NAME"}
	}
	results, failed, waiting := []outcome{}, 0, 0
	for _, x := range list {
		o, needs, err := c.one(ctx, a, server, x)
		if err != nil {
			return c.explain(err)
		}
		results = append(results, o)
		if o.Run != nil && o.Run.State == "failed" {
			failed++
		} else if needs {
			waiting++
		}
		if !a.json {
			o.say(a)
		}
	}
	if a.json {
		if err := a.print(map[string]any{"connections": results}); err != nil {
			return err
		}
	}
	switch {
	case failed > 0:
		return hinted{fmt.Errorf("%d of %d connections could not be synced", failed, len(list)), "what to do is said above, and by: tahti status"}
	case waiting > 0:
		return needsPerson{hinted{errors.New("something waits for you"), "look with: tahti status, or on the page Calendar sync of " + c.Server}}
	}
	return nil
}

func (c *syncCmd) connections(ctx context.Context, server *client.Client) ([]client.Connection, error) {
	if c.Connection == 0 {
		return server.Connections(ctx)
	}
	x, err := server.Connection(ctx, c.Connection)
	return []client.Connection{x}, err
}

// one syncs one connection. needs tells that something waits for a person.
func (c *syncCmd) one(ctx context.Context, a *app, server *client.Client, x client.Connection) (o outcome, needs bool, err error) {
	o = outcome{Connection: x.ID, Calendar: x.CalendarName, State: x.State}
	var run client.Run
	if c.DryRun {
		run, err = server.Run(ctx, x.ID, true, true)
	} else {
		run, o.before, err = follow(ctx, a, server, x)
	}
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Code == "wrong_state" {
		o.Title, o.Next = x.Title, x.Next
		return o, needsSomebody(x), nil
	}
	if p, ok := errors.AsType[*client.Problem](err); ok && len(p.Findings) > 0 {
		o.Run = &client.Run{State: "failed", Kind: "dry_run", Error: p.Code, Title: p.Title, Next: p.Next}
		return o, true, nil
	}
	if err != nil {
		return o, false, err
	}
	o.Run = &run
	if c.DryRun {
		o.waiting = map[string]int{}
		for _, w := range counted {
			o.waiting[w.name] = x.Counts[w.name] + run.Counts[w.name]
		}
		return o, waits(o.waiting) > 0, nil
	}
	if x, err = server.Connection(ctx, x.ID); err != nil {
		return o, false, err
	}
	o.State = x.State
	o.waiting = x.Counts
	return o, needsSomebody(x), nil
}

// waits is how many items wait for a person.
func waits(counts map[string]int) int {
	return counts["held"] + counts["parked"] + counts["needs_sending"]
}

// needsSomebody reports whether a connection rests until a person acts, or has items that do.
func needsSomebody(x client.Connection) bool {
	switch x.State {
	case "pending_sign_in", "choose_calendar", "needs_sign_in", "needs_permission", "held":
		return true
	}
	return waits(x.Counts) > 0
}

// follow asks for a run, shows its progress, and answers it when it has ended; and the counts of the runs before it that
// ended meanwhile: an import or a confirmation has begun one by itself, and what it did is what the person waits for.
func follow(ctx context.Context, a *app, server *client.Client, x client.Connection) (run client.Run, meanwhile map[string]int, err error) {
	runs, err := server.Runs(ctx, x.ID)
	if err != nil {
		return run, nil, err
	}
	before, seen := newest(runs), map[int64]bool{}
	for _, r := range runs {
		seen[*r.ID] = ended(r)
	}
	if run, err = server.Run(ctx, x.ID, false, false); err != nil {
		return run, nil, err
	}
	show := newProgress(a, x.CalendarName)
	defer show.end()
	for wait := 50 * time.Millisecond; !ended(run); wait = min(2*wait, time.Second) {
		now, err := server.Connection(ctx, x.ID)
		if err != nil {
			return run, nil, err
		}
		show.set(now.Progress)
		select {
		case <-ctx.Done():
			return run, nil, fmt.Errorf("wait for the run: %w", ctx.Err())
		case <-time.After(wait):
		}
		if runs, err = server.Runs(ctx, x.ID); err != nil {
			return run, nil, err
		}
		run = pick(runs, run, before)
	}
	return run, sum(runs, seen, run), nil
}

// sum adds up the counts of the runs that have ended since seen was taken, but for one.
func sum(runs []client.Run, seen map[int64]bool, but client.Run) map[string]int {
	total := map[string]int{}
	for _, r := range runs {
		if r.ID == nil || but.ID == nil || seen[*r.ID] || *r.ID >= *but.ID || r.State != "done" || r.Kind == "dry_run" {
			continue
		}
		for name, n := range r.Counts {
			total[name] += n
		}
	}
	return total
}

func ended(r client.Run) bool { return r.State != "queued" && r.State != "running" }

func newest(runs []client.Run) (id int64) {
	for _, r := range runs {
		id = max(id, *r.ID)
	}
	return id
}

// pick finds the run that was asked for: by its id, or, if it had not begun by then, the first after before.
func pick(runs []client.Run, asked client.Run, before int64) client.Run {
	found := asked
	for _, r := range runs { // newest first
		switch {
		case r.ID == nil || r.Kind == "dry_run":
		case asked.ID != nil && *r.ID == *asked.ID:
			return r
		case asked.ID == nil && *r.ID > before:
			found = r
		}
	}
	return found
}

// counted are the counts in the order in which they are told, with their words. Those that nobody has to know are left out.
var counted = []struct {
	name, words string
	waits       bool
}{
	{"created_in_crm", "added here", false}, {"updated_in_crm", "changed here", false}, {"deleted_in_crm", "deleted here", false},
	{"created_in_calendar", "added to the calendar", false}, {"updated_in_calendar", "changed in the calendar", false},
	{"deleted_in_calendar", "deleted from the calendar", false}, {"conflicts", "edited on both sides", false},
	{"held", "held", true}, {"needs_sending", "need sending", true}, {"parked", "set aside", true},
	{"would_mail", "people would get mail", true},
}

func (o outcome) say(a *app) {
	fmt.Fprintf(a.out, "%s (connection %d): ", o.Calendar, o.Connection)
	switch {
	case o.Run == nil:
		fmt.Fprintf(a.out, "not synced. %s.\n", strings.TrimSuffix(o.Title, "."))
	case o.Run.State == "failed":
		fmt.Fprintf(a.out, "%s\n", strings.TrimSuffix(o.Run.Title, "."))
		o.Next = o.Run.Next
	default:
		fmt.Fprintln(a.out, countsLine(o.Run, o.before, o.waiting))
	}
	if o.Next != "" {
		fmt.Fprintf(a.out, "  %s\n", o.Next)
	}
}

// countsLine tells what a run did, and runs before it, and what waits; where waiting does not say that, the run does.
func countsLine(r *client.Run, before, waiting map[string]int) string {
	var parts []string
	for _, c := range counted {
		n := r.Counts[c.name]
		if stands, told := waiting[c.name]; c.waits && told {
			n = stands
		} else if !c.waits {
			n += before[c.name]
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c.words))
		}
	}
	switch {
	case len(parts) == 0:
		return "everything is in step"
	case r.Kind == "dry_run":
		return "a sync would do this: " + strings.Join(parts, ", ")
	}
	return strings.Join(parts, ", ")
}
