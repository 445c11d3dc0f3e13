package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// standing is how a user stands to an activity.
type standing uint8

const (
	colleague standing = iota
	participant
	owner
)

// privacy is how closely an activity is kept: the strictest of what everybody who carries it asks for.
type privacy uint8

const (
	open       privacy = iota // everyone in the company sees it
	restricted                // its owner and participants do
	private                   // its owner alone does
)

// Access is what a user may do with an activity.
type Access struct {
	See    bool // the details
	Edit   bool // what it says; the calendar's own fields and what others organise apart
	Delete bool
	Hand   bool // give it to another owner
	Hide   bool // set private and visibility
	Share  bool // their own answer and whether it makes them busy
}

var (
	everything = Access{See: true, Edit: true, Delete: true, Hand: true, Hide: true, Share: true}
	together   = Access{See: true, Edit: true, Delete: true, Hand: true}
)

// accessTable is who may do what. A CRM's activities are the company's: whoever sees one in full may work on it. What is
// masked is its owner's, for administrators too; all that they may do is hand over what an inactive user left behind,
// unless it, or a date of it, is private.
var accessTable = [...][3]Access{
	//           colleague  participant                     owner
	open:       {together, {true, true, true, true, false, true}, everything},
	restricted: {{}, {See: true, Share: true}, everything},
	private:    {{}, {Share: true}, everything},
}

// privacyOf says how closely an activity is kept.
func privacyOf(a *crm.Activity, parts []crm.Participant) privacy {
	switch {
	case a.Plan.Private:
		return private
	case a.Visibility != crm.Everyone, slices.ContainsFunc(parts, func(p crm.Participant) bool { return p.Private }):
		return restricted
	}
	return open
}

// AccessOf says what a user may do with an activity. parts are its participants.
func AccessOf(u crm.User, a *crm.Activity, parts []crm.Participant) Access {
	s := colleague
	switch {
	case u.ID == a.OwnerID:
		s = owner
	case slices.ContainsFunc(parts, func(p crm.Participant) bool { return p.UserID == u.ID }):
		s = participant
	}
	return accessTable[privacyOf(a, parts)][s]
}

// mayBegin refuses who may do nothing at all.
func mayBegin(by Actor) error {
	switch {
	case by.Kind == Nobody:
		return &Denied{Code: DeniedNobody}
	case by.Kind == Person && !by.User.Active:
		return &Denied{Code: DeniedInactive}
	}
	return nil
}

// mayAdminister refuses all but administrators and the installation.
func mayAdminister(by Actor) error {
	if err := mayBegin(by); err != nil {
		return err
	}
	if by.Kind == Person && by.User.Role != crm.Administrator {
		return &Denied{Code: DeniedAdmin}
	}
	return nil
}

// mayDelete refuses who may not delete or bring back an activity.
func mayDelete(by Actor, a *crm.Activity, parts []crm.Participant) error {
	if err := mayBegin(by); err != nil || by.Kind != Person {
		return err
	}
	switch access := AccessOf(by.User, a, parts); {
	case access.Delete:
		return nil
	case access.Share:
		return &Denied{Code: DeniedShare}
	}
	return &Denied{Code: DeniedMasked}
}

// calendarOnly are the fields that only a calendar says.
var calendarOnly = calendar.Fields(calendar.StatusField, calendar.OrganizerField)

