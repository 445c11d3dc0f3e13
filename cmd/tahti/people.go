package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tahti/internal/auth"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/jobs"
	"tahti/internal/recur"
	"tahti/internal/store"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Print a new API token, and nothing else.\n\nExample: tahti token create --data ./data --user alice@example.com"`
}

type tokenCreateCmd struct {
	where
	User string `help:"The mail address of the person that the token acts for." required:"" placeholder:"EMAIL"`
	Name string `help:"What it is for." default:"command line"`
}

// Run prints a token of a person in their first company.
func (c *tokenCreateCmd) Run(ctx context.Context, a *app) error {
	db, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	company, user, err := findUser(ctx, db, c.User)
	if err != nil {
		return err
	}
	token, hash := auth.NewToken()
	err = db.Tx(ctx, company, func(tx *store.Tx) error {
		t := store.APIToken{Member: user.ID, Name: c.Name, Hash: hash, Created: time.Now()}
		if err := tx.PutToken(ctx, &t); err != nil {
			return err
		}
		return tx.AddAudit(ctx, store.Audit{At: time.Now(), Login: user.Login, Member: user.ID, Action: "token_created", Subject: "command line"})
	})
	if err != nil {
		return fmt.Errorf("save token: %w", err)
	}
	if a.json {
		return a.print(map[string]string{"token": token})
	}
	_, err = fmt.Fprintln(a.out, token)
	return err
}

func findUser(ctx context.Context, db *store.DB, email string) (store.ID, crm.User, error) {
	login, err := db.LoginByEmail(ctx, auth.FoldEmail(email))
	if errors.Is(err, store.ErrNotFound) {
		return 0, crm.User{}, hinted{fmt.Errorf("nobody signs in as %s", email), "list people with: tahti user list"}
	}
	if err != nil {
		return 0, crm.User{}, fmt.Errorf("find sign-in: %w", err)
	}
	members, err := db.Memberships(ctx, login.ID)
	if err != nil || len(members) == 0 {
		return 0, crm.User{}, errors.Join(fmt.Errorf("%s is no user of any company", email), err)
	}
	var user crm.User
	err = db.View(ctx, members[0].Company, func(tx *store.Tx) (err error) {
		user, err = tx.User(ctx, members[0].Member)
		return err
	})
	return members[0].Company, user, err
}

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a person; the password is read from standard input.\n\nExample: tahti user add --data ./data --email bob@example.com < password.txt"`
	List     userListCmd     `cmd:"" help:"List the people of all companies.\n\nExample: tahti user list --data ./data"`
	Password userPasswordCmd `cmd:"" help:"Set a password, read from standard input.\n\nExample: tahti user password --email bob@example.com < password.txt"`
}

type userAddCmd struct {
	where
	Email    string `help:"The mail address to sign in with." required:"" placeholder:"EMAIL"`
	Name     string `help:"As others see it; what stands before the @ if it is left out." placeholder:"NAME"`
	Admin    bool   `help:"An administrator."`
	TimeZone string `help:"As the IANA names it (${default})." default:"Europe/Helsinki" placeholder:"ZONE"`
	Locale   string `help:"The language: ${enum}." enum:"en,fi" default:"en"`
}

