package store

import (
	"context"
	"time"
)

// States of a watch.
const (
	// WatchAsked: the provider was asked, and its answer is not known.
	WatchAsked = "asked"
	// WatchLive: the provider tells of changes.
	WatchLive = "live"
	// WatchFailed: the provider did not take it; it is asked again when it is due.
	WatchFailed = "failed"
	// WatchEnding: another has taken its place, or nobody wants it any more.
	WatchEnding = "ending"
)

// Watch is what a provider was asked to tell of for one connection: a channel of Google's, a subscription of Microsoft's. Where Account is
// set it tells of that whole account: its connections share the watch, and Connection is the one that looks after it.
type Watch struct {
	ID, Connection, Account ID

	Provider string
	Address  []byte // the hash of the random part of the address
	Secret   []byte // the hash of what each notification has to show
	Base     string // what the address begins with: our own, when it was made
	Channel  string // what the provider calls it
	Resource string // what the provider calls that which is watched; empty where ending it does not take that
	State    string
	Due      time.Time // when it is renewed, or the provider is asked again
	Expires  time.Time // when the provider ends it by itself; zero while that is not known
	Tended   time.Time // when the provider was asked last
	Failures int       // in a row
	Reason   string    // the code, or the class, of the last failure

	// Told is the instant for which the last notification asked for a run; Urged is when the provider last wanted to be asked
	// again. [Tx.PutWatch] leaves both alone.
	Told, Urged time.Time
}

var watchTable = newTable("watch", "connection provider address secret base channel resource state due expires tended failures reason account")

func watchColumns(w *Watch) []any {
	return []any{
		&w.ID, &w.Connection, &w.Provider, blob{&w.Address}, blob{&w.Secret}, &w.Base, &w.Channel, &w.Resource, &w.State,
		at(&w.Due), at(&w.Expires), at(&w.Tended), &w.Failures, &w.Reason, &w.Account,
	}
}

var watchSelect = watchTable.columns + ", told, urged FROM watch WHERE "

func watchRead(w *Watch) []any { return append(watchColumns(w), at(&w.Told), at(&w.Urged)) }

// Watches lists the watches of a connection, or of all (0), by id.
func (tx *Tx) Watches(ctx context.Context, connection ID) ([]Watch, error) {
	where, args := "company = $1", []any{tx.company}
	if connection != 0 {
		where, args = where+" AND connection = $2", append(args, connection)
	}
	found, err := list(ctx, tx.scope, watchRead, "SELECT id, "+watchSelect+where+" ORDER BY id", args...)
	return found, wrap(err, "list watches of connection %d", connection)
}

// AccountWatches lists the watches that the connections of an account share, by id.
func (tx *Tx) AccountWatches(ctx context.Context, account ID) ([]Watch, error) {
	found, err := list(ctx, tx.scope, watchRead, "SELECT id, "+watchSelect+"company = $1 AND account = $2 AND account > 0 ORDER BY id", tx.company, account)
	return found, wrap(err, "list watches of account %d", account)
}

// PutWatch saves a watch, all but what notifications change of it.
func (tx *Tx) PutWatch(ctx context.Context, w *Watch) error {
	return tx.put(ctx, watchTable, watchColumns(w))
}

// NoteNotification notes that a watch has told of something: for which instant that asked for a run, and when the provider wanted
// to be asked again, unless that is zero. A watch that is gone is no error.
func (tx *Tx) NoteNotification(ctx context.Context, watch ID, told, urged time.Time) error {
	_, err := tx.exec(ctx, `UPDATE watch SET told = $3, urged = CASE WHEN CAST($4 AS bigint) = 0 THEN urged ELSE $4 END
		WHERE company = $1 AND id = $2`, tx.company, watch, micros(told), micros(urged))
	return wrap(err, "note notification of watch %d", watch)
}

// DeleteWatch forgets a watch; one that is gone is no error.
func (tx *Tx) DeleteWatch(ctx context.Context, id ID) error {
	_, err := tx.exec(ctx, "DELETE FROM watch WHERE company = $1 AND id = $2", tx.company, id)
	return wrap(err, "forget watch %d", id)
}

// DeleteWatches forgets the watches that a connection looks after.
func (tx *Tx) DeleteWatches(ctx context.Context, connection ID) error {
	_, err := tx.exec(ctx, "DELETE FROM watch WHERE company = $1 AND connection = $2", tx.company, connection)
	return wrap(err, "forget watches of connection %d", connection)
}

// WatchByAddress reads the watch whose address has a hash, and its company.
func (db *DB) WatchByAddress(ctx context.Context, address []byte) (company ID, w Watch, err error) {
	err = db.view(ctx, func(s scope) error {
		return s.one(ctx, "SELECT company, id, "+watchSelect+"address = $1", []any{blob{&address}}, append([]any{&company}, watchRead(&w)...))
	})
	return company, w, wrap(err, "read watch")
}
