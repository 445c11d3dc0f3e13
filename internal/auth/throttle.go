package auth

import "time"

// Attempts is what is remembered of a login's failed sign-ins.
type Attempts struct {
	Failed      int
	LockedUntil time.Time // zero: never locked since the last success
}

// Throttle decides how fast passwords may be guessed at one login. Its methods are pure; the caller saves what they answer.
type Throttle struct {
	// Free is how many failures cost nothing; each further one locks for First, then twice as long, up to Longest. The lock
	// stays short, because anybody can lock anybody else out.
	Free           int
	First, Longest time.Duration
	// Forget is how long after the last lock the count starts again.
	Forget time.Duration
}

// DefaultThrottle allows about a hundred guesses a day: nothing against a password of ten characters.
var DefaultThrottle = Throttle{Free: 5, First: time.Minute, Longest: 15 * time.Minute, Forget: 24 * time.Hour}

// Locked reports until when no attempt is taken; false if one may be made now.
func (t Throttle) Locked(a Attempts, now time.Time) (until time.Time, locked bool) {
	return a.LockedUntil, now.Before(a.LockedUntil)
}

// Failed counts a failure at now.
func (t Throttle) Failed(a Attempts, now time.Time) Attempts {
	if !a.LockedUntil.IsZero() && now.Sub(a.LockedUntil) > t.Forget {
		a = Attempts{}
	}
	a.Failed++
	if a.Failed < t.Free {
		return a
	}
	lock := t.First
	for n := t.Free; n < a.Failed && lock < t.Longest; n++ {
		lock *= 2
	}
	lock = min(lock, t.Longest)
	a.LockedUntil = now.Add(lock).Truncate(time.Microsecond) // what a store keeps
	return a
}
