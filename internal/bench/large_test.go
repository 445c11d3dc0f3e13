package bench

import (
	"fmt"
	"time"
)

// trio are the three programs on one calendar. other is nil where vdirsyncer is not installed.
type trio struct {
	l     *lab
	n     int
	url   string
	ours  *program
	floor *program
	other *vdirsyncer
}

// large measures a calendar of n events: the first sync in, quiet runs, changes on one side and on both.
func (l *lab) large(n int) {
	straight := l.calendar("large")
	url := through(l.proxy, straight)
	t := &trio{l: l, n: n, url: url, ours: start(l.b, "tahti"), floor: start(l.b, "floor")}
	t.floor.ask(order{Op: "push", URL: straight, Password: l.password(), N: n, Text: "Event"})
	t.other = newVdirsyncer(l.b, url, l.password())
	t.first()
	t.ours.ask(order{Op: "index"})
	t.quiet()
	t.manyRemote(250)
	t.bothSides(max(1, n/100))
	t.oneChange()
}

func (t *trio) pull(n int) reply {
	return t.floor.ask(order{Op: "pull", URL: t.url, Password: t.l.password(), N: n})
}

// push changes N events at the server, from the side.
func (t *trio) push(from, n int, word string) {
	t.floor.ask(order{Op: "push", URL: t.url, Password: t.l.password(), From: from, N: n, Text: word})
}

func (t *trio) sync(n int, profile string) reply {
	return t.ours.ask(order{Op: "sync", N: n, Profile: profile})
}

// theirs is vdirsyncer's run, or nothing where it is not installed.
func (t *trio) theirs() (r reply, requests int) {
	if t.other == nil {
		return r, 0
	}
	requests = t.l.requests(func() { r = t.other.sync() })
	return r, requests
}

func beside(other, floor time.Duration, got time.Duration) string {
	text := "vdirsyncer not installed"
	if other > 0 {
		text = fmt.Sprintf("vdirsyncer %s (%s)", milliseconds(other), times(other, got))
	}
	if floor > 0 {
		text += ", floor " + milliseconds(floor)
	}
	return text
}

func (t *trio) first() {
	l, file := t.l, t.l.profile("first")
	var ours, floor reply
	ours = t.ours.ask(order{Op: "connect", URL: t.url, Password: l.password(), Profile: file})
	if got := t.ours.ask(order{Op: "count"}).N; got != t.n {
		l.b.Fatalf("%d of %d events came in", got, t.n)
	}
	theirs, theirRequests := t.theirs()
	floor = t.pull(1)
	others := beside(theirs.CPU, floor.CPU, ours.CPU)
	l.add(row{
		what: fmt.Sprintf("first sync in, %d events, CPU (%d requests; vdirsyncer %d)", t.n, ours.N, theirRequests), want: "≤ 1/3 of vdirsyncer's",
		got: milliseconds(ours.CPU), others: others, reached: against(ours.CPU, theirs.CPU, 1.0/3), why: top(file),
	})
	l.add(row{
		what: "first sync in, peak memory", want: "< 100 MB", got: megabytes(ours.Peak),
		others: "vdirsyncer " + megabytes(theirs.Peak), reached: judge(ours.Peak < 100e6),
	})
}

func (t *trio) quiet() {
	l, file := t.l, t.l.profile("quiet")
	const runs = 50
	t.sync(5, "")
	var ours reply
	requests := l.requests(func() { ours = t.sync(runs, file) })
	theirs, theirRequests := t.theirs()
	floor := t.pull(runs)
	l.add(row{
		what: "requests of a quiet run", want: "1", got: fmt.Sprintf("%.2f", float64(requests)/runs),
		others: fmt.Sprintf("vdirsyncer %d", theirRequests), reached: judge(requests == runs),
	})
	l.add(row{
		what: fmt.Sprintf("quiet run, %d events, CPU", t.n), want: "≤ 1/40 of vdirsyncer's", got: milliseconds(per(ours, runs)),
		others: beside(theirs.CPU, per(floor, runs), per(ours, runs)), reached: against(per(ours, runs), theirs.CPU, 1.0/40), why: top(file),
	})
}

