package engine_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

var errFull = errors.New("disk full")

// failing is a store that fails once, at the first place in the engine that was not seen before.
type failing struct {
	seen map[string]bool
	at   string // where it failed
	told bool   // it stands at an item
}

func (f *failing) refuse(saved *store.Work) error {
	if saved != nil && strings.Contains(saved.Detail, errFull.Error()) {
		f.told = true
	}
	at := place()
	if f.at != "" || at == "" || f.seen[at] {
		return nil
	}
	f.seen[at], f.at = true, at
	return errFull
}

// place is where the engine asks the store, and from where. It is empty where an answer that cannot be had costs no more than
// reading an item once again.
func place() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var at []string
	for len(at) < 3 {
		f, more := frames.Next()
		if name, ok := strings.CutPrefix(f.Function, "tahti/internal/engine."); ok {
			if strings.Contains(name, ".known.") || strings.Contains(name, ").unchangedSinceStart") {
				return ""
			}
			at = append(at, fmt.Sprint(name, ":", f.Line))
		}
		if !more {
			break
		}
	}
	return strings.Join(at, " < ")
}

// trial is something that the engine does with rooms of one lab, the first of which is whose. It can be done again after an
// error.
type trial struct {
	name string
	set  func(t *testing.T) []*room
	do   func(t *testing.T, r *room) error // nil: a run of each room
}

// runs makes a run of each room.
func runs(t *testing.T, rooms []*room) error {
	t.Helper()
	var all error
	for _, r := range rooms {
		rep, err := r.Run(r.id, false)
		all = errors.Join(all, err)
		if errors.Is(rep.Err, errFull) {
			all = errors.Join(all, rep.Err)
		}
	}
	return all
}

// picture is all that people see of rooms in the end.
func picture(rooms []*room) (lines []string) {
	name := map[store.ID]string{}
	for _, a := range rooms[0].Activities() {
		name[a.ID] = a.Plan.Subject
		lines = append(lines, fmt.Sprint("here ", rooms[0].people(a), a.Type, a.Note, a.Occurrences, a.Plan.Values, a.Plan.Rule, a.Plan.Overrides, a.Plan.Cancelled))
	}
	for _, c := range rooms[0].Conflicts() {
		lines = append(lines, fmt.Sprint("conflict ", name[c.Activity], c.Field, c.Original, c.Winner, string(c.Lost), c.Resolved.IsZero()))
	}
	for _, r := range rooms {
		for _, e := range r.cal.Held() {
			lines = append(lines, fmt.Sprint("there ", r.id, e.Values, e.Rule, e.Overrides, e.Cancelled))
		}
		for _, l := range r.Links(r.id) {
			lines = append(lines, fmt.Sprint("tie ", r.id, name[l.Activity], l.State, l.Ours, l.Pending != nil))
		}
		for _, w := range r.Works(r.id) {
			holder, _, _ := strings.Cut(w.HeldBy, ":")
			lines = append(lines, fmt.Sprint("waits ", r.id, w.Subject[:1], holder, w.Reason))
		}
		lines = append(lines, r.cal.Wrongs...)
	}
	slices.Sort(lines)
	return lines
}

// play does it once, and again if the store failed, and answers what came of it.
func (c trial) play(t *testing.T, f *failing) []string {
	rooms := c.set(t)
	do := func() error { return runs(t, rooms) }
	if c.do != nil {
		do = func() error { return c.do(t, rooms[0]) }
	}
	f.told, rooms[0].Refuse = false, f.refuse
	err := do()
	rooms[0].Refuse = nil
	if f.seen != nil && f.at != "" {
		if !errors.Is(err, errFull) && !f.told {
			t.Errorf("failed at %s: nobody was told: %v", f.at, err)
		}
		rooms[0].Pass(10 * time.Minute)
		err = do()
	}
	if err != nil {
		t.Errorf("failed at %s: and again: %v", f.at, err)
	}
	ids := make([]store.ID, len(rooms))
	for i, r := range rooms {
		ids[i] = r.id
	}
	rooms[0].Settle(ids...)
	return picture(rooms)
}

