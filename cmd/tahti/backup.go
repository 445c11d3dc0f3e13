package main

import (
	"context"
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
	if err := db.Backup(ctx, c.File); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "wrote %s\n", c.File)
	if !c.WithKey {
		fmt.Fprintln(a.err, "the key for secrets is not in it; keep secret.key somewhere else")
		return nil
	}
	return copyFile(filepath.Join(c.Data, "secret.key"), c.File+".key")
}

type restoreCmd struct {
	where
	File  string `arg:"" help:"The copy." type:"existingfile"`
	Force bool   `help:"Replace the database that is there. The server must not be running."`
}

// Run puts a copy back.
func (c *restoreCmd) Run(ctx context.Context, a *app) error {
	if c.DatabaseURL != "" {
		return store.ErrUsePgDump
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if err := store.Restore(ctx, c.File, c.file(), c.Force, time.Now()); err != nil {
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
	fmt.Fprintln(a.err, "restored; sync stays held until an administrator has looked at what it would do")
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
