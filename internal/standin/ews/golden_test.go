package ews_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

var write = flag.Bool("write", false, "write the exchanges to testdata, to be held to the original's schemas by whoever has them")

// The exchanges in testdata were held to the schemas that Microsoft publishes, requests and answers. What the stand-in takes
// and answers now is the same, byte for byte.
func TestExchangesAreThoseThatTheSchemasAllow(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	says := func(name, body string) answer {
		t.Helper()
		asked := r.envelope(body)
		a := r.post(asked)
		for part, text := range map[string]string{"request": asked, "answer": a.body} {
			file := filepath.Join("testdata", "exchanges", name+"."+part+".xml")
			if *write {
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b, err := os.ReadFile(file)
			if err != nil || string(b) != text {
				t.Errorf("%s %s differs from its file (%v):\n%s", name, part, err, text)
			}
		}
		return a
	}
	says("getfolder", folders(inCalendar+`<t:DistinguishedFolderId Id="inbox"/>`))
	says("findfolder", `<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape><m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>`)
	says("createfolder", `<m:CreateFolder><m:ParentFolderId>`+inCalendar+`</m:ParentFolderId><m:Folders><t:CalendarFolder><t:DisplayName>Scratch</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>`)
	single := says("createitem", create(strings.Replace(keyed("Plan", "k1"), "</t:Subject>", `</t:Subject><t:Body BodyType="HTML">&lt;p&gt;Words&lt;/p&gt;</t:Body>`, 1)+
		`<t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End><t:Location>Hall</t:Location><t:RequiredAttendees>`+guest("bob@example.com")+`</t:RequiredAttendees>`+helsinki)).ref()
	series := says("createitem-series", create(series("Stand-up"))).ref()
	says("getitem", get(single.String()))
	says("finditem", find("", where(crmKey)))
	changed := says("updateitem", update(single, "NeverOverwrite", set("item:Subject", "<t:Subject>Plan b</t:Subject>")+`<t:DeleteItemField><t:FieldURI FieldURI="calendar:Location"/></t:DeleteItemField>`)).ref()
	says("updateitem-conflict", update(single, "NeverOverwrite", set("item:Subject", "<t:Subject>Plan c</t:Subject>")))
	says("updateitem-occurrence", updateOf(series.nth(2), "AlwaysOverwrite", set("calendar:Start", "<t:Start>2026-01-07T12:00:00Z</t:Start>")+set("calendar:End", "<t:End>2026-01-07T13:00:00Z</t:End>")))
	says("deleteitem-occurrence", del(series.nth(3)))
	says("getitem-series", get(ref{id: series.id}.String()))
	says("getitem-batch", get(series.nth(2)+series.nth(3)+series.nth(9)+changed.String()))
	says("finditem-view", strings.Replace(find(view(january), ""), "IdOnly", "Default", 1))
	first := says("syncfolderitems", sync("", 1))
	says("syncfolderitems-more", sync(first.xml.text("SyncState"), 512))
	sub := says("subscribe", pull(""))
	says("deleteitem", del(changed.String()))
	says("getevents", events(sub.xml.text("SubscriptionId"), sub.xml.text("Watermark")))
	says("convertid", `<m:ConvertId DestinationFormat="HexEntryId"><m:SourceIds><t:AlternateId Format="EwsId" Id="`+series.id+`" Mailbox="alice@example.com"/></m:SourceIds></m:ConvertId>`)
	says("resolvenames", `<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>bob</m:UnresolvedEntry></m:ResolveNames>`)
	says("moveitem", `<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="deleteditems"/></m:ToFolderId><m:ItemIds>`+ref{id: series.id}.String()+`</m:ItemIds></m:MoveItem>`)
}
