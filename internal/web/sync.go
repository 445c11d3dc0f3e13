package web

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/push"
	"tahti/internal/store"
	"tahti/internal/text"
)

// connectionLine is a connection as lists show it.
type connectionLine struct {
	Says                text.Printer // in the words of its kind
	Help                string       // the page about its kind; may be empty
	ID, Account         store.ID
	Name, Label, Owner  string
	State               text.Explanation
	Tone                string // good, busy, warn, rest: the colour of the state beside its words
	LastIn, LastOut     string
	LastRun, NextRun    string
	Told                string            // how changes in the calendar arrive; empty where there is only one way
	Untold              *text.Explanation // why not at once, if something is wrong
	ReadOnly, NeedsSign bool
	AccountOf           string // a colleague whose account it is; empty: one's own
	Paused, Held, Syncs bool
	Choose, Stopped     bool
	Waits               bool              // for a first sign-in
	Refused             bool              // the first sign-in has not ended well
	Problem             *text.Explanation // why it is in this state
	Waiting             int
}

type connectionList struct {
	Lines     []connectionLine
	Unused    []accountLine // accounts without a connection
	Conflicts int
}

type accountLine struct {
	ID    store.ID
	Label string
	Signs bool // its sign-in has ended: it comes first
	// Consents: its permission is the provider's to keep, so that the way to withdraw it stays open.
	Consents bool
}

// showTools is Tools and apps; Calendar sync is the one app there is.
func (s *Site) showTools(v *visit) error {
	return v.render(view{template: "tools", title: v.T("nav.tools"), section: "tools"})
}

