package lens

import (
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// Remedy is what helps against a reason, as programs are told it.
type Remedy string

// The remedies.
const (
	NoRemedy       Remedy = "none"
	ChangeSetting  Remedy = "change_setting"  // of the connection: [Obstacle.Setting] becomes [Obstacle.To]
	ChangeActivity Remedy = "change_activity" // whose it is, or who may see it
	ChooseCalendar Remedy = "choose_calendar"
	SetDate        Remedy = "set_date"
	SyncOne        Remedy = "sync_one"
	SyncNow        Remedy = "sync_now"
	Undo           Remedy = "undo"
)

// Obstacle is one of the things that keep an item out of a connection.
type Obstacle struct {
	Reason  Reason
	Setting string // that has decided so, as it is called in JSON; empty: none has
	Remedy  Remedy
	To      any // what the setting has to become; nil where another remedy is named
}

// Obstacles are all that keeps an activity out of a connection, in the order in which they are to be cleared away: with all of
// them gone it takes part, and with any one of them left it does not. They are what [Scope] says, and what it says once that is
// cleared away. None: it takes part.
func Obstacles(a *crm.Activity, parts []crm.Participant, v View) []Obstacle {
	t := newTrial(v)
	t.activity, t.parts = a.Clone(), parts
	return t.obstacles(hereCures, func() (bool, Reason) { return Scope(&t.activity, t.parts, t.view) })
}

// ObstaclesThere are all that keeps an incoming event out, by what [Admit] says.
func ObstaclesThere(e *calendar.Event, entry Entry, ours bool, v View) []Obstacle {
	t := newTrial(v)
	t.event = e
	return t.obstacles(thereCures, func() (bool, Reason) { return Admit(e, entry, ours, t.view) })
}

// trial is an item and its connection as they would be once something is cleared away.
type trial struct {
	activity crm.Activity
	parts    []crm.Participant
	event    *calendar.Event
	view     View
	settings Settings
}

func newTrial(v View) *trial {
	t := &trial{view: v, settings: *v.Settings}
	t.view.Settings = &t.settings
	return t
}

// cure is a remedy and what becomes of an item and its connection with it; nil: nothing that would let it in.
type cure struct {
	remedy  Remedy
	setting string
	apply   func(t *trial)
}

func (t *trial) obstacles(cures map[Reason]cure, decide func() (bool, Reason)) (list []Obstacle) {
	for {
		in, why := decide()
		if in {
			return list
		}
		c, known := cures[why]
		if !known || slices.ContainsFunc(list, func(o Obstacle) bool { return o.Reason == why }) {
			panic(fmt.Sprintf("lens: nothing clears %q away, which is in the way behind %v", why, list))
		}
		o := Obstacle{Reason: why, Setting: c.setting, Remedy: c.remedy}
		if c.apply == nil {
			return append(list, o)
		}
		c.apply(t)
		if c.remedy == ChangeSetting {
			o.To = t.settings.value(c.setting)
		}
		list = append(list, o)
	}
}

// hereCures are those of activities.
var hereCures = map[Reason]cure{
	Deleted:         {remedy: Undo, apply: func(t *trial) { t.activity.DeletedAt = time.Time{} }},
	NoDate:          {remedy: SetDate, apply: func(t *trial) { t.dated(); t.edited() }},
	OtherOwner:      {remedy: ChangeActivity, apply: func(t *trial) { t.activity.OwnerID = t.view.Member }},
	PrivateNotHeld:  {remedy: ChangeActivity, apply: func(t *trial) { t.activity.Plan.Private = false; t.edited() }},
	OwnersOnly:      {remedy: ChangeActivity, apply: func(t *trial) { t.activity.Visibility = crm.Everyone }},
	SharePrivate:    {remedy: NoRemedy},
	SeriesNotHeld:   {remedy: NoRemedy},
	ColleaguesThere: {remedy: NoRemedy},
	OneWay:          {remedy: ChangeSetting, setting: "direction", apply: func(t *trial) { t.settings.Direction = TwoWay }},
	CalendarReadnly: {remedy: ChooseCalendar, apply: func(t *trial) { t.view.Writable = true }},
	TypeNotSelected: {remedy: ChangeSetting, setting: "types_out", apply: func(t *trial) {
		t.settings.TypesOut = append(slices.Clone(t.settings.TypesOut), t.activity.Type)
	}},
	RelayOff: {remedy: ChangeSetting, setting: "relay", apply: func(t *trial) { t.settings.Relay = true }},
	// Another starting point would let in much else besides.
	BeforeStart: {remedy: SyncOne, setting: "start", apply: func(t *trial) { t.view.Asked = true }},
}

// thereCures are those of events. No button brings in a single one.
var thereCures = map[Reason]cure{
	CancelledThere: {remedy: NoRemedy},
	PrivateSkipped: {remedy: ChangeSetting, setting: "private", apply: func(t *trial) { t.settings.Private = "masked" }},
	NotOurs:        {remedy: ChangeSetting, setting: "direction", apply: func(t *trial) { t.settings.Direction = TwoWay }},
	OneWay:         {remedy: ChangeSetting, setting: "direction", apply: func(t *trial) { t.settings.Direction = TwoWay }},
	RuleSkips: {remedy: ChangeSetting, setting: "rules", apply: func(t *trial) {
		t.settings.Rules = slices.DeleteFunc(slices.Clone(t.settings.Rules), func(r Rule) bool { return !r.Include && r.fits(t.event) })
	}},
	BeforeStart: {remedy: ChangeSetting, setting: "start", apply: func(t *trial) { t.settings.Start = Everything }},
}

// dated gives an activity a day that is not over, nor before the starting point: one that can be chosen is no obstacle of its own.
func (t *trial) dated() {
	day := t.view.Today
	if start, err := t.settings.startDate(); err == nil {
		day = max(day, start)
	}
	t.activity.Plan.Start = calendar.Time{Kind: calendar.Date, Wall: day}
	t.activity.Plan.End = calendar.Time{Kind: calendar.Date, Wall: day + calendar.Day}
}

// edited: what somebody changes that calendars show counts as changed since the start.
func (t *trial) edited() { t.activity.CreatedAt = t.view.HubAt.Add(1) }

// value is what a setting that decides about scope says.
func (s *Settings) value(name string) any {
	switch name {
	case "direction":
		return s.Direction
	case "types_out":
		return s.TypesOut
	case "relay":
		return s.Relay
	case "private":
		return s.Private
	case "rules":
		return s.Rules
	case "start":
		return s.Start
	}
	panic(fmt.Sprintf("lens: setting %q decides about no scope", name))
}
