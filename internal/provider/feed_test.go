package provider_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/provider"
)

// office is an account at a provider whose clock has seconds, and is a minute ahead of ours. Its people change things in it.
type office struct {
	t       *testing.T
	feeds   *provider.Feeds
	feed    *provider.Feed
	changes []provider.Changed
	page    int
	asked   []string // the questions
	fail    error
	failsAt int           // the question that fails, from 1; 0: all
	takes   time.Duration // that a question takes
}

const skew = time.Minute

func newOffice(t *testing.T) *office {
	o := &office{t: t, page: 100}
	o.feeds = o.process()
	o.feed = o.feeds.Of("1/1")
	return o
}

func (o *office) process() *provider.Feeds {
	return &provider.Feeds{Age: 5 * time.Minute, Keep: 1 << 20, Now: time.Now}
}

func (o *office) now() time.Time { return time.Now().Add(skew).Truncate(time.Second) }

func (o *office) change(id, tag string) {
	o.changes = slices.DeleteFunc(o.changes, func(c provider.Changed) bool { return string(c.ID) == id })
	o.changes = append(o.changes, provider.Changed{ID: provider.RemoteID(id), Tag: tag, At: o.now(), Raw: []byte(id + " " + tag)})
}

func (o *office) sweep(ctx context.Context, since, until time.Time, page string) (provider.Swept, error) {
	q := since.Format("15:04:05")
	if !until.IsZero() {
		q += "-" + until.Format("15:04:05")
	}
	if page != "" {
		q += " page " + page
	}
	o.asked = append(o.asked, q)
	n := len(o.asked)
	select {
	case <-ctx.Done():
		return provider.Swept{}, ctx.Err()
	case <-time.After(o.takes):
	}
	if o.fail != nil && (o.failsAt == 0 || o.failsAt == n) {
		return provider.Swept{}, o.fail
	}
	var found []provider.Changed
	for _, c := range o.changes {
		if !c.At.Before(since) && (until.IsZero() || c.At.Before(until)) {
			found = append(found, c)
		}
	}
	from, _ := strconv.Atoi(page)
	s := provider.Swept{Now: o.now(), Changes: slices.Clone(found[from:min(from+o.page, len(found))])}
	if from+o.page < len(found) {
		s.Next = strconv.Itoa(from + o.page)
	}
	return s, nil
}

// questions are what was asked since the last time.
func (o *office) questions() string {
	s := strings.Join(o.asked, ", ")
	o.asked = nil
	return s
}

func (o *office) asks(want string) {
	o.t.Helper()
	if got := o.questions(); got != want {
		o.t.Errorf("asked %q, want %q", got, want)
	}
}

// reader is one calendar: all that begins with its letter concerns it. It stores what it was told as it goes.
type reader struct {
	o     *office
	feed  *provider.Feed
	mine  string
	mark  provider.Mark
	fresh time.Time
	heard []string
}

func (o *office) reader(mine string) *reader {
	return &reader{o: o, feed: o.feed, mine: mine, mark: provider.Mark{At: o.now()}}
}

func (r *reader) pull(ctx context.Context) error {
	for {
		told, err := r.feed.Since(ctx, r.mark.At, r.fresh, r.o.sweep)
		if err != nil {
			return err
		}
		var mine []provider.Changed
		for _, c := range r.mark.News(told) {
			if strings.HasPrefix(string(c.ID), r.mine) {
				mine = append(mine, c)
				r.heard = append(r.heard, string(c.ID)+c.Tag)
			}
		}
		next := r.mark.Next(told, mine)
		stored, err := provider.ParseMark(next.Cursor())
		if err != nil {
			return err
		}
		r.mark = stored
		if !told.More {
			return nil
		}
	}
}

// hears runs a pull, and checks what it told.
func (r *reader) hears(want string) {
	r.o.t.Helper()
	if err := r.pull(r.o.t.Context()); err != nil {
		r.o.t.Fatal(err)
	}
	if got := strings.Join(r.heard, " "); got != want {
		r.o.t.Errorf("%s heard %q, want %q", r.mine, got, want)
	}
	r.heard = nil
}

func inOffice(t *testing.T, f func(t *testing.T, o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newOffice(t)) })
}

func TestOneQuestionServesThreeCalendars(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, b, c := o.reader("a"), o.reader("b"), o.reader("c")
		time.Sleep(time.Second)
		o.change("a1", "x")
		o.change("b1", "x")
		time.Sleep(time.Minute)
		a.hears("a1x")
		b.hears("b1x")
		c.hears("")
		o.asks("23:59:00")
		// What was heard once is not heard again, though the next question laps over it; what is heard anew is.
		time.Sleep(5 * time.Minute)
		o.change("b1", "y")
		o.change("c1", "x")
		a.hears("")
		b.hears("b1y")
		c.hears("c1x")
		o.asks("00:00:01")
		for range 3 {
			a.hears("")
			b.hears("")
			c.hears("")
		}
		o.asks("")
	})
}

