package ews

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"tahti/internal/provider"
)

const opSignIn = "sign in"

// choose finds out how the web services want to be signed in to, without a sign-in.
func (f *finder) choose(ctx context.Context, at *url.URL) (SignIn, error) {
	if f.Password == "" {
		return Bearer, nil
	}
	a, err := f.once(ctx, f.Transport, http.MethodPost, at, envelope(ownCalendar()))
	if err != nil {
		return "", err
	}
	if a.status == http.StatusUnauthorized {
		return f.way(a)
	}
	return "", f.unasked(at, a)
}

// unasked is what is wrong with whoever answers without asking who we are: it is no Exchange, or stands in front of one.
func (f *finder) unasked(at *url.URL, a *answer) error {
	c := &client{url: at, signer: &bearer{f.Transport}, now: f.Now}
	q := call{op: opSignIn, name: "GetFolder"}
	resp := &http.Response{StatusCode: a.status, Header: a.header}
	if e := c.judge(q, a, resp); e != nil {
		return e
	}
	return &provider.Error{Op: opSignIn, Class: provider.Rejected, Code: provider.CodeWrongAddress, Status: fmt.Sprintf("HTTP %d without a sign-in", a.status)}
}

// ownCalendar asks for the person's calendar.
func ownCalendar() element {
	return el("m:GetFolder", folderShape(), el("m:FolderIds", distinguished("calendar")))
}

// try signs in once.
func (f *finder) try(ctx context.Context, s Server) error {
	c, err := newClient(Config{
		URL: s.URL, SignIn: s.SignIn, Username: f.Username, Password: f.Password, Transport: f.Transport, Private: f.Private, Now: f.Now,
		AllowPlain: f.AllowPlain, Timeout: f.Timeout,
	})
	if err != nil {
		return err
	}
	if known := f.signers[s.SignIn]; known != nil {
		c.signer, c.http.Transport = known, known
	}
	return check(ctx, c)
}

// Check signs in with what is stored, and says what is wrong by a code.
func Check(ctx context.Context, c Config) error {
	cl, err := newClient(c)
	if err != nil {
		return err
	}
	return check(ctx, cl)
}

func check(ctx context.Context, c *client) error {
	q := call{op: opSignIn, name: "GetFolder", body: ownCalendar()}
	list, a, err := do[folderMessage](ctx, c, q)
	if err != nil {
		return err
	}
	e := c.refusal(q, a, list[0].head())
	switch {
	case e == nil:
		return nil
	case e.Class == provider.Gone: // somebody without a calendar has no mailbox here
		e.Class, e.Code = provider.Forbidden, provider.CodeNoMailbox
	}
	return e
}
