package ews_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/ews"
)

// prop is an ExtendedProperty of the public strings.
func prop(name, kind string, values ...string) string {
	inside := "<t:Value>" + strings.Join(values, "</t:Value><t:Value>") + "</t:Value>"
	if strings.HasSuffix(kind, "Array") {
		inside = "<t:Values>" + inside + "</t:Values>"
	}
	return "<t:ExtendedProperty>" + public(name, kind) + inside + "</t:ExtendedProperty>"
}

func public(name, kind string) string {
	return `<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="` + name + `" PropertyType="` + kind + `"/>`
}

func setExtended(path, property string) string {
	return `<t:SetItemField>` + path + `<t:CalendarItem>` + property + `</t:CalendarItem></t:SetItemField>`
}

// asking is a GetItem for extended properties alone.
func asking(id ref, paths ...string) string {
	return `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>` + strings.Join(paths, "") + `</t:AdditionalProperties></m:ItemShape><m:ItemIds>` +
		ref{id: id.id}.String() + `</m:ItemIds></m:GetItem>`
}

func TestExtendedPropertiesAreKeptByTheirTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	for kind, c := range map[string][2]string{ // what fits, and what does not
		"Integer": {"-5", "five"}, "Boolean": {"true", "yes"}, "Double": {"2.5", "much"}, "SystemTime": {"2026-01-06T09:00:00Z", "today"},
		"Binary": {"QQ==", "?"}, "CLSID": {"66f5a359-4659-4830-9070-00047ec6ac6e", "x"}, "String": {"any thing", ""},
	} {
		id := r.make("<t:Subject>x</t:Subject>" + prop("a", kind, c[0]))
		if a := r.ok(r.soap(asking(id, public("a", kind)))); a.xml.text("Value") != c[0] {
			t.Errorf("%s: %s", kind, a.body)
		}
		if a := r.ok(r.soap(asking(id, public("a", "Short")))); a.xml.text("Value") != "" {
			t.Errorf("%s as another type: %s", kind, a.body)
		}
		if kind == "String" {
			continue
		}
		if got := r.soap(create("<t:Subject>x</t:Subject>" + prop("a", kind, c[1]))).code(); got != "ErrorInvalidExtendedPropertyValue" {
			t.Errorf("%s %q: %s", kind, c[1], got)
		}
	}
	id := r.make("<t:Subject>x</t:Subject>" + prop("list", "StringArray", "one", "two"))
	a := r.ok(r.soap(asking(id, public("list", "StringArray"))))
	if values := a.xml.all("Value"); len(values) != 2 || values[1].Text != "two" {
		t.Errorf("%s", a.body)
	}
	if got := r.soap(create("<t:Subject>x</t:Subject>" + strings.ReplaceAll(strings.ReplaceAll(prop("list", "StringArray", "one"), "<t:Values>", ""), "</t:Values>", ""))).code(); got != "ErrorInvalidExtendedPropertyValue" {
		t.Errorf("one value for an array: %s", got)
	}
}

