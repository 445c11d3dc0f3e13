package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"tahti/client"
)

// far is the running server that a command speaks to.
type far struct {
	Server string `help:"The running server (${default})." env:"TAHTI_SERVER" default:"http://127.0.0.1:8080" placeholder:"URL"`
	Token  string `help:"The API token; better given in the environment, where others do not see it." env:"TAHTI_TOKEN" placeholder:"TOKEN"`
}

const howToken = "make a token with: tahti token create --data ./data --user EMAIL\nand put it into the environment: export TAHTI_TOKEN=…"

func (f far) dial() (*client.Client, error) {
	if f.Token == "" {
		return nil, hinted{errors.New("no API token is given"), howToken}
	}
	c, err := client.New(f.Server, f.Token, client.WithLanguage("en"))
	if err != nil {
		return nil, wrongUse{hinted{err, "give it with --server or TAHTI_SERVER"}}
	}
	return c, nil
}

// explain says what went wrong at the server: the cause, and the next step on lines of their own.
func (f far) explain(err error) error {
	if err == nil {
		return nil
	}
	p, ok := errors.AsType[*client.Problem](err)
	if !ok {
		return hinted{err, fmt.Sprintf("is the server running at %s? Start it with: tahti serve, or name another with --server", f.Server)}
	}
	if p.Code == "not_signed_in" {
		return hinted{fmt.Errorf("the server at %s does not know this API token: %w", f.Server, refusal{p}), howToken}
	}
	var lines []string
	for _, s := range []string{p.Detail, p.Cause, p.Next} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	if r := remedyOf(p); r.Where != "" {
		lines = append(lines, "Where to make one: "+r.Where)
	} else if r.Action == "sign_in_at_microsoft" {
		lines = append(lines, "On the command line: tahti connect ews --microsoft --email EMAIL --url https://SERVER")
	} else if r.Text != "" && r.Action == "ask_administrator" {
		lines = append(lines, "", "Text for the administrator:", "", r.Text)
	}
	return hinted{refusal{p}, strings.Join(lines, "\n")}
}

// refusal is a problem in the house's way of writing errors; its detail and its next step go on lines of their own.
type refusal struct{ *client.Problem }

func (r refusal) Error() string { return lowerFirst(strings.TrimSuffix(r.Title, ".")) }
func (r refusal) Unwrap() error { return r.Problem }

// lowerFirst writes a title as the middle of a line; abbreviations stay.
func lowerFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

// print writes the one JSON document of a command.
func (a *app) print(v any) error {
	a.printed = true
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// onTerminal reports whether people look at w.
func onTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// confirm asks a question at the terminal. asked is false where nobody is there to answer.
func (a *app) confirm(question string) (yes, asked bool) {
	if !onTerminal(a.in) || a.json {
		return false, false
	}
	fmt.Fprintf(a.err, "%s [y/N] ", question)
	var answer string
	_, _ = fmt.Fscanln(a.in, &answer) // no answer is no
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"), true
}

// passwordOrApp asks for the password at a service of which it is not known which one it wants.
const passwordOrApp = "Password (an app password, if you sign in with two factors)"

// password reads one line: from a pipe if fromPipe is set, and else from the terminal, without showing it.
func (a *app) password(fromPipe bool, prompt string) (string, error) {
	if fromPipe {
		b, err := io.ReadAll(io.LimitReader(a.in, 4096))
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		line, _, _ := strings.Cut(string(b), "\n")
		return strings.TrimSuffix(line, "\r"), nil
	}
	f, ok := a.in.(*os.File)
	if !ok || !onTerminal(f) {
		return "", wrongUse{hinted{errors.New("nobody is there to type the password"), "give it on standard input, with --password-stdin"}}
	}
	fmt.Fprint(a.err, prompt+": ")
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.err)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(b), nil
}
