package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"tahti/internal/store"
)

type backupCmd struct {
	where
	File    string `arg:"" help:"The file to write; it must not be there yet." type:"path"`
	WithKey bool   `help:"Write the key for secrets beside it, as FILE.key. Whoever has both can read every stored password."`
}

// Run writes a copy of the database, without the key unless it is asked for.
func (c *backupCmd) Run(ctx context.Context, a *app) error {
	db, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Backup(ctx, c.File)
	if errors.Is(err, os.ErrExist) {
		return hinted{fmt.Errorf("%s is there already", c.File), "choose another name: a copy never replaces another"}
	}
	if err != nil {
		return err
	}
	if c.WithKey {
		if err := copyFile(filepath.Join(c.Data, "secret.key"), c.File+".key"); err != nil {
			return err
		}
	}
	if a.json {
		return a.print(map[string]any{"file": c.File, "with_key": c.WithKey})
	}
	fmt.Fprintf(a.err, "wrote %s\n", c.File)
	if c.WithKey {
		fmt.Fprintf(a.err, "wrote %s.key; whoever has both can read every stored password\n", c.File)
	} else {
		fmt.Fprintln(a.err, "the key for secrets is not in it; keep secret.key somewhere else")
	}
	return nil
}

type restoreCmd struct {
	where
	File  string `arg:"" optional:"" help:"The copy." type:"existingfile"`
	Force bool   `help:"Replace the database that is there. The server must not be running."`
	Mark  bool   `help:"Only say that the database was restored by other means, as with pg_restore, so that sync is held."`
}

// Validate is called by the parser.
func (c *restoreCmd) Validate() error {
	if (c.File == "") != c.Mark {
		return errors.New("give the copy, or --mark if pg_restore has put it back")
	}
	return nil
}

// Run puts a copy back.
func (c *restoreCmd) Run(ctx context.Context, a *app) error {
	if c.Mark {
		return c.mark(ctx, a)
	}
	if c.DatabaseURL != "" {
		return hinted{store.ErrUsePgDump, "after pg_restore: tahti restore --mark"}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	err := store.Restore(ctx, c.File, c.file(), c.Force, time.Now())
	if _, there := os.Stat(c.file()); err != nil && there == nil && !c.Force {
		return hinted{err, "restore into another folder, or replace it with --force while the server is not running"}
	}
	if errors.Is(err, store.ErrInUse) {
		return hinted{err, "stop the server first"}
	}
	if err != nil {
		return err
	}
	key := filepath.Join(c.Data, "secret.key")
	if _, err := os.Stat(key); os.IsNotExist(err) {
		if _, err := os.Stat(c.File + ".key"); err == nil {
			if err := copyFile(c.File+".key", key); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(a.err, "put the key for secrets back as %s before you start the server\n", key)
		}
	}
	if a.json {
		return a.print(map[string]any{"restored": c.File})
	}
	fmt.Fprintln(a.err, "restored; sync stays held until an administrator has looked at what it would do")
	return nil
}

func (c *restoreCmd) mark(ctx context.Context, a *app) error {
	db, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.MarkRestored(ctx); err != nil {
		return err
	}
	if a.json {
		return a.print(map[string]bool{"marked": true})
	}
	fmt.Fprintln(a.err, "marked: when the server starts, sync stays held until an administrator has looked")
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy key: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy key: %w", err)
	}
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("copy key: %w", err)
	}
	return out.Close()
}
