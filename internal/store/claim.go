package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The wake and the lease of a connection are two rows. The wake is changed by everybody who has news for the connection; the
// lease only by claiming, renewing and finishing, and every commit of a run locks it. In one row a run that marks a
// sibling connection would wait for the sibling's commit, and the sibling for it.

// claimWakes picks due connections and marks their wakes as running: next_run becomes the end of the lease, so that one whose
// worker has died is due again by itself. $1 now, $2 end of the lease, $3 cap per company, $4 candidates per lane, $5 how many, $6: polls
// that are due since then take turns with pushes, behind which they would wait for as long as there are any.
// Each lane is a search of its own in the index of due wakes; the time does not grow with the connections that are not due.
// The cast keeps SQLite from comparing the bare variable with the condition of the index, and preparing the whole anew for it.
func claimWakes(d *dialect) string {
	lanes := make([]string, lastLane+1)
	for lane := range lanes {
		skip := d.skipLocked
		if skip != "" {
			skip = fmt.Sprintf(skip, "w")
		}
		turn := strconv.Itoa(lane)
		if lane > 1 {
			turn = fmt.Sprintf("CASE WHEN w.next_run <= $6 THEN 1 ELSE %d END", lane)
		}
		lanes[lane] = fmt.Sprintf(`SELECT * FROM (SELECT w.company, w.connection, %s AS lane, w.next_run FROM wake w
			WHERE w.lane = %d AND w.next_run > 0 AND w.next_run <= $1
				AND w.company NOT IN (SELECT company FROM busy WHERE running >= $3)
			ORDER BY w.next_run LIMIT $4%s) lane%[2]d`, turn, lane, skip)
	}
	return `WITH busy AS (SELECT company, count(*) AS running FROM lease WHERE until > CAST($1 AS bigint) AND until > 0 GROUP BY company),
		due AS (` + strings.Join(lanes, " UNION ALL ") + `),
		placed AS (SELECT due.company, due.connection, due.lane, due.next_run,
			row_number() OVER (PARTITION BY due.company ORDER BY due.lane, due.next_run, due.connection)
				+ coalesce((SELECT running FROM busy WHERE busy.company = due.company), 0) AS place FROM due),
		picked AS (SELECT company AS its_company, connection AS its_connection FROM placed WHERE place <= $3
			ORDER BY lane, next_run, company, connection LIMIT $5)
		UPDATE wake SET running = 1, next_run = $2, wish = 0, wish_lane = 2 FROM picked
		WHERE company = its_company AND connection = its_connection RETURNING company, connection, wanted, lane`
}

