//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file for this process, whose end gives it back (flock(2)).
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errTaken
	}
	return err
}
