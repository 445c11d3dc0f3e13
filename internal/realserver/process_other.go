//go:build !linux

package realserver

import "syscall"

// attributes give a process a group of its own. Only Linux can tie its life to ours.
func attributes(syscall.Signal) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
