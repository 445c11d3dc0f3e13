package lens

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// Withheld are the fields that another person's calendar never gets of a private activity.
var Withheld = calendar.Fields(calendar.Subject, calendar.Location, calendar.Description, calendar.GuestsField,
	calendar.OrganizerField, calendar.MeetingURL, calendar.AnswerField)

// Own are the fields that each person who carries a meeting says for themselves.
var Own = calendar.Fields(calendar.Busy, calendar.Private, calendar.AnswerField)

// Bare is the activity as the connection of member shows it, before it is dressed: with the member's own share in it, if it
// is a colleague's. Fields that the member may not see, or that the settings take no interest in, are not known and so can
// never flow back.
func Bare(a *crm.Activity, parts []crm.Participant, member crm.ID, s *Settings, capable calendar.FieldSet) calendar.Event {
	e := a.Plan.Clone()
	e.Known = capable &^ calendar.FacetFields // see AddFacets
	if s.Private == "ordinary" {
		e.Known &^= calendar.Fields(calendar.Private)
	}
	if a.OwnerID != member {
		withholdOccurrences(&e)
	}
	if a.OwnerID != member && a.Plan.Private {
		e.Known &^= Withheld
		hide(&e.Values)
		for i := range e.Overrides {
			e.Overrides[i].Set &^= Withheld // Normalize blanks what is not set
		}
	}
	for _, p := range parts {
		if p.UserID == member && a.OwnerID != member {
			e.Busy, e.Private, e.Answer = p.Busy, p.Private, p.Answer
			e.Known |= capable & calendar.Fields(calendar.AnswerField) // the owner's is withheld, not the member's own
		}
	}
	e.Normalize()
	return e
}

// withholdOccurrences takes out of single dates what is their owner's own, and of private ones everything but the time.
// What is withheld is unknown there: a blank would read as something that was said, and would be written over on both
// sides.
func withholdOccurrences(e *calendar.Event) {
	for i := range e.Overrides {
		o := &e.Overrides[i]
		o.Unknown = o.Set & Own
		if o.Set.Has(calendar.Private) && o.Private {
			o.Unknown |= Withheld
		}
		o.Set &^= o.Unknown // Normalize blanks what is not set
	}
}

func hide(v *calendar.Values) {
	blank := calendar.Values{}
	for _, f := range Withheld.List() {
		calendar.Copy(f, v, &blank)
	}
}

// Incoming is a remote event in the words of the hub under these settings: what takes no part is not known.
func Incoming(bare *calendar.Event, s *Settings, capable calendar.FieldSet) calendar.Event {
	e := bare.Clone()
	e.Known &= capable
	if s.Private == "ordinary" {
		e.Known &^= calendar.Fields(calendar.Private)
	}
	return e
}

// NewActivity is the activity that an incoming event becomes. What the event says of the CRM's own fields is the caller's to take in: type
// and what it belongs to are rows to be found.
func NewActivity(incoming *calendar.Event, owner crm.ID, s *Settings) crm.Activity {
	a := crm.Activity{
		OwnerID: owner, Type: s.TypeIn, Visibility: crm.OwnerOnly, Plan: incoming.Clone(),
	}
	if s.Visibility == "everyone" {
		a.Visibility = crm.Everyone
	}
	if !incoming.Known.Has(calendar.Private) {
		a.Plan.Private = false
	}
	a.Plan.Known, a.Plan.Facets = calendar.AllFields, nil
	return a
}

// Fingerprint names the content of a normal event, whatever the provider's versions do.
func Fingerprint(e *calendar.Event) string {
	b, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("event cannot be written as JSON: %v", err)) // plain values only
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
