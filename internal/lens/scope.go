package lens

import (
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/recur"
)

// Reason says why something takes part in a connection or does not. Pages and explanations have a sentence for each.
type Reason string

// The reasons.
const (
	InScope         Reason = "in_scope"
	AlreadyLinked   Reason = "linked"
	NoDate          Reason = "no_date"
	Deleted         Reason = "deleted"
	OtherOwner      Reason = "other_owner"
	TypeNotSelected Reason = "type_not_selected"
	OneWay          Reason = "direction"
	BeforeStart     Reason = "before_start"
	RelayOff        Reason = "relay_off"
	PrivateSkipped  Reason = "private_skipped"
	CalendarReadnly Reason = "calendar_read_only"
	CancelledThere  Reason = "cancelled"
	NotOurs         Reason = "not_born_here"
	RuleSkips       Reason = "rule"
	SeriesNotHeld   Reason = "series_not_held"
	PrivateNotHeld  Reason = "private_not_held"
	OwnersOnly      Reason = "owners_only"
	SharePrivate    Reason = "share_private"
	ColleaguesThere Reason = "colleagues_there"
	GoesOwnWay      Reason = "own_way"       // of a pair that is tied no more: one side was deleted and the other one kept
	Dropped         Reason = "dropped"       // of what fits, and a person has decided not to add on the other side
	TooFarAhead     Reason = "too_far_ahead" // of an event that its calendar does not tell of yet
	TooLongAgo      Reason = "too_long_ago"  // or tells of no more
	KeptAsDates     Reason = "kept_as_dates" // a series on one side and its dates on the other, which a person has said to be the same
)

// View is what a connection knows when it looks at an item; all of it input, none of it read from a clock.
type View struct {
	Connection, Member crm.ID
	Settings           *Settings
	Writable           bool
	HubAt              time.Time     // when the connection was started, by the hub's clock
	Today              calendar.Wall // midnight of today in the user's zone
	Zone               *time.Location
	Linked             bool // a link exists: the starting point no longer matters
	Asked              bool // somebody asked for this one: nor does it
	FromCRM            bool // another CRM has brought it in: it is an activity, and no event of a calendar
	BornThere          bool // and was not made by us, whichever connection to that side has brought it in
	ColleaguesThere    bool // the side has it as a colleague's, whose connection was stopped and kept it
	Limits             Limits
}

// Scope says whether an activity takes part in a connection, with the reason.
func Scope(a *crm.Activity, parts []crm.Participant, v View) (bool, Reason) {
	s := v.Settings
	switch {
	case a.Deleted():
		return false, Deleted
	case a.Plan.Start.IsZero():
		return false, NoDate
	case !concerns(a, parts, v.Member), v.Limits.Shared && a.OwnerID != v.Member:
		return false, OtherOwner
	}
	if v.Linked && (!s.Out() || !v.Writable) {
		// Where nothing may go out any more, what is tied stays so and only takes in changes.
		return true, AlreadyLinked
	}
	if why := v.Limits.refuse(a, parts, a.Origin == v.Connection || v.BornThere); why != "" {
		return false, why
	}
	if v.Linked && (a.Origin == v.Connection || v.BornThere && (v.Limits.Shared || a.Origin != 0)) {
		// What came in from this very calendar stays tied to it, whatever its type; so does a copy of a meeting that another calendar has
		// brought in.
		return true, AlreadyLinked
	}
	switch {
	case v.ColleaguesThere && !v.Linked:
		return false, ColleaguesThere // a second one would stand beside it (I10); given to this user there, it is tied
	case !v.Writable:
		return false, CalendarReadnly // first: with another calendar the direction is chosen anew
	case !s.Out():
		return false, OneWay
	case s.TypesOut != nil && !slices.Contains(s.TypesOut, a.Type):
		return false, TypeNotSelected
	case v.relayed(a) && !s.Relay:
		if !v.Linked {
			return false, RelayOff
		}
	}
	if v.Linked {
		return true, AlreadyLinked
	}
	if !v.Asked && !afterStart(a, v) {
		return false, BeforeStart
	}
	return true, InScope
}

