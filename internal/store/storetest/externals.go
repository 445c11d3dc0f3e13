package storetest

import (
	"testing"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

func externals(t *testing.T, db *store.DB) {
	f, other := newCompany(t, db), newCompany(t, db)
	tie := store.External{Server: "https://a.example.com", Kind: "person", Remote: "7", Ours: 11}
	f.tx(t, db, func(tx *store.Tx) error {
		ok(t, tx.PutExternal(ctx, tie))
		for _, taken := range []store.External{
			{Server: tie.Server, Kind: tie.Kind, Remote: tie.Remote, Ours: 12},
			{Server: tie.Server, Kind: tie.Kind, Remote: "8", Ours: tie.Ours},
		} {
			refusedAs(t, "either is tied", tx.Savepoint(ctx, func() error { return tx.PutExternal(ctx, taken) }), store.ErrExists)
		}
		ok(t, tx.PutExternal(ctx, store.External{Server: tie.Server, Kind: "deal", Remote: tie.Remote, Ours: tie.Ours}))
		ok(t, tx.PutExternal(ctx, store.External{Server: "https://b.example.com", Kind: tie.Kind, Remote: "9", Ours: tie.Ours}))
		same(t, "ours", must[store.ID](t)(tx.ExternalRow(ctx, tie.Server, tie.Kind, tie.Remote)), tie.Ours)
		same(t, "there", must[string](t)(tx.ExternalID(ctx, tie.Server, tie.Kind, tie.Ours)), tie.Remote)
		same(t, "at the other server", must[string](t)(tx.ExternalID(ctx, "https://b.example.com", tie.Kind, tie.Ours)), "9")
		_, err := tx.ExternalRow(ctx, tie.Server, "org", tie.Remote)
		refusedAs(t, "another kind", err, store.ErrNotFound)
		return nil
	})
	other.tx(t, db, func(tx *store.Tx) error {
		_, err := tx.ExternalRow(ctx, tie.Server, tie.Kind, tie.Remote)
		refusedAs(t, "another company's", err, store.ErrNotFound)
		_, err = tx.ExternalID(ctx, tie.Server, tie.Kind, tie.Ours)
		refusedAs(t, "another company's row", err, store.ErrNotFound)
		ok(t, tx.PutExternal(ctx, tie)) // the same ids mean others there
		return nil
	})
}

func names(t *testing.T, db *store.DB) {
	f, other := newCompany(t, db), newCompany(t, db)
	f.tx(t, db, func(tx *store.Tx) error {
		first, second, gone := crm.Person{Name: "Named"}, crm.Person{Name: "Named"}, crm.Person{Name: "Named", DeletedAt: start}
		for _, p := range []*crm.Person{&first, &second, &gone, {Name: "named"}} {
			p.CreatedAt, p.UpdatedAt = start, start.Add(time.Second)
			ok(t, tx.PutPerson(ctx, p))
		}
		org, deal := crm.Organization{Name: "Named"}, crm.Deal{Title: "Named", Status: "open"}
		ok(t, tx.PutOrganization(ctx, &org))
		ok(t, tx.PutDeal(ctx, &deal))
		same(t, "persons", must[[]store.ID](t)(tx.Named(ctx, "person", "Named", 5)), []store.ID{first.ID, second.ID})
		same(t, "at most one", must[[]store.ID](t)(tx.Named(ctx, "person", "Named", 1)), []store.ID{first.ID})
		same(t, "organisations", must[[]store.ID](t)(tx.Named(ctx, "org", "Named", 5)), []store.ID{org.ID})
		same(t, "deals", must[[]store.ID](t)(tx.Named(ctx, "deal", "Named", 5)), []store.ID{deal.ID})
		_, err := tx.Named(ctx, "activity", "Named", 5)
		if err == nil {
			t.Error("a kind that there is not was looked for")
		}
		return nil
	})
	other.tx(t, db, func(tx *store.Tx) error {
		same(t, "another company's", must[[]store.ID](t)(tx.Named(ctx, "person", "Named", 5)), nil)
		return nil
	})
}
