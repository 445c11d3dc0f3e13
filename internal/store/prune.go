package store

import (
	"context"
	"strings"
	"time"
)

// pruneBatch is how many rows one transaction deletes, so that others are not kept waiting.
const pruneBatch = 500

// pruned is what has a retention; $1 is the instant before which it ends, $2 how many rows at most. What is not here stays:
// activities, for deleted ones keep others from coming back (I4); the audit log; and links, whose incarnations must not be
// given out twice, as providers refuse an id that was used before. Of those that are gone only the content goes.
var pruned = []string{
	deleteSome("history", "company, id", "at < $1"),
	deleteSome("conflict", "company, id", "at < $1"),
	deleteSome("run", "company, id", "finished < $1 AND finished > 0"),
	deleteSome("hold", "company, id", "decided < $1 AND decided > 0 AND state <> 'open'"),
	deleteSome("preview", "company, id", "created < $1"),
	deleteSome("tally", "company, connection, direction, kind, hour", "hour < $1"),
	deleteSome("session", "token", "expiry < $1"),
	deleteSome("sign_in", "company, state", "expires < $1"),
	// The rest of a connection that was stopped, which is kept for connecting again.
	deleteSome("work", "company, id", ofStopped),
	deleteSome("baseline", "company, connection, remote", ofStopped),
	deleteSome("watch", "company, id", ofStopped),
	deleteSome("twin", "company, connection, remote, activity", ofStopped),
	`UPDATE link SET state = 'gone'
		WHERE (company, id) IN (SELECT company, id FROM link WHERE state <> 'gone' AND ` + ofStopped + ` LIMIT $2)`,
	`UPDATE link SET remote_raw = $3, remote_size = 0, remote_event = '', remote_meta = '', local_event = '', frame = '', pending = ''
		WHERE (company, id) IN (SELECT company, id FROM link WHERE state = 'gone' AND changed < $1
			AND (length(remote_raw) > 0 OR remote_event <> '' OR local_event <> '' OR frame <> '' OR pending <> '') LIMIT $2)`,
}

const ofStopped = "(company, connection) IN (SELECT company, id FROM connection WHERE stopped > 0 AND stopped < $1)"

func deleteSome(table, key, where string) string {
	return "DELETE FROM " + table + " WHERE (" + key + ") IN (SELECT " + key + " FROM " + table + " WHERE " + where + " LIMIT $2)"
}

// Prune deletes what is past its retention: everything that ended before an instant. It answers how many rows it touched, and
// may be called again after an error or when it was cancelled.
func (db *DB) Prune(ctx context.Context, before time.Time) (total int, err error) {
	for _, q := range pruned {
		for {
			var n int64
			err := db.global(ctx, func(s scope) (err error) {
				n, err = s.exec(ctx, q, pruneArgs(q, micros(before))...)
				return err
			})
			total += int(n)
			if err != nil {
				return total, wrap(err, "prune")
			}
			if n < pruneBatch {
				break
			}
		}
	}
	return total, nil
}

// pruneArgs leaves out the empty bytes where a text has no place for them.
func pruneArgs(q string, before int64) []any {
	args := []any{before, int64(pruneBatch)}
	if strings.Contains(q, "$3") {
		args = append(args, []byte{})
	}
	return args
}
