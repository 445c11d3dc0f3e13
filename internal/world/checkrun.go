package world

import (
	"errors"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// checkRun: a run ends before its end only because of what concerns all of it: its lease, the database, the account, a list that
// cannot be had. What is wrong with one item is no other's trouble (I15).
func (k *worker) checkRun(rep engine.Report, _ time.Duration) {
	k.report = &rep
	for _, expected := range []error{errDisk, errAborted, errReply, store.ErrFenced} {
		if errors.Is(rep.Err, expected) {
			return
		}
	}
	if rep.Err == nil {
		return
	}
	if e, ok := errors.AsType[*provider.Error](rep.Err); ok {
		switch e.Class {
		case provider.RateLimited:
			if s := k.side.server; !s.rested && s.budget.Requests == 0 {
				k.w.broke("I15", "%s rests, and its server never asked for it", k.name)
			}
			return
		case provider.Transient, provider.SignIn, provider.CursorLost:
			return
		}
	}
	k.w.broke("I15", "the run of %s ended because of something that is not everybody's: %v", k.name, rep.Err)
}
