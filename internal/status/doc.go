// Package status tells anybody, signed in or not, whether this installation works: GET /status for people, /status.json for
// programs.
//
// What it says is measured, and about nobody: the database is asked, the scheduler is compared with what is due, and per
// provider the runs of the last day are counted. No name, number of people, address or error leaves it. A look is kept for
// some seconds, so that strangers cannot keep the database busy.
package status
