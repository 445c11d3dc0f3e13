package ews_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

func keyed(subject, key string) string {
	return `<t:Subject>` + subject + `</t:Subject><t:ExtendedProperty>` + crmKey + `<t:Value>` + key + `</t:Value></t:ExtendedProperty>`
}

// subjects are those of an answer, in its order.
func (a answer) subjects() string {
	var list []string
	for _, x := range a.xml.all("Subject") {
		list = append(list, x.Text)
	}
	return strings.Join(list, " ")
}

func found(rest string) string { return strings.Replace(find("", rest), "IdOnly", "Default", 1) }

func compare(op, path, value string) string {
	return `<t:` + op + `>` + path + `<t:FieldURIOrConstant><t:Constant Value="` + value + `"/></t:FieldURIOrConstant></t:` + op + `>`
}

func TestRestrictionsFindWhatTheySay(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	r.make(keyed("One", "k1"))
	r.make(keyed("Two", "k2"))
	r.make(event("Three"))
	subject := `<t:FieldURI FieldURI="item:Subject"/>`
	start := `<t:FieldURI FieldURI="calendar:Start"/>`
	const goid = `<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="3" PropertyType="Binary"/>`
	for name, c := range map[string][2]string{
		"by our key":            {compare("IsEqualTo", crmKey, "k1"), "One"},
		"by a key in capitals":  {compare("IsEqualTo", crmKey, "K1"), "One"},
		"by a name in capitals": {compare("IsEqualTo", strings.Replace(crmKey, "CrmKey", "CRMKEY", 1), "k1"), ""},
		"by another set":        {compare("IsEqualTo", strings.Replace(crmKey, "66f5", "77f5", 1), "k1"), ""},
		"a GUID in capitals":    {compare("IsEqualTo", strings.Replace(crmKey, "66f5a359", "66F5A359", 1), "k1"), "One"},
		"that there is a key":   {`<t:Exists>` + crmKey + `</t:Exists>`, "One Two"},
		"no key":                {`<t:Not><t:Exists>` + crmKey + `</t:Exists></t:Not>`, "Three"},
		"another key":           {compare("IsNotEqualTo", crmKey, "k1"), "Two Three"},
		"either":                {`<t:Or>` + compare("IsEqualTo", subject, "one") + compare("IsEqualTo", subject, "three") + `</t:Or>`, "One Three"},
		"both":                  {`<t:And>` + compare("IsEqualTo", subject, "one") + compare("IsEqualTo", crmKey, "k2") + `</t:And>`, ""},
		"by time":               {compare("IsGreaterThan", start, "2026-01-06T06:00:00+00:00"), "Three"},
		"up to a time":          {compare("IsLessThanOrEqualTo", start, "2026-01-05T09:30:00Z"), "One Two"},
		"a part":                {`<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase">` + subject + `<t:Constant Value="O"/></t:Contains>`, "One Two"},
		"a beginning":           {`<t:Contains ContainmentMode="Prefixed" ContainmentComparison="Exact">` + subject + `<t:Constant Value="T"/></t:Contains>`, "Two Three"},
		"no global id":          {compare("IsEqualTo", goid, "AAAA"), ""},
	} {
		if got := r.ok(r.soap(found(`<m:Restriction>` + c[0] + `</m:Restriction>`))).subjects(); got != c[1] {
			t.Errorf("%s finds %q, want %q", name, got, c[1])
		}
	}
	// The UID cannot be searched, and its global object id can.
	a := r.ok(r.soap(strings.Replace(found(`<m:Restriction>`+compare("IsEqualTo", subject, "one")+`</m:Restriction>`), "</t:BaseShape>",
		"</t:BaseShape><t:AdditionalProperties>"+goid+"</t:AdditionalProperties>", 1)))
	if got := r.ok(r.soap(found(`<m:Restriction>` + compare("IsEqualTo", goid, a.xml.text("Value")) + `</m:Restriction>`))).subjects(); got != "One" {
		t.Errorf("the global object id finds %q", got)
	}
}

func TestWhatWasFoundComesInPagesAndInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	for _, s := range []string{"B", "A", "C"} {
		r.make("<t:Subject>" + s + "</t:Subject>")
	}
	order := `<m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="item:Subject"/></t:FieldOrder></m:SortOrder>`
	page := func(from int, base string) answer {
		return r.ok(r.soap(strings.Replace(find(fmt.Sprintf(`<m:IndexedPageItemView MaxEntriesReturned="2" Offset="%d" BasePoint="%s"/>`, from, base), order), "IdOnly", "Default", 1)))
	}
	for _, c := range []struct {
		from             int
		base, want, next string
		last             string
	}{{0, "Beginning", "C B", "2", "false"}, {2, "Beginning", "A", "3", "true"}, {0, "End", "B A", "2", "false"}, {9, "Beginning", "", "3", "true"}} {
		a := page(c.from, c.base)
		if a.subjects() != c.want || a.xml.attr("RootFolder", "IndexedPagingOffset") != c.next || a.xml.attr("RootFolder", "IncludesLastItemInRange") != c.last ||
			a.xml.attr("RootFolder", "TotalItemsInView") != "3" {
			t.Errorf("%+v: %s", c, a.body)
		}
	}
}

// A calendar view cuts off what is too much, and only IncludesLastItemInRange says so.
func TestACalendarViewIsCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	r.make(series("x"))
	a := r.ok(r.soap(find(view(`MaxEntriesReturned="3" `+january), "")))
	if len(a.xml.all("CalendarItem")) != 3 || a.xml.attr("RootFolder", "IncludesLastItemInRange") != "false" {
		t.Errorf("%s", a.body)
	}
	// What ends where the view begins is not in it, and neither is what begins where it ends.
	a = r.ok(r.soap(find(view(`StartDate="2026-01-06T08:00:00Z" EndDate="2026-01-08T07:00:00Z"`), "")))
	if len(a.xml.all("CalendarItem")) != 1 {
		t.Errorf("%s", a.body)
	}
}

// FindItem and SyncFolderItems leave out what GetItem alone gives.
func TestAListHasNoBodiesAndNoGuests(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	r.make(strings.Replace(meeting("bob@example.com"), "<t:Start>", `<t:Body BodyType="Text">Words</t:Body><t:Start>`, 1) + daily5)
	for _, body := range []string{strings.Replace(find("", ""), "IdOnly", "AllProperties", 1), strings.Replace(sync("", 9), "IdOnly", "AllProperties", 1)} {
		a := r.ok(r.soap(body))
		for _, name := range []string{"Words", "RequiredAttendees", "Recurrence>", "FirstOccurrence"} {
			if strings.Contains(a.body, name) {
				t.Errorf("%s in a list: %s", name, a.body)
			}
		}
		if a.xml.text("DisplayTo") != "bob" || strings.Contains(a.body, "<t:Organizer><t:Mailbox><t:Name>alice</t:Name><t:EmailAddress>") {
			t.Errorf("%s", a.body)
		}
	}
}

// Folders are made, found and deleted, with what is in them.
func TestFoldersComeAndGo(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	made := r.ok(r.soap(`<m:CreateFolder><m:ParentFolderId>` + inCalendar + `</m:ParentFolderId><m:Folders><t:CalendarFolder><t:DisplayName>Scratch</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>`))
	id := `<t:FolderId Id="` + made.xml.attr("FolderId", "Id") + `"/>`
	deep := func() string {
		a := r.ok(r.soap(`<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:Restriction>` +
			compare("IsEqualTo", `<t:FieldURI FieldURI="folder:FolderClass"/>`, "IPF.Appointment") + `</m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>`))
		var names []string
		for _, x := range a.xml.all("DisplayName") {
			names = append(names, x.Text)
		}
		return strings.Join(names, " ")
	}
	if got := deep(); got != "Calendar Work Scratch" {
		t.Errorf("calendars: %s", got)
	}
	inside := r.ok(r.soap(strings.Replace(create(event("x")), "<m:Items>", "<m:SavedItemFolderId>"+id+"</m:SavedItemFolderId><m:Items>", 1))).ref()
	r.ok(r.soap(`<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>` + id + `</m:FolderIds></m:DeleteFolder>`))
	if got := deep(); got != "Calendar Work" {
		t.Errorf("calendars: %s", got)
	}
	if got := r.soap(get(inside.String())).code(); got != "ErrorItemNotFound" {
		t.Errorf("what was in it: %s", got)
	}
}
