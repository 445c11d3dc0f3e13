package world

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/secret"
	"tahti/internal/store"
)

// host is where a person has one sign-in, and by it one or more calendars. Its password and the rests that it asks for concern
// all of them.
type host struct {
	address, username string
	calendars         []*server

	signedOut bool            // the password that sync has is no longer good
	restUntil time.Time       // it asked to be left alone
	restKnown time.Time       // until when the database says so
	restMove  int             // when that was committed
	rested    bool            // it has ever asked
	budget    provider.Budget // of an account; zero: it has none
	blocked   time.Time       // what the account's row last said
}

// kindName is the kind of account that all calendars of a world have.
const kindName = "world"

// worldKey finds the world in the context of a call that leaves the product.
type worldKey struct{}

// kind lets the product sign in at the hosts of whichever world the call belongs to.
var kind = account.Kind{
	Name: kindName,
	Discover: func(ctx context.Context, _ account.Env, c account.Credentials) (account.Discovery, error) {
		w := ctx.Value(worldKey{}).(*World)
		return w.discover(c)
	},
	Probe: func(context.Context, account.Env, account.Opening) (json.RawMessage, error) {
		return json.RawMessage(`{}`), nil
	},
}

// addKind puts the worlds' kind into the list, once.
var addKind = sync.OnceFunc(func() { account.Kinds = append(account.Kinds[:len(account.Kinds):len(account.Kinds)], kind) })

// box seals the passwords of all worlds. Its key is made anew by each process, and nothing that a world does depends on it.
var box = sync.OnceValues(func() (*secret.Box, error) {
	folder, err := os.MkdirTemp("", "world")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	return secret.Create(filepath.Join(folder, "key"))
})

// discover answers a sign-in. The right password is the word "right"; people know it, and what sync has may have become wrong.
func (w *World) discover(c account.Credentials) (account.Discovery, error) {
	for _, h := range w.hosts {
		if h.address != c.URL || h.username != c.Username {
			continue
		}
		if c.Password != rightPassword {
			break
		}
		d := account.Discovery{Server: h.address, Username: h.username}
		for _, s := range h.calendars {
			d.Calendars = append(d.Calendars, provider.Calendar{ID: s.calendar, Name: s.name, Writable: !s.feed && !s.readOnly})
		}
		return d, nil
	}
	return account.Discovery{}, &provider.Error{Op: "sign in", Class: provider.SignIn, Code: provider.CodeWrongPassword}
}

const rightPassword = "right"

func (h *host) credentials() account.Credentials {
	return account.Credentials{URL: h.address, Username: h.username, Password: rightPassword}
}

// Remote implements [connection.Remotes]: a calendar as calls outside of runs see it. They happen between two steps of the world.
func (w *World) Remote(_ store.ID, c store.Connection, a store.Account) (engine.Remote, error) {
	for _, s := range w.sides {
		h := s.server.host
		if c.ID != 0 && s.id == c.ID || c.ID == 0 && h.address == a.Server && h.username == a.Username && s.server.calendar == c.Calendar {
			k := &worker{node: w.nodes[0], side: s, began: w.move, desk: true}
			return outside{k}.Bind(w.company, &a, &remote{s.server, k}), nil
		}
	}
	return nil, fmt.Errorf("no calendar %q", c.Calendar)
}

var _ connection.Remotes = (*World)(nil)

// patiently is how people wait for a run to end: the workers of the connection go on meanwhile.
func (w *World) patiently(_ context.Context, d time.Duration) error {
	w.pass(d)
	for _, k := range w.standing() {
		if !k.asleep.After(w.now) && len(w.broken) == 0 {
			k.goOn()
		}
	}
	return nil
}

// newService wires what people press to the hosts of a world.
func (w *World) newService() (*connection.Service, error) {
	addKind()
	b, err := box()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return &connection.Service{
		Store:    people{w},
		Engine:   &engine.Engine{Store: people{w}, Hub: w.nodes[0].hub, Clock: w.nodes[0], Keys: keys{}, BaseURL: baseURL},
		Accounts: &account.Service{Box: b, Installation: make([]byte, 32)},
		Remotes:  w, Gate: gates{w}, Wait: w.patiently,
	}, nil
}

// baseURL is the address of the pages.
const baseURL = "https://crm.example.com"

func (w *World) who(s *side) connection.Who { return connection.Who{Company: w.company, User: *s.user} }
