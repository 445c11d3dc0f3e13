package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tahti/internal/connection"
	"tahti/internal/house"
)

// holdClones holds every connection of a database that was restored, or whose mark does not fit its data folder: it may
// be old, or a second writer beside the original (I25). An administrator lets them go on after a look.
func holdClones(ctx context.Context, w where, h *house.House, log *slog.Logger) error {
	instance, err := h.DB.Instance(ctx)
	if err != nil {
		return fmt.Errorf("read instance: %w", err)
	}
	reason := ""
	if !instance.Held.Equal(instance.Restored) {
		reason = connection.Restored
	} else if fits, err := markFits(w, instance.Mark); err != nil {
		return err
	} else if !fits {
		reason = connection.Cloned
	}
	if reason == "" {
		return nil
	}
	log.Warn("sync is held: the database was "+reason, "next", "an administrator looks at what each connection would do and confirms it: tahti holds")
	// A restored database has done so when it was opened; a copy is known for one only here.
	if err := h.DB.SkipIDs(ctx, time.Now()); err != nil {
		return err
	}
	if err := holdAll(ctx, h, reason); err != nil {
		return fmt.Errorf("hold connections: %w", err)
	}
	if reason == connection.Restored {
		// The holds stand in the connections now; the next start must not hold what was let go on. That the rows come from a backup, and
		// of when, the engine asks as long as they live.
		instance.Held = instance.Restored
		if err := h.DB.PutInstance(ctx, instance); err != nil {
			return fmt.Errorf("save instance: %w", err)
		}
	}
	return writeMark(w, instance.Mark)
}

func holdAll(ctx context.Context, h *house.House, reason string) error {
	ids, err := h.DB.CompanyIDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := h.Connections.HoldAll(ctx, id, reason); err != nil {
			return err
		}
	}
	return nil
}

// markFile lies beside a SQLite database. A copied folder carries it along; the folder's own path is in it, too, so that
// a copy elsewhere on the same machine is found.
func markFile(w where) string { return filepath.Join(w.Data, "instance") }

func markText(w where, mark string) (string, error) {
	abs, err := filepath.Abs(w.Data)
	if err != nil {
		return "", err
	}
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	return mark + "\n" + host + "\n" + abs + "\n", nil
}

func markFits(w where, mark string) (bool, error) {
	if w.DatabaseURL != "" {
		return true, nil // the nodes share the database; a restored one is marked by pg_restore's operator
	}
	want, err := markText(w, mark)
	if err != nil {
		return false, fmt.Errorf("name this installation: %w", err)
	}
	got, err := os.ReadFile(markFile(w))
	if errors.Is(err, os.ErrNotExist) {
		return true, writeMark(w, mark)
	}
	if err != nil {
		return false, fmt.Errorf("read instance mark: %w", err)
	}
	return strings.TrimSpace(string(got)) == strings.TrimSpace(want), nil
}

func writeMark(w where, mark string) error {
	if w.DatabaseURL != "" {
		return nil
	}
	text, err := markText(w, mark)
	if err != nil {
		return err
	}
	if err := os.WriteFile(markFile(w), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write instance mark: %w", err)
	}
	return nil
}
