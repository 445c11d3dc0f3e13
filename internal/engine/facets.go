package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// What a CRM's items say beside goes through the same shadows, merges and notes as all else. Only where an event meets the hub its
// references become rows of ours, and where it meets the provider rows become references.

// limits are what the side may be given: as the provider says, or said in the last run where none is at hand.
func (b *bench) limits() lens.Limits {
	if b.capable.Fields == 0 {
		return lens.Limits(b.connection.Health.Limits)
	}
	return LimitsOf(&b.capable)
}

// LimitsOf are what a side may be given that is capable of so much.
func LimitsOf(c *provider.Capabilities) lens.Limits {
	return lens.Limits{
		Facets: c.Fields & calendar.FacetFields, Singles: !c.Fields.Has(calendar.Recurrence), Shared: c.Shared, OneDay: c.OneDay,
	}
}

// viewOf is how the scope of the connection looks at an activity, nil where there is none: also at where it was born.
func (r *run) viewOf(ctx context.Context, tx Tx, a *crm.Activity, linked bool) (v lens.View, err error) {
	v = r.view(r.now(), linked)
	if a != nil {
		v.FromCRM, err = r.fromCRM(ctx, tx, a.Origin)
	}
	return v, err
}

// fromCRM reports that a connection is one to another CRM: what was born there is an activity, not an event of a calendar. The run
// remembers it, because a connection never becomes one to something else.
func (r *run) fromCRM(ctx context.Context, tx Tx, origin store.ID) (bool, error) {
	if origin == 0 || origin == r.connection.ID {
		return false, nil
	}
	is, known := r.crms[origin]
	if known {
		return is, nil
	}
	c, err := tx.Connection(ctx, origin)
	if err != nil && !isNotFound(err) {
		return false, fmt.Errorf("read where an activity was born: %w", err)
	}
	if r.crms == nil {
		r.crms = map[store.ID]bool{}
	}
	r.crms[origin] = c.Health.Limits.Facets != 0
	return r.crms[origin], nil
}

// bare is an activity as this connection shows it.
func (r *run) bare(ctx context.Context, tx Tx, a *crm.Activity, parts []crm.Participant) (calendar.Event, error) {
	e := lens.Bare(a, parts, r.connection.Member, &r.settings, r.capable.Fields)
	if r.capable.Fields&calendar.FacetFields == 0 {
		return e, nil
	}
	refs, err := r.e.Hub.Refs(ctx, tx, r.account.Server, a)
	if err != nil {
		return e, fmt.Errorf("read what activity %d belongs to: %w", a.ID, err)
	}
	lens.AddFacets(&e, a, r.connection.Member, r.capable.Fields, refs)
	return e, nil
}

// incoming is a remote event in the words of the hub.
func (r *run) incoming(s *situation, bare *calendar.Event) calendar.Event {
	e := lens.Incoming(bare, &r.settings, r.capable.Fields)
	r.onClock(s, &e)
	return e
}

// onClock gives an event that comes in without zones the clock of its activity, and one whole day the others that the side cannot hold.
func (r *run) onClock(s *situation, e *calendar.Event) {
	var plan *calendar.Event
	if s.activity != nil {
		plan = &s.activity.Plan
	}
	onClockOf(plan, e, &r.capable, r.user.TimeZone)
}

func onClockOf(plan, e *calendar.Event, capable *provider.Capabilities, zone string) {
	if capable.OneDay {
		lens.WithDaysOf(e, plan)
	}
	if capable.Instants {
		lens.OnClockOf(e, plan, zone)
	}
}

// worded puts an event that is to be written in the words that the provider has for it. said is the event before, in the hub's, and
// there what stands at the provider, which said says the same of as s.remote; nil for what is to be made.
func (r *run) worded(e calendar.Event, s *situation, said, there *calendar.Event) calendar.Event {
	lens.Untied(&e, there)
	if r.capable.OneDay {
		lens.FirstDay(&e)
	}
	if !r.capable.Instants {
		return e
	}
	if there != nil && calendar.Same(calendar.When, &said.Values, &s.remote.Values) {
		calendar.Copy(calendar.When, &e.Values, &there.Values) // to the second, and on the day of a change of the clocks
		return e
	}
	lens.AsInstants(&e, r.home())
	return e
}

