package world

import (
	"fmt"
	"runtime/debug"
	"time"
)

// Result is what became of a seed.
type Result struct {
	Seed   uint64
	Moves  int // of the first phase
	Steps  int
	Faults int // that had an effect
	Broken []string
	Trace  []string
	counts counts
}

// Options say how a seed is run.
type Options struct {
	// Keep says which moves are made; nil: all.
	Keep func(move int) bool
	// NoTrace saves the time that lines cost.
	NoTrace bool
}

// Run lives through a seed.
func Run(seed uint64, o Options) (Result, error) {
	p := drawPlan(seed)
	w, err := newWorld(seed, p)
	if err != nil {
		return Result{}, fmt.Errorf("seed %d: %w", seed, err)
	}
	defer w.Close()
	w.quiet = o.NoTrace
	w.live(p, o.Keep)
	return Result{
		Seed: seed, Moves: p.moves, Steps: w.step, Faults: w.counts.struck(), Broken: w.broken, Trace: w.trace.lines, counts: w.counts,
	}, nil
}

// live makes the moves, and then lets all calm down. What panics in somebody's hands breaks the seed, as what panics in a worker does.
func (w *World) live(p plan, keep func(move int) bool) {
	defer func() {
		if r := recover(); r != nil {
			w.broke("panic", "%v\n%s", r, debug.Stack())
		}
	}()
	for w.move = 1; w.move <= p.moves && len(w.broken) == 0; w.move++ {
		if keep != nil && !keep(w.move) {
			continue
		}
		if w.move >= p.backedUp && p.backedUp > 0 && w.backup == nil {
			w.backup = w.backUp()
		}
		w.ahead()
		w.in(w.someFirm(), w.makeMove)
	}
	if len(w.broken) == 0 {
		w.calmDown()
	}
}

// ahead is what joins a move in some seeds, each with dice of its own.
func (w *World) ahead() {
	w.dice = newDice(w.Seed, w.move)
	w.lookAhead()
	w.narrowAhead()
	w.fancyAhead()
	w.crmAhead()
	w.poisonAhead()
	w.cloneAhead()
	w.takeOverAhead()
	w.explainAhead()
	w.remedyAhead()
	w.jotAhead()
	w.hintAhead()
	w.copyAhead()
}

// sometimes lets something happen before a move, so many times in a thousand, with the dice of a stream: nobody else's fall otherwise for it.
func (w *World) sometimes(stream, chance int, do func()) {
	before := w.dice
	if w.dice = newDice(w.Seed, stream-100*w.move); w.dice.chance(chance) {
		do()
	}
	w.dice = before
}

// someFirm is the company in which something happens: most times the first.
func (w *World) someFirm() *firm {
	if w.dice.chance(150) {
		return w.firms[1]
	}
	return w.firms[0]
}

// makeMove lets something happen.
func (w *World) makeMove() {
	switch w.dice.weighted([]int{30, 45, 20, 8, 3, 4}) {
	case 0:
		w.acts()
	case 1:
		w.workOn()
	case 2:
		w.pass(w.upTo(2))
		w.claim(pick(w.dice, w.nodes))
	case 3:
		w.pass(w.upTo(120))
	case 4:
		w.pass(w.upTo(3600))
	default:
		w.misfortune()
	}
}

// standing are the workers that have something left to do.
func (w *World) standing() []*worker {
	var list []*worker
	for _, k := range w.workers {
		if !k.ended {
			list = append(list, k)
		}
	}
	return list
}

// workOn lets a worker go on for a few steps. One that waits for an answer stands still.
func (w *World) workOn() {
	list := w.standing()
	if len(list) == 0 {
		w.pass(w.upTo(10))
		w.claim(pick(w.dice, w.nodes))
		list = w.standing()
	}
	if len(list) == 0 {
		return
	}
	k := pick(w.dice, list)
	if k.asleep.After(w.now) {
		return
	}
	for range 1 + w.dice.below(16) {
		if w.dice.chance(900) {
			k.keepLease()
		}
		w.pass(w.upTo(2) / 4)
		if k.ended || k.asleep.After(w.now) || !k.goOn() || len(w.broken) > 0 {
			return
		}
		if w.dice.chance(w.swarm.faults[Killed]/8) || w.diesHere(k) {
			w.killNode(k.node) // wherever it stands now, which is how every place has its turn
			return
		}
	}
}

// misfortune is what strikes between steps.
func (w *World) misfortune() {
	n := pick(w.dice, w.nodes)
	switch w.dice.below(3) {
	case 0:
		if w.dice.chance(10 * w.swarm.faults[Killed]) {
			w.killNode(n)
		}
	case 1:
		if w.dice.chance(20 * w.swarm.faults[ClockStep]) {
			w.stepClock(n)
		}
	default:
		s := pick(w.dice, w.sides)
		if list := s.server.live(); len(list) > 0 && w.dice.chance(5*w.swarm.faults[Flapping]) {
			e := pick(w.dice, list)
			s.server.flap(e)
		}
	}
}

// killNode ends a process with all its workers, wherever they stand, and starts it anew.
func (w *World) killNode(n *node) {
	for _, k := range w.standing() {
		if k.node == n {
			w.struck(Killed, k.side)
			w.say(n.name, "dies; %s stood at %q %s", k.name, k.at, k.about)
			w.counts.crashes[k.at]++
			k.kill()
		}
	}
	n.start()
}

func (w *World) stepClock(n *node) {
	n.skew = w.upTo(600) - 300*time.Second
	w.say("fault", "the clock of %s is off by %s", n.name, n.skew)
	w.struck(ClockStep, w.everySide()...) // any of them it may claim next
	for _, s := range w.everySide() {
		s.server.restUntil = noTime
	}
}

// flap gives an event another version for no reason.
func (s *server) flap(e *entry) {
	s.w.struck(Flapping, s.side)
	s.changes(e)
	for key, v := range e.tags { // any order: each for itself
		v.Tag += "~"
		e.tags[key] = v
	}
	s.remember(e)
}
