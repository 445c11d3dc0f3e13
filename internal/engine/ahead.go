package engine

import (
	"context"
	"strconv"
	"strings"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// fewItems are read as quickly one by one as together.
const fewItems = 4

// readAhead lets the transaction read what deciding a batch will ask for, in few statements. It decides nothing.
func (r *run) readAhead(ctx context.Context, tx Tx, due []store.Work, read map[provider.RemoteID]provider.Item) error {
	if len(due) < fewItems {
		return nil
	}
	w := store.Ahead{Connection: r.connection.ID, Owner: r.connection.Member, Linked: true}
	for _, x := range due {
		if id, err := strconv.ParseInt(strings.TrimPrefix(x.Subject, "a:"), 10, 64); err == nil {
			w.Activities = append(w.Activities, id)
			continue
		}
		id := strings.TrimPrefix(x.Subject, "r:")
		w.Remotes = append(w.Remotes, id)
		if it, ok := read[provider.RemoteID(id)]; ok && it.State == provider.StateLive {
			w.UIDs = append(w.UIDs, it.Event.UID)
			w.Starts = append(w.Starts, filedAt(it.Event.Start))
		}
	}
	return tx.ReadAhead(ctx, w)
}

// readListedAhead does the same for what was listed.
func (r *run) readListedAhead(ctx context.Context, tx Tx, items []provider.Item) error {
	if len(items) < fewItems {
		return nil
	}
	w := store.Ahead{Connection: r.connection.ID}
	for _, it := range items {
		w.Remotes = append(w.Remotes, string(it.ID))
	}
	return tx.ReadAhead(ctx, w)
}

// readNoted does the same for settling the answers to writes.
func (r *run) readNoted(ctx context.Context, tx Tx, writes []planned) error {
	if len(writes) < fewItems {
		return nil
	}
	var w store.Ahead
	for _, p := range writes {
		w.Links, w.Activities = append(w.Links, p.link), append(w.Activities, p.activity)
	}
	return tx.ReadAhead(ctx, w)
}
