package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tahti/internal/standin/caldav"
)

type standinCmd struct {
	Caldav standinCaldavCmd `cmd:"" name:"caldav" help:"A strict CalDAV server in memory.\n\nExample: tahti standin caldav --listen 127.0.0.1:5000 --password PW"`
	Google standinGoogleCmd `cmd:"" name:"google" help:"A strict Google Calendar in memory, with its sign-in pages.\n\nExample: tahti standin google --listen 127.0.0.1:5001 --token TOKEN"`
	Graph  standinGraphCmd  `cmd:"" name:"graph" help:"A strict Microsoft 365 calendar in memory, with its sign-in pages.\n\nExample: tahti standin graph --listen 127.0.0.1:5002 --token TOKEN"`
	EWS    standinEWSCmd    `cmd:"" name:"ews" help:"A strict Exchange server in memory, for its web services.\n\nExample: tahti standin ews --listen 127.0.0.1:5003 --password PW"`

	Pipedrive standinPipedriveCmd `cmd:"" name:"pipedrive" help:"A strict company at Pipedrive in memory, with its sign-in pages.\n\nExample: tahti standin pipedrive --listen 127.0.0.1:5004 --token TOKEN"`
}

// standinAt is what all stand-ins are told.
type standinAt struct {
	Listen   string `help:"Where to listen (a free port of this machine)." default:"127.0.0.1:0" placeholder:"ADDR"`
	User     string `help:"The account (${default})." default:"alice@example.com" placeholder:"EMAIL"`
	Password string `help:"Its password (${default})." default:"secret" placeholder:"PW"`
	Token    string `help:"A bearer token that is taken too." placeholder:"TOKEN"`
	TLS      bool   `name:"tls" help:"Serve with a certificate of its own; its file is printed."`
}

type standinCaldavCmd struct {
	standinAt
	Profile  string `help:"Whose behaviour: plain, radicale, xandikos, cyrus, davical, sogo, sabre, baikal." default:"plain"`
	ReadOnly bool   `help:"The calendar may only be read."`
}

// Run serves one account with one empty calendar until it is told to stop.
func (c *standinCaldavCmd) Run(ctx context.Context, a *app) error {
	o := caldav.Options{Token: c.Token, Users: []caldav.User{{
		Name: c.User, Password: c.Password, Calendars: []caldav.Calendar{{Name: "calendar", ReadOnly: c.ReadOnly}},
	}}}
	for _, p := range caldav.Profiles() {
		if p.Name == c.Profile {
			o.Profile = p
		}
	}
	if o.Profile.Name == "" {
		return wrongUse{hinted{fmt.Errorf("no profile is called %q", c.Profile), "tahti standin caldav --help names them"}}
	}
	return c.serve(ctx, a, caldav.New(o))
}

// serve announces where a stand-in is and serves it until ctx ends.
func (c *standinAt) serve(ctx context.Context, a *app, h http.Handler) error {
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	scheme, file := "http", ""
	if c.TLS {
		if ln, file, err = withCertificate(ln); err != nil {
			return err
		}
		defer os.RemoveAll(filepath.Dir(file))
		scheme = "https"
	}
	if err := announceStandin(a, fmt.Sprintf("%s://%s/", scheme, ln.Addr()), file); err != nil {
		return err
	}
	return serveUntil(ctx, ln, h)
}

func announceStandin(a *app, address, certificate string) error {
	if a.json {
		return a.print(map[string]string{"url": address, "certificate": certificate})
	}
	if certificate != "" {
		fmt.Fprintf(a.out, "certificate %s\n", certificate)
	}
	_, err := fmt.Fprintln(a.out, address)
	return err
}

// serveUntil serves a handler until ctx ends.
func serveUntil(ctx context.Context, ln net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	if x, ok := h.(interface {
		ConnState(net.Conn, http.ConnState)
	}); ok {
		server.ConnState = x.ConnState // it signs in connections, and wants to know when they end
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // the listener's error is what Serve answers
	defer stop()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
