package google

import (
	"crypto/tls"
	"time"
)

// Options of a server. The zero value has the user alice@example.com with one empty primary calendar.
type Options struct {
	Users []User
	// Clients are the programs that may ask for consent; one of StandardClient and StandardSecret if there are none.
	Clients []Client
	// Token is taken as a bearer token of the first user, with all of calendar and identity; empty takes none.
	Token string
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// ChannelLife is how long a push channel lives at the most, whatever it asks for; a week if zero.
	ChannelLife time.Duration
	// PlainPush lets channels ring at http addresses of this machine, in place of https only. PushTLS is how https ones are
	// trusted; as the system does if nil.
	PlainPush bool
	PushTLS   *tls.Config
	// Zone is the IANA zone of times typed on the page; UTC if empty or not known.
	Zone string
	// Variant settles what is not known of the original.
	Variant Variant
	// TokenLife is how long a sync token lives; without end if zero.
	TokenLife time.Duration
	// PerMinute is how many calls a user may make in a minute; without bound if zero.
	PerMinute int
}

// User is one account.
type User struct {
	Email string
	Name  string // shown to guests; may be empty
	// Password is asked for on the sign-in page; an account without one is entered by a button.
	Password string
	// Blocked users may let no program in: their administrator has said so.
	Blocked bool
	// Service is a service account without the right to act for people: it cannot invite anybody.
	Service bool
	// NoCalendar is an account that has never used the calendar.
	NoCalendar bool
	// Calendars in order, the first being the primary one; one in UTC if there are none.
	Calendars []Calendar
}

// Calendar is one calendar as it is made. Two users who name the same ID share one calendar.
type Calendar struct {
	ID       string // the user's address for the primary one, where it may be left out
	Summary  string // ID if empty
	TimeZone string // IANA name; UTC if empty
	// Role is the user's: owner (if empty), writer, writerWithoutPrivateAccess, reader or freeBusyReader.
	Role string
}

// Variant settles what was never checked at the original: each field is one open question, its zero value the answer
// that asks more of a client. docs/providers.md lists them as unproved.
type Variant struct {
	// IgnoreUnknown ignores unknown fields and parameters, in place of refusing them.
	IgnoreUnknown bool
	// GarbageToken410 answers a sync token that was never given out with 410 fullSyncRequired, in place of 400 invalid.
	GarbageToken410 bool
	// FreeParameters takes other parameters with a sync token than it was given out for: they are in force from then on.
	FreeParameters bool
	// NoUndelete refuses every update of a deleted event, in place of those only that do not set its status.
	NoUndelete bool
	// EmptyPages puts an empty page before each full one.
	EmptyPages bool
	// AnyUpdatedMin takes an updatedMin of any age, in place of answering an old one with 410.
	AnyUpdatedMin bool
	// IgnoreIfMatch writes whatever If-Match says. PlainGets answers a GET with If-None-Match in full.
	IgnoreIfMatch, PlainGets bool
	// KindSwitches lets a PATCH with a date replace a dateTime, and the other way, without a null for it.
	KindSwitches bool
	// ScopeError says where a missing scope is told; NoChallenge leaves it out of WWW-Authenticate.
	ScopeError  ScopeError
	NoChallenge bool
	// SendsByDefault mails everybody where a call does not say sendUpdates, in place of nobody.
	SendsByDefault bool
	// NoneIsSilent sends nothing at all with sendUpdates=none, in place of mailing guests outside of the server.
	NoneIsSilent bool
	// GuestsKeepOwn lets guests change in their own copy what is the organizer's, in place of refusing it.
	GuestsKeepOwn bool
	// GuestsIgnored answers such a change with 200 and the event as it was.
	GuestsIgnored bool
	// GmailEdits lets everything of an event from mail be changed.
	GmailEdits bool
	// NoMerge ignores include_granted_scopes. RefreshEachTime gives a refresh token with every code that was asked for with
	// offline access, in place of after a consent only. KeepsRefresh lets more than 100 of them live.
	NoMerge, RefreshEachTime, KeepsRefresh bool
	// BlockGoesBack sends admin_policy_enforced back to the program, in place of leaving the person on a page.
	BlockGoesBack bool
	// ReminderKeepsETag leaves the ETag as it was where only reminders change.
	ReminderKeepsETag bool
	// Exceptions says what becomes of changed and cancelled occurrences when their series gets other starts.
	Exceptions Exceptions
	// ExceptionsWhole lets a changed occurrence keep all its values, in place of those only that differ from the series: a
	// new title of the series does not reach it then.
	ExceptionsWhole bool
	// SeriesETagMoves moves the ETag of a series with every change of one of its occurrences.
	SeriesETagMoves bool
	// TrimProperties drops extended properties with keys that are too long and cuts values, in place of refusing them.
	TrimProperties bool
	// VerbatimDescription stores descriptions as they come, in place of rewriting their HTML.
	VerbatimDescription bool
}

// Exceptions is what becomes of exceptions when their series gets other starts.
type Exceptions uint8

// The answers.
const (
	ExceptionsFit     Exceptions = iota // those whose start the series still has stay, the others are cancelled for good
	ExceptionsDropped                   // all are dropped: the occurrences are as the series says
	ExceptionsKept                      // all stay, also where the series has no such start
)

// ScopeError is where the answer to a missing scope tells the reason.
type ScopeError uint8

// The places.
const (
	ScopeInBoth    ScopeError = iota // errors[].reason and details[].reason
	ScopeInErrors                    // errors[].reason only
	ScopeInDetails                   // details[].reason only
)
