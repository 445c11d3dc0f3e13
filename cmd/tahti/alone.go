package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// stopping is how long a server waits for another one in the same data folder that is about to stop.
const stopping = 3 * time.Second

var errTaken = errors.New("another process holds it")

// alone keeps the data folder for this server until it ends, however it ends. Two servers on one SQLite folder would each
// have workers and a stop button of their own; several nodes are for PostgreSQL.
func (w where) alone(ctx context.Context) (release func(), err error) {
	if w.DatabaseURL != "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(w.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	path := filepath.Join(w.Data, "serve.lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep the data folder for this server: %w", err)
	}
	for end := time.Now().Add(stopping); ; {
		if err = lock(f); err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, errTaken) || time.Now().After(end) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(100 * time.Millisecond):
		}
	}
	err = errors.Join(err, f.Close())
	if errors.Is(err, errTaken) {
		return nil, hinted{
			fmt.Errorf("a server is running on %s already", w.Data),
			"use that one, or stop it first; several servers on the same data need PostgreSQL (--database-url)",
		}
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}
