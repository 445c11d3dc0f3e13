package store

import (
	"context"
	"fmt"
	"strings"
)

// table holds the texts for rows that are written and read whole. Its columns are in the order of the list that the
// row's own function gives (activityColumns, linkColumns, …).
type table struct {
	name    string
	columns string // comma separated
	selects string // SELECT … FROM the table, without a condition
	// insert has company, id before the columns. Where a unique index is in the way it adds no row, which spoils no transaction.
	insert string
	update string // where company and id fit
}

func newTable(name, columns string) *table {
	list := strings.Fields(columns)
	t := &table{name: name, columns: strings.Join(list, ", ")}
	t.selects = fmt.Sprintf("SELECT %s FROM %s", t.columns, name)
	t.insert = fmt.Sprintf("INSERT INTO %s (company, id, %s) VALUES (%s) ON CONFLICT DO NOTHING",
		name, t.columns, placeholders(1, len(list)+2))
	set := make([]string, len(list))
	for i, c := range list {
		set[i] = fmt.Sprintf("%s = $%d", c, i+3)
	}
	t.update = fmt.Sprintf("UPDATE %s SET %s WHERE company = $1 AND id = $2", name, strings.Join(set, ", "))
	return t
}

// put inserts a row whose id is 0, giving it one, and updates it otherwise. The first of the columns is the id.
func (tx *Tx) put(ctx context.Context, t *table, columns []any) error {
	id := columns[0].(*ID)
	if *id != 0 {
		n, err := tx.exec(ctx, t.update, append([]any{tx.company}, columns...)...)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return wrap(err, "save %s %d", t.name, *id)
	}
	fresh, err := tx.newID(ctx)
	if err != nil {
		return wrap(err, "add %s", t.name)
	}
	n, err := tx.exec(ctx, t.insert, append([]any{tx.company, fresh}, columns[1:]...)...)
	if err == nil && n == 0 {
		err = ErrExists
	}
	if err != nil {
		return wrap(err, "add %s", t.name)
	}
	*id = fresh
	return nil
}

// get reads the row with an id.
func get[T any](ctx context.Context, tx *Tx, t *table, id ID, columns func(*T) []any) (T, error) {
	return find(ctx, tx, t, columns, "id = $2", id)
}

// find reads the first row of the company that a condition finds; its placeholders begin at $2. columns begins with the id.
func find[T any](ctx context.Context, tx *Tx, t *table, columns func(*T) []any, where string, args ...any) (T, error) {
	var v T
	err := tx.one(ctx, "SELECT id, "+t.columns+" FROM "+t.name+" WHERE company = $1 AND "+where,
		append([]any{tx.company}, args...), columns(&v))
	return v, wrap(err, "read %s", t.name)
}

// all reads the rows of the company that a condition finds; its placeholders begin at $2.
func all[T any](ctx context.Context, tx *Tx, t *table, columns func(*T) []any, where string, args ...any) ([]T, error) {
	rows, err := list(ctx, tx.scope, columns, "SELECT id, "+t.columns+" FROM "+t.name+" WHERE company = $1 AND "+where,
		append([]any{tx.company}, args...)...)
	return rows, wrap(err, "list %s", t.name)
}

// condition is a test that rows of a list have to pass; %s in it stands for the value.
type condition struct {
	test  string
	value any
}

// newest lists rows from the newest back, those before a row (0: from the end). Ids do not tell the order of time where
// several nodes give them out, so the instant does, and the id between equals.
func newest[T any](ctx context.Context, tx *Tx, t *table, columns func(*T) []any, instant string, conditions []condition,
	before ID, limit int,
) ([]T, error) {
	where, args := "true", []any(nil)
	for _, c := range conditions {
		args = append(args, c.value)
		where += " AND " + fmt.Sprintf(c.test, fmt.Sprintf("$%d", len(args)+1))
	}
	if before != 0 {
		args = append(args, before)
		where += fmt.Sprintf(" AND (%[1]s, id) < (SELECT %[1]s, id FROM %[2]s WHERE company = $1 AND id = $%[3]d)",
			instant, t.name, len(args)+1)
	}
	args = append(args, limited(limit))
	where += fmt.Sprintf(" ORDER BY %[1]s DESC, id DESC LIMIT $%[2]d", instant, len(args)+1)
	return all(ctx, tx, t, columns, where, args...)
}

// wrap says what was being done; nil stays nil.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// maxRows bounds every list: a caller that asks for more, or for nothing in particular, gets so many.
const maxRows = 1000

func limited(n int) int64 {
	if n <= 0 || n > maxRows {
		return maxRows
	}
	return int64(n)
}
