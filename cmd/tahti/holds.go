package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tahti/client"
)

// holdsCmd is what waits for a person: brakes that closed, and connections since a restore.
type holdsCmd struct {
	List    holdsListCmd   `cmd:"" default:"withargs" help:"List what waits for a person.\n\nExample: tahti holds"`
	Confirm holdConfirmCmd `cmd:"" help:"Say what would happen, and let it go on.\n\nExample: tahti holds confirm 12"`
	Reject  holdRejectCmd  `cmd:"" help:"Leave both sides as they are; a connection held since a restore is stopped.\n\nExample: tahti holds reject 12"`
}

type holdsListCmd struct{ far }

// Run lists the holds.
func (c *holdsListCmd) Run(ctx context.Context, a *app) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	list, err := server.Holds(ctx)
	if err != nil {
		return c.explain(err)
	}
	if a.json {
		if err := a.print(map[string]any{"holds": list}); err != nil {
			return err
		}
	} else {
		for _, h := range list {
			sayHold(a, h)
		}
		if len(list) == 0 {
			fmt.Fprintln(a.out, "nothing waits for a confirmation")
		}
	}
	if len(list) > 0 {
		return needsPerson{hinted{errors.New("something waits for you"), "decide with: tahti holds confirm ID, or tahti holds reject ID"}}
	}
	return nil
}

func sayHold(a *app, h client.Hold) {
	fmt.Fprintf(a.out, "%d  on connection %d: %s\n", h.ID, h.ConnectionID, lowerFirst(h.Title))
	if h.Why != "" {
		fmt.Fprintf(a.out, "   %s\n", h.Why)
	}
}

type holdConfirmCmd struct {
	far
	ID  int64 `arg:"" help:"The number that tahti holds lists." placeholder:"ID"`
	Yes bool  `help:"Do not ask." short:"y"`
}

// Run shows what would go on, asks, and confirms. What is held since a restore has to be looked at: the server insists.
func (c *holdConfirmCmd) Run(ctx context.Context, a *app) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	h, err := c.find(ctx, server)
	if err != nil {
		return err
	}
	if !a.json {
		sayHold(a, h)
	}
	var look *client.Run
	if h.Kind == "restore" {
		run, err := server.Run(ctx, h.ConnectionID, true, true)
		if err != nil {
			return c.explain(err)
		}
		if look = &run; !a.json {
			fmt.Fprintf(a.out, "   %s\n", countsLine(look, nil, nil))
		}
	}
	if err := c.ask(a); err != nil {
		return err
	}
	if err := server.Decide(ctx, h.ID, true); err != nil {
		return c.explain(err)
	}
	if a.json {
		return a.print(map[string]any{"done": true, "run": look})
	}
	fmt.Fprintln(a.out, "confirmed; it goes on")
	return nil
}

func (c *holdConfirmCmd) ask(a *app) error {
	if c.Yes {
		return nil
	}
	yes, asked := a.confirm("Let it go on?")
	switch {
	case !asked:
		return needsPerson{hinted{errors.New("nobody is there to confirm it, and nothing was done"), "if this is what you want, add: --yes"}}
	case !yes:
		return needsPerson{errors.New("nothing was done")}
	}
	return nil
}

func (c *holdConfirmCmd) find(ctx context.Context, server *client.Client) (client.Hold, error) {
	list, err := server.Holds(ctx)
	if err != nil {
		return client.Hold{}, c.explain(err)
	}
	var ids []string
	for _, h := range list {
		if h.ID == c.ID {
			return h, nil
		}
		ids = append(ids, fmt.Sprint(h.ID))
	}
	if len(ids) == 0 {
		return client.Hold{}, fmt.Errorf("%d waits for no confirmation, nor does anything else", c.ID)
	}
	return client.Hold{}, hinted{fmt.Errorf("%d waits for no confirmation", c.ID), "these do: " + strings.Join(ids, ", ")}
}

type holdRejectCmd struct {
	far
	ID int64 `arg:"" help:"The number that tahti holds lists." placeholder:"ID"`
}

// Run leaves both sides as they are.
func (c *holdRejectCmd) Run(ctx context.Context, a *app) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	if err := server.Decide(ctx, c.ID, false); err != nil {
		return c.explain(err)
	}
	if a.json {
		return a.print(map[string]bool{"done": true})
	}
	fmt.Fprintln(a.out, "rejected; both sides stay as they are")
	return nil
}
