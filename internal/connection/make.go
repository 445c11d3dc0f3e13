package connection

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"tahti/internal/account"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// ErrCalendarName is a name that no calendar can be given.
var ErrCalendarName = errors.New("a calendar needs a name of 1 to 100 characters in one line")

const maxCalendarName = 100 // runes

// MakeCalendar makes a new calendar in an account, to be connected then (features.md C1). Errors: ErrCalendarName,
// ErrNotYours, [account.ErrNoMaker], *[provider.Error]; with [provider.CodeOneMore] where the person has to agree to it first, see
// [Service.BeginAgain].
func (s *Service) MakeCalendar(ctx context.Context, who Who, accountID store.ID, name string) (provider.Calendar, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxCalendarName || !utf8.ValidString(name) || strings.ContainsFunc(name, isControl) {
		return provider.Calendar{}, ErrCalendarName
	}
	acc, err := s.signIn(ctx, who, Request{Account: accountID})
	if err != nil {
		return provider.Calendar{}, err
	}
	if err := s.Accounts.Rest(ctx, &acc, s.now()); err != nil {
		return provider.Calendar{}, err
	}
	// All that is asked for later is for making calendars.
	if lacking, err := s.Accounts.Lacking(ctx, who.Company, &acc); err != nil {
		return provider.Calendar{}, err
	} else if len(lacking) > 0 {
		return provider.Calendar{}, &provider.Error{
			Op: "make calendar", Class: provider.SignIn, Code: provider.CodeOneMore, Status: "not granted: " + strings.Join(lacking, " "),
		}
	}
	made, err := s.Accounts.Make(ctx, who.Company, acc, name, who.User.TimeZone)
	if err != nil {
		return made, fmt.Errorf("make calendar: %w", err)
	}
	return made, s.Store.Tx(ctx, who.Company, func(tx engine.Tx) error {
		acc, err := tx.Account(ctx, accountID)
		if err != nil {
			return err
		}
		if err := account.List(&acc, made); err != nil {
			return err
		}
		if err := tx.PutAccount(ctx, &acc); err != nil {
			return fmt.Errorf("save account: %w", err)
		}
		return tx.AddAudit(ctx, store.Audit{
			At: s.now(), Login: who.User.Login, Member: who.User.ID, Action: "make_calendar", Subject: fmt.Sprintf("account/%d", accountID),
		})
	})
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
