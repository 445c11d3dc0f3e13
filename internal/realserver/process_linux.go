package realserver

import "syscall"

// attributes give a process a group of its own and tie its life to ours.
func attributes(quit syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: quit}
}
