package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Resettling is what other settings would do to what is there: the activities whose mirrors leave, those whose events are not ours and
// would be tied no more, those that would enter, of these the ones whose events were kept when they left, those whose title or context
// would be written anew, how many would get another type, and how many people that would mail.
type Resettling struct {
	Leaving, Entering []store.ID
	LetGo             []store.ID
	Returning         []store.ID // see [Engine.Returns]
	Waiting           []store.ID // of those that would enter, what seems to be there already: a run holds it
	Copied            []store.ID // of those that would enter, what the calendar may hold a copy of: [Engine.Returns] says what becomes of them
	Reframed          []store.ID
	Retyped           int
	WouldMail         int
}

// Beside counts what would go out anew, and what would wait, beside activities to which what comes in is tied: a run takes that first, and has
// nothing left to make of them, nor to ask. Nor does it count those that a copy there may be tied to.
func (p *Resettling) Beside(tied []store.ID) (entering, waiting int) {
	for _, id := range p.Entering {
		switch {
		case slices.Contains(tied, id), slices.Contains(p.Copied, id):
		case slices.Contains(p.Waiting, id):
			waiting++
		default:
			entering++
		}
	}
	return entering, waiting
}

// Resettle compares what the connection covers now with what it would cover, by the scope that runs decide with.
func (e *Engine) Resettle(ctx context.Context, company, connection store.ID, after *lens.Settings) (Resettling, error) {
	var plan Resettling
	r := e.newRun(Target{Company: company, Connection: connection})
	err := e.Store.View(ctx, company, func(tx Tx) error { return r.bench.load(ctx, tx, connection) })
	if err != nil {
		return plan, err
	}
	f := store.ActivityFilter{Concerns: r.connection.Member, Limit: batchSize, Sort: "id"}
	for {
		err := e.Store.View(ctx, company, func(tx Tx) error {
			list, next, err := tx.Activities(ctx, f)
			if err != nil {
				return err
			}
			f.After = next
			for _, a := range list {
				if err := r.resettleOne(ctx, tx, &a, after, &plan); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return plan, fmt.Errorf("compare activities: %w", err)
		}
		if f.After == "" {
			return plan, nil
		}
	}
}

func (r *run) resettleOne(ctx context.Context, tx Tx, a *crm.Activity, after *lens.Settings, plan *Resettling) error {
	link, linked, err := liveLink(ctx, tx, r.connection.ID, a.ID)
	if err != nil {
		return err
	}
	parts, err := tx.Participants(ctx, a.ID)
	if err != nil {
		return err
	}
	view, err := r.viewOf(ctx, tx, a, linked)
	if err != nil {
		return err
	}
	view.BornThere = linked && !link.Ours
	was, _ := lens.Scope(a, parts, view)
	view.Settings = after
	view.HubAt = r.begunUnder(after)
	is, _ := lens.Scope(a, parts, view)
	switch {
	case linked && was && !is && link.Ours:
		plan.Leaving = append(plan.Leaving, a.ID)
		plan.WouldMail += link.RemoteMeta.Mails
	case linked && was && !is:
		plan.LetGo = append(plan.LetGo, a.ID)
	case link.State == store.LinkSevered: // it goes its own way whatever is covered
	case !linked && is && (!was || after.Start != r.settings.Start):
		if err := r.enters(ctx, tx, a, &link, after, plan); err != nil {
			return err
		}
	case linked && is && link.Ours && after.Out() && !link.RemoteMeta.Invited:
		other, err := r.reframes(ctx, tx, a, &link, after)
		if err != nil {
			return err
		}
		if other {
			plan.Reframed = append(plan.Reframed, a.ID)
			plan.WouldMail += link.RemoteMeta.Mails
		}
	}
	mine := a.Origin == r.connection.ID && a.OwnerID == r.connection.Member // see [run.retype]
	if !r.limits().Facets.Has(calendar.TypeFacet) && mine && a.Type != after.TypeIn && a.Type == r.settings.TypeIn {
		plan.Retyped++
	}
	return nil
}

// begunUnder is when the connection counts as started under other settings: saving another starting point starts anew.
func (r *run) begunUnder(after *lens.Settings) time.Time {
	if after.Start != r.settings.Start {
		return r.now()
	}
	return r.connection.HubAt
}

// enters plans what would go out anew. What stays beside its dates, or the series whose date it is, does not.
func (r *run) enters(ctx context.Context, tx Tx, a *crm.Activity, link *store.Link, after *lens.Settings, plan *Resettling) error {
	if link.ID == 0 {
		s := &situation{activity: a}
		if kept, err := r.keptAsDates(ctx, tx, s, out); err != nil || kept {
			return err
		}
		began := r.connection.HubAt
		r.connection.HubAt = r.begunUnder(after)
		waits, err := r.seemsThere(ctx, tx, s, out)
		if r.connection.HubAt = began; err != nil {
			return err
		}
		if waits {
			plan.Waiting = append(plan.Waiting, a.ID)
		}
		if after.Start == r.settings.Start { // else what was noted is noted anew, or comes in
			copies, err := r.copiesThere(ctx, tx, a, after)
			if err != nil {
				return err
			}
			if len(copies) > 0 {
				plan.Copied = append(plan.Copied, a.ID)
			}
		}
	}
	plan.Entering = append(plan.Entering, a.ID)
	if link.State == store.LinkDormant && link.Remote != "" {
		plan.Returning = append(plan.Returning, a.ID)
	}
	return nil
}

// reframes reports whether an event of ours would get another title or context. One that a person named anew keeps its name, and what
// its calendar hides is not written. What is on its way out already is no effect of the change; what was chosen while nothing went out is.
func (r *run) reframes(ctx context.Context, tx Tx, a *crm.Activity, link *store.Link, after *lens.Settings) (bool, error) {
	now := &r.settings
	if now.Out() && after.TitleTemplate == now.TitleTemplate && after.CRMContext == now.CRMContext && after.Done == now.Done {
		return false, nil
	}
	c, err := r.e.Hub.Context(ctx, tx, a, r.e.BaseURL)
	if err != nil {
		return false, fmt.Errorf("read what activity %d belongs to: %w", a.ID, err)
	}
	shown := calendar.AllFields
	if link.RemoteEvent != nil {
		shown = link.RemoteEvent.Known
	}
	for _, was := range framesOf(link) {
		is := lens.FrameOf(a, c, after, was.Off)
		title := is.Prefix != was.Prefix || is.Suffix != was.Suffix
		if title && shown.Has(calendar.Subject) || is.Block != was.Block && shown.Has(calendar.Description) {
			return true, nil
		}
	}
	return false, nil
}

// framesOf are the frames that an event of ours may have: what it was written with last, and what it is being written with.
func framesOf(link *store.Link) (list []lens.Frame) {
	if link.State != store.LinkCreating {
		list = append(list, frameOf(link))
	}
	if p := link.Pending; p != nil && p.Kind != "delete" {
		list = append(list, readFrame(p.Frame))
	}
	return list
}

func liveLink(ctx context.Context, tx Tx, connection, activity store.ID) (store.Link, bool, error) {
	l, err := tx.LinkByActivity(ctx, connection, activity)
	if isNotFound(err) {
		return l, false, nil
	}
	return l, err == nil && l.State != store.LinkDormant && l.State != store.LinkSevered, err
}

// ApplyResettle carries out what was decided about a change of settings, in the transaction that saves them. remove
// authorises the removal of the mirrors that leave, past the brake; else they stay where they are and are let go, as what is not ours is.
func (e *Engine) ApplyResettle(ctx context.Context, tx Tx, c store.Connection, plan Resettling, remove, retype bool) error {
	r := e.newRun(Target{Company: tx.Company(), Connection: c.ID})
	before := c
	if err := r.bench.load(ctx, tx, c.ID); err != nil {
		return err
	}
	letGo, removed := slices.Concat(plan.LetGo, plan.Leaving), []store.ID(nil)
	if remove {
		letGo, removed = plan.LetGo, plan.Leaving
	}
	for _, id := range letGo {
		if err := r.letGo(ctx, tx, id); err != nil {
			return err
		}
	}
	for _, id := range removed {
		if err := r.releaseRemoval(ctx, tx, id); err != nil {
			return err
		}
	}
	for _, id := range plan.Reframed {
		if err := tx.PutWork(ctx, c.ID, activitySubject(id), nil, r.now(), false); err != nil {
			return err
		}
	}
	for _, id := range plan.Entering {
		if err := tx.PutWork(ctx, c.ID, activitySubject(id), nil, r.now(), true); err != nil {
			return err
		}
	}
	settings, err := lens.ParseSettings(lens.Defaults(), before.Settings)
	if err != nil {
		return err
	}
	if settings.In(false) != r.settings.In(false) {
		if err := r.readCopies(ctx, tx, settings.In(false)); err != nil {
			return err
		}
	}
	if !retype || plan.Retyped == 0 {
		return nil
	}
	return r.retype(ctx, tx, settings.TypeIn)
}

// letGo lets the two sides of a pair stay as they are from now on.
func (r *run) letGo(ctx context.Context, tx Tx, activity store.ID) error {
	l, err := tx.LinkByActivity(ctx, r.connection.ID, activity)
	if err != nil {
		return err
	}
	l.State, l.Changed = store.LinkDormant, r.now()
	return tx.PutLink(ctx, &l)
}

// readCopies has the copies of others' meetings read again that count from now on: what their organisers have said meanwhile did not come
// in, no list will show it again, and here it cannot be changed ([run.hearHeir]). Where the connection brings them in these are its own,
// else those that its user has in other calendars.
func (r *run) readCopies(ctx context.Context, tx Tx, in bool) error {
	return eachTie(ctx, tx, r.connection.ID, func(l *store.Link) error {
		switch {
		case l.Ours || l.State != store.LinkLinked || !l.RemoteMeta.Invited:
			return nil
		case in:
			return tx.PutWork(ctx, r.connection.ID, remoteSubject(provider.RemoteID(l.Remote)), nil, r.now(), false)
		}
		return r.e.Hub.Hear(ctx, tx, l.Activity, r.connection.Member, r.connection.ID)
	})
}

// releaseRemoval marks a removal that a person has seen in a preview and confirmed.
func (r *run) releaseRemoval(ctx context.Context, tx Tx, activity store.ID) error {
	if err := tx.PutWork(ctx, r.connection.ID, activitySubject(activity), nil, r.now(), true); err != nil {
		return err
	}
	w, err := tx.WorkBySubject(ctx, r.connection.ID, activitySubject(activity))
	if err != nil {
		return err
	}
	w.Class = ClassAllowed
	return tx.UpdateWork(ctx, w)
}

// retype gives the activities that came in with the old type the new one.
func (r *run) retype(ctx context.Context, tx Tx, to string) error {
	f := store.ActivityFilter{Owner: r.connection.Member, Types: []string{r.settings.TypeIn}, Limit: batchSize, Sort: "id"}
	for {
		list, next, err := tx.Activities(ctx, f)
		if err != nil {
			return err
		}
		for _, a := range list {
			if a.Origin != r.connection.ID {
				continue
			}
			_, err := r.e.Hub.Update(ctx, tx, r.by(), a.ID, hub.Change{Fields: []string{"type"}, To: crm.Activity{Type: to}})
			if err != nil {
				return fmt.Errorf("retype activity %d: %w", a.ID, err)
			}
		}
		if next == "" {
			return nil
		}
		f.After = next
	}
}
