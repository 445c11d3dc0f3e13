package connection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Explain says why an activity is, or is not, in sync with a connection, to somebody who may see it.
func (s *Service) Explain(ctx context.Context, who Who, id, activity store.ID) (x engine.Explanation, err error) {
	var c store.Connection
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) (err error) {
		if c, err = s.load(ctx, tx, who, id); err != nil {
			return err
		}
		shown, err := s.Engine.Hub.Get(ctx, tx, who.User, activity)
		if err != nil {
			return err
		}
		if shown.Masked {
			return &hub.Denied{Code: hub.DeniedMasked}
		}
		x, err = s.Engine.Explain(ctx, tx, id, activity)
		return err
	})
	if err == nil {
		s.Look(ctx, who.Company, c, &x)
	}
	return x, err
}

// lookFor is how long an explanation waits for a provider.
const lookFor = 5 * time.Second

// Look lets an explanation know whether an item is gone of which its provider would not have told. What cannot be asked for now is
// explained by what is known.
func (s *Service) Look(ctx context.Context, company store.ID, c store.Connection, x *engine.Explanation) {
	if x.Unread == "" || len(x.Obstacles) > 0 && x.Obstacles[0].State != "" {
		return // or the connection rests
	}
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	remote, err := s.remote(ctx, company, c)
	if err != nil || remote.Capabilities().Tombstones {
		return
	}
	if items, err := remote.Read(ctx, []provider.RemoteID{x.Unread}); err == nil && len(items) > 0 {
		x.Read(items[0])
	}
}

// ExplainEvent says why an event is, or is not, in sync with a connection, to the person whose calendar it is in; for administrators, too,
// what is there is theirs alone.
func (s *Service) ExplainEvent(ctx context.Context, who Who, id store.ID, event provider.RemoteID) (x engine.Explanation, err error) {
	c, err := s.Get(ctx, who, id)
	if err != nil {
		return x, err
	}
	if c.Member != who.User.ID {
		return x, ErrNotYours
	}
	known := false
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) (err error) {
		if x, known, err = s.Engine.ExplainEvent(ctx, tx, id, event); err != nil || x.Activity == 0 {
			return err
		}
		shown, err := s.Engine.Hub.Get(ctx, tx, who.User, x.Activity)
		if err == nil && shown.Masked {
			x.Obstacles = untelling(x.Obstacles)
		}
		return err
	})
	if err != nil || known {
		return x, err
	}
	remote, err := s.remote(ctx, who.Company, c)
	if err != nil {
		return x, err
	}
	items, err := remote.Read(ctx, []provider.RemoteID{event})
	if err != nil {
		return x, err
	}
	if len(items) == 0 || items[0].State == provider.StateGone {
		return x, fmt.Errorf("event: %w", store.ErrNotFound)
	}
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) (err error) {
		t := engine.Target{Company: who.Company, Connection: id, Remote: remote}
		x, err = s.Engine.ExplainUntied(ctx, tx, t, &items[0])
		return err
	})
	return x, err
}

// untelling is what somebody is told who does not see what an activity is: what its connection rests for, and that it is somebody else's.
// What comes behind that would tell of it.
func untelling(list []engine.Obstacle) []engine.Obstacle {
	i := slices.IndexFunc(list, func(o engine.Obstacle) bool { return o.State == "" })
	if i < 0 {
		return list
	}
	return list[:i+1]
}
