package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// A provider that keeps no key of ours is asked what was made since a creation was begun that was never answered. What says exactly what
// was sent, and is tied to nothing, is it: whoever made it, nothing of it is lost, and there is one copy on each side. What only looks
// like it may be ours, edited meanwhile or put into the server's words, or somebody's own: a person is asked, and nothing is made before
// they have answered (I1). Where nothing is like it, it was not made, once a request that is under way would have arrived.

// Reasons of what waits for the answer: see [Engine.Choose].
const (
	Unsure     = "unsure"      // of the activity: is it one of these?
	UnsureItem = "unsure_item" // of each of these
)

const (
	// patience is how long after a creation was begun it may still arrive. Whoever began it has no lease by then, and sends nothing more.
	patience = 2 * time.Minute
	// margin is how far apart the clocks of two nodes, and a server's, may be: what is answered too much is compared anyway.
	margin = 10 * time.Minute
	// maxAsked bounds the items that a question is about.
	maxAsked = 5
)

// answered is the kind of the note that stays of a creation of which a person has said that it is none of what is there.
const answered = "answered"

// verdict is what was found of a creation: the item, or that there is none, or what may be it; none of these: it may arrive yet.
type verdict struct {
	item provider.Item
	gone bool
	like []provider.Item
}

// madeSince asks what was made since the first of some creations was begun.
func (r *run) madeSince(ctx context.Context, links []store.Link) ([]provider.Item, error) {
	seeker, ok := r.t.Remote.(provider.Seeker)
	if !ok {
		return nil, &provider.Error{Op: "find what was made", Class: provider.Rejected, Err: errors.New("it neither keeps keys nor can be asked")}
	}
	first := slices.MinFunc(links, func(a, b store.Link) int { return a.Pending.At.Compare(b.Pending.At) })
	return seeker.MadeSince(ctx, first.Pending.At.Add(-margin))
}

// judge looks for a creation among what was made.
func (r *run) judge(ctx context.Context, tx Tx, l *store.Link, made []provider.Item) (v verdict, err error) {
	var exact, like []provider.Item
	for _, it := range made {
		if it.State != provider.StateLive {
			continue
		}
		if taken, err := r.taken(ctx, tx, l, it.ID); err != nil {
			return v, err
		} else if taken {
			continue
		}
		switch {
		case string(it.ID) == l.Pending.Chosen:
			return verdict{item: it}, nil
		case says(&it, l.Pending):
			exact = append(exact, it)
		case slices.Contains(l.Pending.Asked, string(it.ID)), alike(&it, l.Pending): // what is asked about may have been edited since
			like = append(like, it)
		}
	}
	switch {
	case len(exact) == 1:
		return verdict{item: exact[0]}, nil
	case len(exact)+len(like) > 0:
		all := append(exact, like...)
		return verdict{like: all[:min(len(all), maxAsked)]}, nil
	}
	return verdict{gone: !r.now().Before(l.Pending.At.Add(patience))}, nil
}

// alike reports that an item may be what a creation made: it has its title, begins when it does, or has its text. People may have edited all
// else of it meanwhile.
func alike(it *provider.Item, n *store.Pending) bool {
	is, sent := &it.Event.Values, &n.Target.Values
	return likeTitle(is.Subject, sent.Subject) || is.Start == sent.Start || is.Description != "" && is.Description == sent.Description
}

