package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"tahti/internal/licenses"
)

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(a *app) error {
	v := version()
	if a.json {
		return a.print(map[string]string{"version": v, "go": runtime.Version()})
	}
	_, err := fmt.Fprintf(a.out, "tahti %s (%s)\n", v, runtime.Version())
	return err
}

// released is set by the linker for releases.
var released = ""

func version() string {
	if released != "" {
		return released
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}

type licensesCmd struct{}

// Run prints the licences.
func (licensesCmd) Run(a *app) error {
	if a.json {
		return a.print(map[string]string{"licenses": licenses.Text()})
	}
	_, err := fmt.Fprint(a.out, licenses.Text())
	return err
}
