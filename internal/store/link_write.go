package store

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// A live link must not share its remote item or its activity with another live one. Asking first keeps the transaction
// usable on PostgreSQL, where a statement that fails spoils it; against a second writer the unique indexes stand.
const noTwin = ` AND ($6 = 'gone' OR NOT EXISTS (SELECT 1 FROM link o WHERE o.company = $1 AND o.connection = $3
	AND o.activity = $4 AND o.id <> $2 AND o.state <> 'gone')
	AND NOT EXISTS (SELECT 1 FROM link o WHERE o.company = $1 AND o.connection = $3
	AND o.remote = $5 AND o.remote <> '' AND o.id <> $2 AND o.state <> 'gone'))`

// PutLink saves a link; [ErrExists] where a live link of the connection holds the remote id or the activity already.
func (tx *Tx) PutLink(ctx context.Context, l *Link) error {
	tx.ahead.linkChanged(l)
	columns := linkColumns(toStoredLink(l))
	if l.ID == 0 {
		return tx.put(ctx, linkTable, columns)
	}
	n, err := tx.exec(ctx, updateLink, append([]any{tx.company}, columns...)...)
	if err == nil && n == 0 {
		if err = tx.one(ctx, "SELECT id FROM link WHERE company = $1 AND id = $2", []any{tx.company, l.ID}, []any{&l.ID}); err == nil {
			err = ErrExists
		}
	}
	return wrap(err, "save link %d", l.ID)
}

// What a link was before it was detached is forgotten with any other state.
var updateLink = strings.Replace(linkTable.update, " WHERE", ", was = CASE WHEN $6 = 'detached' THEN was ELSE '' END WHERE", 1) + noTwin

// DetachLinks puts the live links of a stopped connection aside, for when it is connected again.
func (tx *Tx) DetachLinks(ctx context.Context, connection ID) error {
	tx.ahead.linksChanged()
	_, err := tx.exec(ctx, "UPDATE link SET was = state, state = 'detached' WHERE company = $1 AND connection = $2"+
		" AND state <> 'gone' AND state <> 'detached'", tx.company, connection)
	return wrap(err, "detach links of connection %d", connection)
}

// AttachLinks makes detached links again what they were. One that was severed stays severed: linked, its missing side would
// read as a deletion that nobody has made.
func (tx *Tx) AttachLinks(ctx context.Context, connection ID) error {
	tx.ahead.linksChanged()
	_, err := tx.exec(ctx, "UPDATE link SET state = CASE WHEN was = '' THEN 'linked' ELSE was END, was = ''"+
		" WHERE company = $1 AND connection = $2 AND state = 'detached'", tx.company, connection)
	return wrap(err, "attach links of connection %d", connection)
}

// packed is a server's answer as it is kept: deflated if that pays. size is the length before, 0 for bytes kept as they are;
// it also bounds what unpacking may yield.
type packed struct {
	size  int64
	bytes []byte
}

// packFrom is the length from which deflating pays: shorter answers fit beside the row's other columns in a page anyhow.
const packFrom = 2048

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(fmt.Sprintf("deflate does not take its own level: %v", err))
	}
	return w
}}

func pack(b []byte) packed {
	if len(b) <= packFrom {
		return packed{bytes: b}
	}
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	if _, err := w.Write(b); err != nil || w.Close() != nil || out.Len() >= len(b) {
		return packed{bytes: b} // a buffer in memory takes everything; what does not shrink is kept as it is
	}
	return packed{size: int64(len(b)), bytes: out.Bytes()}
}

func (p packed) unpack() ([]byte, error) {
	if p.size == 0 {
		return p.bytes, nil
	}
	out := make([]byte, p.size)
	r := flate.NewReader(bytes.NewReader(p.bytes))
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, fmt.Errorf("inflate answer: %w", err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("inflate answer: it is longer than the %d bytes that were noted", p.size)
	}
	return out, nil
}
