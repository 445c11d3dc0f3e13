package caldav

import (
	"slices"
	"time"

	"tahti/internal/icalendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// DavMail has a list of zones, with one place in each, and takes what is not in it for another zone of the same offset in winter: Sydney would
// lose its summer time, and Tripoli would get one. Windows' own ids it passes on, where it has them.

// lacked are those that 6.0.1 does not have. What is in such a zone is not written in it, by whatever version.
var lacked = map[string]bool{
	"Aleutian Standard Time": true, "Altai Standard Time": true, "Astrakhan Standard Time": true,
	"Aus Central W. Standard Time": true, "Belarus Standard Time": true, "Bougainville Standard Time": true,
	"Caucasus Standard Time": true, "Central Asia Standard Time": true, "Chatham Islands Standard Time": true,
	"Cuba Standard Time": true, "Easter Island Standard Time": true, "Eastern Standard Time (Mexico)": true,
	"Haiti Standard Time": true, "Libya Standard Time": true, "Line Islands Standard Time": true, "Lord Howe Standard Time": true,
	"Magallanes Standard Time": true, "Marquesas Standard Time": true, "Mauritius Standard Time": true,
	"Middle East Standard Time": true, "Norfolk Standard Time": true, "North Korea Standard Time": true, "Omsk Standard Time": true,
	"Pacific Standard Time (Mexico)": true, "Qyzylorda Standard Time": true, "Russia Time Zone 10": true,
	"Russia Time Zone 11": true, "Russia Time Zone 3": true, "Saint Pierre Standard Time": true, "Sakhalin Standard Time": true,
	"Sao Tome Standard Time": true, "Saratov Standard Time": true, "South Sudan Standard Time": true,
	"Sri Lanka Standard Time": true, "Sudan Standard Time": true, "Tocantins Standard Time": true, "Tomsk Standard Time": true,
	"Transbaikal Standard Time": true, "Turks And Caicos Standard Time": true, "UTC": true, "UTC+12": true, "UTC+13": true,
	"UTC-02": true, "UTC-08": true, "UTC-09": true, "UTC-11": true, "Volgograd Standard Time": true,
	"W. Mongolia Standard Time": true, "West Bank Standard Time": true, "Yukon Standard Time": true,
}

// zoneFor is what the gateway knows a zone by; ok is false for one that it does not know.
func zoneFor(zone string) (name string, ok bool) {
	iana, known := recur.ResolveZone(zone)
	id, has := recur.WindowsZone(iana)
	switch {
	case !known || !has || lacked[id]:
		return "", false
	case id == "Central Standard Time":
		return "America/Chicago", true // the one that it knows by its place alone
	}
	return id, true
}

// home is the zone of an item as the gateway gives it, or of the mailbox; empty if it is none that it would know again.
func home(raw []byte) string {
	root, err := icalendar.Parse(raw, icalendar.DefaultLimits)
	if err != nil {
		return ""
	}
	for _, z := range root.Children {
		if z.Name != "VTIMEZONE" {
			continue
		}
		if _, ok := zoneFor(z.Text("TZID")); ok {
			iana, _ := recur.ResolveZone(z.Text("TZID"))
			return iana
		}
		return ""
	}
	return ""
}

// rezoned says all times of a text in zones that the gateway knows, and takes the others out. A single event in another one is made in UTC,
// which is then put on the mailbox's clock, and changed on the clock at home; a series would take place at other times.
func rezoned(root *icalendar.Component, series bool, home string, creates bool) error {
	for _, e := range root.Children {
		if e.Name != "VEVENT" {
			continue
		}
		for i := range e.Properties {
			p := &e.Properties[i]
			zone := p.Param("TZID")
			name, ok := zoneFor(zone)
			var err error
			switch {
			case zone == "":
			case ok:
				p.SetParam("TZID", name)
			case series:
				err = unknownZone(zone)
			case creates:
				err = rejected(rewritten(p, zone, time.UTC))
			default:
				if err = clocked(p, zone, home); err == nil {
					name, _ = zoneFor(home)
					p.SetParam("TZID", name)
				}
			}
			if err != nil {
				return err
			}
		}
	}
	for _, z := range slices.Clone(root.Children) {
		if p := z.Get("TZID"); z.Name == "VTIMEZONE" && p != nil {
			if name, ok := zoneFor(p.Text()); ok {
				p.SetValue(name)
			} else {
				root.RemoveChild(z)
			}
		}
	}
	return nil
}

// clocked puts a time on the clock at home.
func clocked(p *icalendar.Property, zone, home string) error {
	if home == "" {
		return unknownZone(zone)
	}
	to, err := recur.Location(home)
	if err == nil {
		err = rewritten(p, zone, to)
	}
	p.SetParam("TZID", home)
	return rejected(err)
}

func unknownZone(zone string) error {
	return &provider.Error{Op: opPut, Class: provider.Rejected, Code: string(provider.UnknownZone), Status: "DavMail does not know the zone " + zone}
}
