package house_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/faultproxy"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// The variables by which a test starts its own binary as a server that can be killed.
const (
	childDir   = "TAHTI_HOUSE_CHILD"
	childAhead = "TAHTI_HOUSE_AHEAD"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir, os.Getenv(childAhead)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	if n := flag.Lookup("test.parallel"); n.Value.String() == n.DefValue {
		_ = n.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0))) // many of the tests wait for a server or a clock
	}
	os.Exit(m.Run())
}

// child runs the house in dir until it is killed, or until the test that started it is no more.
func child(dir, ahead string) error {
	d, err := time.ParseDuration(ahead)
	if err != nil {
		return err
	}
	c := &clock{}
	c.pass(d)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	rows := store.Config{Path: filepath.Join(dir, "tahti.db"), Now: c.Now}
	h, db, err := raise(ctx, dir, rows, setup{}, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer db.Close()
	if text := os.Getenv(childTakes); text != "" {
		return takes(ctx, h, text)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that is waited for
		cancel()
	}()
	return h.Runner.Run(ctx)
}

// victim is a server process on the lab's rows.
type victim struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr bytes.Buffer
}

// serve starts a process that works on the lab's rows; the lab's own runner must not run.
func (l *lab) serve() *victim {
	l.t.Helper()
	v := &victim{t: l.t, cmd: exec.Command(os.Args[0])}
	v.cmd.Env = append(os.Environ(), childDir+"="+l.dir, childAhead+"="+time.Duration(l.clock.ahead.Load()).String())
	v.cmd.Stderr = &v.stderr
	in, err := v.cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	v.stdin = in
	if err := v.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(v.kill)
	return v
}

// kill ends the process as a power cut would (SIGKILL); nothing of it runs any more when kill returns.
func (v *victim) kill() {
	if v.cmd.ProcessState != nil {
		return
	}
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Errorf("kill the server: %v", err)
	}
	_ = v.cmd.Wait() // "signal: killed"
	_ = v.stdin.Close()
	if v.stderr.Len() > 0 {
		v.t.Logf("the server said:\n%s", v.stderr.String())
	}
}

// full reports that tests run at their full length (make test-servers); else they run a sample of it.
func full() bool { return os.Getenv("TAHTI_TEST_SERVERS") == "all" }

// notShort leaves out of short runs what kills a server of its own, plays at random, or goes through many items or cases one by one:
// the detector, under which short runs are made (scripts/test), finds nothing there that it does not find in the other tests.
func notShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out of short runs")
	}
}

// TestKilledAtEachRequest kills the server while request k of a sync is under way, before the calendar's server has seen it
// and after it has done what was asked, for each k. One more run later both sides hold what people left there.
func TestKilledAtEachRequest(t *testing.T) {
	notShort(t)
	t.Parallel()
	t.Run(account.CalDAV, func(t *testing.T) { t.Parallel(); killedAtEachRequest(t, farSide(t), 5) })
	t.Run(account.EWS, func(t *testing.T) { t.Parallel(); killedAtEachRequest(t, newExchangeFar(t), 15) })
}

// killedAtEachRequest takes every step-th request, unless tests run at their full length.
func killedAtEachRequest(t *testing.T, f far, step int) {
	proxy := faultproxy.Start(t, f.address(), faultproxy.Options{})
	l := newHouse(t, setup{idle: true})
	l.sign, l.kind = f.sign(), f.kind()
	l.sign.URL = through(proxy, f)
	p := newPair(l, f)
	for i := range 15 {
		p.addHere(fmt.Sprintf("first-here-%02d", i))
		p.addThere(fmt.Sprintf("first-there-%02d", i))
	}
	c := l.connect(`{"start":"everything"}`)
	p.oneRun(c.ID)
	if t.Failed() {
		t.Fatal("the calm first sync went wrong")
	}
	if full() {
		step = 1
	}
	round := 0
	for k := 1; ; k += step {
		reached := true
		for i, kind := range []faultproxy.Kind{faultproxy.FreezeBefore, faultproxy.FreezeAfter} {
			if step > 1 && k/step%2 != i {
				continue // of a sample, each is tried at every other place
			}
			round++
			p.pass(25 * time.Hour) // how much all rounds delete together is not for the brakes to judge
			p.change(round)
			reached = reached && p.killAt(c.ID, proxy, k, kind)
			p.oneRun(c.ID)
			if t.Failed() {
				t.Fatalf("killed at request %d, %s", k, kind)
			}
		}
		if !reached {
			t.Logf("a sync takes fewer than %d requests; %d kills", k, round)
			if k < 20 {
				t.Errorf("a sync of 20 items each way took fewer than %d requests", k)
			}
			return
		}
	}
}

// through is the address of a calendar behind a proxy.
func through(p *faultproxy.Proxy, f far) string {
	if r, ok := f.(*realFar); ok {
		return p.URL + "/" + r.s.User("alice").Name + "/calendar/"
	}
	return p.URL
}

