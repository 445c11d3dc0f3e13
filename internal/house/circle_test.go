package house_test

import (
	"errors"
	"testing"

	"tahti/internal/account"
	"tahti/internal/provider"
	"tahti/internal/standin/graph"
	"tahti/internal/store"
)

// TestWhatSpeaksForAllRestsAll: when a provider wants to be left alone by our whole registration there, or by one organisation's
// people, nobody of theirs asks anything until then: no calendar, no "Sync now", no new sign-in, no later process. Others go on.
func TestWhatSpeaksForAllRestsAll(t *testing.T) {
	t.Parallel()
	const alice, bob = "alice@example.com", "bob@example.com"
	for scope, x := range map[string]struct {
		kind string
		turn func(o *office)
		anew bool // a new sign-in is held, too: of whom it will be is not known yet
	}{
		"an application at Microsoft":  {account.Graph, func(o *office) { o.graph.ThrottleAll(graph.ThrottleApplication) }, true},
		"an organisation at Microsoft": {account.Graph, func(o *office) { o.graph.ThrottleAll(graph.ThrottleOrganisation) }, false},
		"a project at Google":          {account.Google, func(o *office) { o.google.Crowd(true) }, true},
	} {
		t.Run(scope, func(t *testing.T) {
			t.Parallel()
			o := openOffice(t, nil, []graph.User{{Name: alice, Password: "secret"}, {Name: bob, Password: "secret"}})
			hers, elsewhere := o.connected(alice, x.kind), o.connected(alice, map[string]string{account.Graph: account.Google, account.Google: account.Graph}[x.kind])
			mine := o.who
			his, first := hers, o.who
			if x.kind == account.Graph { // at the stand-in for Google there is one person
				o.who = o.join(bob)
				first = o.who
				his = o.connected(bob, x.kind)
			}
			o.syncBy(mine, hers.ID)
			o.syncBy(first, his.ID)

			o.rests(o.clock.stand) // or the rest may be over before everybody was asked
			x.turn(o)
			if run := o.syncBy(mine, hers.ID); run.State != "failed" {
				t.Fatalf("the throttled run: %+v", run)
			}
			o.rests(func() {}) // it is noted for all processes just behind the run
			before := o.asked()
			_, err := o.house.Connections.SyncNow(t.Context(), first, his.ID)
			if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != provider.RateLimited || e.RetryAfter.IsZero() {
				t.Errorf("the other account may be asked: %v", err)
			}
			if n := o.asked() - before; n != 0 {
				t.Errorf("%d requests although all are to rest", n)
			}
			if run := o.syncBy(mine, elsewhere.ID); run.State != "done" {
				t.Errorf("the other provider's calendar: %+v", run)
			}
			fresh := store.Account{Provider: x.kind}
			if err := o.house.Accounts.Rest(t.Context(), &fresh, o.clock.Now()); (err != nil) != x.anew {
				t.Errorf("an account that is new: %v", err)
			}
		})
	}
}

// connected is a person's calendar at a provider, as whoever is signed in here.
func (o *office) connected(email, kind string) store.Connection {
	o.t.Helper()
	o.person = newPerson(o.t, email, "secret")
	_, c := o.connectTo(kind)
	return c
}

// asked is how many requests both providers have had.
func (o *office) asked() int { return len(o.google.Requests()) + len(o.graph.Requests()) }
