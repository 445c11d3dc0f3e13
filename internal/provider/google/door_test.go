package google

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/google"
	standin "tahti/internal/standin/google"
)

const (
	alice = "alice@example.com"
	carol = "carol@elsewhere.example"
)

type object = other.Object

var (
	reply      = backdoor.Reply
	eventPath  = other.EventPath
	instanceID = other.InstanceID
	render     = other.Render
	wireTime   = other.Time
)

// door is the calendar in other programs, and what only a stand-in can do to it: alice's, unless a user is named.
type door struct {
	*wire
	server   *standin.Server
	base     string
	calendar string
	tokens   map[string]string
	zone     string // the calendar's
	users    map[string]*other.Calendar
}

// stand starts a stand-in with alice's calendar in it and opens that.
func stand(t rapid.TB, variant standin.Variant) (*Calendar, *door) {
	t.Helper()
	server := standin.New(standin.Options{
		Variant: variant, Token: "alice's",
		Users: []standin.User{
			{Email: alice, Name: "Alice", Calendars: []standin.Calendar{{TimeZone: "Europe/Helsinki"}}},
			{Email: carol, Name: "Carol"}, {Email: "bob@example.com", Name: "Bob"},
		},
	})
	token, err := server.Grant(carol, "calendar")
	if err != nil {
		t.Fatal(err)
	}
	b := &door{
		wire: newWire(server, "alice's"), server: server, base: "http://calendar.example/calendar/v3", calendar: alice, zone: "Europe/Helsinki",
		tokens: map[string]string{alice: "alice's", carol: token},
	}
	return b.open(t), b
}

// open connects as the product does: probe, store, open with what was stored.
func (b *door) open(t rapid.TB) *Calendar {
	t.Helper()
	config := Config{Base: b.base, Calendar: b.calendar, Transport: b.wire, Now: time.Now}
	c, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Probe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if config.Profile, err = ParseProfile(p.String()); err != nil {
		t.Fatal(err)
	}
	if c, err = Open(config); err != nil {
		t.Fatal(err)
	}
	return c
}

// fresh opens the calendar as a new run does, with nothing remembered.
func (b *door) fresh(t rapid.TB) *Calendar {
	t.Helper()
	c, err := Open(Config{
		Base: b.base, Calendar: b.calendar, Transport: b.wire, Now: time.Now, Profile: Profile{Role: roleOwner, TimeZone: b.zone},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// as is the calendar in a program of a user's: the one that is under test for alice, her own for everybody else.
func (b *door) as(user string) *other.Calendar {
	if b.users == nil {
		b.users = map[string]*other.Calendar{}
	}
	if b.users[user] == nil {
		c := &other.Calendar{ID: user, Prefix: "other" + user[:1], Server: backdoor.Server{
			Base: b.base, Transport: inProcess{b.server}, Sign: backdoor.Bearer(b.tokens[user]),
		}}
		if user == alice {
			c.ID = b.calendar
		}
		b.users[user] = c
	}
	return b.users[user]
}

// do sends one request as a user. Every status above 299 is an error.
func (b *door) do(user, method, path string, body object) (object, error) {
	out := object{}
	if body == nil {
		return out, b.as(user).JSON(method, path, nil, &out, nil)
	}
	return out, b.as(user).JSON(method, path, body, &out, nil)
}

func (b *door) create(e calendar.Event, more object) (provider.RemoteID, error) {
	user := alice
	if e.Organizer.Email != "" {
		user = e.Organizer.Email
	}
	id, err := b.as(user).Insert(e, more)
	if err != nil {
		return "", err
	}
	return id, b.as(alice).Except(id, e)
}

func (b *door) Create(e calendar.Event) (provider.RemoteID, error) { return b.create(e, nil) }

// Invite lets another user of the server invite alice.
func (b *door) Invite(e calendar.Event) (provider.RemoteID, error) { return b.create(e, nil) }

func (b *door) CreateRich(e calendar.Event) (provider.RemoteID, error) {
	return b.as(alice).CreateRich(e)
}

func (b *door) Edit(id provider.RemoteID, e calendar.Event) error { return b.as(alice).Edit(id, e) }

func (b *door) Delete(id provider.RemoteID) error { return b.as(alice).Delete(id) }

func (b *door) Held() ([]provider.RemoteID, error) { return b.as(alice).Held() }

func (b *door) Unmodelled(id provider.RemoteID) ([]string, error) { return b.as(alice).Unmodelled(id) }

// CreateUnreadable makes an event whose zone nobody knows.
func (b *door) CreateUnreadable() (provider.RemoteID, error) {
	at := calendar.InZone(calendar.WallOf(2026, 5, 5, 10, 0, 0), "Europe/Helsinki")
	id, err := b.Create(calendar.Event{Values: calendar.Values{Subject: "In no zone", Start: at, End: calendar.InZone(at.Wall+3600, at.Zone)}})
	if err != nil {
		return "", err
	}
	return id, b.server.Spoil(b.calendar, string(id), object{"start": object{"dateTime": "2026-05-05T10:00:00+03:00", "timeZone": "Nowhere/Unknown"}})
}

// LoseCursors makes every token that was given out so far invalid.
func (b *door) LoseCursors() error { return b.server.ForgetTokens(b.calendar) }
