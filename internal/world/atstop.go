package world

import (
	"tahti/internal/connection"
	"tahti/internal/store"
)

// stopCompany presses the company-wide stop, at the first node.
func stopCompany(w *World) bool {
	if w.stopped {
		return false
	}
	w.say(w.users[0].Name, "stops %s", w.firm.name)
	w.stopped = true
	w.must("stop", w.service.StopAll(w.ctx, connection.Who{Company: w.company, User: w.users[0]}))
	w.concerns("stop the company", w.sides...)
	return true
}

// resumeCompany ends it.
func resumeCompany(w *World) bool {
	if !w.stopped {
		return false
	}
	w.say(w.users[0].Name, "lets %s go on", w.firm.name)
	w.stopped = false
	w.must("resume", w.service.ResumeAll(w.ctx, connection.Who{Company: w.company, User: w.users[0]}))
	w.concerns("let the company go on", w.sides...)
	return true
}

// gates are those of the process that serves people's pages. The product waits at a gate until the last write that is under way
// has been answered; here such a write stands still, and the person looks at something else until it has ended.
type gates struct{ w *World }

func (g gates) Shut(company store.ID) { g.w.nodes[0].shut(g.w.firmOf(company)) }

func (g gates) Open(company store.ID) { g.w.nodes[0].open(g.w.firmOf(company)) }

func (n *node) shut(f *firm) {
	n.gate.Close(f.company)
	n.shutAt[f] = n.w.step
}

func (n *node) open(f *firm) {
	n.gate.Open(f.company)
	delete(n.shutAt, f)
}

// shutStopped is what a process does when it starts (package house): it shuts the gates of companies that are stopped.
func (n *node) shutStopped() {
	for _, f := range n.w.firms {
		if f.stopped {
			n.shut(f)
		}
	}
}

// checkStopped is called when a write has an effect: none that began behind the stop has one.
func (w *World) checkStopped(k *worker) {
	if at, shut := k.node.shutAt[k.side.firm]; shut && k.putAt > at {
		w.broke("stop", "%s writes to %s, and the company was stopped", k.name, k.side.name)
	}
}
