//go:build race

package world

// few seeds: nothing in a world runs beside anything else, and the detector makes each ten times as long.
const few = 20
