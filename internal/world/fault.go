package world

// Fault is one way in which the outside misbehaves.
type Fault uint8

// The faults. Those of requests strike when the worker goes on at the server, those of commits in the store, the rest
// between steps.
const (
	ErrorBefore Fault = iota // an error, and nothing happened
	ErrorAfter               // it happened, and the answer is an error
	ReplyLost                // it happened, and there is no answer for a while
	Throttled                // not now, and not before an instant
	ShortPage                // a page of fewer items, with more to come
	Repeated                 // an item comes twice
	Stale                    // a list as it was a while ago
	CursorLost               // the server has forgotten the cursor
	CursorWrong              // the cursor skips a change, and nobody says so
	Flapping                 // a version changes and the item does not
	NoVersion                // an item is listed without its version
	Late                     // what was written is listed only later
	Refused                  // the server does not take this content
	SignedOut                // the password is no longer good
	PushDropped
	PushDoubled
	PushForged
	PushLate
	MailLost // between calendars: what guests are told of a meeting, and what they answer
	MailDoubled
	MailLate
	ClockStep
	DiskFull
	Aborted
	Twice
	CommitLost
	Killed
	TwoWorkers // a lease ran out while its worker stood still, and another one took over
	faultCount
)

var faultNames = [faultCount]string{
	"error before", "error after", "reply lost", "throttled", "short page", "repeated item", "stale list", "cursor lost", "cursor wrong",
	"flapping version", "no version", "late to be seen", "refused", "signed out", "push dropped", "push doubled", "push forged",
	"push late", "mail lost", "mail doubled", "mail late", "clock step", "disk full", "aborted", "run twice", "commit lost", "killed", "two workers",
}

// String names the fault for traces and the table of what was reached.
func (f Fault) String() string { return faultNames[f] }

// usual is how many times in a thousand a fault strikes where it can, in a seed in which it is neither off nor wild.
var usual = [faultCount]int{
	ErrorBefore: 30, ErrorAfter: 40, ReplyLost: 40, Throttled: 10, ShortPage: 100, Repeated: 60, Stale: 200, CursorLost: 20, CursorWrong: 20,
	Flapping: 40, NoVersion: 30, Late: 60, Refused: 15, SignedOut: 4, PushDropped: 150, PushDoubled: 100, PushForged: 50,
	PushLate: 200, MailLost: 40, MailDoubled: 60, MailLate: 150, ClockStep: 10, DiskFull: 8, Aborted: 10, Twice: 30, CommitLost: 10, Killed: 30,
}

// strikes decides whether a fault happens here and now, and counts it. A fault that is asked about can have its effect.
func (w *World) strikes(f Fault, s *side) bool {
	if w.calm || !w.dice.chance(w.swarm.faults[f]) {
		return false
	}
	w.struck(f, s)
	return true
}

// struck counts a fault that had an effect, at one connection or several.
func (w *World) struck(f Fault, sides ...*side) {
	w.counts.faults[f]++
	w.say("fault", "%s", f)
	for _, s := range sides {
		for _, t := range s.touched {
			if w.move-t.move <= soon {
				w.counts.pairs[pair{t.action, f}]++
			}
		}
	}
}

// pair is an action of a person and a fault that struck soon after it, at a connection that it concerns.
type pair struct {
	action string
	fault  Fault
}

// touch is something that a person did that concerns a connection.
type touch struct {
	action string
	move   int
}

// soon is how many moves behind an action a fault still counts as one that met it: about a minute, or two runs.
const soon = 40

// swarm is what a seed makes of the chances: some faults and actions are off, some are wild.
type swarm struct {
	faults  [faultCount]int
	actions []int
}

func drawSwarm(d *dice) swarm {
	var s swarm
	for f := range s.faults {
		switch d.below(5) {
		case 0, 1:
		case 2, 3:
			s.faults[f] = usual[f]
		default:
			s.faults[f] = min(4*usual[f], 400)
		}
	}
	for _, a := range actions {
		if a.weight < 0 { // see drawPlan and drawFormer
			s.actions = append(s.actions, 0)
			continue
		}
		weight := a.weight
		switch d.below(6) {
		case 0:
			weight = 0
		case 1:
			weight *= 4
		}
		s.actions = append(s.actions, weight)
	}
	return s
}
