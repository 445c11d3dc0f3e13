package house_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/match"
	"tahti/internal/othersync"
	"tahti/internal/provider"
	"tahti/internal/standin"
	"tahti/internal/standin/caldav"
	"tahti/internal/store"
)

// former is a calendar that another sync has filled together with the CRM.
type former struct {
	*lab
	n       int                                        // items on both sides. Of every tenth the title there was changed since, of every tenth the start
	new     int                                        // events that nobody has mirrored: they come in once what is on both sides was taken over
	put     func(n int, title string, start time.Time) // makes or replaces an event
	titles  func() []string
	asked   func() []standin.Request
	connect func(settings string) store.Connection
}

func formerCalDAV(t *testing.T) *former {
	l := newLab(t, caldav.ProfilePlain)
	f := &former{lab: l, asked: l.server.Requests, connect: l.connect}
	f.put = func(n int, title string, start time.Time) {
		body := strings.Join([]string{
			"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//former//EN", "BEGIN:VEVENT", fmt.Sprintf("UID:former-%d", n), "DTSTAMP:20260101T000000Z",
			"DTSTART:" + start.Format("20060102T150405Z"), "DTEND:" + start.Add(time.Hour).Format("20060102T150405Z"), "SUMMARY:" + title,
			"DESCRIPTION:Deal: Big deal", "END:VEVENT", "END:VCALENDAR", "",
		}, "\r\n")
		if err := l.server.PutRaw("alice@example.com", "calendar", fmt.Sprintf("former-%d.ics", n), []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	f.titles = func() (titles []string) {
		events, err := l.server.Events("alice@example.com", "calendar")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			for line := range strings.SplitSeq(string(e.Body), "\r\n") {
				if title, ok := strings.CutPrefix(line, "SUMMARY:"); ok {
					titles = append(titles, title)
				}
			}
		}
		return titles
	}
	return f
}

func formerGoogle(t *testing.T) *former {
	o := openOffice(t, nil, nil)
	ids := map[int]string{}
	var signed store.Account
	var connected store.Connection
	f := &former{lab: o.lab, asked: o.google.Requests}
	f.connect = func(settings string) store.Connection {
		var c store.Connection
		signed, c = o.connectTo(account.Google)
		c, err := o.house.Connections.SaveSettings(t.Context(), o.who, c.ID, connection.Save{Settings: []byte(settings)})
		if err != nil {
			t.Fatal(err)
		}
		connected = c
		return c
	}
	f.put = func(n int, title string, start time.Time) {
		event := map[string]any{
			"summary": title, "start": map[string]any{"dateTime": start.Format(time.RFC3339)}, "end": map[string]any{"dateTime": start.Add(time.Hour).Format(time.RFC3339)},
			"extendedProperties": map[string]any{"private": map[string]any{"suitecrm_id": fmt.Sprint("m-", n), "suitecrm_type": "Meeting"}},
		}
		if ids[n] != "" {
			t.Fatalf("event %d is there already", n)
		}
		id, err := o.google.Plant("alice@example.com", event)
		if err != nil {
			t.Fatal(err)
		}
		ids[n] = id
	}
	f.titles = func() (titles []string) {
		f.pass(10 * time.Minute) // the account's budget fills up again
		remote, err := o.house.Runner.Remote(o.who.Company, connected, signed)
		if err != nil {
			t.Fatal(err)
		}
		for cursor := provider.Cursor(""); ; {
			p, err := remote.Pull(t.Context(), cursor, func(provider.RemoteID) provider.Versions { return nil })
			if err != nil {
				t.Fatal(err)
			}
			var items []provider.Item
			more := false
			switch p := p.(type) {
			case provider.Delta:
				items, cursor, more = p.Items, p.Next, p.More
			case provider.Snapshot:
				items, cursor, more = p.Items, p.Next, p.More
			}
			for _, it := range items {
				if it.State == provider.StateLive {
					titles = append(titles, it.Event.Subject)
				}
			}
			if !more {
				return titles
			}
		}
	}
	return f
}

// fill has another sync make the items on both sides, with what they belong to before the title, as Pipedrive's does.
func (f *former) fill() (here []crm.Activity) {
	by := hub.By(f.who.User)
	f.tx(func(tx engine.Tx) error {
		here = nil
		ctx := f.t.Context()
		person, err := f.house.Hub.SavePerson(ctx, tx, by, crm.Person{Name: "Ann Other"})
		if err != nil {
			return err
		}
		deal, err := f.house.Hub.SaveDeal(ctx, tx, by, crm.Deal{Title: "Big deal", PersonID: person.ID})
		if err != nil {
			return err
		}
		for n := range f.n {
			title, start := itemOf(n)
			at := calendar.AtUTC(start)
			end := at
			end.Wall += 3600
			a := crm.Activity{Type: "call", Plan: calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: title, Start: at, End: end, Busy: true}}}
			if n%2 == 0 {
				a.DealID, a.PersonID = deal.ID, person.ID
			}
			a, err := f.house.Hub.Create(ctx, tx, by, a)
			if err != nil {
				return err
			}
			here = append(here, a)
		}
		return nil
	})
	for n := range f.n {
		title, start := itemOf(n)
		switch n % 10 {
		case 3:
			title += ", postponed"
		case 6:
			start = start.Add(30 * time.Minute)
		}
		if n%2 == 0 {
			title = "Big deal > Ann Other > " + title
		}
		f.put(n, title, start)
	}
	return here
}

