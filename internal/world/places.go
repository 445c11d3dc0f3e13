package world

import (
	"runtime"
	"strings"
	"sync"
)

const begins = "begins"

// places are the ports at which a worker can stand, and so be killed: before each kind of request, behind its effect, and while
// its answer does not come; before each kind of transaction, by the function of the product that opens it. One that is missing
// here counts as soon as a worker has stood there.
var places = func() []string {
	list := []string{begins, "gives back"}
	for _, op := range []string{"create", "find", "pull", "put", "read", "remove"} {
		list = append(list, "before "+op, "behind "+op, "no answer to "+op)
	}
	for _, f := range []string{
		"baseItems", "batch", "begin", "brakeDeletions", "breakOff", "close", "deleteBatch", "enqueueActivities", "found",
		"open", "page", "perform",
	} {
		list = append(list, "commits "+f)
	}
	for _, f := range []string{"begunCreations", "known", "load", "look", "successors", "tied", "work"} {
		list = append(list, "looks "+f)
	}
	return list
}()

// deaths is the stream of workers that die where they seldom stand.
const deaths = -25

// seldom are places at which so few workers stand that none might ever die there, and how many times in a thousand one does so besides.
var seldom = map[string]int{
	"before find": 30, "behind find": 30, "no answer to find": 400, "no answer to put": 200, "no answer to remove": 400,
	"before remove": 30, "behind remove": 30, "commits deleteBatch": 30, "commits noteUnsure": 200, "commits seekOne": 400,
	"looks look": 60, "looks oldOnes": 200, "looks successors": 30,
}

// diesHere: a worker dies because it seldom stands where it does, in a seed in which any do.
func (w *World) diesHere(k *worker) bool {
	return w.swarm.faults[Killed] > 0 && newDice(w.Seed, deaths-100*w.step).chance(seldom[k.at])
}

// purposes remembers what was found for a stack, as it is asked for before every transaction.
var purposes sync.Map // from [stacked]uintptr to string

const stacked = 6

// purpose is what a transaction is for: the function of the product that opens it, so that each kind of commit is a place of its
// own at which a worker can die.
func purpose() string {
	var at [stacked]uintptr
	runtime.Callers(3, at[:])
	if known, ok := purposes.Load(at); ok {
		return known.(string) //nolint:forcetypeassert // nothing else is put in
	}
	name := "somewhere"
	frames := runtime.CallersFrames(at[:])
	for {
		f, more := frames.Next()
		if short, ok := shortName(f.Function); ok {
			name = short
			break
		}
		if !more {
			break
		}
	}
	purposes.Store(at, name)
	return name
}

// shortName is the name of a function of the product that opens transactions, unless it opens them for others.
func shortName(function string) (string, bool) {
	_, name, ok := strings.Cut(function, "tahti/internal/")
	if !ok {
		return "", false
	}
	room, name, _ := strings.Cut(name, ".")
	if room == "world" || room == "store" {
		return "", false
	}
	// A closure that was inlined carries the names of both functions; the last one is where it stands in the text.
	if i := strings.LastIndex(name, ")."); i >= 0 {
		name = name[i+len(")."):]
	}
	name, _, _ = strings.Cut(name, ".")
	if name == "tx" || name == "step" {
		return "", false
	}
	return name, true
}
