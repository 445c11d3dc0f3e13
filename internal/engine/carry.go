package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// carry brings the changes of each side over to the other, field by field.
func (r *run) carry(ctx context.Context, tx Tx, s *situation, action merge.Action) (*planned, bool, error) {
	if action != merge.UpdateThere && r.loops(s) {
		return nil, false, r.park(ctx, tx, s.work, "loop", "")
	}
	s.takeRewrittenTitle()
	res := r.merge(s)
	if err := r.recordConflicts(ctx, tx, s, res.Conflicts); err != nil {
		return nil, false, err
	}
	if err := r.updateHere(ctx, tx, s, res); err != nil {
		return nil, false, err
	}
	// What the calendar says is in the hub now: its shadow advances, in the same commit.
	base := s.item
	if s.item.State == provider.StateLive && s.fromWork {
		setRemoteShadow(s.link, s.item)
	}
	bare := lens.Bare(s.activity, r.connection.Member, &r.settings, r.capable.Fields)
	setLocalShadow(s.link, res.Shadow, s.activity.Revision)
	s.shadow = s.remote
	target := lens.Dress(&res.Remote, s.wanted)
	s.item = base
	if !s.state.Out || merge.Diff(&base.Event, &target).Only(calendar.BothWaysFields).Empty() {
		setLocalShadow(s.link, bare, s.activity.Revision)
		setFrame(s.link, s.keptFrame())
		s.link.State = store.LinkLinked
		if err := r.saveLink(ctx, tx, s); err != nil {
			return nil, false, err
		}
		return nil, false, tx.DeleteWork(ctx, s.work)
	}
	if s.state.Mails {
		return nil, false, r.wait(ctx, tx, s)
	}
	p, err := r.updateThere(ctx, tx, s, target, bare, s.wanted)
	return p, false, err
}

// keptFrame is the frame that stands at the provider when nothing is written there.
func (s *situation) keptFrame() lens.Frame {
	if s.link.Ours {
		return s.wanted
	}
	return s.frame
}

// takeRewrittenTitle: somebody wrote a title of their own there; the template is off for this item, visibly.
func (s *situation) takeRewrittenTitle() {
	if !s.rewrote || !s.state.RemoteChanged {
		return
	}
	s.frame = lens.Frame{Block: s.frame.Block, Off: true}
	s.wanted = lens.Frame{Block: s.wanted.Block, Off: true}
	bare, _, _ := lens.Land(s.link.RemoteEvent, lens.Frame{Block: s.frame.Block})
	bare.Known = s.remote.Known
	s.shadow = bare
}

func (r *run) merge(s *situation) merge.Result {
	editable := s.item.Editable
	if s.item.State != provider.StateLive {
		editable = calendar.BothWaysFields
	}
	changed := s.activity.Changed
	return merge.Merge(merge.Input{
		LocalShadow: s.link.LocalEvent, Local: &s.local, RemoteShadow: &s.shadow, Remote: &s.remote,
		Editable: editable, In: s.state.In, Out: s.state.Out,
		Policy: merge.Policy{
			Rule: r.settings.Conflicts, RemoteAt: s.item.Modified,
			LocalAt: func(f calendar.Field) time.Time {
				if c, ok := changed[f.String()]; ok {
					return c.At
				}
				return s.activity.CreatedAt
			},
		},
	})
}

// updateHere gives the activity what came in.
func (r *run) updateHere(ctx context.Context, tx Tx, s *situation, res merge.Result) error {
	if res.ToLocal.Empty() {
		return nil
	}
	plan := s.activity.Plan.Clone()
	overlay(&plan, &res.Local)
	if s.activity.OwnerID != r.connection.Member {
		// What was withheld from this person stays as it is.
		plan, _ = merge.Apply(&s.activity.Plan, res.ToLocal, 0)
	}
	change := hub.Planned(s.activity.Revision, &plan, res.ToLocal.Fields())
	change.Merged = s.state.LocalChanged
	updated, err := r.e.Hub.Update(ctx, tx, r.by(), s.activity.ID, change)
	if err != nil {
		return fmt.Errorf("update activity %d: %w", s.activity.ID, err)
	}
	s.activity = &updated
	r.counts[UpdatedInCRM]++
	return nil
}

