package hub_test

import (
	"slices"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// dave is a fourth user.
func (r *room) dave() (u crm.User) {
	r.t.Helper()
	login := store.Login{Email: "dave@example.com", Created: r.clock.Now()}
	if err := r.db.PutLogin(r.ctx, &login); err != nil {
		r.t.Fatal(err)
	}
	r.do(func(tx *store.Tx) (err error) {
		u, err = r.hub.AddUser(r.ctx, tx, hub.By(r.alice), crm.User{Login: login.ID, Name: "dave", Email: "dave@example.com"})
		return err
	})
	return u
}

func (r *room) join(activity store.ID, users ...crm.User) {
	r.t.Helper()
	r.do(func(tx *store.Tx) error {
		for _, u := range users {
			p := crm.Participant{UserID: u.ID, Busy: true, Answer: calendar.Accepted}
			if err := r.hub.Join(r.ctx, tx, hub.BySync(0, 0), activity, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *room) parts(activity store.ID) (ids []store.ID) {
	r.t.Helper()
	r.do(func(tx *store.Tx) error {
		list, err := tx.Participants(r.ctx, activity)
		for _, p := range list {
			ids = append(ids, p.UserID)
		}
		return err
	})
	slices.Sort(ids)
	return ids
}

func TestWhoOrganisesAMeeting(t *testing.T) {
	r := newRoom(t)
	r.connect(r.carol, nil)
	r.connect(r.bob, nil)
	a := withOwner(meeting("Shared"), r.bob)
	for address, c := range map[string]struct {
		parts []crm.Participant
		want  store.ID
	}{
		"":                        {nil, 0},
		"eve@example.org":         {nil, 0},
		"Alice@example.com":       {nil, r.alice.ID},
		"BOB@calendar.example":    {nil, r.bob.ID},
		"carol@calendar.example":  {nil, 0},
		"carol@Calendar.example":  {[]crm.Participant{{UserID: r.alice.ID}, {UserID: r.carol.ID}}, r.carol.ID},
		"nobody@calendar.example": {[]crm.Participant{{UserID: r.carol.ID}}, 0},
	} {
		a.Plan.Organizer.Email = address
		r.do(func(tx *store.Tx) error {
			got, err := r.hub.Organiser(r.ctx, tx, &a, c.parts)
			if got != c.want {
				t.Errorf("%q with %v: %d, want %d", address, c.parts, got, c.want)
			}
			return err
		})
	}
	a.OwnerID, a.Plan.Organizer.Email = 0, "carol@calendar.example"
	r.do(func(tx *store.Tx) error {
		got, err := r.hub.Organiser(r.ctx, tx, &a, nil)
		if got != 0 {
			t.Errorf("carried by nobody, it is organised by %d", got)
		}
		return err
	})
}

// The organiser comes first, then whoever's calendar carries the meeting, then whoever joined first; who is kept out, never.
func TestWhoOwnsAMeetingAfterItsOwner(t *testing.T) {
	for name, c := range map[string]struct {
		organiser string
		furnish   func(r *room, a crm.Activity, dave crm.User)
		heir      string // empty: the owner stays
	}{
		"the first who joined": {"", func(r *room, a crm.Activity, dave crm.User) { r.join(a.ID, r.carol, dave) }, "carol"},
		"the organiser": {"dave@example.com", func(r *room, a crm.Activity, dave crm.User) {
			r.join(a.ID, r.carol, dave)
			r.link(r.connect(r.carol, nil), a.ID, false)
		}, "dave"},
		"the organiser who does not take part": {"dave@example.com", func(r *room, a crm.Activity, _ crm.User) { r.join(a.ID, r.carol) }, "carol"},
		"whose calendar carries it": {"", func(r *room, a crm.Activity, dave crm.User) {
			r.join(a.ID, r.carol, dave)
			r.link(r.connect(dave, nil), a.ID, false)
		}, "dave"},
		"whose calendar carried it": {"", func(r *room, a crm.Activity, dave crm.User) {
			r.join(a.ID, r.carol, dave)
			for _, state := range []store.LinkState{store.LinkDormant, store.LinkSevered} {
				id := r.link(r.connect(dave, nil), a.ID, false)
				r.do(func(tx *store.Tx) error {
					l, err := tx.Link(r.ctx, id)
					if err != nil {
						return err
					}
					l.State = state
					return tx.PutLink(r.ctx, &l)
				})
			}
		}, "carol"},
		"whose calendar was stopped": {"", func(r *room, a crm.Activity, dave crm.User) {
			r.join(a.ID, r.carol, dave)
			id := r.connect(dave, nil)
			r.link(id, a.ID, false)
			r.connection(id, func(c *store.Connection) { c.State = store.Stopped })
		}, "carol"},
		"who is not kept out": {"carol@example.com", func(r *room, a crm.Activity, dave crm.User) {
			r.join(a.ID, r.carol, dave)
			r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), r.carol.ID, false) })
		}, "dave"},
		"nobody who is let in": {"", func(r *room, a crm.Activity, _ crm.User) {
			r.join(a.ID, r.carol)
			r.do(func(tx *store.Tx) error { return r.hub.SetActive(r.ctx, tx, hub.By(r.alice), r.carol.ID, false) })
		}, ""},
		"nobody": {"", func(*room, crm.Activity, crm.User) {}, ""},
	} {
		r := newRoom(t)
		dave := r.dave()
		a := withOwner(meeting("Shared"), r.bob)
		a.Plan.Organizer.Email, a.Visibility = c.organiser, crm.Everyone
		a = r.create(hub.BySync(0, 0), a)
		c.furnish(r, a, dave)
		before := r.parts(a.ID)
		r.do(func(tx *store.Tx) error {
			got, err := r.hub.Leave(r.ctx, tx, hub.BySync(0, 0), a.ID, r.bob.ID)
			want := map[string]store.ID{"": r.bob.ID, "carol": r.carol.ID, "dave": dave.ID}[c.heir]
			if got.OwnerID != want {
				t.Errorf("%s: owned by %d, want %d", name, got.OwnerID, want)
			}
			if c.heir != "" && got.Plan.Answer != calendar.Accepted {
				t.Errorf("%s: the heir's answer is %q", name, got.Plan.Answer)
			}
			return err
		})
		left := slices.DeleteFunc(slices.Clone(before), func(id store.ID) bool {
			return c.heir != "" && id == r.activity(a.ID).OwnerID
		})
		if got := r.parts(a.ID); !slices.Equal(got, left) {
			t.Errorf("%s: %v take part, want %v", name, got, left)
		}
	}
}

func TestAMeetingGoesToItsOrganiserOnly(t *testing.T) {
	r := newRoom(t)
	a := shared(r) // bob's, which carol organises
	take := func(by hub.Actor, u crm.User) (a2 crm.Activity, err error) {
		err = r.try(func(tx *store.Tx) (err error) { a2, err = r.hub.TakeOver(r.ctx, tx, by, a.ID, u.ID); return err })
		return a2, err
	}
	for _, u := range []crm.User{r.carol, r.bob} { // she does not take part yet; he owns it already
		if got, err := take(hub.BySync(0, 0), u); err != nil || got.OwnerID != r.bob.ID || got.Revision != a.Revision {
			t.Errorf("%s takes over: %v, %+v", u.Name, err, got)
		}
	}
	r.join(a.ID, r.alice, r.carol)
	if _, err := take(hub.Actor{}, r.carol); codeOf(t, err) != hub.DeniedNobody {
		t.Errorf("nobody gives it away: %v", err)
	}
	if got, err := take(hub.BySync(0, 0), r.alice); err != nil || got.OwnerID != r.bob.ID {
		t.Errorf("somebody who does not organise it takes over: %v, %+v", err, got)
	}
	got, err := take(hub.BySync(0, 0), r.carol)
	if err != nil || got.OwnerID != r.carol.ID || got.Plan.Answer != calendar.Accepted || got.Visibility != a.Visibility {
		t.Errorf("carol takes over: %v, %+v", err, got)
	}
	if ids := r.parts(a.ID); !slices.Equal(ids, []store.ID{r.alice.ID, r.bob.ID}) {
		t.Errorf("who takes part: %v", ids)
	}
	r.do(func(tx *store.Tx) error {
		parts, err := tx.Participants(r.ctx, a.ID)
		for _, p := range parts {
			if p.UserID == r.bob.ID && (!p.Busy || p.Private || p.Answer != a.Plan.Answer) {
				t.Errorf("bob keeps %+v", p)
			}
		}
		return err
	})
}

func TestAnOwnerStepsBackForWhoeverCarriesOn(t *testing.T) {
	for name, c := range map[string]struct {
		others  []string // who take part
		carried []string // by whose calendars, the owner's acting one apart
		heir    string
	}{
		"for nobody":                        {nil, nil, "bob"},
		"for one whose calendar carries it": {[]string{"alice", "carol"}, []string{"carol"}, "carol"},
		"for none whose calendar does not":  {[]string{"alice", "carol"}, nil, "bob"},
		"not while another of theirs does":  {[]string{"carol"}, []string{"bob", "carol"}, "bob"},
		"for none who takes no part":        {[]string{"alice"}, []string{"carol"}, "bob"},
	} {
		r := newRoom(t)
		users := map[string]crm.User{"alice": r.alice, "bob": r.bob, "carol": r.carol}
		acting := r.connect(r.bob, nil)
		a := r.create(hub.BySync(acting, 0), withOwner(meeting("Shared"), r.bob))
		r.link(acting, a.ID, false)
		for _, u := range c.others {
			r.join(a.ID, users[u])
		}
		for _, u := range c.carried {
			r.link(r.connect(users[u], nil), a.ID, false)
		}
		step := func(by hub.Actor, u crm.User) error {
			return r.try(func(tx *store.Tx) error { return r.hub.StepBack(r.ctx, tx, by, a.ID, u.ID) })
		}
		if err := step(hub.Actor{}, r.bob); codeOf(t, err) != hub.DeniedNobody {
			t.Errorf("%s: nobody: %v", name, err)
		}
		if err := step(hub.BySync(acting, 0), r.carol); err != nil || r.activity(a.ID).OwnerID != r.bob.ID {
			t.Errorf("%s: somebody who does not own it: %v", name, err)
		}
		if err := step(hub.BySync(acting, 0), r.bob); err != nil || r.activity(a.ID).OwnerID != users[c.heir].ID {
			t.Errorf("%s: %v, owned by %d", name, err, r.activity(a.ID).OwnerID)
		}
		if stays := slices.Contains(r.parts(a.ID), r.bob.ID); stays != (c.heir != "bob") {
			t.Errorf("%s: bob takes part: %t", name, stays)
		}
	}
}

// What is handed on of a private meeting is what the heir's own calendar says of it; dates, pattern and words that are not
// private go along, and all that was taken out is kept for the former owner.
func TestWhatIsPrivateDoesNotPass(t *testing.T) {
	for name, whole := range map[string]bool{"all of it": true, "a date of it": false} {
		r := newRoom(t)
		bobs, alices := r.connect(r.bob, nil), r.connect(r.alice, nil)
		a := withOwner(weekly("Subject"), r.bob)
		a.Plan.Organizer.Email, a.Visibility, a.Plan.Private = r.alice.Email, crm.Everyone, whole
		a.Plan.Location, a.Note, a.Done = "Bob's room", "to myself", true
		a.Plan.Overrides = []calendar.Override{
			{Original: monday(1), Set: calendar.Fields(calendar.Subject, calendar.When, calendar.Busy), Values: calendar.Values{
				Subject: "Doctor", Start: at(2026, 3, 9, 12, 0), End: at(2026, 3, 9, 13, 0),
			}},
			{Original: monday(2), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Open"}},
		}
		if !whole {
			a.Plan.Overrides[0].Set |= calendar.Fields(calendar.Private)
			a.Plan.Overrides[0].Private = true
		}
		a.Occurrences = []crm.Occurrence{{Original: monday(1), Note: "of the doctor"}, {Original: monday(3), Note: "of the meeting"}}
		a = r.create(hub.BySync(bobs, 0), a)
		r.link(bobs, a.ID, false)
		r.join(a.ID, r.alice)
		r.linkWith(alices, a.ID, "CRM > Alice's", lens.Frame{Prefix: "CRM > "})
		r.do(func(tx *store.Tx) error {
			l, err := tx.LinkByActivity(r.ctx, alices, a.ID)
			if err != nil {
				return err
			}
			l.RemoteEvent.Rule, l.RemoteEvent.Start, l.RemoteEvent.End = a.Plan.Rule, a.Plan.Start, a.Plan.End
			l.RemoteEvent.Overrides = []calendar.Override{
				{Original: monday(1), Set: calendar.Fields(calendar.Location, calendar.Busy), Values: calendar.Values{Location: "Oulu", Busy: true}},
				{Original: monday(2), Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Espoo"}},
			}
			if err := tx.PutLink(r.ctx, &l); err != nil {
				return err
			}
			_, err = r.hub.TakeOver(r.ctx, tx, hub.BySync(alices, 0), a.ID, r.alice.ID)
			return err
		})
		got := r.activity(a.ID)
		p := got.Plan
		first, second := p.Override(monday(1)), p.Override(monday(2))
		if first == nil || first.Subject != "" || first.Location != "Oulu" || first.Start != at(2026, 3, 9, 12, 0) || first.Private {
			t.Errorf("%s: the private date became %+v", name, first)
		}
		notes := []crm.Occurrence{{Original: monday(3), Note: "of the meeting"}}
		subject, location, word, note := "Subject", "Bob's room", "Open", "to myself"
		if whole {
			subject, location, word, note, notes = "Alice's", "", "", "", nil
		}
		if p.Subject != subject || p.Location != location || got.Note != note || !got.Done || !slices.Equal(got.Occurrences, notes) || p.Private ||
			p.Rule != a.Plan.Rule {
			t.Errorf("%s: alice owns %+v", name, got)
		}
		switch {
		case !whole && (second == nil || second.Subject != word || second.Set.Has(calendar.Location)),
			whole && (second == nil || second.Set.Has(calendar.Subject) || second.Location != "Espoo"):
			t.Errorf("%s: the other date became %+v", name, second)
		}
		var lost []string
		r.do(func(tx *store.Tx) error {
			kept, err := tx.Conflicts(r.ctx, r.bob.ID, 0, 100)
			for _, c := range kept {
				if c.Connection != bobs || c.Winner != "crm" || c.Activity != a.ID {
					t.Errorf("%s: kept as %+v", name, c)
				}
				lost = append(lost, strings.TrimSuffix(c.Field+"@"+c.Original, "@")+"="+string(c.Lost))
			}
			return err
		})
		slices.Sort(lost)
		want := []string{`location@20260309T100000=`, `note@20260309T100000="of the doctor"`, `subject@20260309T100000="Doctor"`}
		if whole {
			want = append(want, `location="Bob's room"`, `note="to myself"`, `subject="Subject"`, `note@20260323T100000="of the meeting"`,
				`location@20260316T100000=`, `subject@20260316T100000="Open"`, `organizer={"email":"alice@example.com"}`)
		}
		slices.Sort(want)
		if !slices.Equal(lost, want) {
			t.Errorf("%s: kept for bob: %q, want %q", name, lost, want)
		}
	}
}

// The copy of who owns a meeting now counts from now on: it is read again, unless it was written here, is gone, or has just come in.
func TestTheNewOwnersCopyIsReadAgain(t *testing.T) {
	r := newRoom(t)
	a := shared(r) // bob's, which carol organises
	r.join(a.ID, r.alice, r.carol)
	tie := func(u crm.User, change func(*store.Connection, *store.Link)) store.ID {
		id := r.connect(u, nil)
		link := r.link(id, a.ID, false)
		r.do(func(tx *store.Tx) error {
			c, err := tx.Connection(r.ctx, id)
			if err != nil {
				return err
			}
			l, err := tx.Link(r.ctx, link)
			if err != nil {
				return err
			}
			change(&c, &l)
			if err := tx.PutLink(r.ctx, &l); err != nil {
				return err
			}
			return tx.PutConnection(r.ctx, &c)
		})
		return id
	}
	as := func(*store.Connection, *store.Link) {}
	acting, hers := tie(r.carol, as), tie(r.carol, as)
	others := map[string]store.ID{
		"the acting one":            acting,
		"bob's":                     tie(r.bob, as),
		"alice's":                   tie(r.alice, as),
		"one that was stopped":      tie(r.carol, func(c *store.Connection, _ *store.Link) { c.State = store.Stopped }),
		"one that was cut":          tie(r.carol, func(_ *store.Connection, l *store.Link) { l.State = store.LinkSevered }),
		"one that sleeps":           tie(r.carol, func(_ *store.Connection, l *store.Link) { l.State = store.LinkDormant }),
		"one that we made":          tie(r.carol, func(_ *store.Connection, l *store.Link) { l.Ours = true }),
		"one that is not there yet": tie(r.carol, func(_ *store.Connection, l *store.Link) { l.Remote, l.State = "", store.LinkCreating }),
	}
	r.do(func(tx *store.Tx) error {
		_, err := r.hub.TakeOver(r.ctx, tx, hub.BySync(acting, 0), a.ID, r.carol.ID)
		return err
	})
	read := func(c store.ID) bool {
		return slices.ContainsFunc(r.work(c), func(w store.Work) bool { return strings.HasPrefix(w.Subject, "r:") })
	}
	if !read(hers) {
		t.Errorf("her own copy is not read: %+v", r.work(hers))
	}
	for name, c := range others {
		if read(c) {
			t.Errorf("%s is read again", name)
		}
	}
}

// A frame that cannot be read is an error: without it, what we put around a title would become the title.
func TestAFrameThatCannotBeReadEndsThePassing(t *testing.T) {
	r := newRoom(t)
	a := shared(r)
	r.connect(r.bob, nil)
	r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"private"}, To: values(calendar.Values{Private: true})})
	r.join(a.ID, r.carol)
	carols := r.connect(r.carol, nil)
	r.linkWith(carols, a.ID, "CRM > x", lens.Frame{})
	r.do(func(tx *store.Tx) error {
		l, err := tx.LinkByActivity(r.ctx, carols, a.ID)
		if err != nil {
			return err
		}
		l.Frame = []byte(`[]`)
		return tx.PutLink(r.ctx, &l)
	})
	err := r.try(func(tx *store.Tx) error {
		_, err := r.hub.TakeOver(r.ctx, tx, hub.BySync(carols, 0), a.ID, r.carol.ID)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "read frame of link") {
		t.Errorf("%v", err)
	}
}
