package push

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

var kinds = []string{Google, Graph}

func (l *lab) does(what string) {
	l.t.Helper()
	if got := l.far.done(); got != what {
		l.t.Errorf("the provider was asked %q, want %q", got, what)
	}
}

func TestAWatchIsMadeOnceAndLooksAtItCostNothing(t *testing.T) {
	for _, kind := range kinds {
		l := newLab(t, kind)
		if !l.tend() {
			t.Error("what changed before the provider tells is told by nobody: the connection has to run once more")
		}
		k := l.far.one()
		row := l.row()
		for what, kept := range map[string]string{"address": string(row.Address), "secret": string(row.Secret)} {
			if strings.Contains(k.Address+k.Secret, kept) || len(kept) != 32 {
				t.Errorf("the %s is kept as %q", what, kept)
			}
		}
		if strings.Contains(k.Address, "/1") || strings.Contains(k.ID, "-") || k.Secret == k.Address[len(k.Address)-26:] {
			t.Errorf("not a random address: %s, %s, %s", k.Address, k.ID, k.Secret)
		}
		if want := row.Tended.Add(50 * time.Hour); row.State != store.WatchLive || !row.Due.Equal(want) || !row.Expires.Equal(k.until) {
			t.Errorf("kept as %+v", row)
		}
		l.does("watch")
		for range 3 {
			l.Pass(5 * time.Minute)
			if l.tend() {
				t.Error("a quiet run is to be repeated")
			}
		}
		l.does("")
	}
}

// In the middle of its life Microsoft's watch is renewed; in the place of Google's comes another, and there is no moment without.
func TestAWatchIsRenewedInTheMiddleOfItsLife(t *testing.T) {
	for kind, want := range map[string]string{Google: "watch unwatch", Graph: "renew"} {
		l := newLab(t, kind)
		l.tend()
		l.does("watch")
		first := l.far.one()
		l.Pass(50*time.Hour - time.Second)
		l.tend()
		l.does("")
		l.Pass(time.Second)
		if l.tend() {
			t.Error("nothing was missed, and yet the connection is to run again")
		}
		l.does(want)
		if k := l.far.one(); k.until != l.Now().Add(l.far.life) || (k == first) != (kind == Graph) {
			t.Errorf("%s: %+v after %+v", kind, k, first)
		}
		if overlap := map[string]int{Google: 2, Graph: 1}[kind]; l.far.most != overlap {
			t.Errorf("%s: %d watches at a time, want %d", kind, l.far.most, overlap)
		}
		if row := l.row(); row.State != store.WatchLive || !row.Expires.Equal(l.far.one().until) {
			t.Errorf("%s: kept as %+v", kind, row)
		}
		before := l.wanted()
		l.send(first.Address, items(first.item("")), first.changed()) // what the old one still says
		if told := l.wanted() > before; told != (kind == Graph) {
			t.Errorf("%s: an ended watch told something: %t", kind, told)
		}
	}
}

func TestBothTellWhileOneTakesThePlaceOfTheOther(t *testing.T) {
	l := newLab(t, Google)
	l.tend()
	first := l.far.one()
	l.Pass(50 * time.Hour)
	l.far.trial = func(fresh *kept) error {
		l.observed()
		for _, k := range []*kept{first, fresh, first} {
			l.send(k.Address, "", k.changed())
		}
		if got := l.observed(); got != "google woken, google awaited, google awaited" {
			t.Errorf("seen as %s", got)
		}
		return nil
	}
	l.tend()
	l.does("watch watch unwatch")
}

func TestWhatFailsIsTriedLaterAndLater(t *testing.T) {
	down := &provider.Error{Op: "watch", Class: provider.Transient, Code: provider.CodeUnreachable}
	l := newLab(t, Google)
	l.far.fail = down
	if l.tend() {
		t.Error("nothing has begun, and the connection is to run again")
	}
	var rests []time.Duration
	for len(rests) < 12 {
		row := l.row()
		if row.State != store.WatchFailed || row.Failures != len(rests)+1 || row.Reason != provider.CodeUnreachable {
			t.Fatalf("kept as %+v", row)
		}
		rest := row.Due.Sub(l.Now())
		rests = append(rests, rest)
		l.far.done()
		l.Pass(rest - time.Second)
		l.tend()
		l.does("")
		l.Pass(time.Second)
		l.tend()
		l.does("watch")
	}
	if rests[0] != firstRest || rests[1] != 2*firstRest || rests[11] != lastRest {
		t.Errorf("tried again after %v", rests)
	}
	l.far.fail = nil
	l.Pass(lastRest)
	if !l.tend() {
		t.Error("it tells at last, and the connection is not to run again")
	}
	if row := l.row(); row.State != store.WatchLive || row.Failures != 0 || row.Reason != "" {
		t.Errorf("kept as %+v", row)
	}
}

