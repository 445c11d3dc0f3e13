package hub

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// SaveType adds a type (ID 0) or changes one. A new type's key is made from its name and never changes, so that settings and
// other systems can hold on to it; a type is deactivated, never deleted, and one stays in use.
func (h *Hub) SaveType(ctx context.Context, tx Tx, by Actor, t crm.ActivityType) (crm.ActivityType, error) {
	if err := mayAdminister(by); err != nil {
		return crm.ActivityType{}, err
	}
	types, err := tx.Types(ctx)
	if err != nil {
		return crm.ActivityType{}, fmt.Errorf("list types: %w", err)
	}
	if err := checkName("name", t.Name); err != nil {
		return crm.ActivityType{}, err
	}
	for _, c := range []struct{ field, text string }{{"icon", t.Icon}, {"color", t.Color}} {
		if err := checkText(c.field, c.text, 50); err != nil {
			return crm.ActivityType{}, err
		}
	}
	if t.ID == 0 {
		t.Key, t.Custom, t.Active, t.Created = newKey(t.Name, types), true, true, h.now()
		if t.Order == 0 {
			t.Order = len(types) + 1
		}
	} else if err := keepType(&t, types); err != nil {
		return crm.ActivityType{}, err
	}
	t.Updated = h.now()
	if err := tx.PutType(ctx, &t); err != nil {
		return crm.ActivityType{}, fmt.Errorf("save type: %w", err)
	}
	return t, nil
}

// keepType gives a changed type what never changes.
func keepType(t *crm.ActivityType, types []crm.ActivityType) error {
	at := slices.IndexFunc(types, func(x crm.ActivityType) bool { return x.ID == t.ID })
	if at < 0 {
		return fmt.Errorf("type %d: %w", t.ID, store.ErrNotFound)
	}
	old := types[at]
	if t.Key != "" && t.Key != old.Key {
		return &Invalid{Field: "key", Code: CodeImmutable}
	}
	t.Key, t.Custom, t.Created = old.Key, old.Custom, old.Created
	others := slices.ContainsFunc(types, func(x crm.ActivityType) bool { return x.Active && x.ID != t.ID })
	if !t.Active && !others {
		return &Invalid{Field: "active", Code: CodeLastType}
	}
	return nil
}

// newKey makes a key of a name: lower-case letters, digits and underscores, numbered if it is taken.
func newKey(name string, types []crm.ActivityType) string {
	base := strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '_'
	}, name), "_")
	if len(base) > 60 {
		base = strings.ToValidUTF8(base[:60], "")
	}
	if base == "" {
		base = "type"
	}
	key := base
	for n := 2; slices.ContainsFunc(types, func(x crm.ActivityType) bool { return x.Key == key }); n++ {
		key = base + "_" + strconv.Itoa(n)
	}
	return key
}
