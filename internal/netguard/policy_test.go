package netguard

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func parse(t interface {
	Helper()
	Fatal(...any)
}, list string) *Policy {
	t.Helper()
	p, err := Parse(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, list, want string }{
		{"a network with bits beyond the mask", "10.0.0.1/8", "the network is 10.0.0.0/8"},
		{"a mask that is too long", "10.0.0.0/33", "CIDR"},
		{"an address cut short", "10.0.0", "complete IP address"},
		{"a web address", "https://mail.example/dav", "without \"https://\""},
		{"a port", "mail.example:8443", "without a port"},
		{"a pattern", "*.corp.example", "patterns"},
		{"a blank inside a name", "mail server", "not a host name"},
		{"a wide IPv4-mapped network", "::ffff:0:0/90", "CIDR|IPv4 network|beyond the mask"},
		{"the good beside the bad", "127.0.0.0/8,also bad", "\"also bad\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(c.list)
			if err == nil {
				t.Fatal("parsed")
			}
			for alternative := range strings.SplitSeq(c.want, "|") {
				if strings.Contains(err.Error(), alternative) {
					return
				}
			}
			t.Errorf("error %q does not say %q", err, c.want)
		})
	}
}

func TestAllowed(t *testing.T) {
	list := " 127.0.0.0/8, 10.1.2.3 ,[fd00::7],mail.corp.example,::ffff:172.16.0.0/108,, fe80::/10"
	for _, c := range []struct {
		name, list, addr string
		want             bool
	}{
		{"a public IPv4 address", "", "93.184.215.14", true},
		{"a public IPv6 address", "", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", true},
		{"a public IPv4 address in mapped form", "", "::ffff:93.184.215.14", true},
		{"loopback", "", "127.0.0.1", false},
		{"loopback in mapped form", "", "::ffff:127.0.0.1", false},
		{"loopback in NAT64 form", "", "64:ff9b::7f00:1", false},
		{"loopback in 6to4 form", "", "2002:7f00:1::", false},
		{"loopback in the deprecated compatible form", "", "::127.0.0.1", false},
		{"IPv6 loopback", "", "::1", false},
		{"unspecified", "", "::", false},
		{"the metadata service", "", "169.254.169.254", false},
		{"the metadata service over IPv6", "", "fd00:ec2::254", false},
		{"link-local with a zone", "", "fe80::1%eth0", false},
		{"listed loopback", list, "127.0.0.1", true},
		{"listed loopback in mapped form", list, "::ffff:127.9.9.9", true},
		{"listing loopback does not open its NAT64 form", list, "64:ff9b::7f00:1", false},
		{"a listed single address", list, "10.1.2.3", true},
		{"its neighbour", list, "10.1.2.4", false},
		{"a listed IPv6 address", list, "fd00::7", true},
		{"a network listed in mapped form", list, "172.20.0.1", true},
		{"listed link-local with a zone", list, "fe80::1%eth0", true},
		{"no address at all", list, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _ := netip.ParseAddr(c.addr)
			if got := parse(t, c.list).Allowed(a); got != c.want {
				t.Errorf("Allowed(%s) = %v", c.addr, got)
			}
		})
	}
}

func TestPlainAllowed(t *testing.T) {
	p := parse(t, "127.0.0.0/8,::1,mail.corp.example,bücher.example,box_1")
	for host, want := range map[string]bool{
		"127.0.0.1":               true,
		"127.0.0.1:8080":          true,
		"[::1]:8080":              true,
		"::1":                     true,
		"localhost":               true, // all its addresses are listed
		"MAIL.corp.example.":      true,
		"mail.corp.example:5232":  true,
		"bücher.example":          true,
		"xn--bcher-kva.example":   true,
		"box_1":                   true,
		"sub.mail.corp.example":   false,
		"10.0.0.1":                false,
		"93.184.215.14":           false, // public, but plain HTTP shows the password on the way
		"no-such-host.invalid":    false,
		"":                        false,
		"mail.corp.example@evil/": false,
	} {
		if got := p.PlainAllowed(host); got != want {
			t.Errorf("PlainAllowed(%q) = %v", host, got)
		}
	}
}

