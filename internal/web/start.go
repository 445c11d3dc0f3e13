package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// startPage is what comes after signing in at a provider: which calendar, with which settings, and what would happen.
type startPage struct {
	Account   store.ID
	Label     string
	Calendars []calendarChoice
	Chosen    string
	Settings  settingsForm
	NewName   string // of a calendar that is to be made
	NameError string
	MayNot    string // the provider whose permission to make calendars was left out
	Made      string // the name of one that was made just now
	Error     string
	Dry       *dryFigures // what the dry run found; nil before it
	Seen      string      // names what the figures are of
	Whole     bool        // the account reaches more than its owner's own, which is not made there
	// Colleagues are those whom the account reaches, too.
	Colleagues []connection.Colleague
}

// Unconnected is how many colleagues could be connected.
func (p startPage) Unconnected() (n int) {
	for _, c := range p.Colleagues {
		if !c.Connected {
			n++
		}
	}
	return n
}

type calendarChoice struct {
	ID, Name, Note string
	Taken          bool // connected already
}

type dryFigures struct {
	Lines []string
	Mails int
}

func accountPath(id store.ID) string { return "/accounts/" + strconv.FormatInt(id, 10) }

// ownAccount reads an account of the visitor's.
func (v *visit) ownAccount() (acc store.Account, err error) {
	id, err := v.id("id")
	if err != nil {
		return acc, err
	}
	err = v.view(func(tx engine.Tx) error {
		acc, err = tx.Account(v.ctx(), id)
		return err
	})
	if err == nil && acc.Member != v.who.User.ID {
		err = store.ErrNotFound
	}
	v.Printer = v.At(acc.Provider)
	return acc, err
}

// chooseCalendar shows the calendars of an account and the settings of a new connection.
func (s *Site) chooseCalendar(v *visit) error {
	acc, err := v.ownAccount()
	if err != nil {
		return err
	}
	settings, err := v.companyDefaults()
	if err != nil {
		return err
	}
	p := startPage{Settings: v.settingsForm(settings), NewName: v.form("new_name")} // back from the provider's page with a name, see makeCalendar
	return v.renderStart(&acc, p, http.StatusOK)
}

// companyDefaults are the settings that new connections start from.
func (v *visit) companyDefaults() (settings lens.Settings, err error) {
	settings = lens.Defaults()
	err = v.view(func(tx engine.Tx) error {
		c, err := tx.GetCompany(v.ctx())
		if err != nil || len(c.Defaults) == 0 {
			return err
		}
		settings, err = lens.ParseSettings(settings, c.Defaults)
		return err
	})
	return settings, err
}

func (v *visit) renderStart(acc *store.Account, p startPage, status int) error {
	p.Account, p.Label, p.Settings.Action = acc.ID, v.accountLabel(acc), accountPath(acc.ID)
	list, err := account.CalendarsOf(acc)
	if err != nil {
		return err
	}
	if len(list) > 1 && v.admin() {
		if p.Colleagues, err = v.connections().Colleagues(v.ctx(), v.who, acc.ID); err != nil {
			return err
		}
	}
	p.Whole = len(list) > len(connection.Own(list, &v.who.User))
	list = connection.Own(list, &v.who.User)
	err = v.view(func(tx engine.Tx) error {
		connections, err := tx.Connections(v.ctx(), v.who.User.ID)
		if err != nil {
			return err
		}
		p.Calendars = nil
		for _, c := range list {
			taken := slices.ContainsFunc(connections, func(o store.Connection) bool {
				return o.Account == acc.ID && o.Calendar == c.ID && o.State != store.Stopped
			})
			p.Calendars = append(p.Calendars, calendarChoice{ID: c.ID, Name: c.Name, Note: v.calendarNote(&c), Taken: taken})
			if p.Chosen == "" && !taken && (c.Primary || c.Writable) {
				p.Chosen = c.ID
			}
		}
		if p.Chosen == "" && len(p.Calendars) == 1 && !p.Calendars[0].Taken {
			p.Chosen = p.Calendars[0].ID // it may only be read, and yet there is no other
		}
		return v.fillSettings(tx, &p.Settings)
	})
	if err != nil {
		return err
	}
	return v.render(view{template: "start", title: v.T("choose.title"), section: "sync", status: status, data: p})
}

func (v *visit) calendarNote(c *provider.Calendar) string {
	switch {
	case !c.Writable:
		return v.T("choose.read_only")
	case c.Primary:
		return v.T("choose.primary")
	}
	return ""
}

