package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// exam is one case under way: a provider, its backdoor, and what an engine would remember.
type exam struct {
	TB
	within func(name string, f func(t TB)) bool
	target Target
	p      provider.Provider
	b      Backdoor
	cursor provider.Cursor
	known  map[provider.RemoteID]provider.Item
}

// pulled is everything between two cursors.
type pulled struct {
	items []provider.Item
	whole *provider.Whole
}

// part runs a part of the case under a name of its own.
func (x *exam) part(name string, f func(x *exam)) {
	x.within(name, func(t TB) {
		part := *x
		part.TB = t
		f(&part)
	})
}

func (x *exam) versions(id provider.RemoteID) provider.Versions {
	if it, ok := x.known[id]; ok {
		return it.Versions
	}
	return nil
}

// tryPull follows pages to the end.
func (x *exam) tryPull(since provider.Cursor) (pulled, provider.Cursor, error) {
	var out pulled
	for page := 0; ; page++ {
		if page > 1000 {
			return out, since, fmt.Errorf("more than %d pages", page)
		}
		got, err := x.p.Pull(x.Context(), since, x.versions)
		if err != nil {
			return out, since, err
		}
		var more bool
		switch got := got.(type) {
		case provider.Delta:
			out.items, since, more = append(out.items, got.Items...), got.Next, got.More
		case provider.Snapshot:
			out.items, since, more = append(out.items, got.Items...), got.Next, got.More
			if got.Whole != nil {
				out.whole = got.Whole
				if more {
					return out, since, fmt.Errorf("a snapshot was called whole before its last page")
				}
			}
		default:
			return out, since, fmt.Errorf("pull answered a %T", got)
		}
		if !more {
			return out, since, nil
		}
	}
}

// sync pulls, reads what it has to, and remembers, as an engine does. It returns what changed: content for what is
// there, StateGone for what is not. What was listed again and reads the same is no change.
func (x *exam) sync() map[provider.RemoteID]provider.Item {
	x.Helper()
	got, next, err := x.tryPull(x.cursor)
	if err != nil {
		x.Fatalf("pull: %v", err)
	}
	if next == "" {
		x.Fatal("pull gave no cursor to go on from")
	}
	x.cursor = next
	changed := map[provider.RemoteID]provider.Item{}
	var read []provider.RemoteID
	for _, it := range got.items {
		switch it.State {
		case provider.StateNotRead, provider.StateUnproven:
			read = append(read, it.ID)
		default:
			changed[it.ID] = it
		}
	}
	for _, it := range x.read(read...) {
		if was, ok := x.known[it.ID]; ok && it.State == provider.StateLive && was.State == provider.StateLive &&
			sameLines(was.Raw, it.Raw) {
			x.known[it.ID] = it
			continue
		}
		changed[it.ID] = it
	}
	for id, it := range x.known {
		if got.whole.Absent(id, rangeOf(&it.Event)) {
			changed[id] = provider.Item{ID: id, State: provider.StateGone}
		} else if got.whole.Misses(id, func() provider.Range { return rangeOf(&it.Event) }) {
			changed[id] = x.read(id)[0]
		}
	}
	for id, it := range changed {
		if it.State == provider.StateGone {
			if _, held := x.known[id]; !held {
				delete(changed, id)
			}
			delete(x.known, id)
			continue
		}
		x.known[id] = it
	}
	return changed
}

// rangeOf is from the first start of an event to its last end, as an engine has it: what has no zone has a day's play.
func rangeOf(e *calendar.Event) provider.Range {
	loc := time.UTC
	if e.Start.Kind == calendar.Zoned {
		known, err := recur.Location(e.Start.Zone)
		if err != nil {
			return provider.Range{}
		}
		loc = known
	}
	play := time.Duration(0)
	if e.Start.Kind == calendar.Date || e.Start.Kind == calendar.Floating {
		play = 24 * time.Hour
	}
	r := provider.Range{From: e.Start.Instant(loc).Add(-play)}
	if last, endless, err := recur.LastEnd(e, time.UTC); err == nil && !endless && !last.IsZero() {
		r.To = last.Add(play)
	}
	return r
}

