package world

import (
	"slices"

	"tahti/internal/calendar"
)

// action is something that a person does. do answers false if there was nothing to do it with.
type action struct {
	name   string
	weight int
	do     func(w *World) bool
}

// actions are what people do, in the order in which a seed weighs them.
var actions = []action{
	{"create activity", 8, createActivity},
	{"edit activity", 10, editActivity},
	{"move activity", 5, moveActivity},
	{"toggle activity", 3, toggleActivity},
	{"edit occurrence", 6, editOccurrence},
	{"cancel occurrence", 3, cancelOccurrence},
	{"split series", 2, splitSeries},
	{"delete activity", 3, deleteActivity},
	{"mark done", 2, markDone},
	{"re-type", 2, retype},
	{"reassign", 1, reassign},
	{"undo", 2, undo},
	{"restore conflict", 2, restoreConflict},
	{"add event", 8, addAnEvent},
	{"edit event", 10, editEvent},
	{"move event", 5, moveEvent},
	{"toggle event", 3, toggleEvent},
	{"edit date of event", 6, editDate},
	{"cancel date of event", 3, cancelDate},
	{"delete event", 3, deleteEvent},
	{"copy event", 1, copyEvent},
	{"invite", 4, invite},
	{"edit meeting", 3, editMeeting},
	{"move meeting", 2, moveMeeting},
	{"add guest", 1, addGuest},
	{"cancel meeting", 1, cancelMeeting},
	{"answer invitation", 2, answerInvitation},
	{"own share at copy", 2, ownShareThere},
	{"own share", 2, ownShareHere},
	{"drop invitation", 1, dropInvitation},
	{"choose a UID", 1, forge},
	{"look around", 2, lookAround},
	{"sign in again", 3, signIn},
	{"let it go on", 2, letGoOn},
	{"stop the company", 2, stopCompany},
	{"let the company go on", 6, resumeCompany},
	{"split event", 3, splitEvent},
	{"change settings", 3, changeSettings},
	{"pause", 1, pause},
	{"resume", 2, resume},
	{"stop", 1, stop},
	{"connect again", 3, connectAgain},
	{"add account anew", 1, addAnew},
	{"sync one", 1, syncOne},
	// In a few seeds only; see drawPlan.
	{"empty a calendar", 0, emptyCalendar},
	{"fill a calendar", 0, fillCalendar},
	{"double a calendar", 0, doubleCalendar},
	{"create many", 0, createMany},
	{"delete many", 0, deleteMany},
	{"mirror calendars", byTool, mirrorCalendars},
	{"fight", byTool, fight},
	{seeing, byTakeOver, seeTakeOver},
	{takingOver, byTakeOver, takeOver},
}

// byTool is the weight of what only another program does, in the few seeds that have one.
const byTool = -1

// zones are where things take place. Helsinki and New York change their clocks in the weeks of a world, three weeks apart; Tokyo never
// does.
var zones = []string{"Europe/Helsinki", "Europe/Helsinki", "America/New_York", "Asia/Tokyo"}

// someWhen is a time for something new.
func (w *World) someWhen() (from, to calendar.Time) {
	if w.hasCRM {
		defer func() { from, to = inOneZone(from), inOneZone(to) }()
	}
	at := w.book.freshStart()
	switch d := w.dice; d.below(8) {
	case 0:
		return calendar.Time{Kind: calendar.Date, Wall: at.Midnight()}, calendar.Time{Kind: calendar.Date, Wall: at.Midnight() + calendar.Day}
	case 1:
		return calendar.Time{Kind: calendar.UTC, Wall: at}, calendar.Time{Kind: calendar.UTC, Wall: at + 1800}
	case 2:
		return calendar.Time{Kind: calendar.Floating, Wall: at}, calendar.Time{Kind: calendar.Floating, Wall: at + 1800}
	default:
		zone := pick(d, zones)
		return calendar.InZone(at, zone), calendar.InZone(at+calendar.Wall(900*(1+d.below(8))), zone)
	}
}

