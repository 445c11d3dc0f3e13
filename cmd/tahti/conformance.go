package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"tahti/internal/netguard"
	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
	"tahti/internal/scratch"
)

type conformanceCmd struct {
	Provider      string   `help:"Whose calendar: google, graph (Microsoft 365), ews (Exchange on premises), caldav or pipedrive." enum:"google,graph,ews,caldav,pipedrive" required:"" placeholder:"NAME"`
	URL           string   `name:"url" help:"The server's address: of a CalDAV or Exchange server, of a sovereign cloud, of a stand-in." placeholder:"URL"`
	Username      string   `help:"The user name at the CalDAV or Exchange server." placeholder:"NAME"`
	PasswordStdin bool     `help:"Read the password from standard input."`
	TrustHost     []string `help:"A host that the server points to and that may have the password, too." placeholder:"HOST" sep:"none"`
	CAFile        string   `name:"ca-file" help:"Further certificate authorities." env:"TAHTI_CA_FILE" placeholder:"FILE"`
}

// tokenVariable holds the access token, where others do not see it.
const tokenVariable = "TAHTI_CONFORMANCE_TOKEN"

// Validate is called by the parser.
func (c *conformanceCmd) Validate() error {
	switch {
	case c.Provider == "caldav" && (c.URL == "" || c.Username == ""):
		return errors.New("give the CalDAV server with --url, and the user name with --username")
	case c.Provider == "ews" && c.Username == "":
		return errors.New("give the user name with --username; without --url it is a mail address, whose domain says where its server is")
	case strings.HasPrefix(strings.ToLower(c.URL), "http:") && !onThisMachine(c.URL):
		return fmt.Errorf("%s is not encrypted, and would show the sign-in to everybody on the way: give an address that begins with https", c.URL)
	case !c.byPassword() && (c.Username != "" || c.PasswordStdin):
		return fmt.Errorf("%s takes an access token and no password: put it into %s, or give it on standard input", c.Provider, tokenVariable)
	}
	return nil
}

// byPassword reports whether the provider takes a user name and a password, and no token.
func (c *conformanceCmd) byPassword() bool { return c.Provider == "caldav" || c.Provider == "ews" }

// onThisMachine reports whether an address is one of the machine's own, as a stand-in's is.
func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// Run runs the suite in a calendar of its own, and says what came out.
func (c *conformanceCmd) Run(ctx context.Context, a *app) error {
	account, err := c.account(a)
	if err != nil {
		return err
	}
	report, err := scratch.Run(ctx, account,
		func(name string) {
			if c.Provider == "pipedrive" {
				a.tell("examining over the activities of the token's user, who may have none; nothing else is touched, and nobody is mailed")
				return
			}
			a.tell("making the calendar %q; nothing else is touched, and nobody is mailed", name)
		},
		a.tellCase)
	if report.Left {
		err = hinted{err, fmt.Sprintf("delete the calendar %q by hand: nothing in it is yours", report.Calendar)}
	}
	if u, ok := errors.AsType[*provider.Unconfirmed](err); ok {
		err = hinted{err, fmt.Sprintf("if %s may have the password, too, say so with --trust-host %s", u.Host, u.Host)}
	}
	if errors.Is(err, context.Canceled) && !report.Left {
		err = errors.New("stopped before the end; the calendar is removed")
	}
	cases := report.Result.Parts
	if len(cases) == 0 && err != nil {
		return err
	}
	if a.json {
		if err := a.print(conformanceDocument{report, version(), count(cases)}); err != nil {
			return err
		}
	} else if ctx.Err() == nil { // half a run is no row
		if err := sayConformance(a, report); err != nil {
			return err
		}
	}
	if n := count(cases)[conformance.Failed]; err == nil && n > 0 {
		err = fmt.Errorf("%d of %d cases failed", n, len(cases))
	}
	return err
}

