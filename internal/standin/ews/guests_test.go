package ews_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// bobs is the one meeting in bob's calendar, or its refusal if there is none.
func (r *rig) bobs() answer {
	r.Helper()
	r.user = "bob@example.com"
	defer func() { r.user = "alice@example.com" }()
	found := r.ok(r.soap(find("", "")))
	if len(found.xml.all("ItemId")) == 0 {
		return found
	}
	return r.ok(r.soap(get(found.ref().String())))
}

func TestAMeetingComesToGuestsOfTheSameServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	id := r.make(meeting("bob@example.com"))
	if a := r.bobs(); len(a.xml.all("ItemId")) != 0 {
		t.Errorf("what was not sent came: %s", a.body)
	}
	toAll := func(body string) answer {
		return r.ok(r.soap(strings.ReplaceAll(body, "SendToNone", "SendToAllAndSaveCopy")))
	}
	id = toAll(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>Meet 2</t:Subject>"))).ref()
	a := r.bobs()
	for name, want := range map[string]string{"Subject": "Meet 2", "MyResponseType": "NoResponseReceived", "LegacyFreeBusyStatus": "Tentative", "AppointmentState": "3", "IsMeeting": "true"} {
		if got := a.xml.text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(a.body, "<t:Organizer><t:Mailbox><t:Name>alice</t:Name>") {
		t.Errorf("%s", a.body)
	}
	// What is bob's own stays.
	r.user = "bob@example.com"
	r.ok(r.soap(update(a.ref(), "NeverOverwrite", set("item:Categories", "<t:Categories><t:String>Mine</t:String></t:Categories>"))))
	r.user = "alice@example.com"
	id = toAll(update(id, "NeverOverwrite", set("calendar:Location", "<t:Location>Hall</t:Location>"))).ref()
	if a = r.bobs(); a.xml.text("Location") != "Hall" || a.xml.text("String") != "Mine" {
		t.Errorf("%s", a.body)
	}
	toAll(del(id.String()))
	if a = r.bobs(); a.xml.text("Subject") != "Canceled: Meet 2" || a.xml.text("IsCancelled") != "true" || a.xml.text("AppointmentState") != "7" {
		t.Errorf("%s", a.body)
	}
}

func TestASeriesComesWithItsExceptions(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	toAll := func(body string) answer { return r.ok(r.soap(strings.ReplaceAll(body, "SendToNone", "SendOnlyToAll"))) }
	id := toAll(create(strings.Replace(meeting("bob@example.com"), "T09:00:00Z", "T09:00:00Z", 1) + daily5)).ref()
	toAll(updateOf(id.nth(2), "AlwaysOverwrite", set("calendar:Location", "<t:Location>Hall</t:Location>")))
	toAll(del(id.nth(3)))
	if a := r.bobs(); len(a.xml.all("ModifiedOccurrences")) != 1 || len(a.xml.all("DeletedOccurrences")) != 1 || a.xml.text("CalendarItemType") != "RecurringMaster" {
		t.Errorf("%s", a.body)
	}
}
