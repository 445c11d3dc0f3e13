package world

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// turn is one change of an activity: as it was, nil for one that is new, and as it was then.
type turn struct{ was, is *crm.Activity }

// historyWritten remembers what a row of history is about. What a run wrote at its provider changes no activity.
func (w *World) historyWritten(h *store.History, turns map[store.ID]turn) {
	if t, changed := turns[h.Activity]; changed && h.Direction != "out" {
		w.rows.turns[h.ID] = t
	}
}

// asWritten: an activity says what a row of history made of it.
func (w *World) asWritten(row *store.History, a *crm.Activity) bool {
	t, known := w.rows.turns[row.ID]
	return known && says(a) == says(t.is)
}

// says is everything that an activity says, its ids, revisions and hours left out.
func says(a *crm.Activity) string {
	c := crm.Activity{
		OwnerID: a.OwnerID, Type: a.Type, Plan: a.Plan.Clone(), Note: a.Note, Done: a.Done, Visibility: a.Visibility, Priority: a.Priority,
		DealID: a.DealID, PersonID: a.PersonID, OrgID: a.OrgID, Occurrences: a.Occurrences,
	}
	c.Plan.UID, c.Plan.Known = "", 0
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // plain data
	}
	if a.Deleted() {
		return "deleted " + string(b)
	}
	return string(b)
}

// checkUndone: what a change has made and nobody has touched since says all that it said before; what somebody has changed since is left
// alone, and what would have come there is kept. row is what was undone, and cur the activity before the undo, with its shares.
func (w *World) checkUndone(row *store.History, cur *crm.Activity, shares []crm.Participant, done *hub.Undone) {
	now, want := w.rows.activities[cur.ID], *cur
	t := w.rows.turns[row.ID]
	untouched := w.asWritten(row, cur)
	switch {
	case row.Kind == "delete" && !now.Deleted():
		want.DeletedAt = now.DeletedAt
		if says(now) != says(&want) { // as a new appointment
			want = *uninvited(&want)
		}
	case row.Kind == "revive", row.Kind == "create" && untouched:
		want.DeletedAt = now.UpdatedAt
	case row.Kind == "create":
	case untouched:
		want = *owned(t.was, cur, shares)
	default:
		w.checkPartlyUndone(row, cur, shares, done)
		return
	}
	if says(unanswered(now)) != says(unanswered(&want)) || untouched && len(done.Kept) > 0 {
		w.broke("undo", "the %s of activity %d is undone, %v is left alone, and it says\n  %s\nwhere it should say\n  %s", row.Kind, cur.ID, done.Kept, says(now), says(&want))
	}
}

// owned is an activity that is to get back its owner, and says of them what they say themselves now: of a meeting, that is in their share.
func owned(a, cur *crm.Activity, shares []crm.Participant) *crm.Activity {
	at := slices.IndexFunc(shares, func(p crm.Participant) bool { return p.UserID == a.OwnerID })
	if a.OwnerID == cur.OwnerID || at < 0 {
		return a
	}
	c := a.Clone()
	c.Plan.Busy, c.Plan.Private = shares[at].Busy, shares[at].Private
	return &c
}

// unanswered is an activity without what people answer: answers only come in, and no undo puts them back.
func unanswered(a *crm.Activity) *crm.Activity {
	c := a.Clone()
	silent := func(v *calendar.Values) {
		v.Answer = calendar.NoAnswer
		for i := range v.Guests {
			v.Guests[i].Answer = calendar.NoAnswer
		}
	}
	silent(&c.Plan.Values)
	for i := range c.Plan.Overrides {
		c.Plan.Overrides[i].Set &^= calendar.Fields(calendar.AnswerField)
		silent(&c.Plan.Overrides[i].Values)
	}
	c.Plan.Normalize()
	return &c
}

// uninvited is an activity as it comes back where no calendar holds it any more.
func uninvited(a *crm.Activity) *crm.Activity {
	c := a.Clone()
	drop := func(v *calendar.Values) { v.Organizer, v.Guests, v.Answer = calendar.Person{}, nil, "" }
	drop(&c.Plan.Values)
	for i := range c.Plan.Overrides {
		c.Plan.Overrides[i].Set &^= invitation
		drop(&c.Plan.Overrides[i].Values)
	}
	c.Plan.Normalize()
	return &c
}

