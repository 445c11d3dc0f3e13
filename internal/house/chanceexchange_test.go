package house_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	other "tahti/internal/provider/backdoor/ews"
	"tahti/internal/recur"
	"tahti/internal/standin"
	"tahti/internal/standin/ews"
)

type exchangeCloud struct {
	plain
	*exchangeFar
	clock *clock
	busy  int // the shape, counted from one, in which the server will be too busy at the next run
}

// faults strike a run. The server is busy for whoever looks too, and so not before.
func (c *exchangeCloud) faults(list ...standin.Fault) error {
	if len(list) > 0 && c.busy > 0 {
		if err := c.s.Throttle(alices, ews.Throttling(c.busy-1)); err != nil {
			return err
		}
		c.busy = 0
	}
	return c.s.Faults(list...)
}

// ask is the other program, which waits while the server is busy.
func (c *exchangeCloud) ask(operation, body string) []*other.Node {
	for range 3 {
		got, err := c.Ask(operation, body)
		if err == nil {
			return got
		}
		c.t.Log(err)
		c.clock.pass(10 * time.Second)
	}
	c.t.Errorf("%s: the server stays busy", operation)
	return nil
}
func (c *exchangeCloud) apiPath() string  { return "^/EWS/" }
func (c *exchangeCloud) hasReasons() bool { return false }
func (c *exchangeCloud) tellsAll() bool   { return false }
func (c *exchangeCloud) mailed() []string { return addressees(c.s.Mails()) }
func (c *exchangeCloud) quiet() int       { return 1 }

func (c *exchangeCloud) oddity(n int) error {
	if n%4 == 0 {
		return c.s.ForgetStates(alices)
	}
	c.busy = n % 4
	return nil
}

// shape asks for all that is looked at.
var shape = func() string {
	all := ""
	for _, uri := range []string{
		"item:Subject", "item:Sensitivity", "item:Body", "calendar:Start", "calendar:End", "calendar:IsAllDayEvent", "calendar:LegacyFreeBusyStatus", "calendar:Location",
		"calendar:CalendarItemType", "calendar:MyResponseType", "calendar:RequiredAttendees", "calendar:StartTimeZone", "calendar:UID",
	} {
		all += `<t:FieldURI FieldURI="` + uri + `"/>`
	}
	return `<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:BodyType>Text</t:BodyType><t:AdditionalProperties>` + all + ownMarks + `</t:AdditionalProperties></m:ItemShape>`
}()

// ownMarks are our properties, which a copy has too.
const ownMarks = `<t:ExtendedFieldURI PropertySetId="5b6cf0ba-0f3b-4f0e-9a3e-8d1a4c9a7b52" PropertyName="CrmKey" PropertyType="String"/>` +
	`<t:ExtendedFieldURI PropertySetId="5b6cf0ba-0f3b-4f0e-9a3e-8d1a4c9a7b52" PropertyName="CrmForm" PropertyType="String"/>`

// found are the ids of what a search answers. It is asked twice: where a search lags, the first one hides what is new.
func (c *exchangeCloud) found(view string) (ids []string) {
	for range 2 {
		got := c.ask("FindItem", `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>`+view+
			`<m:ParentFolderIds><t:FolderId Id="`+other.Text(c.ID)+`"/></m:ParentFolderIds></m:FindItem>`)
		ids = nil
		for _, m := range got {
			for _, x := range m.All("ItemId") {
				ids = append(ids, x.Attrs["Id"])
			}
		}
	}
	return ids
}

// read are items, or occurrences, whole.
func (c *exchangeCloud) read(ids []string) (list []*other.Node) {
	for chunk := range slices.Chunk(ids, 200) {
		refs := ""
		for _, id := range chunk {
			refs += `<t:ItemId Id="` + other.Text(id) + `"/>`
		}
		for _, m := range c.ask("GetItem", "<m:GetItem>"+shape+"<m:ItemIds>"+refs+"</m:ItemIds></m:GetItem>") {
			list = append(list, m.First("CalendarItem"))
		}
	}
	return list
}

func (c *exchangeCloud) masters() []*other.Node {
	return c.read(c.found(`<m:IndexedPageItemView MaxEntriesReturned="500" Offset="0" BasePoint="Beginning"/>`))
}

func (c *exchangeCloud) occurrences() []*other.Node {
	const layout = "2006-01-02T15:04:05Z"
	return c.read(c.found(`<m:CalendarView MaxEntriesReturned="900" StartDate="` + firstDay.Add(-40*24*time.Hour).Format(layout) + `" EndDate="` + firstDay.Add(span+48*time.Hour).Format(layout) + `"/>`))
}

