// Package conformance is the suite that every provider has to pass, on its stand-in, on the real server, and behind
// `tahti conformance` on a scratch calendar of the real thing.
//
// [Run] is for go test, [Examine] for everywhere else. A [Target] says what is to be expected; for each case an empty calendar
// is opened, and with it a [Backdoor]: what another program, or the person on their phone, does behind the provider's back. Faults and counts come in by small further interfaces of the
// backdoor; a case that needs one which a target lacks is skipped and says so. What a server cannot do by its nature is
// named in [Target.Skip] with the reason, so that the gaps are a list and not a silence.
//
// Events are compared in the fields that the provider holds, in normal form, never as text.
package conformance

import (
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// Target is one provider to be examined.
type Target struct {
	Name string
	// Quiet is the number of requests that a pull without changes costs.
	Quiet int
	// Many is how many items the paging case makes; 0 is 250.
	Many int
	// Skip names cases and why they cannot hold, Lossy the subjects of samples that the server alters or refuses.
	Skip, Lossy map[string]string
	// Fixed are fields that the server holds as they were given first: a change of them is refused.
	Fixed calendar.FieldSet
	// Paraphrases: the server says times and rules in words of its own. They are compared by what they mean.
	Paraphrases bool
	// Loses are characters of texts that do not come back.
	Loses string
	// Self is the connected person's address, alice@example.com if empty.
	Self string
	// Settle is waited before quiet is expected, for servers that tell the changes of a second until it has passed.
	Settle time.Duration
}

// Backdoor is the calendar as others reach it.
type Backdoor interface {
	// Create stores an event of the connected person's and answers its id.
	Create(e calendar.Event) (provider.RemoteID, error)
	// Edit gives an item new content.
	Edit(id provider.RemoteID, e calendar.Event) error
	Delete(id provider.RemoteID) error
	// Held are the items that the calendar holds.
	Held() ([]provider.RemoteID, error)
}

// Inviter is a backdoor through which an invitation arrives: the meeting of an organiser who is somebody else, with the
// connected person among its guests.
type Inviter interface {
	Invite(e calendar.Event) (provider.RemoteID, error)
}

// Counter is a backdoor that counts the provider's requests.
type Counter interface{ Requests() int }

// Richer is a backdoor that makes items with more than we model.
type Richer interface {
	CreateRich(e calendar.Event) (provider.RemoteID, error)
	// Unmodelled lists what the item says beyond our model, for comparison as a multiset.
	Unmodelled(id provider.RemoteID) ([]string, error)
}

// Spoiler is a backdoor that makes items which nobody can read.
type Spoiler interface {
	CreateUnreadable() (provider.RemoteID, error)
}

// Forgetter is a backdoor that makes the server forget the cursors that it gave out, or makes the next one sent to it
// one that it never gave out.
type Forgetter interface{ LoseCursors() error }

// Belonger is a backdoor to a CRM: it makes a deal, a person and an organisation, and a type of activity that is in use, and answers
// how they are referred to, with their names.
type Belonger interface {
	Belongings() (calendar.Facets, error)
}

// Fault is a mishap on the way.
type Fault uint8

// The faults.
const (
	LoseReply   Fault = iota + 1 // the request arrives and is done, the answer does not come back
	LoseRequest                  // the connection breaks before the server has seen anything
	ServerError                  // 500
	Truncated                    // the answer ends in the middle
	WebPage                      // 200 with HTML: a proxy's or a login page
	Throttled                    // 429 with Retry-After: 120
)

var faultNames = [...]string{"", "lost reply", "lost request", "server error", "truncated answer", "web page", "throttled"}

func (f Fault) String() string { return faultNames[f] }

// Faulter is a backdoor that strikes the provider's next request.
type Faulter interface{ Strike(Fault) }

// examined is one case of the suite.
type examined struct {
	name string
	run  func(x *exam)
}

var cases = []examined{
	{"an empty calendar is whole and has a cursor", emptyCalendar},
	{"what is created is read back as it was written", createdReadsBack},
	{"an update changes what it says and nothing else", updateChanges},
	{"a series takes a moved occurrence, a cancelled one and a move of all", seriesEdits},
	{"a removal removes, once and again", removal},
	{"creating twice under one key makes one item", createTwice},
	{"a creation whose reply was lost is found and not doubled", lostReply},
	{"a request that was lost on the way did nothing", lostRequest},
	{"an update planned on an old version is a conflict", updateConflict},
	{"a removal planned on an old version is a conflict", removeConflict},
	{"a delta tells what others created, edited and deleted", othersChanges},
	{"an item that was deleted and made anew is read anew", madeAnew},
	{"our own write is not news", ownWrite},
	{"no change is no item, at the stated cost", quiet},
	{"a lost cursor is said, or answered with everything", lostCursor},
	{"the empty cursor lists everything, and proves absence", everything},
	{"many items come complete, each once", manyItems},
	{"what we do not model survives an update", unmodelled},
	{"guests survive an update, and an invitee may not edit the meeting", guests},
	{"an unreadable item is set aside and the others are read", unreadable},
	{"an error never reads as empty", errorsAreErrors},
	{"the time that the server asks for is told and kept", retryAfter},
	{"what is not there is gone, by id and by key", missing},
	{"what was made lately is answered where no key finds it", madeLately},
	{"what a CRM says beside is read, written, emptied and told", facets},
	{"a type that is not there is refused by name", unknownType},
}

// Run examines a target. open makes a provider over an empty calendar, for each case.
func Run[T Test[T]](t T, target Target, open func(t T) (provider.Provider, Backdoor)) {
	if target.Quiet == 0 {
		target.Quiet = 1
	}
	if target.Many == 0 {
		target.Many = 250
	}
	if target.Self == "" {
		target.Self = "alice@example.com"
	}
	for name := range target.Skip {
		if !named(name) {
			t.Errorf("target %s skips a case that does not exist: %q", target.Name, name)
		}
	}
	for _, c := range cases {
		t.Run(c.name, func(t T) {
			if reason, skip := target.Skip[c.name]; skip {
				t.Skipf("%s", reason)
			}
			p, b := open(t)
			c.run(&exam{TB: t, within: within(t), target: target, p: p, b: b, known: map[provider.RemoteID]provider.Item{}})
		})
	}
}

// within runs parts of a test as its own.
func within[T Test[T]](t T) func(string, func(TB)) bool {
	return func(name string, f func(TB)) bool { return t.Run(name, func(t T) { f(t) }) }
}

func named(name string) bool {
	for _, c := range cases {
		if c.name == name {
			return true
		}
	}
	return false
}
