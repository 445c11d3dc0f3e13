package house_test

import (
	"strings"
	"testing"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/standin/caldav"
)

// TestASplitByAnotherClientKeepsWhatIsTheCRMsOwn: a client ends a series and goes on in a new one, with raw writes; one says
// that they are related, one says nothing.
func TestASplitByAnotherClientKeepsWhatIsTheCRMsOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		marks    string
		title    string
		newFirst bool
	}{
		"related, with another title": {"RELATED-TO:standup@example.com\r\n", "Daily", false},
		"nothing says so":             {"", "Standup", false},
		"the new one comes first":     {"", "Standup", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, caldav.ProfileCyrus, setup{idle: true})
			body := func(uid, title, day, rule, more string) string {
				return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:" + uid + "@example.com\r\nDTSTAMP:20270101T000000Z\r\n" +
					"DTSTART:202703" + day + "T080000Z\r\nDTEND:202703" + day + "T083000Z\r\nSUMMARY:" + title + "\r\nRRULE:FREQ=DAILY;COUNT=" + rule + "\r\n" +
					more + "END:VEVENT\r\nEND:VCALENDAR\r\n"
			}
			l.put("alice@example.com", "old.ics", body("standup", "Standup", "01", "9", ""))
			l.start()
			id := l.connect(`{"start":"everything"}`).ID
			l.sync(id)
			old := l.all()[0]
			l.tx(func(tx engine.Tx) error {
				_, err := l.house.Hub.Update(t.Context(), tx, hub.By(l.who.User), old.ID, hub.Change{
					Fields: []string{hub.FieldType, hub.FieldNote, hub.FieldOccurrences},
					To: crm.Activity{Type: "call", Note: "bring cake", Occurrences: []crm.Occurrence{
						{Original: old.Plan.Start.Wall + 6*24*3600, Note: "dial in"},
					}},
				})
				return err
			})
			steps := []func(){
				func() { l.put("alice@example.com", "old.ics", body("standup", "Standup", "01", "3", "")) },
				func() { l.put("alice@example.com", "new.ics", body("other", c.title, "04", "6", c.marks)) },
			}
			if c.newFirst {
				steps[0], steps[1] = steps[1], steps[0]
			}
			for _, step := range steps {
				step()
				l.sync(id)
			}
			if len(l.all()) != 2 {
				t.Fatalf("the CRM holds %v", l.bySubject())
			}
			fresh := l.all()[1]
			if fresh.Type != "call" || fresh.Note != "bring cake" || len(fresh.Occurrences) != 1 || fresh.Occurrences[0].Note != "dial in" {
				t.Errorf("it goes on as %+v", fresh)
			}
			for _, c := range l.conflicts() {
				if c.Resolved.IsZero() {
					t.Errorf("counts as lost: %+v", c)
				}
			}
			if now := l.bodyOf("alice@example.com", "new.ics"); strings.Contains(now, "cake") || now != body("other", c.title, "04", "6", c.marks) {
				t.Errorf("the client's new series was written:\n%s", now)
			}
		})
	}
}
