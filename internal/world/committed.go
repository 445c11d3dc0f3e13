package world

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// committed looks at what a transaction wrote. by is the worker whose it was; nil for people.
func (w *World) committed(by *worker, done []change) {
	w.commits++
	if by != nil && by.side.firm != w.firm {
		w.broke("apart", "%s committed in %s", by.name, w.firm.name)
		return
	}
	if by != nil && len(done) > 0 && by.claim.Fence < by.side.fence {
		w.broke("I18", "%s committed under fence %d, but fence %d was given out", by.name, by.claim.Fence, by.side.fence)
	}
	ids, before := w.rowsCommitted(by, done)
	for _, id := range ids { // as the transaction left it: what it brought back it may have changed besides
		w.activityWritten(by, before[id], w.rows.activities[id])
		w.activityTold(by, before[id], w.rows.activities[id])
	}
	for _, c := range done {
		if c.link != nil && by != nil && c.link.Remote != "" {
			w.checkOutlives(by, c.link, before[c.link.Activity], done)
		}
		w.checkCommitted(by, &c, func(a store.ID) bool { return slices.Contains(ids, a) && before[a] == nil })
	}
	w.checkBrakes()
}

// rowsCommitted takes down the rows of a transaction, in its order. It answers the activities among them, in the same order, and what they
// were before.
func (w *World) rowsCommitted(by *worker, done []change) (ids []store.ID, before map[store.ID]*crm.Activity) {
	before = map[store.ID]*crm.Activity{}
	turns := map[store.ID]turn{}
	for _, c := range done {
		w.checkLook(&c)
		w.rows.written += c.rows
		switch {
		case c.activity != nil:
			id := c.activity.ID
			if !slices.Contains(ids, id) {
				ids, before[id] = append(ids, id), w.rows.activities[id]
			}
			turns[id] = turn{w.rows.activities[id], c.activity}
			w.rows.activities[id] = c.activity
		case c.history != nil:
			w.historyWritten(c.history, turns)
		default:
			w.rowWritten(by, &c)
		}
	}
	return ids, before
}

// rowWritten takes down what was written of anything but an activity and its history.
func (w *World) rowWritten(by *worker, c *change) {
	switch {
	case c.link != nil:
		if by == nil && w.taking != nil {
			w.tieTaken(w.taking, c.link)
		}
		w.linkWritten(by, c.link)
		w.tallyLink(c.link)
	case c.conflict != nil:
		if by != nil && w.rows.conflicts[c.conflict.ID] == nil {
			w.say(by.name, "keeps a conflict: activity %d, %s%s, won by %s, lost %s", c.conflict.Activity, c.conflict.Field, c.conflict.Original,
				c.conflict.Winner, c.conflict.Lost)
			w.heardOpenly(by.side, c.conflict)
			w.rows.belated[c.conflict.ID] = w.rows.activities[c.conflict.Activity].Deleted()
		}
		w.rows.conflicts[c.conflict.ID] = c.conflict
	case c.share != nil:
		w.shareWritten(c.share)
	case c.account != nil:
		w.accountWritten(c.account)
	case c.work != nil:
		w.workWritten(by, c.work)
	case c.wake != nil:
		if s := w.sideOf(c.wake.connection); s != nil {
			s.wake.wanted(c.wake.at)
		}
	case c.tie != nil:
		w.tieWritten(c.tie)
		w.foreseen(c.tie)
	}
}

// checkCommitted looks at a link and at a cursor once all of their transaction is known. made reports the activities that it made.
func (w *World) checkCommitted(by *worker, c *change, made func(activity store.ID) bool) {
	if c.cursor != nil {
		w.checkCursor(by, c.cursor)
	}
	if c.link == nil {
		return
	}
	tied := c.link.State == store.LinkLinked
	if by != nil && c.link.Remote != "" {
		if tied {
			w.checkMadeHere(by, c.link, made(c.link.Activity))
		}
		w.checkEnded(by, c.link) // as the transaction left it: what ends may be tied to a colleague's activity of the same meeting
	}
	if tied {
		w.checkOneActivity(c.link)
	}
}

func (w *World) workWritten(by *worker, d *workDone) {
	w.say("work", "%s of %s %s", d.subject, w.nameOf(d.connection), d.became)
	w.checkTold("work", d.became)
	if by != nil && by.putAt > 0 && d.became == "arrives" && strings.HasPrefix(d.subject, "r:") {
		by.met = true // pulls come before writes
	}
	s := w.sideOf(d.connection)
	if s != nil && by == nil && d.allowed {
		w.allowed++
		s.tally().allowed[d.subject] = true // a preview has shown it, and somebody saved the settings
	}
	if s != nil {
		w.laidAside(by, s, d)
	}
	switch {
	case s == nil:
	case d.held:
		s.held[d.subject] = true
	default:
		delete(s.held, d.subject)
	}
}

