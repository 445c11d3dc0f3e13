package world

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/icalendar"
	"tahti/internal/provider"
)

// Put writes: it creates under a key, or updates what the write was planned on.
func (r *remote) Put(ctx context.Context, p provider.Put) (it provider.Item, err error) {
	s := r.s
	r.k.putAt = s.w.step
	defer func() { r.toldOf(it, err) }()
	s.mayWrite("write")
	r.asksFor("write", cmp.Or(string(p.ID), string(p.Key)))
	r.checkRested(p.ID)
	if p.ID == "" {
		err = r.call(ctx, "create", func() error { it, err = r.create(p); return err })
		return it, err
	}
	if s.guard == provider.GuardNone || p.Base != nil && p.Base.Versions.Master().Tag == "" {
		return r.putUnguarded(ctx, p)
	}
	if s.form == parts {
		return r.putParts(ctx, p)
	}
	err = r.call(ctx, "put", func() error {
		e, err := r.guarded(p.ID, p.Base)
		if err != nil {
			return err
		}
		if err := r.update(e, p, p.Base); err != nil {
			return err
		}
		it = s.item(e)
		return nil
	})
	return it, err
}

// putUnguarded is what an adapter does where the server does not look at versions: it reads, writes, and reads again.
func (r *remote) putUnguarded(ctx context.Context, p provider.Put) (provider.Item, error) {
	s := r.s
	if p.Base == nil {
		s.w.broke("I16", "%s was to overwrite %s without a base", s.name, p.ID)
		return provider.Item{}, &provider.Error{Op: "put", Class: provider.Conflict}
	}
	fresh, err := r.readBefore(ctx, "put", p.ID, p.Base)
	if err != nil {
		return provider.Item{}, err
	}
	var it provider.Item
	err = r.call(ctx, "put", func() error {
		e := s.stored[p.ID]
		if e.gone {
			return &provider.Error{Op: "put", Class: provider.Gone}
		}
		between := s.read(e)
		s.excuse(e, &fresh.Event)
		if err := r.update(e, p, &fresh); err != nil {
			return err
		}
		if s.form != text && !sameEvent(&between, &fresh.Event) {
			return &provider.Error{Op: "put", Class: provider.Unknown} // it is done; read back, it says something else than was sent
		}
		it = s.item(e)
		return nil
	})
	return it, err
}

// readBefore reads what is about to be written over, and compares it with what the write was planned on.
func (r *remote) readBefore(ctx context.Context, op string, id provider.RemoteID, base *provider.Item) (provider.Item, error) {
	items, err := r.Read(ctx, []provider.RemoteID{id})
	if err != nil {
		return provider.Item{}, err
	}
	switch now := items[0]; {
	case now.State == provider.StateGone:
		return now, &provider.Error{Op: op, Class: provider.Gone}
	case !sameEvent(&now.Event, &base.Event):
		return now, &provider.Error{Op: op, Class: provider.Conflict}
	default:
		return now, nil
	}
}

const writtenOver = "written over at a server without guards"

// excuse: what people type between the last read and the write is lost at a server without guards (the stated exemption).
func (s *server) excuse(e *entry, read *calendar.Event) {
	was := marksOf(read)
	for _, m := range marksOf(&e.event) {
		if k := s.w.book.marks[m]; k != nil && !slices.Contains(was, m) {
			k.excused = writtenOver
		}
	}
	s.softened(e)
}

// guarded finds the event that a write is for, if it is as the write was planned on.
func (r *remote) guarded(id provider.RemoteID, base *provider.Item) (*entry, error) {
	s := r.s
	e := s.stored[id]
	switch {
	case e == nil || e.gone:
		return nil, &provider.Error{Op: "put", Class: provider.Gone}
	case base == nil:
		s.w.broke("I16", "%s was to overwrite %s without a guard", s.name, id)
		return nil, &provider.Error{Op: "put", Class: provider.Conflict}
	case !base.Versions.Equal(e.tags):
		return nil, &provider.Error{Op: "put", Class: provider.Conflict}
	case e.refused || s.w.strikes(Refused, s.side):
		e.refused = true
		return nil, &provider.Error{Op: "put", Class: provider.Rejected}
	}
	return e, nil
}

