package othersync

import (
	"strings"
	"testing"

	"tahti/internal/calendar"
)

func TestWhatToolsLeave(t *testing.T) {
	for _, c := range []struct {
		name, raw, uid string
		want           Trace
	}{
		{"SuiteCRM", `{"id":"e","extendedProperties":{"private":{"suitecrm_id":"7","suitecrm_type":"Meeting"}}}`, "", Trace{SuiteCRM, ""}},
		{"Odoo, whose database is called as one likes", `{"extendedProperties": {"shared": {"acme_odoo_id": "12"}}}`, "", Trace{Odoo, ""}},
		{"OGCS", `{"extendedProperties":{"private":{"outlook_EntryID":"00","outlook_CalendarID":"11"}}}`, "", Trace{OGCS, ""}},
		{"OGCS, which has written again", `{"extendedProperties":{"private":{"outlook_EntryID":"00","OGCSmodified" : "2030-01-02T10:00:00.5Z"}}}`, "",
			Trace{OGCS, "2030-01-02T10:00:00.5Z"}},
		{"keeper.sh", "BEGIN:VCALENDAR", "a1b2@keeper.sh", Trace{Keeper, ""}},
		{"nobody", `{"extendedProperties":{"private":{"tahtiKey":"abc"}}}`, "u@example.com", Trace{}},
		{"somebody who writes about it", `{"summary":"\"suitecrm_id\":\"7\"","extendedProperties":{}}`, "", Trace{}},
		{"no property at all", `{"suitecrm_id":"7"}`, "", Trace{}},
		{"nothing", "", "", Trace{}},
	} {
		got, ok := Of([]byte(c.raw), &calendar.Event{UID: c.uid})
		if got != c.want || ok != (c.want != Trace{}) {
			t.Errorf("%s: %+v, %t", c.name, got, ok)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add(`{"extendedProperties":{"private":{"suitecrm_id":"7"}}}`, "u")
	f.Add(`"extendedProperties""OGCSmodified":"outlook_EntryID":`, "")
	f.Fuzz(func(t *testing.T, raw, uid string) {
		trace, ok := Of([]byte(raw), &calendar.Event{UID: uid})
		if ok != (trace.Tool != None) || !strings.Contains(raw, trace.Mark) {
			t.Errorf("%+v, %t", trace, ok)
		}
	})
}
