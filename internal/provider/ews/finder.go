package ews

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tahti/internal/provider"
)

// domain asks the places where a domain may have its Autodiscover, until one leads on (providers.md 3.4). A refused password ends it at
// once: trying on would count as further failures, and accounts are locked for those. The domain itself comes after the name that is
// made for it: behind it there is often a website, at somebody else's, to whom the password is no use.
func (f *finder) domain(ctx context.Context, domain, email string) (lead, error) {
	for _, host := range []string{"autodiscover." + domain, domain} {
		if l, err := f.host(ctx, host, email); err != nil || l != (lead{}) {
			return l, err
		}
	}
	if at := f.redirect(ctx, "autodiscover."+domain); at != nil {
		if l, err := f.follow(ctx, at, email); err != nil || l != (lead{}) {
			return l, err
		}
	}
	if at := f.record(ctx, domain); at != nil {
		if l, err := f.follow(ctx, at, email); err != nil || l != (lead{}) {
			return l, err
		}
	}
	return lead{}, f.nowhere("nothing there leads to a server")
}

// nowhere is the end of a search; what a place said against it comes first.
func (f *finder) nowhere(why string) error {
	if f.worst != nil {
		return f.worst
	}
	if f.silent != nil && !f.answered {
		return f.silent
	}
	return &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: CodeNotDiscovered, Status: why}
}

// host asks one host by both protocols.
func (f *finder) host(ctx context.Context, host, email string) (lead, error) {
	return f.follow(ctx, &url.URL{Scheme: "https", Host: host, Path: poxPath}, email)
}

// follow asks an Autodiscover, and those that it leads to.
func (f *finder) follow(ctx context.Context, at *url.URL, email string) (lead, error) {
	for range maxHops {
		if f.seen[at.String()] {
			return lead{}, nil
		}
		f.seen[at.String()] = true
		if Online(at.Hostname()) {
			return lead{}, inTheCloud(at.Hostname())
		}
		l, err := f.ask(ctx, at, email)
		if err != nil || l.url == "" {
			return l, err
		}
		next, err := at.Parse(l.url)
		if err != nil {
			return lead{}, nil //nolint:nilerr // it leads nowhere
		}
		at = next
	}
	return lead{}, nil
}

// ask asks one Autodiscover. Trouble that is that host's alone is no end of the search.
func (f *finder) ask(ctx context.Context, at *url.URL, email string) (lead, error) {
	soap := *at
	soap.Path = soapPath
	for _, c := range []struct {
		at   *url.URL
		body []byte
		read func([]byte) (lead, bool)
	}{
		{at, poxRequest(email), poxAnswer},
		{&soap, soapRequest(&soap, email), soapAnswer},
	} {
		a, err := f.post(ctx, c.at, c.body)
		switch {
		case err != nil && f.final(err):
			return lead{}, err
		case err != nil:
			f.note(err)
			if a == nil {
				return lead{}, nil // not reached: the other protocol would not be either
			}
			continue
		}
		l, err := f.hear(c.at, a, c.read)
		if err != nil || l != (lead{}) {
			return l, err
		}
	}
	return lead{}, nil
}

// hear is what an answer leads to. What it says against the sign-in is final; what it says otherwise is noted.
func (f *finder) hear(at *url.URL, a *answer, read func([]byte) (lead, bool)) (lead, error) {
	if a.status >= 300 && a.status < 400 {
		to, err := at.Parse(a.header.Get("Location"))
		switch {
		case err != nil:
		case strings.Contains(strings.ToLower(to.Path), "autodiscover"):
			return lead{url: to.String()}, nil
		case pageToSignIn(to.Path):
			f.note(&provider.Error{Op: opDiscover, Class: provider.Forbidden, Code: loginPage(to.String(), nil), Status: fmt.Sprintf("HTTP %d", a.status)})
		}
		return lead{}, nil
	}
	if l, ok := read(a.text); ok && a.status == http.StatusOK {
		if !l.noMailbox {
			return l, nil
		}
		f.note(&provider.Error{Op: opDiscover, Class: provider.Forbidden, Code: provider.CodeNoMailbox, Status: "autodiscover"})
		return lead{}, nil
	}
	if a.status == http.StatusOK || !a.signed && a.status != loginTimeout {
		return lead{}, nil // a website
	}
	c := &client{url: at, signer: &bearer{}, now: f.Now}
	q := call{op: opDiscover}
	err := c.judge(q, a, &http.Response{Header: a.header})
	if _, fault, wrong := decode[message](a.text, ""); err == nil && wrong == nil && fault != nil {
		err = c.refuse(q, a, fault.Detail.Code, &fault.Detail.More)
	}
	if err != nil && f.final(err) {
		return lead{}, err
	}
	if err != nil {
		f.note(err)
	}
	return lead{}, nil
}

