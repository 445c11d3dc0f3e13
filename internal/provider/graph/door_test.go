package graph

import (
	"encoding/json"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
	other "tahti/internal/provider/backdoor/graph"
	standin "tahti/internal/standin/graph"
)

const alice = "alice@example.com"

var reply = backdoor.Reply

// door is the mailbox in another program, past the adapter's wire, and what only a stand-in can do to it.
type door struct {
	*wire
	*other.Calendar
	server *standin.Server
}

// Create stores an event of alice's, or lets an invitation to one of somebody elsewhere arrive.
func (b *door) Create(e calendar.Event) (provider.RemoteID, error) {
	if e.Organizer.Email != "" && e.Organizer.Email != alice {
		return b.Invite(e)
	}
	return b.Calendar.Create(e)
}

// Invite lets an invitation of somebody elsewhere arrive.
func (b *door) Invite(e calendar.Event) (provider.RemoteID, error) {
	o, err := other.Whole(&e)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	id, err := b.server.Invite(alice, e.Organizer.Email, string(body))
	return provider.RemoteID(id), err
}

// CreateUnreadable makes a series in a zone that a desktop program has defined, and that nobody knows by name.
func (b *door) CreateUnreadable() (provider.RemoteID, error) {
	e := calendar.Event{Rule: "FREQ=WEEKLY;COUNT=4"}
	e.Subject, e.Start, e.End = "In no zone", calendar.InZone(wall("20260504T090000"), "Europe/Helsinki"), calendar.InZone(wall("20260504T100000"), "Europe/Helsinki")
	id, err := b.Create(e)
	if err != nil {
		return id, err
	}
	return id, b.server.CustomZone(alice, string(id))
}

func (b *door) LoseCursors() error { return b.server.ForgetTokens(alice) }

func wall(s string) calendar.Wall {
	w, err := calendar.ParseWall(s)
	if err != nil {
		panic(err)
	}
	return w
}
