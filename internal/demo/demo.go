// Package demo furnishes a sample company: people, customers, a few weeks of activities around a day, and what already
// stands in the calendar that is connected.
package demo

import (
	"context"
	"fmt"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/house"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// Zone is where the sample company works.
const Zone = "Europe/Helsinki"

// customer is somebody whom the sample company deals with.
type customer struct{ organization, person, email, deal string }

var customers = []customer{
	{"Northwind Bakery", "Maria Lind", "maria@northwind.example.com", "New ovens"},
	{"Harbour Logistics", "Tom Reed", "tom@harbour.example.com", "Fleet tracking"},
	{"Pine Hill School", "Aino Salo", "aino@pinehill.example.com", "Canteen renewal"},
}

// meeting is a sample activity, by its distance from today.
type meeting struct {
	day, hour, minutes int
	kind, subject      string
	customer           int // index, -1 for none
	location           string
	rule               string
	private            bool
}

var meetings = []meeting{
	{0, 9, 30, "call", "Call about the offer", 0, "", "", false},
	{0, 13, 60, "meeting", "Needs review", 1, "Harbour street 4", "", false},
	{1, 10, 45, "meeting", "Demo for the kitchen team", 2, "Pine Hill, room 12", "", false},
	{2, 12, 60, "lunch", "Lunch with Maria", 0, "Market hall", "", false},
	{3, 15, 30, "call", "Check in on the trial", 1, "", "", false},
	{-1, 14, 60, "meeting", "Kick-off", 2, "Our office", "", false},
	{-3, 9, 30, "call", "First contact", 1, "", "", false},
	{1, 9, 15, "meeting", "Team stand-up", -1, "", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=20", false},
	{4, 16, 60, "meeting", "Salary talk", -1, "", "", true},
	{5, -1, 0, "deadline", "Send the contract", 0, "", "", false},
	{7, 10, 90, "meeting", "Contract negotiation", 0, "Northwind, 2nd floor", "", false},
}

// Furnish fills a company that has been founded for its administrator.
func Furnish(ctx context.Context, h *house.House, company store.ID, user crm.User, today time.Time) error {
	by := hub.By(user)
	return h.Store.Tx(ctx, company, func(tx engine.Tx) error {
		rows, err := addCustomers(ctx, tx, h.Hub, by)
		if err != nil {
			return err
		}
		for _, m := range meetings {
			a := m.activity(today)
			if m.customer >= 0 {
				a.OrgID, a.PersonID, a.DealID = rows[m.customer].org, rows[m.customer].person, rows[m.customer].deal
			}
			if _, err := h.Hub.Create(ctx, tx, by, a); err != nil {
				return fmt.Errorf("add %q: %w", m.subject, err)
			}
		}
		return nil
	})
}

type ids struct{ org, person, deal store.ID }

func addCustomers(ctx context.Context, tx engine.Tx, h *hub.Hub, by hub.Actor) ([]ids, error) {
	var rows []ids
	for _, c := range customers {
		org, err := h.SaveOrganization(ctx, tx, by, crm.Organization{Name: c.organization})
		if err != nil {
			return nil, fmt.Errorf("add %s: %w", c.organization, err)
		}
		person, err := h.SavePerson(ctx, tx, by, crm.Person{Name: c.person, Emails: []string{c.email}, OrgID: org.ID})
		if err != nil {
			return nil, fmt.Errorf("add %s: %w", c.person, err)
		}
		deal, err := h.SaveDeal(ctx, tx, by, crm.Deal{Title: c.deal, PersonID: person.ID, OrgID: org.ID, Status: "open"})
		if err != nil {
			return nil, fmt.Errorf("add %s: %w", c.deal, err)
		}
		rows = append(rows, ids{org.ID, person.ID, deal.ID})
	}
	return rows, nil
}

func (m meeting) activity(today time.Time) crm.Activity {
	loc, err := time.LoadLocation(Zone)
	if err != nil {
		loc = time.UTC
	}
	midnight := calendar.WallIn(today, loc).Midnight() + calendar.Wall(m.day)*calendar.Day
	a := crm.Activity{Type: m.kind, Plan: calendar.Event{Known: calendar.AllFields, Rule: m.rule, Values: calendar.Values{
		Subject: m.subject, Location: m.location, Busy: true, Private: m.private,
	}}}
	if m.hour < 0 {
		a.Plan.Start = calendar.Time{Kind: calendar.Date, Wall: midnight}
		a.Plan.End = calendar.Time{Kind: calendar.Date, Wall: midnight + calendar.Day}
		return a
	}
	start := midnight + calendar.Wall(m.hour)*3600
	a.Plan.Start = calendar.InZone(start, Zone)
	a.Plan.End = calendar.InZone(start+calendar.Wall(m.minutes)*60, Zone)
	return a
}

// Events are what another calendar program has put into the connected calendar already, by object name.
func Events(today time.Time) map[string][]byte {
	day := today.UTC().AddDate(0, 0, 2)
	event := func(uid, summary string, hour int) []byte {
		start := time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, time.UTC)
		return fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tahti//demo//EN\r\nBEGIN:VEVENT\r\nUID:%s\r\n"+
			"DTSTAMP:%s\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			uid, start.Format("20060102T150405Z"), start.Format("20060102T150405Z"),
			start.Add(time.Hour).Format("20060102T150405Z"), summary)
	}
	return map[string][]byte{
		"dentist.ics": event("dentist@example.com", "Dentist", 7),
		"parents.ics": event("parents@example.com", "Parents' evening", 15),
	}
}
