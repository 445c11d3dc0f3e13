package world

import (
	"context"
	"slices"
	"time"

	"tahti/internal/claim"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// What servers bear in time, and when they want to be left alone (I19). A process remembers both on its own clock: whatever becomes of
// that clock, it sends nothing before the end of a rest that it was told of or that was written down when its run began, and no more
// in any span of a budget's length than that allows.

const (
	// hints is the stream of what hosts bear, of when they are busy, and of notifications that are followed to their effects.
	hints = -25
	// bounded is how many seeds in a thousand have hosts with a budget, and busy how many have hosts that are throttled more often.
	bounded, busy = 200, 200
)

// asked is what a process asked, by account, on its own clock.
type asked map[accountKey]*asking

type accountKey struct{ company, account store.ID }

type asking struct {
	rests time.Time   // it was told to ask nothing before
	sent  []time.Time // lately
}

func (a asked) of(account accountKey) *asking {
	if a[account] == nil {
		a[account] = &asking{}
	}
	return a[account]
}

// someBudget is what the next host of a world bears: in a few seeds one that is soon used up, and comes back soon enough for whoever
// waits.
func (w *World) someBudget() provider.Budget {
	if !newDice(w.Seed, hints).chance(bounded) {
		return provider.Budget{}
	}
	d := newDice(w.Seed, hints-100*len(w.hosts)-60)
	return provider.Budget{Requests: pick(d, []int{0, 15, 20, 30}), Per: time.Minute}
}

// leave takes a request out of its budget, and waits for that as long as it takes. Where nobody else acts meanwhile, time goes by.
func (r *remote) leave(ctx context.Context, op string) error {
	w := r.s.w
	for {
		wait, err := claim.Leave(ctx, op, r.k.node.Now())
		if err != nil || wait == 0 {
			return err
		}
		if r.k.desk || w.calm {
			w.now = w.now.Add(wait)
			continue
		}
		r.k.asleep = w.now.Add(wait)
		r.k.pause("waits for its budget", r.s.name)
	}
}

// told notes that the process of a request heard until when nothing may be asked.
func (r *remote) told(until time.Time) {
	if a := r.k.node.asked.of(r.k.account); until.After(a.rests) {
		a.rests = until
	}
}

// checkRest: a request leaves neither within a rest nor beyond its budget (I19). A worker of a later move than the one in which a rest was
// written down has read it.
func (r *remote) checkRest(op string) {
	k, s, w := r.k, r.s, r.s.w
	now, a := k.node.Now(), k.node.asked.of(k.account)
	switch {
	case a.rests.After(now):
		w.broke("I19", "%s is asked to %s by %s, which was told %v before to wait until then", s.name, op, k.node.name, a.rests.Sub(now))
	case s.restKnown.After(now) && s.restMove < k.began && k.account.account == k.side.account:
		w.broke("I19", "%s is asked to %s %v before the end of the rest that is written down", s.name, op, s.restKnown.Sub(now))
	}
	if s.budget.Requests == 0 {
		return
	}
	a.sent = slices.DeleteFunc(append(a.sent, now), func(at time.Time) bool { return now.Sub(at) >= s.budget.Per })
	if len(a.sent) > s.budget.Requests {
		w.broke("I19", "%s was asked %d times in %v by %s, and bears %d", s.name, len(a.sent), s.budget.Per, k.node.name, s.budget.Requests)
	}
}

// isBusy lets a host want to be left alone, and tell of changes all the same: what it tells of has to wait (I17, I19).
func (w *World) isBusy(d *dice) {
	var list []*side
	for _, s := range w.sides {
		if len(s.server.calendars) > 1 {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		list = w.sides
	}
	s := pick(d, list)
	s.server.restUntil = w.now.Add(time.Minute + time.Duration(d.below(1200))*time.Second)
	w.say("fault", "%s and all at its host want to be left alone until %s", s.name, s.server.restUntil.Format("02T15:04:05"))
	for _, c := range s.server.calendars {
		if c.side.id != 0 && d.chance(700) {
			w.pushes = append(w.pushes, push{w.now.Add(time.Duration(d.below(120)) * time.Second), c.side})
		}
	}
}
