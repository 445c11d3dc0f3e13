package caldav

import "time"

// Profile is how a server differs from the texts. The zero value of each field is what the texts ask for (or the
// strictest that they allow), so that a profile lists differences only.
type Profile struct {
	Name string

	// Sign-in.
	NoAuth     bool     // takes every request, as the first user
	Challenges []string // WWW-Authenticate lines of a 401; Basic and, with a token, Bearer if empty
	Digest     Digest   // takes Digest (RFC 7616) and no Basic
	NonceUses  int      // how often a nonce may be used before it is stale; without end if zero

	// Where things are.
	WellKnown  int       // status of /.well-known/caldav: 301 if zero; 302, 307, 308, or 404
	Root405    bool      // PROPFIND on / and /dav/ answers 405, although the principal below works
	Hrefs      HrefStyle // how hrefs are written in answers
	NoMake     bool      // no calendar can be made
	NoSync     bool      // no sync-collection, no sync-token
	NoCtag     bool      // no getctag
	GzipSuffix bool      // a compressed GET answers "etag-gzip", which guards nothing

	// Guards.
	IgnoreIfNoneMatch     bool          // If-None-Match is ignored: a PUT overwrites
	IgnoreIfMatchOnDelete bool          // a DELETE with a stale If-Match deletes
	IfMatchAnyCreates     bool          // a PUT with If-Match: * on nothing creates
	RaceWindow            time.Duration // between the check of a guard and the write, others may write

	// ETags.
	ETags    ETagStyle
	WeakETag bool    // W/"…", which If-Match never matches
	PutETag  PutETag // whether a PUT answers one

	// What is stored.
	Normalise    Normalise
	UpdateStatus int      // of a PUT that overwrites: 204 if zero
	Invalid      Invalid  // what broken iCalendar is answered with
	UIDConflict  UIDRule  // what a UID that is taken in the same calendar is answered with
	NeedMaster   bool     // an override without its series is refused
	LaxZones     bool     // a TZID without its VTIMEZONE is taken
	MaxSize      int      // max-resource-size in bytes; 1 MiB if zero
	NeedLength   bool     // a PUT without Content-Length is refused
	Components   []string // of calendars that name none themselves

	// Scheduling.
	Schedule       Schedule
	CancelledStays bool // the attendee's copy of a cancelled meeting stays, with STATUS:CANCELLED

	// Reports.
	MissingOmitted bool // multiget leaves missing hrefs out instead of answering 404
	NoPropFilter   bool // prop-filter is ignored: everything fits
	NoExpand       bool // expand is ignored

	// sync-collection.
	Tokens       TokenStyle
	GarbageToken GarbageToken
	IgnoreLimit  bool // the client's nresults is ignored
	PageLimit    int  // the server's own limit per answer; 0 has none
	SyncTombs    bool // the initial listing names deleted objects, as 404
	SyncRepeats  bool // changes of the token's own second come again
	LaxSyncDepth bool // Depth 1 is taken, against RFC 6578
}

// Digest is the algorithm of a server that takes Digest; empty takes Basic.
type Digest string

// The algorithms.
const (
	DigestMD5    Digest = "MD5"
	DigestSHA256 Digest = "SHA-256"
)

// HrefStyle is how the path of "we@ird n" is written.
type HrefStyle uint8

// The styles.
const (
	HrefPath    HrefStyle = iota // we@ird%20n: what RFC 3986 needs (Cyrus, sabre/dav)
	HrefEncoded                  // we%40ird%20n: all that may be (Radicale, Xandikos, DAViCal)
	HrefRaw                      // we@ird n: nothing, which is no address at all (SOGo)
)

// ETagStyle is what an ETag is made of.
type ETagStyle uint8

// The styles.
const (
	ETagVersion ETagStyle = iota // never the same twice
	ETagContent                  // a hash of the content: back to the old text is back to the old tag
	ETagCounter                  // counts the object's writes and starts again when it is made again (SOGo)
)

// PutETag is when a PUT answers an ETag.
type PutETag uint8

// The rules.
const (
	ETagIfVerbatim PutETag = iota // if what is stored is what was sent, byte by byte (RFC 4791 section 5.3.4)
	ETagAlways
	ETagNever
)

// Normalise is what is done to a body before it is stored.
type Normalise uint8

// The rules.
const (
	Verbatim Normalise = iota // nothing (DAViCal, sabre/dav)
	Rewrite                   // written again: folding and line ends change (Xandikos)
	Refold                    // written again, CATEGORIES one to a line (Cyrus)
	Reorder                   // properties sorted, missing VTIMEZONE added (Radicale)
	Mangle                    // as Reorder, and X-FOO="a;b" becomes X-FOO=a\;b (SOGo)
)

// Invalid is what broken iCalendar is answered with.
type Invalid uint8

// The answers.
const (
	InvalidData   Invalid = iota // 403 CALDAV:valid-calendar-data
	InvalidObject                // 403 CALDAV:valid-calendar-object-resource (Cyrus)
	Invalid400                   // 400 without a word (Radicale)
	Invalid404                   // 404 (SOGo)
	Invalid412                   // 412, as if a guard had failed (DAViCal)
	Invalid415                   // 415 (sabre/dav)
	Invalid207                   // 207 whose body says that it failed (Xandikos)
)

// UIDRule is what a UID that is taken in the same calendar is answered with.
type UIDRule uint8

