package hub_test

import (
	"context"
	"errors"
	"time"

	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// errStore is the failure of a store that fails.
var errStore = errors.New("disk full")

// failing is a transaction of which one call fails, counted from 1; 0 for none.
type failing struct {
	hub.Tx
	calls *int
	fails int
}

func (f failing) step() error {
	*f.calls++
	if *f.calls == f.fails {
		return errStore
	}
	return nil
}

func answer[T any](f failing, get func() (T, error)) (T, error) {
	if err := f.step(); err != nil {
		var none T
		return none, err
	}
	return get()
}

func (f failing) User(ctx context.Context, id store.ID) (crm.User, error) {
	return answer(f, func() (crm.User, error) { return f.Tx.User(ctx, id) })
}

func (f failing) Users(ctx context.Context) ([]crm.User, error) {
	return answer(f, func() ([]crm.User, error) { return f.Tx.Users(ctx) })
}

func (f failing) PutUser(ctx context.Context, u *crm.User) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutUser(ctx, u)
}

func (f failing) AddAudit(ctx context.Context, a store.Audit) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.AddAudit(ctx, a)
}

func (f failing) Activity(ctx context.Context, id store.ID) (crm.Activity, error) {
	return answer(f, func() (crm.Activity, error) { return f.Tx.Activity(ctx, id) })
}

func (f failing) Activities(ctx context.Context, q store.ActivityFilter) (list []crm.Activity, next string, err error) {
	if err := f.step(); err != nil {
		return nil, "", err
	}
	return f.Tx.Activities(ctx, q)
}

func (f failing) CountActivities(ctx context.Context, q store.ActivityFilter) (int, error) {
	return answer(f, func() (int, error) { return f.Tx.CountActivities(ctx, q) })
}

func (f failing) PutActivity(ctx context.Context, a *crm.Activity) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutActivity(ctx, a)
}

func (f failing) ActivitiesByUID(ctx context.Context, uid string) ([]crm.Activity, error) {
	return answer(f, func() ([]crm.Activity, error) { return f.Tx.ActivitiesByUID(ctx, uid) })
}

func (f failing) Participants(ctx context.Context, activity store.ID) ([]crm.Participant, error) {
	return answer(f, func() ([]crm.Participant, error) { return f.Tx.Participants(ctx, activity) })
}

func (f failing) PutParticipant(ctx context.Context, activity store.ID, p crm.Participant) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutParticipant(ctx, activity, p)
}

func (f failing) DeleteParticipant(ctx context.Context, activity, member store.ID) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.DeleteParticipant(ctx, activity, member)
}

func (f failing) Types(ctx context.Context) ([]crm.ActivityType, error) {
	return answer(f, func() ([]crm.ActivityType, error) { return f.Tx.Types(ctx) })
}

func (f failing) PutType(ctx context.Context, t *crm.ActivityType) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutType(ctx, t)
}

func (f failing) Person(ctx context.Context, id store.ID) (crm.Person, error) {
	return answer(f, func() (crm.Person, error) { return f.Tx.Person(ctx, id) })
}

func (f failing) PersonByEmail(ctx context.Context, email string) (crm.Person, error) {
	return answer(f, func() (crm.Person, error) { return f.Tx.PersonByEmail(ctx, email) })
}

func (f failing) PutPerson(ctx context.Context, p *crm.Person) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutPerson(ctx, p)
}

func (f failing) Organization(ctx context.Context, id store.ID) (crm.Organization, error) {
	return answer(f, func() (crm.Organization, error) { return f.Tx.Organization(ctx, id) })
}

func (f failing) PutOrganization(ctx context.Context, o *crm.Organization) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutOrganization(ctx, o)
}

func (f failing) Deal(ctx context.Context, id store.ID) (crm.Deal, error) {
	return answer(f, func() (crm.Deal, error) { return f.Tx.Deal(ctx, id) })
}

func (f failing) PutDeal(ctx context.Context, d *crm.Deal) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutDeal(ctx, d)
}

func (f failing) Accounts(ctx context.Context, member store.ID) ([]store.Account, error) {
	return answer(f, func() ([]store.Account, error) { return f.Tx.Accounts(ctx, member) })
}

func (f failing) Connection(ctx context.Context, id store.ID) (store.Connection, error) {
	return answer(f, func() (store.Connection, error) { return f.Tx.Connection(ctx, id) })
}

func (f failing) Connections(ctx context.Context, member store.ID) ([]store.Connection, error) {
	return answer(f, func() ([]store.Connection, error) { return f.Tx.Connections(ctx, member) })
}

func (f failing) LinkByActivity(ctx context.Context, connection, activity store.ID) (store.Link, error) {
	return answer(f, func() (store.Link, error) { return f.Tx.LinkByActivity(ctx, connection, activity) })
}

func (f failing) LinksOfActivity(ctx context.Context, activity store.ID) ([]store.Link, error) {
	return answer(f, func() ([]store.Link, error) { return f.Tx.LinksOfActivity(ctx, activity) })
}

func (f failing) PutLink(ctx context.Context, l *store.Link) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutLink(ctx, l)
}

func (f failing) PutWork(
	ctx context.Context, connection store.ID, subject string, payload []byte, due time.Time, release bool,
) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutWork(ctx, connection, subject, payload, due, release)
}

func (f failing) Wake(ctx context.Context, connection store.ID, at time.Time, lane int) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.Wake(ctx, connection, at, lane)
}

func (f failing) AddHistory(ctx context.Context, h *store.History) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.AddHistory(ctx, h)
}

func (f failing) History(ctx context.Context, id store.ID) (store.History, error) {
	return answer(f, func() (store.History, error) { return f.Tx.History(ctx, id) })
}

func (f failing) ListHistory(
	ctx context.Context, connection, activity, before store.ID, limit int,
) ([]store.History, error) {
	return answer(f, func() ([]store.History, error) { return f.Tx.ListHistory(ctx, connection, activity, before, limit) })
}

func (f failing) MarkUndone(ctx context.Context, id store.ID, at time.Time) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.MarkUndone(ctx, id, at)
}

func (f failing) PutConflict(ctx context.Context, c *store.Conflict) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Tx.PutConflict(ctx, c)
}

func (f failing) Conflict(ctx context.Context, id store.ID) (store.Conflict, error) {
	return answer(f, func() (store.Conflict, error) { return f.Tx.Conflict(ctx, id) })
}

func (f failing) Conflicts(ctx context.Context, member store.ID, before store.ID, limit int) ([]store.Conflict, error) {
	return answer(f, func() ([]store.Conflict, error) { return f.Tx.Conflicts(ctx, member, before, limit) })
}
