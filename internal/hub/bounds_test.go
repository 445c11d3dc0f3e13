package hub_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// Other systems send up to these bounds, and rely on them.
func TestTheBoundsAreAsStated(t *testing.T) {
	for name, c := range map[string]struct{ is, stated int }{
		"characters of a subject": {hub.MaxSubject, 2000}, "characters of a line": {hub.MaxLine, 4000}, "bytes of a text": {hub.MaxText, 256_000},
		"guests": {hub.MaxGuests, 2000}, "dates of which something is said": {hub.MaxOccurrences, 5000}, "priority": {hub.MaxPriority, 1000},
		"activities of a page": {hub.DefaultPage, 100}, "at most": {hub.MaxPage, 500},
	} {
		if c.is != c.stated {
			t.Errorf("%s: %d, stated as %d", name, c.is, c.stated)
		}
	}
}

// noting is a transaction that notes what is marked and woken.
type noting struct {
	hub.Tx
	works []work
	wakes []wake
}

type work struct {
	connection store.ID
	subject    string
	due        time.Time
	release    bool
}

type wake struct {
	connection store.ID
	at         time.Time
	lane       int
}

func (n *noting) PutWork(ctx context.Context, c store.ID, subject string, payload []byte, due time.Time, release bool) error {
	n.works = append(n.works, work{c, subject, due, release})
	return n.Tx.PutWork(ctx, c, subject, payload, due, release)
}

func (n *noting) Wake(ctx context.Context, c store.ID, at time.Time, lane int) error {
	n.wakes = append(n.wakes, wake{c, at, lane})
	return n.Tx.Wake(ctx, c, at, lane)
}

// What a person changes goes out at once, in the lane of changes here; new labels go out when they are due, in the slow one. What waits
// for a person is not let go by either.
func TestInWhichLaneAChangeGoesOut(t *testing.T) {
	r := newRoom(t)
	by := hub.By(r.alice)
	c := r.connect(r.alice, func(s *lens.Settings) { s.CRMContext = true })
	deal, err := r.saveDeal(by, crm.Deal{Title: "Ships"})
	if err != nil {
		t.Fatal(err)
	}
	a := meeting("Visit")
	a.DealID = deal.ID
	a = r.create(by, a)
	r.link(c, a.ID, true)
	for name, x := range map[string]struct {
		act  func(tx hub.Tx) error
		lane int
		late time.Duration
	}{
		"a change": {func(tx hub.Tx) error {
			_, err := r.hub.Update(r.ctx, tx, by, a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})})
			return err
		}, 1, 0},
		"a new name": {func(tx hub.Tx) error {
			deal.Title = "Boats"
			_, err := r.hub.SaveDeal(r.ctx, tx, by, deal)
			return err
		}, 2, 2 * time.Second},
	} {
		n := &noting{}
		r.do(func(tx *store.Tx) error {
			n.Tx = tx
			return x.act(n)
		})
		due := r.clock.now.Add(x.late)
		if len(n.works) != 1 || n.works[0] != (work{c, hub.Subject(a.ID), due, false}) {
			t.Errorf("%s is marked as %+v, due %s", name, n.works, due)
		}
		if len(n.wakes) != 1 || n.wakes[0] != (wake{c, due, x.lane}) {
			t.Errorf("%s wakes %+v", name, n.wakes)
		}
	}
}

// labelled is a shelf of activities of one deal.
type labelled struct {
	*shelf
	deal crm.Deal
}

func (l *labelled) Deal(context.Context, store.ID) (crm.Deal, error)                { return l.deal, nil }
func (l *labelled) PutDeal(context.Context, *crm.Deal) error                        { return nil }
func (l *labelled) LinksOfActivity(context.Context, store.ID) ([]store.Link, error) { return nil, nil }

// A new name is not looked for without end: ten thousand activities, and an audit finds the others.
func TestHowFarANewNameReaches(t *testing.T) {
	h := &hub.Hub{Clock: &clock{}}
	for rows, reads := range map[int]int{400: 1, 501: 2, 10_000: 20, 10_001: 20, 30_000: 20} {
		l := &labelled{&shelf{rows: rows, odd: never}, crm.Deal{ID: 1, Title: "Ships"}}
		if _, err := h.SaveDeal(t.Context(), l, hub.Actor{Kind: hub.System}, crm.Deal{ID: 1, Title: "Boats"}); err != nil || l.reads != reads {
			t.Errorf("of %d: %v, read %d times", rows, err, l.reads)
		}
	}
}

// Connections are marked in the order of their ids, whoever they are of: a run of the tests is like the next.
func TestConnectionsAreMarkedInOrder(t *testing.T) {
	r := newRoom(t)
	carols, bobs, alices := r.connect(r.carol, nil), r.connect(r.bob, nil), r.connect(r.alice, nil)
	a := r.create(hub.By(r.alice), meeting("Visit"))
	r.join(a.ID, r.bob)
	r.link(carols, a.ID, false)
	n := &noting{}
	r.do(func(tx *store.Tx) error {
		n.Tx = tx
		_, err := r.hub.Update(r.ctx, n, hub.By(r.alice), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})})
		return err
	})
	var got []store.ID
	for _, w := range n.works {
		got = append(got, w.connection)
	}
	if !slices.Equal(got, []store.ID{carols, bobs, alices}) {
		t.Errorf("marked %v, want %v", got, []store.ID{carols, bobs, alices})
	}
}