func TestAProviderIsNotAskedBeforeItSaid(t *testing.T) {
	l := newLab(t, Graph)
	until := l.Now().Add(time.Hour)
	l.far.fail = &provider.Error{Op: "watch", Class: provider.RateLimited, RetryAfter: until}
	l.tend()
	if row := l.row(); !row.Due.Equal(until) || row.Reason != "rate limited" {
		t.Errorf("kept as %+v", row)
	}
}

// A renewal that fails leaves the watch that is there alone, until it runs out; then there is another as soon as it can be.
func TestARenewalThatFailsEndsNothing(t *testing.T) {
	for kind, want := range map[string]string{Google: "watch", Graph: "renew"} {
		l := newLab(t, kind)
		l.tend()
		k := l.far.one()
		l.far.done()
		l.Pass(50 * time.Hour)
		l.far.fail = &provider.Error{Op: "watch", Class: provider.Transient}
		l.tend()
		l.does(want)
		if row := l.row(); row.State != store.WatchLive || row.Failures != 1 || row.Channel != k.id {
			t.Errorf("%s: kept as %+v", kind, row)
		}
		l.tend()
		l.does("")
		before := l.wanted()
		l.send(k.Address, items(k.item("")), k.changed())
		if l.wanted() == before {
			t.Errorf("%s: the old one is not heard any more", kind)
		}
		l.Pass(60 * time.Hour)
		delete(l.far.live, k.id)
		l.far.fail = nil
		if !l.tend() {
			t.Errorf("%s: there was nobody to tell, and the connection is not to run again", kind)
		}
		l.does("watch")
		if l.far.one() == k || l.row().State != store.WatchLive {
			t.Errorf("%s: kept as %+v", kind, l.row())
		}
	}
}

func TestMicrosoftWantsToBeAskedAgain(t *testing.T) {
	for event, c := range map[string]struct {
		gone  bool
		asked string
	}{
		"reauthorizationRequired": {false, "renew"},
		"subscriptionRemoved":     {true, "renew watch"},
		"missed":                  {false, ""},
	} {
		l := newLab(t, Graph)
		l.tend()
		k := l.far.one()
		l.far.done()
		l.Pass(time.Hour)
		if c.gone {
			delete(l.far.live, k.id)
		}
		for range 2 {
			l.send(k.Address, items(k.item(`,"lifecycleEvent":"`+event+`"`)), nil)
		}
		l.does("") // not meanwhile
		l.Pass(time.Second)
		if again := l.tend(); again != c.gone {
			t.Errorf("%s: to run again: %t", event, again)
		}
		l.does(c.asked)
		l.tend()
		l.does("")
		l.far.one()
	}
}

func TestNobodyIsToldOfWhatRests(t *testing.T) {
	for _, kind := range kinds {
		for name, rest := range map[string]func(l *lab){
			"paused":                   func(l *lab) { l.state(store.Paused) },
			"stopped":                  func(l *lab) { l.state(store.Stopped) },
			"under no address of ours": func(l *lab) { l.push.Base = "" },
		} {
			l := newLab(t, kind)
			l.tend()
			l.far.done()
			rest(l)
			if l.tend() || len(l.far.live) != 0 || len(l.rows()) != 0 {
				t.Errorf("%s: %d watches, kept %+v", name, len(l.far.live), l.rows())
			}
			l.does("unwatch")
			l.tend()
			l.does("")
		}
		for name, wait := range map[string]func(l *lab){
			"held":          func(l *lab) { l.state(store.Held) },
			"needs sign-in": func(l *lab) { l.state(store.NeedsSignIn) },
			"stopped with the company": func(l *lab) {
				l.Tx(func(tx engine.Tx) error {
					c, err := tx.GetCompany(t.Context())
					c.Stopped = l.Now()
					return errors.Join(err, tx.PutCompany(t.Context(), c))
				})
			},
		} {
			l := newLab(t, kind)
			l.tend()
			l.far.done()
			wait(l)
			l.Pass(200 * time.Hour)
			l.tend()
			l.does("")
			if len(l.rows()) != 1 {
				t.Errorf("%s: kept %+v", name, l.rows())
			}
		}
	}
}

func TestAnEndThatFailsIsTriedAgain(t *testing.T) {
	for class, tries := range map[provider.Class]int{
		provider.Transient: 2, provider.Unknown: 2, provider.RateLimited: 2, provider.Forbidden: 1, provider.SignIn: 1, provider.Rejected: 1,
	} {
		l := newLab(t, Google)
		l.tend()
		l.far.done()
		l.state(store.Paused)
		l.far.fail = &provider.Error{Op: "unwatch", Class: class}
		l.tend()
		l.does("unwatch")
		l.tend()
		l.does("") // not yet
		l.far.fail = nil
		l.Pass(firstRest)
		l.tend()
		if n := 1 + strings.Count(l.far.done(), "unwatch"); n != tries || len(l.rows()) != 0 {
			t.Errorf("%s: asked %d times, want %d; kept %+v", class, n, tries, l.rows())
		}
	}
	l := newLab(t, Google)
	l.tend()
	l.state(store.Stopped)
	l.far.fail = &provider.Error{Op: "unwatch", Class: provider.Transient}
	l.tend()
	l.far.done()
	l.Pass(l.far.life)
	l.tend()
	l.does("") // it has run out by itself
	if len(l.rows()) != 0 {
		t.Errorf("kept %+v", l.rows())
	}
}

