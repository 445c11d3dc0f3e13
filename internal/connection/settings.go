package connection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// OnNarrow says what becomes of our own events that settings no longer cover.
type OnNarrow string

// The choices.
const (
	KeepMirrors   OnNarrow = "keep"
	RemoveMirrors OnNarrow = "remove"
)

// Preview is what a change of settings would do.
type Preview struct {
	ID       store.ID
	Settings lens.Settings
	Effects  map[string]int
	// Narrowed is how many of our events would no longer be covered, LetGo how many that are not ours would no longer be kept in step, and
	// Entering how many activities would go out anew.
	Narrowed, LetGo, Entering int
	// Unseen is why the calendar could not be asked what would come in from it, so that Effects say nothing of that; nil if it
	// was asked.
	Unseen error
}

// ErrStalePreview means that activities, links or settings have changed since the preview, so that it authorises nothing.
var ErrStalePreview = errors.New("what the preview showed has changed; look at a new one")

// PreviewSettings answers what a change would do, and changes nothing.
func (s *Service) PreviewSettings(ctx context.Context, who Who, id store.ID, change json.RawMessage) (Preview, error) {
	c, err := s.Get(ctx, who, id)
	if err != nil {
		return Preview{}, err
	}
	before, err := Settings(&c)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{}
	if p.Settings, err = s.parse(ctx, who, before, change); err != nil {
		return p, err
	}
	if err := mayOpen(who, &c, before, p.Settings); err != nil {
		return p, err
	}
	plan, err := s.Engine.Resettle(ctx, who.Company, id, &p.Settings)
	if err != nil {
		return p, fmt.Errorf("look what would change: %w", err)
	}
	coming, back, beside, err := s.widened(ctx, who, &c, &p.Settings, &plan)
	if p.Unseen = err; ctx.Err() != nil {
		return p, err
	}
	entering, waiting := plan.Beside(coming.Linked)
	p.Narrowed, p.LetGo, p.Entering = len(plan.Leaving), len(plan.LetGo), entering+beside[engine.CreatedInCalendar]
	p.Effects = map[string]int{
		engine.CreatedInCalendar: entering - len(plan.Returning), engine.DeletedInCalendar: len(plan.Leaving), "retyped": plan.Retyped,
		engine.UpdatedInCalendar: len(plan.Reframed), engine.WouldMail: plan.WouldMail, engine.HeldCount: waiting,
	}
	if p.Unseen == nil {
		p.Effects[engine.CreatedInCRM], p.Effects[engine.LinkedCount] = coming.Created, len(coming.Linked)
		p.Effects[engine.HeldCount] += coming.Held
		for _, effect := range []string{
			engine.CreatedInCalendar, engine.UpdatedInCalendar, engine.WouldMail, engine.LinkedCount, engine.HeldCount,
		} {
			p.Effects[effect] += back[effect] + beside[effect]
		}
	}
	effects, err := json.Marshal(p.Effects)
	if err != nil {
		return p, err
	}
	row := store.Preview{
		Connection: id, Member: who.User.ID, Settings: p.Settings.JSON(), HubState: stateOf(&c, plan), Effects: effects, Created: s.now(),
	}
	err = s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		row.ID = 0
		return tx.PutPreview(ctx, &row)
	})
	p.ID = row.ID
	return p, err
}

// widened asks the calendar what would come in, and counts what becomes of activities whose events were let go, and beside copies that are
// there. A connection that rests or is broken may still get other settings: what leaves and goes out is known without its calendar. With
// an error it answers nothing.
func (s *Service) widened(
	ctx context.Context, who Who, c *store.Connection, after *lens.Settings, plan *engine.Resettling,
) (coming engine.Coming, back, beside map[string]int, err error) {
	if unready(c) {
		return coming, nil, nil, &ErrState{State: c.State, Action: "say what would come in"}
	}
	remote, err := s.rested(ctx, who.Company, *c)
	if err != nil {
		return coming, nil, nil, err
	}
	t := engine.Target{Company: who.Company, Connection: c.ID, Remote: remote}
	coming, err = s.Engine.Widened(ctx, t, after)
	if err == nil && len(plan.Returning) > 0 {
		back, err = s.Engine.Returns(ctx, t, after, plan.Returning)
	}
	tied := func(id store.ID) bool { return slices.Contains(coming.Linked, id) }
	if copied := slices.DeleteFunc(slices.Clone(plan.Copied), tied); err == nil && len(copied) > 0 {
		beside, err = s.Engine.Returns(ctx, t, after, copied)
	}
	if err != nil {
		return engine.Coming{}, nil, nil, err
	}
	return coming, back, beside, nil
}