func (w *World) tieWritten(c *store.Connection) {
	s := w.sideOf(c.ID)
	if s == nil {
		return
	}
	s.state = c.State
	s.cursor = c.Cursor
	switch {
	case !c.Baselined:
		s.baselined = 0
	case s.baselined == 0:
		s.baselined = w.move
	}
}

func (w *World) accountWritten(a *store.Account) {
	for _, s := range w.sides {
		if s.account == a.ID && !s.server.blocked.Equal(a.BlockedUntil) {
			h := s.server.host
			h.blocked, h.restKnown, h.restMove = a.BlockedUntil, a.BlockedUntil, w.move
		}
	}
}

func (w *World) activityWritten(by *worker, was, a *crm.Activity) {
	if was != nil && (was.Deleted() && !a.Deleted() || was.OwnerID != a.OwnerID) {
		w.rows.revived[a.ID] = w.move
	}
	if was == nil || limited(was) || limited(a) || was.OwnerID != a.OwnerID {
		w.rows.limited[a.ID] = w.move
	}
	if was != nil && was.Type != a.Type {
		w.rows.retyped[a.ID] = w.move
	}
	if by == nil && w.taking != nil {
		w.checkTakenHere(was, a)
	}
	if by == nil {
		switch {
		case w.cleaning == nil || was == nil || was.Deleted():
		case a.Deleted():
			w.excuse(planOf(was), "removed with its connection")
		case was.OwnerID != a.OwnerID: // a colleague's calendar has it by now, and what that says of it
			w.goesWith(w.meetingOf(a), a)
		}
		return
	}
	if by.side.id != a.Origin {
		w.rows.edited[a.ID] = true
	}
	switch {
	case a.Deleted() && was != nil && !was.Deleted():
		w.say(by.name, "deletes activity %d", a.ID)
		w.checkDeleteHere(by, a)
		w.noteDeleted(was)
		w.tallyDeletion(by.side, a)
		w.withdrawn(by, a)
	case a.Deleted():
	case was == nil:
		w.say(by.name, "makes activity %d: %s", a.ID, brief(&a.Plan))
		w.checkBack(by, a.ID, fmt.Sprintf("activity %d", a.ID), &a.Plan)
		w.checkMeeting(a)
		w.tallyCreation(by.side, "in", a.ID)
		w.checkBred("activity "+number(a.ID), &a.Plan)
		w.tallyTwin(by.side, a)
	case was.Deleted():
		w.say(by.name, "brings activity %d back: %s", a.ID, brief(&a.Plan))
		w.checkBack(by, a.ID, fmt.Sprintf("activity %d", a.ID), &a.Plan)
	default:
		w.say(by.name, "activity %d now says: %s", a.ID, brief(&a.Plan))
		w.checkSplit(by, was, a)
		w.checkEcho(by, was, a)
		w.checkLeftHere(by, was, a)
	}
}

func (w *World) linkWritten(by *worker, l *store.Link) {
	if l.Pending != nil || l.State != store.LinkLinked {
		w.say("link", "%d of %s, activity %d, item %q: %s %s", l.ID, w.nameOf(l.Connection), l.Activity, l.Remote, l.State, noteOf(l))
	}
	key := [2]store.ID{l.Connection, l.ID}
	if was := w.rows.remotes[key]; was != "" && l.Remote != "" && was != l.Remote {
		w.broke("I10", "link %d of connection %d moved from %s to %s", l.ID, l.Connection, was, l.Remote)
	}
	w.rows.remotes[key] = l.Remote
	w.meetingLinked(l)
	if by != nil {
		w.checkTiedStrange(by, l)
	}
	if l.Remote != "" && l.State == store.LinkGone {
		w.rows.parted[linkKey{l.Connection, l.Remote}] = true
	}
	if l.Remote != "" && l.State != store.LinkGone {
		w.rows.linked[linkKey{l.Connection, l.Remote}] = l.Activity
		w.rows.noted[linkKey{l.Connection, l.Remote}] = kindOf(l)
	}
	if kindOf(l) == "create" {
		w.rows.keys[l.Pending.Key] = true
	}
	if by != nil && l.Remote != "" {
		by.side.server.settled(by, l)
	}
	if e := w.sideOf(l.Connection).server.stored[remoteID(l.Remote)]; e != nil {
		if l.State == store.LinkGone {
			e.answered = answered{} // tied anew, it is read anew
		}
		if l.Ours && e.unknown && e.key != "" { // what it was made for is here again
			e.ours, e.unknown = true, false
		}
		e.uncovered(l)
		w.checkNotAnew(l, e)
		w.checkCopied(l, e)
	}
}

