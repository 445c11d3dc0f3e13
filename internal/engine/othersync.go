package engine

import (
	"context"

	"tahti/internal/othersync"
	"tahti/internal/provider"
)

// OtherSyncWrote begins the kind of a tally of what another sync wrote after its items were taken over; the tool follows.
const OtherSyncWrote = "other_sync:"

// listen hears what an item says besides of what is decided about it.
func (r *run) listen(ctx context.Context, tx Tx, s *situation) error {
	if err := r.noticeOtherSync(ctx, tx, s); err != nil {
		return err
	}
	return r.letOthersBeHeard(ctx, tx, s)
}

// noticeOtherSync counts what another sync has written since its items were taken over: an item of its making that came later, and one
// that is tied in which its trace is new or has changed. Its items may still be edited by people; that changes no trace.
func (r *run) noticeOtherSync(ctx context.Context, tx Tx, s *situation) error {
	taken := r.connection.Health.TakenOver
	if taken.IsZero() || !s.fromWork || s.item.State != provider.StateLive {
		return nil
	}
	trace, ok := othersync.Of(s.item.Raw, &s.item.Event)
	if !ok {
		return nil
	}
	if s.link == nil {
		if s.baseline.Known || !r.capable.Modified || !s.item.Modified.After(taken.Add(sameMoment)) {
			return nil // it may have been there before
		}
	} else {
		if before, _ := othersync.Of(s.link.RemoteRaw, s.link.RemoteEvent); before == trace {
			return nil
		}
	}
	return tx.Tally(ctx, r.connection.ID, string(in), OtherSyncWrote+string(trace.Tool), r.now(), 1)
}
