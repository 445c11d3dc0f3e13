package hub_test

import (
	"errors"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// codeOf is what an error refuses with; empty for none.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	var denied *hub.Denied
	var invalid *hub.Invalid
	switch {
	case err == nil:
		return ""
	case errors.As(err, &denied):
		return denied.Code
	case errors.As(err, &invalid):
		return invalid.Code
	}
	t.Fatalf("an error of another kind: %v", err)
	return ""
}

func TestWhoMayDoWhat(t *testing.T) {
	const (
		ok     = ""
		masked = hub.DeniedMasked
		share  = hub.DeniedShare
		owners = hub.DeniedOwnerField
	)
	subject := hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "changed"})}
	private := hub.Change{Fields: []string{"private"}, To: values(calendar.Values{Private: true})}
	visibility := hub.Change{Fields: []string{"visibility"}, To: crm.Activity{Visibility: crm.OwnerOnly}}
	for _, c := range []struct {
		name       string
		private    bool
		visibility crm.Visibility
		change     *hub.Change // nil: delete
		// bob owns it, carol takes part, alice administers the company, dave is a colleague.
		bob, carol, alice, dave string
	}{
		{"edit what everyone sees", false, crm.Everyone, &subject, ok, ok, ok, ok},
		{"delete what everyone sees", false, crm.Everyone, nil, ok, ok, ok, ok},
		{"hide what everyone sees", false, crm.Everyone, &private, ok, owners, owners, owners},
		{"narrow what everyone sees", false, crm.Everyone, &visibility, ok, owners, owners, owners},
		{"edit what is the owner's", false, crm.OwnerOnly, &subject, ok, share, masked, masked},
		{"delete what is the owner's", false, crm.OwnerOnly, nil, ok, share, masked, masked},
		{"edit what is private", true, crm.Everyone, &subject, ok, masked, masked, masked},
		{"delete what is private", true, crm.Everyone, nil, ok, share, masked, masked},
	} {
		for _, who := range []string{"bob", "carol", "alice", "dave"} {
			r := newRoom(t)
			dave := crm.User{ID: 4711, Name: "dave", Active: true}
			user := map[string]crm.User{"bob": r.bob, "carol": r.carol, "alice": r.alice, "dave": dave}[who]
			want := map[string]string{"bob": c.bob, "carol": c.carol, "alice": c.alice, "dave": c.dave}[who]
			a := withOwner(meeting("Meeting"), r.bob)
			a.Plan.Private, a.Visibility = c.private, c.visibility
			a = r.create(hub.BySync(0, 0), a)
			r.do(func(tx *store.Tx) error {
				return r.hub.Join(r.ctx, tx, hub.BySync(0, 0), a.ID, crm.Participant{UserID: r.carol.ID})
			})
			err := r.try(func(tx *store.Tx) (err error) {
				if c.change == nil {
					return r.hub.Delete(r.ctx, tx, hub.By(user), a.ID)
				}
				_, err = r.hub.Update(r.ctx, tx, hub.By(user), a.ID, *c.change)
				return err
			})
			if got := codeOf(t, err); got != want {
				t.Errorf("%s: %s gets %q, want %q", c.name, who, got, want)
			}
			user.Active = false
			err = r.try(func(tx *store.Tx) error {
				_, err := r.hub.Create(r.ctx, tx, hub.By(user), meeting("x"))
				if err == nil || codeOf(t, err) != hub.DeniedInactive {
					return err
				}
				return r.hub.Delete(r.ctx, tx, hub.By(user), a.ID)
			})
			if got := codeOf(t, err); got != hub.DeniedInactive {
				t.Errorf("%s: an inactive user gets %q", c.name, got)
			}
		}
	}
}

func TestNobodyMayDoNothing(t *testing.T) {
	r := newRoom(t)
	a := r.create(hub.By(r.alice), meeting("Meeting"))
	_, err := r.update(hub.Actor{}, a.ID, hub.Change{Fields: []string{"subject"}})
	if code := codeOf(t, err); code != hub.DeniedNobody {
		t.Errorf("an update gives %q", code)
	}
	err = r.try(func(tx *store.Tx) error { _, err := r.hub.Create(r.ctx, tx, hub.Actor{}, meeting("x")); return err })
	if code := codeOf(t, err); code != hub.DeniedNobody {
		t.Errorf("a creation gives %q", code)
	}
}

