package storetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/store"
)

// meeting is a series with everything that a series can have.
func meeting() calendar.Event {
	at := func(day, hour int) calendar.Wall { return calendar.WallOf(2026, time.January, day, hour, 0, 0) }
	return calendar.Event{
		UID: "uid-1@example.com", Known: calendar.AllFields,
		Values: calendar.Values{
			Subject: "Weekly \"review\" ✓", Start: calendar.InZone(at(5, 10), "Europe/Helsinki"), End: calendar.InZone(at(5, 11), "Europe/Helsinki"),
			Location: "Room 1", Description: "first\nsecond", Busy: true, Private: true,
			Organizer: calendar.Person{Email: "bob@example.com", Name: "Bob"},
			Guests:    []calendar.Guest{{Person: calendar.Person{Email: "alice@example.com"}, Answer: calendar.Accepted}},
			Answer:    calendar.Accepted, MeetingURL: "https://meet.example.com/1",
		},
		Rule:  "FREQ=WEEKLY;COUNT=10",
		Extra: []calendar.Time{calendar.InZone(at(6, 10), "Europe/Helsinki")},
		Overrides: []calendar.Override{
			{Original: at(12, 10), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Special"}},
			{Original: at(19, 10), Set: calendar.Fields(calendar.Busy)},
		},
		Cancelled: []calendar.Wall{at(26, 10)},
	}
}

func activity(f fixture) crm.Activity {
	return crm.Activity{
		OwnerID: f.user, CreatorID: f.user, Revision: 1, Type: "meeting", Plan: meeting(), Note: "<p>note</p>", Done: true,
		Visibility: crm.Everyone, Priority: 2, Origin: f.connection, Born: "an item there",
		Occurrences: []crm.Occurrence{{Original: calendar.WallOf(2026, time.January, 12, 10, 0, 0), Done: true, Note: "went well"}},
		Changed:     map[string]crm.Change{"note": {At: start, Revision: 1}},
		CreatedAt:   start, UpdatedAt: start.Add(time.Second), DoneAt: start.Add(time.Minute), DeletedAt: start.Add(time.Hour),
	}
}

func link(f fixture, activity store.ID, remote string) store.Link {
	e := meeting()
	return store.Link{
		Connection: f.connection, Activity: activity, Remote: remote, State: store.LinkLinked, Incarnation: 3, Ours: true, Origin: "hub",
		RemoteRaw: []byte("BEGIN:VCALENDAR\r\n\x00\xff"), RemoteEvent: &e, LocalEvent: &e, LocalRevision: 7, Frame: json.RawMessage(`{"prefix":"A: "}`),
		RemoteMeta: store.RemoteMeta{
			Versions: map[string]store.RemoteVersion{"": {ID: "m", Tag: `"1"`}, "20260112T100000": {Tag: `"2"`}},
			Modified: start, Editable: calendar.OrganizerOwned, Invited: true, Mails: 4, Turns: []time.Time{start}, Outward: true, Revived: 7, LastShown: &e,
		},
		Pending: &store.Pending{Kind: "update", Key: "abc", Target: &e, Local: &e, Frame: json.RawMessage(`{}`), Revision: 8, At: start, Fence: 9, Notify: true},
		Changed: start,
	}
}

// roundTrips saves one row of each kind with every field set.
func roundTrips(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	login := store.Login{Email: "alice@example.com", Password: "$argon2id$", Failed: 2, LockedUntil: start, Created: start}
	ok(t, db.PutLogin(ctx, &login))
	same(t, "sign-in", must[store.Login](t)(db.Login(ctx, login.ID)), login)
	f.tx(t, db, func(tx *store.Tx) error {
		c := store.Company{ID: f.company, Name: "Named", Defaults: json.RawMessage(`{"a":1}`), Stopped: start, Created: start}
		ok(t, tx.PutCompany(ctx, c))
		same(t, "company", must[store.Company](t)(tx.GetCompany(ctx)), c)
		c.AppPasswords = "https://gateway.example.com/"
		ok(t, tx.StateAppPasswords(ctx, c.AppPasswords))
		ok(t, tx.PutCompany(ctx, store.Company{ID: c.ID, Name: c.Name, Defaults: c.Defaults, Stopped: c.Stopped, Created: c.Created})) // and leaves it alone
		same(t, "company that has stated something", must[store.Company](t)(tx.GetCompany(ctx)), c)
		people(t, tx, f, login.ID)
		crmRows(t, tx, f)
		syncRows(t, tx, f)
		return nil
	})
}

func people(t *testing.T, tx *store.Tx, f fixture, login store.ID) {
	u := crm.User{
		Login: login, Name: "Bob", Email: "bob@example.com", Role: crm.Administrator, TimeZone: "Europe/Helsinki", Locale: "en", Active: true, Created: start,
	}
	ok(t, tx.PutUser(ctx, &u))
	same(t, "user", must[crm.User](t)(tx.User(ctx, u.ID)), u)
	same(t, "user of sign-in", must[crm.User](t)(tx.UserByLogin(ctx, login)), u)
	same(t, "number of users", len(must[[]crm.User](t)(tx.Users(ctx))), 2)
	k := store.APIToken{Member: u.ID, Name: "script", Hash: []byte{0, 1, 255}, Created: start, Used: start}
	ok(t, tx.PutToken(ctx, &k))
	same(t, "tokens", must[[]store.APIToken](t)(tx.Tokens(ctx, u.ID)), []store.APIToken{k})
	ok(t, tx.DeleteToken(ctx, k.ID))
	same(t, "tokens after deleting", must[[]store.APIToken](t)(tx.Tokens(ctx, u.ID)), nil)
	a := store.Audit{At: start, Login: login, Member: u.ID, Action: "signed in", Subject: "s", Detail: "d"}
	ok(t, tx.AddAudit(ctx, a))
	log := must[[]store.Audit](t)(tx.Audits(ctx, 0, 10))
	a.ID = log[0].ID
	same(t, "audit", log, []store.Audit{a})
}

func crmRows(t *testing.T, tx *store.Tx, f fixture) {
	o := crm.Organization{OwnerID: f.user, Name: "Organisation", Address: "Street 1", CreatedAt: start, UpdatedAt: start}
	ok(t, tx.PutOrganization(ctx, &o))
	same(t, "organisation", must[crm.Organization](t)(tx.Organization(ctx, o.ID)), o)
	p := crm.Person{OwnerID: f.user, Name: "Person", Emails: []string{"p@example.com"}, Phones: []string{"+358"}, OrgID: o.ID, CreatedAt: start, UpdatedAt: start}
	ok(t, tx.PutPerson(ctx, &p))
	same(t, "person", must[crm.Person](t)(tx.Person(ctx, p.ID)), p)
	d := crm.Deal{OwnerID: f.user, Title: "Deal", PersonID: p.ID, OrgID: o.ID, Status: "open", Value: 12.5, Currency: "EUR", CreatedAt: start, UpdatedAt: start}
	ok(t, tx.PutDeal(ctx, &d))
	same(t, "deal", must[crm.Deal](t)(tx.Deal(ctx, d.ID)), d)
	same(t, "persons", must[[]crm.Person](t)(tx.Persons(ctx, 0, 10)), []crm.Person{p})
	same(t, "organisations", must[[]crm.Organization](t)(tx.Organizations(ctx, 0, 10)), []crm.Organization{o})
	same(t, "deals", must[[]crm.Deal](t)(tx.Deals(ctx, 0, 10)), []crm.Deal{d})
	same(t, "deals after the last", must[[]crm.Deal](t)(tx.Deals(ctx, d.ID, 10)), nil)
	second := crm.ActivityType{Key: "call", Name: "Call", Icon: "call", Color: "FFF", Order: 2, Active: true, Custom: true, Updated: start, Created: start}
	first := second
	first.Key, first.Order = "meeting", 1
	ok(t, tx.PutType(ctx, &second))
	ok(t, tx.PutType(ctx, &first))
	same(t, "types", must[[]crm.ActivityType](t)(tx.Types(ctx)), []crm.ActivityType{first, second})
	a := activity(f)
	a.DealID, a.PersonID, a.OrgID = d.ID, p.ID, o.ID
	ok(t, tx.PutActivity(ctx, &a))
	same(t, "activity", must[crm.Activity](t)(tx.Activity(ctx, a.ID)), a)
	undated := crm.Activity{OwnerID: f.user, Revision: 1, Type: "task", Visibility: crm.OwnerOnly, CreatedAt: start, UpdatedAt: start}
	ok(t, tx.PutActivity(ctx, &undated))
	same(t, "activity without a date", must[crm.Activity](t)(tx.Activity(ctx, undated.ID)), undated)
	part := crm.Participant{UserID: f.user, Answer: calendar.Declined, Busy: true, Private: true}
	ok(t, tx.PutParticipant(ctx, a.ID, part))
	same(t, "participants", must[[]crm.Participant](t)(tx.Participants(ctx, a.ID)), []crm.Participant{part})
}

func syncRows(t *testing.T, tx *store.Tx, f fixture) {
	a := store.Account{
		Member: f.user, Provider: "google", Label: "l", Server: "s", Username: "u", Secret: []byte{1, 0, 2}, Capabilities: json.RawMessage(`{}`),
		State: "needs_sign_in", Reason: "r", BlockedUntil: start, Created: start,
	}
	ok(t, tx.PutAccount(ctx, &a))
	same(t, "account", must[store.Account](t)(tx.Account(ctx, a.ID)), a)
	same(t, "number of accounts", len(must[[]store.Account](t)(tx.Accounts(ctx, 0))), 2)
	c := store.Connection{
		Account: a.ID, Member: f.user, Provider: "google", Calendar: "c", CalendarName: "n", Zone: "Europe/Helsinki", Writable: true,
		Settings: json.RawMessage(`{"direction":"two_way"}`), State: store.Active, Reason: "r", Cursor: "cursor", Audited: start, Baselined: true,
		Started: start, HubAt: start, Stopped: start, Created: start, Revision: 5,
		Health: store.Health{LastRun: start, LastIn: start, LastOut: start, Failures: 2, FailedSince: start, ErrorClass: "e", ErrorCode: "c", NextRun: start, Lag: 12},
	}
	ok(t, tx.PutConnection(ctx, &c))
	same(t, "connection", must[store.Connection](t)(tx.Connection(ctx, c.ID)), c)
	same(t, "number of connections", len(must[[]store.Connection](t)(tx.Connections(ctx, f.user))), 2)
	ac := activity(f)
	ok(t, tx.PutActivity(ctx, &ac))
	l := link(f, ac.ID, "r1")
	ok(t, tx.PutLink(ctx, &l))
	same(t, "link", must[store.Link](t)(tx.Link(ctx, l.ID)), l)
	r := store.Run{
		Connection: c.ID, Kind: "sync", State: "done", Wake: 6, Counts: map[string]int{"created": 2}, Requests: 3, Error: "e", Total: 4, Position: 5,
		Started: start, Finished: start,
	}
	ok(t, tx.PutRun(ctx, &r))
	same(t, "run", must[store.Run](t)(tx.Run(ctx, r.ID)), r)
	h := store.History{
		Connection: c.ID, Run: r.ID, Activity: ac.ID, Member: f.user, At: start, Actor: "sync", Direction: "in", Kind: "update",
		Before: json.RawMessage(`{"a":1}`), After: json.RawMessage(`{"a":2}`), Undone: start,
	}
	ok(t, tx.AddHistory(ctx, &h))
	same(t, "history", must[store.History](t)(tx.History(ctx, h.ID)), h)
	x := store.Conflict{
		Connection: c.ID, Activity: ac.ID, At: start, Original: "20260112T100000", Field: "subject", Winner: "crm",
		Kept: json.RawMessage(`1`), Lost: json.RawMessage(`2`), Resolved: start, Own: true,
	}
	ok(t, tx.PutConflict(ctx, &x))
	same(t, "conflict", must[store.Conflict](t)(tx.Conflict(ctx, x.ID)), x)
	b := store.Hold{Connection: c.ID, Direction: "in", Kind: "delete", Size: 12, State: "confirmed", Reason: "r", Created: start, Decided: start, Member: f.user}
	ok(t, tx.PutHold(ctx, &b))
	same(t, "hold", must[store.Hold](t)(tx.Hold(ctx, b.ID)), b)
	p := store.Preview{Connection: c.ID, Member: f.user, Settings: json.RawMessage(`{}`), HubState: "h", Effects: json.RawMessage(`[]`), Created: start}
	ok(t, tx.PutPreview(ctx, &p))
	same(t, "preview", must[store.Preview](t)(tx.Preview(ctx, p.ID)), p)
}

// changes saves rows again.
func changes(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		c := must[store.Connection](t)(tx.Connection(ctx, f.connection))
		c.Cursor, c.State, c.Revision = "next", store.Paused, 2
		ok(t, tx.PutConnection(ctx, &c))
		ok(t, tx.SaveCursor(ctx, c.ID, "later"))
		ok(t, tx.SaveHealth(ctx, c.ID, store.Retrying, "timeout", store.Health{Failures: 1}))
		c.Cursor, c.State, c.Reason, c.Health = "later", store.Retrying, "timeout", store.Health{Failures: 1}
		same(t, "connection", must[store.Connection](t)(tx.Connection(ctx, c.ID)), c)
		a := activity(f)
		ok(t, tx.PutActivity(ctx, &a))
		l := link(f, a.ID, "r1")
		ok(t, tx.PutLink(ctx, &l))
		l.Pending, l.RemoteEvent, l.RemoteRaw, l.State, l.Activity = nil, nil, nil, store.LinkGone, 0
		ok(t, tx.PutLink(ctx, &l))
		same(t, "link", must[store.Link](t)(tx.Link(ctx, l.ID)), l)
		p := crm.Participant{UserID: f.user, Answer: calendar.Accepted}
		ok(t, tx.PutParticipant(ctx, a.ID, p))
		p.Answer, p.Busy = calendar.Declined, true
		ok(t, tx.PutParticipant(ctx, a.ID, p))
		same(t, "participants", must[[]crm.Participant](t)(tx.Participants(ctx, a.ID)), []crm.Participant{p})
		ok(t, tx.DeleteParticipant(ctx, a.ID, f.user))
		same(t, "participants after deleting", must[[]crm.Participant](t)(tx.Participants(ctx, a.ID)), nil)
		h := store.History{Activity: a.ID, At: start, Actor: "person", Kind: "update"}
		ok(t, tx.AddHistory(ctx, &h))
		ok(t, tx.MarkUndone(ctx, h.ID, start.Add(time.Hour)))
		same(t, "undone", must[store.History](t)(tx.History(ctx, h.ID)).Undone, start.Add(time.Hour))
		return nil
	})
}

