package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tahti/client"
	"tahti/internal/text"
)

type takeOverCmd struct {
	far
	Connection int64    `help:"The connection whose calendar another sync has filled." required:"" placeholder:"ID"`
	Yes        bool     `help:"Tie what is the same without asking." short:"y"`
	Same       []string `help:"Say that all that is unsure for this reason is the same." placeholder:"REASON"`
	Different  []string `help:"Say that all that is unsure for this reason is different." placeholder:"REASON"`
	Counts     string   `help:"Which side has the say where what you say to be the same differs: settings, calendar or crm." enum:"settings,calendar,crm" default:"settings"`
}

// reasons are the kinds of questions that a take-over asks, in the order in which they are asked; of the last, several may be meant.
var reasons = []string{"other_title", "other_start", "other_pattern", seriesDates, "same_uid", severalMeant}

const (
	severalMeant = "several"
	seriesDates  = "dates" // of which both sides stay as they are, so that nobody says which one it is
)

// Validate is called by kong.
func (c *takeOverCmd) Validate() error {
	for _, r := range slices.Concat(c.Same, c.Different) {
		if !slices.Contains(reasons, r) {
			return fmt.Errorf("%s is no reason; these are: %s", r, strings.Join(reasons, ", "))
		}
		if slices.Contains(c.Same, r) && slices.Contains(c.Different, r) {
			return fmt.Errorf("%s cannot be the same and different", r)
		}
	}
	if slices.Contains(c.Same, severalMeant) {
		return errors.New("several may be meant: say which on the page of the connection, or at a terminal")
	}
	return nil
}

// takingOver is one call of the command: in the language that its user has chosen at the server.
type takingOver struct {
	*takeOverCmd
	*app
	text.Printer
	server *client.Client
	seen   client.TakeOver
}

// Run says what is on both sides, and ties what is the same once somebody has agreed.
func (c *takeOverCmd) Run(ctx context.Context, a *app) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	seen, err := server.PreviewTakeOver(ctx, c.Connection)
	if err != nil {
		return c.explain(err)
	}
	t := &takingOver{c, a, text.Match(seen.Language, ""), server, seen}
	if !a.json {
		t.say()
	}
	if seen.Counts["matched"]+seen.Counts["unsure"] == 0 {
		if a.json {
			return a.print(seen)
		}
		return nil
	}
	said, err := t.agree()
	if err != nil {
		return err
	}
	return t.tie(ctx, said)
}

// said is what somebody has answered.
type said struct {
	each []client.TakeOverAnswer
	all  map[string]client.TakeOverForAll
}

// agree asks what is unsure, and whether to go on. With --json nobody can be asked, so that what was seen is printed and waits.
func (t *takingOver) agree() (said, error) {
	s := said{all: t.forAll()}
	if t.Yes {
		return s, nil
	}
	if t.json {
		if err := t.print(t.seen); err != nil {
			return s, err
		}
	}
	if t.json || !onTerminal(t.in) {
		return s, needsPerson{hinted{errors.New(t.T("takeover.command.not_yet")), t.T("takeover.command.not_yet_next")}}
	}
	t.ask(&s)
	if !t.yes(t.T("takeover.command.agree")) {
		return s, needsPerson{errors.New(t.T("takeover.command.not_done"))}
	}
	return s, nil
}

// tie ties what the preview has shown and what was answered.
func (t *takingOver) tie(ctx context.Context, s said) error {
	done, err := t.server.TakeOver(ctx, t.Connection, t.seen.ID, s.each, s.all)
	if err != nil {
		return t.explain(err)
	}
	done.OtherSync = t.seen.OtherSync
	if t.json {
		if err := t.print(done); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(t.out, t.T("takeover.done", "n", done.Linked))
		fmt.Fprintln(t.out, done.OtherSync.Stop)
	}
	if done.Left > 0 {
		return needsPerson{hinted{sentence(t.T("takeover.left", "n", done.Left)), t.T("takeover.command.left_next")}}
	}
	if n := len(done.Stale); n > 0 {
		return needsPerson{hinted{sentence(t.T("takeover.changed", "n", n)), t.T("takeover.command.again")}}
	}
	return nil
}

// sentence is one of the page's, in the house's way of writing errors.
func sentence(s string) error { return errors.New(lowerFirst(strings.TrimSuffix(s, "."))) }

func (c *takeOverCmd) forAll() map[string]client.TakeOverForAll {
	all := map[string]client.TakeOverForAll{}
	for _, r := range c.Same {
		all[r] = client.TakeOverForAll{Same: true, Counts: c.Counts}
	}
	for _, r := range c.Different {
		all[r] = client.TakeOverForAll{}
	}
	return all
}
