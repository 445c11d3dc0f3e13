package web

import (
	"tahti/internal/engine"
	"tahti/internal/store"
)

// holdLine is a brake that closed.
type holdLine struct {
	ID                 store.ID
	Text, Why          string
	Confirm, Reject    string
	Restore, MayDecide bool
	Deletes            bool
	Twins              bool       // they seem to be there already: better take over than decide
	Items              []workLine // the first of what it holds
	More               bool
}

func (v *visit) holdLine(h *store.Hold) holdLine {
	l := holdLine{ID: h.ID, MayDecide: true}
	switch h.Kind + "/" + h.Direction {
	case "delete/in":
		l.Text = v.T("hold.in_delete", "n", h.Size)
	case "delete/out":
		l.Text = v.T("hold.out_delete", "n", h.Size)
	case "create/in":
		l.Text = v.T("hold.in_create", "n", h.Size)
	case "create/out":
		l.Text = v.T("hold.out_create", "n", h.Size)
	case "twin/in":
		l.Text = v.T("hold.in_twin", "n", h.Size)
	case "twin/out":
		l.Text = v.T("hold.out_twin", "n", h.Size)
	}
	switch h.Kind {
	case "delete":
		l.Deletes = true
		l.Why, l.Confirm, l.Reject = v.T("hold.delete_why"), v.T("hold.confirm_delete"), v.T("hold.reject_delete")
	case "create":
		l.Why, l.Confirm, l.Reject = v.T("hold.create_why"), v.T("hold.confirm_create"), v.T("hold.reject_create")
	case engine.HoldTwin:
		l.Twins, l.Why, l.Confirm, l.Reject = true, v.T("hold.twin_why"), v.T("hold.confirm_create"), v.T("hold.reject_create")
	default:
		l.Text, l.Why, l.Confirm, l.Reject = v.T("hold.title"), v.T("hold.restore_why"), v.T("common.confirm"), v.T("common.reject")
		l.Restore, l.MayDecide = true, v.admin()
	}
	return l
}

// decideHold confirms or rejects what a brake holds.
func (s *Site) decideHold(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	var h store.Hold
	err = v.view(func(tx engine.Tx) error {
		h, err = tx.Hold(v.ctx(), id)
		return err
	})
	if err != nil {
		return err
	}
	said := v.T("hold.confirmed")
	switch v.r.PathValue("what") {
	case "confirm":
		err = v.connections().Confirm(v.ctx(), v.who, id)
	case "reject":
		err = v.connections().Reject(v.ctx(), v.who, id)
		if said = v.T("hold.rejected_create"); h.Kind == "delete" {
			said = v.T("hold.rejected_delete")
		}
	default:
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	v.say(said)
	return v.redirect(connectionPath(h.Connection))
}
