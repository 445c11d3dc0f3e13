package graph

import (
	"crypto/x509"
	"time"
)

// Options of a server. The zero value is one mailbox, alice@example.com with the password "secret", that has one empty
// calendar.
type Options struct {
	Users []User
	// Servers are addresses such as https://mail.example.com of Exchange servers on premises that the directory knows and signs people in to.
	Servers []string
	// Token is taken as a bearer token of the first user with every scope; empty takes none.
	Token string
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Zone is the IANA zone of times typed on the page; UTC if empty or not known.
	Zone string
	// Latency is how long each request takes at the mailbox; only a server that takes time has requests beside each
	// other, and so throttles.
	Latency time.Duration
	// Limit is how many requests a mailbox takes in ten minutes; 10,000 if zero.
	Limit int
	// RetryAfter is what a throttled request is told to wait, in whole seconds; 5 s if zero.
	RetryAfter time.Duration
	// Patience is how long a notification address may take to answer the validation; 10 s if zero.
	Patience time.Duration
	// PlainNotify takes notification addresses without TLS, which the original refuses; for a demo on one machine.
	PlainNotify bool
	// Trust are the authorities that notification addresses may have their certificates from; the system's if nil.
	Trust *x509.CertPool
	// App is the program that may ask people to sign in.
	App App
	// Variants are the open questions, answered; the zero value answers each as the most careful reader of the original's
	// documents would.
	Variants Variants
}

// User is one account of the tenant, with a mailbox.
type User struct {
	Name     string // the mail address, which is the sign-in name too
	Display  string // the part before the @ if empty
	Password string
	// Calendars in order, the first being the default; one named "Calendar" if there are none.
	Calendars []Calendar
	// NoMailbox is an account without a mailbox in the cloud: it signs in, and every call about calendars is refused
	// with this code: MailboxNotEnabledForRESTAPI, MailboxNotSupportedForRESTAPI or MailboxNotHostedInExchangeOnline.
	NoMailbox string
	// Admin may agree for the whole organisation.
	Admin bool
}

// App is a program as the directory has it registered.
type App struct {
	ID, Secret string // "tahti" and "secret" if ID is empty; an empty secret beside an ID is a public client
	Name       string // as people see it; ID if empty
	// Redirects are the registered addresses, compared as texts. Without one, every address of this machine is.
	Redirects []string
}

// Calendar is one calendar as it is made.
type Calendar struct {
	Name string
	// Owner is the address of who shares the calendar; the user if empty.
	Owner string
	// ReadOnly gives canEdit = false.
	ReadOnly bool
	// HidePrivate gives canViewPrivateItems = false: private items are there without their details.
	HidePrivate bool
}

// Variants are the points on which the original's documents are silent and only memory speaks ([M] in the provider
// page). Each is run both ways in the tests and listed as unproved in docs/providers.md.
type Variants struct {
	// RepeatOriginal answers a second POST under a transactionId with the first event, in place of 409.
	RepeatOriginal bool
	// RepeatedIs400 refuses it with 400 and the same code, in place of 409.
	RepeatedIs400 bool
	// LostToken is how a dead delta token is answered.
	LostToken LostToken
	// FullDelta gives calendarView delta whole occurrences and no series masters, in place of thin ones and masters.
	FullDelta bool
	// PrimaryDelta refuses calendarView delta on other calendars than the default one, of which alone the document speaks.
	PrimaryDelta bool
	// EmptyPages puts an empty page with a nextLink before the first page of each delta round.
	EmptyPages bool
	// Repeats lists each item of a delta round twice.
	Repeats bool
	// EarlyRemoved tells of what is gone in the first round too, with the reason changed.
	EarlyRemoved bool
	// PartialDelta shows of what has changed, after the first round, only what differs.
	PartialDelta bool
	// MastersExpand refuses to expand exceptionOccurrences of one event that is no series master; otherwise it has none.
	MastersExpand bool
	// LateItems hides a new event from the first GET by its id.
	LateItems bool
	// FewIANA takes, besides Windows' names of zones, only those of IANA's that the original's document lists.
	FewIANA bool
	// BareCopies leave the extended properties behind when a person copies an event; otherwise the copy has them too.
	BareCopies bool
	// KeepIANA gives zones back under the name that they were written with, in place of the Windows name.
	KeepIANA bool
	// NoUID leaves out uid, which older mailboxes lack.
	NoUID bool
	// FolderFilter confines a filter on an extended property to the calendar that is listed, in place of the mailbox.
	FolderFilter bool
	// QuietPersonal mails nobody about a change of categories, reminder, showAs and sensitivity alone.
	QuietPersonal bool
	// QuietDelete tells no guest of a DELETE by the organiser.
	QuietDelete bool
	// KeepExceptions keeps the exceptions of a series whose pattern or time changes, where they still fit, in place of
	// dropping them all.
	KeepExceptions bool
	// GuestsEdit lets those who were invited change their copy of what is the organiser's.
	GuestsEdit bool
	// AppConcurrency counts the four requests at a time over all mailboxes, in place of each by itself.
	AppConcurrency bool
	// BareCancel says of somebody who pressed Cancel that access was denied, and not that it was they.
	BareCancel bool
	// AdminRedirect sends people whom only an administrator can help back to the program, in place of keeping them on a
	// page of Microsoft's.
	AdminRedirect bool
	// OldRefreshDies ends a refresh token when it is used; otherwise it lives on beside the new one.
	OldRefreshDies bool
	// ScopeNamesOffline lists offline_access among the scopes of a token answer, and scopes with their whole address.
	ScopeNamesOffline bool
	// ClampExpiry gives a subscription that asks for too long a life the longest there is, in place of refusing it.
	ClampExpiry bool
	// ShortSubscriptions live for 4,230 minutes at the most, as older documents say, in place of 10,070.
	ShortSubscriptions bool
	// NoHousekeeping keeps change keys still where nothing that a client sees has changed; otherwise [Server.Housekeep]
	// moves them, as a dismissed reminder does.
	NoHousekeeping bool
}

// LostToken says how a delta token that is dead is answered.
type LostToken uint8

// The answers.
const (
	LostGone     LostToken = iota // 410 SyncStateNotFound, with a Location that starts again
	LostNotFound                  // 404 syncStateNotFound
	LostResync                    // 410 resyncRequired
)
