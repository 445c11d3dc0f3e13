package engine_test

import (
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
)

// TestWhatAPrivateInvitationSaysOfAMeetingGivenAwayIsTheGuests: a guest keeps a meeting to themselves, gives its activity to a colleague
// who is not invited, and then the organiser moves it to another room. As the activity is private the guest's calendar may not be shown what
// it says, so that the room is no change of it; it stands in a private event, and is told to its user alone (I23, I2).
func TestWhatAPrivateInvitationSaysOfAMeetingGivenAwayIsTheGuests(t *testing.T) {
	for name, move := range map[string]func(*calendar.Event){
		"of the series": setPlace("Room 7"),
		"in a block that was copied": func(e *calendar.Event) {
			e.Description = strings.Replace(e.Description, "--- CRM ---\n", "--- CRM ---\nRoom 7\n", 1)
		},
		"in a block of a date": intoDate(hour(4, 10), "Room 7"),
		"of a date": func(e *calendar.Event) {
			e.Overrides = []calendar.Override{{
				Original: hour(4, 10), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Room 7"},
			}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, nothing)
			m := meeting("Review", "dave")
			m.Rule, m.Location, m.Private = "FREQ=DAILY;COUNT=4", "Room 4", true
			m.Description = "--- CRM ---\nhttps://crm.example.com/activities/7\n--- /CRM ---"
			inA := a.cal.Add(m)
			a.Settle(a.id, b.id)
			meant := a.only(t)
			a.Edit(a.Alice, meant.ID, func(a *crm.Activity) { a.OwnerID = b.Bob.ID }, "owner")
			a.Settle(a.id, b.id)
			a.cal.Edit(inA, move)
			a.Settle(a.id, b.id)
			a.Quiet(a.id, b.id)
			if got := a.only(t); got.OwnerID != a.Bob.ID || !got.Plan.Private || got.Plan.Location != "Room 4" {
				t.Fatalf("the activity of %d says %+v", got.OwnerID, got.Plan)
			}
			a.Tx(func(tx engine.Tx) error {
				for _, u := range []crm.User{a.Alice, a.Bob} {
					list, err := a.Hub.ConflictsOf(t.Context(), tx, u, 0, 0, 100)
					if err != nil || len(list) != 1 {
						t.Fatalf("%+v, %v", list, err)
					}
					if told := string(list[0].Lost) == `"Room 7"`; told != (u.ID == a.Alice.ID) || list[0].Kept != nil || !told && list[0].Lost != nil {
						t.Errorf("%s is told of %s, and %s in its place", u.Name, list[0].Lost, list[0].Kept)
					}
				}
				return nil
			})
		})
	}
}
