package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/merge"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// situation is everything that bears on one work item, as one transaction sees it.
type situation struct {
	work     store.Work
	link     *store.Link
	activity *crm.Activity
	parts    []crm.Participant
	item     provider.Item // what is known of the remote side
	fromWork bool          // the item came with the work, and is not the shadow
	looked   bool          // it was read for this very batch
	twin     bool          // of an item that is not tied: it seems to be an activity that is here already
	anew     bool          // its activity came in since a restore, from what was made of the same
	unnamed  bool          // it is its organiser's, and does not name somebody whose calendar holds the meeting
	frame    lens.Frame    // as the link was last written
	baseline lens.Entry

	local   calendar.Event  // bare, as the activity shows now
	remote  calendar.Event  // bare, the remote item in the hub's words
	shadow  calendar.Event  // bare, the remote shadow
	wanted  lens.Frame      // as the activity is to be framed now
	whole   *calendar.Event // the remote item with titles that its calendar has cut; nil: there is none
	state   merge.State
	why     lens.Reason       // of scope or admission
	rewrote bool              // the title was rewritten as a whole at the provider
	strange bool              // see [run.knowFrame]
	typed   []lens.Typed      // text that was typed into our context block
	cut     []lens.Cut        // see [run.keepCut]
	unheard merge.Changes     // see [run.hearHeir]
	unseen  calendar.FieldSet // see [run.unseen]
	renamed calendar.Wall     // how much later the dates of what was unheard are called here than in the shadow

	sameTime     []crm.Activity // see [run.sameTime]; both the circle's guard and the brake ask for them
	sameTimeRead bool
	twins        []store.Twin // of its item, if twinsRead
	twinsRead    bool
}

// Subjects of work items.
func remoteSubject(id provider.RemoteID) string { return "r:" + string(id) }
func activitySubject(id store.ID) string        { return "a:" + strconv.FormatInt(id, 10) }

// remoteOf is the remote item that work is about, if it is about one.
func remoteOf(w store.Work) (provider.RemoteID, bool) {
	id, ok := strings.CutPrefix(w.Subject, "r:")
	return provider.RemoteID(id), ok
}

// payload is a remote item as it waits in a work item.
type payload struct {
	State    provider.State    `json:"s"`
	Versions provider.Versions `json:"v,omitempty"`
	Event    *calendar.Event   `json:"e,omitempty"`
	Raw      []byte            `json:"r,omitempty"`
	Modified time.Time         `json:"m,omitzero"`
	Editable calendar.FieldSet `json:"f,omitempty"`
	Invited  bool              `json:"i,omitempty"`
	Mails    int               `json:"w,omitempty"`
	Key      provider.Key      `json:"k,omitempty"`
	Related  string            `json:"l,omitempty"`
	Problem  *provider.Problem `json:"p,omitempty"`
}

func encodeItem(it provider.Item) []byte {
	p := payload{
		State: it.State, Versions: it.Versions, Raw: it.Raw, Modified: it.Modified, Editable: it.Editable,
		Invited: it.Invited, Mails: it.WouldMail, Key: it.Key, Related: it.Related, Problem: it.Problem,
	}
	if it.State == provider.StateLive {
		p.Event = &it.Event
	}
	b, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("remote item cannot be written as JSON: %v", err)) // plain values only
	}
	return b
}

// decodeItem is the remote item that work was left with. What cannot be understood, because another version of this program wrote it
// or the disk lost it, is read anew like what was only listed: one such row must not end the runs of its connection (I15).
func decodeItem(id provider.RemoteID, b []byte) provider.Item {
	it := provider.Item{ID: id, State: provider.StateNotRead}
	var p payload
	if len(b) == 0 || json.Unmarshal(b, &p) != nil {
		return it
	}
	it.State, it.Versions, it.Raw, it.Modified, it.Editable = p.State, p.Versions, p.Raw, p.Modified, p.Editable
	it.Invited, it.WouldMail, it.Key, it.Related, it.Problem = p.Invited, p.Mails, p.Key, p.Related, p.Problem
	if p.Event != nil {
		it.Event = *p.Event
	}
	return it
}

// shadowItem is the remote item as we last knew it: what a local change is written upon.
func shadowItem(l *store.Link) provider.Item {
	it := provider.Item{
		ID: provider.RemoteID(l.Remote), State: provider.StateLive, Versions: versionsOf(l), Raw: l.RemoteRaw,
		Modified: l.RemoteMeta.Modified, Editable: l.RemoteMeta.Editable, Invited: l.RemoteMeta.Invited, WouldMail: l.RemoteMeta.Mails,
	}
	if l.RemoteEvent == nil {
		it.State = provider.StateNotRead
		return it
	}
	it.Event = *l.RemoteEvent
	return it
}

func versionsOf(l *store.Link) provider.Versions {
	v := make(provider.Versions, len(l.RemoteMeta.Versions))
	for k, x := range l.RemoteMeta.Versions {
		v[k] = provider.Version{ID: x.ID, Tag: x.Tag}
	}
	return v
}

func frameOf(l *store.Link) lens.Frame {
	if l == nil {
		return lens.Frame{}
	}
	return readFrame(l.Frame)
}

