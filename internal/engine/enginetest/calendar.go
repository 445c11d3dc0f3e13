package enginetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/engine"
	"tahti/internal/provider"
)

// Options are how a calendar behaves.
type Options struct {
	Guard provider.Guard
	// Mails: writes of meetings with guests that the connected person organises mail the guests.
	Mails bool
	// Listing: there are no deltas; every pull is a listing of everything.
	Listing bool
	// Untold: a delta says nothing of the deletion of what none has told of.
	Untold bool
	// Unread: a pull answers ids and versions only.
	Unread bool
	// Unproven: what was deleted is only said to be removed.
	Unproven bool
	// Window is what a listing shows: events that start in it. A delta says "removed" of others that change. Zero: everything.
	Window provider.Range
	// Page is how many items a pull answers; 0: all.
	Page int
	// Me is the connected person's address.
	Me string
	// Hides are the fields of private events that the connected account does not see.
	Hides calendar.FieldSet
	// Piecemeal: it says that a series is written to it a date at a time.
	Piecemeal bool
	// Compares: nothing guards a removal, so that what is there is compared with what it was planned on first, as for Exchange.
	Compares bool
	// Title is how much it keeps of a title that is written to it; 0: all.
	Title int
	// Folds: it makes one space of several in a title that is written to it.
	Folds bool
	// ReadOnly: nothing can be written.
	ReadOnly bool
	// Holds are the fields that it has; none: those of calendars.
	Holds calendar.FieldSet
	// Shared, Instants, OneDay and Keyless are as in [provider.Capabilities]. Unseen: no delta tells of what was deleted.
	Shared, Instants, OneDay, Keyless, Unseen bool
}

// CRM is how Pipedrive behaves, as far as the engine can tell: nothing guards a write, finds by key, repeats or is private, and lists
// do not tell of deletions.
func CRM() Options {
	return Options{
		Holds:  calendar.Fields(calendar.Subject, calendar.When, calendar.Location, calendar.Description, calendar.Busy) | calendar.FacetFields,
		Shared: true, Instants: true, OneDay: true, Keyless: true, Unseen: true,
	}
}

// Calendar is a provider of one calendar in memory. Now is the clock of its people.
type Calendar struct {
	Options
	Now func() time.Time
	// Before and After may make a call fail: before anything happened, or once it has.
	Before, After func(Call) error
	// Types are the keys of the types that it knows; nil: any.
	Types []string
	// Bend lets a pull answer what it should not, or what a stranger server answers.
	Bend func(provider.Pull) provider.Pull
	// Mailed counts the people that writes have mailed.
	Mailed int
	// Wrongs are things that were done and never may be.
	Wrongs []string
	// Calls counts calls by name, Writes those that changed something, Listed the items that pulls answered.
	Calls  map[string]int
	Writes int
	Listed int

	seq    int
	lost   int // cursors from before are forgotten
	made   int
	order  []provider.RemoteID
	stored map[provider.RemoteID]*entry
}

// Call is one request.
type Call struct {
	Op string // pull, read, find, put, remove
	ID provider.RemoteID
	// Key of a creation or a search.
	Key provider.Key
}

type entry struct {
	id       provider.RemoteID
	event    calendar.Event
	key      provider.Key
	related  string // the UID that it says it belongs to
	raw      string
	seq      int
	born     int // seq of when it was made
	gone     bool
	modified time.Time
	created  time.Time
	spoilt   *provider.Problem
	state    provider.State
}

// New makes an empty calendar.
func New(o Options) *Calendar {
	return &Calendar{Options: o, Now: func() time.Time { return Start }, Calls: map[string]int{}, stored: map[provider.RemoteID]*entry{}}
}

var _ engine.Remote = (*Calendar)(nil)

// Capabilities follow the options.
func (c *Calendar) Capabilities() provider.Capabilities {
	return provider.Capabilities{
		Guard: c.Guard, SilentUpdate: !c.Mails, Tombstones: !c.Listing && !c.Unseen, Untold: c.Untold, Fields: c.fields(), BatchRead: 50, Concurrency: 1,
		Modified: true, ReadOnly: c.ReadOnly, Piecemeal: c.Piecemeal, Shared: c.Shared, Instants: c.Instants, OneDay: c.OneDay, Keyless: c.Keyless,
		Unseen: c.Unseen,
	}
}

