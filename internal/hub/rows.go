package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// checkRows checks what is the CRM's own, under keys that changed: the rows that are pointed to exist and are in use. What
// sync brings may be of a type that is no longer in use, or belong to a deal that was deleted here: that must not lose anybody an
// appointment.
func (h *Hub) checkRows(ctx context.Context, tx Tx, by Actor, a *crm.Activity, keys []string) error {
	if len(a.Occurrences) > MaxOccurrences {
		return &Invalid{Field: FieldOccurrences, Code: CodeTooMany}
	}
	for _, key := range keys {
		var err error
		switch field, original := SplitKey(key); {
		case field == FieldNote && original == "":
			err = checkLong(key, a.Note)
		case field == FieldNote:
			for _, o := range a.Occurrences {
				err = errors.Join(err, checkLong(key, o.Note))
			}
		default:
			err = h.checkRow(ctx, tx, by, a, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *Hub) checkRow(ctx context.Context, tx Tx, by Actor, a *crm.Activity, key string) error {
	switch key {
	case FieldType:
		return h.checkType(ctx, tx, by, a.Type)
	case FieldOwner:
		if by.Kind == Sync {
			return nil // a connection's own member
		}
		u, err := tx.User(ctx, a.OwnerID)
		if err == nil && !u.Active {
			return &Invalid{Field: key, Code: CodeInactive}
		}
		return exists(key, err)
	case FieldVisibility:
		if a.Visibility != crm.OwnerOnly && a.Visibility != crm.Everyone {
			return &Invalid{Field: key, Code: CodeUnknown, Detail: string(a.Visibility)}
		}
	case FieldPriority:
		if a.Priority < 0 || a.Priority > MaxPriority {
			return &Invalid{Field: key, Code: CodeOutOfRange}
		}
	case FieldDeal:
		if a.DealID != 0 {
			d, err := tx.Deal(ctx, a.DealID)
			return usableBy(by, key, err, d.DeletedAt)
		}
	case FieldPerson:
		if a.PersonID != 0 {
			p, err := tx.Person(ctx, a.PersonID)
			return usableBy(by, key, err, p.DeletedAt)
		}
	case FieldOrg:
		if a.OrgID != 0 {
			o, err := tx.Organization(ctx, a.OrgID)
			return usableBy(by, key, err, o.DeletedAt)
		}
	}
	return nil
}

func (h *Hub) checkType(ctx context.Context, tx Tx, by Actor, key string) error {
	types, err := tx.Types(ctx)
	if err != nil {
		return fmt.Errorf("list types: %w", err)
	}
	at := slices.IndexFunc(types, func(t crm.ActivityType) bool { return t.Key == key })
	switch {
	case key == "":
		return &Invalid{Field: FieldType, Code: CodeRequired}
	case at < 0:
		return &Invalid{Field: FieldType, Code: CodeUnknown, Detail: key}
	case !types[at].Active && by.Kind == Person:
		return &Invalid{Field: FieldType, Code: CodeInactive, Detail: key}
	}
	return nil
}

func usableBy(by Actor, key string, err error, deleted time.Time) error {
	if by.Kind == Sync {
		deleted = time.Time{}
	}
	return usable(key, err, deleted)
}

func usable(key string, err error, deleted time.Time) error {
	if err == nil && !deleted.IsZero() {
		return &Invalid{Field: key, Code: CodeUnknown}
	}
	return exists(key, err)
}

// exists turns a missing row into what is wrong with the field that points to it.
func exists(key string, err error) error {
	if isNotFound(err) {
		return &Invalid{Field: key, Code: CodeUnknown}
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	return nil
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