// overlay gives dst what src knows, and leaves the rest.
func overlay(dst, src *calendar.Event) {
	for _, f := range src.Known.List() {
		if f == calendar.Recurrence {
			calendar.CopyRecurrence(dst, src)
			continue
		}
		calendar.Copy(f, &dst.Values, &src.Values)
	}
	dst.Overrides, dst.Cancelled = src.Clone().Overrides, slices.Clone(src.Cancelled)
}

// loops counts how often both sides rewrote an item in turn; more than five times in an hour is a machine.
func (r *run) loops(s *situation) bool {
	m := &s.link.RemoteMeta
	if !s.state.RemoteChanged || !m.Outward {
		return false
	}
	hourAgo := r.now().Add(-time.Hour)
	m.Turns = slices.DeleteFunc(m.Turns, func(t time.Time) bool { return t.Before(hourAgo) })
	m.Turns, m.Outward = append(m.Turns, r.now()), false
	return len(m.Turns) > 5
}

// wait keeps a change that cannot be written without mailing people until a person sends or drops it.
func (r *run) wait(ctx context.Context, tx Tx, s *situation) error {
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	r.counts[NeedsSending]++
	w := s.work
	w.HeldBy, w.Class, w.Reason, w.People = store.HeldBySending, "sending", "needs_sending", s.item.WouldMail
	return tx.UpdateWork(ctx, w)
}

// reviveHere brings a deleted activity back, because it was edited in the calendar meanwhile (I5).
func (r *run) reviveHere(ctx context.Context, tx Tx, s *situation) (*planned, bool, error) {
	revived, err := r.e.Hub.Revive(ctx, tx, r.by(), s.activity.ID)
	if err != nil {
		return nil, false, fmt.Errorf("revive activity %d: %w", s.activity.ID, err)
	}
	s.activity = &revived
	if err := r.notice(ctx, tx, s, merge.Calendar, "deleted_in_crm"); err != nil {
		return nil, false, err
	}
	if err := r.assess(ctx, tx, s); err != nil {
		return nil, false, err
	}
	return r.act(ctx, tx, s)
}

// createHere makes an activity of a remote item.
func (r *run) createHere(ctx context.Context, tx Tx, s *situation) error {
	mirror, err := r.mirrored(ctx, tx, s)
	if err != nil {
		return err
	}
	if mirror {
		return r.park(ctx, tx, s.work, "mirror", "")
	}
	if held, err := r.brakeCreation(ctx, tx, s, in); err != nil || held {
		return err
	}
	a, err := r.e.Hub.Create(ctx, tx, r.by(), r.newActivity(s))
	if err != nil {
		return fmt.Errorf("create activity: %w", err)
	}
	r.counts[CreatedInCRM]++
	return r.tie(ctx, tx, s, a)
}

func (r *run) newActivity(s *situation) crm.Activity {
	a := lens.NewActivity(&s.remote, r.connection.Member, &r.settings)
	a.Origin = r.connection.ID
	return a
}

// tie links the remote item with an activity that says the same, or is brought to.
func (r *run) tie(ctx context.Context, tx Tx, s *situation, a crm.Activity) error {
	incarnation, err := tx.LastIncarnation(ctx, r.connection.ID, a.ID)
	if err != nil {
		return err
	}
	s.activity = &a
	s.link = &store.Link{
		Connection: r.connection.ID, Activity: a.ID, State: store.LinkLinked, Incarnation: incarnation, Origin: "calendar",
	}
	setRemoteShadow(s.link, s.item)
	setLocalShadow(s.link, lens.Bare(&a, r.connection.Member, &r.settings, r.capable.Fields), a.Revision)
	r.counts[LinkedCount]++
	if err := r.saveLink(ctx, tx, s); err != nil {
		return err
	}
	return tx.DeleteWork(ctx, s.work)
}

