package house_test

import (
	"errors"
	"fmt"
	"slices"

	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// answer is somebody who knows which item sync has made of an activity, and says so where it asks.
func (p *chance) answer() {
	p.t.Helper()
	waits := p.waiting(p.conn.ID)
	for _, w := range waits {
		if w.Reason != engine.Unsure {
			continue
		}
		made := p.madeOf(w)
		is := slices.IndexFunc(waits, func(x store.Work) bool { return x.Reason == engine.UnsureItem && x.Subject == "r:"+made })
		var err error
		switch {
		case made == "":
			err = p.house.Connections.MakeAnew(p.t.Context(), p.who, w.ID)
		case is >= 0:
			err = p.house.Connections.ThisOne(p.t.Context(), p.who, waits[is].ID)
		default: // it has not been listed yet
			err = p.house.Connections.Retry(p.t.Context(), p.who, w.ID)
		}
		p.t.Logf("%s is %q", w.Subject, made)
		if _, late := errors.AsType[*connection.ErrState](err); err != nil && !late {
			p.t.Fatal(err)
		}
	}
}

// madeOf is the item that is called as the activity is of which something waits.
func (p *chance) madeOf(w store.Work) string {
	for _, a := range p.all() {
		if w.Subject != fmt.Sprint("a:", a.ID) {
			continue
		}
		for _, e := range p.cloud.entries() {
			if token(e.Subject) == token(a.Plan.Subject) {
				return e.id
			}
		}
	}
	return ""
}

// keptApart reports an item that the calendar cannot hold, or could not when both sides were compared last: it is not compared, and nobody is
// asked what it should be. What sync made of it has to be gone, what was born there rests.
func (p *chance) keptApart(token, ours, theirs string) bool {
	p.t.Helper()
	of := slices.DeleteFunc(p.all(), func(a crm.Activity) bool { return tokenOf(&a) != token || p.cloud.holds(&a) })
	was := p.unheld[token]
	if was || len(of) > 0 {
		delete(p.acts[here], token)
		delete(p.acts[there], token)
		p.agreed[token] = ours
	}
	if len(of) == 0 {
		delete(p.unheld, token)
		return false
	}
	if p.unheld == nil {
		p.unheld = map[string]bool{}
	}
	p.unheld[token] = true
	if theirs != "" && of[0].Origin != p.conn.ID {
		p.t.Errorf("round %d: %s cannot be held there, and there is\n%s", p.round, token, theirs)
	}
	return true
}

func tokenOf(a *crm.Activity) string { return token(a.Plan.Subject) }
