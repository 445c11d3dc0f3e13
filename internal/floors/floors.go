// Package floors holds the house together: which room may import which.
//
// A room is a package under internal/, or cmd/tahti. Imports go downwards only, siblings do not know each other, and
// what is pure stays pure. [Rooms] is the one list; the tests of this package hold the code to it, and hold the
// depguard rules in .golangci.yml, which say the same to editors, to the list (go test ./internal/floors -write brings
// them up to date).
//
// A new room is welcome where a new subject appears: it gets a line here, at the height where it stands, and a line on
// the map in docs/architecture.md. A new provider is one line.
package floors

// Room is one package and what it may lean on.
type Room struct {
	Path    string   // below internal/, or "cmd/tahti"
	Imports []string // rooms that its code may import; "*" is all
	// Pure rooms take values and give values: no context, network, files, database or log.
	Pure bool
	// Std rooms import nothing outside the standard library and this list.
	Std bool
	// Stepped rooms have no goroutine, timer, clock or order of a map: all that can happen comes in through their ports,
	// so that a simulation can drive them one step at a time.
	Stepped bool
}

// Rooms from the ground up.
var Rooms = []Room{
	// The two vocabularies.
	{Path: "calendar", Std: true, Pure: true, Stepped: true},
	{Path: "crm", Imports: []string{"calendar"}, Std: true, Pure: true, Stepped: true},

	// Text and time.
	{Path: "recur", Imports: []string{"calendar"}, Pure: true, Stepped: true},
	{Path: "icalendar", Imports: []string{"calendar", "recur"}, Pure: true, Stepped: true},

	// Rows.
	{Path: "store", Imports: []string{"calendar", "crm", "recur", "icalendar"}},
	{Path: "store/storetest", Imports: ground}, // the suite that every store passes

	// Small tools of the trade, which know nothing of the product.
	{Path: "secret"},
	{Path: "netguard"},

	{Path: "text", Imports: []string{"calendar", "crm", "recur"}},
	{Path: "auth", Imports: []string{"calendar", "crm", "store", "secret"}},

	// The outside. No adapter knows another, or anything of the hub.
	{Path: "provider", Imports: []string{"calendar"}},
	{Path: "provider/outlook", Imports: adapter, Pure: true}, // what the protocols to Microsoft's calendars share
	{Path: "provider/outlook/outlooktest", Imports: append([]string{"provider/outlook"}, adapter...)},
	// where a password may go, and what servers say that people name by address
	{Path: "provider/premises", Imports: []string{"provider"}},
	{Path: "provider/caldav", Imports: append([]string{"provider/premises"}, adapter...)},
	{Path: "provider/google", Imports: adapter},
	{Path: "provider/graph", Imports: append([]string{"provider/outlook"}, adapter...)},
	{Path: "provider/ews", Imports: append([]string{"provider/outlook", "provider/premises"}, adapter...)},
	{Path: "provider/pipedrive", Imports: append([]string{"provider/premises"}, adapter...)},
	{Path: "provider/conformance", Imports: adapter},
	// other programs at the same calendars, apart from the adapters
	{Path: "provider/backdoor", Imports: []string{"provider", "provider/conformance"}},
	{Path: "provider/backdoor/caldav", Imports: append([]string{"provider/backdoor"}, adapter...)},
	{Path: "provider/backdoor/google", Imports: append([]string{"provider/backdoor"}, adapter...)},
	{Path: "provider/backdoor/graph", Imports: append([]string{"provider/backdoor"}, adapter...)},
	{Path: "provider/backdoor/ews", Imports: append([]string{"provider/backdoor"}, adapter...)},
	{Path: "provider/backdoor/pipedrive", Imports: append([]string{"provider/backdoor"}, adapter...)},

	// Where correctness lives.
	{Path: "lens", Imports: []string{"calendar", "crm", "recur", "provider"}, Pure: true, Stepped: true},
	{Path: "merge", Imports: []string{"calendar", "crm", "recur", "provider"}, Pure: true, Stepped: true},
	{Path: "match", Std: true, Pure: true, Stepped: true},                                    // which items of two sides are one, where another sync has filled both
	{Path: "othersync", Imports: []string{"calendar"}, Std: true, Pure: true, Stepped: true}, // what other syncs leave in events

	{Path: "hub", Imports: append([]string{"lens", "merge", "provider", "auth", "text"}, ground...), Stepped: true},
	// the client's side of a sign-in by consent
	{Path: "account/oauth", Imports: []string{"provider"}},
	{Path: "account/oauth/oauthtest"}, // an authorization server for tests
	// account keeps the one list of providers (Kinds), and so imports them all.
	{Path: "account", Imports: append([]string{"account/oauth", "provider/caldav", "provider/ews", "provider/google", "provider/graph", "provider/pipedrive", "hub", "provider", "auth", "text", "secret", "netguard"}, ground...)},
	{Path: "engine", Imports: append([]string{"account", "hub", "lens", "match", "merge", "othersync", "provider"}, ground...), Stepped: true},
	// A strict calendar in memory and a company around it, for tests of what stands above.
	{Path: "engine/enginetest", Imports: append([]string{"engine", "hub", "lens", "provider"}, ground...), Stepped: true},
	// A kind of account that signs in by consent, for tests of what stands above.
	{Path: "account/accounttest", Imports: []string{"account", "account/oauth", "account/oauth/oauthtest", "engine/enginetest", "provider"}},
	{Path: "connection", Imports: append([]string{"engine"}, upstairs...)}, // what people do to connections
	// What is done with a claim, a step at a time; jobs drives it with goroutines, and the world with dice.
	{Path: "claim", Imports: []string{"account", "engine", "provider", "store"}, Stepped: true},
	// what providers tell by themselves, and how they are kept telling
	{Path: "push", Imports: []string{"account", "engine", "provider", "store"}},
	{Path: "jobs", Imports: append([]string{"claim", "connection", "engine"}, upstairs...)},
	// house wires everything below the surfaces together: for the server, the demo and the tests.
	{Path: "house", Imports: append([]string{"jobs", "push", "connection", "engine"}, upstairs...)},
	// the suite on a calendar of its own at the real thing, for whoever has an account
	{Path: "scratch", Imports: append([]string{"provider/caldav", "provider/google", "provider/graph", "provider/ews", "provider/pipedrive", "provider/conformance", "provider/backdoor",
		"provider/backdoor/caldav", "provider/backdoor/google", "provider/backdoor/graph", "provider/backdoor/ews", "provider/backdoor/pipedrive"}, adapter...)},
	{Path: "demo", Imports: append([]string{"house", "jobs", "connection", "engine"}, upstairs...)}, // the sample company
	{Path: "doctor", Imports: append([]string{"connection", "engine"}, upstairs...)},
	{Path: "api", Imports: append([]string{"doctor", "house", "jobs", "push", "connection", "engine"}, upstairs...)},
	{Path: "web", Imports: append([]string{"doctor", "house", "jobs", "push", "connection", "engine"}, upstairs...)},
	{Path: "status", Imports: append([]string{"house", "jobs", "push", "connection", "engine"}, upstairs...)}, // for people and programs, signed in or not
	{Path: "caldavserver", Imports: append([]string{"doctor", "house", "jobs", "connection", "engine"}, upstairs...)},
	{Path: "cmd/tahti", Imports: []string{"*"}},

	// The originals' doubles. They never see the adapters that they test.
	{Path: "standin", Imports: []string{"calendar", "recur", "icalendar"}},
	{Path: "standin/caldav", Imports: []string{"standin", "calendar", "recur", "icalendar"}},
	{Path: "standin/google", Imports: []string{"standin", "calendar", "recur"}},
	{Path: "standin/exchange", Imports: []string{"calendar"}, Pure: true}, // what a mailbox of Exchange does under either protocol
	{Path: "standin/graph", Imports: []string{"standin", "standin/exchange", "calendar", "recur"}},
	{Path: "standin/pipedrive", Imports: []string{"standin", "calendar"}},
	{Path: "standin/ews", Imports: []string{"standin", "standin/exchange", "calendar", "recur", "icalendar"}},

	// The workshop.
	{Path: "standin/thirdparty"}, // programs that others wrote, for the stand-ins' tests
	{Path: "api/apitest"},        // holds every exchange of a test against the committed document
	{Path: "realserver"},
	{Path: "faultproxy"},
	{Path: "licenses"},
	{Path: "licenses/collect"},
	// the real hub, engine and store under everything that may happen to them, decided by a seed
	{Path: "world", Imports: append([]string{"claim", "connection", "engine"}, upstairs...), Stepped: true},
	{Path: "bench", Imports: append([]string{"house", "jobs", "connection", "engine"}, upstairs...)}, // what design.md promises, measured
	{Path: "floors"},
}

