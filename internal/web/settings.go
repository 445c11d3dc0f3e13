package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/store"
)

// settingsPage is the settings of a connection, and what a change of them would do.
type settingsPage struct {
	ID      store.ID
	Name    string
	Form    settingsForm
	Preview *previewFigures
	Stale   bool
	Narrow  string
}

type previewFigures struct {
	ID    store.ID
	Lines []string
	// Narrowed is how many of our events would no longer be covered; the person decides about them.
	Narrowed, Mails int
	Unseen          string // why the calendar could not be asked what would come in; empty: it was
}

// showSettings shows the settings of a connection.
func (s *Site) showSettings(v *visit) error {
	c, err := v.connectionOf()
	if err != nil {
		return err
	}
	now, err := connection.Settings(&c)
	if err != nil {
		return err
	}
	return v.renderSettings(&c, settingsPage{Form: v.settingsForm(now), Narrow: "keep"}, http.StatusOK)
}

// connectionOf reads the connection of the address; its settings are its owner's business.
func (v *visit) connectionOf() (store.Connection, error) {
	id, err := v.id("id")
	if err != nil {
		return store.Connection{}, err
	}
	c, err := v.connections().Get(v.ctx(), v.who, id)
	if err == nil && c.Member != v.who.User.ID {
		err = connection.ErrNotYours
	}
	v.Printer = v.At(c.Provider)
	return c, err
}

func (v *visit) renderSettings(c *store.Connection, p settingsPage, status int) error {
	p.ID, p.Name = c.ID, c.CalendarName
	p.Form.Whole, p.Form.Retypes, p.Form.Action = true, true, connectionPath(c.ID)+"/settings"
	if err := v.view(func(tx engine.Tx) error { return v.fillSettings(tx, &p.Form) }); err != nil {
		return err
	}
	return v.render(view{template: "settings", title: v.T("settings.title"), section: "sync", status: status, data: p})
}

// saveSettings shows what a change would do, and saves it once that was seen.
func (s *Site) saveSettings(v *visit) error {
	c, err := v.connectionOf()
	if err != nil {
		return err
	}
	before, err := connection.Settings(&c)
	if err != nil {
		return err
	}
	p := settingsPage{Form: v.readSettings(before), Narrow: v.form("narrow")}
	if p.Narrow != "remove" {
		p.Narrow = "keep"
	}
	if p.Form.Changing {
		return v.renderSettings(&c, p, http.StatusOK)
	}
	if len(p.Form.Errors) > 0 {
		return v.renderSettings(&c, p, http.StatusUnprocessableEntity)
	}
	after := p.Form.Now
	id, err := strconv.ParseInt(v.form("preview"), 10, 64)
	if v.form("do") == "save" && err == nil {
		_, err = v.connections().SaveSettings(v.ctx(), v.who, c.ID, connection.Save{
			Settings: after.JSON(), Preview: id, OnNarrow: connection.OnNarrow(p.Narrow), Retype: p.Form.Retype,
		})
		if err == nil {
			v.say(v.T("settings.saved"))
			return v.redirect(connectionPath(c.ID))
		}
		if p.Stale = errors.Is(err, connection.ErrStalePreview); !p.Stale {
			return err
		}
	}
	if err := v.previewOf(&c, &p, before, after); err != nil {
		return err
	}
	status := http.StatusOK
	if p.Stale {
		status = http.StatusConflict
	}
	return v.renderSettings(&c, p, status)
}

// previewOf fills in what saving would do, and what the rules leave out where they are new.
func (v *visit) previewOf(c *store.Connection, p *settingsPage, before, after lens.Settings) error {
	preview, err := v.connections().PreviewSettings(v.ctx(), v.who, c.ID, after.JSON())
	if err != nil {
		return err
	}
	p.Preview = &previewFigures{
		ID: preview.ID, Lines: v.DryRun(preview.Effects), Narrowed: preview.Narrowed, Mails: preview.Effects[engine.WouldMail],
	}
	if preview.Unseen != nil {
		e, status := v.explain(preview.Unseen)
		if status >= http.StatusInternalServerError && !isRemote(preview.Unseen) {
			return preview.Unseen
		}
		p.Preview.Unseen = e.Title + ". " + e.Text
	}
	if n := preview.LetGo; n > 0 {
		p.Preview.Lines = append(p.Preview.Lines, v.T("dry_run.let_go", "n", n))
	}
	if n := preview.Effects["retyped"]; n > 0 && p.Form.Retype {
		p.Preview.Lines = append(p.Preview.Lines, v.T("dry_run.retyped", "n", n))
	}
	if len(after.Rules) == 0 || slices.Equal(after.Rules, before.Rules) && v.form("do") != "rules" {
		return nil
	}
	found, err := v.connections().TryRules(v.ctx(), v.who, c.ID, after.Rules)
	p.Form.Hits, err = v.ruleHits(found, err)
	return err
}
