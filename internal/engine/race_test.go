//go:build race

package engine_test

// most places: nothing in the engine runs beside anything else, and the detector makes each trial ten times as long.
const most = 3
