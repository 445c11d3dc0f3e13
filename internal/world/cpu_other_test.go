//go:build !unix

package world

import "time"

var loaded = time.Now()

// cpuTime is the time that has passed, where nothing better is known.
func cpuTime() time.Duration { return time.Since(loaded) }
