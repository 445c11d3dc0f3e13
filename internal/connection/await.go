package connection

import (
	"context"
	"time"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// elsewhere is how long nobody looks at a run whose end is told: as long as one that another process has may go unnoticed.
const elsewhere = 500 * time.Millisecond

// Await answers the first run that took a wish, once it has ended, or as it stands when ctx ends; that of wish 0 is the first of all.
func (s *Service) Await(ctx context.Context, who Who, id store.ID, wish int64) (store.Run, error) {
	for {
		var ended <-chan struct{}
		pause := look
		if s.Ends != nil { // before the look, so that no end falls between the two
			ended, pause = s.Ends.Ended(who.Company, id), elsewhere
		}
		run, err := s.firstOf(ctx, who, id, wish)
		if err != nil || run.ID != 0 && !run.Finished.IsZero() {
			return run, err
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return run, nil
		case <-ended:
		case <-t.C:
		}
		t.Stop()
	}
}

// firstOf is the first run whose claim took a wish; its ID is 0 if there is none yet. Which wishes a run took is counted: by the clock,
// one that began at the same instant as somebody asked for it cannot be told from one that was under way then.
func (s *Service) firstOf(ctx context.Context, who Who, id store.ID, wish int64) (first store.Run, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		first = store.Run{}
		if _, err := s.load(ctx, tx, who, id); err != nil {
			return err
		}
		runs, err := tx.Runs(ctx, id, 20)
		for _, r := range runs {
			if r.Wake >= wish {
				first = r // newest first: the one that remains is the first
			}
		}
		return err
	})
	return first, err
}
