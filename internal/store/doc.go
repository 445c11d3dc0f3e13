// Package store keeps rows. One text of SQL serves SQLite and PostgreSQL; a small dialect value holds what differs.
//
// A [DB] hands out transactions: [DB.Tx] writes, [DB.View] reads a consistent state. Everything is inside one company but
// for sign-ins, the instance and the claiming of wakes; a [Tx] is opened for a company and cannot see another's rows.
// No transaction spans a call to a provider. Rows are plain structs; consumers declare the few methods that they use as an
// interface of their own. Missing rows are [ErrNotFound]; a guard that did not hold is [ErrConflict]; a fence that has
// passed to somebody else is [ErrFenced].
package store