// missing asks for what was never saved.
func missing(t *testing.T, db *store.DB) {
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		for what, err := range asked(tx, 4711, f.connection) {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want not found", what, err)
			}
		}
		return nil
	})
	for what, err := range map[string]error{
		"sign-in":            second(db.Login(ctx, 4711)),
		"sign-in by address": second(db.LoginByEmail(ctx, "nobody@example.com")),
		"saving a sign-in":   db.PutLogin(ctx, &store.Login{ID: 4711}),
		"row in no company":  db.Tx(ctx, 4711, func(tx *store.Tx) error { return tx.PutUser(ctx, &crm.User{}) }),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want not found", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// asked reads and changes rows of every kind by an id; connection is one that is there.
func asked(tx *store.Tx, id, connection store.ID) map[string]error {
	return map[string]error{
		"user": second(tx.User(ctx, id)), "user of sign-in": second(tx.UserByLogin(ctx, id)), "saving a user": tx.PutUser(ctx, &crm.User{ID: id}),
		"deleting a token": tx.DeleteToken(ctx, id), "activity": second(tx.Activity(ctx, id)),
		"saving an activity": tx.PutActivity(ctx, &crm.Activity{ID: id, Revision: 2}), "person": second(tx.Person(ctx, id)),
		"person by address": second(tx.PersonByEmail(ctx, "nobody@example.com")), "organisation": second(tx.Organization(ctx, id)),
		"deal": second(tx.Deal(ctx, id)), "saving a deal": tx.PutDeal(ctx, &crm.Deal{ID: id}), "account": second(tx.Account(ctx, id)),
		"connection": second(tx.Connection(ctx, id)), "cursor": tx.SaveCursor(ctx, id, "x"), "health": tx.SaveHealth(ctx, id, "", "", store.Health{}),
		"link": second(tx.Link(ctx, id)), "link by activity": second(tx.LinkByActivity(ctx, connection, id)),
		"link by remote": second(tx.LinkByRemote(ctx, connection, "nothing")), "saving a link": tx.PutLink(ctx, &store.Link{ID: id, Connection: connection}),
		"baseline": second(tx.Baseline(ctx, connection, "nothing")), "work": second(tx.Work(ctx, id)),
		"work by subject": second(tx.WorkBySubject(ctx, connection, "r:nothing")), "wake": tx.Wake(ctx, id, start, 0),
		"fence": tx.Fenced(ctx, store.Claim{Company: tx.Company(), Connection: id}, start), "run": second(tx.Run(ctx, id)),
		"history": second(tx.History(ctx, id)), "undone": tx.MarkUndone(ctx, id, start), "conflict": second(tx.Conflict(ctx, id)),
		"hold": second(tx.Hold(ctx, id)), "open hold": second(tx.OpenHold(ctx, connection, "in", "delete")), "preview": second(tx.Preview(ctx, id)),
		"saving a run": tx.PutRun(ctx, &store.Run{ID: id, Connection: connection}), "wish": second(tx.GetWake(ctx, id)),
	}
}