// checkNotAnew: what sync made for an activity that is there comes in as no other behind a restore (I1), but at a CRM, where nothing can hold
// the number.
func (w *World) checkNotAnew(l *store.Link, e *entry) {
	a := w.rows.activities[activityOfKey(string(e.key))]
	s := w.sideOf(l.Connection)
	if w.restored == nil || s.server.crm || !e.ours || l.Ours || l.State != store.LinkLinked || a == nil || a.Deleted() || a.ID == l.Activity {
		return
	}
	if a.OwnerID == s.user.ID {
		w.broke("I1", "%s: %s, which was made for activity %d, comes in as %d", s.name, e.id, a.ID, l.Activity)
	}
}

// checkDeleteHere: sync deletes an activity only if its item is gone in truth, or called off (I6).
func (w *World) checkDeleteHere(by *worker, a *crm.Activity) {
	if by.side.always(by.began, func(x *span) bool { return !x.settings.DeleteInCRM }) {
		w.broke("C11", "%s deletes activity %d, and deletions at %s are not to follow here", by.name, a.ID, by.side.name)
	}
	for _, e := range by.side.server.live() {
		if w.rows.linked[linkKey{by.side.id, string(e.id)}] != a.ID {
			continue
		}
		if e.event.Status != calendar.Cancelled {
			invariant := "I6"
			if by.side.server.outside(e) {
				invariant = "I9"
			}
			w.broke(invariant, "%s deleted activity %d, but its item %s is there", by.name, a.ID, e.id)
		}
	}
}

// checkMeeting: a meeting has one activity, whoever brings it in (I10, I1).
func (w *World) checkMeeting(a *crm.Activity) {
	if a.Plan.UID == "" {
		return
	}
	for _, b := range w.liveActivities(0) {
		if w.meetingOf(a) != nil {
			continue // see [World.checkOneActivity]
		}
		if b.ID != a.ID && b.Plan.UID == a.Plan.UID && b.Plan.Start == a.Plan.Start && b.Plan.Organizer.Email == a.Plan.Organizer.Email &&
			(b.OwnerID == a.OwnerID || a.Plan.Organizer.Email != "") {
			w.broke("I10", "activities %d and %d are of one meeting, %s", b.ID, a.ID, a.Plan.UID)
		}
	}
}

// checkBack: what was deleted before a run began, and nobody has touched elsewhere, does not come back with it (I4).
func (w *World) checkBack(by *worker, activity store.ID, what string, e *calendar.Event) {
	if w.isSoft(e) || w.neverTied(by, activity) || w.outlived(activity, by.began) || w.unfollowed(e) || by.side.server.isInvited(e) {
		return
	}
	if slices.ContainsFunc(w.sides, func(s *side) bool { return s.server.hidesFrom(activity) }) {
		return // what was typed there cannot be seen here
	}
	if missed, deleted := w.book.missed(e, by.began); deleted && !missed {
		w.broke("I4", "%s makes %s, which a person deleted: %s", by.name, what, brief(e))
	}
}

// outlived: what was typed elsewhere than in a deleted activity has lost a conflict, and is the reason why it is there. A run that has
// listed that does not know what somebody put in its place in that move or behind it.
func (w *World) outlived(activity store.ID, before int) bool {
	for _, c := range w.rows.conflicts { // any order: one is enough
		if c.Activity != activity {
			continue
		}
		for _, m := range w.book.order {
			if k := w.book.marks[m]; (!k.replaced || k.gone >= before) && shows(c.Lost, m) {
				return true
			}
		}
	}
	return false
}

// activityOfKey is the activity for which an item was made.
func activityOfKey(key string) store.ID {
	var account, activity store.ID
	var incarnation int
	if n, err := fmt.Sscanf(key, "key-%d-%d-%d", &account, &activity, &incarnation); err != nil || n != 3 {
		return 0
	}
	return activity
}

func number(id store.ID) string { return strconv.FormatInt(id, 10) }

func noteOf(l *store.Link) string {
	if l.Pending == nil {
		return ""
	}
	return "to " + l.Pending.Kind
}

func kindOf(l *store.Link) string {
	if l.Pending == nil {
		return ""
	}
	return l.Pending.Kind
}
