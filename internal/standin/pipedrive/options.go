package pipedrive

import (
	"crypto/tls"
	"time"
)

// Options of a server. The zero value has the company Example with the administrator alice@example.com and nothing in it.
type Options struct {
	Company Company
	// Users of the company; the first one is its owner, and an administrator.
	Users []User
	// Apps may ask for consent; one of StandardClient and StandardSecret if there are none.
	Apps []App
	// Activities is how many there are on the first day, as [Server.Seed] makes them from that day on.
	Activities int
	// Token is taken as API token and as bearer token of the first user, with every scope; empty takes none.
	Token string
	// Now is the clock, and AfterFunc calls a function later by it; those of the time package if nil.
	Now       func() time.Time
	AfterFunc func(d time.Duration, f func())
	// LocalHooks takes webhooks at addresses of this machine, http ones too: the original takes public ones only. Nothing is ever
	// sent anywhere else. HookTLS is how https ones are trusted; as the system does if nil.
	LocalHooks bool
	HookTLS    *tls.Config
	// Unlimited keeps neither daily budget nor burst limits; what is spent is counted all the same.
	Unlimited bool
	// Refusals is how many times in a row a token may be refused for too many requests before it is blocked for BlockFor; 50 and ten
	// minutes if zero (the original says neither).
	Refusals int
	BlockFor time.Duration
	// Variant settles what is not known of the original.
	Variant Variant
}

// Company is the account.
type Company struct {
	ID     int64  // 7654321 if zero
	Name   string // Example if empty
	Domain string // of its host; example if empty
	Plan   Plan
	Seats  int // paid for; as many as there are users if zero
	TopUp  int // tokens a day bought besides
	// Parents says which visibility group is below which.
	Parents map[int]int
}

// Plan is what the company pays for. The budget and the burst limits hang on it.
type Plan uint8

// The plans.
const (
	Lite Plan = iota
	Growth
	Premium
	Ultimate
)

// User is a person of the company.
type User struct {
	Email string
	Name  string // Email if empty
	Admin bool
	// Password is asked for on the sign-in page; a user without one is entered by a button.
	Password string
	// APIToken is the user's own; none if empty.
	APIToken string
	// NoAPI users may not use the API: their permission set says so.
	NoAPI bool
	// TimeZone is the IANA zone of the user's settings; UTC if empty.
	TimeZone string
	// Group is the user's visibility group.
	Group int
	// OwnOnly users may change and delete what they own and nothing else.
	OwnOnly bool
	// CalendarSync is whether the user has the company's own calendar sync on: guests of activities are mailed then, and only then.
	CalendarSync bool
}

// App is a program that asks for consent. What it may do is registered with it, and is granted as a whole or not at all.
type App struct {
	ID, Secret string
	Name       string // Tahti if empty
	// Redirect is the one address that codes are sent to, letter for letter; empty takes any of this machine.
	Redirect string
	// Scopes besides "base"; those of [StandardScopes] if nil.
	Scopes []string
	// Unavailable apps cannot be installed in this company: they were taken off the market, or its administrator does not let them in.
	Unavailable bool
}

// The program that is registered where none is named.
const (
	StandardClient = "standin-client"
	StandardSecret = "standin-secret"
)

// StandardScopes are what a sync needs.
var StandardScopes = []string{"activities:full", "contacts:read", "deals:read", "users:read", "webhooks:full"}

// Variant settles what was never checked at the original: each field is one open question, its zero value the answer that asks
// more of a client. docs/providers.md lists them as unproved.
type Variant struct {
	// IgnoreUnknown ignores fields and parameters that are not known, in place of refusing them.
	IgnoreUnknown bool
	// QueryTokenV2 takes api_token in the address on v2 too, in place of v1 alone.
	QueryTokenV2 bool
	// ClampLimit takes a limit above 500 as 500, in place of refusing it.
	ClampLimit bool
	// Defaults calls an activity without subject or type Call, in place of refusing it. Today gives it today's date where it has none.
	Defaults, Today bool
	// AnyType takes types that are unknown or switched off, in place of refusing them.
	AnyType bool
	// ShortDurations refuses a duration of a day and more.
	ShortDurations bool
	// Seconds writes times and durations as HH:MM:SS, in place of HH:MM.
	Seconds bool
	// PostIs201 answers a creation with 201, in place of 200.
	PostIs201 bool
	// DeletedGone answers a deleted item with 404 at once, in place of showing it with is_deleted for thirty days. ListsDeleted has it
	// in lists by updated_since, too. DeleteTwice deletes what is deleted once more, in place of 404.
	DeletedGone, ListsDeleted, DeleteTwice bool
	// QuietPatch leaves update_time and webhooks alone where a change changes nothing.
	QuietPatch bool
	// LateLists shows a change in lists five seconds later only.
	LateLists bool
	// PrivateHidden leaves other people's private activities out, in place of masking them. PrivateField says private beside an activity.
	PrivateHidden, PrivateField bool
	// HooksLikeAPI names the fields of webhooks as answers do, in place of the migration guide's examples.
	HooksLikeAPI bool
	// ProbesHooks asks the address of a new webhook first, and refuses it unless the answer is 2xx.
	ProbesHooks bool
	// KeepsRemoved lists webhooks that were removed for failing, as not active.
	KeepsRemoved bool
	// RotatesRefresh gives a new refresh token with each refresh, and the old one is dead.
	RotatesRefresh bool
	// SpaceScopes separates the scopes of a token's answer by spaces, in place of commas.
	SpaceScopes bool
	// AccessDenied is how a person's refusal is told, in place of user_denied.
	AccessDenied bool
	// NoDaily leaves the headers of the daily budget out. RetryAfter says it with 429, too.
	NoDaily, RetryAfter bool
}
