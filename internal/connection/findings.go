package connection

import (
	"context"
	"time"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/othersync"
	"tahti/internal/store"
)

// Finding is something about a connection that a person should know, and do something about.
type Finding struct {
	Check string         // which of the checks below
	Tool  othersync.Tool // whose traces were seen; may be none
	Count int
}

// The checks.
const (
	// FoundTwins: items are on both sides already, and wait to be taken over.
	FoundTwins = "taken_over.twins"
	// FoundOtherSync: another sync goes on writing after its items were taken over.
	FoundOtherSync = "taken_over.other_sync"
	// FoundMirror: another sync copies what this one carries.
	FoundMirror = "beside.mirror"
)

// stillWrites is for how long a write of another sync is told of.
const stillWrites = 7 * 24 * time.Hour

// Findings are what was found out about a connection.
func (s *Service) Findings(ctx context.Context, who Who, id store.ID) (found []Finding, err error) {
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) error {
		found = nil
		c, err := s.load(ctx, tx, who, id)
		if err != nil {
			return err
		}
		twins, err := tx.CountTwins(ctx, id)
		if err != nil {
			return err
		}
		if twins > 0 {
			found = append(found, Finding{Check: FoundTwins, Tool: othersync.Tool(c.Health.OtherSync), Count: twins})
		}
		mirrors, err := tx.TallySince(ctx, id, "in", engine.Mirror, s.now().Add(-stillWrites))
		if err != nil {
			return err
		}
		if mirrors > 0 {
			tool, err := besides(ctx, tx, c.Member)
			if err != nil {
				return err
			}
			found = append(found, Finding{Check: FoundMirror, Tool: tool, Count: mirrors})
		}
		if c.Health.TakenOver.IsZero() {
			return nil
		}
		since := s.now().Add(-stillWrites)
		if since.Before(c.Health.TakenOver) {
			since = c.Health.TakenOver
		}
		for _, tool := range othersync.Tools {
			n, err := tx.TallySince(ctx, id, "in", engine.OtherSyncWrote+string(tool), since)
			if err != nil {
				return err
			}
			if n > 0 {
				found = append(found, Finding{Check: FoundOtherSync, Tool: tool, Count: n})
			}
		}
		return nil
	})
	return found, err
}

// besides is the sync that most likely runs beside ours. Pipedrive's own leaves no trace in what it writes; whoever is connected there may
// have it on.
func besides(ctx context.Context, tx engine.Tx, member store.ID) (othersync.Tool, error) {
	accounts, err := tx.Accounts(ctx, member)
	for _, a := range accounts {
		if a.Provider == account.Pipedrive || a.Provider == account.PipedriveToken {
			return othersync.Pipedrive, err
		}
	}
	return othersync.None, err
}
