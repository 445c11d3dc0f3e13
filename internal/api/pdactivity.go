package api

import (
	"context"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
)

// activityItem is an activity as GET /api/v2/activities has it (ActivityItem of the official client), with our fields at
// the end. What is not set is null.
type activityItem struct {
	ID          int64         `json:"id"`
	Subject     string        `json:"subject"`
	Type        *string       `json:"type"`
	OwnerID     int64         `json:"owner_id"`
	CreatorID   *int64        `json:"creator_user_id"`
	Deleted     bool          `json:"is_deleted"`
	Added       *string       `json:"add_time"`
	Updated     *string       `json:"update_time"`
	DealID      *int64        `json:"deal_id"`
	LeadID      *string       `json:"lead_id"` // there are no leads here
	PersonID    *int64        `json:"person_id"`
	OrgID       *int64        `json:"org_id"`
	ProjectID   *int64        `json:"project_id"` // nor projects
	DueDate     *string       `json:"due_date"`
	DueTime     *string       `json:"due_time"`
	Duration    *string       `json:"duration"`
	Busy        bool          `json:"busy"`
	Done        bool          `json:"done"`
	DoneAt      *string       `json:"marked_as_done_time"`
	Location    *pdLocation   `json:"location"`
	Parts       []pdPart      `json:"participants"`
	Attendees   *[]pdAttendee `json:"attendees,omitempty"` // with include_fields=attendees, and in the answer to a write
	Client      *string       `json:"conference_meeting_client"`
	MeetingURL  *string       `json:"conference_meeting_url"`
	MeetingID   *string       `json:"conference_meeting_id"`
	Description *string       `json:"public_description"`
	Priority    *int          `json:"priority"`
	Outcome     *int          `json:"outcome"` // nor outcomes
	Note        *string       `json:"note"`

	Zone      *string `json:"source_timezone"`
	Rule      *string `json:"rec_rule"`
	Extension *string `json:"rec_rule_extension"`
	Private   bool    `json:"private"`
}

// pdLocation is a place. It is kept as one line, so that the parts that Pipedrive looks up in maps are null.
type pdLocation struct {
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

type pdPart struct {
	PersonID int64 `json:"person_id"`
	Primary  bool  `json:"primary"`
}

type pdAttendee struct {
	Email     string  `json:"email"`
	Name      *string `json:"name"`
	Status    *string `json:"status"`
	Organizer bool    `json:"is_organizer"`
	PersonID  *int64  `json:"person_id"`
	UserID    *int64  `json:"user_id"`
}

var pdAnswers = map[calendar.Answer]string{
	calendar.NeedsReply: "noreply", calendar.Accepted: "accepted", calendar.Declined: "declined", calendar.Maybe: "tentative",
}

// item renders what the viewer may see of an activity.
func (c *pdCall) item(ctx context.Context, tx engine.Tx, shown hub.Shown, attendees bool) (activityItem, error) {
	a := &shown.Activity
	when := showWhen(a.Plan.Start, a.Plan.End, c.zone())
	rule, extension := showRecurrence(&a.Plan)
	i := activityItem{
		ID: a.ID, Subject: a.Plan.Subject, Type: orNull(a.Type), OwnerID: a.OwnerID, CreatorID: orNull(a.CreatorID),
		Deleted: a.Deleted(), Added: stamp(a.CreatedAt), Updated: stamp(a.UpdatedAt),
		DealID: orNull(a.DealID), PersonID: orNull(a.PersonID), OrgID: orNull(a.OrgID),
		DueDate: when.Date, DueTime: when.Time, Duration: when.Duration, Busy: a.Plan.Busy, Done: a.Done, DoneAt: stamp(a.DoneAt),
		MeetingURL: orNull(a.Plan.MeetingURL), Description: orNull(a.Plan.Description), Priority: orNull(a.Priority),
		Note: orNull(a.Note), Parts: []pdPart{},
		Zone: when.Zone, Rule: rule, Extension: extension, Private: a.Plan.Private,
	}
	if shown.Masked {
		i.Subject = c.T("activities.masked")
	}
	if a.Plan.Location != "" {
		i.Location = &pdLocation{Value: a.Plan.Location}
	}
	if a.PersonID != 0 {
		i.Parts = append(i.Parts, pdPart{a.PersonID, true})
	}
	if !attendees {
		return i, nil
	}
	list, err := c.attendees(ctx, tx, a)
	i.Attendees = &list
	return i, err
}

// attendees are the organiser and the guests, matched with the CRM's persons and the company's users by address.
func (c *pdCall) attendees(ctx context.Context, tx engine.Tx, a *crm.Activity) ([]pdAttendee, error) {
	list := []pdAttendee{}
	if a.Plan.Organizer.Email == "" && len(a.Plan.Guests) == 0 {
		return list, nil
	}
	users, err := tx.Users(ctx)
	if err != nil {
		return nil, err
	}
	user := map[string]int64{}
	for _, u := range users {
		user[strings.ToLower(u.Email)] = u.ID
	}
	if o := a.Plan.Organizer; o.Email != "" {
		list = append(list, pdAttendee{Email: o.Email, Name: orNull(o.Name), Organizer: true, UserID: orNull(user[o.Email])})
	}
	guests, err := c.s.House.Hub.Guests(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	for _, g := range guests {
		if g.Email == a.Plan.Organizer.Email {
			list[0].Status, list[0].PersonID = orNull(pdAnswers[g.Answer]), orNull(g.Person.ID)
			continue
		}
		list = append(list, pdAttendee{
			Email: g.Email, Name: orNull(g.Name), Status: orNull(pdAnswers[g.Answer]), PersonID: orNull(g.Person.ID), UserID: orNull(user[g.Email]),
		})
	}
	return list, nil
}
