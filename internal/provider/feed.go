package provider

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Some providers tell what has changed in the whole of an account and charge each question, so that asking once for each of its
// calendars would cost as many times as much. Their calendars share a [Feed]: what changed in the account since an instant is asked
// once, kept in memory for a while, and told to each calendar from where that calendar is.
//
// Each calendar has its own cursor, a [Mark], and is right by that alone: whatever the memo has forgotten is asked again from
// there. So a process that begins anew, or a second one beside it, costs a question and loses nothing.
//
// What a feed may conclude. That an item is in what was told says that it changed, and how it looked then. That it is not says
// nothing: absence proves nothing (I6), and a deletion is proven by id alone. A question that failed is an error to everybody who
// waited for its answer, and never reads as "nothing has changed".
//
// What is told from memory may be older than what its calendar has read or written since, by id. An adapter leaves out what changed
// before the version that the caller knows, and lets be read by id what was changed in the same second, and what the caller does not
// know and was not asked for in this call ([Told.Stale]): we may have deleted it meanwhile (I4).

// Changed is one item as a feed has shown it.
type Changed struct {
	ID  RemoteID
	Tag string    // what it looks like: the same item under the same tag is no news
	At  time.Time // when it was last changed, by the provider's clock
	Raw []byte    // the provider's own answer
	// Asked is when the question was asked, by our clock, that this is the answer to.
	Asked time.Time
	// Skew is what has to be added to At to have it on our clock.
	Skew time.Duration
}

func (c *Changed) size() int { return len(c.Raw) + len(c.ID) + len(c.Tag) + 96 }

// Swept is one page of an answer.
type Swept struct {
	Changes []Changed // in the order of At
	Next    string    // of the next page; empty on the last
	Now     time.Time // the provider's clock when it answered
}

// Sweep asks for what changed in an account at since or later, and before until unless that is zero: a page a call, in the order of
// its changes. Errors as for [Provider.Pull].
type Sweep func(ctx context.Context, since, until time.Time, page string) (Swept, error)

// Fed is a calendar that learns of changes from a feed.
type Fed interface {
	// Since makes the next pulls see at least all that had happened at an instant of our clock, and not only what the feed knew some
	// minutes ago: a person waits for it, or the provider has told of something.
	Since(at time.Time)
}

// Told is what a feed says to one calendar.
type Told struct {
	Changes []Changed // in the order of At
	To      time.Time // all that changed before it, by the provider's clock, has been told
	More    bool      // it goes on from To

	began time.Time
}

// Stale reports that a change is told from memory: it was asked for before the calendar asked.
func (t *Told) Stale(c *Changed) bool { return c.Asked.Before(t.began) }

const (
	// Lap is how far behind where a calendar is it is told of changes once more: clocks of seconds, and changes that were
	// under way when the provider was asked. What it has heard already it knows by tag.
	Lap = 2 * time.Minute
	// sweepPages bounds one call's questions; what is left is for the next.
	sweepPages = 10
)

// Feed is what is known of an account's changes between two instants of the provider's clock. It is safe for concurrent use. One question is
// under way at a time: who needs it waits for its answer, and who does not is answered meanwhile.
type Feed struct {
	of *Feeds

	mu       sync.Mutex
	flight   *flight
	from, to time.Time // whole between these; both zero when it knows nothing
	swept    time.Time // when the question was asked, by our clock, whose answer reached to the end
	items    map[RemoteID]Changed
	bytes    int
	used     time.Time
	beside   any
}

// Beside is what else an account's calendars share in memory: what the first of them has made.
func (f *Feed) Beside(first func() any) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.beside == nil {
		f.beside = first()
	}
	return f.beside
}

// flight is a question under way.
type flight struct {
	done chan struct{}
	err  error
	off  bool // whoever asked was called off, which is nobody else's matter
}

// Since answers what changed at an instant of the provider's clock or later, from what is known where that is from after fresh, an instant of
// ours, and not too old; else it asks. Errors are those of sweep, also to those who waited for somebody else's.
func (f *Feed) Since(ctx context.Context, at, fresh time.Time, sweep Sweep) (Told, error) {
	at, began := at.Add(-Lap), f.of.Now()
	for {
		told, ok, waits := f.look(at, fresh)
		var err error
		if !ok && waits == nil {
			told, err = f.lead(ctx, at, sweep)
		}
		if waits == nil {
			told.began = began
			return told, err
		}
		select {
		case <-ctx.Done():
			return Told{}, &Error{Op: "wait for what has changed", Class: Transient, Status: "not sent", Err: ctx.Err()}
		case <-waits.done:
		}
		if waits.err != nil && !waits.off {
			return Told{}, waits.err
		}
	}
}

// look answers from what is known, or whom to wait for; where there is nobody, the caller is the one to ask.
func (f *Feed) look(at, fresh time.Time) (told Told, ok bool, waits *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.of.Now()
	f.used = now
	young := !f.swept.IsZero() && !f.swept.Before(fresh) && now.Sub(f.swept) < f.of.Age && !now.Before(f.swept)
	if young && !at.Before(f.from) && !at.After(f.to) {
		return f.tell(at), true, nil
	}
	if f.flight == nil {
		f.flight = &flight{done: make(chan struct{})}
		return told, false, nil
	}
	return told, false, f.flight
}

