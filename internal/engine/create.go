package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// createHere makes an activity of a remote item, unless there is one of the same meeting. again: the item has to be looked at first.
func (r *run) createHere(ctx context.Context, tx Tx, s *situation) (again bool, err error) {
	if handed, err := r.handedThere(ctx, tx, s); err != nil || handed {
		return false, err
	}
	if late, err := r.lateTwin(ctx, tx, s); err != nil || late {
		return false, err
	}
	joined, err := r.join(ctx, tx, s)
	if err != nil || joined || s.unnamed && !s.looked {
		return err == nil && !joined, err
	}
	return false, r.makeHere(ctx, tx, s)
}

func (r *run) makeHere(ctx context.Context, tx Tx, s *situation) error {
	if dates, err := r.leaveDates(ctx, tx, s, in); err != nil || dates {
		return err
	}
	mirror, err := r.mirrored(ctx, tx, s, nil)
	if err != nil {
		return err
	}
	if mirror != 0 {
		return r.setMirrorAside(ctx, tx, s, mirror)
	}
	if err := r.noteQuicker(ctx, tx, s); err != nil {
		return err
	}
	if held, err := r.brakeCreation(ctx, tx, s, in); err != nil || held {
		return err
	}
	if err := r.unframe(ctx, tx, s); err != nil {
		return err
	}
	draft, err := r.newActivity(ctx, tx, s)
	if err != nil {
		return err
	}
	a, err := r.e.Hub.Create(ctx, tx, r.by(), draft)
	if err != nil {
		return fmt.Errorf("create activity: %w", err)
	}
	r.counts[CreatedInCRM]++
	s.activity, s.parts = &a, nil // just made: nobody takes part, and it never was anywhere
	if err := r.link(ctx, tx, s, 0); err != nil {
		return err
	}
	r.made[in].fresh++
	return r.goOn(ctx, tx, s)
}

func (r *run) newActivity(ctx context.Context, tx Tx, s *situation) (crm.Activity, error) {
	a := lens.NewActivity(&s.remote, r.connection.Member, &r.settings)
	a.Origin = r.connection.ID
	var err error
	if a.Born, err = r.birthOf(ctx, tx, &s.item); err != nil {
		return a, err
	}
	return a, r.adopt(ctx, tx, &s.remote, s.remote.Known&calendar.FacetFields, &a)
}

// tie links the remote item with an activity that says the same, or is brought to.
func (r *run) tie(ctx context.Context, tx Tx, s *situation, a crm.Activity) error {
	incarnation, err := tx.LastIncarnation(ctx, r.connection.ID, a.ID)
	if err != nil {
		return err
	}
	if err := s.readActivity(ctx, tx, a.ID); err != nil {
		return err
	}
	return r.link(ctx, tx, s, incarnation)
}

// link makes the tie of a situation's two sides.
func (r *run) link(ctx context.Context, tx Tx, s *situation, incarnation int) error {
	a := s.activity
	s.link = &store.Link{
		Connection: r.connection.ID, Activity: a.ID, State: store.LinkLinked, Incarnation: incarnation, Origin: "calendar",
	}
	if f := (lens.Frame{Prefix: s.frame.Prefix, Suffix: s.frame.Suffix}); !sameTitle(f, lens.Frame{}) {
		s.link.Frame = writeFrame(f)
	}
	setRemoteShadow(s.link, s.item)
	bare, err := r.bare(ctx, tx, a, s.parts)
	if err != nil {
		return err
	}
	setLocalShadow(s.link, bare, a.Revision)
	r.counts[LinkedCount]++
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	return tx.DeleteWork(ctx, s.work)
}