// reserved is written from the registries apart from the code's table: low and high end of each range that must be
// refused, as its first and last address.
var reserved = [][2]string{
	{"0.0.0.0", "0.255.255.255"}, {"10.0.0.0", "10.255.255.255"}, {"100.64.0.0", "100.127.255.255"},
	{"127.0.0.0", "127.255.255.255"}, {"169.254.0.0", "169.254.255.255"}, {"172.16.0.0", "172.31.255.255"},
	{"192.0.0.0", "192.0.0.255"}, {"192.0.2.0", "192.0.2.255"}, {"192.168.0.0", "192.168.255.255"},
	{"198.18.0.0", "198.19.255.255"}, {"198.51.100.0", "198.51.100.255"}, {"203.0.113.0", "203.0.113.255"},
	{"224.0.0.0", "239.255.255.255"}, {"240.0.0.0", "255.255.255.255"},
	{"::", "::ffff:ffff"}, {"64:ff9b::", "64:ff9b::ffff:ffff"}, {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"},
	{"100::", "100::ffff:ffff:ffff:ffff"}, {"2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"}, {"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"}, {"5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, {"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, {"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
}

// TestReservedAddressesAreRefusedInEveryForm draws addresses from every reserved range, in all their spellings, and
// demands that they are refused until their very network is listed.
func TestReservedAddressesAreRefusedInEveryForm(t *testing.T) {
	closed := parse(t, "mail.corp.example")
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(reserved).Draw(t, "range")
		a := between(t, netip.MustParseAddr(r[0]), netip.MustParseAddr(r[1]))
		forms := []netip.Addr{a}
		if a.Is4() {
			forms = append(forms, netip.AddrFrom16(a.As16()))
		} else {
			forms = append(forms, a.WithZone("eth0"))
		}
		open := parse(t, a.String())
		for _, f := range forms {
			if closed.Allowed(f) {
				t.Fatalf("%s is allowed", f)
			}
			if !open.Allowed(f) {
				t.Fatalf("%s is refused although %s is listed", f, a)
			}
		}
	})
}

// TestOrdinaryAddressesAreAllowed is the other half: what lies in no reserved range is public.
func TestOrdinaryAddressesAreAllowed(t *testing.T) {
	p := parse(t, "")
	rapid.Check(t, func(t *rapid.T) {
		a := between(t, netip.MustParseAddr("1.0.0.0"), netip.MustParseAddr("223.255.255.255"))
		if rapid.Bool().Draw(t, "six") {
			a = between(t, netip.MustParseAddr("2400::"), netip.MustParseAddr("2fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
		}
		for _, r := range reserved {
			if a.Compare(netip.MustParseAddr(r[0])) >= 0 && a.Compare(netip.MustParseAddr(r[1])) <= 0 {
				return
			}
		}
		if a == netip.MustParseAddr("168.63.129.16") || netip.MustParsePrefix("192.88.99.0/24").Contains(a) {
			return
		}
		if !p.Allowed(a) {
			t.Fatalf("%s is refused", a)
		}
	})
}

// between draws an address of [low, high]: free bytes where the two ends differ, the ends' own now and then.
func between(t *rapid.T, low, high netip.Addr) netip.Addr {
	switch rapid.IntRange(0, 9).Draw(t, "end") {
	case 0:
		return low
	case 1:
		return high
	}
	l, h := low.AsSlice(), high.AsSlice()
	out := make([]byte, len(l))
	tightLow, tightHigh := true, true
	for i := range l {
		from, to := byte(0), byte(255)
		if tightLow {
			from = l[i]
		}
		if tightHigh {
			to = h[i]
		}
		out[i] = rapid.ByteRange(from, to).Draw(t, "byte")
		tightLow, tightHigh = tightLow && out[i] == l[i], tightHigh && out[i] == h[i]
	}
	a, _ := netip.AddrFromSlice(out)
	return a
}
