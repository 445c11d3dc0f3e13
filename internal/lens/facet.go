package lens

import (
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// Limits are how a side differs from a calendar of one's own in what it may be given. The zero value is such a calendar.
type Limits struct {
	// Facets are the fields of the CRM's own that the side holds, too.
	Facets calendar.FieldSet `json:"facets,omitempty"`
	// Singles: it holds no series.
	Singles bool `json:"singles,omitempty"`
	// Shared: colleagues see what is in it, and are connected to the same place.
	Shared bool `json:"shared,omitempty"`
	// OneDay: of several whole days it holds the first.
	OneDay bool `json:"one_day,omitempty"`
}

// Shortens reports that the side shows of an activity the first of several whole days.
func (l Limits) Shortens(a *crm.Activity) bool { return l.OneDay && manyDays(&a.Plan) }

// refuse says why an activity may not be shown to a side, whatever the settings; empty if it may. It holds for what is tied, too: our
// mirror of what was made private, or a series, is taken away, and what was born there rests as it is.
func (l Limits) refuse(a *crm.Activity, parts []crm.Participant, bornThere bool) Reason {
	switch {
	case l.Shared && a.Plan.Private:
		return PrivateNotHeld // masked, it would tell colleagues nothing that a CRM is for
	case l.Shared && !bornThere && a.Visibility != crm.Everyone:
		return OwnersOnly // what is only its owner's to see here would be everybody's there; what was born there is so already
	case l.Shared && !bornThere && slices.ContainsFunc(parts, func(p crm.Participant) bool { return p.Private }):
		return SharePrivate
	case l.Singles && a.Plan.IsSeries():
		return SeriesNotHeld
	}
	return ""
}

// AddFacets lets a bare event say what its activity says beside, in the fields that a side holds. refs is what the activity belongs to
// in the words of that side. It is for the owner's connection: nobody else has a say in what is the CRM's.
func AddFacets(bare *calendar.Event, a *crm.Activity, member crm.ID, capable calendar.FieldSet, refs calendar.Facets) {
	fields := capable & calendar.FacetFields
	if fields == 0 || a.OwnerID != member {
		return
	}
	all := refs
	all.Type, all.Done, all.Note = calendar.Ref{ID: a.Type}, a.Done, a.Note
	v := calendar.Values{Facets: &all}
	for _, f := range fields.List() {
		calendar.Copy(f, &bare.Values, &v)
	}
	bare.Known |= fields
}

// Untied takes out of an event that is to be written what points to rows of ours that have no name at the side. there is what stands
// there now, and stays; nil where nothing does yet, so that it is not spoken of.
func Untied(e, there *calendar.Event) {
	if e.Facets == nil {
		return
	}
	f := e.Facet()
	for _, field := range calendar.References.List() {
		if f.Ref(field).Here == 0 {
			continue
		}
		var kept calendar.Values
		if there != nil {
			kept = there.Values
		} else {
			e.Known &^= calendar.Fields(field)
		}
		calendar.Copy(field, &e.Values, &kept)
	}
}
