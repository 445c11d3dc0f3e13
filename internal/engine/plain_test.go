//go:build !race

package engine_test

import "math"

// most places at which the store fails in each trial.
const most = math.MaxInt
