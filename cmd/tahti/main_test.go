package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tahti/internal/realserver"
)

// TestMain lets the scripts run the tests' own binary as tahti, as a process of its own.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"tahti": main}) }

func TestCommandLine(t *testing.T) { testscript.Run(t, scripts("*.txtar")) }

func TestServeOnPostgreSQL(t *testing.T) {
	p := scripts(filepath.Join("postgres", "*.txtar"))
	url := realserver.Database(t)
	setup := p.Setup
	p.Setup = func(e *testscript.Env) error {
		e.Setenv("TAHTI_DATABASE_URL", url)
		return setup(e)
	}
	testscript.Run(t, p)
}

// scripts are run with commands of ours:
//
//	start NAME COMMAND…     starts a process; its output goes to NAME.out and NAME.err
//	await NAME REGEXP VAR   waits until a line of either fits, and puts the first group into the variable
//	end NAME CODE           tells it to end, and compares its exit code
//	patch URL JSON BEARER   changes what is there, as a program does
//	put URL FILE            puts an event into a stand-in's calendar, as a program of its owner does
//	switch URL NAME…        sets these switches of a stand-in's page, and takes back all others
//	faults URL JSON         sets the faults of a stand-in
//	copydir FROM TO         copies a folder
//	web KIND VAR [TARGET]   serves something that is no calendar: nothing, page, moved (to TARGET), expired; the address goes
//	                        into the variable
//	mkcalendar URL NAME     makes a calendar at a stand-in
//	get URL REGEXP [BEARER] waits until the page fits
//	token VAR FILE          puts a file's one line into the variable
//	stderr-of NAME REGEXP   looks at what a process has written
//	exits CODE COMMAND…     runs a command, and compares its exit code
//	capture REGEXP VAR COMMAND…  runs a command, and puts what fits the first group into the variable
func scripts(pattern string) testscript.Params {
	return testscript.Params{
		Files: glob(filepath.Join("testdata", pattern)), RequireExplicitExec: false, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"TAHTI_TOKEN", "TAHTI_SERVER", "TAHTI_ALLOW_NETWORKS"} {
				e.Setenv(name, "")
			}
			e.Setenv("PASSWORD", "correct horse battery")
			e.Values[processKey{}] = processes{}
			return os.MkdirAll(e.Getenv("TMPDIR"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "await": await, "end": end, "copydir": copyDir, "web": otherWeb, "get": get, "patch": patch, "exits": exits,
			"token": token, "stderr-of": stderrOf, "capture": capture, "mkcalendar": makeCalendar, "put": putEvent, "switch": setSwitches, "faults": setFaults,
		},
	}
}

func glob(pattern string) []string {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		panic("no scripts fit " + pattern)
	}
	return files
}