// account is where the calendar is made.
func (c *conformanceCmd) account(a *app) (scratch.Account, error) {
	roots, err := netguard.LoadRoots(c.CAFile)
	if err != nil {
		return scratch.Account{}, wrongUse{err}
	}
	s := scratch.Account{
		Provider: c.Provider, URL: c.URL, Username: c.Username, Hosts: c.TrustHost, Now: time.Now,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: time.Minute,
			DisableCompression: true, // a proxy that compresses changes versions
		},
	}
	if c.byPassword() {
		s.Password, err = a.password(c.PasswordStdin, passwordOrApp)
		return s, err
	}
	s.Token = os.Getenv(tokenVariable)
	if s.Token == "" && !onTerminal(a.in) {
		if s.Token, err = a.password(true, ""); err != nil {
			return s, err
		}
	}
	if s.Token = strings.TrimSpace(s.Token); s.Token == "" {
		if c.Provider == "pipedrive" {
			return s, wrongUse{hinted{errors.New("no API token is given"),
				fmt.Sprintf("put that of a user who has no activities into %s, or give it on standard input", tokenVariable)}}
		}
		scope := map[string]string{"google": "https://www.googleapis.com/auth/calendar.app.created", "graph": "Calendars.ReadWrite"}[c.Provider]
		return s, wrongUse{hinted{errors.New("no access token is given"),
			fmt.Sprintf("put one with the scope %s into %s, or give it on standard input", scope, tokenVariable)}}
	}
	return s, nil
}

// tell says how far a command is.
func (a *app) tell(format string, args ...any) {
	if !a.json {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}

// tellCase says how a case ended, and why where it did not pass.
func (a *app) tellCase(r conformance.Result) {
	if r.Outcome == conformance.NotRun {
		return
	}
	a.tell("%-7s %s (%.1f s)", r.Outcome, r.Name, r.Took.Seconds())
	if r.Outcome == conformance.Failed || r.Outcome == conformance.Skipped {
		a.tellLines(r)
	}
	for _, p := range r.Parts {
		if p.Outcome == conformance.Failed || p.Outcome == conformance.Skipped {
			a.tell("        %s: %s", p.Outcome, firstLine(p.Name))
			a.tellLines(p)
		}
	}
}

func (a *app) tellLines(r conformance.Result) {
	for _, text := range r.Lines {
		for line := range strings.Lines(text) {
			a.tell("        %s", strings.TrimRight(line, "\n"))
		}
	}
}

// conformanceDocument is a report with the figures that scripts look for.
type conformanceDocument struct {
	scratch.Report
	Version string                      `json:"version"`
	Counts  map[conformance.Outcome]int `json:"counts"`
}

func count(cases []conformance.Result) map[conformance.Outcome]int {
	n := map[conformance.Outcome]int{conformance.Passed: 0, conformance.Skipped: 0, conformance.Failed: 0, conformance.NotRun: 0}
	for _, r := range cases {
		n[r.Outcome]++
	}
	return n
}

// sayConformance writes the row for docs/providers.md, with its head.
func sayConformance(a *app, r scratch.Report) error {
	var skipped, bad []string
	for _, c := range r.Result.Parts {
		switch c.Outcome {
		case conformance.Skipped:
			skipped = append(skipped, c.Name+": "+c.Reason())
		case conformance.Failed:
			bad = append(bad, c.Name)
		}
		for _, p := range c.Parts {
			if p.Outcome == conformance.Skipped {
				skipped = append(skipped, firstLine(p.Name)+": "+p.Reason())
			}
		}
	}
	row := []string{r.Provider + " at " + r.Server, "tahti " + version(), "(your name)", r.Date, fmt.Sprint(count(r.Result.Parts)[conformance.Passed]),
		cmp.Or(strings.Join(skipped, "; "), "none"), cmp.Or(strings.Join(bad, "; "), "none")}
	for i, cell := range row {
		row[i] = strings.ReplaceAll(firstLine(cell), "|", `\|`)
	}
	_, err := fmt.Fprintf(a.out, "| service | version | by | when | passed | skipped, and why | failed |\n|---|---|---|---|---|---|---|\n| %s |\n", strings.Join(row, " | "))
	return err
}

// firstLine is a text without what follows its first line.
func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}
