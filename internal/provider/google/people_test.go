package google

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

func TestWhoOrganisesIsInvitedAndWouldBeMailed(t *testing.T) {
	const others = `{"email":"Bob@example.com","responseStatus":"accepted"},{"email":"dave@elsewhere.example"},{"email":"erin@elsewhere.example","responseStatus":"tentative"}`
	for _, c := range []struct {
		name, text string
		organiser  string
		guests     int
		answer     calendar.Answer
		invited    bool
		mails      int
	}{
		{name: "a plain appointment", text: `"summary":"x"`},
		{
			name: "we organise", text: `"attendees":[{"email":"alice@example.com","self":true,"responseStatus":"accepted"},` + others + `]`,
			organiser: alice, guests: 4, answer: calendar.Accepted, mails: 2,
		},
		{
			name: "somebody else does", text: `"organizer":{"email":"Carol@elsewhere.example","displayName":"Carol"},"attendees":[{"email":"alice@example.com","self":true},` + others + `]`,
			organiser: carol, guests: 4, answer: calendar.NeedsReply, invited: true,
		},
		{
			name: "a copy of somebody's event, nobody invited", text: `"organizer":{"email":"carol@elsewhere.example"}`, organiser: carol, invited: true,
		},
		{
			name: "a room is nobody", text: `"attendees":[{"email":"room@resource.calendar.google.com","resource":true}]`, organiser: alice, guests: 1,
		},
		{
			name:      "a secondary calendar organises for who made it",
			text:      `"organizer":{"email":"team@group.calendar.google.com","self":true},"attendees":[{"email":"bob@example.com"},{"email":"dave@elsewhere.example"}]`,
			organiser: "team@group.calendar.google.com", guests: 2, mails: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			it := itemOf(t, roleOwner, c.text)
			if it.Event.Organizer.Email != c.organiser || len(it.Event.Guests) != c.guests || it.Event.Answer != c.answer {
				t.Errorf("organiser %v, guests %v, answer %q", it.Event.Organizer, it.Event.Guests, it.Event.Answer)
			}
			if it.Invited != c.invited || it.WouldMail != c.mails {
				t.Errorf("invited %v, would mail %d", it.Invited, it.WouldMail)
			}
			if owned := it.Editable&calendar.OrganizerOwned == 0; owned != c.invited || !it.Editable.Has(calendar.Busy) {
				t.Errorf("editable: %s", it.Editable)
			}
		})
	}
}

func TestGuestsOfOneDateCountOnce(t *testing.T) {
	guest := `"summary":"S","attendees":[{"email":"dave@elsewhere.example"}],` + span("2026-03-12T03:30:00+02:00", "2026-03-12T04:30:00+02:00", "Europe/Helsinki")
	it := itemOf(t, roleOwner, wireSeries, part("2026-03-12T03:30:00+02:00", guest), part("2026-03-13T03:30:00+02:00", guest))
	if it.WouldMail != 1 {
		t.Errorf("would mail %d", it.WouldMail)
	}
}

func TestOmittedGuestsAreUnknown(t *testing.T) {
	it := itemOf(t, roleOwner, `"attendees":[{"email":"alice@example.com","self":true}],"attendeesOmitted":true`)
	if it.Event.Known.Has(calendar.GuestsField) || len(it.Event.Guests) != 0 || !it.Event.Known.Has(calendar.Subject) {
		t.Errorf("knows %s, guests %v", it.Event.Known, it.Event.Guests)
	}
}

