package store

import (
	"context"
	"strings"
	"time"
)

var workTable = newTable("work", "connection subject payload revision attempts class reason detail due held_by people created")

func workColumns(w *Work) []any {
	return []any{
		&w.ID, &w.Connection, &w.Subject, blob{&w.Payload}, &w.Revision, &w.Attempts, &w.Class, &w.Reason, &w.Detail,
		at(&w.Due), &w.HeldBy, &w.People, at(&w.Created),
	}
}

// open are the items that a run takes up by itself. The index of due work is over just these: the text must be the same there.
const open = "held_by IN ('', 'back-off')"

// keep is true for an item that waits for a person, which an arrival ($9 = 0) must not let go.
const keep = "CASE WHEN $9 = 0 AND (work.held_by = 'sending' OR work.held_by LIKE 'brake:%') THEN "

// said is the payload behind an arrival: one that says nothing takes away nothing of what an earlier one asked for.
const said = "CASE WHEN length(excluded.payload) > 0 THEN excluded.payload ELSE work.payload END"

const putWork = `INSERT INTO work
	(company, id, connection, subject, payload, revision, attempts, class, reason, detail, due, held_by, people, created)
	VALUES ($1, $2, $3, $4, $5, 1, 0, '', '', '', $6, '', $7, $8)
	ON CONFLICT (company, connection, subject) DO UPDATE SET payload = ` + said + `, revision = work.revision + 1,
		attempts = 0, due = excluded.due, class = ` + keep + `work.class ELSE '' END, reason = ` + keep + `work.reason ELSE '' END,
		detail = ` + keep + `work.detail ELSE '' END, held_by = ` + keep + `work.held_by ELSE '' END,
		people = ` + keep + `work.people ELSE 0 END`

// PutWork notes an arrival: the item becomes due with the new payload and a higher revision, whatever had befallen the
// older one; without a payload it keeps the one that is there. What waits for a person (a brake's hold, "needs sending") goes on waiting unless release is set. A due time
// of zero is due at once, and is read back as the first microsecond of 1970.
func (tx *Tx) PutWork(ctx context.Context, connection ID, subject string, payload []byte, due time.Time, release bool) error {
	id, err := tx.newID(ctx)
	if err == nil {
		_, err = tx.exec(ctx, putWork, tx.company, id, connection, subject, blob{&payload}, dueMicros(due), 0,
			tx.db.now().UnixMicro(), release)
	}
	return wrap(err, "note work of connection %d", connection)
}

// DueWork lists what is due and waits for nobody, the longest due first.
func (tx *Tx) DueWork(ctx context.Context, connection ID, now time.Time, limit int) ([]Work, error) {
	return all(ctx, tx, workTable, workColumns, "connection = $2 AND due <= $3 AND "+open+" ORDER BY due, id LIMIT $4",
		connection, now.UnixMicro(), limited(limit))
}

// DueArrivals lists those of what is due and waits for nobody that are remote items: work with subjects that begin with "r:".
func (tx *Tx) DueArrivals(ctx context.Context, connection ID, now time.Time, limit int) ([]Work, error) {
	return all(ctx, tx, workTable, workColumns,
		"connection = $2 AND due <= $3 AND "+open+" AND substr(subject, 1, 2) = 'r:' ORDER BY due, id LIMIT $4",
		connection, now.UnixMicro(), limited(limit))
}

// Work reads one item.
func (tx *Tx) Work(ctx context.Context, id ID) (Work, error) {
	return get(ctx, tx, workTable, id, workColumns)
}

// WorkBySubject reads the item of a subject.
func (tx *Tx) WorkBySubject(ctx context.Context, connection ID, subject string) (Work, error) {
	return find(ctx, tx, workTable, workColumns, "connection = $2 AND subject = $3", connection, subject)
}

// ListWork lists all items of a connection by id, those after an id.
func (tx *Tx) ListWork(ctx context.Context, connection, after ID, limit int) ([]Work, error) {
	return all(ctx, tx, workTable, workColumns, "connection = $2 AND id > $3 ORDER BY id LIMIT $4", connection, after, limited(limit))
}

// CountWork counts the items of a connection by what holds them; all brakes count as "brake".
func (tx *Tx) CountWork(ctx context.Context, connection ID) (map[string]int, error) {
	type count struct {
		heldBy string
		n      int
	}
	counts, err := list(ctx, tx.scope, func(c *count) []any { return []any{&c.heldBy, &c.n} },
		"SELECT held_by, count(*) FROM work WHERE company = $1 AND connection = $2 GROUP BY held_by", tx.company, connection)
	byHolder := map[string]int{}
	for _, c := range counts {
		if strings.HasPrefix(c.heldBy, HeldByBrake) {
			c.heldBy = strings.TrimSuffix(HeldByBrake, ":")
		}
		byHolder[c.heldBy] += c.n
	}
	return byHolder, wrap(err, "count work of connection %d", connection)
}

// CountArrivals counts the remote items of a connection that wait, whatever holds them: work with subjects that begin with "r:".
func (tx *Tx) CountArrivals(ctx context.Context, connection ID) (n int, err error) {
	err = tx.one(ctx, "SELECT count(*) FROM work WHERE company = $1 AND connection = $2 AND substr(subject, 1, 2) = 'r:'",
		[]any{tx.company, connection}, []any{&n})
	return n, wrap(err, "count arrivals of connection %d", connection)
}

// UpdateWork saves what became of an item at the revision that was handled. If there has been an arrival since, or the item
// is gone, it changes nothing, and that is no error: the arrival is what counts.
func (tx *Tx) UpdateWork(ctx context.Context, w Work) error {
	_, err := tx.exec(ctx, `UPDATE work SET attempts = $4, class = $5, reason = $6, detail = $7, due = $8, held_by = $9, people = $10
		WHERE company = $1 AND id = $2 AND revision = $3`,
		tx.company, w.ID, w.Revision, w.Attempts, w.Class, w.Reason, w.Detail, dueMicros(w.Due), w.HeldBy, w.People)
	return wrap(err, "save work %d", w.ID)
}

// DeleteWork removes an item at the revision that was handled; a newer arrival stays.
func (tx *Tx) DeleteWork(ctx context.Context, w Work) error {
	_, err := tx.exec(ctx, "DELETE FROM work WHERE company = $1 AND id = $2 AND revision = $3", tx.company, w.ID, w.Revision)
	return wrap(err, "delete work %d", w.ID)
}

// ReleaseWork lets go of what is held by something, and answers how much that was. It is due at once, like what [Tx.PutWork] notes without
// a due time: the clocks of whoever noted it may be ahead of the one that it is taken up by. The class stays: it says on whose word the
// item goes on, which a brake has to know.
func (tx *Tx) ReleaseWork(ctx context.Context, connection ID, heldBy string) (int, error) {
	n, err := tx.exec(ctx, `UPDATE work SET held_by = '', attempts = 0, reason = '', detail = '', people = 0, due = $4
		WHERE company = $1 AND connection = $2 AND held_by = $3`, tx.company, connection, heldBy, dueMicros(time.Time{}))
	return int(n), wrap(err, "release work of connection %d", connection)
}

// NextDue answers when the next item is due that waits for nobody; zero if there is none.
func (tx *Tx) NextDue(ctx context.Context, connection ID) (due time.Time, err error) {
	err = tx.one(ctx, "SELECT coalesce(min(due), 0) FROM work WHERE company = $1 AND connection = $2 AND "+open,
		[]any{tx.company, connection}, []any{at(&due)})
	return due, wrap(err, "read due time of connection %d", connection)
}