func (r *remote) create(p provider.Put) (provider.Item, error) {
	s := r.s
	if e := s.madeUnder(p.Key); e != nil && !s.crm {
		it := s.item(e)
		it.Found = true
		return it, nil
	}
	id := s.idFor(p.Key)
	if s.spends && s.stored[id] != nil {
		return provider.Item{}, &provider.Error{Op: "create", Class: provider.Gone, Status: "409, and it was deleted"}
	}
	if s.w.strikes(Refused, s.side) {
		return provider.Item{}, &provider.Error{Op: "create", Class: provider.Rejected}
	}
	s.w.checkCreate(r.k, s, p)
	e := s.stored[id]
	if e == nil {
		e = &entry{id: id, key: p.Key, ours: true, strayed: s.crm && s.replaced(r.k)}
		s.w.tallyCreation(s.side, "out", activityOfKey(string(p.Key)))
		s.w.checkBred("item "+string(id), &p.Event)
		s.insert(e)
	}
	e.gone, e.event = false, calendar.Event{UID: string(p.Key), Known: calendar.AllFields}
	ev := written(&e.event, &p.Event, p.Fields)
	if s.form == text {
		ev.UID = string(p.Key)
		raw, err := icalendar.Encode(ev, icalendar.WriteOptions{Now: s.w.now, Key: string(p.Key)})
		if err != nil {
			return provider.Item{}, &provider.Error{Op: "create", Class: provider.Rejected, Err: err}
		}
		e.raw = raw
		ev = s.read(e)
	}
	if s.crm {
		s.w.checkAsked(s, p)
		atHome(&ev)
	}
	s.keepSent(e, ev)
	s.w.checkSent(s, &e.event)
	s.w.checkShared(s, e)
	r.stray(e)
	s.writes++
	s.w.say(s.name, "now has %s: %s", e.id, brief(&e.event))
	return s.item(e), nil
}

// update gives an event what a write says. base is the item whose text is patched.
func (r *remote) update(e *entry, p provider.Put, base *provider.Item) error {
	s := r.s
	if err := s.poisonous("put", e); err != nil {
		return err
	}
	if e.strange {
		s.w.broke("I13", "%s: %s is written over, and cannot be read", s.name, e.id)
	}
	before := s.item(e)
	s.w.checkHidden(s, e, p)
	s.w.checkRewritten(s, e)
	s.w.checkLeftAlone(r.k, s.side, e, "is to write "+string(e.id))
	s.w.checkGuestWrite(s, e, p.Fields)
	if forbidden := p.Fields &^ before.Editable; forbidden != 0 {
		return &provider.Error{Op: "put", Class: provider.Forbidden, Status: forbidden.String()}
	}
	s.mail(before.WouldMail, p.Notify, "update of "+string(e.id))
	ev := written(&before.Event, &p.Event, p.Fields)
	if s.form == text {
		raw, err := icalendar.Patch(base.Raw, base.Event, p.Event, p.Fields, icalendar.WriteOptions{Now: s.w.now})
		if err != nil {
			return &provider.Error{Op: "put", Class: provider.Rejected, Err: err}
		}
		was := e.raw
		if base != p.Base {
			was = base.Raw // what has come since it was read is lost at a server without guards (the stated exemption)
		}
		s.w.checkUntouched(s, e, was, raw)
		e.raw = raw
		ev = s.read(e)
	} else {
		s.keepHidden(e, &ev)
	}
	if s.crm {
		s.w.checkAsked(s, p)
		atHome(&ev)
	}
	s.keepSent(e, ev)
	s.w.checkSent(s, &e.event)
	s.w.checkShared(s, e)
	s.writes++
	s.w.say(s.name, "%s now says: %s", e.id, brief(&e.event))
	return nil
}

// stray: the write of a worker that has been replaced arrives after its successor has looked. What it says is older than what the
// successor means, and cannot be told from an edit.
func (r *remote) stray(e *entry) {
	if !r.k.desk && r.s.replaced(r.k) {
		r.s.softened(e)
	}
}

// replaced reports that another worker has taken over from one.
func (s *server) replaced(by *worker) bool { return by.claim.Fence < s.side.fence }

// keepSent stores what sync sent. Where the server has other words for it and the answer is lost, nobody can tell them from an
// edit, and the item outlives its deletion: that is the safe side.
func (s *server) keepSent(e *entry, sent calendar.Event) {
	s.keep(e, sent.Clone(), "sync") // what it is compared with below stays as it was sent
	s.normalText(e)
	s.delay(e)
	sent.UID, sent.Known = e.event.UID, e.event.Known
	sent.Normalize()
	if !sameEvent(&sent, &e.event) {
		s.softened(e)
	}
	e.made = e.event.Values
}

// normalText writes the text anew where the server's own words differ from what it was sent.
func (s *server) normalText(e *entry) {
	if s.form != text {
		return
	}
	if said := s.read(e); !sameEvent(&said, &e.event) {
		e.raw = s.retext(e, &e.event)
		s.amend(e)
	}
}

// retext patches the text as another program would that knows the same format.
func (s *server) retext(e *entry, now *calendar.Event) []byte {
	was := s.read(e)
	raw, err := icalendar.Patch(e.raw, was, *now, calendar.BothWaysFields, icalendar.WriteOptions{Now: s.w.now})
	if err != nil {
		s.w.broke("I13", "%s: the text of %s cannot be patched: %v\n%s", s.name, e.id, err, e.raw)
		return e.raw
	}
	return raw
}

