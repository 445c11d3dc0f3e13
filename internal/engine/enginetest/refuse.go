package enginetest

import (
	"context"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// asking asks before each call of the store whether it is to fail.
type asking struct {
	engine.Tx
	refuse func(saved *store.Work) error
}

func (t asking) ask(call func() error) error {
	if err := t.refuse(nil); err != nil {
		return err
	}
	return call()
}

func answer[T any](t asking, call func() (T, error)) (T, error) {
	if err := t.refuse(nil); err != nil {
		var none T
		return none, err
	}
	return call()
}

func (t asking) ReadAhead(ctx context.Context, w store.Ahead) error {
	return t.ask(func() error { return t.Tx.ReadAhead(ctx, w) })
}

func (t asking) Restored(ctx context.Context) (time.Time, error) {
	return answer(t, func() (time.Time, error) { return t.Tx.Restored(ctx) })
}

func (t asking) GetCompany(ctx context.Context) (store.Company, error) {
	return answer(t, func() (store.Company, error) { return t.Tx.GetCompany(ctx) })
}

func (t asking) User(ctx context.Context, id store.ID) (crm.User, error) {
	return answer(t, func() (crm.User, error) { return t.Tx.User(ctx, id) })
}

func (t asking) Activity(ctx context.Context, id store.ID) (crm.Activity, error) {
	return answer(t, func() (crm.Activity, error) { return t.Tx.Activity(ctx, id) })
}

func (t asking) ActivitiesAt(ctx context.Context, owner store.ID, at time.Time) ([]crm.Activity, error) {
	return answer(t, func() ([]crm.Activity, error) { return t.Tx.ActivitiesAt(ctx, owner, at) })
}

func (t asking) Activities(ctx context.Context, f store.ActivityFilter) (list []crm.Activity, next string, err error) {
	err = t.ask(func() (err error) { list, next, err = t.Tx.Activities(ctx, f); return err })
	return list, next, err
}

func (t asking) PutActivity(ctx context.Context, a *crm.Activity) error {
	return t.ask(func() error { return t.Tx.PutActivity(ctx, a) })
}

func (t asking) ActivitiesByUID(ctx context.Context, uid string) ([]crm.Activity, error) {
	return answer(t, func() ([]crm.Activity, error) { return t.Tx.ActivitiesByUID(ctx, uid) })
}

func (t asking) ActivitiesByBirth(ctx context.Context, owner store.ID, births []string) ([]crm.Activity, error) {
	return answer(t, func() ([]crm.Activity, error) { return t.Tx.ActivitiesByBirth(ctx, owner, births) })
}

func (t asking) BornHere(ctx context.Context, owner store.ID) ([]store.ID, error) {
	return answer(t, func() ([]store.ID, error) { return t.Tx.BornHere(ctx, owner) })
}

func (t asking) Participants(ctx context.Context, activity store.ID) ([]crm.Participant, error) {
	return answer(t, func() ([]crm.Participant, error) { return t.Tx.Participants(ctx, activity) })
}

func (t asking) PutParticipant(ctx context.Context, activity store.ID, p crm.Participant) error {
	return t.ask(func() error { return t.Tx.PutParticipant(ctx, activity, p) })
}

func (t asking) DeleteParticipant(ctx context.Context, activity, member store.ID) error {
	return t.ask(func() error { return t.Tx.DeleteParticipant(ctx, activity, member) })
}

func (t asking) Types(ctx context.Context) ([]crm.ActivityType, error) {
	return answer(t, func() ([]crm.ActivityType, error) { return t.Tx.Types(ctx) })
}

func (t asking) Person(ctx context.Context, id store.ID) (crm.Person, error) {
	return answer(t, func() (crm.Person, error) { return t.Tx.Person(ctx, id) })
}

func (t asking) Organization(ctx context.Context, id store.ID) (crm.Organization, error) {
	return answer(t, func() (crm.Organization, error) { return t.Tx.Organization(ctx, id) })
}

func (t asking) Deal(ctx context.Context, id store.ID) (crm.Deal, error) {
	return answer(t, func() (crm.Deal, error) { return t.Tx.Deal(ctx, id) })
}

func (t asking) Account(ctx context.Context, id store.ID) (store.Account, error) {
	return answer(t, func() (store.Account, error) { return t.Tx.Account(ctx, id) })
}

func (t asking) Accounts(ctx context.Context, member store.ID) ([]store.Account, error) {
	return answer(t, func() ([]store.Account, error) { return t.Tx.Accounts(ctx, member) })
}

func (t asking) PutAccount(ctx context.Context, a *store.Account) error {
	return t.ask(func() error { return t.Tx.PutAccount(ctx, a) })
}

func (t asking) Connection(ctx context.Context, id store.ID) (store.Connection, error) {
	return answer(t, func() (store.Connection, error) { return t.Tx.Connection(ctx, id) })
}

func (t asking) Connections(ctx context.Context, member store.ID) ([]store.Connection, error) {
	return answer(t, func() ([]store.Connection, error) { return t.Tx.Connections(ctx, member) })
}

func (t asking) PutConnection(ctx context.Context, c *store.Connection) error {
	return t.ask(func() error { return t.Tx.PutConnection(ctx, c) })
}

func (t asking) SaveCursor(ctx context.Context, connection store.ID, cursor string) error {
	return t.ask(func() error { return t.Tx.SaveCursor(ctx, connection, cursor) })
}

func (t asking) SaveHealth(ctx context.Context, connection store.ID, state, reason string, h store.Health) error {
	return t.ask(func() error { return t.Tx.SaveHealth(ctx, connection, state, reason, h) })
}

func (t asking) Link(ctx context.Context, id store.ID) (store.Link, error) {
	return answer(t, func() (store.Link, error) { return t.Tx.Link(ctx, id) })
}

func (t asking) LinkByRemote(ctx context.Context, connection store.ID, remote string) (store.Link, error) {
	return answer(t, func() (store.Link, error) { return t.Tx.LinkByRemote(ctx, connection, remote) })
}

func (t asking) LinkByActivity(ctx context.Context, connection, activity store.ID) (store.Link, error) {
	return answer(t, func() (store.Link, error) { return t.Tx.LinkByActivity(ctx, connection, activity) })
}

func (t asking) LinksOfActivity(ctx context.Context, activity store.ID) ([]store.Link, error) {
	return answer(t, func() ([]store.Link, error) { return t.Tx.LinksOfActivity(ctx, activity) })
}

func (t asking) Links(ctx context.Context, connection store.ID, after store.ID, limit int) ([]store.Link, error) {
	return answer(t, func() ([]store.Link, error) { return t.Tx.Links(ctx, connection, after, limit) })
}

func (t asking) CountLinks(ctx context.Context, connection store.ID) (map[store.LinkState]int, error) {
	return answer(t, func() (map[store.LinkState]int, error) { return t.Tx.CountLinks(ctx, connection) })
}

func (t asking) LinkVersions(ctx context.Context, connection store.ID) (map[string]string, error) {
	return answer(t, func() (map[string]string, error) { return t.Tx.LinkVersions(ctx, connection) })
}

func (t asking) EndedLinks(ctx context.Context, connection store.ID, since time.Time) ([]string, error) {
	return answer(t, func() ([]string, error) { return t.Tx.EndedLinks(ctx, connection, since) })
}

func (t asking) PutLink(ctx context.Context, l *store.Link) error {
	return t.ask(func() error { return t.Tx.PutLink(ctx, l) })
}

func (t asking) LastIncarnation(ctx context.Context, connection, activity store.ID) (int, error) {
	return answer(t, func() (int, error) { return t.Tx.LastIncarnation(ctx, connection, activity) })
}

func (t asking) PendingLinks(ctx context.Context, connection store.ID, limit int) ([]store.Link, error) {
	return answer(t, func() ([]store.Link, error) { return t.Tx.PendingLinks(ctx, connection, limit) })
}

func (t asking) UnfoundLinks(ctx context.Context, connection, activity store.ID) ([]store.Link, error) {
	return answer(t, func() ([]store.Link, error) { return t.Tx.UnfoundLinks(ctx, connection, activity) })
}

func (t asking) Baseline(ctx context.Context, connection store.ID, remote string) (store.Baseline, error) {
	return answer(t, func() (store.Baseline, error) { return t.Tx.Baseline(ctx, connection, remote) })
}

func (t asking) BaselineByUID(ctx context.Context, connection store.ID, uid string) ([]store.Baseline, error) {
	return answer(t, func() ([]store.Baseline, error) { return t.Tx.BaselineByUID(ctx, connection, uid) })
}

func (t asking) PutBaseline(ctx context.Context, b []store.Baseline) error {
	return t.ask(func() error { return t.Tx.PutBaseline(ctx, b) })
}

func (t asking) ForgetVersions(ctx context.Context, connection store.ID) error {
	return t.ask(func() error { return t.Tx.ForgetVersions(ctx, connection) })
}

func (t asking) DeleteBaseline(ctx context.Context, connection store.ID) error {
	return t.ask(func() error { return t.Tx.DeleteBaseline(ctx, connection) })
}

func (t asking) PutTwin(ctx context.Context, w store.Twin) error {
	return t.ask(func() error { return t.Tx.PutTwin(ctx, w) })
}

func (t asking) TwinsOf(ctx context.Context, connection store.ID, remote string, activity store.ID) ([]store.Twin, error) {
	return answer(t, func() ([]store.Twin, error) { return t.Tx.TwinsOf(ctx, connection, remote, activity) })
}

func (t asking) CountTwins(ctx context.Context, connection store.ID) (int, error) {
	return answer(t, func() (int, error) { return t.Tx.CountTwins(ctx, connection) })
}

func (t asking) DeleteTwins(ctx context.Context, connection store.ID, remote string) error {
	return t.ask(func() error { return t.Tx.DeleteTwins(ctx, connection, remote) })
}

func (t asking) PutWork(ctx context.Context, connection store.ID, subject string, payload []byte, due time.Time, release bool) error {
	return t.ask(func() error { return t.Tx.PutWork(ctx, connection, subject, payload, due, release) })
}

func (t asking) DueArrivals(ctx context.Context, connection store.ID, now time.Time, limit int) ([]store.Work, error) {
	return answer(t, func() ([]store.Work, error) { return t.Tx.DueArrivals(ctx, connection, now, limit) })
}

func (t asking) DueWork(ctx context.Context, connection store.ID, now time.Time, limit int) ([]store.Work, error) {
	return answer(t, func() ([]store.Work, error) { return t.Tx.DueWork(ctx, connection, now, limit) })
}

func (t asking) WorkBySubject(ctx context.Context, connection store.ID, subject string) (store.Work, error) {
	return answer(t, func() (store.Work, error) { return t.Tx.WorkBySubject(ctx, connection, subject) })
}

func (t asking) ListWork(ctx context.Context, connection store.ID, after store.ID, limit int) ([]store.Work, error) {
	return answer(t, func() ([]store.Work, error) { return t.Tx.ListWork(ctx, connection, after, limit) })
}

func (t asking) CountArrivals(ctx context.Context, connection store.ID) (int, error) {
	return answer(t, func() (int, error) { return t.Tx.CountArrivals(ctx, connection) })
}

func (t asking) CountWork(ctx context.Context, connection store.ID) (map[string]int, error) {
	return answer(t, func() (map[string]int, error) { return t.Tx.CountWork(ctx, connection) })
}

func (t asking) UpdateWork(ctx context.Context, w store.Work) error {
	if err := t.refuse(&w); err != nil {
		return err
	}
	return t.Tx.UpdateWork(ctx, w)
}

func (t asking) DeleteWork(ctx context.Context, w store.Work) error {
	return t.ask(func() error { return t.Tx.DeleteWork(ctx, w) })
}

func (t asking) ReleaseWork(ctx context.Context, connection store.ID, heldBy string) (int, error) {
	return answer(t, func() (int, error) { return t.Tx.ReleaseWork(ctx, connection, heldBy) })
}

func (t asking) NextDue(ctx context.Context, connection store.ID) (time.Time, error) {
	return answer(t, func() (time.Time, error) { return t.Tx.NextDue(ctx, connection) })
}

func (t asking) Wake(ctx context.Context, connection store.ID, at time.Time, lane int) error {
	return t.ask(func() error { return t.Tx.Wake(ctx, connection, at, lane) })
}

func (t asking) Fenced(ctx context.Context, c store.Claim, now time.Time) error {
	return t.ask(func() error { return t.Tx.Fenced(ctx, c, now) })
}

func (t asking) PutRun(ctx context.Context, r *store.Run) error {
	return t.ask(func() error { return t.Tx.PutRun(ctx, r) })
}

func (t asking) AddHistory(ctx context.Context, h *store.History) error {
	return t.ask(func() error { return t.Tx.AddHistory(ctx, h) })
}

func (t asking) ListHistory(ctx context.Context, connection, activity store.ID, before store.ID, limit int) ([]store.History, error) {
	return answer(t, func() ([]store.History, error) { return t.Tx.ListHistory(ctx, connection, activity, before, limit) })
}

func (t asking) PutConflict(ctx context.Context, c *store.Conflict) error {
	return t.ask(func() error { return t.Tx.PutConflict(ctx, c) })
}

func (t asking) Conflicts(ctx context.Context, member store.ID, before store.ID, limit int) ([]store.Conflict, error) {
	return answer(t, func() ([]store.Conflict, error) { return t.Tx.Conflicts(ctx, member, before, limit) })
}

func (t asking) PutHold(ctx context.Context, h *store.Hold) error {
	return t.ask(func() error { return t.Tx.PutHold(ctx, h) })
}

func (t asking) OpenHold(ctx context.Context, connection store.ID, direction, kind string) (store.Hold, error) {
	return answer(t, func() (store.Hold, error) { return t.Tx.OpenHold(ctx, connection, direction, kind) })
}

func (t asking) Tally(ctx context.Context, connection store.ID, direction, kind string, now time.Time, n int) error {
	return t.ask(func() error { return t.Tx.Tally(ctx, connection, direction, kind, now, n) })
}

func (t asking) TallySince(ctx context.Context, connection store.ID, direction, kind string, since time.Time) (int, error) {
	return answer(t, func() (int, error) { return t.Tx.TallySince(ctx, connection, direction, kind, since) })
}

func (t asking) ExternalID(ctx context.Context, server, kind string, ours store.ID) (string, error) {
	return answer(t, func() (string, error) { return t.Tx.ExternalID(ctx, server, kind, ours) })
}

func (t asking) ExternalRow(ctx context.Context, server, kind, remote string) (store.ID, error) {
	return answer(t, func() (store.ID, error) { return t.Tx.ExternalRow(ctx, server, kind, remote) })
}

func (t asking) PutExternal(ctx context.Context, e store.External) error {
	return t.ask(func() error { return t.Tx.PutExternal(ctx, e) })
}

func (t asking) Twins(ctx context.Context, connection store.ID) ([]store.Twin, error) {
	return answer(t, func() ([]store.Twin, error) { return t.Tx.Twins(ctx, connection) })
}
