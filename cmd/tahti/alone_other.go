//go:build !unix

package main

import "os"

// lock does nothing where there is no flock(2): there, nobody but the operator keeps two servers from one folder.
func lock(*os.File) error { return nil }