// someEvent is something new that a person plans.
func (w *World) someEvent() calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Start, e.End = w.someWhen()
	e.Subject = pick(w.dice, []string{"Call ", "Meet  ", "Lunch, with ; all\\ ", "Tärkeä "}) + w.book.fresh()
	e.Busy = w.dice.chance(700)
	if w.dice.chance(400) {
		e.Location = w.someText()
	}
	if w.dice.chance(300) {
		e.Description = w.someText() + "\nsecond line"
	}
	if w.dice.chance(400) {
		e.Rule = w.someRule(e.Start)
	}
	return e
}

// someText is what a person types: a mark, and something around it that servers like to rewrite.
func (w *World) someText() string {
	m := w.book.fresh()
	switch w.dice.below(6) {
	case 0:
		return m + " "
	case 1:
		return "a\tb  " + m
	case 2:
		return m + " and a text that is longer than some servers keep of a title, é"
	default:
		return m
	}
}

// someField changes one of the texts of a place.
func (w *World) someField(v *calendar.Values) calendar.Field {
	f := pick(w.dice, []calendar.Field{calendar.Subject, calendar.Location, calendar.Description})
	switch t := w.someText(); f {
	case calendar.Subject:
		v.Subject = t
	case calendar.Location:
		v.Location = t
	default:
		v.Description = t
	}
	return f
}

// moveWhen moves what is planned: to another start, or to another end, which leaves no mark at the place.
func (w *World) moveWhen(place *calendar.Event, v *calendar.Values) {
	if v.Start.Kind == calendar.Date {
		w.soften(place)
		by := calendar.Day * calendar.Wall(1+w.dice.below(3))
		if w.dice.chance(300) {
			v.End.Wall += by
			return
		}
		v.Start.Wall, v.End.Wall = v.Start.Wall+by, v.End.Wall+by
		return
	}
	if w.dice.chance(300) {
		w.soften(place)
		v.End.Wall += 300 * calendar.Wall(1+w.dice.below(10))
		return
	}
	length := v.End.Wall - v.Start.Wall
	v.Start.Wall = w.book.freshStart()
	v.End.Wall = v.Start.Wall + length
}

// replies are what people can only do while something waits for them. They look for it now and then, beside all else.
var replies = []string{"let it go on", "let the company go on", "restore conflict", "sign in again"}

// acts lets a person do something.
func (w *World) acts() {
	i := w.dice.weighted(w.swarm.actions)
	if w.dice.chance(200) {
		name := pick(w.dice, replies)
		reply := slices.IndexFunc(actions, func(a action) bool { return a.name == name })
		if w.swarm.actions[reply] > 0 && w.does(reply) {
			return
		}
	}
	w.does(i)
}

func (w *World) does(i int) bool {
	commits := w.commits
	w.vain = false
	if i < 0 || !actions[i].do(w) {
		return false
	}
	if slices.Contains(idle, actions[i].name) && w.commits != commits {
		w.broke("panic", "whoever does nothing but %s has saved something", actions[i].name)
	}
	if !w.vain {
		w.did(actions[i].name)
	}
	w.now = w.now.Add(w.upTo(20))
	w.step++
	return true
}

// did counts what somebody did. sides are connections that it concerns, besides those that were noted where something was saved.
func (w *World) did(action string, sides ...*side) {
	w.counts.actions[action]++
	w.concerns(action, sides...)
}

// concerns notes for connections what people did last.
func (w *World) concerns(action string, sides ...*side) {
	for _, s := range sides {
		s.touched = slices.DeleteFunc(s.touched, func(t touch) bool { return t.action == action || w.move-t.move > soon })
		s.touched = append(s.touched, touch{action, w.move})
	}
}

// sidesOf are the connections of a user.
func (w *World) sidesOf(user int64) []*side {
	var list []*side
	for _, s := range w.sides {
		if s.user.ID == user {
			list = append(list, s)
		}
	}
	return list
}
