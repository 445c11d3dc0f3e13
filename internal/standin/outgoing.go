package standin

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Local reports whether a host is this machine by its very name: nothing is looked up.
func Local(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// LocalClient sends what the original would push to its subscribers. It reaches this machine alone, whatever address it is
// given, and follows no redirect: a stand-in must not knock at the doors of others. trust is how https is trusted; as the system
// does if nil.
func LocalClient(trust *tls.Config, patience time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: patience}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, TLSClientConfig: trust, MaxIdleConnsPerHost: 2, IdleConnTimeout: patience,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				host, port, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				if !Local(host) {
					return nil, fmt.Errorf("dial %s: only this machine is told", host)
				}
				if net.ParseIP(host) == nil {
					host = "127.0.0.1" // localhost, whatever a file of hosts says of it
				}
				return dialer.DialContext(ctx, network, net.JoinHostPort(host, port))
			},
		},
	}
}
