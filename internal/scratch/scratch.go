// Package scratch runs the suite of provider/conformance against the real thing: on a calendar that it makes for itself in
// somebody's account, and removes at the end, whatever happened.
//
// The one calendar serves all cases and is emptied before each: Google lets an account make only a few calendars in a day, and
// a calendar for each case would leave more behind if the power failed. Nothing else in the account is read or written. No guest
// is invited, so that nobody is mailed; the case that takes an invitation runs only where storing one cannot be answered by mail. Where no
// calendar can be made, in Pipedrive, it takes a user who has no activity at all.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
)

// Account is where the calendar is made.
type Account struct {
	Provider string // google, graph, ews, caldav or pipedrive
	URL      string // the server's address; empty: the provider's own, which CalDAV has none of, and Exchange has by the mail address
	Token    string // access token, of Google and Graph; API token of Pipedrive
	Username string // of CalDAV, and of Exchange
	Password string
	Hosts    []string // that such a server points to and that may have the password, too
	// Transport reaches the network; Now is the clock. Both have to be given.
	Transport http.RoundTripper
	Now       func() time.Time
}

// Report is what came out.
type Report struct {
	Provider string             `json:"provider"`
	Server   string             `json:"server"` // its host, and its product if it is known
	Date     string             `json:"date"`
	Calendar string             `json:"calendar"` // the name of the one that was made
	Left     bool               `json:"left"`     // it could not be removed
	Result   conformance.Result `json:"result"`
}

// calendar is the one that was made, in another program.
type calendar interface {
	conformance.Backdoor
	Remove() error
}

// made is a calendar with all that it takes to examine an adapter over it.
type made struct {
	target conformance.Target
	server string
	// probe asks the adapter once what has to be known to open the calendar.
	probe func(ctx context.Context) error
	// open opens it, for a case, in another program, and in the adapter over a wire of its own. It sends nothing. What the other
	// program makes has names that begin with prefix.
	open func(ctx context.Context, prefix string) (opened, error)
	// door opens it in the other program alone.
	door func(ctx context.Context, prefix string) calendar
}

// opened is a calendar under examination. The backdoor is the other program, with the wire.
type opened struct {
	provider provider.Provider
	backdoor conformance.Backdoor
}

type maker func(ctx context.Context, a Account, name string) (*made, error)

var makers = map[string]maker{"google": inGoogle, "graph": inGraph, "ews": inExchange, "caldav": inCalDAV, "pipedrive": inPipedrive}

// goodbye bounds what is done after the end, in which a calendar is removed.
const goodbye = time.Minute

// Run makes a calendar, examines the adapter over it, and removes it. told hears its name first and then of each case. The error
// is for what kept the suite from running at all, or the calendar from being removed; what fails in the suite is in the report.
func Run(ctx context.Context, a Account, named func(calendar string), told func(conformance.Result)) (Report, error) {
	now := a.Now()
	r := Report{Provider: a.Provider, Date: now.Format(time.DateOnly), Calendar: "Tahti conformance " + now.Format("2006-01-02 15.04.05")}
	making := makers[a.Provider]
	if making == nil {
		return r, fmt.Errorf("no provider is called %q", a.Provider)
	}
	if err := ctx.Err(); err != nil {
		return r, err
	}
	named(r.Calendar)
	m, err := making.whole(ctx, a, r.Calendar)
	if err != nil {
		return r, err
	}
	r.Result, err = m.examine(ctx, strconv.FormatInt(now.UnixMilli(), 32), told)
	r.Server = m.server
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	if gone := m.door(after, "").Remove(); gone != nil {
		r.Left = true
		return r, errors.Join(err, fmt.Errorf("remove the calendar %q: %w", r.Calendar, gone))
	}
	return r, err
}

// whole makes the calendar, and is not broken off: what was made and is not known could not be removed.
func (f maker) whole(ctx context.Context, a Account, name string) (*made, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	m, err := f(ctx, a, name)
	if err != nil {
		return nil, fmt.Errorf("make a calendar: %w", err)
	}
	return m, nil
}

// examine runs the suite. stamp makes names that no calendar of the account has seen.
func (m *made) examine(ctx context.Context, stamp string, told func(conformance.Result)) (conformance.Result, error) {
	if err := m.probe(ctx); err != nil {
		return conformance.Result{}, fmt.Errorf("look at the new calendar: %w", err)
	}
	cases := 0
	result := conformance.Examine(ctx, m.target, func(t *conformance.Trial) (provider.Provider, conformance.Backdoor) {
		cases++
		o, err := m.open(t.Context(), fmt.Sprintf("other%sc%03d", stamp, cases))
		if err != nil {
			t.Fatalf("open the calendar: %v", err)
		}
		if err := empty(o.backdoor); err != nil {
			t.Fatalf("empty the calendar: %v", err)
		}
		return o.provider, o.backdoor
	}, told)
	return result, ctx.Err()
}

// empty deletes what the case before has left.
func empty(door conformance.Backdoor) error {
	held, err := door.Held()
	if err != nil {
		return err
	}
	for _, id := range held {
		if err := door.Delete(id); err != nil {
			return err
		}
	}
	if held, err = door.Held(); err == nil && len(held) > 0 {
		err = fmt.Errorf("%d items are still there", len(held))
	}
	return err
}