// checkPartlyUndone looks at the fields of which some may have been changed since, each for itself. What is said of single dates is
// looked at where none of the changes has given them other names.
func (w *World) checkPartlyUndone(row *store.History, cur *crm.Activity, shares []crm.Participant, done *hub.Undone) {
	var before, after map[string]json.RawMessage
	w.must("read history", json.Unmarshal(row.Before, &before))
	w.must("read history", json.Unmarshal(row.After, &after))
	keys, now := slices.Sorted(allKeys(before, after)), w.rows.activities[cur.ID]
	theirs := owned(now, cur, shares) != now // who got it back says themselves whether it makes them busy, and is private
	named := samePattern(cur, now) && before["when"] == nil && before["recurrence"] == nil
	for _, key := range keys {
		field, original, dated := strings.Cut(key, "@")
		was, is := said(before[key], dated), said(after[key], dated)
		here, left := said(hub.Value(cur, key), dated), said(hub.Value(now, key), dated)
		switch {
		case theirs && (key == "busy" || key == "private"):
		case key == "was_masked" || was == is || dated && !named, field == "answer", repliesIn.ReplaceAllString(was, "") == repliesIn.ReplaceAllString(is, ""):
		case here != is:
			if left != here || !slices.Contains(done.Kept, key) {
				w.broke("undo", "%s of activity %d was changed since to %s, and the undo makes it %s, leaving %v", key, cur.ID, here, left, done.Kept)
			} else if here != was && !w.keeps(cur.ID, field, original, was) {
				w.broke("undo", "%s of activity %d was changed since, and no conflict keeps %s", key, cur.ID, was)
			}
		case dated && left == "" && !hasStart(&now.Plan, original):
			if field != hub.FieldCancelled && (!slices.Contains(done.Kept, key) || !w.keeps(cur.ID, field, original, was)) {
				w.broke("undo", "%s of activity %d has no date to be put back to, and no conflict keeps %s", key, cur.ID, was)
			}
		case dated && left == "" && (was == said(hub.Value(now, field), false) || field == "when" && strings.Contains(was, original)):
			// It says the same as its series now, or takes place when the series has it.
		case left != was:
			w.broke("undo", "%s of activity %d is %s behind the undo of a change from %s to %s", key, cur.ID, left, was, is)
		}
	}
}

// repliesIn finds what guests answered, in stored guests.
var repliesIn = regexp.MustCompile(`,"answer":"[^"]*"`)

func allKeys(before, after map[string]json.RawMessage) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range before { // any order: they are sorted
			if !yield(key) {
				return
			}
		}
		for key := range after { // any order: they are sorted
			if _, both := before[key]; !both && !yield(key) {
				return
			}
		}
	}
}

// said is a stored value; that a date is not done, or not called off, is the same as nothing.
func said(raw json.RawMessage, dated bool) string {
	if s := string(raw); !dated || s != "false" && s != "null" {
		return s
	}
	return ""
}

// hasStart reports whether an event has a start of that name, taken out or not.
func hasStart(e *calendar.Event, original string) bool {
	all := e.Clone()
	all.Cancelled = nil
	return slices.ContainsFunc(judge(&all), func(o occurrence) bool {
		return calendar.Time{Kind: e.Start.Kind, Wall: o.original}.Key() == original
	})
}

func samePattern(a, b *crm.Activity) bool {
	return a.Plan.Start == b.Plan.Start && calendar.SameRecurrence(&a.Plan, &b.Plan)
}

// keeps reports whether a conflict keeps a value.
func (w *World) keeps(activity store.ID, field, original, lost string) bool {
	for _, c := range w.rows.conflicts { // any order: one is enough
		if c.Activity == activity && c.Field == field && c.Original == original && string(c.Lost) == lost {
			return true
		}
	}
	return false
}