// delay lets a change be listed only after a while.
func (s *server) delay(e *entry) {
	if !s.w.strikes(Late, s.side) {
		return
	}
	s.withhold(e, s.w.upTo(10))
}

// appear lists what was late, as of when it no longer was: a replica lags behind that, however much time goes by at once.
func (s *server) appear() {
	for _, id := range s.order {
		if e := s.stored[id]; !e.lateUntil.IsZero() && !e.lateUntil.After(s.w.now) {
			since := e.lateUntil
			s.seq++
			e.seq, e.lateUntil = s.seq, noTime
			s.remember(e)
			e.states[len(e.states)-1].at = since
		}
	}
}

func (s *server) mail(people int, allowed bool, what string) {
	if people > 0 && !allowed {
		s.w.broke("I14", "%s mailed %d people because of the %s, and nobody asked for it", s.name, people, what)
	}
}

// written gives the fields of an event what another says in them.
func written(was, now *calendar.Event, fields calendar.FieldSet) calendar.Event {
	e, from := was.Clone(), now.Clone()
	for _, f := range fields.List() {
		calendar.Copy(f, &e.Values, &from.Values)
	}
	if fields.Has(calendar.Recurrence) {
		calendar.CopyRecurrence(&e, &from)
	}
	e.Overrides, e.Cancelled = from.Overrides, from.Cancelled
	for i := range e.Overrides {
		o := &e.Overrides[i]
		o.Set &= now.Known
		if old := was.Override(o.Original); old != nil {
			for _, f := range (old.Set &^ now.Known).List() {
				o.Set |= calendar.Fields(f)
				calendar.Copy(f, &o.Values, &old.Values)
			}
		}
	}
	e.Normalize()
	return e
}

// Remove deletes.
func (r *remote) Remove(ctx context.Context, p provider.Remove) error {
	s := r.s
	r.k.putAt = s.w.step
	s.mayWrite("remove " + string(p.ID))
	r.asksFor("write", string(p.ID))
	r.checkRested(p.ID)
	if s.guard != provider.GuardFull && p.Base != nil {
		if fresh, err := r.readBefore(ctx, "remove", p.ID, p.Base); err != nil {
			if fresh.State == provider.StateGone && provider.ClassOf(err) == provider.Gone {
				return nil
			}
			return err
		}
	}
	return r.call(ctx, "remove", func() error {
		e := s.stored[p.ID]
		if e == nil || e.gone {
			return nil
		}
		if s.guard == provider.GuardFull && (p.Base == nil || !p.Base.Versions.Equal(e.tags)) {
			return &provider.Error{Op: "remove", Class: provider.Conflict}
		}
		if err := s.poisonous("remove", e); err != nil {
			return err
		}
		if s.guard != provider.GuardFull {
			s.excuse(e, &p.Base.Event)
		}
		it := s.item(e)
		if it.Invited {
			s.w.broke("I14", "%s: the invitation %s was removed, which declines it", s.name, e.id)
		}
		s.unseen(e)
		s.w.checkRemove(r.k, s, e)
		s.w.checkLeftAlone(r.k, s.side, e, "is to remove "+string(e.id))
		s.mail(it.WouldMail, p.Notify, "removal of "+string(e.id))
		s.ends(e)
		if m := e.meeting; m != nil {
			m.off = true
			s.w.soften(&e.event)
			s.w.tell(m)
		}
		s.delay(e)
		s.writes++
		s.w.say(s.name, "no longer has %s", e.id)
		return nil
	})
}

// brief is an event in a line.
func brief(e *calendar.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %s–%s", e.Subject, e.Start, e.End)
	if e.Location != "" {
		fmt.Fprintf(&b, " at %q", e.Location)
	}
	if e.Description != "" {
		fmt.Fprintf(&b, " says %q", e.Description)
	}
	if e.Rule != "" {
		fmt.Fprintf(&b, " %s", e.Rule)
	}
	for _, x := range e.Extra {
		fmt.Fprintf(&b, " and %s", x)
	}
	for i := range e.Overrides {
		o := &e.Overrides[i]
		fmt.Fprintf(&b, " [%s: %s", o.Original, o.Set)
		if o.Set.Has(calendar.When) {
			fmt.Fprintf(&b, " %s", o.Start)
		}
		fmt.Fprintf(&b, " %s%s%s]", o.Subject, o.Location, o.Description)
	}
	for _, c := range e.Cancelled {
		fmt.Fprintf(&b, " [%s cancelled]", c)
	}
	return b.String()
}