func (c *Calendar) fields() calendar.FieldSet {
	if c.Holds != 0 {
		return c.Holds
	}
	return calendar.AllFields
}

func (c *Calendar) call(call Call) error {
	c.Calls[call.Op]++
	if c.Before != nil {
		return c.Before(call)
	}
	return nil
}

func (c *Calendar) answer(call Call) error {
	if c.After != nil {
		return c.After(call)
	}
	return nil
}

func (c *Calendar) item(e *entry) provider.Item {
	it := provider.Item{ID: e.id, State: provider.StateLive, Versions: provider.One(fmt.Sprint(e.seq))}
	switch {
	case e.gone:
		it.State, it.Versions = provider.StateGone, nil
		return it
	case e.state != 0:
		it.State, it.Problem = e.state, e.spoilt
		return it
	}
	it.Event, it.Raw, it.Modified, it.Key, it.Related = e.event.Clone(), []byte(e.raw), e.modified, e.key, e.related
	it.Invited = e.event.Organizer.Email != "" && e.event.Organizer.Email != c.Me
	it.Editable = calendar.EitherSide & c.fields()
	if c.Holds != 0 {
		it.Event = c.holding(&e.event)
	}
	if hidden := c.Hides; e.event.Private && hidden != 0 {
		it.Event.Known &^= hidden
		it.Editable &^= hidden
		for _, f := range hidden.List() {
			calendar.Copy(f, &it.Event.Values, &calendar.Values{})
			for i := range it.Event.Overrides {
				calendar.Copy(f, &it.Event.Overrides[i].Values, &calendar.Values{})
			}
		}
		for i := range it.Event.Overrides {
			it.Event.Overrides[i].Set &^= hidden
		}
		it.Event.Normalize()
	}
	if it.Invited {
		it.Editable &^= calendar.OrganizerOwned
	} else if c.Mails {
		it.WouldMail = len(e.event.Guests)
	}
	return it
}

// Read answers items by id.
func (c *Calendar) Read(_ context.Context, ids []provider.RemoteID) ([]provider.Item, error) {
	call := Call{Op: "read"}
	if len(ids) > 50 {
		c.wrong("%d items were asked for at once", len(ids))
	}
	if err := c.call(call); err != nil {
		return nil, err
	}
	items := make([]provider.Item, len(ids))
	for i, id := range ids {
		items[i] = provider.Item{ID: id, State: provider.StateGone}
		if e := c.stored[id]; e != nil {
			items[i] = c.item(e)
		}
	}
	return items, c.answer(call)
}

// Find looks for what was created under a key; copies that people made carry it too, and are not it.
func (c *Calendar) Find(_ context.Context, key provider.Key) (provider.Item, error) {
	call := Call{Op: "find", Key: key}
	if err := c.call(call); err != nil {
		return provider.Item{}, err
	}
	if c.Keyless {
		c.wrong("%q was looked for, and no item holds a key", key)
	}
	it := provider.Item{State: provider.StateGone}
	if c.holds(key) {
		it = c.item(c.stored[provider.RemoteID(key)])
	}
	return it, c.answer(call)
}

// holds reports whether something that was created under a key is there.
func (c *Calendar) holds(key provider.Key) bool {
	e := c.stored[provider.RemoteID(key)]
	return e != nil && !e.gone
}

// Put writes.
func (c *Calendar) Put(_ context.Context, w provider.Put) (provider.Item, error) {
	call := Call{Op: "put", ID: w.ID, Key: w.Key}
	if err := c.call(call); err != nil {
		return provider.Item{}, err
	}
	found := w.ID == "" && c.holds(w.Key)
	e, err := c.put(w)
	if err != nil {
		return provider.Item{}, err
	}
	if err := c.answer(call); err != nil {
		return provider.Item{}, err
	}
	it := c.item(e)
	it.Found = found
	return it, nil
}

