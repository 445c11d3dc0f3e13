package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// office is an account whose three calendars share a feed.
type office struct {
	r     *rig
	feeds *provider.Feeds
	mu    sync.Mutex
	asked int                             // questions of the feed
	hook  func(ctx context.Context) error // before each
}

// fed is one calendar of it, as it is opened for a run.
type fed struct {
	*cal
	office *office
	feed   *provider.Feed
	since  time.Time
}

func (f *fed) Since(at time.Time) { f.since = at }
func (f *fed) SharesWatch()       {}

func (f *fed) Watch(context.Context, provider.Watch) (provider.Watched, error) {
	return provider.Watched{}, nil
}
func (f *fed) Renew(_ context.Context, w provider.Watched) (provider.Watched, error) { return w, nil }
func (f *fed) Unwatch(context.Context, provider.Watched) error                       { return nil }

// Pull lists the calendar at first, and then hears the feed. What it is told from memory it lets be read.
func (f *fed) Pull(ctx context.Context, since provider.Cursor, known provider.Known) (provider.Pull, error) {
	if since == "" {
		at := time.Now()
		p, err := f.cal.Pull(ctx, "", known)
		if s, ok := p.(provider.Snapshot); ok {
			s.Next = provider.Mark{At: at}.Cursor()
			p = s
		}
		return p, err
	}
	mark, err := provider.ParseMark(since)
	if err != nil {
		return nil, &provider.Error{Op: "pull", Class: provider.CursorLost, Err: err}
	}
	told, err := f.feed.Since(ctx, mark.At, f.since, f.office.sweep)
	if err != nil {
		return nil, err
	}
	var d provider.Delta
	var mine []provider.Changed
	for _, c := range mark.News(told) {
		owner, id, _ := strings.Cut(string(c.ID), "/")
		if owner != f.name {
			continue
		}
		mine = append(mine, c)
		d.Items = append(d.Items, provider.Item{ID: provider.RemoteID(id), State: provider.StateUnproven})
	}
	d.Next, d.More = mark.Next(told, mine).Cursor(), told.More
	return d, nil
}

func (o *office) sweep(ctx context.Context, since, until time.Time, _ string) (provider.Swept, error) {
	o.mu.Lock()
	o.asked++
	hook := o.hook
	o.mu.Unlock()
	if hook != nil {
		if err := hook(ctx); err != nil {
			return provider.Swept{}, err
		}
	}
	s := provider.Swept{Now: time.Now()}
	for name, c := range o.r.cals { // any order: it is sorted below
		c.mu.Lock()
		p, err := c.inner.Pull(ctx, "0", nil)
		c.mu.Unlock()
		if err != nil {
			return s, err
		}
		for _, it := range p.(provider.Delta).Items {
			if !it.Modified.Before(since) && (until.IsZero() || it.Modified.Before(until)) && it.State == provider.StateLive {
				s.Changes = append(s.Changes, provider.Changed{
					ID: provider.RemoteID(name + "/" + string(it.ID)), Tag: it.Versions.Master().Tag, At: it.Modified,
				})
			}
		}
	}
	slices.SortFunc(s.Changes, func(a, b provider.Changed) int { return a.At.Compare(b.At) })
	return s, nil
}

func (o *office) questions() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.asked
	o.asked = 0
	return n
}

func (o *office) hooked(f func(ctx context.Context) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hook = f
}

// staff is an office whose three people have their calendars connected on one account.
type staff struct {
	*office
	company store.ID
	user    crm.User
	account store.Account
	ids     []store.ID
	cals    []*cal
	stop    func()
}

func inOffice(t *testing.T, w *tending, f func(s *staff)) {
	t.Helper()
	inBubble(t, Options{Poll: 5 * time.Minute, Watches: w}, func(r *rig) {
		s := &staff{office: &office{r: r, feeds: &provider.Feeds{Age: 5 * time.Minute, Keep: 1 << 20, Now: time.Now}}}
		r.office = s.office
		s.company, s.user = r.company("acme")
		s.account = r.account(s.company, s.user, "https://office.example.com")
		for i := range 3 {
			s.join(fmt.Sprintf("desk%d", i))
		}
		s.stop = r.start(r.runner)
		defer func() { s.stop() }()
		s.wakeAll(2)
		s.pass(time.Second)
		f(s)
	})
}

func (s *staff) join(name string) {
	id, c := s.r.connect(s.company, s.account, name)
	c.name, c.inner.Now = name, time.Now
	s.ids, s.cals = append(s.ids, id), append(s.cals, c)
}

func (s *staff) wakeAll(lane int) {
	for _, id := range s.ids {
		s.r.wake(s.company, id, lane)
	}
}

func (s *staff) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// edit changes something in each calendar at its provider.
func (s *staff) edit(subject string) {
	for _, c := range s.cals {
		c.mu.Lock()
		e := event(subject + " of " + c.name)
		e.UID = fmt.Sprint(e.Subject, time.Now())
		c.inner.Add(e)
		c.mu.Unlock()
	}
}

