package enginetest_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine/enginetest"
	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
)

// door is a calendar in memory as others reach it.
type door struct{ *enginetest.Calendar }

var _ interface {
	conformance.Backdoor
	conformance.Belonger
	conformance.Faulter
	conformance.WriteFaulter
} = (*door)(nil)

// said is an event as the calendar keeps it.
func (d *door) said(e calendar.Event) calendar.Event {
	for _, t := range []*calendar.Time{&e.Start, &e.End} {
		if loc, err := time.LoadLocation(t.Zone); err == nil && t.Kind == calendar.Zoned && d.Instants {
			*t = calendar.AtUTC(t.Instant(loc))
		}
	}
	return e
}

func (d *door) Create(e calendar.Event) (provider.RemoteID, error) { return d.Add(d.said(e)), nil }

func (d *door) Edit(id provider.RemoteID, e calendar.Event) error {
	d.Calendar.Edit(id, func(was *calendar.Event) { *was = d.said(e) })
	return nil
}

func (d *door) Delete(id provider.RemoteID) error {
	d.Calendar.Delete(id)
	return nil
}

func (d *door) Held() (ids []provider.RemoteID, err error) {
	for id := range d.Calendar.Held() {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

func (d *door) Belongings() (calendar.Facets, error) {
	return calendar.Facets{
		Type: calendar.Ref{ID: "call", Name: "Call"}, Deal: calendar.Ref{ID: "d", Name: "Deal"},
		Person: calendar.Ref{ID: "p", Name: "Person"}, Org: calendar.Ref{ID: "o", Name: "Organisation"},
	}, nil
}

// Strike lets the next request go wrong, StrikeWrite the next write.
func (d *door) Strike(f conformance.Fault) { d.strike(f, func(enginetest.Call) bool { return true }) }

func (d *door) StrikeWrite(f conformance.Fault) {
	d.strike(f, func(c enginetest.Call) bool { return c.Op == "put" || c.Op == "remove" })
}

func (d *door) strike(f conformance.Fault, which func(enginetest.Call) bool) {
	struck := false
	once := func(c enginetest.Call) error {
		if struck || !which(c) {
			return nil
		}
		struck = true
		class := provider.Transient
		if f == conformance.LoseReply && (c.Op == "put" || c.Op == "remove") {
			class = provider.Unknown
		}
		e := &provider.Error{Op: c.Op, Class: class, Err: errors.New(f.String())}
		if f == conformance.Throttled {
			e.Class, e.RetryAfter = provider.RateLimited, time.Now().Add(2*time.Minute)
		}
		return e
	}
	d.Calendar.Before, d.Calendar.After = nil, nil
	if f == conformance.LoseReply {
		d.Calendar.After = once
	} else {
		d.Calendar.Before = once
	}
}

// What the engine is tried against is held to the same contract as the real providers.
func TestACRMInMemoryIsAProvider(t *testing.T) {
	target := conformance.Target{Name: "crm", Lossy: map[string]string{"A fortnight": "of several whole days it holds the first"}, Skip: map[string]string{
		"an item that was deleted and made anew is read anew":               "an id is never used again",
		"the time that the server asks for is told and kept":                "it keeps no time by itself",
		"a lost cursor is said, or answered with everything":                "it loses none unless it is told to",
		"guests survive an update, and an invitee may not edit the meeting": "it has no guests",
		"what we do not model survives an update":                           "shown by the engine's tests",
		"an unreadable item is set aside and the others are read":           "shown by the engine's tests",
	}}
	conformance.Run(t, target, func(t *testing.T) (provider.Provider, conformance.Backdoor) {
		c := enginetest.New(enginetest.CRM())
		c.Now, c.Types = time.Now, []string{"call"}
		t.Cleanup(func() {
			for _, wrong := range c.Wrongs {
				t.Error(wrong)
			}
		})
		return c, &door{Calendar: c}
	})
}
