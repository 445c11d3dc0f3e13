package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"tahti/internal/provider"
	"tahti/internal/provider/pipedrive"
)

// The kinds of Pipedrive's accounts: one signs in on its page, the other with a user's API token.
const (
	Pipedrive      = "pipedrive"
	PipedriveToken = "pipedrive_token"
)

// CodeWrongToken is the cause of a refused API token.
const CodeWrongToken = pipedrive.CodeWrongToken

// pipedriveHost is where every API token is good, whatever company it is of.
const pipedriveHost = "https://api.pipedrive.com"

func pipedriveConfig(env Env, o Opening) (pipedrive.Config, error) {
	p, err := pipedrive.ParseProfile(o.Profile)
	c := pipedrive.Config{Base: o.Server, User: o.Calendar, Profile: p, Token: strings.TrimSpace(o.Password), Feed: o.Feed, Transport: o.Transport, Now: env.Now}
	if o.Transport == nil { // an API token, at an address that somebody typed
		c.Transport = env.Transport
		if !plainOrSafe(env, o.Server) {
			return c, &provider.Error{Op: "open account", Class: provider.Rejected, Code: provider.CodePlainHTTP, Status: "not sent"}
		}
	}
	return c, err
}

func plainOrSafe(env Env, address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || plain(env, address))
}

func pipedriveLister(env Env, o Opening) (*pipedrive.Account, error) {
	c, err := pipedriveConfig(env, o)
	if err != nil {
		return nil, err
	}
	return pipedrive.OpenAccount(c)
}

func pipedriveActivities(env Env, o Opening) (*pipedrive.User, error) {
	c, err := pipedriveConfig(env, o)
	if err != nil {
		return nil, err
	}
	return pipedrive.Open(c)
}

func openPipedrive(env Env, o Opening) (provider.Provider, error) { return pipedriveActivities(env, o) }

func probePipedrive(ctx context.Context, env Env, o Opening) (json.RawMessage, error) {
	u, err := pipedriveActivities(env, o)
	if err != nil {
		return nil, err
	}
	p, err := u.Probe(ctx)
	if err != nil {
		return nil, err
	}
	return json.Marshal(p)
}

// discoverPipedrive finds out whose an API token is, and where their company is. An address is only needed where it is not at Pipedrive's own.
func discoverPipedrive(ctx context.Context, env Env, c Credentials) (Discovery, error) {
	if strings.TrimSpace(c.Password) == "" {
		return Discovery{}, &provider.Error{Op: "sign in", Class: provider.SignIn, Code: pipedrive.CodeWrongToken, Status: "no token was given"}
	}
	typed, err := companyAddress(c.URL)
	if err != nil {
		return Discovery{}, err
	}
	o := Opening{Server: cmp.Or(typed, pipedriveHost), Password: strings.TrimSpace(c.Password)}
	a, err := pipedriveLister(env, o)
	if err != nil {
		return Discovery{}, err
	}
	me, err := a.Me(ctx)
	if err != nil {
		return Discovery{}, wrongCompany(err)
	}
	if o.Server == pipedriveHost && me.Domain != "" {
		o.Server = "https://" + me.Domain + ".pipedrive.com"
		if a, err = pipedriveLister(env, o); err != nil {
			return Discovery{}, err
		}
	}
	d := Discovery{Server: o.Server, Username: fmt.Sprintf("%d/%d", me.Company, me.ID), Label: me.Email}
	d.Calendars, err = a.Calendars(ctx)
	return d, err
}

// companyAddress reads what people paste: the company's address, a page of it, or its name alone.
func companyAddress(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	switch {
	case typed == "":
		return "", nil
	case !strings.Contains(typed, "."), strings.Contains(typed, "://"):
	default:
		typed = "https://" + typed
	}
	if !strings.Contains(typed, "://") {
		typed = "https://" + typed + ".pipedrive.com"
	}
	u, err := url.Parse(typed)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", &provider.Error{Op: "sign in", Class: provider.Rejected, Code: provider.CodeWrongAddress, Status: "no web address"}
	}
	return u.Scheme + "://" + u.Host, nil
}

// wrongCompany says of an address at which nothing is found, or something else, that it is wrong.
func wrongCompany(err error) error {
	if e, ok := errors.AsType[*provider.Error](err); ok && e.Class == provider.Gone {
		named := *e
		named.Class, named.Code = provider.Rejected, provider.CodeWrongAddress
		return &named
	}
	return err
}
