package ews_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// What can be set comes back as it was set, at creation and later; what can be taken away is at its first value again.
func TestWhatIsSetComesBack(t *testing.T) {
	t.Parallel()
	for uri, c := range map[string]struct{ value, cleared string }{
		"item:Subject": {"Plan & more", ""}, "item:Sensitivity": {"Private", "Normal"}, "item:Importance": {"High", "Normal"},
		"item:ReminderIsSet": {"false", "-"}, "item:ReminderMinutesBeforeStart": {"30", "0"}, "calendar:LegacyFreeBusyStatus": {"OOF", "Busy"},
		"calendar:Location": {"Hall", ""}, "calendar:IsResponseRequested": {"false", "-"}, "calendar:ConferenceType": {"2", "-"},
		"calendar:AllowNewTimeProposal": {"false", "-"}, "calendar:MeetingWorkspaceUrl": {"https://example.com/", ""}, "calendar:NetShowUrl": {"https://example.com/n", ""},
	} {
		t.Run(uri, func(t *testing.T) {
			r := newRig(t, ews.Options{})
			_, name, _ := strings.Cut(uri, ":")
			element := "<t:" + name + ">" + escape(c.value) + "</t:" + name + ">"
			made := r.make(element)
			id := r.make("<t:Subject>x</t:Subject>")
			if uri == "item:Subject" {
				id = r.make("")
			}
			id = r.ok(r.soap(update(id, "NeverOverwrite", set(uri, element)))).ref()
			for _, x := range []ref{made, id} {
				if got := r.ok(r.soap(get(x.String()))).xml.text(name); got != c.value {
					t.Errorf("%q, want %q", got, c.value)
				}
			}
			a := r.soap(update(id, "NeverOverwrite", `<t:DeleteItemField><t:FieldURI FieldURI="`+uri+`"/></t:DeleteItemField>`))
			if c.cleared == "-" {
				if a.code() != "ErrorInvalidPropertyDelete" {
					t.Errorf("taken away: %s", a.code())
				}
				return
			}
			if got := r.ok(r.soap(get(r.ok(a).ref().String()))).xml.text(name); got != c.cleared {
				t.Errorf("taken away: %q, want %q", got, c.cleared)
			}
		})
	}
}

func TestABodyComesInTheTypeThatIsAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	plain := r.make(`<t:Subject>x</t:Subject><t:Body BodyType="Text">one &lt; two` + "\n" + `three</t:Body>`)
	html := r.make(`<t:Subject>x</t:Subject><t:Body BodyType="HTML">&lt;p&gt;one &amp;lt; two&lt;br&gt;three&lt;/p&gt;</t:Body>`)
	ask := func(id ref, kind string) string {
		return r.ok(r.soap(strings.Replace(get(id.String()), "</t:BaseShape>", "</t:BaseShape><t:BodyType>"+kind+"</t:BodyType>", 1))).body
	}
	for _, c := range []struct {
		id         ref
		kind, want string
	}{
		{plain, "Best", `<t:Body BodyType="Text">one &lt; two&#xD;&#xA;three</t:Body>`}, {plain, "Text", `<t:Body BodyType="Text">one &lt; two&#xD;&#xA;three</t:Body>`},
		{plain, "HTML", `<t:Body BodyType="HTML">&lt;html&gt;`}, {html, "Best", `<t:Body BodyType="HTML">&lt;p&gt;`}, {html, "Text", `<t:Body BodyType="Text">one &lt; two&#xD;&#xA;three</t:Body>`},
	} {
		if got := ask(c.id, c.kind); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %s in %s", c.kind, c.want, got)
		}
	}
}

func TestAMailboxForgetsWhatWasDeletedLongAgo(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	r.ews.Remember("alice@example.com", 20)
	_, state, _ := r.changes("", 512)
	for range 25 {
		r.ok(r.soap(del(r.make(event("x")).String())))
	}
	if got := r.soap(sync(state, 512)).code(); got != "ErrorInvalidSyncStateData" {
		t.Errorf("a state from before what is forgotten: %s", got)
	}
	if list, _, _ := r.changes("", 512); len(list) != 0 {
		t.Errorf("a new synchronization tells of %v", list)
	}
}