// join recognises a meeting that a colleague's calendar, or another of this user's, brought in already (I10). A UID
// alone proves nothing, because anybody can choose one: organiser and start have to agree, and the joiner has to be
// among the guests or the organiser.
func (r *run) join(ctx context.Context, tx Tx, s *situation) (bool, error) {
	if s.item.Event.UID == "" {
		return false, nil
	}
	candidates, err := tx.ActivitiesByUID(ctx, s.item.Event.UID)
	if err != nil {
		return false, err
	}
	for _, a := range candidates {
		if !r.sameMeeting(&a, s) {
			continue
		}
		_, err := tx.LinkByActivity(ctx, r.connection.ID, a.ID)
		if err == nil {
			// It is tied to another item of this very calendar: a copy that somebody made. It stays as it is there.
			return true, r.park(ctx, tx, s.work, "copy", "")
		}
		if !errors.Is(err, store.ErrNotFound) {
			return false, err
		}
		if a.OwnerID != r.connection.Member {
			p := crm.Participant{UserID: r.connection.Member, Answer: s.remote.Answer, Busy: s.remote.Busy, Private: s.remote.Private}
			if err := r.e.Hub.Join(ctx, tx, r.by(), a.ID, p); err != nil {
				return false, fmt.Errorf("join activity %d: %w", a.ID, err)
			}
		}
		return true, r.tie(ctx, tx, s, a)
	}
	return false, nil
}

func (r *run) sameMeeting(a *crm.Activity, s *situation) bool {
	e := &s.item.Event
	if a.Deleted() || a.Plan.Start != e.Start || a.Plan.Organizer.Email != e.Organizer.Email {
		return false
	}
	if a.OwnerID == r.connection.Member {
		return true
	}
	if e.Organizer.Email == "" {
		return false
	}
	me := r.user.Email
	return a.Plan.Organizer.Email == me || !s.item.Invited ||
		slices.ContainsFunc(a.Plan.Guests, func(g calendar.Guest) bool { return g.Email == me || g.Email == r.account.Username })
}

// mirrored: an item that equals one which we made within the hour on another of this user's calendars is somebody else's
// mirror at work; taking it in would start a circle (I22).
func (r *run) mirrored(ctx context.Context, tx Tx, s *situation) (bool, error) {
	twins, err := r.twins(ctx, tx, s)
	if err != nil {
		return false, err
	}
	for _, a := range twins {
		links, err := tx.LinksOfActivity(ctx, a.ID)
		if err != nil {
			return false, err
		}
		for _, l := range links {
			if l.Connection != r.connection.ID && l.Ours && r.now().Sub(l.Changed) < time.Hour {
				return true, nil
			}
		}
	}
	return false, nil
}

// twins are the user's activities with the same start and subject.
func (r *run) twins(ctx context.Context, tx Tx, s *situation) ([]crm.Activity, error) {
	at := s.remote.Start.Instant(r.zoneOf(s.remote.Start))
	list, _, err := tx.Activities(ctx, store.ActivityFilter{Owner: r.connection.Member, From: at, To: at.Add(time.Second), Limit: 50, Sort: "start"})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(a crm.Activity) bool {
		return a.Plan.Subject != s.remote.Subject || a.Plan.Start != s.remote.Start
	}), nil
}

func (r *run) zoneOf(t calendar.Time) *time.Location {
	if t.Kind == calendar.Zoned {
		if loc, err := time.LoadLocation(t.Zone); err == nil {
			return loc
		}
	}
	return r.zone
}