func readFrame(b json.RawMessage) (f lens.Frame) {
	if len(b) == 0 {
		return f
	}
	if err := json.Unmarshal(b, &f); err != nil {
		panic(fmt.Sprintf("stored frame %q: %v", b, err)) // we wrote it
	}
	return f
}

func writeFrame(f lens.Frame) json.RawMessage {
	b, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("frame cannot be written as JSON: %v", err)) // strings only
	}
	return b
}

// load gathers a work item's situation. read answers what was read from the provider in this run.
func (r *run) load(ctx context.Context, tx Tx, w store.Work, read map[provider.RemoteID]provider.Item) (*situation, error) {
	s := &situation{work: w}
	if id, ok := remoteOf(w); ok {
		if err := r.loadRemote(ctx, tx, s, id, read); err != nil {
			return nil, err
		}
	} else if err := r.loadActivity(ctx, tx, s, read); err != nil {
		return nil, err
	}
	if s.activity == nil && s.link != nil && s.link.Activity != 0 {
		if err := s.readActivity(ctx, tx, s.link.Activity); err != nil {
			return nil, err
		}
	}
	s.frame = frameOf(s.link)
	return s, r.assess(ctx, tx, s)
}

func (r *run) loadRemote(ctx context.Context, tx Tx, s *situation, id provider.RemoteID, read map[provider.RemoteID]provider.Item) error {
	it := decodeItem(id, s.work.Payload)
	if got, ok := read[id]; ok {
		it, s.looked = got, true
	}
	s.item, s.fromWork = it, true
	l, err := tx.LinkByRemote(ctx, r.connection.ID, string(id))
	switch {
	case err == nil:
		s.link = &l
	case !errors.Is(err, store.ErrNotFound):
		return err
	default:
		s.baseline, err = r.entry(ctx, tx, &s.item)
		return err
	}
	return nil
}

// entry is what the baseline knows of an item. Of one that could not be read then, only its version can tell that it is as it was: with
// another one, or where none is known, it is new, for whoever made it readable has edited it.
func (r *run) entry(ctx context.Context, tx Tx, it *provider.Item) (lens.Entry, error) {
	b, err := tx.Baseline(ctx, r.connection.ID, string(it.ID))
	if err != nil && !isNotFound(err) {
		return lens.Entry{}, err
	}
	if b.Fingerprint == "" && !asNoted(&b, it) {
		return lens.Entry{}, nil
	}
	return lens.Entry{Known: true, Fingerprint: b.Fingerprint}, nil
}

// isAsNoted reports that the baseline knows an item at the version that it has: it had that at the start, or was refused at it.
func (r *run) isAsNoted(ctx context.Context, tx Tx, it *provider.Item) (bool, error) {
	b, err := tx.Baseline(ctx, r.connection.ID, string(it.ID))
	if isNotFound(err) {
		return false, nil
	}
	return asNoted(&b, it), err
}

// asNoted reports that an item is known to be at the version at which it was noted.
func asNoted(b *store.Baseline, it *provider.Item) bool {
	return b.Version != "" && b.Version == it.Versions.Master().Tag
}

func (r *run) loadActivity(ctx context.Context, tx Tx, s *situation, read map[provider.RemoteID]provider.Item) error {
	id, err := strconv.ParseInt(strings.TrimPrefix(s.work.Subject, "a:"), 10, 64)
	if err != nil {
		return fmt.Errorf("work item %d: subject %q: %w", s.work.ID, s.work.Subject, err)
	}
	if err := s.readActivity(ctx, tx, id); err != nil {
		return err
	}
	l, err := r.tieOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if l == nil {
		s.item.State = provider.StateGone // there is none
		return nil
	}
	s.link = l
	switch got, ok := read[provider.RemoteID(l.Remote)]; {
	case ok:
		s.item, s.fromWork = got, true
	case l.Pending != nil:
		// What became of the write is not known: nothing may be concluded before somebody has looked.
		s.item = provider.Item{ID: provider.RemoteID(l.Remote), State: provider.StateNotRead}
	case l.Remote == "":
		s.item.State = provider.StateGone
	case len(l.RemoteMeta.Versions) == 0:
		// It was found edited, or listed without a version: a write has to be planned on what is there.
		s.item = provider.Item{ID: provider.RemoteID(l.Remote), State: provider.StateNotRead}
	case s.work.Class == ClassSend:
		// It has waited for a person, and what was seen there meanwhile need not have come in.
		s.item = provider.Item{ID: provider.RemoteID(l.Remote), State: provider.StateNotRead}
	case l.State == store.LinkDormant:
		// The shadow is what both sides last agreed on, and may be long past: the item is read before it is linked again.
		s.item = provider.Item{ID: provider.RemoteID(l.Remote), State: provider.StateNotRead}
	default:
		s.item = shadowItem(l)
	}
	return nil
}

func (s *situation) readActivity(ctx context.Context, tx Tx, id store.ID) error {
	a, err := tx.Activity(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.activity = &a
	s.parts, err = tx.Participants(ctx, id)
	return err
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
