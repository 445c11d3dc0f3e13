package engine

import (
	"context"
	"fmt"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Whose copy of a meeting counts, in what only its organiser says (time, title, place, text, pattern):
//
//  1. The organiser's own always does: it comes in, and is the only one that is written. Of two that the organiser has, the one that
//     comes in second says what the other one is to say; nothing tells which is newer, and what loses is kept.
//  2. Of guests' copies the owner's counts, as long as they have one; a colleague's repeats. Of several that the owner has, the first
//     counts in all that it shows, and the next in what the first hides; one whose connection brings nothing in does not count.
//  3. Where the owner has none, those of all guests count, each when it says something new.
//
// What is each person's own (answer, busy, private) every copy says for its own user. Whoever comes to own a meeting is heard in what
// their copy has said unheard. What a copy writes over and somebody may have typed is kept as a conflict (I2).

// editable are the fields that may be written at the remote item. Of a meeting that several users carry only the organiser's
// copy is written: their calendar tells the others. What we made ourselves is no copy of the meeting, and follows it.
func (r *run) editable(s *situation) calendar.FieldSet {
	if !s.link.Ours && len(s.parts) > 0 && s.activity.Plan.Organizer.Email != "" && !r.organises(&s.activity.Plan) {
		return s.item.Editable &^ calendar.OrganizerOwned
	}
	return s.item.Editable
}

// ownersFirst reports that a copy is the first that its activity's owner has here, or their own event: until now the activity says what
// others brought in, or another calendar of theirs, and what this one said it went with.
func (r *run) ownersFirst(ctx context.Context, tx Tx, s *situation) (bool, error) {
	if s.activity.OwnerID != r.connection.Member || !s.item.Invited {
		return s.activity.OwnerID == r.connection.Member, nil
	}
	this := store.ID(0) // a dry run ties nothing
	if s.link != nil {
		this = s.link.ID
	}
	more, less, err := r.otherCopies(ctx, tx, s, this)
	return more|less == 0, err
}

// othersCount says in which fields other copies of a meeting count. repeated: in those this one only repeats what its organiser told:
// as long as the owner's own calendar carries it, the owner's counts, and of several that the owner has the one that came first, in
// all that it shows. A copy that hears late, or in the words of a poorer calendar, would write over what was said since. shared: in
// those what differs from this copy may be what another one says, and is not taken back. For an event of ours that does not let us write
// some of them, that is what another calendar of its user says and does not let us write, either: each of the two would take back for ever
// what the other one had brought in. And in what it hides (see hidden.go) that is all that another calendar of theirs shows: an edit there is
// not undone for a copy that cannot be told of it.
func (r *run) othersCount(ctx context.Context, tx Tx, s *situation) (repeated, shared calendar.FieldSet, err error) {
	var first, rest calendar.FieldSet
	copied := !s.link.Ours && s.item.Invited
	if copied {
		if first, rest, err = r.otherCopies(ctx, tx, s, s.link.ID); err != nil {
			return 0, 0, err
		}
	}
	switch shared = first | rest&^s.item.Event.Known; {
	case s.activity.OwnerID != r.connection.Member || len(s.parts) > 0 && !s.item.Invited:
		shared = calendar.AllFields
	case s.link.Ours && s.local.Known&^s.item.Editable&calendar.EitherSide != 0:
		var told []voice
		told, err = r.otherVoices(ctx, tx, s, s.link.ID)
		for _, v := range told {
			shared |= v.firm | v.shows&s.hides()
		}
	}
	return first &^ lens.Own &^ s.item.Editable, shared, err
}

// otherCopies are the fields that copies say which count more than this one, and those that copies say which count less: what the
// first one hides, or its connection does not bring in, the next is heard of (I2).
func (r *run) otherCopies(ctx context.Context, tx Tx, s *situation, this store.ID) (more, less calendar.FieldSet, err error) {
	if s.activity.OwnerID != r.connection.Member {
		carried, err := r.e.Hub.CarriedBy(ctx, tx, s.activity.ID, s.activity.OwnerID)
		if err == nil && carried {
			more = calendar.AllFields
		}
		return more, 0, err
	}
	told, err := r.otherVoices(ctx, tx, s, this)
	for _, v := range told {
		if v.link < this || !r.settings.In(false) {
			more |= v.says
		} else {
			less |= v.says
		}
	}
	return more, less, err
}

// voice is what another item says of an activity. says: if we have not made it, and its connection brings that in. firm: of that, what we
// cannot write there. shows: all that it shows, whoever made it.
type voice struct {
	link              store.ID
	says, firm, shows calendar.FieldSet
}

// otherVoices are those of an activity's user in their other calendars that are in sync.
func (r *run) otherVoices(ctx context.Context, tx Tx, s *situation, this store.ID) (told []voice, err error) {
	links, err := tx.LinksOfActivity(ctx, s.activity.ID)
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	for _, l := range links {
		if l.ID == this || l.RemoteEvent == nil || linkState(&l) != merge.Linked {
			continue
		}
		c, err := tx.Connection(ctx, l.Connection)
		if err != nil {
			return nil, fmt.Errorf("read connection of link %d: %w", l.ID, err)
		}
		settings, err := lens.ParseSettings(lens.Defaults(), c.Settings)
		written := settings.Out() && c.Writable
		switch {
		case err != nil:
			return nil, fmt.Errorf("connection %d: %w", c.ID, err)
		case c.Member != r.connection.Member || c.State == store.Stopped || !written && !settings.In(l.Ours || l.Origin == "hub"):
			continue
		}
		v := voice{link: l.ID, shows: l.RemoteEvent.Known}
		if !l.Ours && settings.In(false) {
			if v.says, v.firm = v.shows, v.shows; written {
				v.firm &^= l.RemoteMeta.Editable
			}
		}
		told = append(told, v)
	}
	return told, nil
}

// hearHeir lets the copy of who owns a meeting now be heard in what it said already while the copy of who owned it before counted: in
// what neither may edit, and no other copy of theirs counts more, it says so now.
func (r *run) hearHeir(ctx context.Context, tx Tx, s *situation) error {
	s.unheard = merge.Changes{}
	if s.link == nil || s.link.Pending != nil || s.link.Ours || s.link.LocalEvent == nil || s.link.RemoteEvent == nil ||
		s.state.Link != merge.Linked || s.state.Local != merge.LocalLive || s.item.State != provider.StateLive || !s.fromWork ||
		!s.item.Invited || s.state.Admit == merge.CalledOff || !s.state.In || s.activity.OwnerID != r.connection.Member {
		return nil
	}
	repeated, _, err := r.othersCount(ctx, tx, s)
	if err != nil {
		return err
	}
	unheard := merge.Diff(&s.shadow, s.link.LocalEvent)
	s.unheard, s.renamed = unheard.Only(calendar.BothWaysFields&^s.item.Editable&^repeated), unheard.Shift
	if !s.unheard.Empty() {
		s.shadow, _ = merge.Apply(&s.shadow, s.unheard, 0)
		s.state.RemoteChanged = !merge.Diff(&s.shadow, &s.remote).Empty() || len(s.typed) > 0
	}
	return nil
}

// hearBesides has a copy that has just been tied to what its user has already looked at once more, if it shows what the first one hides.
func (r *run) hearBesides(ctx context.Context, tx Tx, s *situation) error {
	if s.activity.OwnerID != r.connection.Member || !s.item.Invited {
		return nil
	}
	more, less, err := r.otherCopies(ctx, tx, s, s.link.ID)
	if err != nil || s.item.Event.Known&^(more|less)&calendar.OrganizerOwned == 0 {
		return err
	}
	return tx.PutWork(ctx, r.connection.ID, remoteSubject(s.item.ID), nil, r.now(), false)
}

// letOthersBeHeard has the owner's other copies looked at where the one that counted hides from now on what it showed: what they say of
// it has gone unheard so far.
func (r *run) letOthersBeHeard(ctx context.Context, tx Tx, s *situation) error {
	if s.link == nil || s.link.Ours || s.link.RemoteEvent == nil || !s.fromWork || s.item.State != provider.StateLive || !s.item.Invited ||
		s.activity == nil || s.activity.OwnerID != r.connection.Member {
		return nil
	}
	if s.link.RemoteEvent.Known&^s.item.Event.Known&calendar.OrganizerOwned == 0 {
		return nil
	}
	return r.e.Hub.Hear(ctx, tx, s.activity.ID, r.connection.Member, r.connection.ID)
}

// letNextBeHeard has the owner's other copies looked at once this one is gone and its activity stays here: as long as it was tied, what they
// said went unheard.
func (r *run) letNextBeHeard(ctx context.Context, tx Tx, s *situation) error {
	if s.link.State != store.LinkSevered || s.link.Ours || s.activity == nil || s.activity.Deleted() || s.activity.OwnerID != r.connection.Member {
		return nil
	}
	return r.e.Hub.Hear(ctx, tx, s.activity.ID, r.connection.Member, r.connection.ID)
}

// overruled are the values that were typed here before an heir's copy was heard, and that it takes the place of.
func (s *situation) overruled(kept []merge.Conflict) []merge.Conflict {
	changes := merge.Diff(&s.local, &s.remote)
	// What was unheard is named as in the calendar's shadow, and the series may have moved since, there and here.
	moved := s.renamed + merge.Diff(s.link.LocalEvent, &s.local).Shift
	unheard := func(ch merge.Change) bool {
		return slices.ContainsFunc(s.unheard.List, func(x merge.Change) bool {
			if x.Occurrence {
				x.Original += moved
			}
			return x.Place == ch.Place && x.Field == ch.Field
		})
	}
	changes.List = slices.DeleteFunc(changes.List, func(ch merge.Change) bool {
		return !unheard(ch) ||
			slices.ContainsFunc(kept, func(c merge.Conflict) bool { return c.Place == ch.Place && c.Field == ch.Field })
	})
	return losing(s.typedSince(writtenOver(&s.local, changes)))
}

// typedSince leaves of changes those of what may be somebody's edit: what a meeting says since it came in, it says after a guest's
// calendar.
func (s *situation) typedSince(changes merge.Changes) merge.Changes {
	changes.List = slices.DeleteFunc(slices.Clone(changes.List), func(ch merge.Change) bool {
		return !hub.IsChanged(s.activity, ch.Field.String())
	})
	return changes
}