// sameLines compares what servers sent, whatever ends a line: in a report for several items XML turns CRLF into LF (XML 1.0 section
// 2.11), in the answer for one it stays.
func sameLines(a, b []byte) bool {
	return bytes.Equal(bytes.ReplaceAll(a, []byte("\r\n"), []byte("\n")), bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}

// read reads ids in batches.
func (x *exam) read(ids ...provider.RemoteID) []provider.Item {
	x.Helper()
	var out []provider.Item
	for chunk := range slices.Chunk(ids, max(1, x.p.Capabilities().BatchRead)) {
		items, err := x.p.Read(x.Context(), chunk)
		if err != nil {
			x.Fatalf("read: %v", err)
		}
		if len(items) != len(chunk) {
			x.Fatalf("read answered %d items for %d ids", len(items), len(chunk))
		}
		for i, it := range items {
			if it.ID != chunk[i] {
				x.Fatalf("read answered %q in the place of %q", it.ID, chunk[i])
			}
		}
		out = append(out, items...)
	}
	return out
}

// live reads one item, which has to be there.
func (x *exam) live(id provider.RemoteID) provider.Item {
	x.Helper()
	it := x.read(id)[0]
	if it.State != provider.StateLive {
		x.Fatalf("%s is %v (%+v), want live", id, it.State, it.Problem)
	}
	return it
}

// key makes the next lookup key: one that no calendar has seen, for servers that take a UID once in an account.
func (x *exam) key() provider.Key {
	return provider.Key(fmt.Sprintf("%020d%012d", started, keys.Add(1)))
}

var (
	started = time.Now().UnixNano()
	keys    atomic.Int64
)

// create puts a new event under a new key.
func (x *exam) create(e calendar.Event) provider.Item {
	x.Helper()
	it, err := x.put(provider.Put{Key: x.key(), Event: e, Fields: calendar.EitherSide})
	if err != nil {
		x.Fatalf("create %q: %v", e.Subject, err)
	}
	if it.State != provider.StateLive || it.ID == "" {
		x.Fatalf("create %q answered %v with id %q", e.Subject, it.State, it.ID)
	}
	x.known[it.ID] = it
	return it
}

// update changes an item.
func (x *exam) update(base provider.Item, fields calendar.FieldSet, change func(*calendar.Event)) (provider.Item, error) {
	e := base.Event.Clone()
	change(&e)
	e.Normalize()
	return x.put(provider.Put{ID: base.ID, Base: &base, Event: e, Fields: fields})
}

// put writes as an engine does: what the provider holds, in the words that it takes.
func (x *exam) put(w provider.Put) (provider.Item, error) {
	x.Helper()
	can := x.p.Capabilities()
	w.Event = w.Event.Clone()
	w.Event.Known &= can.Fields
	if w.Event.Facets != nil {
		w.Event.Known |= can.Fields & calendar.FacetFields
	}
	if w.Fields &= can.Fields; w.ID == "" {
		w.Fields &= w.Event.Known
	}
	if can.Instants {
		x.inUTC(&w.Event)
	}
	return x.p.Put(x.Context(), w)
}

// change is update for all but the fixed fields, whose change is refused. expected is told what they stay.
func (x *exam) change(base provider.Item, fields calendar.FieldSet, change func(*calendar.Event), expected *calendar.Event) (provider.Item, error) {
	x.Helper()
	if fixed := fields & x.target.Fixed; fixed != 0 {
		_, err := x.update(base, fields, change)
		x.class("a change of "+fixed.String(), err, provider.Rejected)
		for _, f := range fixed.List() {
			calendar.Copy(f, &expected.Values, &base.Event.Values)
		}
		fields &^= fixed
	}
	return x.update(base, fields, change)
}

// backdoor does something behind the provider's back.
func (x *exam) backdoor(id provider.RemoteID, err error) provider.RemoteID {
	x.Helper()
	if err != nil {
		x.Fatalf("backdoor: %v", err)
	}
	return id
}

func (x *exam) done(err error) {
	x.Helper()
	x.backdoor("", err)
}

func (x *exam) held() []provider.RemoteID {
	x.Helper()
	ids, err := x.b.Held()
	if err != nil {
		x.Fatalf("backdoor: %v", err)
	}
	return ids
}

// same fails unless two events say the same in what people edit.
func (x *exam) same(what string, got, want calendar.Event) {
	x.Helper()
	want, got = x.edited(want), x.edited(got)
	if want.Facets == nil { // a CRM gives whatever is made without a type one of its own choice
		calendar.Copy(calendar.TypeFacet, &got.Values, &calendar.Values{})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		x.Errorf("%s differs (- want, + got):\n%s", what, diff)
	}
}

// edited is the part of an event that people edit, as far as the provider holds it.
func (x *exam) edited(e calendar.Event) calendar.Event {
	e = e.Clone()
	can := x.p.Capabilities()
	keep := calendar.EitherSide & can.Fields
	e.UID, e.Known = "", 0
	drop := ((calendar.AllFields | calendar.FacetFields) &^ keep).List()
	strip := func(v *calendar.Values) {
		for _, f := range drop {
			calendar.Copy(f, v, &calendar.Values{})
		}
	}
	strip(&e.Values)
	for i := range e.Overrides {
		strip(&e.Overrides[i].Values)
		e.Overrides[i].Set &= keep
	}
	if x.target.Paraphrases || can.Instants {
		x.plainly(&e)
	}
	if e.Facets != nil {
		e.Facets = nameless(e.Facet())
	}
	for _, lost := range x.target.Loses {
		e.Subject = strings.ReplaceAll(e.Subject, string(lost), "")
		e.Description = strings.ReplaceAll(e.Description, string(lost), "")
	}
	e.Normalize()
	return e
}

// plainly says the times of a single event in UTC, and in place of a rule the starts that it gives.
func (x *exam) plainly(e *calendar.Event) {
	x.Helper()
	if e.Rule != "" {
		starts := ""
		for w := range recur.Starts(e, 500) {
			starts += w.String() + " "
		}
		e.Rule = starts
		return
	}
	x.inUTC(e)
}

// nameless are facets without what people read: references are the same whatever they are called.
func nameless(f calendar.Facets) *calendar.Facets {
	f.Type.Name, f.Deal.Name, f.Person.Name, f.Org.Name = "", "", "", ""
	return &f
}

// inUTC says the times of an event in UTC, but for whole days.
func (x *exam) inUTC(e *calendar.Event) {
	x.Helper()
	for _, t := range []*calendar.Time{&e.Start, &e.End} {
		if t.Kind == calendar.Zoned {
			loc, err := recur.Location(t.Zone)
			if err != nil {
				x.Fatal(err)
			}
			*t = calendar.AtUTC(t.Instant(loc))
		}
	}
}

// class fails unless err has one of the classes.
func (x *exam) class(what string, err error, want ...provider.Class) {
	x.Helper()
	if err == nil {
		x.Errorf("%s: no error, want one of %v", what, want)
	} else if !slices.Contains(want, provider.ClassOf(err)) {
		x.Errorf("%s: %v, want one of %v", what, err, want)
	}
}

// need skips a case for which the backdoor lacks something.
func need[T any](x *exam) T {
	x.Helper()
	b, ok := x.b.(T)
	if !ok {
		x.Skipf("it takes %s", needs[reflect.TypeFor[T]()])
	}
	return b
}

// needs says in words what a further interface of the backdoor is for.
var needs = map[reflect.Type]string{
	reflect.TypeFor[Inviter]():   "an invitation by somebody with another account",
	reflect.TypeFor[Richer]():    "items with more than an event has, as another program writes them",
	reflect.TypeFor[Spoiler]():   "an item that nobody can read, which the server lets no program store",
	reflect.TypeFor[Forgetter](): "a server that forgets its cursors when it is told to",
	reflect.TypeFor[Faulter]():   "faults on the way",
	reflect.TypeFor[Belonger]():  "deals, persons and organisations to which something belongs",
}

// codeOf is the cause that an error names.
func codeOf(err error) string {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e.Code
	}
	return ""
}

// retryTime is when an error says that the next request may be sent.
func retryTime(err error) time.Time {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e.RetryAfter
	}
	return time.Time{}
}
