package push

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/store"
)

// office is an account whose three connections share a watch.
type office struct {
	*lab
	account store.ID
	ids     []store.ID
}

type shared struct{ *far }

func (shared) SharesWatch() {}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{lab: newLab(t, Pipedrive)}
	o.far.graph = true // its watches can be renewed
	o.ids = []store.ID{o.connection, o.Connect(o.Bob, enginetest.New(enginetest.Options{}), nil), o.Connect(o.Alice, enginetest.New(enginetest.Options{}), nil)}
	for i, id := range o.ids {
		o.change(id, func(c *store.Connection) {
			if i == 0 {
				o.account = c.Account
			}
			c.Account, c.Provider, c.Calendar = o.account, Pipedrive, fmt.Sprint(101+i)
		})
	}
	return o
}

func (o *office) change(id store.ID, f func(c *store.Connection)) {
	o.t.Helper()
	o.Tx(func(tx engine.Tx) error {
		c, err := tx.Connection(o.t.Context(), id)
		f(&c)
		return errors.Join(err, tx.PutConnection(o.t.Context(), &c))
	})
}

// tendAll lets a run of each connection end; the answer says whose is wanted again.
func (o *office) tendAll() (again []bool) {
	o.t.Helper()
	for _, id := range o.ids {
		o.Tx(func(tx engine.Tx) error { return tx.Wake(o.t.Context(), id, o.Now(), 2) })
		claims, err := o.DB.ClaimWakes(o.t.Context(), "w", o.Now(), time.Minute, 10, 10)
		if err != nil || len(claims) != 1 {
			o.t.Fatalf("%d claims, %v", len(claims), err)
		}
		next := o.push.Tend(o.t.Context(), claims[0], shared{o.far}, false)
		again = append(again, !next.IsZero() && !next.After(o.Now()))
		if err := o.DB.FinishWake(o.t.Context(), claims[0], time.Time{}); err != nil {
			o.t.Fatal(err)
		}
	}
	return again
}

func (o *office) watches() (rows []store.Watch) {
	o.t.Helper()
	o.Tx(func(tx engine.Tx) (err error) {
		rows, err = tx.AccountWatches(o.t.Context(), o.account)
		return err
	})
	return rows
}

// due are the connections of which a run is asked for, at an instant or before it.
func (o *office) due(at time.Time) (list string) {
	o.t.Helper()
	for i, id := range o.ids {
		o.Tx(func(tx engine.Tx) error {
			yes, err := tx.Awaited(o.t.Context(), id, at, lane)
			if yes {
				list += fmt.Sprint(i)
			}
			return err
		})
	}
	return list
}

// ran lets the runs that are due be over.
func (o *office) ran() {
	o.t.Helper()
	claims, err := o.DB.ClaimWakes(o.t.Context(), "w", o.Now(), time.Minute, 10, 10)
	for _, c := range claims {
		err = errors.Join(err, o.DB.FinishWake(o.t.Context(), c, time.Time{}))
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) tell(body string) {
	o.t.Helper()
	o.tellAs(pipedriveUser, o.far.one().Secret, body)
}

func (o *office) tellAs(user, secret, body string) {
	o.t.Helper()
	w := o.send(o.far.one().Address, body, map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+secret))})
	if w.Code != http.StatusOK {
		o.t.Errorf("answered %d", w.Code)
	}
}

func TestAnAccountHasOneWatchWhoeverLooksAfterIt(t *testing.T) {
	o := newOffice(t)
	if again := o.tendAll(); !again[0] || again[1] || again[2] {
		t.Errorf("to run again: %v", again)
	}
	o.does("watch")
	rows := o.watches()
	if len(rows) != 1 || rows[0].Connection != o.ids[0] || rows[0].State != store.WatchLive {
		t.Fatalf("kept as %+v", rows)
	}
	if told := o.push.Told(t.Context(), o.Company, o.account); !told.Equal(o.Now()) {
		t.Errorf("what changed before the watch was made may be answered from memory: told %v", told)
	}
	o.Tx(func(tx engine.Tx) error {
		for _, asked := range []store.ID{0, o.ids[2]} {
			healths, err := Healths(t.Context(), tx, asked, o.Now())
			if err != nil || !healths[o.ids[2]].Live || asked == 0 && len(healths) != 3 {
				t.Errorf("of %d: %+v, %v", asked, healths, err)
			}
		}
		return nil
	})
	o.Pass(50 * time.Hour)
	o.tendAll()
	o.does("renew")
	// Who looks after it is paused: the next one goes on with it, and it is not made anew.
	o.change(o.ids[0], func(c *store.Connection) { c.State = store.Paused })
	o.tendAll()
	o.does("")
	if rows := o.watches(); len(rows) != 1 || rows[0].Connection != o.ids[1] {
		t.Errorf("kept as %+v", rows)
	}
	// A notification still finds its connections.
	o.Pass(time.Minute)
	o.tell(`{"data":{"owner_id":103},"previous":null}`)
	if due := o.due(o.Now()); due != "2" {
		t.Errorf("woken: %q", due)
	}
	o.ran()
	o.change(o.ids[1], func(c *store.Connection) { c.State = store.NeedsSignIn })
	o.change(o.ids[2], func(c *store.Connection) { c.State = store.Stopped })
	o.tendAll()
	o.does("") // one is only waiting for its sign-in
	o.change(o.ids[1], func(c *store.Connection) { c.State = store.Stopped })
	o.tendAll()
	o.does("unwatch")
	if rows := o.watches(); len(rows) != 0 {
		t.Errorf("kept: %+v", rows)
	}
}

