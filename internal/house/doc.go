// Package house wires the rooms between database and surfaces together, once, for the server, the demo and the tests: the
// store, the hub, the accounts, the engine, the runner and what people do to connections.
package house
