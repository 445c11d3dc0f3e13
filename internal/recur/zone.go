package recur

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a server without a zone database still knows them all

	"tahti/internal/calendar"
)

// zoneTables are the generated tables made ready for look-up, keys in lower case.
type zoneTables struct {
	iana    map[string]string // any zone of the database, as it is spelt there
	windows map[string]string // Windows zone id -> the IANA zone it stands for
	ids     map[string]string // IANA zone -> Windows zone id
	names   map[string]string // what Windows shows for a zone, without the offset -> Windows zone id
	primary []string          // the zones that Windows ids stand for, in the table's order
}

var zones = sync.OnceValue(func() *zoneTables {
	t := &zoneTables{
		iana: map[string]string{}, windows: map[string]string{}, ids: map[string]string{}, names: map[string]string{},
	}
	for name := range strings.FieldsSeq(ianaTable) {
		t.iana[strings.ToLower(name)] = name
	}
	for line := range strings.Lines(strings.TrimSpace(windowsTable)) {
		id, list, _ := strings.Cut(strings.TrimSpace(line), "=")
		names := strings.Fields(list)
		t.windows[strings.ToLower(id)] = names[0]
		t.primary = append(t.primary, names[0])
		for _, name := range names {
			t.ids[name] = id
		}
	}
	for line := range strings.Lines(strings.TrimSpace(windowsNames)) {
		id, list, _ := strings.Cut(strings.TrimSpace(line), "=")
		for name := range strings.SplitSeq(list, "|") {
			t.names[strings.ToLower(strings.TrimSpace(name))] = id
		}
	}
	t.windows["utc"] = "UTC"               // not CLDR's Etc/UTC: the name that everybody writes
	for id, name := range retiredWindows { // any order: a map is filled
		t.windows[strings.ToLower(id)] = name
	}
	return t
})

var (
	// offsetPrefix is what Windows puts before a zone's display name.
	offsetPrefix = regexp.MustCompile(`^\((?:utc|gmt)(?:[+−-]\d\d?:\d\d)?\)\s*`)
	// fixedOffset is an offset and nothing else.
	fixedOffset = regexp.MustCompile(`^(?:utc|gmt)\s*([+-])(\d\d?)(?::?00)?$`)
	// areaAndCity is the form of a name that a newer database than our table may have.
	areaAndCity = regexp.MustCompile(`^[A-Z][A-Za-z]+(?:/[A-Za-z0-9_+-]+){1,2}$`)
)

// maxZoneName bounds what is looked at; the longest display name has about 80 bytes.
const maxZoneName = 200

// ResolveZone finds the IANA zone that a TZID or a provider's zone name means. It knows IANA names in any case (links as
// US/Eastern stay what they are), Windows zone ids and the English names that Windows shows for them, names behind a
// global prefix (/mozilla.org/20050126_1/Europe/Berlin), quotes, offsets in whole hours (UTC+02:00) and the spellings of
// UTC. Abbreviations that several countries use (CST, IST) and custom names are not guessed: for these the definition
// that comes with them decides, see [MatchZone].
func ResolveZone(tzid string) (iana string, ok bool) {
	name := strings.TrimSpace(strings.Trim(strings.TrimSpace(tzid), `"'`))
	if name == "" || len(name) > maxZoneName {
		return "", false
	}
	if iana, ok := lookUp(name); ok {
		return iana, true
	}
	if rest, global := strings.CutPrefix(name, "/"); global {
		for found := true; found; {
			if iana, ok := lookUp(rest); ok {
				return iana, true
			}
			_, rest, found = strings.Cut(rest, "/")
		}
	}
	if areaAndCity.MatchString(name) {
		if _, err := time.LoadLocation(name); err == nil {
			return name, true
		}
	}
	return "", false
}

func lookUp(name string) (string, bool) {
	t := zones()
	key := strings.ToLower(name)
	if iana, ok := t.iana[strings.ReplaceAll(key, " ", "_")]; ok {
		return iana, true
	}
	if iana, ok := t.windows[key]; ok {
		return iana, true
	}
	if iana, ok := otherNames[key]; ok {
		return iana, true
	}
	if id, ok := t.names[key]; ok {
		return t.windows[strings.ToLower(id)], true
	}
	if prefix := offsetPrefix.FindString(key); prefix != "" && len(prefix) < len(key) {
		return lookUp(key[len(prefix):])
	}
	m := fixedOffset.FindStringSubmatch(key)
	if m == nil {
		return "", false
	}
	hours, err := strconv.Atoi(m[2])
	if err != nil || hours == 0 {
		return "UTC", err == nil
	}
	sign := map[string]string{"+": "-", "-": "+"}[m[1]] // Etc/GMT-2 is two hours east
	iana, ok := t.iana[fmt.Sprintf("etc/gmt%s%d", sign, hours)]
	return iana, ok
}

// WindowsZone returns the Windows zone id for an IANA zone, for providers that ask for one. Several zones share an id, so
// the way back gives the best known of them. It is not there for the few zones that Windows does not have.
func WindowsZone(iana string) (string, bool) {
	t := zones()
	id, ok := t.ids[t.iana[strings.ToLower(iana)]]
	return id, ok
}

var locations sync.Map // IANA name -> *time.Location; holds known names only, so it cannot grow without bound

// Location loads a zone by its IANA name, once. The error wraps [ErrZone].
func Location(iana string) (*time.Location, error) {
	if loc, ok := locations.Load(iana); ok {
		return loc.(*time.Location), nil
	}
	if iana == "" || iana == "Local" { // what Go reads as UTC and as the machine's own zone
		return nil, fmt.Errorf("load zone %q: %w", iana, ErrZone)
	}
	if zones().iana[strings.ToLower(iana)] != iana && !areaAndCity.MatchString(iana) {
		return nil, fmt.Errorf("load zone %q: %w", iana, ErrZone)
	}
	loc, err := time.LoadLocation(iana)
	if err != nil {
		return nil, fmt.Errorf("load zone %q: %w: %w", iana, ErrZone, err)
	}
	kept, _ := locations.LoadOrStore(iana, loc)
	return kept.(*time.Location), nil
}

// change is a moment at which a zone's offset or name changes.
type change struct {
	at       time.Time
	from, to int // offsets in seconds east of UTC
	name     string
	summer   bool // as the database says it
	was      bool // summer before
}

// changes lists what changes in a zone from one instant, inclusive, to another, exclusive.
func changes(loc *time.Location, from, to time.Time) []change {
	var out []change
	at := from.Add(-time.Second).In(loc)
	for {
		_, end := calendar.ZoneBounds(at)
		if end.IsZero() || !end.Before(to) {
			return out
		}
		before, after := end.Add(-time.Second), end
		wasName, was := before.Zone()
		name, offset := after.Zone()
		if was != offset || wasName != name || before.IsDST() != after.IsDST() {
			out = append(out, change{at: end, from: was, to: offset, name: name, summer: after.IsDST(), was: before.IsDST()})
		}
		at = end
	}
}