// has checks how many activities have come in.
func (s *staff) has(n int) {
	s.r.t.Helper()
	got := 0
	s.r.tx(s.company, func(tx engine.Tx) error {
		list, _, err := tx.Activities(context.Background(), store.ActivityFilter{Limit: 500, Sort: "id"})
		got = len(list)
		return err
	})
	if got != n {
		s.r.t.Errorf("%d activities, want %d", got, n)
	}
}

func (s *staff) asks(most int) {
	s.r.t.Helper()
	if n := s.questions(); n < 1 || n > most {
		s.r.t.Errorf("%d questions, want 1 to %d", n, most)
	}
}

func TestThreeConnectionsShareWhatTheirAccountIsAskedForAtEachPoll(t *testing.T) {
	inOffice(t, &tending{}, func(s *staff) {
		s.asks(1)
		for n := 3; n <= 9; n += 3 {
			s.edit("Meeting")
			s.pass(11 * time.Minute)
			s.has(n)
			s.asks(3) // in two polls of each of three
		}
		s.pass(time.Hour)
		s.has(9)
	})
}

func TestAPersonAndThePushAreNotAnsweredFromMemory(t *testing.T) {
	w := &tending{}
	inOffice(t, w, func(s *staff) {
		s.pass(time.Minute)
		s.questions()
		s.edit("Meeting")
		s.wakeAll(1) // something changed here: nobody has told of anything there
		s.pass(2 * time.Second)
		s.has(0)
		if n := s.questions(); n != 0 {
			t.Errorf("a local change asked the provider %d times", n)
		}
		w.mu.Lock()
		w.told = time.Now()
		w.mu.Unlock()
		s.wakeAll(1)
		s.pass(2 * time.Second)
		s.has(3)
		s.asks(1)
		s.edit("Lunch")
		s.pass(time.Second)
		s.r.wake(s.company, s.ids[1], 0) // somebody presses "Sync now"
		s.pass(time.Second)
		s.has(6) // the others have heard of what came in, and were told the same
		s.asks(1)
	})
}

// TestAFailedQuestionIsAFailureOfAllWhoWaitedForIt, and of nobody else; nothing is lost by it, and nothing taken for gone (I6).
func TestAFailedQuestionIsAFailureOfAllWhoWaitedForIt(t *testing.T) {
	w := &tending{}
	inOffice(t, w, func(s *staff) {
		s.edit("Meeting")
		s.pass(6 * time.Minute)
		s.has(3)
		s.hooked(func(context.Context) error {
			time.Sleep(10 * time.Second) // slow, too
			return &provider.Error{Op: "list", Class: provider.Transient, Code: provider.CodeUnreachable}
		})
		s.edit("Lunch")
		w.mu.Lock()
		w.told = time.Now()
		w.mu.Unlock()
		s.questions()
		s.wakeAll(1)
		s.pass(12 * time.Second)
		for i, id := range s.ids {
			if c := s.r.connection(s.company, id); c.State != store.Retrying || c.Health.ErrorCode != provider.CodeUnreachable {
				t.Errorf("connection %d is %s (%s)", i, c.State, c.Health.ErrorCode)
			}
		}
		s.asks(1)
		s.hooked(nil)
		s.pass(time.Minute)
		s.has(6)
	})
}

func TestOneThatIsFarBehindAndOneThatIsNewAreToldWhatTheyMissed(t *testing.T) {
	inOffice(t, &tending{}, func(s *staff) {
		s.setState(s.ids[1], store.Paused)
		for range 5 {
			s.edit("Meeting")
			s.pass(3 * time.Hour)
		}
		s.has(10)
		s.join("desk3")
		s.edit("Lunch")
		s.r.wake(s.company, s.ids[3], 2)
		s.setState(s.ids[1], store.Active)
		s.r.wake(s.company, s.ids[1], 2)
		s.questions()
		s.pass(11 * time.Minute)
		s.has(19)
		s.asks(6) // the gap is one more
	})
}

func (s *staff) setState(id store.ID, state string) {
	s.r.tx(s.company, func(tx engine.Tx) error {
		c, err := tx.Connection(context.Background(), id)
		if err != nil {
			return err
		}
		c.State = state
		return tx.PutConnection(context.Background(), &c)
	})
}

// TestAnotherProcessAsksForItself: cursors are all that it has to know, and what it does not remember costs a question.
func TestAnotherProcessAsksForItself(t *testing.T) {
	inOffice(t, &tending{}, func(s *staff) {
		s.edit("Meeting")
		s.pass(6 * time.Minute)
		s.has(3)
		s.stop()
		s.edit("Lunch")
		s.feeds = &provider.Feeds{Age: 5 * time.Minute, Keep: 1 << 20, Now: time.Now}
		s.questions()
		s.stop = s.r.start(s.r.newRunner(Options{Owner: "two", Poll: 5 * time.Minute}))
		s.pass(6 * time.Minute)
		s.has(6)
		s.asks(3)
	})
}
