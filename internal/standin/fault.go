package standin

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"time"
)

// Fault is one thing that goes wrong with requests that match. Exactly one effect is set; Delay may stand beside any of
// them or alone.
type Fault struct {
	// Method and Path are regular expressions; empty matches all. Method has to match whole, Path anywhere in the
	// decoded path.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`

	// Status answers this code without performing the request.
	Status int `json:"status,omitempty"`
	// StatusAfter performs the request and answers this code all the same, as a gateway does that has lost patience.
	StatusAfter int `json:"status_after,omitempty"`
	// RetryAfter, in seconds, goes with both, and so does Reason: the provider's own word for it in the body, where the
	// stand-in writes one.
	RetryAfter int    `json:"retry_after,omitempty"`
	Reason     string `json:"reason,omitempty"`
	// DropBefore closes the connection without performing the request, DropAfter after performing it.
	DropBefore bool `json:"drop_before,omitempty"`
	DropAfter  bool `json:"drop_after,omitempty"`
	// Hang neither performs nor answers, until the client gives up or [HangMax] has passed.
	Hang bool `json:"hang,omitempty"`
	// Truncate performs the request and sends this many bytes of the answer before the connection closes.
	Truncate int `json:"truncate,omitempty"`
	// Garbage performs the request and sends noise in place of the answer's body.
	Garbage bool `json:"garbage,omitempty"`
	// Delay waits this many milliseconds first, at most [HangMax].
	Delay int `json:"delay_ms,omitempty"`

	// Times is how often the fault strikes at the most; 0 is without end.
	Times int `json:"times,omitempty"`
	// Every strikes each n-th matching request only (the n-th, the 2n-th…); 0 and 1 strike all.
	Every int `json:"every,omitempty"`
	// Probability strikes by chance, drawn from Seed; 0 strikes always.
	Probability float64 `json:"probability,omitempty"`
	Seed        uint64  `json:"seed,omitempty"`

	// Hits is how often the fault has struck; filled in on reading.
	Hits int `json:"hits,omitempty"`
}

// HangMax bounds Hang and Delay.
const HangMax = 30 * time.Second

// maxFaults bounds the list.
const maxFaults = 100

// Kind names the effect, as the request log has it.
func (f Fault) Kind() string {
	switch {
	case f.Status != 0:
		return fmt.Sprintf("status %d", f.Status)
	case f.StatusAfter != 0:
		return fmt.Sprintf("status %d after", f.StatusAfter)
	case f.DropBefore:
		return "drop before"
	case f.DropAfter:
		return "drop after"
	case f.Hang:
		return "hang"
	case f.Truncate > 0:
		return "truncate"
	case f.Garbage:
		return "garbage"
	case f.Delay > 0:
		return "delay"
	}
	return ""
}

// answer is the status that it answers; 0 if it answers none of its own.
func (f Fault) answer() int { return max(f.Status, f.StatusAfter) }

// check reports what is wrong with the fault as written.
func (f Fault) check() error {
	effects := 0
	for _, set := range []bool{f.Status != 0, f.StatusAfter != 0, f.DropBefore, f.DropAfter, f.Hang, f.Truncate > 0, f.Garbage} {
		if set {
			effects++
		}
	}
	switch {
	case effects > 1:
		return errors.New("more than one effect")
	case effects == 0 && f.Delay <= 0:
		return errors.New("no effect: give one of status, status_after, drop_before, drop_after, hang, truncate, garbage, delay_ms")
	case f.answer() != 0 && (f.answer() < 200 || f.answer() > 599):
		return fmt.Errorf("status %d is none", f.answer())
	case f.Reason != "" && f.answer() == 0:
		return errors.New("reason goes with status")
	case f.RetryAfter < 0 || f.RetryAfter > 0 && f.answer() == 0:
		return errors.New("retry_after goes with status")
	case f.Truncate < 0 || f.Times < 0 || f.Every < 0 || f.Delay < 0:
		return errors.New("negative number")
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability %g is not within 0 and 1", f.Probability)
	}
	return nil
}

// Faults is a list of faults in force. The zero value has none. It is safe for concurrent use.
type Faults struct {
	// Refuse answers a Status in the provider's own form; plain text if nil. It has to be set before Wrap's handler is used.
	Refuse func(http.ResponseWriter, Fault)

	mu   sync.Mutex
	live []*liveFault
	max  time.Duration // of a hang; HangMax if zero
}

type liveFault struct {
	Fault
	method, path *regexp.Regexp
	seen         int
	rand         *rand.Rand
}

// Set replaces the list; on an error the list in force stays.
func (s *Faults) Set(list ...Fault) error {
	if len(list) > maxFaults {
		return fmt.Errorf("set faults: %d is more than %d", len(list), maxFaults)
	}
	var live []*liveFault
	for i, f := range list {
		if err := f.check(); err != nil {
			return fmt.Errorf("set faults: number %d: %w", i+1, err)
		}
		f.Hits = 0
		l := &liveFault{Fault: f, rand: rand.New(rand.NewPCG(f.Seed, 0))}
		var err error
		if l.method, err = regexp.Compile("^(?:" + f.Method + ")$"); err != nil {
			return fmt.Errorf("set faults: number %d: method: %w", i+1, err)
		}
		if f.Method == "" {
			l.method = nil
		}
		if l.path, err = regexp.Compile(f.Path); err != nil {
			return fmt.Errorf("set faults: number %d: path: %w", i+1, err)
		}
		live = append(live, l)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = live
	return nil
}

// List is the faults in force, with their hits.
func (s *Faults) List() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Fault, 0, len(s.live))
	for _, l := range s.live {
		list = append(list, l.Fault)
	}
	return list
}

// strike is the first fault that hits the request. Every matching fault counts the request, also those that stand
// behind the one that strikes, so that the pattern of one fault does not hang on the others.
func (s *Faults) strike(r *http.Request) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var hit *liveFault
	for _, l := range s.live {
		if l.method != nil && !l.method.MatchString(r.Method) || !l.path.MatchString(r.URL.Path) {
			continue
		}
		l.seen++
		lucky := l.Probability == 0 || l.rand.Float64() < l.Probability
		if hit != nil || !lucky || l.Every > 1 && l.seen%l.Every != 0 || l.Times > 0 && l.Hits >= l.Times {
			continue
		}
		hit = l
	}
	if hit == nil {
		return Fault{}, false
	}
	hit.Hits++
	return hit.Fault, true
}
