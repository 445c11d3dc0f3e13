package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// block is a run of ids that is ours to give out: next to end-1.
type block struct{ next, end ID }

func (b *block) take() (ID, bool) {
	if b.next >= b.end {
		return 0, false
	}
	b.next++
	return b.next - 1, true
}

// counter gives out a company's ids.
//
// On SQLite a transaction moves the counter itself: first by one, then by doubling steps, as there is only one writer to
// wait for anyhow. On PostgreSQL a transaction that moved it would make every other writer of the company wait until it
// commits. There a block is taken through a connection apart that commits at once, and is given out from memory: a
// round trip for every 64 ids, and gaps where the server stops or a transaction is taken back. Ids of different nodes
// are therefore not in the order of time; lists that say "newest first" sort by instant.
type counter struct {
	pool   *sql.DB // nil on SQLite
	mu     sync.Mutex
	blocks map[ID]*block
}

const blockSize = 64

const reserveIDs = "UPDATE counter SET next_id = next_id + $2 WHERE company = $1 RETURNING next_id"

func (c *counter) close() error {
	if c.pool == nil {
		return nil
	}
	return c.pool.Close()
}

// shared gives the next id of a company from memory, reserving a block when there is none left.
func (c *counter) shared(ctx context.Context, company ID) (ID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.blocks[company]
	if b == nil {
		b = &block{}
		c.blocks[company] = b
	}
	if id, ok := b.take(); ok {
		return id, nil
	}
	var end ID
	err := c.pool.QueryRowContext(ctx, reserveIDs, company, int64(blockSize)).Scan(&end)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("company %d: %w", company, ErrNotFound)
	}
	if err != nil {
		return 0, fmt.Errorf("reserve ids: %w", err)
	}
	*b = block{next: end - blockSize + 1, end: end}
	return end - blockSize, nil
}

// newID gives the next id of the company.
func (tx *Tx) newID(ctx context.Context) (ID, error) {
	if tx.readOnly {
		return 0, errors.New("write in a transaction that was opened for reading")
	}
	if tx.db.ids.pool != nil {
		return tx.db.ids.shared(ctx, tx.company)
	}
	if id, ok := tx.reserved.take(); ok {
		return id, nil
	}
	n := min(max(1, 2*tx.step), blockSize)
	var end ID
	if err := tx.one(ctx, reserveIDs, []any{tx.company, n}, []any{&end}); err != nil {
		return 0, fmt.Errorf("reserve ids of company %d: %w", tx.company, err)
	}
	tx.reserved, tx.step = block{next: end - n + 1, end: end}, n
	return end - n, nil
}

// A counter that stands in rows goes back with them. What a database gave out behind its last backup it would give out again
// once it is restored, and so would a copy beside its original; but an id is part of the name under which an event is found
// again at its provider, so the event of one activity would be taken for another's. Therefore the counters of a restored or
// copied database go on at a number that only time leads to. No life of the rows has given it out: each began at a lower
// number, earlier, and gives out fewer than idsPerSecond. 2^53 is reached in some four thousand years.
const idsPerSecond = 1 << 16

// idsBegin is earlier than any installation.
var idsBegin = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// FirstID is the least id of what was made since the rows were restored, at an instant that they say; 1 where they never were.
func FirstID(restored time.Time) ID {
	return max(1, int64(restored.Sub(idsBegin)/time.Second)*idsPerSecond)
}

// SkipIDs moves the counters of all companies, and of those to come, behind what any other life of these rows may have given
// out until an instant. Doing it again for the same instant changes nothing. No other node may have the database open.
func (db *DB) SkipIDs(ctx context.Context, until time.Time) error {
	first := FirstID(until)
	err := db.global(ctx, func(s scope) error {
		if _, err := s.exec(ctx, "UPDATE counter SET next_id = $1 WHERE next_id < $1", first); err != nil {
			return err
		}
		_, err := s.exec(ctx, "UPDATE instance SET first_id = $1 WHERE first_id < $1", first)
		return err
	})
	db.ids.forget()
	return wrap(err, "skip ids that were given out")
}

// forget drops the blocks that are in memory.
func (c *counter) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.blocks)
}