// join recognises a meeting that a colleague's calendar, or another of this user's, brought in already (I10). A UID
// alone proves nothing, because anybody can choose one: the organiser has to agree, and the joiner has to be among the
// guests or the organiser.
func (r *run) join(ctx context.Context, tx Tx, s *situation) (bool, error) {
	same, err := r.candidates(ctx, tx, s)
	if err != nil || len(same) == 0 {
		return false, err
	}
	a := same[0]
	tie, err := r.tieOf(ctx, tx, a.ID)
	if err != nil {
		return false, err
	}
	if tie != nil {
		// It is tied to another item of this very calendar: a copy that somebody made. It stays as it is there.
		return true, r.park(ctx, tx, s.work, "copy", "")
	}
	if a.OwnerID != r.connection.Member {
		if err := r.e.Hub.Join(ctx, tx, r.by(), a.ID, r.share(&s.remote)); err != nil {
			return false, fmt.Errorf("join activity %d: %w", a.ID, err)
		}
	}
	if err := r.tie(ctx, tx, s, a); err != nil {
		return false, err
	}
	if s.anew {
		return true, r.takeBack(ctx, tx, s)
	}
	claimed, err := r.claim(ctx, tx, s)
	if err != nil {
		return true, err
	}
	if !claimed {
		switch first, err := r.ownersFirst(ctx, tx, s); {
		case err != nil:
			return true, err
		case !first:
			return true, r.hearBesides(ctx, tx, s)
		}
	}
	return true, r.takeWord(ctx, tx, s, claimed)
}

// share is what a user's copy of a meeting says that is theirs alone.
func (r *run) share(e *calendar.Event) crm.Participant {
	return crm.Participant{UserID: r.connection.Member, Answer: e.Answer, Busy: e.Busy, Private: e.Private}
}

// candidates are the activities that are the same meeting, or came in anew of the same as this item.
func (r *run) candidates(ctx context.Context, tx Tx, s *situation) ([]crm.Activity, error) {
	same, err := r.sameUID(ctx, tx, s)
	if err != nil || len(same) > 0 {
		return same, err
	}
	same, err = r.reborn(ctx, tx, &s.item)
	s.anew = len(same) > 0
	return same, err
}

// sameUID are those that a UID names.
func (r *run) sameUID(ctx context.Context, tx Tx, s *situation) ([]crm.Activity, error) {
	if s.item.Event.UID == "" {
		return nil, nil
	}
	list, err := tx.ActivitiesByUID(ctx, s.item.Event.UID)
	if err != nil {
		return nil, err
	}
	var same []crm.Activity
	for _, a := range list {
		if !r.sameMeeting(&a, s) {
			continue
		}
		if ok, err := r.carrierInvited(ctx, tx, &a, s); err != nil {
			return nil, err
		} else if ok {
			same = append(same, a)
		}
	}
	return same, nil
}

// sameMeeting compares what is stored with a copy that comes in.
func (r *run) sameMeeting(a *crm.Activity, s *situation) bool {
	e := &s.item.Event
	switch {
	case a.Deleted() || !oneMeeting(&a.Plan, e):
		return false
	case a.OwnerID == r.connection.Member:
		return true
	case e.Organizer.Email == "":
		return false
	}
	return r.organises(&a.Plan) || !s.item.Invited || grown(a.Plan.Guests, e.Guests) || r.invited(&a.Plan)
}

// oneMeeting reports of two of one UID that are the same user's that they are copies of one meeting. The start may differ: an organiser who
// moves the meeting tells one calendar before the other. But one date of a series, to which somebody is invited alone, is not the series.
func oneMeeting(a, b *calendar.Event) bool {
	if !strings.EqualFold(a.Organizer.Email, b.Organizer.Email) {
		return false
	}
	return a.Start == b.Start || b.Organizer.Email != "" && a.IsSeries() == b.IsSeries()
}

// invited reports whether this user is among the guests.
func (r *run) invited(e *calendar.Event) bool {
	return slices.ContainsFunc(e.Guests, func(g calendar.Guest) bool {
		return strings.EqualFold(g.Email, r.user.Email) || strings.EqualFold(g.Email, r.account.Username)
	})
}

