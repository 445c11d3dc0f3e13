// Command tahti keeps a CRM's activities and people's calendars in step. See "tahti --help".
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"tahti/client"
)

// cli is the whole command line. Commands that keep rows open the data folder; all others speak to a running server.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the server.\n\nExample: tahti serve --listen 127.0.0.1:8080 --data ./data"`
	Demo    demoCmd    `cmd:"" help:"Run a sample company with stand-in calendars, to look around.\n\nExample: tahti demo"`
	Standin standinCmd `cmd:"" help:"Run a stand-in for a calendar service, for tests.\n\nExample: tahti standin caldav --password PW"`
	Token   tokenCmd   `cmd:"" help:"Make API tokens.\n\nExample: tahti token create --data ./data --user alice@example.com"`
	User    userCmd    `cmd:"" help:"Add and list people.\n\nExample: tahti user add --data ./data --email bob@example.com --name Bob"`
	Backup  backupCmd  `cmd:"" help:"Copy the database to a file, also while the server runs.\n\nExample: tahti backup --data ./data tahti-backup.db"`
	Restore restoreCmd `cmd:"" help:"Put a copy back. Sync then holds until an administrator has looked: tahti holds.\n\nExample: tahti restore --data ./data tahti-backup.db"`

	Connect  connectCmd  `cmd:"" help:"Connect a calendar. Google Calendar and Microsoft 365 sign people in on their own pages: connect them in the browser, under Calendar sync, Add new account.\n\nExample: tahti connect caldav --url https://dav.example.com --username alice"`
	Sync     syncCmd     `cmd:"" help:"Sync now, with progress.\n\nExample: tahti sync --dry-run"`
	Status   statusCmd   `cmd:"" help:"Say how every connection is.\n\nExample: tahti status --json"`
	Holds    holdsCmd    `cmd:"" help:"List, confirm or reject what waits for a person.\n\nExample: tahti holds"`
	TakeOver takeOverCmd `cmd:"" name:"take-over" help:"Tie together what another sync has made on both sides, without writing.\n\nExample: tahti take-over --connection 3\n\nWhat is unsure is asked on the page of the connection, or answered for all of a kind with --same and --different: other_title, other_start, other_pattern, dates, same_uid, several."`
	Export   exportCmd   `cmd:"" help:"Write activities as iCalendar.\n\nExample: tahti export activities.ics"`
	Import   importCmd   `cmd:"" help:"Read activities from iCalendar.\n\nExample: tahti import activities.ics"`

	Conformance conformanceCmd `cmd:"" help:"Try a calendar service with the suite that every provider has to pass.\n\nIt makes a calendar of its own in the account, works in that alone, and removes it at the end. Nobody is invited or mailed. Deleted events may be seen in the account's bin for a while.\n\nExample: tahti conformance --provider google < token.txt\n\nThe access token is read from TAHTI_CONFORMANCE_TOKEN or standard input. It takes the scope calendar.app.created at Google, and Calendars.ReadWrite at Microsoft. For CalDAV and Exchange: … --provider caldav --url URL --username NAME"`

	Version  versionCmd  `cmd:"" help:"Print the version.\n\nExample: tahti version"`
	Licenses licensesCmd `cmd:"" help:"Print the licences of what is inside.\n\nExample: tahti licenses"`

	JSON   bool            `help:"Print one JSON document on standard output and nothing else." env:"TAHTI_JSON"`
	Config kong.ConfigFlag `help:"Read flags from a JSON file." placeholder:"FILE"`
}

// description is what somebody reads who types the name alone.
const description = `An activity planner with a calendar sync that can be trusted.

To look around: tahti demo

To begin: tahti serve, then open the address that it prints.

The commands from connect to import speak to the running server, with a token:
export TAHTI_TOKEN=$(tahti token create --user EMAIL)

Exit codes: 0 done, 1 failed, 2 wrong use, 3 finished, but something needs a person.`

// app is what commands work with.
type app struct {
	out, err io.Writer
	in       io.Reader
	json     bool
	printed  bool // the JSON document is out
}

// Exit codes (interface.md, Command line).
const (
	exitFailed = 1
	exitUsage  = 2
	exitPerson = 3
)

// needsPerson is an error for what finished but needs a person: held or parked items, or a choice.
type needsPerson struct{ error }

func (n needsPerson) Unwrap() error { return n.error }

// wrongUse is an error in how the command was called that the parser cannot see.
type wrongUse struct{ error }

func (w wrongUse) Unwrap() error { return w.error }

// hinted is an error with a next step on a line of its own.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := perform(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// perform is main with its surroundings handed in, so that tests can call it. It ends with ctx.
func perform(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("tahti"), kong.Writers(out, errOut),
		kong.Description(description),
		kong.Configuration(kong.JSON), kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: false, WrapUpperBound: 100}))
	if err != nil {
		panic(err) // the command line itself is wrong
	}
	return guarded(func() int {
		if len(args) == 0 {
			args = []string{"--help"}
		}
		k, err := parser.Parse(args)
		if err != nil {
			fmt.Fprintf(errOut, "tahti: %v\n", err)
			return exitUsage
		}
		k.BindTo(ctx, (*context.Context)(nil))
		a := &app{out: out, err: errOut, in: in, json: c.JSON}
		return a.report(k.Run(a))
	})
}

// exit carries the code with which kong wants to leave, for --help.
type exit int

func guarded(f func() int) (code int) {
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(exit)
			if !ok {
				panic(p)
			}
			code = int(e)
		}
	}()
	return f()
}

// report says what went wrong, and answers the exit code.
func (a *app) report(err error) int {
	if err == nil {
		return 0
	}
	var hint string
	if h, ok := errors.AsType[hinted](err); ok {
		hint = h.hint
	}
	fmt.Fprintf(a.err, "tahti: %v\n", err)
	for line := range strings.Lines(hint) {
		fmt.Fprintf(a.err, "  %s\n", strings.TrimSuffix(line, "\n"))
	}
	if a.json && !a.printed {
		f := failure{Message: err.Error(), Next: hint}
		if p, ok := errors.AsType[*client.Problem](err); ok {
			f.Code, f.Detail, f.Next, f.Findings = p.Code, p.Detail, p.Next, p.Findings
		}
		if err := a.print(map[string]any{"error": f}); err != nil {
			fmt.Fprintf(a.err, "tahti: write answer: %v\n", err)
		}
	}
	if _, ok := errors.AsType[needsPerson](err); ok {
		return exitPerson
	}
	if _, ok := errors.AsType[wrongUse](err); ok {
		return exitUsage
	}
	return exitFailed
}

// failure is the JSON document of a command that failed before it had anything to tell.
type failure struct {
	Code     string           `json:"code"` // the server's, or empty
	Message  string           `json:"message"`
	Detail   string           `json:"detail,omitempty"`
	Next     string           `json:"next"`
	Findings []client.Finding `json:"findings,omitempty"`
}