// killAt starts a server, lets it sync up to its request k, and kills it there. It answers false if there is no such
// request: then the run has ended by itself.
func (p *pair) killAt(id store.ID, proxy *faultproxy.Proxy, k int, kind faultproxy.Kind) bool {
	p.t.Helper()
	proxy.Reset()
	freeze := proxy.At(k, kind)
	wish, err := p.house.Connections.SyncNow(p.t.Context(), p.who, id)
	if err != nil {
		p.t.Fatal(err)
	}
	v := p.serve()
	ended := make(chan store.Run, 1)
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	go func() {
		run, err := p.house.Connections.Await(ctx, p.who, id, wish)
		if err == nil && !run.Finished.IsZero() {
			ended <- run
		}
	}()
	reached := false
	select {
	case <-freeze.Reached:
		reached = true
	case <-ended:
	case <-ctx.Done():
		p.t.Error("neither request nor end of the run within a minute")
	}
	v.kill()
	freeze.Release() // the proxy drops what its client does not wait for any more
	proxy.Calm()
	return reached
}

// oneRun lets the lease of a killed server end, runs once, and demands that all is in step then: nothing waits, and the
// next run writes nothing.
func (p *pair) oneRun(id store.ID) {
	p.t.Helper()
	p.pass(2 * time.Minute)
	p.start()
	defer p.stop()
	if run := p.sync(id); run.State != "done" {
		p.t.Errorf("the run after the kill: %+v", run)
	}
	for _, w := range p.waiting(id) {
		p.t.Errorf("still waits: %s, held by %q: %s %s", w.Subject, w.HeldBy, w.Reason, w.Detail)
	}
	p.check()
	run := p.sync(id)
	for name, n := range run.Counts {
		if n > 0 && name != engine.Unchanged {
			p.t.Errorf("a quiet run counts %d %s", n, name)
		}
	}
}

// TestKilledDuringTheFirstSync kills the server at random while it carries many items over for the first time, and starts
// it again, until it is through. A kill is proved to be inside a run by the run's row, which has no end.
func TestKilledDuringTheFirstSync(t *testing.T) {
	notShort(t)
	t.Parallel()
	each, kills, proved := 100, 3, 2
	if full() {
		each, kills, proved = 500, 20, 15
	}
	random := rand.New(rand.NewPCG(1, 2))
	done, inside := 0, 0
	for world := 0; done < kills; world++ {
		d, i := firstSync(t, world, each, kills-done, random)
		done, inside = done+d, inside+i
		if t.Failed() {
			t.Fatalf("world %d", world)
		}
	}
	t.Logf("%d kills, %d of them inside a run", done, inside)
	if inside < proved {
		t.Errorf("only %d of %d kills are proved to be inside a run, want %d", inside, done, proved)
	}
}

func firstSync(t *testing.T, world, each, most int, random *rand.Rand) (kills, inside int) {
	f := newStandFar(t, caldav.ProfilePlain)
	proxy := faultproxy.Start(t, f.address(), faultproxy.Options{Latency: 4 * time.Millisecond})
	l := newHouse(t, setup{idle: true})
	l.sign = f.sign()
	l.sign.URL = proxy.URL
	p := newPair(l, f)
	for i := range each {
		p.addHere(fmt.Sprintf("here-%d-%d", world, i))
		p.addThere(fmt.Sprintf("there-%d-%d", world, i))
	}
	c := l.connect(`{"start":"everything"}`)
	for kills < most {
		proxy.Reset()
		if _, err := l.house.Connections.SyncNow(t.Context(), l.who, c.ID); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(time.Minute)
		v := l.serve()
		at := 1 + random.IntN(each/2) // in requests and a little time, that a slow machine is killed as a fast one
		for proxy.Count() < at && time.Now().Before(deadline) && !l.through(c.ID) {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
		v.kill()
		kills++
		if l.through(c.ID) {
			break // before it was killed
		}
		if l.inside(c.ID) {
			inside++
		}
		l.pass(2 * time.Minute) // the lease of the killed one ends
	}
	p.oneRun(c.ID)
	return kills, inside
}

// inside reports that the newest run has begun and has no end: who worked on it was killed.
func (l *lab) inside(id store.ID) bool {
	run, found := l.lastRun(id)
	return found && run.Finished.IsZero()
}

// through reports that the newest run has ended well.
func (l *lab) through(id store.ID) bool {
	run, found := l.lastRun(id)
	return found && run.State == "done"
}

// lastRun only reads: a server in another process that writes all the time leaves SQLite's lock for less than a millisecond at a time,
// and who wants to write meanwhile looks for it ten times a second.
func (l *lab) lastRun(id store.ID) (run store.Run, found bool) {
	l.t.Helper()
	err := l.house.Store.View(l.t.Context(), l.who.Company, func(tx engine.Tx) error {
		runs, err := tx.Runs(l.t.Context(), id, 1)
		if found = len(runs) == 1; found {
			run = runs[0]
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return run, found
}
