package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// The steps of backing off. The last one repeats: retries are bounded to a few an hour (I15).
var backOffSteps = []time.Duration{
	15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
}

// giveUp is how often an item is tried before it is set aside for a person to look at.
const giveUp = 12

// refused sorts what went wrong with one item inside a transaction.
func (r *run) refused(ctx context.Context, tx Tx, w store.Work, err error) error {
	if invalid, ok := errors.AsType[*hub.Invalid](err); ok {
		return r.park(ctx, tx, w, string(provider.Refused), invalid.Field+": "+invalid.Code)
	}
	return r.backOff(ctx, tx, w, &provider.Error{Op: "plan", Class: provider.Transient, Code: "internal", Err: err})
}

// park sets an item aside until it changes on either side or a person tries again.
func (r *run) park(ctx context.Context, tx Tx, w store.Work, reason, detail string) error {
	r.counts[ParkedCount]++
	w.HeldBy, w.Class, w.Reason, w.Detail = store.HeldByParked, "parked", reason, detail // a leave that was given ends here
	return tx.UpdateWork(ctx, w)
}

// under lets a piece of work go on under another subject, with the leave that a person gave it. What waited there for a person goes on
// with it: it was about what is no more.
func (r *run) under(ctx context.Context, tx Tx, w store.Work, subject string) (store.Work, error) {
	if w.Subject == subject {
		return w, nil
	}
	if err := tx.DeleteWork(ctx, w); err != nil {
		return w, err
	}
	if err := tx.PutWork(ctx, r.connection.ID, subject, nil, r.now(), true); err != nil {
		return w, err
	}
	next, err := tx.WorkBySubject(ctx, r.connection.ID, subject)
	if err != nil || w.Class != ClassAllowed && w.Class != ClassSend {
		return next, err
	}
	next.Class = w.Class
	return next, tx.UpdateWork(ctx, next)
}

// backOff lets an item rest, longer each time.
func (r *run) backOff(ctx context.Context, tx Tx, w store.Work, cause *provider.Error) error {
	w.Attempts++
	delete(r.fresh, provider.RemoteID(strings.TrimPrefix(w.Subject, "r:")))
	w.Reason, w.Detail = codeOf(cause), cause.Error()
	if w.Class != ClassAllowed && w.Class != ClassSend {
		w.Class = cause.Class.String() // what a person has allowed stays allowed when it is tried again
	}
	if w.Attempts >= giveUp && w.Reason != provider.CodeMailboxFull { // room is made there, and nobody thinks of looking here then
		return r.park(ctx, tx, w, w.Reason, w.Detail)
	}
	w.HeldBy = store.HeldByNothing
	w.Due = r.now().Add(backOffSteps[min(w.Attempts, len(backOffSteps))-1])
	if cause.RetryAfter.After(w.Due) {
		w.Due = cause.RetryAfter
	}
	return tx.UpdateWork(ctx, w)
}

// restBoth lets an item rest that could not be written. Where it changed on both sides, two pieces of work lead to that one write: they rest
// as one, or it would be tried twice as often (I15). They have rested as often as the newer of them, so that what somebody does is tried
// soon, whatever had befallen the older.
func (r *run) restBoth(ctx context.Context, tx Tx, l *store.Link, w store.Work, cause *provider.Error) error {
	subject := activitySubject(l.Activity)
	if w.Subject == subject {
		subject = remoteSubject(provider.RemoteID(l.Remote))
	}
	other, err := tx.WorkBySubject(ctx, r.connection.ID, subject)
	if isNotFound(err) || err == nil && other.HeldBy != store.HeldByNothing && other.HeldBy != store.HeldByBackOff {
		return r.backOff(ctx, tx, w, cause)
	}
	if err != nil {
		return err
	}
	w.Attempts = min(w.Attempts, other.Attempts)
	other.Attempts = w.Attempts
	r.rested[other.ID] = true
	return errors.Join(r.backOff(ctx, tx, w, cause), r.backOff(ctx, tx, other, cause))
}

// speaksForAll reports that an error is the account's and not the item's: the run ends, and all its work stays.
func speaksForAll(err error) bool {
	switch provider.ClassOf(err) {
	case provider.SignIn, provider.RateLimited, provider.CursorLost:
		return true
	}
	return false
}

// itemError makes sure that an answer's error has the provider's form.
func itemError(err error) *provider.Error {
	if pe, ok := errors.AsType[*provider.Error](err); ok {
		return pe
	}
	return &provider.Error{Op: "write", Class: provider.Transient, Err: fmt.Errorf("unclassified: %w", err)}
}