// TestAStoreThatFailsOnceLosesNothingAndIsReported: wherever the engine asks the store or tells it something, an error reaches
// whoever runs it or stands at the item, and once the store answers again the same comes of it as if nothing had happened.
func TestAStoreThatFailsOnceLosesNothingAndIsReported(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range trials {
		t.Run(c.name, func(t *testing.T) {
			want := c.play(t, &failing{at: "nowhere"})
			for n := 0; ; n++ {
				f := &failing{seen: seen}
				got := c.play(t, f)
				if f.at == "" {
					t.Logf("%d places", n)
					break
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("failed at %s (-as ever +now):\n%s", f.at, diff)
				}
			}
		})
	}
}

func one(r *room) []*room { return []*room{r} }

// change is settings that differ from those that a room has.
func (r *room) change(t *testing.T, change func(*lens.Settings)) (store.Connection, lens.Settings) {
	t.Helper()
	var row store.Connection
	r.Tx(func(tx engine.Tx) (err error) { row, err = tx.Connection(t.Context(), r.id); return err })
	s, err := lens.ParseSettings(lens.Defaults(), row.Settings)
	if err != nil {
		t.Fatal(err)
	}
	change(&s)
	return row, s
}

var trials = []trial{
	{name: "both sides have changed", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		lunch, walk := r.Create(r.Alice, event("Lunch", 4, 12)), r.Create(r.Alice, event("Walk", 4, 14))
		r.Create(r.Alice, event("Gone", 4, 16))
		r.Settle(r.id)
		inLunch, _ := r.findEvent("Lunch")
		inWalk, _ := r.findEvent("Walk")
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.cal.Edit(id, func(e *calendar.Event) { e.Subject, e.Location = "Call Carol", "Room 4" })
		r.Delete(r.Alice, lunch.ID)
		r.cal.Edit(inLunch, setPlace("Canteen"))
		r.cal.Delete(inWalk)
		r.Edit(r.Alice, walk.ID, setSubject("Walk on"), "subject")
		gone, _ := r.find("Gone")
		r.Delete(r.Alice, gone.ID)
		r.cal.Add(event("in", 5, 9))
		r.Create(r.Alice, event("out", 6, 9))
		return one(r)
	}},
	{name: "the start is taken", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{Unread: true, Page: 2}, start(lens.NewAndChanged))
		for i := range 4 {
			r.cal.Add(event("old", 3+i, 10))
		}
		r.Pass(time.Minute)
		r.cal.Add(event("new", 3, 12))
		return one(r)
	}},
	{name: "everything comes in", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{Listing: true}, everything)
		for i := range 5 {
			r.cal.Add(event("in", 3+i, 10))
			r.Create(r.Alice, event("out", 3+i, 12))
		}
		return one(r)
	}},
	{name: "all that is deleted is held", set: func(t *testing.T) []*room {
		r := many(t, 4, enginetest.Options{})
		r.deleteSome(false, 0, 4)
		return one(r)
	}},
	{name: "a sweep", set: func(t *testing.T) []*room {
		r := many(t, 6, enginetest.Options{})
		bad := r.cal.Add(event("bad", 7, 10))
		r.cal.Spoil(bad, provider.StateUnreadable, provider.BadSyntax)
		r.Settle(r.id)
		r.cal.Spoil(bad, provider.StateLive, "")
		r.cal.Delete(bad)
		r.deleteSome(false, 0, 2)
		r.cal.Forget()
		return one(r)
	}},
	{name: "an organiser comes to their meeting", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		a.cal.Add(organised())
		a.Settle(a.id)
		a.Edit(a.Alice, a.only(t).ID, setSubject("Typed here"), "subject")
		a.Settle(a.id)
		b.cal.Add(organised())
		return []*room{b, a}
	}},
	{name: "a meeting is edited and left", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		inA, inB := a.cal.Add(meeting("Review", "dave")), b.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id, b.id)
		a.cal.Delete(inA)
		b.cal.Edit(inB, func(e *calendar.Event) { e.Busy, e.Location = false, "Room 4" })
		return []*room{b, a}
	}},
	{name: "a meeting is called off", set: func(t *testing.T) []*room {
		r, _, id := linked(t, enginetest.Options{}, false, meeting("Review", "dave"), nil)
		callOff(r, id)
		return one(r)
	}},
	{name: "a meeting takes place after all", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		inA, inB := a.cal.Add(meeting("Review", "dave")), b.cal.Add(meeting("Review", "dave"))
		a.Settle(a.id, b.id)
		callOff(a, inA)
		callOff(b, inB)
		a.Settle(a.id, b.id)
		reinstate(a, inA)
		reinstate(b, inB)
		return []*room{a, b}
	}},
	{name: "a series is split, its end first", set: func(t *testing.T) []*room {
		r, _, id, _ := standup(t, false)
		end(r, id)
		r.Settle(r.id)
		r.cal.Add(rest(nil))
		return one(r)
	}},
	{name: "a series is split, its end last", set: func(t *testing.T) []*room {
		r, _, id, _ := standup(t, true)
		r.cal.Add(rest(nil))
		r.Settle(r.id)
		end(r, id)
		return one(r)
	}},
	{name: "replies were lost", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
		r.loseAnswers("put")
		r.Edit(r.Alice, a.ID, setSubject("Call Bob"), "subject")
		r.Create(r.Alice, event("out", 6, 9))
		r.Sync(r.id)
		r.cal.After = nil
		r.cal.Edit(id, setPlace("Room 4"))
		out, _ := r.findEvent("out")
		r.cal.Edit(out, setPlace("Room 5"))
		r.Pass(time.Minute)
		return one(r)
	}},
	{name: "a creation arrives late", set: func(t *testing.T) []*room {
		r, arrive := slow(t)
		arrive()
		r.cal.Edit(r.onlyEvent(t), setPlace("Room 4"))
		return one(r)
	}},
	{name: "somebody is to send it", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{Mails: true}, false, meeting("Review", "alice"), nil)
		r.Edit(r.Alice, a.ID, setSubject("Big review"), "subject")
		r.cal.Edit(id, setPlace("Room 4"))
		return one(r)
	}},
	{name: "the scope is left", set: func(t *testing.T) []*room {
		r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), types)
		r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Type, a.Plan.Subject = "task", "Not for the calendar" }, "type", "subject")
		r.cal.Edit(id, setPlace("Room 4"))
		return one(r)
	}},
	{name: "somebody else's mirror is at work", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, everything)
		other := &room{Lab: r.Lab, cal: enginetest.New(enginetest.Options{})}
		other.id = r.Connect(r.Alice, other.cal, func(s *lens.Settings) { everything(s); s.Direction = lens.ToCRM })
		r.Create(r.Alice, event("Call", 3, 10))
		r.Settle(r.id, other.id)
		other.cal.Add(event("Call", 3, 10))
		return []*room{other, r}
	}},
	{name: "a dry run", set: func(t *testing.T) []*room {
		r := many(t, 4, enginetest.Options{})
		r.deleteSome(false, 0, 1)
		r.Create(r.Alice, event("out", 6, 9))
		r.cal.Add(meeting("Review", "dave"))
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		_, err := r.Engine.DryRun(t.Context(), engine.Target{Company: r.Company, Connection: r.id, Remote: r.cal}, nil)
		return err
	}},
	{name: "what other settings would let in", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{Unread: true}, nothing)
		r.cal.Add(event("in", 6, 9))
		r.cal.Add(meeting("Review", "dave"))
		r.Settle(r.id)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		_, after := r.change(t, everything)
		_, err := r.Engine.Widened(t.Context(), engine.Target{Company: r.Company, Connection: r.id, Remote: r.cal}, &after)
		return err
	}},
	{name: "other settings are previewed and saved", set: func(t *testing.T) []*room {
		r := newRoom(t, enginetest.Options{}, func(s *lens.Settings) { everything(s); s.TypesOut = []string{"meeting"} })
		r.cal.Add(event("in", 6, 9))
		r.Create(r.Alice, event("leaves", 6, 11))
		done := r.Create(r.Alice, event("done", 6, 12))
		enters := r.Create(r.Alice, event("enters", 6, 13))
		r.Edit(r.Alice, enters.ID, setType("call"), "type")
		r.Settle(r.id)
		r.Edit(r.Alice, done.ID, func(a *crm.Activity) { a.Done = true }, "done")
		leaves, _ := r.find("leaves")
		r.Edit(r.Alice, leaves.ID, setType("lunch"), "type")
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		row, after := r.change(t, func(s *lens.Settings) {
			s.TypesOut, s.TypeIn, s.Done = []string{"meeting", "call"}, "call", "tick"
		})
		plan, err := r.Engine.Resettle(t.Context(), r.Company, r.id, &after)
		if err != nil {
			return err
		}
		return r.Engine.Store.Tx(t.Context(), r.Company, func(tx engine.Tx) error {
			row.Settings = after.JSON()
			if err := r.Engine.ApplyResettle(t.Context(), tx, row, plan, true, true); err != nil {
				return err
			}
			return tx.PutConnection(t.Context(), &row)
		})
	}},
	{name: "all is cleaned", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		a.cal.Add(meeting("Review", "dave"))
		b.cal.Add(meeting("Review", "dave"))
		b.cal.Add(event("theirs", 5, 9))
		b.Create(b.Bob, event("ours", 6, 9))
		a.Settle(a.id, b.id)
		b.loseAnswers("put")
		b.Create(b.Bob, event("not answered", 7, 9))
		b.Sync(b.id)
		b.cal.After = nil
		b.set(t, func(c *store.Connection) { c.State = store.Paused })
		return []*room{b}
	}, do: func(t *testing.T, r *room) error {
		return r.Engine.Clean(t.Context(), engine.Target{Company: r.Company, Connection: r.id, Remote: r.cal})
	}},
	{name: "a meeting is handed on", set: func(t *testing.T) []*room {
		a, b := pair(t, nothing)
		a.cal.Add(organised())
		b.cal.Add(organised())
		b.cal.Add(event("alone", 5, 9))
		a.Settle(a.id, b.id)
		b.set(t, func(c *store.Connection) { c.State = store.Paused })
		return []*room{b}
	}, do: func(t *testing.T, r *room) error {
		return r.Engine.Store.Tx(t.Context(), r.Company, func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), r.id)
			if err != nil {
				return err
			}
			return r.Engine.StepBack(t.Context(), tx, c)
		})
	}},
	{name: "what waits is given up", set: func(t *testing.T) []*room {
		r := many(t, 3, enginetest.Options{})
		r.deleteSome(false, 0, 3)
		bad := r.cal.Add(event("bad", 4, 10))
		r.cal.Spoil(bad, provider.StateUnreadable, provider.BadSyntax)
		r.Settle(r.id)
		return one(r)
	}, do: func(t *testing.T, r *room) error {
		works := r.Works(r.id)
		return r.Engine.Store.Tx(t.Context(), r.Company, func(tx engine.Tx) error {
			c, err := tx.Connection(t.Context(), r.id)
			if err != nil {
				return err
			}
			for _, w := range works {
				if err := r.Engine.Accept(t.Context(), tx, c, w); err != nil {
					return err
				}
			}
			return r.Engine.LookAgain(t.Context(), tx, c)
		})
	}},
}
