package storetest

import (
	"errors"
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// inhabited is a company with a row of every kind. Its ids are beyond those of a company that was just made.
type inhabited struct {
	fixture
	ids map[string]store.ID
}

func inhabit(t *testing.T, db *store.DB) inhabited {
	f := newCompany(t, db)
	h := inhabited{fixture: f, ids: map[string]store.ID{"user": f.user, "account": f.account, "connection": f.connection}}
	f.tx(t, db, func(tx *store.Tx) error {
		for range 20 {
			ok(t, tx.AddAudit(ctx, store.Audit{At: start}))
		}
		u := crm.User{Name: "Bob", Created: start}
		p := crm.Person{Name: "P", Emails: []string{"p@example.com"}}
		o, d, a := crm.Organization{Name: "O"}, crm.Deal{Title: "D"}, activity(f)
		a.DeletedAt = time.Time{}
		k := store.APIToken{Member: f.user, Hash: []byte("h")}
		ok(t, errors.Join(tx.PutUser(ctx, &u), tx.PutPerson(ctx, &p), tx.PutOrganization(ctx, &o), tx.PutDeal(ctx, &d), tx.PutActivity(ctx, &a), tx.PutToken(ctx, &k)))
		l, r := link(f, a.ID, "r1"), store.Run{Connection: f.connection, Started: start}
		hi, x := store.History{Connection: f.connection, Activity: a.ID, At: start}, store.Conflict{Activity: a.ID, At: start}
		b, v := store.Hold{Connection: f.connection, Direction: "in", Kind: "delete", State: "open"}, store.Preview{Connection: f.connection}
		ok(t, errors.Join(tx.PutLink(ctx, &l), tx.PutRun(ctx, &r), tx.AddHistory(ctx, &hi), tx.PutConflict(ctx, &x), tx.PutHold(ctx, &b), tx.PutPreview(ctx, &v)))
		ok(t, tx.PutWork(ctx, f.connection, "r:r1", []byte("x"), start, false))
		ok(t, tx.PutBaseline(ctx, []store.Baseline{{Connection: f.connection, Remote: "r1", Version: "1"}}))
		ok(t, tx.Tally(ctx, f.connection, "in", "delete", start, 3))
		ok(t, tx.PutParticipant(ctx, a.ID, crm.Participant{UserID: f.user}))
		w := must[store.Work](t)(tx.WorkBySubject(ctx, f.connection, "r:r1"))
		for name, id := range map[string]store.ID{
			"member": u.ID, "person": p.ID, "org": o.ID, "deal": d.ID, "activity": a.ID, "token": k.ID, "link": l.ID, "run": r.ID,
			"history": hi.ID, "conflict": x.ID, "hold": b.ID, "preview": v.ID, "work": w.ID,
		} {
			h.ids[name] = id
		}
		return nil
	})
	return h
}

// isolation looks from one company for the rows of another, whose ids the first does not have.
func isolation(t *testing.T, db *store.DB) {
	other := inhabit(t, db)
	f := newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		for name, id := range other.ids {
			if id <= 20 {
				continue // this company may have a row with that id
			}
			for what, err := range asked(tx, id, f.connection) {
				if !errors.Is(err, store.ErrNotFound) {
					t.Errorf("id of other's %s: %s: %v, want not found", name, what, err)
				}
			}
		}
		lists(t, tx, f, other)
		// What is addressed by another's id in a statement that need not find anything leaves the other's row alone.
		ok(t, tx.DeleteWork(ctx, store.Work{ID: other.ids["work"], Revision: 1}))
		ok(t, tx.UpdateWork(ctx, store.Work{ID: other.ids["work"], Revision: 1, HeldBy: store.HeldByParked}))
		ok(t, tx.DeleteParticipant(ctx, other.ids["activity"], other.user))
		err := tx.PutCompany(ctx, store.Company{ID: other.company, Name: "taken"})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("saving another company: %v, want not found", err)
		}
		claim := store.Claim{Company: other.company, Connection: other.connection}
		if err := tx.Fenced(ctx, claim, start); !errors.Is(err, store.ErrFenced) {
			t.Errorf("claim of another company: %v, want fenced", err)
		}
		return nil
	})
	other.view(t, db, func(tx *store.Tx) error {
		w := must[store.Work](t)(tx.Work(ctx, other.ids["work"]))
		same(t, "other's work", w.HeldBy, "")
		same(t, "other's participants", len(must[[]crm.Participant](t)(tx.Participants(ctx, other.ids["activity"]))), 1)
		same(t, "other's name", must[store.Company](t)(tx.GetCompany(ctx)).Name, "Example")
		return nil
	})
}