func (c *Calendar) put(w provider.Put) (*entry, error) {
	if c.ReadOnly {
		return nil, &provider.Error{Op: "put", Class: provider.Forbidden, Code: provider.CodeReadOnly}
	}
	if err := c.takes(w); err != nil {
		return nil, err
	}
	if w.ID == "" {
		return c.create(w), nil
	}
	e := c.stored[w.ID]
	if e == nil || e.gone {
		return nil, &provider.Error{Op: "put", Class: provider.Gone}
	}
	now := c.item(e)
	switch {
	case now.State != provider.StateLive:
		return nil, &provider.Error{Op: "put", Class: provider.Forbidden}
	case w.Base == nil || !w.Base.Versions.Equal(now.Versions):
		return nil, &provider.Error{Op: "put", Class: provider.Conflict}
	case string(w.Base.Raw) != e.raw:
		c.wrong("%s was patched on something else than was read", w.ID)
	case w.Fields&^now.Editable != 0:
		return nil, &provider.Error{Op: "put", Class: provider.Forbidden, Status: fmt.Sprintf("%s may not be edited", w.Fields&^now.Editable)}
	}
	c.mail(now.WouldMail, w.Notify)
	e.event = c.cut(written(&e.event, &w.Event, w.Fields))
	c.changed(e)
	c.Writes++
	return e, nil
}

func (c *Calendar) create(w provider.Put) *entry {
	id := provider.RemoteID(w.Key)
	if c.Keyless {
		return c.createKeyless(w)
	}
	if c.holds(w.Key) {
		return c.stored[id]
	}
	if id == "" {
		c.wrong("something was created without a key")
	}
	ev := calendar.Event{UID: string(w.Key), Known: calendar.AllFields}
	e := &entry{id: id, key: w.Key, raw: "made by us"}
	e.event = c.cut(written(&ev, &w.Event, w.Fields))
	c.insert(e)
	c.Writes++
	return e
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
		e.Overrides[i].Set &= now.Known
	}
	for i := range was.Overrides { // what was not shown is not written
		old := &was.Overrides[i]
		at := old.Original + e.Start.Wall - was.Start.Wall
		if hidden := old.Set &^ now.Known; hidden != 0 && !e.IsCancelled(at) {
			o := e.EnsureOverride(at)
			o.Set |= hidden
			for _, f := range hidden.List() {
				calendar.Copy(f, &o.Values, &old.Values)
			}
		}
	}
	e.Normalize()
	return e
}

func (c *Calendar) mail(people int, allowed bool) {
	c.Mailed += people
	if people > 0 && !allowed {
		c.wrong("%d people were mailed and nobody asked for it", people)
	}
}

// Remove deletes.
func (c *Calendar) Remove(_ context.Context, r provider.Remove) error {
	call := Call{Op: "remove", ID: r.ID}
	if err := c.call(call); err != nil {
		return err
	}
	e := c.stored[r.ID]
	if e == nil || e.gone {
		return c.answer(call)
	}
	now := c.item(e)
	if r.Base == nil || !c.fits(r.Base, &now) {
		return &provider.Error{Op: "remove", Class: provider.Conflict}
	}
	if now.Invited {
		c.wrong("an invitation was removed")
	}
	c.mail(now.WouldMail, r.Notify)
	e.gone = true
	c.changed(e)
	c.Writes++
	return c.answer(call)
}

// fits reports whether a removal was planned on what is there now.
func (c *Calendar) fits(base, now *provider.Item) bool {
	if c.Compares {
		return reflect.DeepEqual(base.Event.Values, now.Event.Values)
	}
	return base.Versions.Equal(now.Versions)
}

// WriteAll performs writes one after the other.
func (c *Calendar) WriteAll(ctx context.Context, writes []engine.Write) []engine.Answer {
	answers := make([]engine.Answer, len(writes))
	for i, w := range writes {
		if w.Put != nil {
			answers[i].Item, answers[i].Err = c.Put(ctx, *w.Put)
			continue
		}
		answers[i].Err = c.Remove(ctx, *w.Remove)
	}
	return answers
}

func (c *Calendar) insert(e *entry) {
	e.created = c.Now()
	if !slices.Contains(c.order, e.id) {
		c.order = append(c.order, e.id)
	}
	c.stored[e.id] = e
	c.changed(e)
}

func (c *Calendar) changed(e *entry) {
	c.seq++
	e.seq, e.modified = c.seq, c.Now()
	if e.born == 0 {
		e.born = c.seq
	}
}

func (c *Calendar) wrong(format string, args ...any) {
	c.Wrongs = append(c.Wrongs, strings.TrimSpace(fmt.Sprintf(format, args...)))
}
