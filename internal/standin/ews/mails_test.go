package ews_test

import (
	"sort"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

func guest(address string) string {
	return `<t:Attendee><t:Mailbox><t:EmailAddress>` + address + `</t:EmailAddress></t:Mailbox></t:Attendee>`
}

// meeting is the inside of a CalendarItem with guests.
func meeting(addresses ...string) string {
	text := `<t:Subject>Meet</t:Subject><t:Start>2026-01-06T09:00:00Z</t:Start><t:End>2026-01-06T10:00:00Z</t:End><t:RequiredAttendees>`
	for _, a := range addresses {
		text += guest(a)
	}
	return text + `</t:RequiredAttendees>`
}

// sent are the mails since the last time it was asked, as "METHOD address".
func (r *rig) sent(seen *int) string {
	var list []string
	mails := r.ews.Mails()
	for _, m := range mails[*seen:] {
		list = append(list, m.Method+" "+m.To)
	}
	*seen = len(mails)
	sort.Strings(list)
	return strings.Join(list, ", ")
}

func TestMailGoesOutWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	const bob, carol, dave = "bob@example.com", "carol@elsewhere.example", "dave@elsewhere.example"
	seen := 0
	r := newRig(t, ews.Options{})
	send := func(body, how string) answer { return r.ok(r.soap(strings.ReplaceAll(body, "SendToNone", how))) }
	wants := func(what, want string) {
		t.Helper()
		if got := r.sent(&seen); got != want {
			t.Errorf("%s mails %q, want %q", what, got, want)
		}
	}
	id := send(create(meeting(bob, carol)), "SendToNone").ref()
	wants("a silent creation", "")
	if a := r.ok(r.soap(get(id.String()))); a.xml.text("MeetingRequestWasSent") != "false" || a.xml.text("IsMeeting") != "true" || a.xml.text("MyResponseType") != "Organizer" {
		t.Errorf("%s", a.body)
	}
	id = send(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>Meet 2</t:Subject>")), "SendToNone").ref()
	wants("a silent change", "")
	id = send(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>Meet 3</t:Subject>")), "SendToAllAndSaveCopy").ref()
	wants("a change for all", "REQUEST bob@example.com, REQUEST carol@elsewhere.example")
	guests := set("calendar:RequiredAttendees", "<t:RequiredAttendees>"+guest(carol)+guest(dave)+"</t:RequiredAttendees>")
	id = send(update(id, "NeverOverwrite", guests), "SendOnlyToChanged").ref()
	wants("other guests", "CANCEL bob@example.com, REQUEST dave@elsewhere.example")
	id = send(update(id, "NeverOverwrite", set("calendar:Location", "<t:Location>Hall</t:Location>")), "SendToChangedAndSaveCopy").ref()
	wants("another place", "REQUEST carol@elsewhere.example, REQUEST dave@elsewhere.example")
	send(del(id.String()), "SendOnlyToAll")
	wants("a deletion", "CANCEL carol@elsewhere.example, CANCEL dave@elsewhere.example")

	id = send(create(meeting(bob)+strings.Replace(daily5, "2026-01-06", "2026-01-06", 1)), "SendOnlyToAll").ref()
	wants("a series", "REQUEST bob@example.com")
	send(del(id.nth(2)), "SendToAllAndSaveCopy")
	wants("one occurrence less", "CANCEL bob@example.com")
	send(del(ref{id: id.id}.String()), "SendToNone")
	wants("a silent deletion", "")

	if err := r.ews.Invite("alice@example.com", "boss@example.com", event("Theirs")); err != nil {
		t.Fatal(err)
	}
	send(del(r.ok(r.soap(find("", ""))).ref().String()), "SendToAllAndSaveCopy")
	wants("a guest's deletion", "")
	for _, m := range r.ews.Mails() {
		if m.From != "alice@example.com" || m.Local != (m.To == bob) || m.UID == "" || !strings.HasPrefix(m.Summary, "Meet") {
			t.Errorf("%+v", m)
		}
	}
}
