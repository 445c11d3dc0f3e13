package ews_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

func TestIDsAreSpeltInOtherWaysAndBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	id := r.make(event("x"))
	convert := func(id, from, to string) string {
		a := r.ok(r.soap(`<m:ConvertId DestinationFormat="` + to + `"><m:SourceIds><t:AlternateId Format="` + from + `" Id="` + escape(id) + `" Mailbox="nobody@example.com"/></m:SourceIds></m:ConvertId>`))
		if got := a.xml.attr("AlternateId", "Mailbox"); got != "alice@example.com" {
			t.Errorf("the mailbox is %q", got)
		}
		return a.xml.attr("AlternateId", "Id")
	}
	for _, format := range []string{"HexEntryId", "EntryId", "StoreId", "OwaId"} {
		there := convert(id.id, "EwsId", format)
		if back := convert(there, format, "EwsId"); back != id.id {
			t.Errorf("%s: %s came back as %s", format, there, back)
		}
	}
}

func TestNamesAreResolved(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{Users: []ews.User{{Name: "alice@example.com", Password: "secret"}, {Name: "bob@example.com"}, {Name: "bobby@example.com"}}})
	resolve := func(text string) answer {
		return r.soap(`<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>` + text + `</m:UnresolvedEntry></m:ResolveNames>`)
	}
	if a := r.ok(resolve("smtp:bobby@")); a.xml.text("EmailAddress") != "bobby@example.com" {
		t.Errorf("%s", a.body)
	}
	if a := resolve("bob"); a.code() != "ErrorNameResolutionMultipleResults" || len(a.xml.all("Resolution")) != 2 || !strings.Contains(a.body, `ResponseClass="Warning"`) {
		t.Errorf("%s", a.body)
	}
}

func TestOutlookOnTheWebKnowsTheZone(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{Zone: "Europe/Helsinki"})
	if a := r.ok(r.soap(options("OWA.UserOptions"))); !strings.Contains(a.body, "<t:Value>timezone</t:Value></t:DictionaryKey><t:DictionaryValue><t:Type>String</t:Type><t:Value>FLE Standard Time<") {
		t.Errorf("%s", a.body)
	}
}
