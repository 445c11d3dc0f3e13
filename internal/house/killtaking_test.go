package house_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/faultproxy"
	"tahti/internal/house"
	"tahti/internal/match"
	"tahti/internal/store"
)

// childTakes is the variable by which a test has its own binary take over what another sync has left, and die of it.
const childTakes = "TAHTI_HOUSE_TAKES"

// order is what such a process is to do: an acceptance, that ends at one of its transactions.
type order struct {
	Who        connection.Who
	Connection store.ID
	Wish       connection.TakeOverWish
	At         int // the transaction, from 1; 0: it lives
	Behind     bool
}

// dying ends its process at a transaction, as a power cut would.
type dying struct {
	engine.Store
	left   *int
	behind bool
}

func (d dying) Tx(ctx context.Context, company store.ID, f func(engine.Tx) error) error {
	*d.left--
	if *d.left == 0 && !d.behind {
		die()
	}
	err := d.Store.Tx(ctx, company, f)
	if *d.left == 0 {
		die()
	}
	return err
}

func die() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	panic(fmt.Sprintf("it goes on: %v", err))
}

// takes is the life of such a process.
func takes(ctx context.Context, h *house.House, text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	h.Connections.Store = dying{h.Connections.Store, &o.At, o.Behind}
	_, err := h.Connections.TakeOver(ctx, o.Who, o.Connection, o.Wish)
	return err
}

// takeAndDie starts a process that carries out an order, and reports whether it died of it.
func (l *lab) takeAndDie(o order) (died bool) {
	l.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.CommandContext(l.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+l.dir, childAhead+"="+time.Duration(l.clock.ahead.Load()).String(), childTakes+"="+string(text))
	said, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState.Exited() { // and was not killed
		l.t.Fatalf("take over: %v\n%s", err, said)
	}
	return err != nil
}

// TestKilledWhileTakingOver kills the server before and behind each transaction in which it takes over what another sync has left, and then
// at requests of the run behind it. Whatever has been saved by then, nothing is made twice, nothing is written that nobody has asked for, and
// the same acceptance once more does the rest.
func TestKilledWhileTakingOver(t *testing.T) {
	notShort(t)
	t.Parallel()
	f := formerCalDAV(t)
	f.stop()
	proxy := faultproxy.Start(t, f.url, faultproxy.Options{})
	f.sign.URL = proxy.URL
	f.n = 150 // in more than one transaction
	here := f.fill()
	f.clock.pass(10 * time.Minute)
	c := f.connect(`{"start":"everything"}`)
	seen, err := f.house.Connections.PreviewTakeOver(t.Context(), f.who, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	matched, asked := f.n*8/10, f.n/10 // of each kind
	if len(seen.Matched) != matched || len(seen.Unsure) != 2*asked {
		t.Fatalf("%d matched, %d unsure", len(seen.Matched), len(seen.Unsure))
	}
	wish := connection.TakeOverWish{Preview: seen.ID, ForAll: map[match.Reason]connection.Choice{match.OtherTitle: {Same: true, Counts: engine.CRMCounts}}}
	kills, ran := 0, false
	for at := 1; ; at++ {
		died := false
		for _, behind := range []bool{false, true} {
			died = f.takeAndDie(order{Who: f.who, Connection: c.ID, Wish: wish, At: at, Behind: behind})
			if !died {
				break
			}
			kills++
			f.both(0, f.n)
			if n := f.tied(c.ID); n > matched+asked {
				t.Fatalf("killed at transaction %d, behind it: %t: %d are tied", at, behind, n)
			}
		}
		if !died {
			break
		}
		if full() && !ran && f.tied(c.ID) > 0 { // a run comes in between
			ran = true
			f.once(c.ID)
			f.both(f.writes(), f.n)
		}
	}
	if kills < 5 {
		t.Errorf("%d kills", kills)
	}
	if n := f.tied(c.ID); n != matched+asked {
		t.Errorf("%d are tied, want %d", n, matched+asked)
	}
	p := &pair{lab: f.lab}
	for _, k := range []int{3, 8} {
		if !p.killAt(c.ID, proxy, k, faultproxy.FreezeAfter) {
			t.Errorf("there is no request %d", k)
		}
		f.clock.pass(2 * time.Minute) // the lease ends
	}
	f.once(c.ID)
	f.once(c.ID)
	if wrote := f.writes(); wrote < asked || wrote > asked+2 { // and what was killed before it knew the answer
		t.Errorf("%d writes to the calendar, want %d", wrote, asked)
	}
	f.both(f.writes(), f.n)
	if a := f.activity(here[3].ID); a.Revision != here[3].Revision {
		t.Errorf("the activity that counts was changed: %+v", a.Plan)
	}
	found, err := f.house.Connections.Findings(t.Context(), f.who, c.ID)
	if err != nil || len(found) != 1 || found[0].Check != connection.FoundTwins || found[0].Count != asked {
		t.Errorf("what moved is asked about: %+v, %v", found, err)
	}
}

// once lets the lab's own runner run a connection.
func (f *former) once(id store.ID) {
	f.t.Helper()
	f.start()
	defer f.stop()
	f.sync(id)
}

// tied counts what is tied in a connection.
func (f *former) tied(id store.ID) (n int) {
	f.tx(func(tx engine.Tx) error {
		count, err := tx.CountLinks(f.t.Context(), id)
		n = count[store.LinkLinked]
		return err
	})
	return n
}
