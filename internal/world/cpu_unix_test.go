//go:build unix

package world

import (
	"syscall"
	"time"
)

// cpuTime is what this process has used of processors, by itself and in the kernel: the hours in which seeds are counted do not
// depend on what else the machine is at.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