// seekCreated settles creations whose replies were lost, each at most once in a run.
func (r *run) seekCreated(ctx context.Context, links []store.Link) error {
	links = slices.DeleteFunc(slices.Clone(links), func(l store.Link) bool { return r.sought[l.ID] })
	if len(links) == 0 {
		return nil
	}
	made, err := r.madeSince(ctx, links)
	if err != nil && speaksForAll(err) {
		return fmt.Errorf("find what was made: %w", err)
	}
	for _, l := range links {
		r.sought[l.ID] = true
		if err != nil {
			r.doubt(l.Pending)
			continue
		}
		if err := r.seekOne(ctx, l, made); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) seekOne(ctx context.Context, l store.Link, made []provider.Item) error {
	var v verdict
	err := r.tx(ctx, func(tx Tx) error {
		now, err := tx.Link(ctx, l.ID)
		if err != nil || now.Pending == nil || now.Remote != "" {
			return err
		}
		l = now
		if v, err = r.judge(ctx, tx, &l, made); err != nil {
			return err
		}
		if len(v.like) > 0 {
			return r.ask(ctx, tx, &l, v.like)
		}
		return r.asksNoMore(ctx, tx, &l)
	})
	switch {
	case err != nil:
		return err
	case v.item.ID != "":
		r.sure(l.Pending)
		return r.found(ctx, l, v.item)
	case v.gone:
		r.sure(l.Pending)
		return r.found(ctx, l, provider.Item{State: provider.StateGone})
	case len(v.like) == 0:
		r.doubt(l.Pending)
	}
	return nil
}

// doubt remembers a creation of which it is not known whether it happened.
func (r *run) doubt(n *store.Pending) {
	r.doubtful[n.Key] = true
	if r.capable.Keyless {
		r.doubts[n.Key] = n
	}
}

// sure forgets the doubt: what became of the creation is known, and counted where it happened.
func (r *run) sure(n *store.Pending) {
	delete(r.doubtful, n.Key)
	delete(r.doubts, n.Key)
}

// ask lets the activity wait until a person says which item it is, if any.
func (r *run) ask(ctx context.Context, tx Tx, l *store.Link, like []provider.Item) error {
	l.Pending.Asked = nil
	for _, it := range like {
		l.Pending.Asked = append(l.Pending.Asked, string(it.ID))
		r.asked[it.ID] = true
	}
	delete(r.doubts, l.Pending.Key)
	r.countsAsMade(l.Pending)
	if err := r.saveLink(ctx, tx, &situation{link: l}); err != nil {
		return err
	}
	subject := activitySubject(l.Activity)
	w, err := tx.WorkBySubject(ctx, r.connection.ID, subject)
	if isNotFound(err) {
		if err = tx.PutWork(ctx, r.connection.ID, subject, nil, r.now(), false); err == nil {
			w, err = tx.WorkBySubject(ctx, r.connection.ID, subject)
		}
	}
	if err != nil {
		return err
	}
	return r.park(ctx, tx, w, Unsure, "")
}

// asksNoMore ends a question that has answered itself: what was asked about goes on as what it is.
func (r *run) asksNoMore(ctx context.Context, tx Tx, l *store.Link) error {
	if len(l.Pending.Asked) == 0 {
		return nil
	}
	for _, id := range l.Pending.Asked {
		delete(r.asked, provider.RemoteID(id))
		if err := tx.PutWork(ctx, r.connection.ID, remoteSubject(provider.RemoteID(id)), nil, r.now(), true); err != nil {
			return err
		}
	}
	l.Pending.Asked = nil
	return r.saveLink(ctx, tx, &situation{link: l})
}

// questions remembers what is asked about, and answers the creations that nobody is asked about.
func (r *run) questions(links []store.Link) []store.Link {
	return slices.DeleteFunc(links, func(l store.Link) bool {
		if l.Pending.Chosen != "" {
			return false // they have been
		}
		for _, id := range l.Pending.Asked {
			r.asked[provider.RemoteID(id)] = true
		}
		if len(l.Pending.Asked) == 0 {
			return false
		}
		r.countsAsMade(l.Pending)
		return true
	})
}

// countsAsMade lets a creation of the last day, about which somebody is asked, stand in the day's count: it may well have happened, and
// more must not pass the brake beside it (I24).
func (r *run) countsAsMade(n *store.Pending) {
	if r.now().Sub(n.At) < rollingDay {
		r.doubtful[n.Key] = true
	}
}

// waitsForAnswer reports that a person has yet to say whether an activity is there. It is looked for again when its work comes up, as
// somebody has changed it or wants it tried again.
func (s *situation) waitsForAnswer() bool {
	return s.link != nil && s.link.Pending != nil && len(s.link.Pending.Asked) > 0
}

// lateTwin ties an item, which says exactly what a creation sent that was given up, to the activity that still waits to be made; or sets
// it aside, where that was made anew.
func (r *run) lateTwin(ctx context.Context, tx Tx, s *situation) (bool, error) {
	made, err := r.givenUp(ctx, tx, s)
	if err != nil || made == nil {
		return false, err
	}
	if tie, err := r.tieOf(ctx, tx, made.Activity); err != nil {
		return false, err
	} else if tie != nil {
		return true, r.setCopyAside(ctx, tx, s)
	}
	if err := r.tieGivenUp(ctx, tx, s, made.Activity); err != nil {
		return false, err
	}
	r.counts[LinkedCount]++
	return true, errors.Join(r.takeIn(ctx, tx, s, made.Pending), tx.DeleteWork(ctx, s.work))
}

// givenUp is the creation that was given up and sent exactly what an item says; nil if there is none.
func (r *run) givenUp(ctx context.Context, tx Tx, s *situation) (*store.Link, error) {
	if !r.capable.Keyless {
		return nil, nil
	}
	list, err := r.sameTime(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		links, err := tx.UnfoundLinks(ctx, r.connection.ID, a.ID)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(links, func(l store.Link) bool { return l.Pending.Kind == "create" && says(&s.item, l.Pending) })
		if at >= 0 {
			return &links[at], nil
		}
	}
	return nil, nil
}

// tieGivenUp ties a situation to the activity whose creation was given up, as its next incarnation.
func (r *run) tieGivenUp(ctx context.Context, tx Tx, s *situation, activity store.ID) error {
	last, err := tx.LastIncarnation(ctx, r.connection.ID, activity)
	if err != nil {
		return err
	}
	return r.tieMade(ctx, tx, s, activity, last+1)
}

// soughtForGood is what there is of a creation, for whoever lets it be cleaned away: what nobody can tell to be ours is not touched.
func (r *run) soughtForGood(ctx context.Context, l store.Link) (it provider.Item, err error) {
	made, err := r.madeSince(ctx, []store.Link{l})
	if err != nil {
		return it, err
	}
	err = r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		v, err := r.judge(ctx, tx, &l, made)
		if it = v.item; it.ID == "" {
			it = provider.Item{State: provider.StateGone}
		}
		return err
	})
	return it, err
}

