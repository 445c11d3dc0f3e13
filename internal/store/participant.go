package store

import (
	"context"

	"tahti/internal/crm"
)

func participantColumns(p *crm.Participant) []any {
	return []any{&p.UserID, (*string)(&p.Answer), &p.Busy, &p.Private}
}

// Participants lists who carries an activity, by user.
func (tx *Tx) Participants(ctx context.Context, activity ID) ([]crm.Participant, error) {
	if known, ok := once(tx.ahead.parts, activity); ok {
		return known, nil
	}
	rows, err := list(ctx, tx.scope, participantColumns,
		"SELECT member, answer, busy, private FROM participant WHERE company = $1 AND activity = $2 ORDER BY member", tx.company, activity)
	return rows, wrap(err, "list participants of activity %d", activity)
}

// PutParticipant adds or changes one user's share.
func (tx *Tx) PutParticipant(ctx context.Context, activity ID, p crm.Participant) error {
	delete(tx.ahead.parts, activity)
	_, err := tx.exec(ctx, `INSERT INTO participant (company, activity, member, answer, busy, private) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (company, activity, member) DO UPDATE SET answer = excluded.answer, busy = excluded.busy, private = excluded.private`,
		append([]any{tx.company, activity}, participantColumns(&p)...)...)
	return wrap(err, "save participant %d of activity %d", p.UserID, activity)
}

// DeleteParticipant removes one user's share; that there is none is no error.
func (tx *Tx) DeleteParticipant(ctx context.Context, activity, member ID) error {
	delete(tx.ahead.parts, activity)
	_, err := tx.exec(ctx, "DELETE FROM participant WHERE company = $1 AND activity = $2 AND member = $3", tx.company, activity, member)
	return wrap(err, "remove participant %d of activity %d", member, activity)
}