// recordConflicts keeps every losing value (I2), also what was typed into the block that is ours.
func (r *run) recordConflicts(ctx context.Context, tx Tx, s *situation, conflicts []merge.Conflict) error {
	for _, c := range conflicts {
		row := store.Conflict{
			Connection: r.connection.ID, Activity: s.activity.ID, At: r.now(), Field: c.Field.String(), Winner: c.Winner.String(),
			Kept: conflictValue(c.Field, &c.Kept, c.KeptRule), Lost: conflictValue(c.Field, &c.Lost, c.LostRule),
		}
		if c.Occurrence {
			row.Original = calendar.Time{Kind: s.local.Start.Kind, Wall: c.Original}.Key()
		}
		if c.Op == merge.Cancel {
			row.Field, row.Lost = "cancelled", json.RawMessage("true")
		}
		if err := tx.PutConflict(ctx, &row); err != nil {
			return err
		}
		r.counts[ConflictCount]++
	}
	if s.typed == "" {
		return nil
	}
	lost, err := json.Marshal(s.typed)
	if err != nil {
		return err
	}
	r.counts[ConflictCount]++
	return tx.PutConflict(ctx, &store.Conflict{
		Connection: r.connection.ID, Activity: s.activity.ID, At: r.now(), Field: calendar.Description.String(), Winner: "crm", Lost: lost,
	})
}

// eventChange writes what differs between two events as history does: by field, and by field@original for occurrences.
func eventChange(before, after *calendar.Event) (was, is json.RawMessage) {
	blank := calendar.Event{Known: calendar.AllFields}
	if before == nil {
		before = &blank
	}
	if after == nil {
		after = &blank
	}
	from, to := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, ch := range merge.Diff(before, after).List {
		key := ch.Field.String()
		if ch.Op == merge.Cancel || ch.Op == merge.Uncancel {
			key = "cancelled"
		}
		if ch.Occurrence {
			key = hub.OccurrenceKey(key, calendar.Time{Kind: before.Start.Kind, Wall: ch.Original}.Key())
		}
		if ch.Op == merge.Cancel || ch.Op == merge.Uncancel {
			from[key], to[key] = truth(ch.Op == merge.Uncancel), truth(ch.Op == merge.Cancel)
			continue
		}
		from[key], to[key] = conflictValue(ch.Field, &ch.From, ch.FromRule), conflictValue(ch.Field, &ch.To, ch.Rule)
	}
	return object(from), object(to)
}

func truth(b bool) json.RawMessage {
	if b {
		return json.RawMessage("true")
	}
	return json.RawMessage("false")
}

func object(m map[string]json.RawMessage) json.RawMessage {
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("values of an event cannot be written as JSON: %v", err)) // they are JSON already
	}
	return b
}

func conflictValue(f calendar.Field, v *calendar.Values, rule string) json.RawMessage {
	if f == calendar.Recurrence {
		return hub.RecurrenceValue(rule, nil)
	}
	return hub.ValueOf(v, f)
}

// notice keeps a record that an edit outlived a deletion.
func (r *run) notice(ctx context.Context, tx Tx, s *situation, winner merge.Side, what string) error {
	lost, err := json.Marshal(what)
	if err != nil {
		return err
	}
	r.counts[ConflictCount]++
	return tx.PutConflict(ctx, &store.Conflict{
		Connection: r.connection.ID, Activity: s.activity.ID, At: r.now(), Field: "deleted", Winner: winner.String(), Lost: lost,
	})
}

// recordWrite puts what was written at the provider into history.
func (r *run) recordWrite(ctx context.Context, tx Tx, p planned) error {
	kind := p.kind
	switch p.kind {
	case "create":
		r.counts[CreatedInCalendar]++
		if err := tx.Tally(ctx, r.connection.ID, string(out), "create", r.now(), 1); err != nil {
			return err
		}
	case "update":
		r.counts[UpdatedInCalendar]++
	case "delete", "withdraw":
		r.counts[DeletedInCalendar]++
		kind = "delete"
	}
	before, after := eventChange(p.before, p.after)
	return tx.AddHistory(ctx, &store.History{
		Connection: r.connection.ID, Run: r.row.ID, Activity: p.activity, At: r.now(), Actor: "sync", Direction: string(out), Kind: kind,
		Before: before, After: after,
	})
}
