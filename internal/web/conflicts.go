package web

import (
	"errors"
	"fmt"
	"time"

	"tahti/internal/engine"
	"tahti/internal/store"
)

// keptFor is how long a losing value is kept (design.md, Conflicts).
const keptFor = 90 * 24 * time.Hour

type conflictLine struct {
	ID, Activity                  store.ID
	Subject, Sentence, Kept, Lost string
	When, Expires                 string
	Resolved, MayRestore          bool
}

// listConflicts shows both values of everything that was changed on both sides.
func (s *Site) listConflicts(v *visit) error {
	var lines []conflictLine
	err := v.view(func(tx engine.Tx) error {
		n, err := v.names(tx)
		if err != nil {
			return err
		}
		rows, err := v.hub().ConflictsOf(v.ctx(), tx, v.who.User, v.who.User.ID, 0, 200)
		if err != nil {
			return err
		}
		lines = nil
		for _, c := range rows {
			l := conflictLine{
				ID: c.ID, Activity: c.Activity, When: v.Ago(c.At, v.now), Expires: v.T("conflict.expires", "date", v.Date(c.At.Add(keptFor).In(v.zone))),
				Kept: v.value(c.Field, c.Kept, n), Lost: v.value(c.Field, c.Lost, n), Resolved: !c.Resolved.IsZero(), MayRestore: c.Lost != nil,
				Sentence: v.T("conflict.sentence", "field", v.Word("field", c.Field), "winner", v.Word("conflict", "from."+c.Winner)),
			}
			if c.Field == "deleted" {
				l.Sentence, l.MayRestore = v.T("conflict.deleted"), true
			}
			shown, err := v.hub().Get(v.ctx(), tx, v.who.User, c.Activity)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("read activity: %w", err)
			}
			if err == nil {
				l.Subject = v.subjectOf(&shown.Activity, shown.Masked)
				l.MayRestore = l.MayRestore && !shown.Masked // what is theirs alone they are told also where they may change nothing
			}
			lines = append(lines, l)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.render(view{template: "conflicts", title: v.T("conflict.title"), section: "sync", data: lines})
}

// restoreConflict puts a losing value back.
func (s *Site) restoreConflict(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	err = v.tx(func(tx engine.Tx) error {
		_, err := v.hub().RestoreConflict(v.ctx(), tx, v.by(), id)
		return err
	})
	if err != nil {
		return err
	}
	v.say(v.T("conflict.restored"))
	return v.redirect("/conflicts")
}
