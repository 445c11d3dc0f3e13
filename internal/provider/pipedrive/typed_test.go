package pipedrive

import (
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"tahti/internal/provider"
)

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

type forbidden struct{ error }

func (forbidden) ForbiddenNetwork() string { return "10.0.0.1" }

// TestWhatIsInTheWayOfATypedAddressIsSaid: the address of an API token's company is one that somebody types, as that of a server is.
func TestWhatIsInTheWayOfATypedAddressIsSaid(t *testing.T) {
	for _, c := range []struct {
		err   error
		class provider.Class
		code  string
	}{
		{forbidden{errors.New("not from here")}, provider.Forbidden, provider.CodeForbiddenNetwork},
		{&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}, provider.Transient, provider.CodeWrongAddress},
		{x509.UnknownAuthorityError{}, provider.Transient, provider.CodeUnknownIssuer},
		{errors.New("http: server gave HTTP response to HTTPS client"), provider.Transient, provider.CodePlainHTTP},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, provider.Transient, provider.CodeUnreachable},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, provider.Unknown, provider.CodeUnreachable},
	} {
		u, err := Open(Config{Base: home, User: "1", Token: "t", Now: time.Now, Transport: failing{c.err}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = u.client.send(t.Context(), call{op: "test", method: http.MethodPost, path: "/v2/activities", write: true}, nil)
		if e, ok := errors.AsType[*provider.Error](err); !ok || e.Class != c.class || e.Code != c.code {
			t.Errorf("%v: %v, want %v %q", c.err, err, c.class, c.code)
		}
	}
}