// exchangeTime is an instant on the clock of an item.
func exchangeTime(t *testing.T, text, zone string, day bool) calendar.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Error(err)
	}
	iana, ok := recur.ResolveZone(zone)
	if !ok {
		iana = "UTC"
	}
	loc, err := time.LoadLocation(iana)
	if err != nil {
		t.Error(err)
	}
	switch wall := calendar.WallIn(at, loc); {
	case day:
		return calendar.Time{Kind: calendar.Date, Wall: wall}
	case iana == "UTC":
		return calendar.AtUTC(at)
	default:
		return calendar.InZone(wall, iana)
	}
}

func (c *exchangeCloud) values(x *other.Node) calendar.Values {
	day, zone, busy := x.First("IsAllDayEvent").Text == "true", x.First("StartTimeZone").Attrs["Id"], x.First("LegacyFreeBusyStatus").Text
	return calendar.Values{
		Subject: x.First("Subject").Text, Location: x.First("Location").Text, Description: strings.ReplaceAll(x.First("Body").Text, "\r\n", "\n"),
		Start: exchangeTime(c.t, x.First("Start").Text, zone, day), End: exchangeTime(c.t, x.First("End").Text, zone, day),
		Busy: busy != "Free" && busy != "WorkingElsewhere", Private: x.First("Sensitivity").Text != "Normal",
	}
}

func (c *exchangeCloud) entries() (list []entry) {
	dates := map[string][]place{}
	for _, x := range c.occurrences() {
		uid := x.First("UID").Text
		dates[uid] = append(dates[uid], place{c.values(x), x.First("ItemId").Attrs["Id"]})
	}
	for _, x := range c.masters() {
		n := entry{Values: c.values(x), id: x.First("ItemId").Attrs["Id"], series: x.First("CalendarItemType").Text == "RecurringMaster"}
		response := x.First("MyResponseType").Text
		n.guests, n.fixed = len(x.First("RequiredAttendees").Kids) > 0, response != "" && response != "Organizer" && response != "Unknown"
		n.dates = dates[x.First("UID").Text]
		n.told = tell(n.Subject, n.series, seen(n.dates))
		list = append(list, n)
	}
	return list
}

func (c *exchangeCloud) versions() (all string) {
	for _, x := range append(c.masters(), c.occurrences()...) {
		id := x.First("ItemId")
		all += fmt.Sprintln(id.Attrs["Id"], id.Attrs["ChangeKey"])
	}
	return all
}

func (c *exchangeCloud) insert(e calendar.Event, guests ...string) error {
	for _, g := range guests {
		e.Guests = append(e.Guests, calendar.Guest{Person: calendar.Person{Email: g}})
	}
	_, err := c.Insert(e, "")
	return err
}

func (c *exchangeCloud) patch(id string, f calendar.Field, v calendar.Values) error {
	return c.Change(provider.RemoteID(id), other.Part(&v, f))
}

func (c *exchangeCloud) remove(id string) error { return c.Delete(provider.RemoteID(id)) }

// split ends the series, and puts another one beside it, as long as the person will have it.
func (c *exchangeCloud) split(e entry, n int, subject string) error {
	if err := c.End(provider.RemoteID(e.id), (e.dates[n].Start.Wall - calendar.Day).Midnight()); err != nil {
		return err
	}
	rest := calendar.Event{Values: e.dates[n].Values, Rule: "FREQ=DAILY;COUNT=3"}
	rest.Subject = subject
	return c.insert(rest)
}

// copy makes an event like another, marks included. Of a series people copy one date.
func (c *exchangeCloud) copy(id, subject string) error {
	x := c.read([]string{id})[0]
	marks := ""
	for _, p := range x.All("ExtendedProperty") {
		uri := p.First("ExtendedFieldURI").Attrs
		marks += `<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="` + uri["PropertySetId"] + `" PropertyName="` + uri["PropertyName"] + `" PropertyType="String"/><t:Value>` +
			other.Text(p.First("Value").Text) + `</t:Value></t:ExtendedProperty>`
	}
	e := calendar.Event{Values: c.values(x)}
	e.Subject = subject
	_, err := c.Insert(e, marks)
	return err
}

func (c *exchangeCloud) recall(string, string) error { return errNot }

func (c *exchangeCloud) plant(subject string, kind int) error {
	if kind%2 == 1 {
		return errNot
	}
	at := calendar.AtUTC(firstDay.Add(time.Duration(24*(1+kind)) * time.Hour))
	e := calendar.Event{Values: calendar.Values{Subject: subject, Start: at, End: at, Busy: true, Guests: []calendar.Guest{{Person: calendar.Person{Email: alices}}}}}
	e.End.Wall += 1800
	inside, err := other.Whole(&e)
	if err != nil {
		return err
	}
	return c.s.Invite(alices, "carol@elsewhere.example", inside)
}
