package world

import (
	"iter"
	"runtime/debug"
)

// actor is a coroutine of the world. It stops at its ports; whoever has the next move decides whether it ever goes on.
type actor struct {
	w     *World
	firm  *firm
	name  string
	next  func() (struct{}, bool)
	stop  func()
	yield func() bool
	at    string // the place where it stands
	about string // and with what
	ended bool
}

// killed unwinds a coroutine that is never to go on. Nothing of the product recovers, and nothing is undone on the way: it
// only stops at ports, where no transaction is open.
type killed struct{}

func (w *World) spawn(name string, body func(a *actor)) *actor {
	a := &actor{w: w, firm: w.firm, name: name, at: begins}
	a.stands(begins)
	a.next, a.stop = iter.Pull(func(yield func(struct{}) bool) {
		a.yield = func() bool { return yield(struct{}{}) }
		defer func() {
			p := recover()
			if _, dead := p.(killed); p != nil && !dead {
				w.broke("panic", "%s at %s: %v\n%s", a.name, a.at, p, debug.Stack())
			}
		}()
		body(a)
	})
	return a
}

// pause is a port: the actor stands still at a place until its next step. about says for people what it is at.
func (a *actor) pause(place, about string) {
	a.stands(place)
	a.at, a.about = place, about
	if !a.yield() {
		panic(killed{})
	}
}

// stands counts where actors stand, while any may die there.
func (a *actor) stands(place string) {
	if !a.w.calm {
		a.w.counts.stood[place]++
	}
}

// goOn lets the actor do one step. It answers false when it has ended.
func (a *actor) goOn() bool {
	a.w.step++
	var more bool
	a.w.in(a.firm, func() { _, more = a.next() })
	if !more {
		a.ended, a.at = true, "ended"
	}
	return more
}

// kill abandons the actor where it stands.
func (a *actor) kill() {
	a.stop()
	a.ended = true
}
