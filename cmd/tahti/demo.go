package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/demo"
	"tahti/internal/house"
)

type demoCmd struct {
	Listen string `help:"Where to listen (${default})." default:"127.0.0.1:8080" placeholder:"ADDR"`
	Data   string `help:"Keep the data in this folder instead of a temporary one." type:"path" placeholder:"DIR"`
}

const demoUser = "alice@example.com"

// otherAccount is a second account of hers at Google and at Microsoft, to take for the first.
const otherAccount = "alice.home@example.com"

// Run serves a sample company and stand-in calendars, some of them connected already, until it is told to stop.
func (c *demoCmd) Run(ctx context.Context, a *app) error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	if c.Data == "" {
		defer os.RemoveAll(dir)
	}
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return hinted{fmt.Errorf("listen: %w", err), "choose another address with --listen 127.0.0.1:8081"}
	}
	password := rand.Text()[:12]
	stand, err := openStandins(password)
	if err != nil {
		return err
	}
	log := logger(a.err, false)
	w := where{Data: dir}
	db, err := w.open(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	o := outside{
		AllowNetworks: "127.0.0.0/8", PollInterval: time.Second, BaseURL: "http://" + ln.Addr().String(),
		registrations: stand.registrations(),
	}
	m := newMetrics()
	h, err := o.build(ctx, w, db, m, log)
	if err != nil {
		return err
	}
	handler, err := surfaces(h, surfaceConfig{BaseURL: o.BaseURL, Pipedrive: true, Metrics: m, Log: log, Loopback: onlyHere(ln.Addr(), o.BaseURL)})
	if err != nil {
		return err
	}
	standing := stand.serve(ctx)
	if err := c.furnish(ctx, h, stand, password); err != nil {
		return fmt.Errorf("furnish the demo: %w", err)
	}
	if err := c.announce(a, o.BaseURL, stand, password); err != nil {
		return err
	}
	if err := serve(ctx, ln, handler, h, log); err != nil {
		return err
	}
	return standing()
}

func (c *demoCmd) folder() (string, error) {
	if c.Data != "" {
		return c.Data, os.MkdirAll(c.Data, 0o700)
	}
	return os.MkdirTemp("", "tahti-demo-")
}

// furnish founds the sample company and connects its people's calendars. A demo folder that is used again keeps its
// people and activities, and gets a new password and new stand-ins.
func (c *demoCmd) furnish(ctx context.Context, h *house.House, stand *standins, password string) error {
	login, err := putPassword(ctx, h.DB, demoUser, password)
	if err != nil {
		return err
	}
	second, err := putPassword(ctx, h.DB, chainUser, password)
	if err != nil {
		return err
	}
	for name, body := range demo.Events(time.Now()) {
		if err := stand.caldav.PutRaw(demoUser, "work", name, body); err != nil {
			return err
		}
	}
	if ids, err := h.DB.CompanyIDs(ctx); err != nil || len(ids) > 0 {
		return err
	}
	company, user, err := h.Found(ctx, house.Founding{
		Company: "Sample company", Name: "Alice", Email: demoUser, PasswordHash: login.Password, TimeZone: demo.Zone, Locale: "en",
	})
	if err != nil {
		return err
	}
	if err := demo.Furnish(ctx, h, company, user, time.Now()); err != nil {
		return err
	}
	sign := account.Credentials{URL: stand.url("caldav"), Username: demoUser, Password: password}
	found, err := h.Accounts.Discover(ctx, "caldav", sign)
	if err != nil {
		return err
	}
	who := connection.Who{Company: company, User: user}
	_, err = h.Connections.Connect(ctx, who, connection.Request{Provider: "caldav", Sign: sign, Calendar: found.Calendars[0].ID, Settings: everything})
	if err != nil {
		return err
	}
	return stand.chain(ctx, h, who, second)
}

func (c *demoCmd) announce(a *app, base string, stand *standins, password string) error {
	if a.json {
		urls := map[string]string{}
		for _, x := range stand.list {
			urls[x.kind] = x.url
		}
		return a.print(map[string]any{"url": base, "user": demoUser, "password": password, "standins": urls})
	}
	fmt.Fprintf(a.out, `Tahti demo

  Open      %s
  User      %s
  Password  %s

  Bob (%s, the same password) works in Pipedrive and has a calendar at Google; both are
  connected. Move his %q on one page, and see it move on the other.

  Stand-in calendars, to see and edit in the browser. The first is connected; connect the others under
  Calendar sync, Add new account. On their sign-in pages, with the same user and password, a box can be left
  unticked; on the calendars' pages an administrator can forbid it. A second account is there, too:
  %s.
  Exchange takes the same user as e-mail address, the same password, and as server its address below. With
  the gateway on its page switched on, it takes the app password %s instead.

`, base, demoUser, password, chainUser, chainSubject, otherAccount, appPassword(password))
	for _, x := range stand.list {
		fmt.Fprintf(a.out, "    %-14s %s\n", x.title, x.url)
	}
	_, err := fmt.Fprint(a.out, "\nPress Ctrl+C to stop.\n")
	return err
}
