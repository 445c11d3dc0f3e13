package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
	"tahti/internal/text"
)

const (
	// maxWork is how many waiting items a page shows, and maxHeld how many of those that a brake holds.
	maxWork = 100
	maxHeld = 20
	// workPages bounds what is read for a page; there may be many that only wait for their turn.
	workPages, workPage = 5, 500
)

// waiting reads what a connection has to deal with; more reports that there is more than was read.
func (v *visit) waiting(connection store.ID) (all []store.Work, more bool, err error) {
	after := store.ID(0)
	for range workPages {
		list, err := v.connections().Waiting(v.ctx(), v.who, connection, after, workPage)
		if err != nil {
			return nil, false, err
		}
		if all = append(all, list...); len(list) < workPage {
			return all, false, nil
		}
		after = list[len(list)-1].ID
	}
	return all, true, nil
}

// fillWork sorts what waits: by itself, behind one of the brakes, or for a person.
func (v *visit) fillWork(tx engine.Tx, c *store.Connection, d *connectionPage, work []store.Work) error {
	for _, w := range work {
		if w.HeldBy == store.HeldByNothing && w.Attempts == 0 {
			d.Todo++
			continue
		}
		i := slices.IndexFunc(d.Holds, func(h holdLine) bool { return w.HeldBy == store.HeldByBrake+strconv.FormatInt(h.ID, 10) })
		switch {
		case i >= 0 && len(d.Holds[i].Items) == maxHeld:
			d.Holds[i].More = true
			continue
		case i < 0 && len(d.Work) == maxWork:
			d.More = true
			continue
		}
		line, err := v.workLine(tx, c, &w)
		if err != nil {
			return err
		}
		if i >= 0 {
			d.Holds[i].Items = append(d.Holds[i].Items, line)
		} else {
			d.Work = append(d.Work, line)
		}
	}
	return nil
}

// workLine is an item that waits, with what can be done about it.
type workLine struct {
	ID                      store.ID
	Title                   string
	Activity                store.ID // 0: not in the CRM
	State                   text.Explanation
	Why                     *text.Explanation
	People                  int
	Attempts                int
	MayRetry, MaySend, Drop bool
	This, Anew              bool // the answers to whether it is there already
	Never                   bool // it would mail people, and the settings say that nobody is
	Tone                    string
}

// workState says in which state an item is.
func (v *visit) workState(w *store.Work) text.Explanation {
	if w.State() == store.WaitsBackOff {
		return text.Explanation{Title: v.T("work.back_off.title"), Next: v.T("work.back_off.next", "when", v.Ago(w.Due, v.now))}
	}
	return text.Explanation{Title: v.Word("work", w.State()+".title"), Next: v.Word("work", w.State()+".next")}
}

func (v *visit) workLine(tx engine.Tx, c *store.Connection, w *store.Work) (workLine, error) {
	l := workLine{
		ID: w.ID, State: v.workState(w), People: w.People, Attempts: w.Attempts, Tone: "busy",
		MayRetry: w.HeldBy == store.HeldByParked || w.HeldBy == store.HeldByNothing || w.HeldBy == store.HeldByBackOff,
		MaySend:  w.HeldBy == store.HeldBySending, Drop: !strings.HasPrefix(w.HeldBy, store.HeldByBrake),
	}
	l.This, l.Anew = w.Reason == engine.UnsureItem, w.Reason == engine.Unsure
	if l.MaySend {
		set, err := lens.ParseSettings(lens.Defaults(), c.Settings)
		if l.Never = err != nil || !set.MaySend(); l.Never {
			l.MaySend, l.State.Next = false, v.T("work.never")
		}
	}
	if c.State == store.Stopped { // nothing goes on there, and nothing is given up
		l.MayRetry, l.MaySend, l.Drop, l.Never, l.This, l.Anew = false, false, false, false, false, false
	}
	if w.HeldBy != store.HeldByNothing && w.HeldBy != store.HeldByBackOff {
		l.Tone = "warn"
	}
	reason := w.Reason
	if reason == "" {
		reason = w.Class
	}
	if reason != "" && w.HeldBy != store.HeldBySending {
		e := v.Problem(reason)
		if l.Why = &e; l.This || l.Anew {
			l.State.Next = e.Next // a question is not mended, but answered
		}
	}
	return l, v.nameWork(tx, c, w, &l)
}

// nameWork finds a title for an item, as the visitor may see it: an activity's through the hub, an event's that is not yet
// an activity only for whose calendar it is.
func (v *visit) nameWork(tx engine.Tx, c *store.Connection, w *store.Work, l *workLine) error {
	l.Title = v.T("work.unnamed")
	kind, rest, _ := strings.Cut(w.Subject, ":")
	activity := store.ID(0)
	if kind == "a" {
		activity, _ = strconv.ParseInt(rest, 10, 64) // a subject that is no number names nothing
	} else if link, err := tx.LinkByRemote(v.ctx(), c.ID, rest); err == nil {
		activity = link.Activity
	} else if !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read link: %w", err)
	}
	if activity != 0 {
		shown, err := v.hub().Get(v.ctx(), tx, v.who.User, activity)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read activity: %w", err)
		}
		l.Title, l.Activity = v.subjectOf(&shown.Activity, shown.Masked), activity
		return nil
	}
	// The item as the engine stored it: "e" is its event. One that cannot be read has no name.
	var payload struct {
		Event *calendar.Event `json:"e"`
	}
	if c.Member == v.who.User.ID && json.Unmarshal(w.Payload, &payload) == nil && payload.Event != nil && payload.Event.Subject != "" {
		l.Title = payload.Event.Subject
	}
	return nil
}

// actOnWork retries, drops or sends an item that waits.
func (s *Site) actOnWork(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	var w store.Work
	err = v.view(func(tx engine.Tx) error {
		w, err = tx.Work(v.ctx(), id)
		return err
	})
	if err != nil {
		return err
	}
	said, to := v.T("run.waiting"), fmt.Sprintf("%s?asked=%d", connectionPath(w.Connection), v.now.UnixMicro())
	switch v.r.PathValue("what") {
	case "retry":
		err = v.connections().Retry(v.ctx(), v.who, id)
	case "drop":
		err, said, to = v.connections().Drop(v.ctx(), v.who, id), v.T("work.dropped"), connectionPath(w.Connection) // nothing is to run for it
	case "this":
		err = v.connections().ThisOne(v.ctx(), v.who, id)
	case "anew":
		err = v.connections().MakeAnew(v.ctx(), v.who, id)
	case "send":
		err, said = v.connections().Send(v.ctx(), v.who, id), v.T("work.sent")
	default:
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	v.say(said)
	return v.redirect(to)
}
