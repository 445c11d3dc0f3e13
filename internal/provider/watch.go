package provider

import (
	"context"
	"time"
)

// Watch is the wish to be told when something in a calendar changes.
type Watch struct {
	// ID is chosen by us and never used again: letters and digits, at most 64.
	ID string
	// Address is where the provider sends its notifications. It is sent once, or several times, what it tells may be late, out of
	// order, or lost, and anybody can send the like: a notification is a reason to pull, never a change (I17).
	Address string
	// Secret is what the provider shows with each notification; at most 128 characters.
	Secret string
}

// Watched is what the provider has granted.
type Watched struct {
	ID       string    // what the provider calls the watch from now on; Watch.ID where it takes ours
	Resource string    // what it calls that which is watched; empty where ending it does not take that
	Until    time.Time // when it ends the watch by itself, on our clock
}

// Watcher is a calendar that tells of its changes by itself; some providers have that, and some of their calendars have not.
type Watcher interface {
	// Watch asks for it, for as long as the provider grants. The address may be asked whether it is ours before this returns.
	// Errors: Forbidden and Rejected (this calendar cannot be watched, or not from this address), Unknown (it may have
	// happened), and those of Pull.
	Watch(ctx context.Context, w Watch) (Watched, error)
	// Unwatch ends a watch. One that is gone already is success.
	Unwatch(ctx context.Context, w Watched) error
}

// Renewer is a [Watcher] whose watches can be given a longer life. Where they cannot, another watch takes the place of one that is
// about to end, both for a while.
type Renewer interface {
	// Renew also answers a provider that wants to know whether we may still be told. Errors: Gone (there is no such watch any
	// more), and those of Watch.
	Renew(ctx context.Context, w Watched) (Watched, error)
}

// Sharer is a [Watcher] whose watch tells of the whole account, so that its calendars need one together: one of them asks for it and looks
// after it, and all may be woken by what it tells.
type Sharer interface {
	Renewer
	SharesWatch()
}

// Listener is a calendar that tells of its changes while somebody keeps a connection open for it.
type Listener interface {
	// Listen keeps the connection open until the provider ends it in good order (nil; it may be called again then), ctx ends, or
	// something fails. told is called when the provider has begun to watch, as what came before it is told by nobody, and each time
	// that it tells of something: a reason to pull, never a change (I17). Errors: those of Pull, with [CodeTooManyListeners] where
	// the provider bears no more open connections.
	Listen(ctx context.Context, told func()) error
}