// pageToSignIn reports whether a path is called like a page to sign in on.
func pageToSignIn(path string) bool {
	return says(path, "logon", "login", "signin", "sign-in", "/auth", "adfs", "mfa")
}

// note keeps the error that says most.
func (f *finder) note(err error) {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return
	}
	if e.Code == provider.CodeUnreachable {
		f.silent = err
	}
	switch e.Code {
	case provider.CodeUnreachable, provider.CodeWrongAddress, provider.CodeServer, "":
		return // a domain without Autodiscover at this name
	}
	if f.worst == nil || e.Code == provider.CodeNoMailbox || e.Code == CodeSecondFactor {
		f.worst = err
	}
}

// final reports whether asking elsewhere is of no use, or would do harm.
func (f *finder) final(err error) bool {
	e, ok := errors.AsType[*provider.Error](err)
	return !ok || e.Class == provider.SignIn || e.Class == provider.RateLimited || e.Code == provider.CodeForbiddenNetwork
}

// post asks without a sign-in first, and with it if the server wants one. What comes back is an answer of any status but 401; an error
// with an answer is one that the host has given.
func (f *finder) post(ctx context.Context, at *url.URL, body []byte) (*answer, error) {
	if err := f.allowed(at); err != nil {
		return nil, err
	}
	a, err := f.once(ctx, f.Transport, http.MethodPost, at, body)
	if err != nil || a.status != http.StatusUnauthorized {
		return a, err
	}
	kind, err := f.way(a)
	if err != nil {
		return a, err
	}
	s, err := f.signer(kind)
	if err != nil {
		return nil, err
	}
	if a, err = f.once(ctx, s, http.MethodPost, at, body); err != nil {
		return nil, err
	}
	if a.signed = true; a.status == http.StatusUnauthorized {
		return a, signInError(unauthorized(kind, a.header))
	}
	return a, nil
}

func signInError(code string) error {
	return &provider.Error{Op: opDiscover, Class: provider.SignIn, Code: code, Status: "HTTP 401", Err: refused{status: http.StatusUnauthorized}}
}

// way picks how to sign in: the password itself where the server takes that, for each request then stands by itself; else by NTLM.
func (f *finder) way(a *answer) (SignIn, error) {
	w := offered(a.header)
	switch {
	case f.Password == "":
		return Bearer, signInError(provider.CodeSignInEnded)
	case w.basic || !w.ntlm && !w.negotiate && !w.bearer && !w.other:
		return Basic, nil
	case w.ntlm && f.Private != nil:
		return NTLM, nil
	}
	if w.hybrid {
		return "", signInError(CodeHybrid)
	}
	return "", signInError(provider.CodeSignInKind)
}

// signer is one for all hosts, so that a password which one of them refused is not sent to the next.
func (f *finder) signer(kind SignIn) (signer, error) {
	if s := f.signers[kind]; s != nil {
		return s, nil
	}
	s, err := newSigner(Config{SignIn: kind, Username: f.Username, Password: f.Password, Transport: f.Transport, Private: f.Private})
	if err == nil {
		f.signers[kind] = s
	}
	return s, err
}

func (f *finder) once(ctx context.Context, t http.RoundTripper, method string, at *url.URL, body []byte) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, &provider.Error{Op: opDiscover, Class: provider.Rejected, Code: provider.CodeWrongAddress, Err: err}
	}
	req.Header.Set("User-Agent", userAgent)
	if body != nil {
		req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	}
	client := http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return nil, unanswered(call{op: opDiscover}, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxLead+1))
	if err != nil {
		return nil, unanswered(call{op: opDiscover}, err)
	}
	f.answered = true
	return &answer{status: resp.StatusCode, header: resp.Header, text: text}, nil
}

// redirect asks a host without encryption, and without a sign-in, where its Autodiscover is; nil if it does not say.
func (f *finder) redirect(ctx context.Context, host string) *url.URL {
	a, err := f.once(ctx, f.Transport, http.MethodGet, &url.URL{Scheme: "http", Host: host, Path: poxPath}, nil)
	if err != nil || a.status < 300 || a.status > 399 {
		return nil
	}
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil
	}
	return u
}

// record looks the domain's record up; nil if there is none. DNS can be forged, so a server of another domain has to be confirmed.
func (f *finder) record(ctx context.Context, domain string) *url.URL {
	if f.Resolver == nil {
		return nil
	}
	_, records, err := f.Resolver.LookupSRV(ctx, "autodiscover", "tcp", domain)
	if err != nil || len(records) == 0 {
		return nil
	}
	host := strings.ToLower(strings.TrimSuffix(records[0].Target, "."))
	if host == "" {
		return nil
	}
	if port := records[0].Port; port != 443 && port != 0 {
		host = fmt.Sprintf("%s:%d", host, port)
	}
	return &url.URL{Scheme: "https", Host: host, Path: poxPath}
}
