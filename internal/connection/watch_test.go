package connection_test

import (
	"context"
	"slices"
	"testing"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// dropped notes the connections whose watches were ended, and asks the provider meanwhile.
type dropped struct {
	c    *consenting
	list []store.ID
}

func (d *dropped) Drop(ctx context.Context, _, id store.ID, remote engine.Remote) error {
	if _, err := remote.Pull(ctx, "", nil); err != nil {
		d.c.t.Errorf("the watches of connection %d cannot be ended any more: %v", id, err)
	}
	d.list = append(d.list, id)
	return nil
}

// Once a sign-in is withdrawn nobody could end what the provider was asked to tell.
func TestWatchesEndBeforeTheirSignInIsForgotten(t *testing.T) {
	c := newConsenting(t)
	acc, x := c.signIn(c.alice)
	_, err := c.s.ChooseCalendar(c.ctx(), c.alice, x.ID, "work")
	c.ok(err)
	second, err := c.s.Connect(c.ctx(), c.alice, connection.Request{Account: acc.ID, Calendar: "home"})
	c.ok(err)
	_, err = c.s.Connect(c.ctx(), c.alice, connection.Request{Account: acc.ID}) // has no calendar yet, and so nothing to end
	c.ok(err)
	d := &dropped{c: c}
	c.s.Watches = d
	_, _, err = c.s.Revoke(c.ctx(), c.alice, acc.ID, true)
	c.ok(err)
	if slices.Sort(d.list); !slices.Equal(d.list, []store.ID{x.ID, second.ID}) {
		t.Errorf("ended those of %v, want of %d and %d", d.list, x.ID, second.ID)
	}
}

// A copy of the data must not renew or end what the original is told through (I25).
func TestACopyForgetsTheWatchesOfItsOriginal(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.bob, "work", everything)
	stopped := r.connect(r.alice, "home", everything)
	_, err := r.s.Stop(r.ctx(), r.alice, stopped.ID, true)
	r.ok(err)
	r.Tx(func(tx engine.Tx) error {
		for i, id := range []store.ID{c.ID, stopped.ID} {
			w := store.Watch{Connection: id, Address: []byte{byte(i)}, State: store.WatchLive}
			r.ok(tx.PutWatch(r.ctx(), &w))
		}
		return nil
	})
	r.ok(r.s.HoldAll(r.ctx(), r.Company, connection.Cloned))
	r.Tx(func(tx engine.Tx) error {
		left, err := tx.Watches(r.ctx(), 0)
		if len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
		return err
	})
}
