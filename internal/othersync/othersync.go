// Package othersync knows what other programs that sync calendars leave in the events that they write, as far as it was found in their
// sources or their documents (docs/providers.md, Other syncs, with where each fact is from). It names the sync that filled a calendar
// before ours, and notices that it still writes.
//
// A trace proves little by itself: a copy of an event carries it along. It is for words on a page, and for nothing that is written.
package othersync

import (
	"bytes"
	"strings"

	"tahti/internal/calendar"
)

// Tool is a program that syncs.
type Tool string

// The tools. Pages have a name for each, and how to switch it off.
const (
	None      Tool = ""
	Pipedrive Tool = "pipedrive"
	SuiteCRM  Tool = "suitecrm"
	Odoo      Tool = "odoo"
	OGCS      Tool = "ogcs" // Outlook Google Calendar Sync
	Keeper    Tool = "keeper"
)

// Tools are all tools whose traces are known.
var Tools = []Tool{Pipedrive, SuiteCRM, Odoo, OGCS, Keeper}

// Trace is what a tool left in an event.
type Trace struct {
	Tool Tool
	// Mark changes whenever the tool writes the event again; empty where it leaves nothing that would.
	Mark string
}

// property is a private or shared property of Google's events that a tool writes. suffix: only the end of its name is always the same.
type property struct {
	name   string
	suffix bool
	tool   Tool
}

var properties = []property{
	// salesagility/SuiteCRM, include/GoogleSync/GoogleSyncBase.php: extendedProperties.private
	{"suitecrm_id", false, SuiteCRM},
	// odoo/odoo, addons/google_calendar/models/calendar.py: extendedProperties.shared, named after the database
	{"_odoo_id", true, Odoo},
	// phw198/OutlookGoogleCalendarSync, src/OutlookGoogleCalendarSync/Google/CustomProperty.cs: extendedProperties.private, the later ones
	// of an event that is synced with several calendars with a number behind
	{"outlook_CalendarID", false, OGCS},
	{"outlook_EntryID", false, OGCS},
	{"outlook_GlobalApptID", false, OGCS},
}

// modified is when OGCS wrote an event last, beside its other properties.
const modified = "OGCSmodified"

// keeperUID ends the UIDs that keeper.sh gives (ridafkih/keeper.sh, the tests of its Google and CalDAV adapters).
const keeperUID = "@keeper.sh"

// Of finds what a tool left in an event. raw is the server's own answer.
func Of(raw []byte, e *calendar.Event) (Trace, bool) {
	if strings.HasSuffix(e.UID, keeperUID) {
		return Trace{Tool: Keeper}, true
	}
	if !bytes.Contains(raw, []byte(`"extendedProperties"`)) {
		return Trace{}, false
	}
	for _, p := range properties {
		if _, ok := value(raw, p.name, p.suffix); !ok {
			continue
		}
		t := Trace{Tool: p.tool}
		if p.tool == OGCS {
			t.Mark, _ = value(raw, modified, false)
		}
		return t, true
	}
	return Trace{}, false
}

// value reads a property of a JSON text. Inside of strings quotes are escaped, so that what somebody has typed is never taken for one.
func value(raw []byte, name string, suffix bool) (string, bool) {
	wanted := []byte(`"` + name + `"`)
	if suffix {
		wanted = wanted[1:]
	}
	for {
		at := bytes.Index(raw, wanted)
		if at < 0 {
			return "", false
		}
		rest, named := bytes.CutPrefix(bytes.TrimLeft(raw[at+len(wanted):], " \t\r\n"), []byte(":"))
		raw = raw[at+len(wanted):]
		if !named {
			continue
		}
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if len(rest) > 0 && rest[0] == '"' {
			rest = rest[1:]
		}
		if end := bytes.IndexAny(rest, `",}`); end >= 0 {
			rest = rest[:end]
		}
		return string(rest), true
	}
}