// tell is called with the lock held.
func (f *Feed) tell(at time.Time) Told {
	told := Told{To: f.to}
	for _, c := range f.items { // any order: it is sorted below
		if !c.At.Before(at) {
			told.Changes = append(told.Changes, c)
		}
	}
	slices.SortFunc(told.Changes, func(a, b Changed) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return told
}

// lead asks, for itself and for all who wait.
func (f *Feed) lead(ctx context.Context, at time.Time, sweep Sweep) (told Told, err error) {
	defer func() {
		f.mu.Lock()
		l := f.flight
		l.err, l.off, f.flight = err, ctx.Err() != nil, nil
		f.mu.Unlock()
		close(l.done)
		f.of.bound(f)
	}()
	if before, gap := f.begin(at); gap {
		past, err := f.fill(ctx, at, before, sweep)
		if err != nil || past.More {
			return past, err
		}
	}
	more, err := f.goOn(ctx, sweep)
	if err != nil {
		return Told{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	told = f.tell(at)
	told.More = more
	return told, nil
}

// begin answers whether something is missing before what is known, and up to where. What has ended long before at is of no use; a little of
// it is gone on from, so that siblings that are further behind find no gap.
func (f *Feed) begin(at time.Time) (before time.Time, gap bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.to.IsZero() || at.Sub(f.to) > stride {
		f.from, f.to, f.swept, f.items, f.bytes = at, at, time.Time{}, map[RemoteID]Changed{}, 0
	}
	return f.from, at.Before(f.from)
}

// fill asks for what changed before all that is known. Where that is more than one call may ask for, its beginning is the caller's
// alone: what is known has no gaps.
func (f *Feed) fill(ctx context.Context, at, before time.Time, sweep Sweep) (Told, error) {
	var past []Changed
	reached, more, err := f.pages(ctx, at, before, sweep, func(s Swept) { past = append(past, s.Changes...) })
	if err != nil || more {
		return Told{Changes: past, To: reached, More: more}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.from = at
	for _, c := range past {
		f.learn(c)
	}
	return Told{}, nil
}

// goOn asks for what has changed since the end of what is known. Each page counts, also where a later one fails.
func (f *Feed) goOn(ctx context.Context, sweep Sweep) (more bool, err error) {
	f.mu.Lock()
	since := f.to.Add(-Lap)
	if since.Before(f.from) {
		since = f.from
	}
	f.mu.Unlock()
	asked, first := f.of.Now(), time.Time{}
	_, more, err = f.pages(ctx, since, time.Time{}, sweep, func(s Swept) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if first.IsZero() {
			first = s.Now
		}
		for _, c := range s.Changes {
			f.learn(c)
			f.to = later(f.to, c.At)
		}
	})
	if err == nil && !more {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.to, f.swept = later(f.to, first), asked
	}
	return more, err
}

// pages asks page by page, and answers how far that reached. It ends early where it has asked for long and has come further, so that
// what was told so far can be stored.
func (f *Feed) pages(ctx context.Context, since, until time.Time, sweep Sweep, take func(Swept)) (reached time.Time, more bool, err error) {
	reached = since
	for n, page := 1, ""; ; n++ {
		asked := f.of.Now()
		s, err := sweep(ctx, since, until, page)
		if err != nil {
			return reached, false, err
		}
		for i := range s.Changes {
			s.Changes[i].Asked = asked
			if !s.Now.IsZero() {
				s.Changes[i].Skew = asked.Sub(s.Now).Truncate(time.Second)
			}
			reached = later(reached, s.Changes[i].At)
		}
		take(s)
		if page = s.Next; page == "" {
			return reached, false, nil
		}
		if n >= sweepPages && reached.Sub(since) > Lap {
			return reached, true, nil
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// learn is called with the lock held. Of two that changed in the same second the one that was heard last counts.
func (f *Feed) learn(c Changed) {
	was, there := f.items[c.ID]
	if there && was.At.After(c.At) {
		return
	}
	if there {
		f.bytes -= was.size()
	}
	f.items[c.ID] = c
	f.bytes += c.size()
}

// forget drops what is oldest until at most keep bytes are left; all of it for 0.
func (f *Feed) forget(keep int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flight != nil || f.bytes <= keep {
		return
	}
	if keep == 0 {
		f.from, f.to, f.swept, f.items, f.bytes = time.Time{}, time.Time{}, time.Time{}, nil, 0
		return
	}
	byAge := slices.SortedFunc(maps.Values(f.items), func(a, b Changed) int { return a.At.Compare(b.At) })
	for i, c := range byAge {
		if f.bytes <= keep && c.At.After(byAge[i-1].At) {
			f.from = c.At // of one second all are known, or none
			return
		}
		delete(f.items, c.ID)
		f.bytes -= c.size()
	}
	f.from = f.to.Add(time.Nanosecond) // nothing is left, and nothing may be told from what is known
}