// itemOf is what is planned as the nth: a different hour for each, some titles again and again.
func itemOf(n int) (title string, start time.Time) {
	return fmt.Sprintf("Call %d", n%37), time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * 2 * time.Hour)
}

// writes counts the requests that change something at the calendar.
func (f *former) writes() (n int) {
	for _, r := range f.asked() {
		switch r.Method {
		case "PUT", "PATCH", "DELETE":
			n++
		case "POST":
			if strings.HasSuffix(r.Path, "/events") {
				n++
			}
		}
	}
	return n
}

// TestTakingOverFromAnotherSync (features.md B12): 500 items are on both sides. Taking over makes nothing anywhere, ties what starts at
// once under one title, and asks for the rest; and so it stays, whatever is edited afterwards.
func TestTakingOverFromAnotherSync(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) *former{"CalDAV": formerCalDAV, "Google": formerGoogle} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, before the first run %t", name, first), func(t *testing.T) {
				f := open(t)
				if f.n = 100; first {
					f.n = 500
				}
				if testing.Short() {
					f.n /= 10
				}
				takeOver(t, f, first)
			})
		}
	}
}

func takeOver(t *testing.T, f *former, first bool) {
	ctx, service := t.Context(), f.house.Connections
	here := f.fill()
	f.pass(10 * time.Minute)
	if first {
		f.stop()
	}
	c := f.connect(`{"start":"everything"}`)
	if !first {
		f.put(f.n+1, "Only there", time.Date(2029, 1, 1, 10, 0, 0, 0, time.UTC))
		f.new = 1
		f.sync(c.ID)
		if found, err := service.Findings(ctx, f.who, c.ID); err != nil || len(found) != 1 || found[0].Check != connection.FoundTwins || found[0].Count != f.n {
			t.Errorf("found: %+v, %v", found, err)
		}
	}
	f.pass(10 * time.Minute) // budgets fill up again
	seen, err := service.PreviewTakeOver(ctx, f.who, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.Matched) != f.n*8/10 || len(seen.Unsure) != f.n*2/10 || len(seen.There) != f.new || len(seen.Here) != 0 {
		t.Fatalf("%d matched, %d unsure, new: %d and %d", len(seen.Matched), len(seen.Unsure), len(seen.There), len(seen.Here))
	}
	if want := othersync.Tool(map[string]othersync.Tool{"caldav": othersync.Pipedrive, "google": othersync.SuiteCRM}[c.Provider]); seen.Tool != want {
		t.Errorf("it seems to be %s, want %s", seen.Tool, want)
	}
	before, wrote := f.history(), f.writes()
	done, err := service.TakeOver(ctx, f.who, c.ID, connection.TakeOverWish{Preview: seen.ID})
	if err != nil || done.Linked != f.n*8/10 || done.Open != f.n*2/10 || len(done.Stale) != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if first {
		f.start()
	}
	f.sync(c.ID)
	f.sync(c.ID)
	f.both(wrote, f.n)
	if after := f.history(); after != before+f.new {
		t.Errorf("history tells of %d changes, before of %d", after, before)
	}
	// The same preview again finds nothing left to tie, and nothing that is stale.
	if again, err := service.TakeOver(ctx, f.who, c.ID, connection.TakeOverWish{Preview: seen.ID}); err != nil || again.Linked != 0 || len(again.Stale) != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	f.sync(c.ID)
	f.pass(10 * time.Minute)
	// What was asked is answered for all of a kind: the CRM has the say where titles differ, and what moved is something else.
	if seen, err = service.PreviewTakeOver(ctx, f.who, c.ID); err != nil || len(seen.Matched) != 0 || len(seen.Unsure) != f.n*2/10 {
		t.Fatalf("%d and %d, %v", len(seen.Matched), len(seen.Unsure), err)
	}
	done, err = service.TakeOver(ctx, f.who, c.ID, connection.TakeOverWish{Preview: seen.ID, ForAll: map[match.Reason]connection.Choice{
		match.OtherTitle: {Same: true, Counts: engine.CRMCounts}, match.OtherStart: {Same: true, Counts: engine.CalendarCounts},
	}})
	if err != nil || done.Linked != f.n*2/10 || done.Open != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	f.sync(c.ID)
	f.both(wrote+f.n/10, f.n)
	if found, err := service.Findings(ctx, f.who, c.ID); err != nil || len(found) != 0 {
		t.Errorf("found: %+v, %v", found, err)
	}
	if holds, err := service.Holds(ctx, f.who, c.ID); err != nil || len(holds) != 0 {
		t.Errorf("held: %+v, %v", holds, err)
	}
	if a := f.activity(here[6].ID); a.Plan.Start.Wall != here[6].Plan.Start.Wall+1800 {
		t.Errorf("what moved there starts at %v", a.Plan.Start)
	}
	for _, title := range f.titles() {
		if strings.Contains(title, "postponed") {
			t.Errorf("an event is still called %q", title)
		}
	}
	// An edit of the subject lands in the middle of what the other sync wrote around it.
	f.tx(func(tx engine.Tx) error {
		a := here[0]
		a.Plan.Subject = "Meet instead"
		_, err := f.house.Hub.Update(ctx, tx, hub.By(f.who.User), a.ID, hub.Change{Fields: []string{"subject"}, To: a})
		return err
	})
	f.sync(c.ID)
	f.both(wrote+f.n/10+1, f.n)
	if !strings.Contains(strings.Join(f.titles(), "\n"), "Big deal > Ann Other > Meet instead") {
		t.Error("the new subject is nowhere in the calendar, or its frame is gone")
	}
	f.stillWriting(c)
}