// relayed reports that an activity would go on from where it was born. What another CRM brought in goes into calendars as it would from
// ours; to a further CRM, whose people see it, nothing goes by itself.
func (v View) relayed(a *crm.Activity) bool {
	return a.Origin != 0 && a.Origin != v.Connection && !(v.FromCRM && v.Limits.Facets == 0)
}

func concerns(a *crm.Activity, parts []crm.Participant, member crm.ID) bool {
	return a.OwnerID == member || slices.ContainsFunc(parts, func(p crm.Participant) bool { return p.UserID == member })
}

func afterStart(a *crm.Activity, v View) bool {
	switch v.Settings.Start {
	case Everything:
		return true
	case NewAndChanged:
		return newSince(a, v.HubAt, v.Limits.Facets)
	}
	return endsOnOrAfter(&a.Plan, v)
}

// newSince reports that an activity was made after a time, or that something was changed in it which calendars show.
func newSince(a *crm.Activity, at time.Time, facets calendar.FieldSet) bool {
	if a.CreatedAt.After(at) {
		return true
	}
	for key, c := range a.Changed { // any order: one is enough
		if shown(key, facets) && c.At.After(at) {
			return true
		}
	}
	return false
}

// shown reports that a changed key is one that calendars show: a field of the series, or of an occurrence after "@"; or a facet that
// the side holds.
func shown(key string, facets calendar.FieldSet) bool {
	name, original, _ := strings.Cut(key, "@")
	if f, is := calendar.ParseFacet(name); is && original == "" {
		return facets.Has(f)
	}
	f, known := calendar.ParseField(name)
	return known && calendar.BothWaysFields.Has(f) || original != "" && name == "cancelled"
}

// endsOnOrAfter: the last end lies on or after the starting day in the user's zone.
func endsOnOrAfter(e *calendar.Event, v View) bool {
	day := v.Today
	if v.Settings.Start != FromToday {
		d, err := v.Settings.startDate()
		if err != nil {
			return false
		}
		day = d
	}
	end, endless, err := recur.LastEnd(e, v.Zone)
	if err != nil || endless {
		return true // what cannot be expanded is set aside with its own reason, not dropped silently here
	}
	from := calendar.Time{Kind: calendar.Floating, Wall: day}.Instant(v.Zone)
	if e.Start.Kind == calendar.Date {
		// A whole day's end is the next midnight: it has to lie after the start of the day.
		return end.After(from)
	}
	return !end.Before(from)
}

// Entry is what the baseline knows of an incoming item.
type Entry struct {
	Known       bool   // it was there when the connection was started
	Fingerprint string // of its content then; empty if it could not be read
}

// Admit says whether an incoming event may become an activity, or, where it is linked, still takes part.
func Admit(e *calendar.Event, entry Entry, ours bool, v View) (bool, Reason) {
	s := v.Settings
	switch {
	case e.Status == calendar.Cancelled:
		return false, CancelledThere
	case e.Private && s.Private == "skip":
		return false, PrivateSkipped
	}
	if v.Linked {
		return true, AlreadyLinked
	}
	switch {
	case s.Direction == OwnItems && !ours:
		return false, NotOurs
	case !s.In(ours):
		return false, OneWay
	}
	if Skips(s.Rules, e) {
		return false, RuleSkips
	}
	if v.Asked {
		return true, InScope
	}
	switch s.Start {
	case Everything:
		return true, InScope
	case NewAndChanged:
		if entry.Known && (entry.Fingerprint == "" || entry.Fingerprint == Fingerprint(e)) {
			return false, BeforeStart
		}
		return true, InScope
	}
	if !endsOnOrAfter(e, v) {
		return false, BeforeStart
	}
	return true, InScope
}
