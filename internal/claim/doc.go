// Package claim is what is done with the claim of a wake: claiming it, running the engine on its connection, keeping its
// lease, giving it back with the instant at which the connection is due again; and what a request may do meanwhile: the
// rests that servers asked for, and the gate of the company-wide stop.
//
// Nothing in it runs beside anything else, waits or reads a clock. Package jobs drives it with workers, tickers and slots;
// package world with dice, one step at a time. What it decides is decided here, once, for both.
package claim
