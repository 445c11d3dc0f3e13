package faultproxy

import (
	"math/rand/v2"
	"time"
)

// Kind is what goes wrong with a request.
type Kind uint8

// The kinds. "Before" means that the server never saw the request; "after", that it has done what was asked.
const (
	None         Kind = iota
	FreezeBefore      // held until the test lets go, then forwarded
	FreezeAfter       // forwarded, and the answer held until the test lets go
	DropBefore        // the connection is cut
	DropAfter         // forwarded, then the connection is cut
	Status500         // answered with 500, not forwarded
	Status429         // answered with 429 and Retry-After, not forwarded
	Hang              // no answer for Options.Hang, then the connection is cut; not forwarded
	Truncate          // forwarded; half of the answer's body comes, then the connection is cut
	Garbage           // forwarded; the answer's body is replaced by bytes of the same length
)

var kindNames = [...]string{
	"none", "freeze before", "freeze after", "drop before", "drop after", "500", "429", "hang", "truncate", "garbage",
}

// String names the kind for logs.
func (k Kind) String() string { return kindNames[k] }

// Common are the faults that a network and a busy server cause by themselves.
var Common = []Kind{Status500, Status429, DropBefore, DropAfter, Hang, Truncate, Garbage}

// Options plan faults by chance and delays for all.
type Options struct {
	Seed        uint64
	Probability float64       // of a fault, for each request, from 0 to 1
	Faults      []Kind        // drawn from evenly; freezes do not belong here
	RetryAfter  time.Duration // what a 429 names, in whole seconds; default 1 s
	Hang        time.Duration // default 2 s; a client that gives up earlier ends it
	Latency     time.Duration // added before each request is forwarded
}

// draw answers the fault for a request by its number: a fresh generator for each, so that what happens to one request
// does not hang on how many were drawn before it.
func (o Options) draw(n int) Kind {
	if o.Probability <= 0 || len(o.Faults) == 0 {
		return None
	}
	r := rand.New(rand.NewPCG(o.Seed, uint64(n)))
	if r.Float64() >= o.Probability {
		return None
	}
	return o.Faults[r.IntN(len(o.Faults))]
}
