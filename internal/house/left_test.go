package house_test

import (
	"fmt"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/store"
)

// TestAColleagueWhoLeavesPipedriveIsNamed: what was theirs there stays, and all that is here; their connection does not go on looking well.
func TestAColleagueWhoLeavesPipedriveIsNamed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	acc, _ := o.connectTo(account.Pipedrive)
	const email = "bob@example.com"
	bob := o.join(email)
	c, err := o.house.Connections.Connect(t.Context(), o.who, connection.Request{
		Provider: account.Pipedrive, Account: acc.ID, Calendar: fmt.Sprint(o.pipedrive.UserID(email)), User: bob.User.ID, Settings: []byte(`{"start":"everything"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	o.there(email, "Bob's")
	if run := o.sync(c.ID); run.Error != "" {
		t.Fatalf("%+v", run)
	}
	before := len(o.all())
	if err := o.pipedrive.Leave(email); err != nil {
		t.Fatal(err)
	}
	o.pass(16 * time.Minute)
	wish, err := o.house.Connections.SyncNow(t.Context(), bob, c.ID)
	if err == nil {
		_, err = o.house.Connections.Await(t.Context(), bob, c.ID, wish)
	}
	if err != nil {
		t.Fatal(err)
	}
	if c, err = o.house.Connections.Get(t.Context(), bob, c.ID); err != nil || c.State != store.NeedsPermission || c.Reason != "left_company" {
		t.Errorf("%s, %s, %v", c.State, c.Reason, err)
	}
	if n := len(o.all()); n != before || n == 0 {
		t.Errorf("%d activities are here, %d before", n, before)
	}
}