func TestExtendedPropertiesAreSetAndTakenAwayOneByOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	id := r.make("<t:Subject>x</t:Subject>" + prop("a", "String", "1") + prop("b", "String", "2"))
	id = r.ok(r.soap(update(id, "NeverOverwrite", setExtended(public("a", "String"), prop("a", "String", "3"))+
		`<t:DeleteItemField>`+public("b", "String")+`</t:DeleteItemField>`+setExtended(public("c", "String"), prop("c", "String", "4"))))).ref()
	var got []string
	for _, v := range r.ok(r.soap(asking(id, public("a", "String"), public("b", "String"), public("c", "String")))).xml.all("Value") {
		got = append(got, v.Text)
	}
	if strings.Join(got, " ") != "3 4" {
		t.Errorf("%v", got)
	}
	for name, c := range map[string][2]string{
		"another property": {setExtended(public("a", "String"), prop("b", "String", "x")), "ErrorUpdatePropertyMismatch"},
		"what is none":     {setExtended(public("a", "String"), "<t:Subject>x</t:Subject>"), "ErrorUpdatePropertyMismatch"},
		"two":              {setExtended(public("a", "String"), prop("a", "String", "x")+prop("b", "String", "x")), "ErrorIncorrectUpdatePropertyCount"},
		"appended":         {strings.ReplaceAll(setExtended(public("a", "String"), prop("a", "String", "x")), "SetItemField", "AppendToItemField"), "ErrorInvalidPropertyAppend"},
	} {
		if got := r.soap(update(id, "NeverOverwrite", c[0])).code(); got != c[1] {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// An exception may have extended properties of its own, and has those of its series.
func TestAnExceptionHasThoseOfItsSeriesToo(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	id := r.make(strings.Replace(series("x"), "</t:Subject>", "</t:Subject>"+prop("a", "String", "1"), 1))
	second := r.ok(r.soap(updateOf(id.nth(2), "AlwaysOverwrite", setExtended(public("b", "String"), prop("b", "String", "2"))))).ref()
	if values := r.ok(r.soap(asking(second, public("a", "String"), public("b", "String")))).xml.all("Value"); len(values) != 2 {
		t.Errorf("the exception: %v", values)
	}
	if values := r.ok(r.soap(asking(id, public("a", "String"), public("b", "String")))).xml.all("Value"); len(values) != 1 {
		t.Errorf("the series: %v", values)
	}
}

// What an event says anyway is read, and where it can be, written by MAPI's names.
func TestMirrorsSayWhatTheEventSays(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	tag := func(tag, kind string) string {
		return `<t:ExtendedFieldURI PropertyTag="` + tag + `" PropertyType="` + kind + `"/>`
	}
	set := func(path, value string) string {
		return setExtended(path, "<t:ExtendedProperty>"+path+"<t:Value>"+value+"</t:Value></t:ExtendedProperty>")
	}
	id := r.make(strings.Replace(event("x"), "</t:Subject>", `</t:Subject><t:Body BodyType="Text">Words</t:Body>`, 1))
	id = r.ok(r.soap(update(id, "NeverOverwrite", set(tag("0x37", "String"), "y")+`<t:DeleteItemField>`+tag("0x1000", "String")+`</t:DeleteItemField>`))).ref()
	if a := r.ok(r.soap(get(id.String()))); a.xml.text("Subject") != "y" || strings.Contains(a.body, "Words") {
		t.Errorf("%s", a.body)
	}
	if got := r.soap(update(id, "NeverOverwrite", set(tag("0x3008", "SystemTime"), "2026-01-06T09:00:00Z"))).code(); got != "ErrorInvalidPropertySet" {
		t.Errorf("the time of the last change: %s", got)
	}
	const start = `<t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33293" PropertyType="SystemTime"/>`
	if a := r.ok(r.soap(asking(id, start, tag("0x3007", "SystemTime")))); a.xml.all("Value")[0].Text != "2026-01-06T07:00:00Z" || a.xml.all("Value")[1].Text != "2026-01-05T09:00:00Z" {
		t.Errorf("%s", a.body)
	}
}

// A UID of another make is wrapped in a global object id; an occurrence has its day in it ([MS-OXOCAL] 2.2.1.27).
func TestGlobalObjectIDs(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	const goid, clean = `<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="3" PropertyType="Binary"/>`, `<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="35" PropertyType="Binary"/>`
	id := r.make(strings.Replace(series("x"), "<t:Start>", "<t:UID>one@example</t:UID><t:Start>", 1))
	read := func(id ref) (list [][]byte) {
		for _, v := range r.ok(r.soap(asking(id, goid, clean))).xml.all("Value") {
			b, err := base64.StdEncoding.DecodeString(v.Text)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, b)
		}
		return list
	}
	master, second := read(id), read(r.ok(r.soap(get(id.nth(2)))).ref())
	if string(master[0]) != string(master[1]) || !strings.HasSuffix(string(master[0]), "vCal-Uid\x01\x00\x00\x00one@example\x00") || master[0][36] != byte(len("vCal-Uid....one@example.")) {
		t.Errorf("%q", master)
	}
	if string(second[1]) != string(master[1]) || string(second[0][16:20]) != "\x07\xea\x01\x07" {
		t.Errorf("%q", second)
	}
	own := read(r.make(event("y")))
	if len(own[0]) != 56 || string(own[0]) != string(own[1]) {
		t.Errorf("%x", own)
	}
}

// A calendar says when something in it was last changed or deleted, as DavMail asks it, which tells the length of ids too.
func TestACalendarSaysWhenItWasChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	changed := func() string {
		t.Helper()
		return r.ok(r.soap(`<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:ExtendedFieldURI PropertyTag="0x670a" PropertyType="SystemTime"/></t:AdditionalProperties>` +
			`</m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>`)).xml.text("Value")
	}
	if got := changed(); got != "" {
		t.Errorf("at first: %q", got)
	}
	id := r.make("<t:Subject>x</t:Subject>")
	if got := changed(); got != "2026-01-05T09:00:00Z" || len(id.id) != 152 {
		t.Errorf("made: %q %q", got, id.id)
	}
	r.now = r.now.Add(time.Minute)
	r.ok(r.soap(`<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>` + id.String() + `</m:ItemIds></m:DeleteItem>`))
	if got := changed(); got != "2026-01-05T09:01:00Z" {
		t.Errorf("deleted: %q", got)
	}
}