func (t *trio) manyRemote(n int) {
	l := t.l
	n = min(n, t.n)
	t.push(0, n, "Moved")
	requests := l.requests(func() { t.sync(1, "") })
	_, theirs := t.theirs()
	floor := l.requests(func() { t.pull(1) })
	want := 1 + (n+99)/100
	l.add(row{
		what: fmt.Sprintf("requests for %d remote changes", n), want: fmt.Sprintf("1 + ⌈n/100⌉ = %d", want), got: fmt.Sprint(requests),
		others: fmt.Sprintf("vdirsyncer %d, floor %d", theirs, floor), reached: judge(requests <= want),
	})
}

// bothSides changes n events at the server and n others in the CRM, or the folder.
func (t *trio) bothSides(n int) {
	l, file := t.l, t.l.profile("both")
	t.allQuiet()
	t.push(0, n, "There")
	ours := t.carry(t.n/2, n, "Here", file)
	t.allQuiet()
	var theirs, floor reply
	theirRequests := 0
	if t.other != nil {
		t.push(0, n, "Again")
		t.other.write(t.n/2, n, "Folder")
		theirs, theirRequests = t.theirs()
	}
	t.pull(1)
	t.push(0, n, "Thrice")
	floor = t.pull(1)
	floor.CPU += t.floor.ask(order{Op: "push", URL: t.url, Password: l.password(), From: t.n / 2, N: n, Text: "Floor"}).CPU
	l.add(row{
		what: fmt.Sprintf("%d of %d changed on each side, CPU (%d requests; vdirsyncer %d)", n, t.n, ours.N, theirRequests),
		want: "≤ 1/8 of vdirsyncer's", got: milliseconds(ours.CPU), others: beside(theirs.CPU, floor.CPU, ours.CPU),
		reached: against(ours.CPU, theirs.CPU, 1.0/8), why: top(file),
	})
}

// carry changes n activities and waits for the run that this causes by itself.
func (t *trio) carry(from, n int, word, profile string) reply {
	return t.ours.ask(order{Op: "carry", From: from, N: n, Text: word, Profile: profile})
}

func (t *trio) allQuiet() {
	t.sync(1, "")
	t.theirs()
	t.pull(1)
	t.sync(1, "")
}

// oneChange measures a change of one event here, and one there: the dearer of the two counts.
func (t *trio) oneChange() {
	l := t.l
	t.allQuiet()
	var in, others int
	file := l.profile("one")
	t.ours.ask(order{Op: "profile", Profile: file})
	there := median(9, func() (r reply) {
		t.push(9, 1, fmt.Sprint("There ", time.Now().UnixNano()))
		in = l.requests(func() { r = t.sync(1, "") })
		return r
	})
	here := median(9, func() reply { return t.carry(7, 1, fmt.Sprint("Here ", time.Now().UnixNano()), "") })
	t.ours.ask(order{Op: "stop"})
	t.allQuiet()
	var theirs reply
	if t.other != nil {
		theirs = median(3, func() (r reply) {
			t.other.write(11, 1, fmt.Sprint("Folder ", time.Now().UnixNano()))
			r, others = t.theirs()
			return r
		})
	}
	l.add(row{
		what: "one change, end to end, requests", want: "≤ 4", got: fmt.Sprintf("in %d, out %d", in, here.N),
		others: fmt.Sprintf("vdirsyncer %d", others), reached: judge(in <= 4 && here.N <= 4),
	})
	l.add(row{
		what: "one change, end to end, CPU", want: "≤ 1/25 of vdirsyncer's",
		got:    fmt.Sprintf("in %s, out %s", milliseconds(there.CPU), milliseconds(here.CPU)),
		others: beside(theirs.CPU, 0, max(here.CPU, there.CPU)), reached: against(max(here.CPU, there.CPU), theirs.CPU, 1.0/25),
		why: top(file),
	})
}
