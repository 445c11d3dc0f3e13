package store

import (
	"context"
	"fmt"
	"slices"
)

var connectionTable = newTable("connection", `account member calendar calendar_name zone writable settings state reason cursor
	audited baselined started hub_at stopped health created revision`)

func connectionColumns(c *Connection) []any {
	return []any{
		&c.ID, &c.Account, &c.Member, &c.Calendar, &c.CalendarName, &c.Zone, &c.Writable, raw{&c.Settings}, &c.State, &c.Reason, &c.Cursor,
		at(&c.Audited), &c.Baselined, at(&c.Started), at(&c.HubAt), at(&c.Stopped), value(&c.Health), at(&c.Created), &c.Revision,
	}
}

// connectionJoined adds the provider, which is the account's.
func connectionJoined(c *Connection) []any { return append(connectionColumns(c), &c.Provider) }

var joinedConnection = "SELECT id, " + connectionTable.columns +
	", (SELECT provider FROM account a WHERE a.company = connection.company AND a.id = connection.account)" +
	" FROM connection WHERE company = $1 AND "

// Connection reads one connection.
func (tx *Tx) Connection(ctx context.Context, id ID) (Connection, error) {
	var c Connection
	err := tx.one(ctx, joinedConnection+"id = $2", []any{tx.company, id}, connectionJoined(&c))
	return c, wrap(err, "read connection %d", id)
}

// Connections lists the connections of a member, or of all (0), by id; also those that were stopped.
func (tx *Tx) Connections(ctx context.Context, member ID) ([]Connection, error) {
	if known, ok := tx.members[member]; ok { // each change of an activity asks for its owner's
		return slices.Clone(known), nil
	}
	where, args := "true", []any{tx.company}
	if member != 0 {
		where, args = "member = $2", append(args, member)
	}
	found, err := list(ctx, tx.scope, connectionJoined, joinedConnection+where+" ORDER BY id", args...)
	if err != nil {
		return nil, wrap(err, "list connections")
	}
	if tx.members == nil {
		tx.members = map[ID][]Connection{}
	}
	tx.members[member] = found
	return slices.Clone(found), nil
}

// PutConnection saves a connection, all but its provider. A new one gets its wake and its lease; it runs when it is woken.
func (tx *Tx) PutConnection(ctx context.Context, c *Connection) error {
	tx.members = nil
	fresh := c.ID == 0
	if err := tx.put(ctx, connectionTable, connectionColumns(c)); err != nil || !fresh {
		return err
	}
	_, err := tx.exec(ctx, `INSERT INTO wake (company, connection, wanted, done, next_run, lane, running, wish, wish_lane)
		VALUES ($1, $2, 0, 0, 0, $3, 0, 0, $3)`,
		tx.company, c.ID, int64(lastLane))
	if err == nil {
		_, err = tx.exec(ctx, "INSERT INTO lease (company, connection, owner, until, fence) VALUES ($1, $2, '', 0, 0)", tx.company, c.ID)
	}
	return wrap(err, "add wake of connection %d", c.ID)
}

// SaveCursor moves the cursor and nothing else; only a run calls it.
func (tx *Tx) SaveCursor(ctx context.Context, connection ID, cursor string) error {
	return tx.updateConnection(ctx, connection, "cursor = $3", cursor)
}

// SaveHealth saves what a run found out: state, reason and health.
func (tx *Tx) SaveHealth(ctx context.Context, connection ID, state, reason string, h Health) error {
	return tx.updateConnection(ctx, connection, "state = $3, reason = $4, health = $5", state, reason, value(&h))
}

func (tx *Tx) updateConnection(ctx context.Context, id ID, set string, args ...any) error {
	tx.members = nil
	n, err := tx.exec(ctx, "UPDATE connection SET "+set+" WHERE company = $1 AND id = $2", append([]any{tx.company, id}, args...)...)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("save connection %d: %w", id, err)
	}
	return nil
}
