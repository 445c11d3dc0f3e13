package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
)

const (
	opPut         = "put"
	inexpressible = string(provider.Inexpressive)
)

var (
	errKey    = errors.New("a key is 5 to 1024 of the characters a-v and 0-9")
	errNoBase = errors.New("no item given that the write was planned on")
)

// Put creates or updates an item. Attendees and organiser are never sent: an event that is written with them anew loses
// whom it does not name, and they are told (SuiteCRM 10804).
func (c *Calendar) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	if c.profile.readOnly() {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	done, err := c.oneAtATime(ctx, opPut)
	if err != nil {
		return provider.Item{}, err
	}
	defer done()
	if w.ID == "" {
		return c.create(ctx, w)
	}
	return c.update(ctx, w)
}

// oneAtATime waits for the calendar's other writes.
func (c *Calendar) oneAtATime(ctx context.Context, op string) (done func(), err error) {
	select {
	case c.writing <- struct{}{}:
		return func() { <-c.writing }, nil
	case <-ctx.Done():
		return nil, &provider.Error{Op: op, Class: provider.Transient, Status: "not sent", Err: ctx.Err()}
	}
}

// sending is who is told of a write by mail.
func sending(notify bool) url.Values {
	return url.Values{"sendUpdates": {either(notify, "all", "none")}}
}

// zone is the calendar's own, asked for where the profile has none; empty if no time of the event floats.
func (c *Calendar) zone(ctx context.Context, e *calendar.Event) (string, error) {
	if e.Start.Kind != calendar.Floating {
		return "", nil
	}
	if c.profile.TimeZone != "" {
		return c.profile.TimeZone, nil
	}
	p, err := c.Probe(ctx)
	if err == nil && p.TimeZone == "" {
		err = &provider.Error{Op: opProbe, Class: provider.Transient, Code: provider.CodeServer, Status: "a calendar without a time zone"}
	}
	return p.TimeZone, err
}

// create makes an event whose id is the key. Cancelled starts go along in the recurrence, which says them in the same
// request; changed ones are written behind it.
func (c *Calendar) create(ctx context.Context, w provider.Put) (provider.Item, error) {
	if !chosen(string(w.Key)) {
		return provider.Item{}, rejected("", errKey)
	}
	e := w.Event.Clone()
	e.Normalize()
	if err := holdable(&e, &calendar.Event{Values: calendar.Values{Private: e.Private}}, 0); err != nil {
		return provider.Item{}, err
	}
	zone, err := c.zone(ctx, &e)
	if err != nil {
		return provider.Item{}, err
	}
	anchor(&e, zone)
	fields := calendar.BothWaysFields & w.Fields & e.Known
	b := body{"id": string(w.Key), "extendedProperties": map[string]any{"private": map[string]string{keyProperty: string(w.Key)}}}
	b.fill(fields|calendar.Fields(calendar.When), &e.Values, zone)
	if fields.Has(calendar.Recurrence) && e.IsSeries() {
		b["recurrence"] = lines(&e, e.Cancelled)
	}
	q := call{op: opPut, method: http.MethodPost, path: c.path("events"), query: sending(w.Notify), body: b, write: true, single: true}
	a, err := c.client.send(ctx, q)
	if err != nil {
		return c.notCreated(ctx, w.Key, err)
	}
	m, err := c.understood(q, a, string(w.Key))
	if err != nil {
		return provider.Item{}, err
	}
	g := &group{master: m, skew: a.skew, timed: a.known}
	if !e.IsSeries() || len(e.Overrides) == 0 {
		return c.item(g), nil
	}
	s := &series{Calendar: c, group: g, want: e, fields: fields, notify: w.Notify, zone: zone, written: 1}
	return s.finish(ctx, opPut)
}

// notCreated finds out what a refused creation means. The id of what was deleted stays taken for ever (google-api-ruby-client
// 1811): then the key is used up.
func (c *Calendar) notCreated(ctx context.Context, key provider.Key, refusal error) (provider.Item, error) {
	switch statusOf(refusal) {
	case http.StatusNotFound: // it is the calendar that is not there
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Transient, Code: provider.CodeWrongAddress, Status: "HTTP 404", Err: refusal}
	case http.StatusConflict:
	default:
		return provider.Item{}, refusal
	}
	it, _, err := c.get(ctx, opPut, provider.RemoteID(key))
	switch {
	case err != nil:
		return provider.Item{}, err
	case it.State == provider.StateGone:
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Gone, Status: "the id is taken by what was deleted", Err: refusal}
	}
	it.Found = true
	return it, nil
}

// update writes what is to change in an item, and nothing else.
func (c *Calendar) update(ctx context.Context, w provider.Put) (provider.Item, error) {
	if w.Base == nil || len(w.Base.Raw) == 0 {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: errNoBase}
	}
	base, err := regroup(w.Base.Raw)
	if err != nil {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Conflict, Err: err}
	}
	from := c.item(base)
	if from.State != provider.StateLive {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Forbidden, Code: string(provider.NotWritable), Err: errors.New(from.State.String())}
	}
	s := &series{Calendar: c, group: base, base: from, before: base.parts, tag: w.Base.Versions.Master().Tag, notify: w.Notify}
	s.outside = c.outsiders(base, append([]*event{base.master}, base.parts...)...)
	s.fields = w.Fields & calendar.BothWaysFields
	if s.tag == "" {
		s.tag = from.Versions.Master().Tag
	}
	s.want, s.shift = icalendar.Aim(&from.Event, &w.Event, s.fields)
	if err := s.allowed(); err != nil {
		return provider.Item{}, err
	}
	if s.zone, err = c.zone(ctx, &s.want); err != nil {
		return provider.Item{}, err
	}
	anchor(&s.want, s.zone)
	return s.update(ctx)
}

// anchor puts a floating series on the calendar's clock, where its occurrences are looked for.
func anchor(e *calendar.Event, zone string) {
	if zone == "" {
		return
	}
	fix := func(t *calendar.Time) {
		if t.Kind == calendar.Floating {
			*t = calendar.InZone(t.Wall, zone)
		}
	}
	fix(&e.Start)
	fix(&e.End)
	for i := range e.Extra {
		fix(&e.Extra[i])
	}
	for i := range e.Overrides {
		fix(&e.Overrides[i].Start)
		fix(&e.Overrides[i].End)
	}
	e.Normalize()
}

// allowed refuses what Google would refuse, or worse, take: changes of what is not ours to change, and what it cannot hold.
func (s *series) allowed() error {
	changed := difference(&s.base.Event.Values, &s.want.Values)
	if !calendar.SameRecurrence(&s.base.Event, &s.want) {
		changed |= calendar.Fields(calendar.Recurrence)
	}
	for i := range s.want.Overrides {
		o := &s.want.Overrides[i]
		was := s.base.Event.On(o.Original - s.shift)
		is := s.want.Effective(o)
		changed |= difference(&was, &is) & o.Set
	}
	if forbidden := changed &^ s.base.Editable; forbidden != 0 {
		return &provider.Error{
			Op: opPut, Class: provider.Forbidden, Code: string(provider.NotWritable), Err: fmt.Errorf("not ours to change: %s", forbidden),
		}
	}
	return holdable(&s.want, &s.base.Event, s.shift)
}
