// Package connection is what people do to their connections: start one, choose its calendar and settings, see beforehand
// what a change would do, sync now, pause, stop, reconnect, and decide what waits for them. Pages, API and command line
// call the same functions.
//
// Every function checks who asks: a connection is its user's, and administrators may help. What a person does raises the
// connection's revision, at which a run that is under way ends, so that no run goes on under settings that are no longer
// wanted.
package connection