func TestAWatchThatTheProviderHasDroppedIsMadeAnew(t *testing.T) {
	o := newOffice(t)
	o.tendAll()
	clear(o.far.live) // banned
	o.Pass(50 * time.Hour)
	o.far.done()
	if again := o.tendAll(); !again[0] {
		t.Error("what changed meanwhile is told by nobody, and no run is asked for")
	}
	o.does("renew watch")
	if len(o.watches()) != 1 {
		t.Errorf("kept: %+v", o.watches())
	}
}

func TestANotificationWakesWhomItConcerns(t *testing.T) {
	o := newOffice(t)
	o.tendAll()
	o.Pass(time.Minute)
	for _, c := range []struct{ body, due string }{
		{`{"data":{"owner_id":102,"subject":"x"},"previous":{"subject":"y"}}`, "1"},
		{`{"data":{"owner_id":102},"previous":{"owner_id":101}}`, "01"},
		{`{"data":null,"previous":{"owner_id":103}}`, "2"},
		{`{"data":{"subject":"x"},"previous":{"owner_id":103}}`, "012"},
		{`{"data":{"owner_id":999},"previous":{}}`, ""},
		{`{}`, "012"},
		{`not JSON`, "012"},
		{``, "012"},
	} {
		o.tell(c.body)
		if due := o.due(o.Now()); due != c.due {
			t.Errorf("%s woke %q, want %q", c.body, due, c.due)
		}
		o.ran()
		o.Pass(time.Minute)
	}
	o.observed()
	for _, as := range [][2]string{{"tahti", "guess"}, {"", ""}, {"admin", o.far.one().Secret}} {
		o.tellAs(as[0], as[1], `{}`)
	}
	if got := o.observed(); got != "pipedrive refused, pipedrive refused, pipedrive refused" || o.due(o.Now()) != "" {
		t.Errorf("forged: %s, woke %q", got, o.due(o.Now()))
	}
}

// TestABurstIsAFewQuestions: and what was told last is seen by a run that is still to come, for whomever it was.
func TestABurstIsAFewQuestions(t *testing.T) {
	o := newOffice(t)
	o.tendAll()
	o.Pass(time.Hour)
	questions := map[time.Time]bool{}
	begin := o.Now()
	for n := range 600 { // a minute of ten changes a second
		o.tell(fmt.Sprintf(`{"data":{"owner_id":%d},"previous":{}}`, 101+n%3))
		told := o.watches()[0].Told
		if told.Before(o.Now()) {
			t.Fatalf("told at %v, and what was asked at %v counts for it", o.Now().Sub(begin), told.Sub(begin))
		}
		questions[told] = true
		if due := o.due(told); !strings.Contains(due, fmt.Sprint(n%3)) {
			t.Fatalf("nothing runs for it: %q", due)
		}
		o.ran()
		o.Pass(100 * time.Millisecond)
	}
	if n := len(questions); n > 14 {
		t.Errorf("%d questions in a minute", n)
	}
}

func TestRevokingEndsASharedWatchWithItsLastConnection(t *testing.T) {
	o := newOffice(t)
	o.tendAll()
	o.far.done()
	remote := opened{nil, shared{o.far}}
	for i, id := range o.ids {
		o.change(id, func(c *store.Connection) { c.State = store.Stopped })
		if err := o.push.Drop(t.Context(), o.Company, id, remote); err != nil {
			t.Fatal(err)
		}
		if left := len(o.watches()); (left == 0) != (i == 2) {
			t.Errorf("after %d of them %d watches are left", i+1, left)
		}
	}
	o.does("unwatch")
}