// Save is a change of settings. Preview may be 0: then nothing that the change would remove is removed.
type Save struct {
	Settings json.RawMessage
	Preview  store.ID
	OnNarrow OnNarrow
	Retype   bool // give earlier incoming activities the new type too
}

// SaveSettings saves settings, and authorises exactly the removals that the preview showed. Errors: lens.SettingsError,
// ErrStalePreview.
func (s *Service) SaveSettings(ctx context.Context, who Who, id store.ID, save Save) (store.Connection, error) {
	if save.OnNarrow != "" && save.OnNarrow != KeepMirrors && save.OnNarrow != RemoveMirrors {
		return store.Connection{}, &lens.SettingsError{Field: "on_narrow", Err: fmt.Errorf("%q is neither keep nor remove", save.OnNarrow)}
	}
	c, err := s.Get(ctx, who, id)
	if err != nil {
		return c, err
	}
	before, err := Settings(&c)
	if err != nil {
		return c, err
	}
	after, err := s.parse(ctx, who, before, save.Settings)
	if err != nil {
		return c, err
	}
	if err := mayOpen(who, &c, before, after); err != nil {
		return c, err
	}
	if after.Direction != before.Direction && c.Calendar != "" {
		if err := carries(c.Writable, after); err != nil {
			return c, err
		}
	}
	plan, err := s.Engine.Resettle(ctx, who.Company, id, &after)
	if err != nil {
		return c, fmt.Errorf("look what would change: %w", err)
	}
	planned := c.Revision
	return s.change(ctx, who, id, "settings", func(tx engine.Tx, c *store.Connection) error {
		if c.Revision != planned {
			return ErrStalePreview // somebody was faster: the plan is of settings that are no more
		}
		remove := save.OnNarrow == RemoveMirrors
		if save.Preview != 0 {
			p, err := tx.Preview(ctx, save.Preview)
			if errors.Is(err, store.ErrNotFound) {
				return ErrStalePreview
			}
			if err != nil {
				return err
			}
			if p.Connection != id || p.HubState != stateOf(c, plan) || string(p.Settings) != string(after.JSON()) {
				return ErrStalePreview
			}
		} else if remove && len(plan.Leaving) > 0 {
			return ErrStalePreview
		}
		c.Settings = after.JSON()
		if after.Start != before.Start {
			if err := s.startAnew(ctx, tx, c); err != nil {
				return err
			}
		} else if after.Private != before.Private || after.Direction != before.Direction || !slices.Equal(after.Rules, before.Rules) {
			// What was refused under the old settings is looked at again.
			c.Cursor = ""
			if err := s.Engine.LookAgain(ctx, tx, *c); err != nil {
				return err
			}
		}
		return s.Engine.ApplyResettle(ctx, tx, *c, plan, remove, save.Retype)
	})
}

// strictness orders the choices for private events.
var strictness = map[string]int{"ordinary": 0, "masked": 1, "skip": 2}

// mayOpen lets only the user whose calendar it is show others more of it: an administrator may demand more privacy, never
// less (I23). Rules are the user's own, too: by how many events a rule catches it would tell what those are called.
func mayOpen(who Who, c *store.Connection, before, after lens.Settings) error {
	if c.Member == who.User.ID {
		return nil
	}
	opened := before.Visibility == "owner" && after.Visibility != "owner" || strictness[after.Private] < strictness[before.Private]
	if opened || !slices.Equal(after.Rules, before.Rules) {
		return ErrNotYours
	}
	return nil
}

// carries refuses settings under which nothing could ever be carried: changes go to a calendar, and only there, that may
// only be read. Two-way is taken: what is in such a calendar comes in.
func carries(writable bool, s lens.Settings) error {
	if writable || s.Direction != lens.ToCalendr && s.Direction != lens.OwnItems {
		return nil
	}
	return &provider.Error{Op: "connect", Class: provider.Forbidden, Code: provider.CodeReadOnly}
}

// stateOf names what a preview was made of: the settings that were in force, and exactly what would leave, be let go and enter.
func stateOf(c *store.Connection, plan engine.Resettling) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s|%v|%v|%v", c.Settings, plan.Leaving, plan.LetGo, plan.Entering)
	return hex.EncodeToString(h.Sum(nil)[:12])
}
