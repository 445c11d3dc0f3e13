package graph

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/recur"
	"tahti/internal/standin/exchange"
)

// customZone is the name of a zone that a desktop program once defined for one event: nobody knows it by that name.
const customZone = "tzone://Microsoft/Custom"

// moment is a time as an event keeps it.
type moment struct {
	wall calendar.Wall
	zone string // as the original gives it back
	loc  *time.Location
}

func (m moment) instant() time.Time {
	return calendar.Time{Kind: calendar.Zoned, Wall: m.wall}.Instant(m.loc)
}

// in reads the same instant on another clock.
func (m moment) in(z zone) moment {
	return moment{calendar.WallIn(m.instant(), z.loc), z.name, z.loc}
}

func (m moment) plus(by calendar.Wall) moment {
	m.wall += by
	return m
}

// zone is a zone under the name that somebody calls it by.
type zone struct {
	name string
	loc  *time.Location
}

var utc = zone{"UTC", time.UTC}

// parseZone accepts Windows ids and IANA names and nothing else: no display names, no offsets.
func parseZone(name string) (zone, bool) {
	if loc, err := recur.Location(name); err == nil {
		return zone{name, loc}, true
	}
	iana, ok := recur.ResolveZone(name)
	if !ok {
		return zone{}, false
	}
	if id, ok := recur.WindowsZone(iana); (!ok || !strings.EqualFold(id, name)) && !strings.EqualFold(iana, name) {
		return zone{}, false
	}
	loc, err := recur.Location(iana)
	return zone{name, loc}, err == nil
}

// fewZones are the names of IANA's that the document of dateTimeTimeZone lists.
var fewZones = strings.Fields(`Etc/GMT+12 Etc/GMT+11 Pacific/Honolulu America/Anchorage America/Santa_Isabel America/Los_Angeles America/Phoenix
	America/Chihuahua America/Denver America/Guatemala America/Chicago America/Mexico_City America/Regina America/Bogota America/New_York
	America/Indiana/Indianapolis America/Caracas America/Asuncion America/Halifax America/Cuiaba America/La_Paz America/Santiago America/St_Johns
	America/Sao_Paulo America/Argentina/Buenos_Aires America/Cayenne America/Godthab America/Montevideo America/Bahia Etc/GMT+2 Atlantic/Azores
	Atlantic/Cape_Verde Africa/Casablanca Etc/GMT Europe/London Atlantic/Reykjavik Europe/Berlin Europe/Budapest Europe/Paris Europe/Warsaw
	Africa/Lagos Africa/Windhoek Europe/Bucharest Asia/Beirut Africa/Cairo Asia/Damascus Africa/Johannesburg Europe/Kyiv Europe/Istanbul
	Asia/Jerusalem Asia/Amman Asia/Baghdad Europe/Kaliningrad Asia/Riyadh Africa/Nairobi Asia/Tehran Asia/Dubai Asia/Baku Europe/Moscow
	Indian/Mauritius Asia/Tbilisi Asia/Yerevan Asia/Kabul Asia/Karachi Asia/Toshkent Asia/Kolkata Asia/Colombo Asia/Kathmandu Asia/Astana Asia/Dhaka
	Asia/Yekaterinburg Asia/Yangon Asia/Bangkok Asia/Novosibirsk Asia/Shanghai Asia/Krasnoyarsk Asia/Singapore Australia/Perth Asia/Taipei
	Asia/Ulaanbaatar Asia/Irkutsk Asia/Tokyo Asia/Seoul Australia/Adelaide Australia/Darwin Australia/Brisbane Australia/Sydney
	Pacific/Port_Moresby Australia/Hobart Asia/Yakutsk Pacific/Guadalcanal Asia/Vladivostok Pacific/Auckland Etc/GMT-12 Pacific/Fiji Asia/Magadan
	Pacific/Tongatapu Pacific/Apia Pacific/Kiritimati UTC`)

// listed reports whether a zone was named by Windows' name, or by one on that list.
func listed(z zone) bool {
	_, err := recur.Location(z.name)
	return err != nil || slices.Contains(fewZones, z.name)
}

// kept is the name that the mailbox keeps for a zone: Windows', unless the variant says otherwise.
func (s *Server) kept(z zone) zone {
	if s.variants.KeepIANA {
		return z
	}
	iana, ok := recur.ResolveZone(z.name)
	if !ok {
		return z
	}
	if id, ok := recur.WindowsZone(iana); ok {
		z.name = id
	}
	return z
}

// wallLayouts are the forms of a dateTime without its offset.
var wallLayouts = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"}

// parseWall reads a dateTime: local, or with an offset; then it is an instant.
func parseWall(s string) (w calendar.Wall, at time.Time, ok bool) {
	for _, layout := range wallLayouts { // a fraction of the second is read by each that has seconds
		if t, err := time.Parse(layout, s); err == nil {
			return calendar.Wall(t.Unix()), time.Time{}, true
		}
		if t, err := time.Parse(layout+"Z07:00", s); err == nil {
			return 0, t, true
		}
	}
	return 0, time.Time{}, false
}

// firstDay is where the clock of the original's mailboxes begins.
var firstDay = calendar.WallOf(1601, time.January, 1, 0, 0, 0)

// parseMoment reads a dateTimeTimeZone.
func (s *Server) parseMoment(raw json.RawMessage) (moment, *failure) {
	var v struct {
		DateTime *string `json:"dateTime"`
		TimeZone *string `json:"timeZone"`
	}
	if f := strict(raw, &v, "dateTimeTimeZone"); f != nil {
		return moment{}, f
	}
	if v.DateTime == nil {
		return moment{}, refTimes.because("At least one property failed validation.")
	}
	name := ""
	if v.TimeZone != nil {
		name = *v.TimeZone
	}
	z, ok := parseZone(name)
	if !ok || s.variants.FewIANA && !listed(z) {
		return moment{}, noZone(name)
	}
	w, at, ok := parseWall(*v.DateTime)
	if !ok {
		return moment{}, refTimes.because("At least one property failed validation.")
	}
	if !at.IsZero() {
		w = calendar.WallIn(at, z.loc)
	}
	if w < firstDay || w > exchange.MaxSeriesEnd {
		return moment{}, refTimes.because("At least one property failed validation.")
	}
	z = s.kept(z)
	return moment{w, z.name, z.loc}, nil
}

func noZone(name string) *failure {
	return refZone.because("A valid TimeZone value must be specified. The following TimeZone value is not supported: '" + name + "'.")
}

// writeWall writes a reading with the seven digits that the original gives.
func writeWall(w calendar.Wall) string { return w.Civil().Format("2006-01-02T15:04:05.0000000") }

func writeMoment(m moment) object {
	return object{{"dateTime", writeWall(m.wall)}, {"timeZone", m.zone}}
}

// writeInstant writes a DateTimeOffset.
func writeInstant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// parseInstant reads a DateTimeOffset of a query; without an offset it is UTC, as for calendar views.
func parseInstant(s string) (time.Time, bool) {
	w, at, ok := parseWall(strings.ReplaceAll(s, " ", "+")) // a + that was not encoded
	if ok && at.IsZero() {
		at = w.Civil()
	}
	return at, ok
}
