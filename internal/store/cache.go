package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// cachingConnector makes SQLite connections that keep their prepared statements: preparing one takes longer than running it.
// database/sql cannot do this for us, because it would prepare on a second connection, and there is only one that writes.
// (On PostgreSQL pgx keeps them.)
type cachingConnector struct {
	driver.Connector
	content []byte // of a database in memory; nil leaves it as it is
}

// maxStatements bounds the cache of a connection. Our texts are fewer, but for lists with every combination of filters.
const maxStatements = 400

// sqliteConn is what we use of the driver's connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
	Deserialize(content []byte) error
	Serialize() ([]byte, error)
}

// sqliteStmt is what we use of the driver's statement.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (c *cachingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	lite, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's %T lacks a method that the store needs", conn), conn.Close())
	}
	if c.content != nil {
		if err := lite.Deserialize(c.content); err != nil {
			return nil, errors.Join(fmt.Errorf("copy template: %w", err), conn.Close())
		}
	}
	return &cachingConn{sqliteConn: lite, idle: map[string]sqliteStmt{}}, nil
}

// cachingConn is one connection. A statement that is in use is not among the idle ones.
type cachingConn struct {
	sqliteConn
	idle map[string]sqliteStmt
}

// forSQLite turns our texts into SQLite's. It numbers $1 by first appearance, as a name; ?1 is a number. And it prepares a
// statement anew, which takes longer than running it, each time that a bare variable is bound which its planner may look
// at, but not an expression: the one of a LIMIT, and one that a column has to equal, if it was or becomes 0 or 1. The first
// company's and the first connection's ids are such.
var forSQLite = strings.NewReplacer("LIMIT $", "LIMIT +?", "= $", "= +?", "$", "?")

func (c *cachingConn) take(ctx context.Context, q string) (sqliteStmt, error) {
	if s, ok := c.idle[q]; ok {
		delete(c.idle, q)
		return s, nil
	}
	s, err := c.sqliteConn.PrepareContext(ctx, forSQLite.Replace(q))
	if err != nil {
		return nil, err
	}
	lite, ok := s.(sqliteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's %T lacks a method that the store needs", s), s.Close())
	}
	return lite, nil
}

func (c *cachingConn) give(q string, s sqliteStmt) error {
	if _, twice := c.idle[q]; twice {
		return s.Close()
	}
	var err error
	if len(c.idle) >= maxStatements {
		for other, old := range c.idle {
			delete(c.idle, other)
			err = old.Close()
			break
		}
	}
	c.idle[q] = s
	return err
}

func (c *cachingConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	if strings.Contains(q, ";") { // a script, as migrations have them
		return c.sqliteConn.ExecContext(ctx, q, args)
	}
	s, err := c.take(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return r, c.give(q, s)
}

func (c *cachingConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	if strings.Contains(q, ";") {
		return c.sqliteConn.QueryContext(ctx, q, args)
	}
	s, err := c.take(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &cachingRows{Rows: r, conn: c, q: q, s: s}, nil
}

func (c *cachingConn) Close() error {
	var errs []error
	for _, s := range c.idle {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// cachingRows gives its statement back when it has been read.
type cachingRows struct {
	driver.Rows
	conn *cachingConn
	q    string
	s    sqliteStmt
}

func (r *cachingRows) Close() error {
	if r.s == nil {
		return nil
	}
	s := r.s
	r.s = nil
	if err := r.Rows.Close(); err != nil {
		return errors.Join(err, s.Close())
	}
	return r.conn.give(r.q, s)
}
