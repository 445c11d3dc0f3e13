package ews

import (
	"slices"
	"strings"
)

// updateItem is UpdateItem.
func (c *call) updateItem(e *element) ([]message, *failure) {
	send := e.Attr("SendMeetingInvitationsOrCancellations")
	return c.batch(m(e, "ItemChanges").Children, func(change *element) message {
		x, f := c.update(change, e.Attr("ConflictResolution"), send)
		if f != nil {
			return failed(f)
		}
		return done(el("m:Items", el("t:CalendarItem", x.id())), el("m:ConflictResults", tx("t:Count", "0")))
	})
}

// update does one ItemChange.
func (c *call) update(change *element, resolution, send string) (view, *failure) {
	x, key, f := c.find(change.Children[0])
	if f != nil {
		return x, f
	}
	if send == "" {
		return x, refSendUpdate.because("SendMeetingInvitationsOrCancellations attribute is required for calendar items.")
	}
	p := newPatch()
	for _, u := range t(change, "Updates").Children {
		if f := c.readUpdate(p, u); f != nil {
			return x, f
		}
	}
	if f := c.matches(x, key, resolution, p); f != nil {
		return x, f
	}
	if x.st.invited && !c.variants.GuestsEdit && (p.recurs || !onlyPersonal(p.set)) {
		return x, refGuest.because("Access is denied. Check credentials and try again.")
	}
	if c.full {
		return x, noRoom()
	}
	return c.change(x, p, send)
}

// matches holds the change key. AutoResolve merges what does not touch the same parts, which the stand-in knows of the
// last change alone.
func (c *call) matches(x view, key, resolution string, p *patch) *failure {
	if key == "" {
		f := refKeyRequired.because("The change key passed in the request is missing.")
		if c.variants.StaleCode {
			f.Code = "ErrorStaleObject"
		}
		return f
	}
	serial, _, _ := parseKey(key) // find has refused what is none
	if serial != x.it.serial {
		return refChangeKey.because("The change key is invalid.")
	}
	if key == x.key() || resolution == "AlwaysOverwrite" || resolution == "AutoResolve" && !x.it.touched(key, p) {
		return nil
	}
	return refConflict.because("The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.")
}

// touched reports whether a change since the key set a part that is to be set now.
func (it *item) touched(key string, p *patch) bool {
	_, seq, _ := parseKey(key)
	for _, h := range it.history {
		if h.seq <= seq {
			continue
		}
		for name := range p.set { // any order: a disjunction
			if h.set[name] {
				return true
			}
		}
	}
	return len(it.history) == maxHistory && it.history[0].seq > seq // what was before is forgotten
}

// readUpdate reads one change of a property.
func (c *call) readUpdate(p *patch, u *element) *failure {
	path := u.Children[0]
	if path.Name.Local == "ExtendedFieldURI" {
		return c.readExtendedUpdate(p, u)
	}
	f := fieldOf(path.Attr("FieldURI"))
	if f == nil || path.Name.Local != "FieldURI" {
		return notOfEvents(path)
	}
	shown := func(fail *failure) *failure {
		fail.info = []node{pathNode(path)}
		return fail
	}
	switch u.Name.Local {
	case "AppendToItemField":
		return shown(refPropertyAppend.because("Append action is invalid for property."))
	case "DeleteItemField":
		if f.drop == nil {
			return shown(refPropertyDelete.because("Delete action is invalid for property."))
		}
		f.drop(p)
		p.set[f.of()] = true
		return nil
	}
	given := u.Children[1].Children
	switch {
	case len(given) != 1:
		return shown(refPropertyCount.because("An object within a change description must contain one and only one property to modify."))
	case given[0].Name.Local != f.name:
		return shown(refMismatch.because("Update property mismatch."))
	}
	if f.set == nil {
		return shown(refReadOnly.because("Set action is invalid for property."))
	}
	return c.read(p, given[0])
}