// listConnections is Personal preferences > Calendar sync.
func (s *Site) listConnections(v *visit) error {
	list, err := v.connections().List(v.ctx(), v.who, false)
	if err != nil {
		return err
	}
	var d connectionList
	err = v.view(func(tx engine.Tx) error {
		d = connectionList{}
		accounts, err := tx.Accounts(v.ctx(), v.who.User.ID)
		if err != nil {
			return err
		}
		used, drafts := map[store.ID]bool{}, map[store.ID]bool{}
		for _, c := range list {
			if c.State == store.ChooseCalendar && drafts[c.Account] {
				continue // one sign-in more to the same account: the first that is given a calendar ends the others
			}
			used[c.Account] = true
			drafts[c.Account] = drafts[c.Account] || c.State == store.ChooseCalendar
			line, err := v.connectionLine(tx, &c)
			if err != nil {
				return err
			}
			d.Lines = append(d.Lines, line)
		}
		for _, a := range accounts {
			if !used[a.ID] && a.State != store.PendingSignIn {
				d.Unused = append(d.Unused, accountLine{
					ID: a.ID, Label: v.accountLabel(&a), Signs: a.State == store.NeedsSignIn || a.State == store.NeedsPermission,
					Consents: v.site.House.Accounts.ByConsent(a.Provider),
				})
			}
		}
		conflicts, err := v.hub().ConflictsOf(v.ctx(), tx, v.who.User, v.who.User.ID, 0, 200)
		for _, c := range conflicts {
			if c.Resolved.IsZero() {
				d.Conflicts++
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.render(view{template: "sync", title: v.T("sync.title"), section: "sync", data: d})
}

// tones are the colours of states; the words stand beside them.
var tones = map[string]string{
	store.Active: "good", store.Retrying: "busy", store.Paused: "rest", store.Stopped: "rest", store.ChooseCalendar: "busy",
	store.PendingSignIn: "busy", store.NeedsSignIn: "warn", store.NeedsPermission: "warn", store.Held: "warn",
}

func (v *visit) connectionLine(tx engine.Tx, c *store.Connection) (connectionLine, error) {
	acc, err := tx.Account(v.ctx(), c.Account)
	if err != nil {
		return connectionLine{}, fmt.Errorf("read account: %w", err)
	}
	work, err := tx.CountWork(v.ctx(), c.ID)
	if err != nil {
		return connectionLine{}, fmt.Errorf("count what waits: %w", err)
	}
	company, err := tx.GetCompany(v.ctx())
	if err != nil {
		return connectionLine{}, fmt.Errorf("read company: %w", err)
	}
	p := v.At(acc.Provider)
	l := connectionLine{
		Says: p, Help: helpOf(acc.Provider), ID: c.ID, Account: c.Account, Name: c.CalendarName, Label: v.accountLabel(&acc), State: p.State(c.State), Tone: tones[c.State],
		LastIn: v.moment(c.Health.LastIn), LastOut: v.moment(c.Health.LastOut), LastRun: v.moment(c.Health.LastRun), NextRun: v.moment(c.Health.NextRun),
		ReadOnly: c.Calendar != "" && !c.Writable, NeedsSign: c.State == store.NeedsSignIn || c.State == store.NeedsPermission, Paused: c.State == store.Paused,
		Held: c.State == store.Held, Syncs: syncs(c, company.Stopped), Choose: c.State == store.ChooseCalendar,
		Stopped: c.State == store.Stopped, Waiting: work[store.HeldByParked] + work[store.HeldBySending] + work["brake"],
	}
	if l.Name == "" {
		l.Name = acc.Label
	}
	if l.Name == "" {
		l.Name, l.Label = l.Label, "" // nobody has signed in yet
	}
	if c.Member != v.who.User.ID {
		u, err := tx.User(v.ctx(), c.Member)
		if err != nil {
			return l, fmt.Errorf("read user: %w", err)
		}
		l.Owner = u.Name
	}
	if c.Member == v.who.User.ID && acc.Member != c.Member {
		u, err := tx.User(v.ctx(), acc.Member)
		if err != nil {
			return l, fmt.Errorf("read user: %w", err)
		}
		l.AccountOf = u.Name
	}
	if l.Waits = waits(c); l.Waits {
		if why := connection.Why(c, v.now); why != "" {
			e := p.Problem(why)
			l.Problem = &e
			if l.Refused = why != provider.CodeNoAnswer; l.Refused && c.State == store.PendingSignIn {
				l.State.Title, l.Tone = p.T("consent.failed"), tones[store.NeedsSignIn] // it has ended, and not well
			}
		}
		l.NeedsSign = false
	} else if code := c.Health.ErrorCode; code != "" && c.State != store.Active {
		l.Problem = v.causeOf(c, &company, code)
	} else if class := c.Health.ErrorClass; class != "" && c.State == store.Retrying {
		e := p.Problem(class)
		l.Problem = &e
	}
	if !l.Syncs || c.Health.NextRun.IsZero() {
		l.NextRun = ""
	}
	if l.Syncs && v.site.House.Push.Tells(acc.Provider) {
		return l, v.howTold(tx, p, c.ID, &l)
	}
	return l, nil
}

// howTold says whether the provider tells of changes by itself.
func (v *visit) howTold(tx engine.Tx, p text.Printer, connection store.ID, l *connectionLine) error {
	all, err := push.Healths(v.ctx(), tx, connection, v.now)
	h := all[connection]
	l.Told = v.T("sync.told_by_poll")
	if h.Live {
		l.Told = v.T("sync.told_at_once")
	}
	if h.Reason != "" {
		e := p.Problem(h.Reason)
		l.Untold = &e
	}
	return err
}

// accountLabel tells an account from others of the same person: the address alone may be the same at several providers.
func (v *visit) accountLabel(acc *store.Account) string {
	switch {
	case !v.site.House.Accounts.ByConsent(acc.Provider):
		return acc.Label
	case acc.Label == "":
		return v.providerName(acc.Provider)
	}
	return v.providerName(acc.Provider) + " · " + acc.Label
}

func (v *visit) moment(t time.Time) string {
	if t.IsZero() {
		return v.T("common.never")
	}
	return v.Ago(t, v.now)
}

func sortedConnections(m map[store.ID]store.Connection) []store.Connection {
	return slices.SortedFunc(maps.Values(m), func(a, b store.Connection) int { return int(a.ID - b.ID) })
}
