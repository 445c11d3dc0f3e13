package main

import (
	"net"
	"testing"
)

func TestOnlyThisMachineReachesUsIfNoProxyDoes(t *testing.T) {
	for _, tc := range []struct {
		name, listen, base string
		want               bool
	}{
		{"loopback", "127.0.0.1:8080", "", true},
		{"loopback of IPv6", "[::1]:8080", "", true},
		{"loopback, said so", "127.0.0.1:8080", "http://localhost:8080", true},
		{"loopback by number", "127.0.0.1:8080", "http://127.0.0.1:8080/", true},
		{"all addresses", "0.0.0.0:8080", "", false},
		{"a proxy in front", "127.0.0.1:8080", "https://crm.example.com", false},
		{"an address that cannot be read", "127.0.0.1:8080", "http://[", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at, err := net.ResolveTCPAddr("tcp", tc.listen)
			if err != nil {
				t.Fatal(err)
			}
			if got := onlyHere(at, tc.base); got != tc.want {
				t.Errorf("%v", got)
			}
		})
	}
}