func lists(t *testing.T, tx *store.Tx, f fixture, other inhabited) {
	found := map[string]int{}
	activities, _, err := tx.Activities(ctx, store.ActivityFilter{Deleted: true})
	ok(t, err)
	found["activities"] = len(activities) + must[int](t)(tx.CountActivities(ctx, store.ActivityFilter{Deleted: true}))
	found["activities by UID"] = len(must[[]crm.Activity](t)(tx.ActivitiesByUID(ctx, meeting().UID)))
	found["activities by birth"] = len(must[[]crm.Activity](t)(tx.ActivitiesByBirth(ctx, f.user, []string{"an item there"})))
	found["activities made here"] = len(must[[]store.ID](t)(tx.BornHere(ctx, other.user)))
	found["participants"] = len(must[[]crm.Participant](t)(tx.Participants(ctx, other.ids["activity"])))
	found["persons"] = len(must[[]crm.Person](t)(tx.Persons(ctx, 0, 0)))
	found["organisations"] = len(must[[]crm.Organization](t)(tx.Organizations(ctx, 0, 0)))
	found["deals"] = len(must[[]crm.Deal](t)(tx.Deals(ctx, 0, 0)))
	found["users"] = len(must[[]crm.User](t)(tx.Users(ctx))) - 1
	found["accounts"] = len(must[[]store.Account](t)(tx.Accounts(ctx, 0))) - 1
	found["connections"] = len(must[[]store.Connection](t)(tx.Connections(ctx, 0))) - 1
	found["tokens"] = len(must[[]store.APIToken](t)(tx.Tokens(ctx, other.user)))
	found["audit"] = len(must[[]store.Audit](t)(tx.Audits(ctx, 0, 0)))
	found["holds"] = len(must[[]store.Hold](t)(tx.Holds(ctx, 0)))
	found["history"] = len(must[[]store.History](t)(tx.ListHistory(ctx, 0, 0, 0, 0)))
	found["conflicts"] = len(must[[]store.Conflict](t)(tx.Conflicts(ctx, 0, 0, 0)))
	// Both companies' connections can have one id; these lists are by connection.
	c := f.connection
	found["links"] = len(must[[]store.Link](t)(tx.Links(ctx, c, 0, 0))) + len(must[map[string]string](t)(tx.LinkVersions(ctx, c))) +
		len(must[map[store.LinkState]int](t)(tx.CountLinks(ctx, c))) + len(must[[]store.Link](t)(tx.LinksOfActivity(ctx, other.ids["activity"])))
	found["incarnation"] = must[int](t)(tx.LastIncarnation(ctx, c, other.ids["activity"]))
	found["baseline"] = len(must[map[string]string](t)(tx.BaselineVersions(ctx, c)))
	found["work"] = len(must[[]store.Work](t)(tx.DueWork(ctx, c, start, 0))) + len(must[[]store.Work](t)(tx.ListWork(ctx, c, 0, 0))) +
		len(must[[]store.Work](t)(tx.DueArrivals(ctx, c, start, 0))) + len(must[map[string]int](t)(tx.CountWork(ctx, c))) + must[int](t)(tx.CountArrivals(ctx, c)) + must[int](t)(tx.ReleaseWork(ctx, c, ""))
	found["runs"] = len(must[[]store.Run](t)(tx.Runs(ctx, c, 0)))
	found["tally"] = must[int](t)(tx.TallySince(ctx, c, "in", "delete", start))
	for what, n := range found {
		if n != 0 {
			t.Errorf("%d %s of another company are listed", n, what)
		}
	}
}

// references saves rows that refer to rows of another company.
func references(t *testing.T, db *store.DB) {
	other := inhabit(t, db)
	f := newCompany(t, db)
	o := other.ids
	for what, save := range map[string]func(tx *store.Tx) error{
		"owner":        func(tx *store.Tx) error { return tx.PutActivity(ctx, &crm.Activity{OwnerID: o["member"]}) },
		"creator":      func(tx *store.Tx) error { return tx.PutActivity(ctx, &crm.Activity{CreatorID: o["member"]}) },
		"deal":         func(tx *store.Tx) error { return tx.PutActivity(ctx, &crm.Activity{DealID: o["deal"]}) },
		"person":       func(tx *store.Tx) error { return tx.PutActivity(ctx, &crm.Activity{PersonID: o["person"]}) },
		"organisation": func(tx *store.Tx) error { return tx.PutActivity(ctx, &crm.Activity{OrgID: o["org"]}) },
		"participant": func(tx *store.Tx) error {
			return tx.PutParticipant(ctx, o["activity"], crm.Participant{UserID: f.user})
		},
		"organisation of":      func(tx *store.Tx) error { return tx.PutPerson(ctx, &crm.Person{OrgID: o["org"]}) },
		"person of a deal":     func(tx *store.Tx) error { return tx.PutDeal(ctx, &crm.Deal{PersonID: o["person"]}) },
		"member of an account": func(tx *store.Tx) error { return tx.PutAccount(ctx, &store.Account{Member: o["member"]}) },
		"member of a token":    func(tx *store.Tx) error { return tx.PutToken(ctx, &store.APIToken{Member: o["member"]}) },
		"activity of a link": func(tx *store.Tx) error {
			return tx.PutLink(ctx, &store.Link{Connection: f.connection, Activity: o["activity"]})
		},
		"activity of a change": func(tx *store.Tx) error { return tx.AddHistory(ctx, &store.History{Activity: o["activity"]}) },
		"activity of conflict": func(tx *store.Tx) error { return tx.PutConflict(ctx, &store.Conflict{Activity: o["activity"]}) },
		"member of a hold": func(tx *store.Tx) error {
			return tx.PutHold(ctx, &store.Hold{Connection: f.connection, Member: o["member"]})
		},
		"sign-in of a user": func(tx *store.Tx) error { return tx.PutUser(ctx, &crm.User{Login: 4711}) },
		"account of connection": func(tx *store.Tx) error {
			return tx.PutConnection(ctx, &store.Connection{Account: 4711, Member: f.user})
		},
		"connection of work":  func(tx *store.Tx) error { return tx.PutWork(ctx, 4711, "r:x", nil, start, false) },
		"connection of a run": func(tx *store.Tx) error { return tx.PutRun(ctx, &store.Run{Connection: 4711}) },
		"connection of tally": func(tx *store.Tx) error { return tx.Tally(ctx, 4711, "in", "delete", start, 1) },
		"connection of baseline": func(tx *store.Tx) error {
			return tx.PutBaseline(ctx, []store.Baseline{{Connection: 4711, Remote: "r"}})
		},
	} {
		if err := db.Tx(ctx, f.company, save); !errors.Is(err, store.ErrReference) {
			t.Errorf("%s: %v, want a refused reference", what, err)
		}
	}
}
