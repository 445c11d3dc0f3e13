package ews

import (
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/Azure/go-ntlmssp"

	"tahti/internal/provider"
)

// SignIn is how requests say who asks.
type SignIn string

// The ways.
const (
	Bearer SignIn = ""      // the transport adds a token, and renews it
	Basic  SignIn = "basic" // the password with every request
	NTLM   SignIn = "ntlm"  // the password never travels; a connection is signed in, and needs to be one
)

// signer sends requests signed. It never tries a password again that was refused once: domains lock accounts for that.
type signer interface {
	http.RoundTripper
	kind() SignIn
}

var errRefused = errors.New("the password was refused before, and is not tried again")

func newSigner(c Config) (signer, error) {
	refused := c.latch
	if refused == nil {
		refused = &latch{}
	}
	switch {
	case c.SignIn == Bearer:
		return &bearer{c.Transport}, nil
	case c.Username == "":
		return nil, errors.New("open account: a user name has to be given")
	case c.SignIn == Basic:
		return &basic{transport: c.Transport, username: c.Username, password: c.Password, latch: refused}, nil
	case c.SignIn == NTLM && c.Private != nil:
		return &ntlm{transport: c.Private(), username: c.Username, password: c.Password, latch: refused, stream: c.stream}, nil
	}
	return nil, errors.New("open account: NTLM takes connections of its own")
}

// Signed is a transport that says who asks, as requests of [Open] do: for other programs beside an adapter.
func Signed(c Config) (http.RoundTripper, error) { return newSigner(c) }

type bearer struct{ http.RoundTripper }

func (*bearer) kind() SignIn { return Bearer }

// basic signs with the password, unasked.
type basic struct {
	transport          http.RoundTripper
	username, password string
	*latch
}

func (*basic) kind() SignIn { return Basic }

func (b *basic) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := b.closed(r); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.SetBasicAuth(b.username, b.password)
	resp, err := b.transport.RoundTrip(r)
	return b.judge(Basic, resp, err)
}

// latch keeps a refused password from being sent again.
type latch struct {
	mu      sync.Mutex
	refused string // why; empty as long as nothing was
}

func (l *latch) closed(r *http.Request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused == "" {
		return nil
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return &provider.Error{Class: provider.SignIn, Code: l.refused, Status: "not sent", Err: errRefused}
}

func (l *latch) judge(kind SignIn, resp *http.Response, err error) (*http.Response, error) {
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		l.mu.Lock()
		l.refused = unauthorized(kind, resp.Header)
		l.mu.Unlock()
	}
	return resp, err
}

// handshake is trouble on the way to a signed connection, before the request itself was sent.
type handshake struct{ err error }

func (h *handshake) Error() string { return "sign a connection in: " + h.err.Error() }
func (h *handshake) Unwrap() error { return h.err }

// ntlm signs connections in (MS-NTHT). Both messages have to go over one connection, and whoever sends over it afterwards is taken for
// that person; so it has a transport to itself, and sends one request at a time. The library has a round tripper too, which takes
// a broken third message for a refused password, and so cannot be used for writes.
type ntlm struct {
	transport          http.RoundTripper
	username, password string
	*latch
	stream bool // one request at a time is the caller's business

	turn   sync.Mutex
	signed time.Time // when the connection was last known to be signed in
}

// kept is how long a connection is expected to stay: IIS keeps idle ones for two minutes, our own transport for 20 s (netguard).
const kept = 15 * time.Second

func (*ntlm) kind() SignIn { return NTLM }

func (n *ntlm) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := n.closed(r); err != nil {
		return nil, err
	}
	n.turn.Lock()
	defer n.turn.Unlock()
	if time.Since(n.signed) < kept {
		resp, err := n.transport.RoundTrip(again(r, "")) // the connection may still be ours
		if err != nil || resp.StatusCode != http.StatusUnauthorized {
			n.touch(err)
			return n.whole(resp, err)
		}
		drain(resp)
	}
	n.signed = time.Time{}
	return n.signInAnd(r)
}

// signInAnd sends the two messages, the second one with the request. A request that was answered 401 has done nothing.
func (n *ntlm) signInAnd(r *http.Request) (*http.Response, error) {
	hello, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		return nil, &handshake{err}
	}
	var first, second net.Conn
	empty := r.Clone(httptrace.WithClientTrace(r.Context(), connection(&first)))
	empty.Body, empty.ContentLength, empty.GetBody = http.NoBody, 0, nil
	empty.Header.Del("SOAPAction") // nothing is asked for yet
	empty.Header.Set("Authorization", "NTLM "+base64.StdEncoding.EncodeToString(hello))
	resp, err := n.transport.RoundTrip(empty)
	if err != nil {
		return nil, &handshake{err}
	}
	challenge := ntlmChallenge(resp.Header)
	if resp.StatusCode != http.StatusUnauthorized || challenge == nil {
		return resp, nil // no talk of NTLM any more: whatever it is, it is judged by its status
	}
	drain(resp)
	proof, err := ntlmssp.NewAuthenticateMessage(bound(challenge, resp.TLS), n.username, n.password, nil)
	if err != nil {
		return nil, &handshake{err}
	}
	signed := again(r, "NTLM "+base64.StdEncoding.EncodeToString(proof))
	signed = signed.WithContext(httptrace.WithClientTrace(signed.Context(), connection(&second)))
	resp, err = n.transport.RoundTrip(signed)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusUnauthorized && first != second:
		drain(resp)
		return nil, &handshake{errors.New("the connection changed in the middle of it")} // and so says nothing about the password
	}
	n.touch(nil)
	return n.whole(n.judge(NTLM, resp, nil))
}

func (n *ntlm) touch(err error) {
	if n.signed = time.Now(); err != nil {
		n.signed = time.Time{}
	}
}

// whole reads an answer to its end, before another request may take the connection.
func (n *ntlm) whole(resp *http.Response, err error) (*http.Response, error) {
	if err != nil || n.stream {
		return resp, err
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(string(text)), failing{err}))
	return resp, nil
}

// failing is the end of an answer: its error, or that there is no more.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// connection notes over which connection a request goes.
func connection(into *net.Conn) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { *into = info.Conn }}
}

// again is a request with its body from the start.
func again(r *http.Request, authorization string) *http.Request {
	c := r.Clone(r.Context())
	if r.GetBody != nil {
		c.Body, _ = r.GetBody() // that of a byte reader has no error
	}
	if authorization != "" {
		c.Header.Set("Authorization", authorization)
	}
	return c
}

// ntlmChallenge is the second message of the handshake; nil if there is none.
func ntlmChallenge(h http.Header) []byte {
	for _, line := range h.Values("WWW-Authenticate") {
		if scheme, token, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.EqualFold(scheme, "NTLM") {
			if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token)); err == nil && len(b) > 0 {
				return b
			}
		}
	}
	return nil
}

func drain(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 256<<10)
	_ = resp.Body.Close()
}
