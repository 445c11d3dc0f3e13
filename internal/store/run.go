package store

import (
	"context"
	"time"
)

var runTable = newTable("run", "connection kind state wake counts requests error total position started finished")

func runColumns(r *Run) []any {
	return []any{
		&r.ID, &r.Connection, &r.Kind, &r.State, &r.Wake, mapping(&r.Counts), &r.Requests, &r.Error, &r.Total, &r.Position,
		at(&r.Started), at(&r.Finished),
	}
}

// PutRun saves a run.
func (tx *Tx) PutRun(ctx context.Context, r *Run) error { return tx.put(ctx, runTable, runColumns(r)) }

// Run reads one run.
func (tx *Tx) Run(ctx context.Context, id ID) (Run, error) {
	return get(ctx, tx, runTable, id, runColumns)
}

// Runs lists the runs of a connection, newest first. What only said what a run would do is in [Tx.DryRuns]: it is no
// answer to whether the connection works, or is being worked on.
func (tx *Tx) Runs(ctx context.Context, connection ID, limit int) ([]Run, error) {
	return tx.runs(ctx, connection, "<>", limit)
}

// DryRuns lists the dry runs of a connection, newest first.
func (tx *Tx) DryRuns(ctx context.Context, connection ID, limit int) ([]Run, error) {
	return tx.runs(ctx, connection, "=", limit)
}

func (tx *Tx) runs(ctx context.Context, connection ID, compare string, limit int) ([]Run, error) {
	return all(ctx, tx, runTable, runColumns, "connection = $2 AND kind "+compare+" $3 ORDER BY started DESC, id DESC LIMIT $4",
		connection, RunDry, limited(limit))
}

var historyTable = newTable("history", "connection run activity member at actor direction kind before after undone")

func historyColumns(h *History) []any {
	return []any{
		&h.ID, ref(&h.Connection), ref(&h.Run), ref(&h.Activity), ref(&h.Member), at(&h.At), &h.Actor, &h.Direction, &h.Kind,
		raw{&h.Before}, raw{&h.After}, at(&h.Undone),
	}
}

// AddHistory adds a change. What happened is never changed afterwards, but for the mark that it was undone.
func (tx *Tx) AddHistory(ctx context.Context, h *History) error {
	h.ID = 0
	return tx.put(ctx, historyTable, historyColumns(h))
}

// History reads one change.
func (tx *Tx) History(ctx context.Context, id ID) (History, error) {
	return get(ctx, tx, historyTable, id, historyColumns)
}

// ListHistory lists changes before one (0: from the end), newest first, of a connection and an activity (0: of all).
func (tx *Tx) ListHistory(ctx context.Context, connection, activity, before ID, limit int) ([]History, error) {
	var conditions []condition
	if connection != 0 {
		conditions = append(conditions, condition{"connection = %s", connection})
	}
	if activity != 0 {
		conditions = append(conditions, condition{"activity = %s", activity})
	}
	return newest(ctx, tx, historyTable, historyColumns, "at", conditions, before, limit)
}

// MarkUndone notes when a change was taken back.
func (tx *Tx) MarkUndone(ctx context.Context, id ID, at time.Time) error {
	n, err := tx.exec(ctx, "UPDATE history SET undone = $3 WHERE company = $1 AND id = $2", tx.company, id, micros(at))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return wrap(err, "mark change %d as undone", id)
}

var conflictTable = newTable("conflict", "connection activity at original field winner kept lost resolved own")

func conflictColumns(c *Conflict) []any {
	return []any{
		&c.ID, ref(&c.Connection), ref(&c.Activity), at(&c.At), &c.Original, &c.Field, &c.Winner, raw{&c.Kept}, raw{&c.Lost}, at(&c.Resolved), &c.Own,
	}
}

// PutConflict saves a losing value.
func (tx *Tx) PutConflict(ctx context.Context, c *Conflict) error {
	return tx.put(ctx, conflictTable, conflictColumns(c))
}

// Conflict reads one conflict.
func (tx *Tx) Conflict(ctx context.Context, id ID) (Conflict, error) {
	return get(ctx, tx, conflictTable, id, conflictColumns)
}

// Conflicts lists conflicts before one (0: from the end), newest first, resolved ones too, of the activities that a member
// owns and of those that came through a connection of theirs (0: all). An activity may have passed to somebody else since;
// what a former owner lost is still theirs to restore.
func (tx *Tx) Conflicts(ctx context.Context, member, before ID, limit int) ([]Conflict, error) {
	var conditions []condition
	if member != 0 {
		const concerned = "(SELECT owner FROM activity a WHERE a.company = conflict.company AND a.id = conflict.activity), " +
			"(SELECT member FROM connection c WHERE c.company = conflict.company AND c.id = conflict.connection)"
		conditions = append(conditions, condition{"%s IN (" + concerned + ")", member})
	}
	return newest(ctx, tx, conflictTable, conflictColumns, "at", conditions, before, limit)
}

var previewTable = newTable("preview", "connection member settings hub_state effects created")

func previewColumns(p *Preview) []any {
	return []any{&p.ID, &p.Connection, ref(&p.Member), raw{&p.Settings}, &p.HubState, raw{&p.Effects}, at(&p.Created)}
}

// PutPreview saves what was shown.
func (tx *Tx) PutPreview(ctx context.Context, p *Preview) error {
	return tx.put(ctx, previewTable, previewColumns(p))
}

// Preview reads one preview.
func (tx *Tx) Preview(ctx context.Context, id ID) (Preview, error) {
	return get(ctx, tx, previewTable, id, previewColumns)
}