// ErrNotAsked is an answer to what nobody asks.
var ErrNotAsked = errors.New("nobody asks whether the activity is this item")

// Choose answers a question: the item whose work it is given is the one that a creation made; or none of them is, given the work of the
// activity, so that it is made anew and the others come in as what they are. Errors: ErrNotAsked.
func (e *Engine) Choose(ctx context.Context, tx Tx, c store.Connection, w store.Work) error {
	r := e.newRun(Target{Company: tx.Company(), Connection: c.ID})
	if err := r.bench.load(ctx, tx, c.ID); err != nil {
		return err
	}
	l, err := r.askedAbout(ctx, tx, w)
	if err != nil {
		return err
	}
	asked := l.Pending.Asked
	if id, item := remoteOf(w); item {
		l.Pending.Chosen = string(id)
	} else {
		unmade(l)                                               // and what is like it is none of ours
		l.Pending = &store.Pending{Kind: answered, At: r.now()} // so that behind a restore nobody is asked again; see [run.recall]
	}
	if err := r.saveLink(ctx, tx, &situation{link: l}); err != nil {
		return err
	}
	subjects := []string{activitySubject(l.Activity)}
	for _, id := range asked {
		subjects = append(subjects, remoteSubject(provider.RemoteID(id)))
	}
	for _, subject := range subjects {
		if err := tx.PutWork(ctx, c.ID, subject, nil, r.now(), true); err != nil {
			return err
		}
	}
	return nil
}

// askedAbout is the link whose question a piece of work waits with.
func (r *run) askedAbout(ctx context.Context, tx Tx, w store.Work) (*store.Link, error) {
	links, err := tx.PendingLinks(ctx, r.connection.ID, maxPending)
	if err != nil {
		return nil, fmt.Errorf("list questions: %w", err)
	}
	id, item := remoteOf(w)
	for _, l := range links {
		if len(l.Pending.Asked) == 0 {
			continue
		}
		if item && slices.Contains(l.Pending.Asked, string(id)) || activitySubject(l.Activity) == w.Subject {
			full, err := tx.Link(ctx, l.ID)
			return &full, err
		}
	}
	return nil, ErrNotAsked
}

// foundMade is the dry run's: what becomes of creations at a provider that keeps no keys.
func (d *dry) foundMade(ctx context.Context, links []store.Link) error {
	if err := d.lookForMissing(ctx); err != nil {
		return err
	}
	recalled, err := d.recalled(ctx)
	if err != nil {
		return err
	}
	links = d.questions(links)
	of := map[store.ID]*recollection{}
	for _, rec := range recalled {
		links = append(links, rec.link)
		of[rec.link.Activity] = &rec
	}
	if len(links) == 0 {
		return nil
	}
	made, err := d.madeSince(ctx, links)
	if err != nil {
		return fmt.Errorf("find what was made: %w", err)
	}
	for _, l := range links {
		var v verdict
		err := d.e.Store.View(ctx, d.t.Company, func(tx Tx) (err error) { v, err = d.judge(ctx, tx, &l, made); return err })
		switch {
		case err != nil:
			return err
		case l.ID == 0:
			d.recalls(of[l.Activity], &v)
		case v.item.ID != "":
			err = d.found(ctx, l, v.item)
		case v.gone:
			err = d.found(ctx, l, provider.Item{State: provider.StateGone})
		case len(v.like) > 0:
			d.asks(&v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