// TestHiddenDetailsAreUnknown: what is not shown is no blank, and nothing of it may be written.
func TestHiddenDetailsAreUnknown(t *testing.T) {
	const bare, told = `"visibility":"private"`, `"visibility":"private","summary":"Dentist"`
	all, few := calendar.AllFields, calendar.Fields(calendar.When, calendar.Recurrence, calendar.Busy, calendar.Private, calendar.StatusField)
	for _, c := range []struct {
		name, role, text string
		known            calendar.FieldSet
		editable         calendar.FieldSet
	}{
		{"private, to its owner", roleOwner, told, all, calendar.BothWaysFields},
		{"private without a title, to its owner", roleOwner, bare, all, calendar.BothWaysFields},
		{"private, to a writer", roleWriter, bare, all, calendar.BothWaysFields},
		{"private, to a writer without private access", roleWriterNoPriv, bare, few, 0},
		{"private but shown, to a writer without private access", roleWriterNoPriv, told, all, calendar.BothWaysFields},
		{"public, to a writer without private access", roleWriterNoPriv, `"summary":"x"`, all, calendar.BothWaysFields},
		{"private, to a reader", roleReader, bare, few, 0},
		{"public, to a reader", roleReader, `"summary":"x"`, all, 0},
		{"anything, to who sees when others are busy", roleFreeBusy, `"status":"confirmed"`, few, 0},
		{"private, to a role that is not known", "", bare, few, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			it := itemOf(t, c.role, c.text)
			if it.State != provider.StateLive || it.Event.Known != c.known || it.Editable != c.editable {
				t.Errorf("%v knows %s, editable %s", it.State, it.Event.Known, it.Editable)
			}
		})
	}
}

func TestWhatGoogleMakesItselfIsLeftAlone(t *testing.T) {
	for _, kind := range []string{"outOfOffice", "focusTime", "fromGmail"} {
		it := itemOf(t, roleOwner, `"eventType":"`+kind+`","summary":"x"`)
		if it.State != provider.StateLive || it.Editable != 0 || !it.Event.Busy {
			t.Errorf("%s: %v, editable %s, busy %v", kind, it.State, it.Editable, it.Event.Busy)
		}
	}
	if it := itemOf(t, roleOwner, `"locked":true`); it.Editable&calendar.OrganizerOwned != 0 || !it.Editable.Has(calendar.Private) {
		t.Errorf("locked: editable %s", it.Editable)
	}
}

func TestValuesAreRead(t *testing.T) {
	it := itemOf(t, roleOwner, `"iCalUID":"u@example.com","status":"tentative","summary":"Review","location":"Room 4","description":"a<br>b",`+
		`"transparency":"transparent","visibility":"confidential","hangoutLink":"https://meet.google.com/old",`+
		`"conferenceData":{"entryPoints":[{"entryPointType":"phone","uri":"tel:+358"},{"entryPointType":"video","uri":"https://meet.google.com/abc"}]},`+
		`"extendedProperties":{"private":{"tahtiKey":"k1"}}`)
	want := calendar.Values{
		Subject: "Review", Location: "Room 4", Description: "a\nb", Private: true, Status: calendar.Tentative, MeetingURL: "https://meet.google.com/abc",
		Start: at("20260303T093000[Europe/Helsinki]"), End: at("20260303T101500[Europe/Helsinki]"),
	}
	if diff := cmp.Diff(want, it.Event.Values); diff != "" {
		t.Errorf("(- want, + got):\n%s", diff)
	}
	if it.Event.UID != "u@example.com" || it.Key != "k1" {
		t.Errorf("UID %q, key %q", it.Event.UID, it.Key)
	}
}

func TestKeysAndRelationsAreHints(t *testing.T) {
	for _, c := range []struct {
		name, text string
		key        provider.Key
		related    string
	}{
		{"ours", `"id":"0123456789abcdefghijklmnopqrstuv","extendedProperties":{"private":{"tahtiKey":"0123456789abcdefghijklmnopqrstuv"}}`, "0123456789abcdefghijklmnopqrstuv", ""},
		{"ours without its property", `"id":"0123456789abcdefghijklmnopqrstuv"`, "0123456789abcdefghijklmnopqrstuv", ""},
		{"a copy of ours", `"id":"6c9f0000000000000000000000","extendedProperties":{"private":{"tahtiKey":"0123456789abcdefghijklmnopqrstuv"}}`, "0123456789abcdefghijklmnopqrstuv", ""},
		{"somebody's", `"id":"6c9f0000000000000000000000"`, "", ""},
		{"the second half of a series", `"id":"6c9f_R20260310T080000"`, "", "6c9f@google.com"},
		{"the second half of days", `"id":"6c9f_R20260310"`, "", "6c9f@google.com"},
		{"no half of anything", `"id":"6c9f_Rest"`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if it := itemOf(t, roleOwner, c.text); it.Key != c.key || it.Related != c.related {
				t.Errorf("key %q, related %q", it.Key, it.Related)
			}
		})
	}
}