func TestWhatIsMeanwhileIsToldAtTheNextQuestion(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, b := o.reader("a"), o.reader("b")
		a.hears("")
		o.change("b1", "x") // in the very second of the question
		b.hears("")         // it is not known yet
		time.Sleep(5 * time.Minute)
		a.hears("")
		b.hears("b1x")
	})
}

func TestWhoeverKnowsOfAChangeIsNotAnsweredFromMemory(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, b, c := o.reader("a"), o.reader("b"), o.reader("c")
		a.hears("")
		o.questions()
		time.Sleep(10 * time.Second)
		o.change("b1", "x")
		b.fresh, c.fresh = time.Now(), time.Now() // both were told
		b.hears("b1x")
		c.hears("")
		a.hears("")
		o.asks("23:59:00")
	})
}

func TestWhoWaitsForAFailureFailsAndNobodyElse(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, b, c := o.reader("a"), o.reader("b"), o.reader("c")
		c.hears("")
		o.questions()
		o.change("a1", "x")
		o.takes, o.fail = 30*time.Second, &provider.Error{Op: "list", Class: provider.RateLimited}
		a.fresh, b.fresh = time.Now().Add(time.Nanosecond), time.Now().Add(time.Nanosecond)
		time.Sleep(time.Nanosecond)
		done := make(chan error)
		go func() { done <- a.pull(t.Context()) }()
		synctest.Wait()
		go func() { done <- b.pull(t.Context()) }()
		synctest.Wait()
		c.hears("") // which needs no answer, and gets none late
		for range 2 {
			if err := <-done; provider.ClassOf(err) != provider.RateLimited {
				t.Errorf("waited for a failure, and got %v", err)
			}
		}
		if len(o.asked) != 1 || a.mark.At != b.mark.At {
			t.Errorf("asked %q; marks %v and %v", o.asked, a.mark, b.mark)
		}
		o.fail = nil
		a.hears("a1x") // nothing was taken for "nothing has changed"
	})
}

func TestWhoIsCalledOffTakesNobodyElseAlong(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, b := o.reader("a"), o.reader("b")
		o.change("b1", "x")
		o.takes = time.Minute
		ctx, off := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.pull(ctx) }()
		synctest.Wait()
		go func() { done <- b.pull(t.Context()) }()
		synctest.Wait()
		off()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("called off: %v", err)
		}
		if err := <-done; err != nil || len(b.heard) != 1 {
			t.Errorf("who waited: %v, heard %q", err, b.heard)
		}
		// And who waits may be called off without harm to whoever asks.
		a.fresh, b.fresh = time.Now().Add(time.Nanosecond), time.Now().Add(time.Nanosecond)
		time.Sleep(time.Nanosecond)
		ctx, off = context.WithCancel(t.Context())
		go func() { done <- b.pull(t.Context()) }()
		synctest.Wait()
		waits := make(chan error)
		go func() { waits <- a.pull(ctx) }()
		synctest.Wait()
		off()
		if err := <-waits; provider.ClassOf(err) != provider.Transient || !errors.Is(err, context.Canceled) {
			t.Errorf("called off while waiting: %v", err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestOneFarBehindIsToldOfAllAndAsksForTheGapAlone(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		behind := o.reader("b")
		time.Sleep(time.Minute)
		o.change("b1", "x")
		o.change("a1", "x")
		time.Sleep(time.Hour)
		a := o.reader("a") // added later: it begins where its listing did
		o.change("b2", "x")
		time.Sleep(time.Second)
		a.hears("")
		o.asks("01:00:00")
		behind.hears("b1x b2x")
		o.asks("23:59:00-01:00:00, 01:00:01")
		behind.hears("")
		a.hears("")
		o.asks("")
	})
}

// TestAnOfficeThatChangedMuchIsToldInSteps: each of which can be stored, and none is lost or told twice.
func TestAnOfficeThatChangedMuchIsToldInSteps(t *testing.T) {
	for _, late := range []bool{false, true} {
		inOffice(t, func(t *testing.T, o *office) {
			o.page = 5
			behind := o.reader("b")
			var want []string
			for i := range 300 {
				o.change(fmt.Sprintf("b%03d", i), "x")
				want = append(want, fmt.Sprintf("b%03dx", i))
				time.Sleep(20 * time.Second)
			}
			if late { // somebody has asked for the end of it already
				o.reader("a").hears("")
			}
			behind.hears(strings.Join(want, " "))
			if most := 300/5 + 20; len(o.asked) > most {
				t.Errorf("%d questions, want at most %d", len(o.asked), most)
			}
		})
	}
}

