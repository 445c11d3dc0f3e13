package api

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
)

// activityWish is what may be written of an activity (AddActivityRequest of the official client), with our fields at the end.
type activityWish struct {
	Subject     maybe[string]         `json:"subject"`
	Type        maybe[string]         `json:"type"`
	OwnerID     maybe[int64]          `json:"owner_id"`
	DealID      maybe[int64]          `json:"deal_id"`
	LeadID      maybe[string]         `json:"lead_id"`
	PersonID    maybe[int64]          `json:"person_id"`
	OrgID       maybe[int64]          `json:"org_id"`
	ProjectID   maybe[int64]          `json:"project_id"`
	DueDate     maybe[string]         `json:"due_date"`
	DueTime     maybe[string]         `json:"due_time"`
	Duration    maybe[string]         `json:"duration"`
	Busy        maybe[bool]           `json:"busy"`
	Done        maybe[bool]           `json:"done"`
	Location    maybe[locationWish]   `json:"location"`
	Parts       maybe[[]partWish]     `json:"participants"`
	Attendees   maybe[[]attendeeWish] `json:"attendees"`
	Description maybe[string]         `json:"public_description"`
	Priority    maybe[int]            `json:"priority"`
	Outcome     maybe[int]            `json:"outcome"`
	Note        maybe[string]         `json:"note"`

	Zone      maybe[string] `json:"source_timezone"`
	Rule      maybe[string] `json:"rec_rule"`
	Extension maybe[string] `json:"rec_rule_extension"`
	Private   maybe[bool]   `json:"private"`
}

type locationWish struct {
	Value       string  `json:"value"`
	Country     *string `json:"country"`
	AreaLevel1  *string `json:"admin_area_level_1"`
	AreaLevel2  *string `json:"admin_area_level_2"`
	Locality    *string `json:"locality"`
	Sublocality *string `json:"sublocality"`
	Route       *string `json:"route"`
	Number      *string `json:"street_number"`
	Subpremise  *string `json:"subpremise"`
	PostalCode  *string `json:"postal_code"`
}

// line is the place as one line. Without a value it is put together from the parts, from near to far.
func (l *locationWish) line() string {
	if l.Value != "" {
		return l.Value
	}
	var parts []string
	for _, p := range []*string{l.Subpremise, l.Number, l.Route, l.Sublocality, l.Locality, l.PostalCode, l.AreaLevel2, l.AreaLevel1, l.Country} {
		if p != nil && *p != "" {
			parts = append(parts, *p)
		}
	}
	return strings.Join(parts, ", ")
}

type partWish struct {
	PersonID int64 `json:"person_id"`
	Primary  *bool `json:"primary"`
}

type attendeeWish struct {
	Email     string  `json:"email"`
	Name      *string `json:"name"`
	Status    *string `json:"status"`
	Organizer *bool   `json:"is_organizer"`
	PersonID  *int64  `json:"person_id"` // both follow from the address
	UserID    *int64  `json:"user_id"`
}

// apply gives an activity what a request says, and answers the hub's keys that it speaks about.
func (w *activityWish) apply(a *crm.Activity, c *caller) (fields []string, err error) {
	if w.LeadID.Set && w.LeadID.Value != "" || w.ProjectID.Set && !w.ProjectID.Null || w.Outcome.Set && !w.Outcome.Null {
		return nil, badRequest("Validation failed: there are no leads, projects and outcomes here, so lead_id, project_id and outcome must be null")
	}
	say := func(set bool, field string, f func()) {
		if set {
			f()
			fields = append(fields, field)
		}
	}
	p := &a.Plan
	say(w.Subject.Set, calendar.Subject.String(), func() { p.Subject = w.Subject.Value })
	say(w.Type.Set, hub.FieldType, func() { a.Type = w.Type.Value })
	say(w.OwnerID.Set, hub.FieldOwner, func() { a.OwnerID = w.OwnerID.Value })
	say(w.DealID.Set, hub.FieldDeal, func() { a.DealID = w.DealID.Value })
	say(w.OrgID.Set, hub.FieldOrg, func() { a.OrgID = w.OrgID.Value })
	say(w.Busy.Set, calendar.Busy.String(), func() { p.Busy = w.Busy.Value })
	say(w.Done.Set, hub.FieldDone, func() { a.Done = w.Done.Value })
	say(w.Location.Set, calendar.Location.String(), func() { p.Location = w.Location.Value.line() })
	say(w.Description.Set, calendar.Description.String(), func() { p.Description = lines(w.Description.Value) })
	say(w.Priority.Set, hub.FieldPriority, func() { a.Priority = w.Priority.Value })
	say(w.Note.Set, hub.FieldNote, func() { a.Note = lines(w.Note.Value) })
	say(w.Private.Set, calendar.Private.String(), func() { p.Private = w.Private.Value })
	for _, f := range []func(*crm.Activity, *caller) ([]string, error){w.person, w.guests, w.times} {
		more, err := f(a, c)
		if err != nil {
			return nil, err
		}
		fields = append(fields, more...)
	}
	return fields, nil
}

