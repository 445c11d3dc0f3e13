package connection

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/lens"
)

// parse reads a change over settings. Beside what the settings say themselves, the activity types that the change names
// have to be there, and the one for incoming events in use (features.md C3, C4). What was set before may stay: a type that has
// been deactivated since stands in nobody's way.
func (s *Service) parse(ctx context.Context, who Who, before lens.Settings, change []byte) (lens.Settings, error) {
	after, err := lens.ParseSettings(before, change)
	if err != nil {
		return after, err
	}
	var types []crm.ActivityType
	err = s.Store.View(ctx, who.Company, func(tx engine.Tx) (err error) {
		types, err = tx.Types(ctx)
		return err
	})
	if err != nil {
		return after, fmt.Errorf("list types: %w", err)
	}
	find := func(key string) (there, active bool) {
		i := slices.IndexFunc(types, func(t crm.ActivityType) bool { return t.Key == key })
		return i >= 0, i >= 0 && types[i].Active
	}
	if _, active := find(after.TypeIn); !active && after.TypeIn != before.TypeIn {
		return after, &lens.SettingsError{Field: "type_in", Err: fmt.Errorf("%q is no activity type in use", after.TypeIn)}
	}
	var wrong []error
	for _, key := range after.TypesOut {
		if there, _ := find(key); !there && !slices.Contains(before.TypesOut, key) {
			wrong = append(wrong, fmt.Errorf("%q is no activity type", key))
		}
	}
	if len(wrong) > 0 {
		return after, &lens.SettingsError{Field: "types_out", Err: errors.Join(wrong...)}
	}
	return after, nil
}