// mayChange refuses keys that this actor may not change. The activity is as it is stored. What the calendar alone says may
// be put back, as undo does, and not set.
func (h *Hub) mayChange(
	ctx context.Context, tx Tx, by Actor, a *crm.Activity, parts []crm.Participant, keys []string, putBack bool,
) error {
	if err := mayBegin(by); err != nil || by.Kind != Person {
		return err
	}
	access := AccessOf(by.User, a, parts)
	if !access.Edit {
		return h.mayHandOver(ctx, tx, by, a, parts, access, keys)
	}
	var hidden, kept, theirs, organised []string
	for _, key := range keys {
		field, original := SplitKey(key)
		f, planned := calendar.ParseField(field)
		switch {
		// The owner sees the private dates of a series: to say who owns it is to say who sees those.
		case !access.Hide && field == FieldOwner && anyPrivate(&a.Plan):
			kept = append(kept, key)
		case !access.Hide && (field == FieldVisibility || planned && f == calendar.Private):
			kept = append(kept, key)
		case !access.Hide && hiddenOccurrence(&a.Plan, original):
			hidden = append(hidden, key)
		case planned && calendarOnly.Has(f) && !putBack:
			theirs = append(theirs, key)
		case field == FieldCancelled || planned && calendar.OrganizerOwned.Has(f):
			organised = append(organised, key)
		}
	}
	for _, refused := range []Denied{
		{DeniedMasked, hidden}, {DeniedOwnerField, kept}, {DeniedCalendarOnly, theirs},
	} {
		if len(refused.Fields) > 0 {
			return &refused
		}
	}
	if len(organised) == 0 {
		return nil
	}
	elsewhere, err := h.OrganisedElsewhere(ctx, tx, a)
	if err != nil || !elsewhere {
		return err
	}
	return &Denied{Code: DeniedOrganiser, Fields: organised}
}

// mayGuess refuses a change that would change nothing where the actor does not see that it would: whoever is told that a
// guess was right has found out.
func mayGuess(by Actor, a *crm.Activity, parts []crm.Participant) error {
	if by.Kind == Person && !AccessOf(by.User, a, parts).See {
		return &Denied{Code: DeniedMasked}
	}
	return nil
}

// mayGuessAt is [mayGuess] for a date, which may be private in a series that is not.
func mayGuessAt(by Actor, a *crm.Activity, original calendar.Wall) error {
	name := originalName(a.Plan.Start.Kind, original)
	if by.Kind == Person && by.User.ID != a.OwnerID && hiddenOccurrence(&a.Plan, name) {
		return &Denied{Code: DeniedMasked}
	}
	return nil
}

// mayHandOver lets an administrator give away what an inactive user left behind, and nothing else.
func (h *Hub) mayHandOver(
	ctx context.Context, tx Tx, by Actor, a *crm.Activity, parts []crm.Participant, access Access, keys []string,
) error {
	if access.Share && access.See {
		return &Denied{Code: DeniedShare, Fields: keys}
	}
	onlyOwner := len(keys) == 1 && keys[0] == FieldOwner
	if !onlyOwner || by.User.Role != crm.Administrator || privacyOf(a, parts) == private || anyPrivate(&a.Plan) {
		return &Denied{Code: DeniedMasked}
	}
	left, err := tx.User(ctx, a.OwnerID)
	if err != nil {
		return fmt.Errorf("read owner: %w", err)
	}
	if left.Active {
		return &Denied{Code: DeniedMasked}
	}
	return nil
}

// hiddenOccurrence reports whether an occurrence is private in a series that is not.
func hiddenOccurrence(e *calendar.Event, original string) bool {
	w, err := calendar.ParseWall(original)
	if err != nil {
		return false
	}
	o := e.Override(w)
	return o != nil && o.Set.Has(calendar.Private) && o.Private
}

// OrganisedElsewhere reports whether somebody outside organises the meeting: time, title, place, description and recurrence
// are then theirs, and read-only here for people. A meeting is one's own if the organiser's address is that of a user
// of the company or of an account of one of those who carry it.
func (h *Hub) OrganisedElsewhere(ctx context.Context, tx Tx, a *crm.Activity) (bool, error) {
	address := a.Plan.Organizer.Email
	if address == "" {
		return false, nil
	}
	users, err := tx.Users(ctx)
	if err != nil {
		return false, fmt.Errorf("list users: %w", err)
	}
	for _, u := range users {
		if strings.EqualFold(u.Email, address) {
			return false, nil
		}
	}
	accounts, err := tx.Accounts(ctx, a.OwnerID)
	if err != nil {
		return false, fmt.Errorf("list accounts: %w", err)
	}
	for _, account := range accounts {
		if strings.EqualFold(account.Username, address) {
			return false, nil
		}
	}
	return true, nil
}
