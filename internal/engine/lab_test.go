package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

const zone = "Europe/Helsinki"

// hour is a whole hour in March 2026.
func hour(day, h int) calendar.Wall { return calendar.WallOf(2026, 3, day, h, 0, 0) }

func event(subject string, day, h int) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = subject, true
	e.Start, e.End = calendar.InZone(hour(day, h), zone), calendar.InZone(hour(day, h+1), zone)
	return e
}

func series(subject, rule string, day, h int) calendar.Event {
	e := event(subject, day, h)
	e.Rule = rule
	return e
}

func everything(s *lens.Settings) { s.Start = lens.Everything }

// room is a lab with one connection of Alice's.
type room struct {
	*enginetest.Lab
	cal *enginetest.Calendar
	id  store.ID
}

func newRoom(t testing.TB, o enginetest.Options, change func(*lens.Settings)) *room {
	t.Helper()
	r := &room{Lab: enginetest.NewLab(t), cal: enginetest.New(o)}
	r.cal.Now = r.Now
	r.id = r.Connect(r.Alice, r.cal, change)
	return r
}

// linked is a room with one activity that has its event; ours: born here, else there.
func linked(t testing.TB, o enginetest.Options, ours bool, e calendar.Event, change func(*lens.Settings)) (*room, crm.Activity, provider.RemoteID) {
	t.Helper()
	r := newRoom(t, o, func(s *lens.Settings) {
		s.Start = lens.Everything
		if change != nil {
			change(s)
		}
	})
	if ours {
		r.Create(r.Alice, e)
	} else {
		r.cal.Add(e)
	}
	r.Settle(r.id)
	return r, r.only(t), r.onlyEvent(t)
}

func (r *room) only(t testing.TB) crm.Activity {
	t.Helper()
	list := r.Activities()
	if len(list) != 1 {
		t.Fatalf("%d activities, want one", len(list))
	}
	return list[0]
}

func (r *room) onlyEvent(t testing.TB) provider.RemoteID {
	t.Helper()
	held := r.cal.Held()
	if len(held) != 1 {
		t.Fatalf("%d events, want one", len(held))
	}
	for id := range held {
		return id
	}
	return ""
}

// same checks that both sides say the same in all fields that travel.
func same(t testing.TB, a *crm.Activity, e calendar.Event) {
	t.Helper()
	if diff := cmp.Diff(shown(a.Plan), shown(e)); diff != "" {
		t.Errorf("%q: the activity and its event differ (-here +there):\n%s", e.Subject, diff)
	}
}

// shown is what travels both ways.
func shown(e calendar.Event) calendar.Event {
	e = e.Clone()
	e.UID, e.Known = "", calendar.BothWaysFields
	e.Status, e.Organizer, e.Guests, e.Answer, e.MeetingURL = "", calendar.Person{}, nil, "", ""
	for i := range e.Overrides {
		o := &e.Overrides[i]
		o.Set &= calendar.BothWaysFields
		o.Status, o.Organizer, o.Guests, o.Answer, o.MeetingURL = "", calendar.Person{}, nil, "", ""
	}
	e.Normalize()
	return e
}

// inStep checks that both sides hold the same n items.
func (r *room) inStep(t testing.TB, n int) {
	t.Helper()
	r.Sync(r.id) // our own writes come back
	held := r.cal.Held()
	list := r.Activities()
	if len(held) != n || len(list) != n {
		t.Fatalf("%d activities and %d events, want %d of each; waiting: %+v", len(list), len(held), n, r.Works(r.id))
	}
	byActivity := map[store.ID]provider.RemoteID{}
	for _, l := range r.Links(r.id) {
		byActivity[l.Activity] = provider.RemoteID(l.Remote)
	}
	for _, a := range list {
		e, ok := held[byActivity[a.ID]]
		if !ok {
			t.Errorf("%q has no event", a.Plan.Subject)
			continue
		}
		same(t, &a, e)
	}
	r.Quiet(r.id)
}

func TestWhatIsNewOnOneSideComesToTheOther(t *testing.T) {
	for name, o := range map[string]enginetest.Options{
		"deltas": {}, "unread deltas": {Unread: true}, "listings": {Listing: true}, "pages": {Page: 3, Unread: true}, "listings in pages": {Page: 2, Listing: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, o, everything)
			for i := range 5 {
				r.cal.Add(event("in", 3+i, 10))
				r.Create(r.Alice, event("out", 3+i, 14))
			}
			r.cal.Add(series("weekly", "FREQ=WEEKLY;COUNT=5", 3, 9))
			r.Settle(r.id)
			r.inStep(t, 11)
			for id := range r.cal.Held() {
				r.cal.Edit(id, func(e *calendar.Event) { e.Location = "Room 4" })
			}
			for _, a := range r.Activities() {
				r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject += "!" }, "subject")
			}
			r.Settle(r.id)
			r.inStep(t, 11)
			for _, a := range r.Activities() {
				if a.Plan.Location != "Room 4" || a.Plan.Subject[len(a.Plan.Subject)-1] != '!' {
					t.Errorf("%+v", a.Plan.Values)
				}
			}
			r.Pass(24 * time.Hour)
			rep, err := r.Run(r.id, true)
			if err != nil || rep.Err != nil {
				t.Fatal(err, rep.Err)
			}
			r.inStep(t, 11)
		})
	}
}

// loseFirstReply lets the first write happen without an answer, and tells whether it did.
func (r *room) loseFirstReply() *bool {
	lost := new(bool)
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" && !*lost {
			*lost = true
			return &provider.Error{Op: "put", Class: provider.Unknown}
		}
		return nil
	}
	return lost
}
