package connection_test

import (
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// What says that it is of the right server is taken; each answer may say so (RFC 9207).
func TestAnAnswerMaySayWhoseItIs(t *testing.T) {
	c := newConsenting(t)
	_, page := c.begin(c.alice, "browser")
	back := c.answer(page)
	back.Issuer = c.far.Client.Issuer
	if _, err := c.s.Arrive(c.ctx(), c.alice, back, "browser"); err != nil {
		t.Error(err)
	}
}

func TestSignInsThatBeginHaveABound(t *testing.T) {
	c := newConsenting(t)
	first, page := c.begin(c.alice, "")
	for range 60 {
		c.Pass(time.Second)
		c.begin(c.alice, "")
	}
	var waiting []store.Connection
	c.Tx(func(tx engine.Tx) (err error) {
		waiting, err = tx.Connections(c.ctx(), c.alice.User.ID)
		return err
	})
	if len(waiting) != 20 {
		t.Errorf("%d connections wait", len(waiting))
	}
	if _, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), ""); code(err) != provider.CodeStaleSignIn {
		t.Errorf("the first of many: %v", err)
	}
	if got := c.get(first.ID); got.State != store.PendingSignIn {
		t.Errorf("its connection is %s", got.State)
	}
	c.Pass(time.Second)
	last, page := c.begin(c.alice, "")
	if _, err := c.s.Arrive(c.ctx(), c.alice, c.answer(page), ""); err != nil || c.get(last.ID).State != store.ChooseCalendar {
		t.Errorf("the last: %v", err)
	}
}
