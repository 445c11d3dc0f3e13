package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

type exportCmd struct {
	far
	File  string `arg:"" optional:"" help:"The file to write, or - for standard output." default:"-"`
	Force bool   `help:"Replace a file that is there."`
}

// Run writes one's own activities as iCalendar.
func (c *exportCmd) Run(ctx context.Context, a *app) error {
	if a.json && c.File == "-" {
		return wrongUse{hinted{errors.New("standard output cannot take JSON and a calendar"), "name a file: tahti export --json activities.ics"}}
	}
	server, err := c.dial()
	if err != nil {
		return err
	}
	b, err := server.Export(ctx)
	if err != nil {
		return c.explain(err)
	}
	if c.File == "-" {
		_, err := a.out.Write(b)
		return err
	}
	if err := c.write(b); err != nil {
		return err
	}
	n := bytes.Count(b, []byte("\nBEGIN:VEVENT\r"))
	if a.json {
		return a.print(map[string]any{"file": c.File, "events": n})
	}
	_, err = fmt.Fprintf(a.err, "wrote %d events to %s\n", n, c.File)
	return err
}

// write makes a file that only its owner reads: private activities are in it.
func (c *exportCmd) write(b []byte) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if c.Force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(c.File, flags, 0o600)
	if errors.Is(err, os.ErrExist) {
		return hinted{fmt.Errorf("%s is there already", c.File), "choose another name, or replace it with --force"}
	}
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}

type importCmd struct {
	far
	File string `arg:"" help:"The iCalendar file, or - for standard input."`
	Type string `help:"The type of the new activities, by its key; meeting if it is left out." placeholder:"KEY"`
}

// Run reads activities from iCalendar. What is there already stays as it is.
func (c *importCmd) Run(ctx context.Context, a *app) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	var in io.Reader = a.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("read import: %w", err)
		}
		defer f.Close()
		in = f
	}
	got, err := server.Import(ctx, in, c.Type)
	if err != nil {
		return c.explain(err)
	}
	if a.json {
		if err := a.print(got); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.out, "%d added, %d were there already, %d could not be taken\n", got.Created, got.Exists, got.Failed)
		for _, x := range got.Items {
			if x.State == "failed" {
				fmt.Fprintf(a.out, "  %s: %s\n", x.UID, lowerFirst(x.Title))
			}
		}
	}
	if got.Failed > 0 {
		return needsPerson{hinted{fmt.Errorf("%d events could not be taken", got.Failed), "mend them in the file and import it again: what is there already stays as it is"}}
	}
	return nil
}
