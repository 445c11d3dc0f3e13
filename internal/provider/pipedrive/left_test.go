package pipedrive

import (
	"errors"
	"testing"

	"tahti/internal/provider"
	standin "tahti/internal/standin/pipedrive"
)

// TestAColleagueWhoHasLeftIsNamed: their activities stay as they are, so that a list of them would go on looking well.
func TestAColleagueWhoHasLeftIsNamed(t *testing.T) {
	_, b := stand(t, standin.Options{})
	bobs := b.open(t, bob, "alice's") // on the administrator's account
	b.make(t, event("Bob's"), object{"owner_id": b.users[bob]})
	if _, held := begin(t, bobs); len(held) != 1 {
		t.Fatalf("listed %v", held)
	}
	if err := b.server.Leave(bob); err != nil {
		t.Fatal(err)
	}
	_, err := bobs.Pull(t.Context(), "", func(provider.RemoteID) provider.Versions { return nil })
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Class != provider.Forbidden || e.Code != CodeLeft {
		t.Errorf("%v", err)
	}
}