var (
	ground   = []string{"store", "icalendar", "recur", "calendar", "crm"}
	upstairs = append([]string{"account", "account/oauth", "hub", "lens", "match", "merge", "othersync", "provider", "auth", "text", "secret", "netguard"}, ground...)
	adapter  = []string{"provider", "icalendar", "recur", "calendar"}
)

// Tools are what any room's tests may import besides.
var Tools = []string{
	"store/storetest", "account/oauth/oauthtest", "account/accounttest", "engine/enginetest", "realserver", "faultproxy", "standin", "standin/caldav",
	"standin/google", "standin/graph", "standin/ews", "standin/thirdparty", "provider/conformance", "provider/backdoor", "provider/backdoor/caldav", "provider/backdoor/google",
	"provider/backdoor/graph", "provider/backdoor/ews", "provider/outlook/outlooktest", "api/apitest", "standin/pipedrive", "provider/backdoor/pipedrive",
}

// notPure are the packages through which something other than the arguments could come in.
var notPure = []string{"context", "net", "net/http", "os", "os/exec", "database/sql", "io/fs", "log", "log/slog"}

// notStepped are the functions that read a clock or wait, and where chance comes from.
var notStepped = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"},
}

var chance = []string{"math/rand", "math/rand/v2", "crypto/rand"}

// find answers a room by its path. A program that writes a room's tables (ROOM/gen) may import what the room may, and the
// room itself; it is never part of the product.
func find(path string) (Room, bool) {
	for _, r := range Rooms {
		if r.Path == path {
			return r, true
		}
		if path == r.Path+"/gen" {
			return Room{Path: path, Imports: append([]string{r.Path, r.Path + "/collect"}, r.Imports...)}, true
		}
	}
	return Room{}, false
}