// lines writes line ends as the hub keeps them.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// person takes person_id, or the one participant: an activity is about one person here.
func (w *activityWish) person(a *crm.Activity, _ *caller) ([]string, error) {
	if !w.PersonID.Set && !w.Parts.Set {
		return nil, nil
	}
	id := w.PersonID.Value
	if w.Parts.Set {
		parts := w.Parts.Value
		switch {
		case len(parts) > 1:
			return nil, badRequest("Validation failed: participants: an activity is about one person here; invite others as attendees")
		case len(parts) == 0:
		case w.PersonID.Set && id != parts[0].PersonID:
			return nil, badRequest("Validation failed: participants: the participant is not person_id")
		default:
			id = parts[0].PersonID
		}
	}
	a.PersonID = id
	return []string{hub.FieldPerson}, nil
}

func (w *activityWish) guests(a *crm.Activity, _ *caller) ([]string, error) {
	if !w.Attendees.Set {
		return nil, nil
	}
	var guests []calendar.Guest
	for _, at := range w.Attendees.Value {
		email := strings.ToLower(strings.TrimSpace(at.Email))
		if at.Organizer != nil && *at.Organizer {
			if email != a.Plan.Organizer.Email {
				return nil, badRequest("Validation failed: attendees: only the calendar says who organises a meeting")
			}
			if i := slices.IndexFunc(a.Plan.Guests, func(g calendar.Guest) bool { return g.Email == email }); i >= 0 {
				guests = append(guests, a.Plan.Guests[i])
			}
			continue
		}
		g := calendar.Guest{Person: calendar.Person{Email: email}}
		if at.Name != nil {
			g.Name = *at.Name
		}
		if at.Status != nil && *at.Status != "" {
			answer, ok := answerOf(*at.Status)
			if !ok {
				return nil, badRequest("Validation failed: attendees: status %q is none of noreply, accepted, declined, tentative", *at.Status)
			}
			g.Answer = answer
		}
		guests = append(guests, g)
	}
	a.Plan.Guests = guests
	return []string{calendar.GuestsField.String()}, nil
}

func answerOf(status string) (calendar.Answer, bool) {
	for answer, text := range pdAnswers {
		if text == status {
			return answer, true
		}
	}
	return "", false
}

func (w *activityWish) times(a *crm.Activity, c *caller) (fields []string, err error) {
	p := &a.Plan
	before := p.Clone()
	when := whenWish{w.DueDate, w.DueTime, w.Duration, w.Zone}
	if when.says() {
		if p.Start, p.End, err = when.apply(p.Start, p.End, c); err != nil {
			return nil, err
		}
		fields = append(fields, calendar.When.String())
	}
	if !w.Rule.Set && !w.Extension.Set {
		return fields, nil
	}
	rule, extension := showRecurrence(&before)
	ruleText, extensionText := pick(w.Rule, rule), pick(w.Extension, extension)
	if ruleText == "" && !w.Extension.Set {
		extensionText = ""
	}
	var cancelled []calendar.Wall
	if p.Rule, p.Extra, cancelled, err = readRecurrence(p, ruleText, extensionText); err != nil {
		return nil, err
	}
	fields = append(fields, calendar.Recurrence.String())
	if w.Extension.Set {
		p.Cancelled = cancelled
		p.Overrides = slices.DeleteFunc(p.Overrides, func(o calendar.Override) bool { return slices.Contains(cancelled, o.Original) })
		fields = append(fields, hub.FieldOverrides)
	}
	return fields, nil
}
