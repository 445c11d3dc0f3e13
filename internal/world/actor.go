package world

import (
	"fmt"
	"iter"
	"runtime/debug"
)

// actor is a coroutine of the world. It stops at its ports; whoever has the next move decides whether it ever goes on.
type actor struct {
	w     *World
	name  string
	next  func() (string, bool)
	stop  func()
	yield func(string) bool
	at    string // where it stands
	ended bool
}

// killed unwinds a coroutine that is never to go on. Nothing of the product recovers, and nothing is undone on the way: it
// only stops at ports, where no transaction is open.
type killed struct{}

func (w *World) spawn(name string, body func(a *actor)) *actor {
	a := &actor{w: w, name: name, at: "begins"}
	a.next, a.stop = iter.Pull(func(yield func(string) bool) {
		a.yield = yield
		defer func() {
			p := recover()
			if _, dead := p.(killed); p != nil && !dead {
				w.broke("panic", "%s at %q: %v\n%s", a.name, a.at, p, debug.Stack())
			}
		}()
		body(a)
	})
	return a
}

// pause is a port: the actor stands still here until its next step.
func (a *actor) pause(format string, args ...any) {
	if !a.yield(fmt.Sprintf(format, args...)) {
		panic(killed{})
	}
}

// goOn lets the actor do one step. It answers false when it has ended.
func (a *actor) goOn() bool {
	a.w.step++
	at, more := a.next()
	a.at = at
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
