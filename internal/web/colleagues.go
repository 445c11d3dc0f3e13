package web

import (
	"errors"

	"tahti/internal/connection"
	"tahti/internal/provider"
)

// connectColleagues connects all whom an account of the visitor's reaches and who are not connected yet, under the company's defaults. What
// could not be connected is still on the page.
func (s *Site) connectColleagues(v *visit) error {
	acc, err := v.ownAccount()
	if err != nil {
		return err
	}
	list, err := v.connections().Colleagues(v.ctx(), v.who, acc.ID)
	if err != nil {
		return err
	}
	n := 0
	for _, c := range list {
		if c.Connected {
			continue
		}
		_, err := v.connections().Connect(v.ctx(), v.who, connection.Request{Provider: acc.Provider, Account: acc.ID, Calendar: c.Calendar, User: c.User.ID})
		if e, ok := errors.AsType[*provider.Error](err); ok {
			why := v.ProblemAt(acc.Provider, codeOf(e))
			v.warn(why.Title + ". " + why.Cause + " " + why.Next)
			break // it speaks for the account: the next one would fare no better
		}
		if err != nil {
			return err
		}
		n++
	}
	if n > 0 {
		v.say(v.T("connect.colleagues_done", "n", n))
	}
	return v.redirect(accountPath(acc.ID) + "#colleagues")
}