// readExtendedUpdate is the same for an extended property.
func (c *call) readExtendedUpdate(p *patch, u *element) *failure {
	key, f := extendedKey(u.Children[0])
	if f != nil {
		return f
	}
	switch u.Name.Local {
	case "AppendToItemField":
		return refPropertyAppend.because("Append action is invalid for property.")
	case "DeleteItemField":
		if m, ok := mirrors[key]; ok {
			return p.writeMirror(m, "")
		}
		p.extended[key] = value{gone: true}
		p.set["extended"] = true
		return nil
	}
	given := u.Children[1].Children
	if len(given) != 1 {
		return refPropertyCount.because("An object within a change description must contain one and only one property to modify.")
	}
	if given[0].Name.Local != "ExtendedProperty" {
		return refMismatch.because("Update property mismatch.")
	}
	if other, fail := extendedKey(t(given[0], "ExtendedFieldURI")); fail != nil || other != key {
		return refMismatch.because("Update property mismatch.")
	}
	return c.read(p, given[0])
}

// change does what a request sets, and mails.
func (c *call) change(x view, p *patch, send string) (view, *failure) {
	if x.original != whole {
		return c.changeOccurrence(x, p, send)
	}
	it, before := x.it, x.it.edit()
	st := it.edit()
	answers := st.everybody()
	p.put(&st.props)
	st.keepAnswers(answers)
	if p.set["times"] {
		if f := c.times(&st, p); f != nil {
			return x, f
		}
	}
	if p.set["times"] || p.recurs {
		if f := st.recur(p); f != nil {
			return x, f
		}
		c.rebase(&st, &before)
		st.sequence++
	}
	st.sent = st.sent || sends(send) && len(st.everybody()) > 0
	c.store(it, st)
	it.remember(p.set)
	c.notify(it, &before, p, send)
	c.tell(it, &before, send)
	return it.view(), nil
}

// keepAnswers keeps what those who stay invited have answered.
func (p *props) keepAnswers(had []attendee) {
	for _, list := range []*[]attendee{&p.required, &p.optional, &p.resources} {
		*list = slices.Clone(*list)
		for i := range *list {
			for _, a := range had {
				if strings.EqualFold(a.address, (*list)[i].address) {
					(*list)[i].response, (*list)[i].answered = a.response, a.answered
				}
			}
		}
	}
}

// rebase decides what becomes of the exceptions of a series whose pattern or time has changed.
func (c *call) rebase(st, before *state) {
	if before.recurrence == nil || st.recurrence == nil {
		st.exceptions, st.deleted = nil, nil
		return
	}
	if st.start == before.start && st.end == before.end && st.allDay == before.allDay && st.recurrence.Equal(before.recurrence) {
		return
	}
	exceptions, deleted := st.exceptions, st.deleted
	st.exceptions, st.deleted = nil, nil
	if !c.variants.KeepExceptions {
		return
	}
	for _, e := range exceptions {
		if o := st.on(e.original.Midnight()); st.index(o) > 0 {
			e.original = o
			st.exceptions = append(st.exceptions, e)
		}
	}
	for _, d := range deleted {
		if o := st.on(d.Midnight()); st.index(o) > 0 {
			st.deleted = append(st.deleted, o)
		}
	}
}

// changeOccurrence makes an occurrence an exception, or changes one.
func (c *call) changeOccurrence(x view, p *patch, send string) (view, *failure) {
	if p.recurs {
		return x, refOccurrence.because("The recurrence of an occurrence cannot be set.")
	}
	now := state{props: x.p}
	answers := x.p.everybody()
	p.put(&now.props)
	now.keepAnswers(answers)
	if p.set["times"] {
		if f := c.times(&now, p); f != nil {
			return x, f
		}
		if f := x.crosses(now.props); f != nil {
			return x, f
		}
	}
	it, before := x.it, x.it.edit()
	st := it.edit()
	e := exception{original: x.original, set: map[string]bool{}, props: now.props, seq: it.box.seq + 1}
	if old := st.exception(x.original); old != nil {
		for name := range old.set { // any order: a copy
			e.set[name] = true
		}
	}
	for name := range p.set { // any order: a copy
		e.set[name] = true
	}
	st.except(e)
	c.store(it, st)
	it.remember(p.set)
	c.notify(it, &before, p, send)
	c.tell(it, &before, send)
	return it.occurrenceAt(x.original), nil
}

// maxHistory is how many changes of an item AutoResolve can look at.
const maxHistory = 32

// remember keeps what a change set.
func (it *item) remember(set map[string]bool) {
	it.history = append(it.history, touch{it.seq, set})
	if len(it.history) > maxHistory {
		it.history = it.history[1:]
	}
}

// touch is which parts a change set.
type touch struct {
	seq uint64
	set map[string]bool
}