// TestWhatIsImportedInOneSecondIsTold: pages of one instant are no place to stop at.
func TestWhatIsImportedInOneSecondIsTold(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.page = 3
		b := o.reader("b")
		for i := range 100 {
			o.change(fmt.Sprintf("b%03d", i), "x")
		}
		if err := b.pull(t.Context()); err != nil || len(b.heard) != 100 {
			t.Errorf("%d of 100, %v", len(b.heard), err)
		}
	})
}

func TestAFailureHalfWayKeepsWhatWasHeard(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.page = 5
		b := o.reader("b")
		for i := range 30 {
			o.change(fmt.Sprintf("b%03d", i), "x")
			time.Sleep(time.Minute)
		}
		o.fail, o.failsAt = &provider.Error{Class: provider.Transient}, 4
		if err := b.pull(t.Context()); err == nil || len(b.heard) != 0 {
			t.Fatalf("heard %d, %v", len(b.heard), err)
		}
		o.questions()
		o.fail = nil
		if err := b.pull(t.Context()); err != nil || len(b.heard) != 30 {
			t.Errorf("heard %d, %v", len(b.heard), err)
		}
		if len(o.asked) > 4 {
			t.Errorf("asked again for what was heard: %q", o.asked)
		}
	})
}

func TestARestartAndASecondProcessCostAQuestionEach(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, b := o.reader("a"), o.reader("b")
		o.change("a1", "x")
		a.hears("a1x")
		b.hears("")
		o.questions()
		second := o.process()
		b.feed = second.Of("1/1")
		time.Sleep(time.Second)
		o.change("b1", "x")
		b.hears("b1x")
		o.asks("23:59:00")
		third := o.process()
		a.feed, b.feed = third.Of("1/1"), third.Of("1/1")
		a.hears("")
		b.hears("")
		if len(o.asked) > 2 {
			t.Errorf("a restart cost %q", o.asked)
		}
	})
}

func TestAQuietCalendarStaysWhereItIsForAWhile(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a := o.reader("a")
		moved := 0
		for range 48 {
			was := a.mark.At
			a.hears("")
			if a.mark.At != was {
				moved++
			}
			time.Sleep(5 * time.Minute)
		}
		if moved < 2 || moved > 4 {
			t.Errorf("in four hours it moved %d times", moved)
		}
		if len(o.asked) != 48 {
			t.Errorf("%d questions in four hours, want one a poll", len(o.asked))
		}
		for i := range 60 { // much happens to others: it is not looked at for an hour
			o.change(fmt.Sprintf("b%d", i), "x")
		}
		time.Sleep(5 * time.Minute)
		was := a.mark.At
		a.hears("")
		if a.mark.At == was {
			t.Error("it looks at the changes of others again and again")
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.feeds.Keep = 60_000
		a, b := o.reader("a"), o.reader("b")
		var want []string
		for i := range 400 {
			o.change(fmt.Sprintf("b%03d", i), "x")
			want = append(want, fmt.Sprintf("b%03dx", i))
			time.Sleep(time.Second)
		}
		a.hears("")
		b.hears(strings.Join(want, " ")) // what was forgotten is asked again
		o.questions()
		c := o.reader("c")
		c.hears("")
		c.hears("")
		o.asks("")
		for i := range 8 { // other accounts need room
			r := o.reader("b")
			r.feed, r.mark.At = o.feeds.Of(fmt.Sprint(i)), b.mark.At.Add(-2*time.Minute)
			if err := r.pull(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		o.questions()
		c.hears("")
		from := c.mark.At.Add(-provider.Lap).Format("15:04:05")
		o.asks(from + ", " + from + " page 100") // a longest idle one was forgotten
	})
}

// TestWhatIsToldFromMemorySaysSo: the adapter has it read by id, where we may have written or deleted it since.
func TestWhatIsToldFromMemorySaysSo(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a := o.reader("a")
		o.change("a1", "x")
		for i, stale := range []bool{false, true} {
			time.Sleep(time.Second)
			told, err := o.feed.Since(t.Context(), a.mark.At, time.Time{}, o.sweep)
			if err != nil || len(told.Changes) != 1 || told.Stale(&told.Changes[0]) != stale {
				t.Errorf("call %d: %+v, %v", i, told, err)
			}
		}
	})
}

func TestAMarkThatIsNoneIsRefused(t *testing.T) {
	for _, c := range []provider.Cursor{"", "{}", "x", `{"at":7}`} {
		if m, err := provider.ParseMark(c); err == nil {
			t.Errorf("%q is %v", c, m)
		}
	}
}
