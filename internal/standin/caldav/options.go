package caldav

import "time"

// Options of a server. The zero value is a strict server with the user alice@example.com, password "secret" and one
// empty calendar.
type Options struct {
	Users []User
	// Token is taken as a bearer token of the first user; empty takes none.
	Token string
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Profile is how the server differs from the texts; [ProfilePlain] if it has no name.
	Profile Profile
	// Lock shuts an account after wrong passwords, as Nextcloud and Exchange do.
	Lock Lock
	// Zone is the IANA zone of times typed on the page; UTC if empty or not known.
	Zone string
}

// User is one account.
type User struct {
	Name     string // one path segment; may be a mail address
	Password string
	// Addresses are the user's calendar addresses without "mailto:"; the name itself, if it holds an @, and else
	// name@example.com, if there are none.
	Addresses []string
	// Calendars in order, the first being the default; one named "calendar" if there are none.
	Calendars []Calendar
}

// Calendar is one calendar as it is made.
type Calendar struct {
	Name     string // one path segment
	Display  string // its displayname; Name if empty
	Color    string
	ReadOnly bool // for its own user too, as a shared calendar may be
	// Components that it takes; VEVENT and VTODO if none are named.
	Components []string
}

// Lock says when an account is shut. The zero value never shuts one.
type Lock struct {
	After  int           // wrong passwords in a row
	For    time.Duration // how long, from the last of them
	Status int           // what a shut account answers, also to the right password; 403 if zero
}
