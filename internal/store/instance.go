package store

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

var instanceTable = newTable("instance", "mark secret created restored held")

func instanceColumns(i *Instance) []any {
	return []any{&i.Mark, blob{&i.Secret}, at(&i.Created), at(&i.Restored), at(&i.Held)}
}

// createInstance makes the one row at the first opening. The mark is 26 letters and digits, the secret 32 bytes.
func (db *DB) createInstance(ctx context.Context, random io.Reader) error {
	return db.global(ctx, func(s scope) error {
		var i Instance
		err := s.one(ctx, instanceTable.selects, nil, instanceColumns(&i))
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		bytes := make([]byte, 16+32)
		if _, err := io.ReadFull(random, bytes); err != nil {
			return fmt.Errorf("make the installation's secret: %w", err)
		}
		i.Mark = strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(bytes[:16]))
		i.Secret, i.Created = bytes[16:], db.now()
		// Another node may be first; then its row stands.
		_, err = s.exec(ctx, "INSERT INTO instance (one, mark, secret, created, restored, held) VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
			instanceColumns(&i)...)
		return err
	})
}

// Instance answers the installation's row.
func (db *DB) Instance(ctx context.Context) (Instance, error) {
	var i Instance
	err := db.view(ctx, func(s scope) error { return s.one(ctx, instanceTable.selects, nil, instanceColumns(&i)) })
	return i, err
}

// Restored is when the rows were last taken from a backup; zero if they never were.
func (tx *Tx) Restored(ctx context.Context) (time.Time, error) {
	var t time.Time
	err := tx.one(ctx, "SELECT restored FROM instance", nil, []any{at(&t)})
	return t, wrap(err, "read when the rows were restored")
}

// PutInstance saves mark, restored and held; secret and created never change.
func (db *DB) PutInstance(ctx context.Context, i Instance) error {
	return db.global(ctx, func(s scope) error {
		_, err := s.exec(ctx, "UPDATE instance SET mark = $1, restored = $2, held = $3", i.Mark, at(&i.Restored), at(&i.Held))
		return err
	})
}

// global runs f in a transaction that belongs to no company.
func (db *DB) global(ctx context.Context, f func(s scope) error) error {
	return db.inTx(ctx, db.write, nil, f)
}