// ClaimWakes leases up to n connections whose wake is due to a worker: by lane, the longest due first, with at most
// perCompany running for one company. A lease that has run out is taken over under a higher fence. Lists come sorted by
// lane, company, connection.
func (db *DB) ClaimWakes(ctx context.Context, owner string, now time.Time, lease time.Duration, n, perCompany int) ([]Claim, error) {
	var claims []Claim
	err := db.global(ctx, func(s scope) error {
		claims = nil
		if err := db.dialect.serialiseClaims(ctx, s); err != nil {
			return err
		}
		// One round can fall short where most candidates are of one company; the next leaves that one out.
		for len(claims) < n {
			more, err := s.claimRound(ctx, owner, now, now.Add(lease), n-len(claims), perCompany)
			if err != nil {
				return err
			}
			if len(more) == 0 {
				break
			}
			claims = append(claims, more...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim wakes: %w", err)
	}
	slices.SortFunc(claims, func(a, b Claim) int {
		return cmp.Or(a.Lane-b.Lane, cmp.Compare(a.Company, b.Company), cmp.Compare(a.Connection, b.Connection))
	})
	return claims, nil
}

// patience is how long a poll lets pushes and local changes go before it.
const patience = 10 * time.Minute

// candidates is how many due connections a round looks at for each that it wants.
const candidates = 4

func (s scope) claimRound(ctx context.Context, owner string, now, until time.Time, n, perCompany int) ([]Claim, error) {
	woken, err := list(ctx, s, func(c *Claim) []any { return []any{&c.Company, &c.Connection, &c.Wanted, &c.Lane} },
		claimWakes(s.db.dialect), now.UnixMicro(), until.UnixMicro(), int64(perCompany), int64(candidates*n), int64(n), now.Add(-patience).UnixMicro())
	if err != nil || len(woken) == 0 {
		return nil, err
	}
	type key [2]ID
	keys := make([]key, len(woken))
	byKey := make(map[key]*Claim, len(woken))
	for i := range woken {
		keys[i] = key{woken[i].Company, woken[i].Connection}
		byKey[keys[i]] = &woken[i]
	}
	pairs, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	leases, err := list(ctx, s, func(c *Claim) []any { return []any{&c.Company, &c.Connection, &c.Fence} },
		"UPDATE lease SET owner = $1, until = $2, fence = fence + 1 WHERE (company, connection) IN "+s.db.dialect.inPairs("$3")+
			" RETURNING company, connection, fence", owner, until.UnixMicro(), string(pairs))
	if err != nil {
		return nil, err
	}
	if len(leases) != len(woken) {
		return nil, fmt.Errorf("%d wakes have %d leases", len(woken), len(leases))
	}
	for _, l := range leases {
		c := byKey[key{l.Company, l.Connection}]
		c.Owner, c.Until, c.Fence = owner, fromMicros(until.UnixMicro()), l.Fence
	}
	return woken, nil
}

// RenewLease moves the end of a lease; [ErrFenced] if another worker has taken over.
func (db *DB) RenewLease(ctx context.Context, c Claim, until time.Time) error {
	err := db.global(ctx, func(s scope) error {
		if err := s.updateLease(ctx, c, c.Owner, until); err != nil {
			return err
		}
		_, err := s.exec(ctx, "UPDATE wake SET next_run = $3 WHERE company = $1 AND connection = $2",
			c.Company, c.Connection, until.UnixMicro())
		return err
	})
	return wrap(err, "renew lease of connection %d", c.Connection)
}

// FinishWake frees the lease and notes the wake as done up to c.Wanted. next is the next poll (zero: none); a wish that came
// in meanwhile stays due if it is earlier. [ErrFenced] if another worker has taken over.
func (db *DB) FinishWake(ctx context.Context, c Claim, next time.Time) error {
	err := db.global(ctx, func(s scope) error {
		if err := s.updateLease(ctx, c, "", time.Time{}); err != nil {
			return err
		}
		_, err := s.exec(ctx, fmt.Sprintf(`UPDATE wake SET done = $3, running = 0,
			next_run = CASE WHEN wish = 0 THEN $4 WHEN CAST($4 AS bigint) = 0 THEN wish ELSE %s(wish, $4) END,
			lane = wish_lane, wish = 0, wish_lane = %d WHERE company = $1 AND connection = $2`, db.dialect.least, lastLane),
			c.Company, c.Connection, c.Wanted, micros(next))
		return err
	})
	return wrap(err, "finish wake of connection %d", c.Connection)
}

func (s scope) updateLease(ctx context.Context, c Claim, owner string, until time.Time) error {
	n, err := s.exec(ctx, `UPDATE lease SET owner = $5, until = $6
		WHERE company = $1 AND connection = $2 AND owner = $3 AND fence = $4 AND until > 0`,
		c.Company, c.Connection, c.Owner, c.Fence, owner, micros(until))
	if err == nil && n == 0 {
		err = ErrFenced
	}
	return err
}

// NextWake answers when the next connection is due, or a lease may be taken over; zero if there is nothing to wait for.
func (db *DB) NextWake(ctx context.Context) (next time.Time, err error) {
	lanes := make([]string, lastLane+1)
	for lane := range lanes {
		lanes[lane] = fmt.Sprintf("SELECT min(next_run) AS next_run FROM wake WHERE lane = %d AND next_run > 0", lane)
	}
	err = db.view(ctx, func(s scope) error {
		return s.one(ctx, "SELECT coalesce(min(next_run), 0) FROM ("+strings.Join(lanes, " UNION ALL ")+") lanes",
			nil, []any{at(&next)})
	})
	return next, wrap(err, "read next wake")
}
