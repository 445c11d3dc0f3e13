package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tahti/client"
)

type takeOverCmd struct {
	far
	Connection int64    `help:"The connection whose calendar another sync has filled." required:"" placeholder:"ID"`
	Yes        bool     `help:"Tie what is the same without asking." short:"y"`
	Same       []string `help:"Say that all that is unsure for this reason is the same." placeholder:"REASON"`
	Different  []string `help:"Say that all that is unsure for this reason is different." placeholder:"REASON"`
	Counts     string   `help:"Which side has the say where what you say to be the same differs: settings, calendar or crm." enum:"settings,calendar,crm" default:"settings"`
}

// reasons are the kinds of questions that a take-over asks.
var reasons = []string{"other_title", "other_start", "other_pattern", "same_uid", "several"}

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
	return nil
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
	if !a.json {
		sayTakeOver(a, seen)
	}
	if seen.Counts["matched"]+seen.Counts["unsure"] == 0 {
		if a.json {
			return a.print(seen)
		}
		return nil
	}
	if agreed, err := c.agree(a, seen); err != nil || !agreed {
		return err
	}
	done, err := server.TakeOver(ctx, c.Connection, seen.ID, nil, c.forAll())
	if err != nil {
		return c.explain(err)
	}
	done.OtherSync = seen.OtherSync
	if a.json {
		if err := a.print(done); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.out, "tied: %d\n%s\n", done.Linked, seen.OtherSync.Stop)
	}
	if done.Left > 0 {
		return needsPerson{hinted{fmt.Errorf("%d questions are left", done.Left), "answer them with --same REASON or --different REASON, or on the page of the connection"}}
	}
	return nil
}

// agree asks whether to go on. With --json nobody can be asked, so that what was seen is printed and waits.
func (c *takeOverCmd) agree(a *app, seen client.TakeOver) (bool, error) {
	if c.Yes {
		return true, nil
	}
	if a.json {
		if err := a.print(seen); err != nil {
			return false, err
		}
		return false, needsPerson{hinted{errors.New("nothing was done yet"), "to tie what is the same, add: --yes"}}
	}
	yes, asked := a.confirm("Tie them together? Nothing is added or deleted on either side.")
	switch {
	case !asked:
		return false, needsPerson{hinted{errors.New("nothing was done yet"), "to tie what is the same, add: --yes"}}
	case !yes:
		return false, needsPerson{errors.New("nothing was done")}
	}
	return true, nil
}

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

// shownPairs bounds what is printed of a group.
const shownPairs = 5

func sayTakeOver(a *app, t client.TakeOver) {
	fmt.Fprintf(a.out, "the same on both sides: %d\n", t.Counts["matched"])
	for _, p := range t.Matched[:min(len(t.Matched), shownPairs)] {
		fmt.Fprintf(a.out, "  %s  %s = %s\n", p.Event.Start.Format("2006-01-02 15:04"), p.Event.Title, p.Activity.Title)
	}
	if t.Counts["matched"] > shownPairs {
		fmt.Fprintln(a.out, "  …")
	}
	fmt.Fprintf(a.out, "to be asked: %d\n", t.Counts["unsure"])
	for _, q := range t.Unsure[:min(len(t.Unsure), shownPairs)] {
		fmt.Fprintf(a.out, "  %s (%s)\n", q.Why, q.Reason)
		for _, e := range q.Events[:min(len(q.Events), shownPairs)] {
			fmt.Fprintf(a.out, "    in the calendar  %s  %s\n", e.Start.Format("2006-01-02 15:04"), e.Title)
		}
		for _, h := range q.Activities[:min(len(q.Activities), shownPairs)] {
			fmt.Fprintf(a.out, "    in the CRM       %s  %s\n", h.Start.Format("2006-01-02 15:04"), h.Title)
		}
	}
	if t.Counts["unsure"] > shownPairs {
		fmt.Fprintln(a.out, "  …")
	}
	fmt.Fprintf(a.out, "only in the calendar: %d, only in the CRM: %d\n", t.Counts["new_in_calendar"], t.Counts["new_in_crm"])
}