func TestAnotherAddressOfOursTakesAnotherWatch(t *testing.T) {
	l := newLab(t, Graph)
	l.tend()
	first := l.far.one()
	l.far.done()
	l.push.Base = "https://other.example.com"
	l.tend()
	l.does("unwatch watch")
	if k := l.far.one(); k == first || !strings.HasPrefix(k.Address, "https://other.example.com/push/graph/") {
		t.Errorf("told at %s", k.Address)
	}
}

// The process may die, or lose its lease, at any point: what is kept then leads to one watch again.
func TestALostAnswerIsAskedForAgain(t *testing.T) {
	for _, kind := range kinds {
		l := newLab(t, kind)
		l.far.trial = func(*kept) error { panic("killed") }
		func() {
			defer func() { _ = recover() }()
			l.tend()
		}()
		if row := l.row(); row.State != store.WatchAsked {
			t.Fatalf("kept as %+v", row)
		}
		l.far.trial = nil
		l.Pass(2 * time.Minute) // the lease runs out
		if !l.tend() || l.row().State != store.WatchLive {
			t.Errorf("%s: kept as %+v", kind, l.row())
		}
		l.far.one()
	}
}

func TestAWorkerWithoutLeaseChangesNothing(t *testing.T) {
	l := newLab(t, Google)
	l.wake()
	claims, err := l.DB.ClaimWakes(t.Context(), "w", l.Now(), time.Minute, 1, 1)
	if err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	l.Pass(2 * time.Minute)
	if !l.push.Tend(t.Context(), claims[0], l.far.watcher(), false).IsZero() || len(l.rows()) != 0 {
		t.Errorf("kept %+v", l.rows())
	}
	l.does("") // not even asked
}

func TestAWorkerThatIsToldToStopAsksNothingMore(t *testing.T) {
	l := newLab(t, Google)
	l.wake()
	claims, err := l.DB.ClaimWakes(t.Context(), "w", l.Now(), time.Minute, 1, 1)
	if err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	l.push.Tend(ctx, claims[0], l.far.watcher(), false)
	l.does("")
}

func TestOtherProvidersAreNotAsked(t *testing.T) {
	l := newLab(t, "caldav")
	if l.tend() || len(l.rows()) != 0 {
		t.Errorf("kept %+v", l.rows())
	}
	l.does("")
}

func TestWhatIsDroppedIsEndedWhileItCanBe(t *testing.T) {
	for name, c := range map[string]struct {
		remote bool
		fail   error
		asked  string
	}{
		"by the provider":               {true, nil, "unwatch"},
		"though the provider is away":   {true, &provider.Error{Op: "unwatch", Class: provider.Transient}, "unwatch"},
		"though nobody can be asked it": {false, nil, ""},
	} {
		l := newLab(t, Google)
		l.tend()
		l.far.done()
		l.far.fail = c.fail
		var remote engine.Remote
		if c.remote {
			remote = opened{nil, l.far.watcher()}
		}
		if err := l.push.Drop(t.Context(), l.Company, l.connection, remote); err != nil {
			t.Fatal(err)
		}
		l.does(c.asked)
		if len(l.rows()) != 0 {
			t.Errorf("%s: kept %+v", name, l.rows())
		}
	}
}

// opened is a calendar of which only the side that tells is of interest.
type opened struct {
	engine.Remote
	w provider.Watcher
}

func (o opened) Watcher() provider.Watcher { return o.w }

// Microsoft may tell of a change before its delta shows it: a quiet run behind a notification is repeated soon, and not for ever.
func TestWhatWasToldAndHasNotShownIsLookedForAgain(t *testing.T) {
	for kind, want := range map[string][]time.Duration{Google: nil, Graph: {2 * time.Second, 15 * time.Second}} {
		l := newLab(t, kind)
		l.tend()
		if next := l.tendAfter(true); !next.IsZero() {
			t.Errorf("%s: nothing was told, and it runs again at %v", kind, next)
		}
		row := l.row()
		told := l.Now()
		l.Tx(func(tx engine.Tx) error { return tx.NoteNotification(t.Context(), row.ID, told, time.Time{}) })
		var got []time.Duration
		for next := l.tendAfter(true); !next.IsZero() && len(got) < 9; next = l.tendAfter(true) {
			got = append(got, next.Sub(told))
			if again := l.tendAfter(false); !again.IsZero() {
				t.Errorf("%s: it has seen a change and runs again at %v", kind, again)
			}
			l.Pass(next.Sub(l.Now()))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: looked for again after %v, want %v", kind, got, want)
		}
	}
}
