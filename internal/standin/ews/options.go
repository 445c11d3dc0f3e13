package ews

import "time"

// Options of a server. The zero value is one mailbox, alice@example.com with the password "secret", that has one empty
// calendar.
type Options struct {
	Users []User
	// Token is taken as a bearer token of the first user; empty takes none.
	Token string
	// Hybrid joins the organisation to a directory at Microsoft, whose tokens are taken; nil: it is not.
	Hybrid *Hybrid
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Zone is the IANA zone of times typed on the page, UTC if empty or not known; and of the mailboxes, as Outlook on the web
	// has it. If it is empty, nobody has ever used Outlook on the web.
	Zone string
	// Version is the newest schema that the server takes, as RequestServerVersion names it; Exchange2016 if empty.
	Version string
	// Schemes are the ways to sign in that are offered; Negotiate, NTLM and Basic if nil. Negotiate carries NTLM if NTLM is
	// there too; Kerberos is not spoken.
	Schemes []string
	// ChannelBinding refuses NTLM that is not bound to the TLS channel, as Extended Protection does.
	ChannelBinding bool
	Lock           Lock
	// Front is what stands before the server on the first day.
	Front Front
	// MaxBatch is how many items the server takes in one request; 500 if zero.
	MaxBatch int
	// BackOff is what a throttled request is told to wait; 5 s if zero.
	BackOff time.Duration
	// MaxConcurrency is how many requests of a mailbox are served at a time; 27 if zero. Latency is how long each takes; only
	// a server that takes time has requests beside each other.
	MaxConcurrency int
	Latency        time.Duration
	// StreamMinute is how long a minute of a streaming connection lasts; a minute if zero.
	StreamMinute time.Duration
	// Variants are the open questions, answered; the zero value answers each as the most careful reader of the original's
	// documents would.
	Variants Variants
}

// Hybrid is a directory at Microsoft that signs the organisation's people in (hybrid modern authentication).
type Hybrid struct {
	// Page is the address of its sign-in page, as the server names it to whoever asks without a sign-in.
	Page string
	// Reads a token: the address of the server that it is for, the mail address of who has signed in, and what it lets do. ok is false for
	// one that the directory has not given, or that has run out. The original reads a signature instead.
	Read func(token string) (audience, user, scope string, ok bool)
}

// User is one account of the organisation, with a mailbox.
type User struct {
	Name     string // the mail address, which is a sign-in name too
	Login    string // DOMAIN\name; EXAMPLE\ with the part before the @ if empty
	Display  string // the part before the @ if empty
	Password string
	// AppPasswords are those that a gateway has issued, see [FrontAppPasswords].
	AppPasswords []string
	// Calendars besides the default one, which is called Calendar.
	Calendars []string
}

// Variants are the points on which the original's documents are silent and only memory speaks ([M] in the provider
// page). Each is run both ways in the tests and listed as unproved in docs/providers.md.
type Variants struct {
	// KeepExceptions keeps the exceptions of a series whose pattern or time changes, where they still fit, in place of
	// dropping them all.
	KeepExceptions bool
	// OccurrenceKeys gives each exception a change key of its own, in place of that of its series.
	OccurrenceKeys bool
	// StaleCode refuses a write without a change key with ErrorStaleObject, in place of ErrorChangeKeyRequiredForWriteOperations.
	StaleCode bool
	// UpdateMovesZone puts a new start without a zone beside it into the zone of the TimeZoneContext, or into UTC; otherwise
	// the item stays in its zone.
	UpdateMovesZone bool
	// DeleteChecksKey refuses the deletion of what has changed since its change key; otherwise DeleteItem looks at no key.
	DeleteChecksKey bool
	// ViewRestricts filters a calendar view by a Restriction and sorts it; otherwise both are refused.
	ViewRestricts bool
	// BatchStops answers what is above the largest batch with ErrorBatchProcessingStopped, in place of refusing the request.
	BatchStops bool
	// OldestFirst lists the oldest changes of a folder first, as servers before 2010 SP2 do.
	OldestFirst bool
	// LateFind hides a new item from FindItem once, as a search that lags does.
	LateFind bool
	// ForeignProperties refuses to show properties of other kinds of items, as the document has it; otherwise there are none.
	ForeignProperties bool
	// ExpiredIs401 answers an expired password as a wrong one, in place of ErrorPasswordExpired.
	ExpiredIs401 bool
	// IANAZones takes IANA's names of zones beside an event's times, which DavMail sends; otherwise Windows' alone.
	IANAZones bool
	// GuestsEdit lets those who were invited change their copy of what is the organiser's.
	GuestsEdit bool
}