// both checks how many items there are on each side, and how often the calendar was written to.
func (f *former) both(writes, n int) {
	f.t.Helper()
	if here, there := len(f.all()), len(f.titles()); here != n+f.new || there != n+f.new {
		f.t.Errorf("%d activities and %d events, want %d of each", here, there, n+f.new)
	}
	if wrote := f.writes(); wrote != writes {
		f.t.Errorf("%d writes to the calendar, want %d", wrote, writes)
	}
}

func (f *former) activity(id store.ID) (a crm.Activity) {
	f.tx(func(tx engine.Tx) (err error) { a, err = tx.Activity(f.t.Context(), id); return err })
	return a
}

// history counts the changes that are told of.
func (f *former) history() (n int) {
	f.tx(func(tx engine.Tx) error {
		n = 0
		for before := store.ID(0); ; {
			list, err := tx.ListHistory(f.t.Context(), 0, 0, before, 500)
			if err != nil || len(list) == 0 {
				return err
			}
			n, before = n+len(list), list[len(list)-1].ID
		}
	})
	return n
}

// stillWriting: the old sync was not switched off, and that is noticed where it leaves a trace.
func (f *former) stillWriting(c store.Connection) {
	f.t.Helper()
	f.pass(10 * time.Minute)
	f.put(f.n, "From the old sync", time.Date(2028, 1, 1, 10, 0, 0, 0, time.UTC))
	f.sync(c.ID)
	found, err := f.house.Connections.Findings(f.t.Context(), f.who, c.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	if c.Provider == account.Google {
		if len(found) != 1 || found[0].Check != connection.FoundOtherSync || found[0].Tool != othersync.SuiteCRM || found[0].Count != 1 {
			f.t.Errorf("found: %+v", found)
		}
	} else if len(found) != 0 {
		f.t.Errorf("found: %+v", found)
	}
}