// home is the clock of the connection's user.
func (r *run) home() *time.Location {
	if loc, err := recur.Location(r.user.TimeZone); err == nil && r.user.TimeZone != "" {
		return loc
	}
	return time.UTC
}

// adopt gives a change of an activity the rows of the CRM that an event names in facets.
func (r *run) adopt(ctx context.Context, tx Tx, e *calendar.Event, facets calendar.FieldSet, to *crm.Activity) (err error) {
	said := e.Facet()
	for _, f := range facets.List() {
		switch f {
		case calendar.TypeFacet:
			to.Type, err = r.e.Hub.AdoptType(ctx, tx, said.Type, r.settings.TypeIn)
		case calendar.DoneFacet:
			to.Done = said.Done
		case calendar.NoteFacet:
			to.Note = said.Note
		default:
			*to.Row(f), err = r.e.Hub.Adopt(ctx, tx, r.by(), r.connection.Member, r.account.Server, f, *said.Ref(f))
		}
		if err != nil {
			return fmt.Errorf("take in %s: %w", f, err)
		}
	}
	return nil
}

// untold are references of ours that an incoming change takes the place of, and that never went out, because nobody knows what they are
// there: whoever set the other one has not seen them.
func untold(res *merge.Result) (lost []merge.Conflict) {
	for _, ch := range res.ToLocal.List {
		if !calendar.References.Has(ch.Field) {
			continue
		}
		if from := ch.From.Facet(); from.Ref(ch.Field).Here != 0 {
			lost = append(lost, merge.Conflict{Field: ch.Field, Op: ch.Op, Winner: merge.Calendar, Kept: ch.To, Lost: ch.From})
		}
	}
	return lost
}

// facetValue is what values say in a facet, as history and conflicts hold it. takeIn: what is not known here yet is made, so that it can
// be put back.
func (r *run) facetValue(ctx context.Context, tx Tx, f calendar.Field, v *calendar.Values, takeIn bool) (json.RawMessage, error) {
	var a crm.Activity
	e, fields := calendar.Event{Values: *v}, calendar.Fields(f)
	if takeIn || !calendar.References.Has(f) && f != calendar.TypeFacet {
		if err := r.adopt(ctx, tx, &e, fields, &a); err != nil {
			return nil, err
		}
		return hub.Value(&a, f.String()), nil
	}
	said := e.Facet()
	if f == calendar.TypeFacet {
		a.Type = said.Type.ID
		return hub.Value(&a, f.String()), nil
	}
	row, err := r.e.Hub.RowOf(ctx, tx, r.account.Server, f, *said.Ref(f))
	*a.Row(f) = row
	return hub.Value(&a, f.String()), err
}

// frameAs wants for an activity what goes around it once what comes in is in: see [run.updatePlan]. What it belongs to then need not be
// here yet, and is called as it is there.
func (d *dry) frameAs(ctx context.Context, tx Tx, s *situation, res merge.Result) error {
	came := res.ToLocal.Fields() & calendar.FacetFields
	if !s.link.Ours || !s.state.Out || came == 0 {
		return nil
	}
	c, err := d.e.Hub.Context(ctx, tx, s.activity, d.e.BaseURL)
	if err != nil {
		return err
	}
	f, a := res.Local.Facet(), s.activity.Clone()
	if came.Has(calendar.DoneFacet) {
		a.Done = f.Done
	}
	name := map[calendar.Field]*string{calendar.DealFacet: &c.Deal, calendar.PersonFacet: &c.Person, calendar.OrgFacet: &c.Organization}
	for _, field := range (came & calendar.References).List() {
		*name[field] = f.Ref(field).Name
	}
	s.wanted = lens.FrameOf(&a, c, &d.settings, s.frame.Off)
	return nil
}