// grown reports whether a list of guests may have become another one by inviting more of them: whoever knows it all was told of the
// meeting by its organiser, though others have not heard of them yet. Who only knows a UID does not know that.
func grown(was, now []calendar.Guest) bool {
	return len(was) > 0 && !slices.ContainsFunc(was, func(g calendar.Guest) bool {
		return !slices.ContainsFunc(now, func(n calendar.Guest) bool { return strings.EqualFold(g.Email, n.Email) })
	})
}

// carrierInvited reports whether the copy that comes in knows somebody whose calendar brought the activity in, or holds it too: as a
// guest or as the organiser. A UID that somebody has chosen for an event of their own, before the meeting came in, makes it no copy
// of the meeting. Whoever the activity was handed to in the CRM need not be invited, and a guest's copy may be from before they were;
// an organiser's is the one that knows, as it is now and not as it was listed a moment ago. Nor does it make a copy of the meeting that they
// give their event to somebody who is invited. What this user's calendar has brought in is theirs in any case, and so is what they were
// given by somebody who sees it no more.
func (r *run) carrierInvited(ctx context.Context, tx Tx, a *crm.Activity, s *situation) (bool, error) {
	carriers, err := r.carriers(ctx, tx, a)
	if err != nil {
		return false, err
	}
	mine := a.OwnerID == r.connection.Member
	if mine && (s.item.Event.Organizer.Email == "" || len(carriers) == 0 || slices.Contains(carriers, r.connection.Member)) {
		return true, nil
	}
	if len(carriers) == 0 {
		carriers = append(carriers, a.OwnerID)
	}
	for _, id := range carriers {
		if ok, err := r.e.Hub.Names(ctx, tx, &s.item.Event, id); err != nil || ok {
			return ok, err
		}
	}
	told := grown(s.item.Event.Guests, a.Plan.Guests)
	if r.organises(&s.item.Event) {
		s.unnamed = s.unnamed || told
		return false, nil
	}
	return told, nil
}

// carriers are those whose calendars brought an activity in, or hold it too. Of one that is this user's own those colleagues count who
// see it still.
func (r *run) carriers(ctx context.Context, tx Tx, a *crm.Activity) ([]store.ID, error) {
	links, err := tx.LinksOfActivity(ctx, a.ID)
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	var carriers []store.ID
	for _, l := range links {
		if l.Ours {
			continue
		}
		c, err := tx.Connection(ctx, l.Connection)
		if err != nil {
			return nil, fmt.Errorf("read connection of link %d: %w", l.ID, err)
		}
		if a.OwnerID == r.connection.Member && c.Member != a.OwnerID {
			u, err := tx.User(ctx, c.Member)
			if err != nil {
				return nil, fmt.Errorf("read user of connection %d: %w", c.ID, err)
			}
			if !u.Active || linkState(&l) != merge.Linked {
				continue
			}
		}
		carriers = append(carriers, c.Member)
	}
	return carriers, nil
}

// hasTwin reports whether this user has an activity of the same title at the same moment. Servers trim titles: spaces and capitals make
// nothing else of it.
func (r *run) hasTwin(ctx context.Context, tx Tx, s *situation) (bool, error) {
	list, err := r.sameTime(ctx, tx, s)
	title := plainTitle(s.remote.Subject)
	return slices.ContainsFunc(list, func(a crm.Activity) bool { return plainTitle(a.Plan.Subject) == title }), err
}

// filedAt is the instant under which the store files a start: what has no zone stands there as if it were UTC, whatever the user's.
func filedAt(t calendar.Time) time.Time {
	if loc, err := recur.Location(t.Zone); err == nil && t.Kind == calendar.Zoned {
		return t.Instant(loc)
	}
	return t.Instant(time.UTC)
}

func (r *run) zoneOf(t calendar.Time) *time.Location {
	if t.Kind == calendar.Zoned {
		if loc, err := recur.Location(t.Zone); err == nil {
			return loc
		}
	}
	return r.zone
}