// Run adds a user to the first company.
func (c *userAddCmd) Run(ctx context.Context, a *app) error {
	db, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	ids, err := db.CompanyIDs(ctx)
	if err != nil || len(ids) == 0 {
		return errors.Join(errors.New("there is no company yet: start the server and set it up in the browser"), err)
	}
	if err := c.check(ctx, db); err != nil {
		return err
	}
	login, err := setPassword(ctx, db, c.Email, a.in)
	if err != nil {
		return err
	}
	role := crm.Regular
	if c.Admin {
		role = crm.Administrator
	}
	if c.Name == "" {
		c.Name, _, _ = strings.Cut(c.Email, "@")
	}
	h := hub.Hub{Clock: wallClock{}}
	err = jobs.NewStore(db).Tx(ctx, ids[0], func(tx engine.Tx) error {
		_, err := h.AddUser(ctx, tx, hub.Actor{Kind: hub.System}, crm.User{
			Login: login.ID, Name: c.Name, Email: login.Email, Role: role, TimeZone: c.TimeZone, Locale: c.Locale, Active: true,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("add user: %w", err)
	}
	if a.json {
		return a.print(map[string]string{"added": login.Email})
	}
	_, err = fmt.Fprintf(a.err, "added %s\n", login.Email)
	return err
}

// check keeps adding from changing somebody who is there, and from leaving half a person behind.
func (c *userAddCmd) check(ctx context.Context, db *store.DB) error {
	if _, err := recur.Location(c.TimeZone); err != nil || c.TimeZone == "" {
		return wrongUse{hinted{fmt.Errorf("no time zone is called %q", c.TimeZone), "zones have names such as Europe/Helsinki or America/New_York"}}
	}
	login, err := db.LoginByEmail(ctx, auth.FoldEmail(c.Email))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find sign-in: %w", err)
	}
	members, err := db.Memberships(ctx, login.ID)
	if err != nil {
		return fmt.Errorf("find companies: %w", err)
	}
	if len(members) > 0 {
		return hinted{fmt.Errorf("%s is there already", login.Email), "change the password with: tahti user password --email " + login.Email}
	}
	return nil
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now().UTC() }

// setPassword reads a password and gives it to the sign-in of an address, making one if there is none.
func setPassword(ctx context.Context, db *store.DB, email string, in io.Reader) (store.Login, error) {
	password, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return store.Login{}, fmt.Errorf("read password: %w", err)
	}
	return putPassword(ctx, db, email, strings.TrimRight(password, "\r\n"))
}

func putPassword(ctx context.Context, db *store.DB, email, password string) (store.Login, error) {
	email = auth.FoldEmail(email)
	if err := auth.CheckPassword(password, email); err != nil {
		return store.Login{}, hinted{err, "at least 10 characters, and not the mail address"}
	}
	hash, err := hasher().Hash(ctx, password)
	if err != nil {
		return store.Login{}, fmt.Errorf("hash password: %w", err)
	}
	login, err := db.LoginByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		login = store.Login{Email: email, Created: time.Now()}
	} else if err != nil {
		return login, fmt.Errorf("find sign-in: %w", err)
	}
	login.Password, login.Failed, login.LockedUntil = hash, 0, time.Time{}
	if err := db.PutLogin(ctx, &login); err != nil {
		return login, fmt.Errorf("save sign-in: %w", err)
	}
	return login, nil
}

type userPasswordCmd struct {
	where
	Email string `help:"Whose." required:"" placeholder:"EMAIL"`
}

// Run sets a password.
func (c *userPasswordCmd) Run(ctx context.Context, a *app) error {
	db, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, _, err := findUser(ctx, db, c.Email); err != nil {
		return err
	}
	login, err := setPassword(ctx, db, c.Email, a.in)
	if err != nil {
		return err
	}
	if a.json {
		return a.print(map[string]string{"changed": login.Email})
	}
	_, err = fmt.Fprintf(a.err, "changed the password of %s\n", login.Email)
	return err
}

type userListCmd struct{ where }

// Run lists people.
func (c *userListCmd) Run(ctx context.Context, a *app) error {
	db, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer db.Close()
	ids, err := db.CompanyIDs(ctx)
	if err != nil {
		return err
	}
	type row struct {
		Company int64  `json:"company"`
		ID      int64  `json:"id"`
		Email   string `json:"email"`
		Name    string `json:"name"`
		Role    string `json:"role"`
		Active  bool   `json:"active"`
	}
	rows := []row{}
	for _, id := range ids {
		err := db.View(ctx, id, func(tx *store.Tx) error {
			users, err := tx.Users(ctx)
			for _, u := range users {
				rows = append(rows, row{id, u.ID, u.Email, u.Name, string(u.Role), u.Active})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if a.json {
		return a.print(rows)
	}
	for _, r := range rows {
		state := ""
		if !r.Active {
			state = "  (deactivated)"
		}
		fmt.Fprintf(a.out, "%-32s %-10s %s%s\n", r.Email, r.Role, r.Name, state)
	}
	return nil
}