// startConnection shows what a first sync would do, and then starts it.
func (s *Site) startConnection(v *visit) error {
	acc, err := v.ownAccount()
	if err != nil {
		return err
	}
	before, err := v.companyDefaults()
	if err != nil {
		return err
	}
	p := startPage{Chosen: v.form("calendar"), Settings: v.readSettings(before)}
	if p.Settings.Changing {
		return v.renderStart(&acc, p, http.StatusOK)
	}
	if v.checked("make") {
		return v.makeCalendar(&acc, p)
	}
	if p.Chosen == "" {
		p.Error = v.T("choose.intro")
	}
	if len(p.Settings.Errors) > 0 || p.Error != "" {
		return v.renderStart(&acc, p, http.StatusUnprocessableEntity)
	}
	settings := p.Settings.Now
	// Only what was seen is started: a choice that was changed after the dry run is looked at first.
	if p.Seen = seenOf(p.Chosen, settings); v.form("do") != "start" || v.form("seen") != p.Seen {
		return v.foresee(&acc, p)
	}
	c, err := v.connections().Connect(v.ctx(), v.who, connection.Request{
		Provider: acc.Provider, Account: acc.ID, Calendar: p.Chosen, Settings: settings.JSON(),
	})
	if err != nil {
		return v.startFailed(&acc, p, err)
	}
	if err := v.dropDrafts(acc.ID); err != nil {
		return err
	}
	v.say(v.T("sync.connected", "calendar", c.CalendarName))
	return v.redirect(fmt.Sprintf("%s?asked=%d", connectionPath(c.ID), v.now.UnixMicro()))
}

// makeCalendar makes a new calendar at the provider and chooses it. Nothing is connected by that. Where the permission for it was
// left out, the page leads to where it can be given, and from there back to the name.
func (v *visit) makeCalendar(acc *store.Account, p startPage) error {
	p.NewName = v.form("new_name")
	made, err := v.connections().MakeCalendar(v.ctx(), v.who, acc.ID, p.NewName)
	remote, refused := errors.AsType[*provider.Error](err)
	switch {
	case refused && (remote.Code == provider.CodeOneMore || remote.Code == provider.CodeMissingPermission) && v.site.House.Accounts.ByConsent(acc.Provider):
		p.MayNot = v.providerName(acc.Provider)
		return v.renderStart(acc, p, http.StatusUnprocessableEntity)
	case errors.Is(err, connection.ErrCalendarName) && p.NewName == "":
		p.NameError = v.T("invalid.required")
	case errors.Is(err, connection.ErrCalendarName):
		p.NameError = v.T("invalid.too_long")
	case err != nil:
		return v.startFailed(acc, p, err)
	}
	if p.NameError != "" {
		return v.renderStart(acc, p, http.StatusUnprocessableEntity)
	}
	// The account lists it now.
	now, err := v.ownAccount()
	if err != nil {
		return err
	}
	p.Chosen, p.NewName, p.Made = made.ID, "", made.Name
	return v.renderStart(&now, p, http.StatusOK)
}

// foresee shows what a first sync would do, and what the rules leave out.
func (v *visit) foresee(acc *store.Account, p startPage) error {
	settings := p.Settings.Now
	counts, err := v.connections().Foresee(v.ctx(), v.who, acc.ID, p.Chosen, settings)
	if err != nil {
		return v.startFailed(acc, p, err)
	}
	p.Dry = &dryFigures{Lines: v.DryRun(counts), Mails: counts[engine.WouldMail]}
	if len(settings.Rules) > 0 {
		found, err := v.connections().ForeseeRules(v.ctx(), v.who, acc.ID, p.Chosen, settings.Rules)
		if p.Settings.Hits, err = v.ruleHits(found, err); err != nil {
			return err
		}
	}
	return v.renderStart(acc, p, http.StatusOK)
}

// seenOf names a choice of calendar and settings.
func seenOf(calendar string, s lens.Settings) string {
	sum := sha256.Sum256(append([]byte(calendar+"\n"), s.JSON()...))
	return hex.EncodeToString(sum[:12])
}

// startFailed keeps the form and says what is in the way.
func (v *visit) startFailed(acc *store.Account, p startPage, err error) error {
	var remote *provider.Error
	var taken *connection.ErrAlreadyConnected
	switch {
	case errors.As(err, &taken):
		p.Error = v.T("choose.taken")
	case errors.Is(err, connection.ErrNoCalendar):
		p.Error = v.T("invalid.unknown")
	case errors.As(err, &remote):
		e := v.ProblemAt(acc.Provider, codeOf(remote))
		p.Error = e.Title + ". " + e.Cause + " " + e.Next
	default:
		return err
	}
	return v.renderStart(acc, p, http.StatusUnprocessableEntity)
}

// dropDrafts ends the connections of an account that a program began and that never got a calendar: this one takes their place.
func (v *visit) dropDrafts(acc store.ID) error {
	list, err := v.connections().List(v.ctx(), v.who, false)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Account != acc || c.State != store.ChooseCalendar {
			continue
		}
		if _, err := v.connections().Stop(v.ctx(), v.who, c.ID, true); err != nil {
			return err
		}
	}
	return nil
}
