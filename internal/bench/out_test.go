package bench

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"tahti/internal/faultproxy"
)

// flat measures quiet runs at a hundred events and at huge, both on the stand-in, which takes so many in a minute.
func (l *lab) flat(huge int) {
	if huge == 0 {
		return
	}
	const runs = 50
	file := l.profile("huge")
	quiet := func(n int) time.Duration {
		server, ours := start(l.b, "standin"), start(l.b, "tahti")
		url := fmt.Sprintf("http://127.0.0.1:%d/dav/calendars/alice/calendar/", server.ask(order{Op: "address"}).N)
		server.ask(order{Op: "fill", N: n, Text: "Event"})
		first := ours.ask(order{Op: "connect", URL: url, Password: "secret"})
		if got := ours.ask(order{Op: "count"}).N; got != n {
			l.b.Fatalf("%d of %d events came in", got, n)
		}
		fmt.Printf("        first sync in of %d events from the stand-in: %s of CPU, peak %s\n", n, milliseconds(first.CPU), megabytes(first.Peak))
		ours.ask(order{Op: "sync", N: 5})
		return per(ours.ask(order{Op: "sync", N: runs, Profile: file}), runs)
	}
	small, large := quiet(100), quiet(huge)
	l.add(row{
		what: fmt.Sprintf("quiet run, CPU at %d events against 100 (stand-in)", huge), want: "flat (within 1.5 ×)", got: milliseconds(large),
		others: "at 100: " + milliseconds(small), reached: judge(large <= small*3/2), why: top(file),
	})
}

// out measures the first sync out of n activities, against the floor's writing as many objects.
func (l *lab) out(n int) {
	ours, floor, file := start(l.b, "tahti"), start(l.b, "floor"), l.profile("out")
	ours.ask(order{Op: "create", N: n, Text: "Ours"})
	r := ours.ask(order{
		Op: "connect", URL: through(l.proxy, l.calendar("out")), Password: l.password(), Profile: file,
	})
	if got := ours.ask(order{Op: "count"}).N; got != n {
		l.b.Fatalf("%d of %d activities went out", got, n)
	}
	f := floor.ask(order{
		Op: "push", URL: through(l.proxy, l.calendar("out-floor")), Password: l.password(), From: 500_000, N: n, Text: "Floor",
	})
	l.add(row{
		what: fmt.Sprintf("first sync out, %d activities, CPU of a write", n), want: "≤ 1.5 × the floor's", got: milliseconds(per(r, n)),
		others:  fmt.Sprintf("floor %s (%.2f ×)", milliseconds(per(f, n)), float64(r.CPU)/float64(f.CPU)),
		reached: against(r.CPU, f.CPU, 1.5), why: top(file),
	})
}

// slow measures the time, not the CPU, of a first sync out where each request takes 50 ms more: the run itself, as of
// vdirsyncer, which signs in with another command. What it takes with signing in stands beside it, and what the floor takes
// for the writes alone: as fast as this server answers that many at a time.
func (l *lab) slow(n int) {
	p := faultproxy.Start(l.b, l.server.URL, faultproxy.Options{Latency: 50 * time.Millisecond})
	ours := start(l.b, "tahti")
	ours.ask(order{Op: "create", N: n, Text: "Slow"})
	r := ours.ask(order{Op: "connect", URL: through(p, l.calendar("slow")), Password: l.password()})
	requests := p.Count()
	if got := ours.ask(order{Op: "count"}).N; got != n {
		l.b.Fatalf("%d of %d activities went out", got, n)
	}
	least := start(l.b, "floor").ask(order{
		Op: "push", URL: through(p, l.calendar("slow-floor")), Password: l.password(), From: 700_000, N: n, Text: "Slow",
	})
	var theirs, signed reply
	if v := newVdirsyncer(l.b, through(p, l.calendar("slow-other")), l.password()); v != nil {
		v.write(600_000, n, "Slow")
		theirs, signed = v.sync(), v.signed
	}
	l.add(row{
		what: fmt.Sprintf("first sync out of %d with 50 ms per request, time", n), want: "≥ 6 × faster than vdirsyncer",
		got: fmt.Sprintf("%s (%d requests; with signing in %s, %d)", milliseconds(r.Run), r.N, milliseconds(r.Wall), requests),
		others: fmt.Sprintf("vdirsyncer %s (%s; with its discovery %s), floor %s", milliseconds(theirs.Wall), times(theirs.Wall, r.Run),
			milliseconds(theirs.Wall+signed.Wall), milliseconds(least.Wall)),
		reached: against(r.Run, theirs.Wall, 1.0/6),
	})
}

// soon measures how long a change in the CRM takes until its request is at the server.
func (l *lab) soon(n int) {
	ours, url := start(l.b, "tahti"), through(l.proxy, l.calendar("soon"))
	ours.ask(order{Op: "create", N: n, Text: "Early"}) // edits are measured: the brake would hold so many creations
	ours.ask(order{Op: "index"})
	ours.ask(order{Op: "connect", URL: url, Password: l.password()})
	ours.ask(order{Op: "sync"})
	l.proxy.Reset()
	begun := ours.ask(order{Op: "trickle", N: n, Text: "Soon"}).Times
	ours.ask(order{Op: "sync"})
	var arrived []time.Time
	for _, e := range l.proxy.Log() {
		if e.Method == http.MethodPut {
			arrived = append(arrived, e.At)
		}
	}
	if len(arrived) != n {
		l.b.Fatalf("%d changes, %d writes", n, len(arrived))
	}
	late := make([]time.Duration, n)
	for i := range late {
		late[i] = arrived[i].Sub(begun[i])
	}
	slices.Sort(late)
	l.add(row{
		what: fmt.Sprintf("change in the CRM → its request at the server, p99 of %d, time", n), want: "< 1 s", got: milliseconds(late[n*99/100]),
		others: "median " + milliseconds(late[n/2]), reached: judge(late[n*99/100] < time.Second),
	})
}

func (l *lab) idle(n int) {
	ours := start(l.b, "tahti")
	ours.ask(order{Op: "idle", N: 100}) // what is made once
	r := ours.ask(order{Op: "idle", N: n})
	l.add(row{
		what: fmt.Sprintf("memory of an idle connection, of %d", n), want: "< 2 KB", got: fmt.Sprintf("%d bytes", r.Bytes),
		others: fmt.Sprintf("the process at its most: %s", megabytes(r.Peak)), reached: judge(r.Bytes < 2000),
	})
}