// The answers.
const (
	UID409     UIDRule = iota // 409 CALDAV:no-uid-conflict (Radicale, SOGo)
	UID403                    // 403 CALDAV:unique-scheduling-object-resource (Cyrus)
	UID207                    // 207 whose body says 412 (Xandikos)
	UIDAllowed                // 201: two objects with one UID (DAViCal, sabre/dav)
)

// Schedule is how SCHEDULE-AGENT is honoured.
type Schedule uint8

// The rules.
const (
	ScheduleRFC6638   Schedule = iota // SERVER sends, CLIENT and NONE do not
	ScheduleNone                      // nothing is ever sent, nothing is advertised
	ScheduleNoneSends                 // NONE sends as well (sabre/dav)
	ScheduleAll                       // SCHEDULE-AGENT is ignored: everything sends (SOGo)
)

// TokenStyle is the form of a sync-token.
type TokenStyle uint8

// The forms.
const (
	TokenURL     TokenStyle = iota // http://…/ns/sync/7-42
	TokenData                      // data:,7-42
	TokenSeconds                   // unix seconds, which cannot tell two changes of one second apart
)

// GarbageToken is what a sync-token that the server never gave out is answered with.
type GarbageToken uint8

// The answers.
const (
	Garbage403        GarbageToken = iota // 403 DAV:valid-sync-token
	GarbageEverything                     // 207 with everything, as if the token had been empty (SOGo)
	GarbageLive                           // 207 with all that is there, no deletions (DAViCal)
	Garbage500                            // 500 (Xandikos)
)

// The profiles. Each but the first is named after the server whose measured behaviour (Debian 12's version of it) it
// models; it models the differences that matter to a client's safety, not the server.
var (
	// ProfilePlain follows the texts, and schedules.
	ProfilePlain = Profile{Name: "plain"}

	// ProfileRadicale is Radicale 3.1.8.
	ProfileRadicale = Profile{
		Name: "radicale", Hrefs: HrefEncoded, ETags: ETagContent, PutETag: ETagAlways, Normalise: Reorder, UpdateStatus: 201,
		Invalid: Invalid400, NeedMaster: true, LaxZones: true, Schedule: ScheduleNone, NoExpand: true,
		IgnoreLimit: true, SyncTombs: true, LaxSyncDepth: true,
	}
	// ProfileXandikos is Xandikos 0.2.8.
	ProfileXandikos = Profile{
		Name: "xandikos", NoAuth: true, Hrefs: HrefEncoded, ETags: ETagContent, PutETag: ETagAlways, Normalise: Rewrite,
		Invalid: Invalid207, UIDConflict: UID207, LaxZones: true, Schedule: ScheduleNone,
		GarbageToken: Garbage500, IgnoreLimit: true, LaxSyncDepth: true,
	}
	// ProfileCyrus is Cyrus 3.6.1.
	ProfileCyrus = Profile{
		Name: "cyrus", Root405: true, ETags: ETagContent, Normalise: Refold, Invalid: InvalidObject, UIDConflict: UID403,
		LaxZones: true, CancelledStays: true, Tokens: TokenData,
	}
	// ProfileDAViCal is DAViCal 1.1.12.
	ProfileDAViCal = Profile{
		Name: "davical", Hrefs: HrefEncoded, ETags: ETagContent, Invalid: Invalid412, UIDConflict: UIDAllowed, LaxZones: true,
		MissingOmitted: true, Tokens: TokenData, GarbageToken: GarbageLive, IgnoreLimit: true, SyncRepeats: true,
		LaxSyncDepth: true,
	}
	// ProfileSOGo is SOGo 5.8.0, the one on which an ETag is not a sufficient guard.
	ProfileSOGo = Profile{
		Name: "sogo", Challenges: []string{`basic realm="SOGo"`}, Hrefs: HrefRaw, IgnoreIfNoneMatch: true,
		IgnoreIfMatchOnDelete: true, IfMatchAnyCreates: true, RaceWindow: 20 * time.Millisecond, ETags: ETagCounter,
		PutETag: ETagAlways, Normalise: Mangle, Invalid: Invalid404, LaxZones: true, Schedule: ScheduleAll,
		NoPropFilter: true, NoExpand: true, Tokens: TokenSeconds, GarbageToken: GarbageEverything, IgnoreLimit: true,
		SyncRepeats: true, LaxSyncDepth: true,
	}
	// ProfileBaikal is sabre/dav as Baïkal sets it up: it wants Digest.
	ProfileBaikal = Profile{
		Name: "baikal", Digest: DigestMD5, ETags: ETagContent, Invalid: Invalid415, UIDConflict: UIDAllowed, LaxZones: true,
		MissingOmitted: true, Schedule: ScheduleNoneSends, CancelledStays: true, IgnoreLimit: true, LaxSyncDepth: true,
	}
	// ProfileSabre is sabre/dav 4.7.1, the engine of Nextcloud and Baïkal.
	ProfileSabre = Profile{
		Name: "sabre", ETags: ETagContent, Invalid: Invalid415, UIDConflict: UIDAllowed, LaxZones: true, MissingOmitted: true,
		Schedule: ScheduleNoneSends, CancelledStays: true, IgnoreLimit: true, LaxSyncDepth: true,
	}
)

// Profiles are all the ready-made ones.
func Profiles() []Profile {
	return []Profile{
		ProfilePlain, ProfileRadicale, ProfileXandikos, ProfileCyrus, ProfileDAViCal, ProfileSOGo, ProfileSabre, ProfileBaikal,
	}
}