func TestWhatOthersOrganiseIsTheirs(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.bob, nil)
	for organiser, elsewhere := range map[string]bool{
		"boss@example.org": true, "Bob@example.com": false, "bob@calendar.example": false, "carol@example.com": false, "": false,
	} {
		a := withOwner(weekly("Meeting"), r.bob)
		a.Plan.Organizer.Email, a.Visibility = organiser, crm.Everyone
		a = r.create(hub.BySync(c, 0), a)
		for _, change := range []hub.Change{
			{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})},
			{Fields: []string{"location"}, To: values(calendar.Values{Location: "x"})},
			{Fields: []string{"description"}, To: values(calendar.Values{Description: "x"})},
			{Fields: []string{"recurrence"}},
			{Fields: []string{"when"}, To: values(calendar.Values{Start: at(2026, 3, 2, 11, 0), End: at(2026, 3, 2, 12, 0)})},
		} {
			_, err := r.update(hub.By(r.bob), a.ID, change)
			if code := codeOf(t, err); (code == hub.DeniedOrganiser) != elsewhere {
				t.Errorf("%q: %v gives %q", organiser, change.Fields, code)
			}
		}
		if !elsewhere {
			continue
		}
		if code := codeOf(t, r.remove(hub.By(r.bob), a.ID, monday(1), hub.This)); code != hub.DeniedOrganiser {
			t.Errorf("an occurrence is taken out: %q", code)
		}
		for _, scope := range []hub.Scope{hub.This, hub.Following, hub.All} {
			_, err := r.patch(hub.By(r.bob), a.ID, monday(1), scope, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "x"})})
			if code := codeOf(t, err); code != hub.DeniedOrganiser {
				t.Errorf("%s: an occurrence is changed: %q", scope, code)
			}
		}
		r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"note", "busy"}, To: crm.Activity{Note: "mine"}})
		r.mustUpdate(hub.BySync(c, 0), a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "theirs"})})
		_, err := r.update(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"organizer"}})
		if code := codeOf(t, err); code != hub.DeniedCalendarOnly {
			t.Errorf("the organiser is changed: %q", code)
		}
		r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.bob), a.ID) })
	}
}

func TestHandingOverWhatALeaverLeft(t *testing.T) {
	r := newRoom(t)
	left := withOwner(meeting("Meeting"), r.bob)
	left.Visibility = crm.OwnerOnly
	left = r.create(hub.BySync(0, 0), left)
	private := withOwner(meeting("Private"), r.bob)
	private.Plan.Private = true
	private = r.create(hub.BySync(0, 0), private)
	give := hub.Change{Fields: []string{"owner"}, To: crm.Activity{OwnerID: r.carol.ID}}
	try := func(by crm.User, id store.ID, c hub.Change) string {
		_, err := r.update(hub.By(by), id, c)
		return codeOf(t, err)
	}
	if code := try(r.alice, left.ID, give); code != hub.DeniedMasked {
		t.Errorf("taken from somebody who is here: %q", code)
	}
	r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), r.bob.ID, false) })
	both := hub.Change{Fields: []string{"owner", "note"}, To: crm.Activity{OwnerID: r.carol.ID, Note: "x"}}
	for name, code := range map[string]string{
		"more than the owner": try(r.alice, left.ID, both),
		"what is private":     try(r.alice, private.ID, give),
		"by a colleague":      try(r.carol, left.ID, give),
	} {
		if code != hub.DeniedMasked {
			t.Errorf("%s: %q", name, code)
		}
	}
	if code := try(r.alice, left.ID, give); code != "" {
		t.Errorf("what a leaver left: %q", code)
	}
}

