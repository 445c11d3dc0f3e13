package engine

import (
	"context"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// keptOut reports that an event takes no part, whatever it says: it is called off, or private where that is passed over. It is no twin of
// anything: nobody is asked about it, so nothing may wait for an answer, and what is here goes its way as if it were not there.
func (r *run) keptOut(e *calendar.Event) bool {
	in, _ := lens.Admit(e, lens.Entry{}, false, r.view(r.now(), true))
	return !in
}

// forgetTwins forgets what nobody has said yet of an item that takes part no more.
func (r *run) forgetTwins(ctx context.Context, tx Tx, id provider.RemoteID) error {
	noted, err := tx.TwinsOf(ctx, r.connection.ID, string(id), 0)
	if err != nil || !slices.ContainsFunc(noted, isOpen) {
		return err
	}
	r.twinsOpen = nil
	if err := tx.DeleteTwins(ctx, r.connection.ID, string(id)); err != nil {
		return err
	}
	for _, w := range slices.DeleteFunc(noted, isOpen) {
		if err := tx.PutTwin(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func isOpen(w store.Twin) bool { return w.State == store.TwinOpen }
