package netguard

import "net/netip"

// special4 are the IPv4 ranges that are not plain public addresses: the IANA IPv4 Special-Purpose Address Registry
// (RFC 6890 and its updates), multicast, and one public address that a cloud gives an inside meaning.
var special4 = prefixes(
	"0.0.0.0/8",        // "this network", unspecified (RFC 791)
	"10.0.0.0/8",       // private (RFC 1918)
	"100.64.0.0/10",    // carrier-grade NAT (RFC 6598); also a cloud's metadata service
	"127.0.0.0/8",      // loopback (RFC 1122)
	"168.63.129.16/32", // Azure's platform address, answered by the host below the machine
	"169.254.0.0/16",   // link-local (RFC 3927); 169.254.169.254 is the usual metadata service
	"172.16.0.0/12",    // private (RFC 1918)
	"192.0.0.0/24",     // IETF protocol assignments (RFC 6890)
	"192.0.2.0/24",     // documentation (RFC 5737)
	"192.88.99.0/24",   // 6to4 relay anycast (RFC 7526)
	"192.168.0.0/16",   // private (RFC 1918)
	"198.18.0.0/15",    // benchmarking (RFC 2544)
	"198.51.100.0/24",  // documentation (RFC 5737)
	"203.0.113.0/24",   // documentation (RFC 5737)
	"224.0.0.0/4",      // multicast (RFC 5771)
	"240.0.0.0/4",      // reserved and limited broadcast (RFC 1112, RFC 919)
)

// global6 is all that IANA has given out as global unicast (RFC 4291 section 2.4); what lies outside it (loopback,
// unique local, link-local, multicast, NAT64, discard-only…) is refused without being named.
var global6 = netip.MustParsePrefix("2000::/3")

// special6 are the exceptions within global6 (IANA IPv6 Special-Purpose Address Registry).
var special6 = prefixes(
	"2001::/23",     // IETF protocol assignments, Teredo among them (RFC 2928, RFC 4380)
	"2001:db8::/32", // documentation (RFC 3849)
	"2002::/16",     // 6to4: holds an IPv4 address that would escape the table above (RFC 3056)
	"3fff::/20",     // documentation (RFC 9637)
)

// public reports whether an address is an ordinary one of the public internet. a is unmapped and without a zone.
func public(a netip.Addr) bool {
	if a.Is4() {
		return !containedIn(special4, a)
	}
	return global6.Contains(a) && !containedIn(special6, a)
}

// plainForm takes away what does not change where a connection goes: the IPv4-mapped form (RFC 4291 section 2.5.5.2)
// and the zone, which no prefix contains.
func plainForm(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func containedIn(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}