// Whoever hands a series on takes its private dates along, and only their owner may let anybody see those.
func TestPrivateDatesAreNotHandedOverByOthers(t *testing.T) {
	r := newRoom(t)
	open := withOwner(weekly("Weekly"), r.bob)
	open.Visibility = crm.Everyone
	open = r.create(hub.BySync(0, 0), open)
	hidden := values(calendar.Values{Subject: "Doctor", Private: true})
	if _, err := r.patch(hub.By(r.bob), open.ID, monday(1), hub.This, hub.Change{Fields: []string{"subject", "private"}, To: hidden}); err != nil {
		t.Fatal(err)
	}
	give := func(by, to crm.User) string {
		_, err := r.update(hub.By(by), open.ID, hub.Change{Fields: []string{"owner"}, To: crm.Activity{OwnerID: to.ID}})
		return codeOf(t, err)
	}
	if code := give(r.carol, r.carol); code != hub.DeniedOwnerField {
		t.Errorf("a colleague takes it: %q", code)
	}
	if code := give(r.carol, r.alice); code != hub.DeniedOwnerField {
		t.Errorf("a colleague gives it to another: %q", code)
	}
	r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), r.bob.ID, false) })
	if code := give(r.alice, r.alice); code != hub.DeniedOwnerField {
		t.Errorf("an administrator takes what a leaver left open: %q", code)
	}
	r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), r.bob.ID, true) })
	narrow := hub.Change{Fields: []string{"visibility"}, To: crm.Activity{Visibility: crm.OwnerOnly}}
	r.mustUpdate(hub.By(r.bob), open.ID, narrow)
	r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), r.bob.ID, false) })
	if code := give(r.alice, r.alice); code != hub.DeniedMasked {
		t.Errorf("an administrator takes what a leaver left restricted: %q", code)
	}
	r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), r.bob.ID, true) })
	if code := give(r.bob, r.carol); code != "" {
		t.Errorf("the owner gives it away: %q", code)
	}
}

// A guess that happens to be right must be refused like one that is wrong: else guessing finds out (I23).
func TestGuessingDoesNotFindOut(t *testing.T) {
	r := newRoom(t)
	private := withOwner(meeting("Doctor"), r.bob)
	private.Plan.Private, private.Type = true, "call"
	private = r.create(hub.BySync(0, 0), private)
	series := withOwner(weekly("Weekly"), r.bob)
	series.Visibility = crm.Everyone
	series = r.create(hub.BySync(0, 0), series)
	secret := hub.Change{Fields: []string{"subject", "private"}, To: values(calendar.Values{Subject: "Doctor", Private: true})}
	if _, err := r.patch(hub.By(r.bob), series.ID, monday(1), hub.This, secret); err != nil {
		t.Fatal(err)
	}
	subject := func(s string) hub.Change {
		return hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: s})}
	}
	for _, guess := range []string{"Doctor", "Dentist"} {
		_, err := r.update(hub.By(r.alice), private.ID, subject(guess))
		if code := codeOf(t, err); code != hub.DeniedMasked {
			t.Errorf("%s: %q", guess, code)
		}
		for _, scope := range []hub.Scope{hub.This, hub.All, hub.Following} {
			_, err = r.patch(hub.By(r.alice), private.ID, private.Plan.Start.Wall, scope, subject(guess))
			if code := codeOf(t, err); code != hub.DeniedMasked {
				t.Errorf("%s, %s: %q", guess, scope, code)
			}
		}
		_, err = r.patch(hub.By(r.alice), series.ID, monday(1), hub.This, subject(guess))
		if code := codeOf(t, err); code != hub.DeniedMasked {
			t.Errorf("%s, a private date: %q", guess, code)
		}
	}
	for _, kind := range []string{"call", "task"} {
		_, err := r.update(hub.By(r.alice), private.ID, hub.Change{Fields: []string{"type"}, To: crm.Activity{Type: kind}})
		if code := codeOf(t, err); code != hub.DeniedMasked {
			t.Errorf("%s: %q", kind, code)
		}
	}
}

func TestAnOpenSeriesMayBeNamedLikeAPrivateDate(t *testing.T) {
	for _, name := range []string{"Doctor", "Dentist"} {
		r := newRoom(t)
		series := withOwner(weekly("Weekly"), r.bob)
		series.Visibility = crm.Everyone
		series = r.create(hub.BySync(0, 0), series)
		secret := hub.Change{Fields: []string{"subject", "private"}, To: values(calendar.Values{Subject: "Doctor", Private: true})}
		if _, err := r.patch(hub.By(r.bob), series.ID, monday(1), hub.This, secret); err != nil {
			t.Fatal(err)
		}
		rename := hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: name})}
		if _, err := r.update(hub.By(r.alice), series.ID, rename); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
