package netguard

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// lookupTimeout bounds a question to the resolver that no request's own context bounds.
const lookupTimeout = 5 * time.Second

// Policy says which addresses may be reached. The zero value allows public ones only. It does not change once parsed
// and may be used by many goroutines.
type Policy struct {
	nets  []netip.Prefix
	hosts map[string]bool
	// resolver is the system's when nil.
	resolver *net.Resolver
}

// Parse reads a list as TAHTI_ALLOW_NETWORKS has it: networks (10.0.0.0/8), single addresses and host names, separated
// by commas. A listed host name allows whatever that very name resolves to; it says nothing about names below it.
func Parse(list string) (*Policy, error) {
	p := &Policy{hosts: map[string]bool{}}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		if err := p.add(entry); err != nil {
			return nil, fmt.Errorf("allow network %q: %w", entry, err)
		}
	}
	return p, nil
}

func (p *Policy) add(entry string) error {
	if strings.Contains(entry, "://") {
		return fmt.Errorf("list a host or network, without %q and path", entry[:strings.Index(entry, "://")+3])
	}
	if strings.Contains(entry, "/") {
		n, err := parseNetwork(entry)
		if err != nil {
			return err
		}
		p.nets = append(p.nets, n)
		return nil
	}
	if a, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		a = plainForm(a)
		p.nets = append(p.nets, netip.PrefixFrom(a, a.BitLen()))
		return nil
	}
	if strings.Contains(entry, ":") {
		return fmt.Errorf("list a host without a port: every port of it is allowed")
	}
	if strings.Contains(entry, "*") {
		return fmt.Errorf("patterns are not understood: list each host name, or its network")
	}
	// Only digits and dots: somebody meant an address, and a resolver might even take it for one.
	if strings.Trim(entry, "0123456789.") == "" {
		return fmt.Errorf("not a complete IP address")
	}
	name, err := hostName(entry)
	if err != nil {
		return err
	}
	p.hosts[name] = true
	return nil
}

// parseNetwork reads CIDR notation. Bits beyond the mask are a slip of the pen that would widen or narrow the list unseen.
func parseNetwork(s string) (netip.Prefix, error) {
	n, err := netip.ParsePrefix(s)
	if err != nil {
		return n, fmt.Errorf("not a network in CIDR notation: %w", err)
	}
	if n != n.Masked() {
		return n, fmt.Errorf("address has bits beyond the mask; the network is %s", n.Masked())
	}
	if n.Addr().Is4In6() {
		if n.Bits() < 96 {
			return n, fmt.Errorf("write the IPv4 network itself")
		}
		n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
	}
	return n, nil
}

// hostName gives the one spelling under which a name is listed and compared: ASCII (RFC 5891), lower case, no final dot.
// Underscores are let through: container networks have such names.
func hostName(s string) (string, error) {
	name := strings.ToLower(strings.TrimSuffix(s, "."))
	if strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return "", fmt.Errorf("not a host name: %w", err)
		}
		name = ascii
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_."
	if name == "" || len(name) > 253 || strings.Trim(name, letters) != "" || strings.Contains(name, "..") {
		return "", fmt.Errorf("not a host name")
	}
	return name, nil
}

// listedHost reports whether the operator named this very host.
func (p *Policy) listedHost(host string) bool {
	name, err := hostName(host)
	return err == nil && p.hosts[name]
}

// listed reports whether the operator listed a network that holds the address.
func (p *Policy) listed(a netip.Addr) bool { return containedIn(p.nets, plainForm(a)) }

// Allowed reports whether an address may be connected to by anybody's wish: it is public, or listed.
func (p *Policy) Allowed(a netip.Addr) bool {
	return a.IsValid() && (public(plainForm(a)) || p.listed(a))
}

// PlainAllowed reports whether plain HTTP to host (a name or an address, with or without a port) may be tried: it is
// listed, or all its addresses are. It may ask the resolver, for five seconds at the most. It answers early and kindly; what
// holds is that [Policy.Transport] checks the same at each connection.
func (p *Policy) PlainAllowed(host string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	return p.checkTarget(ctx, bareHost(host), true) == nil
}

// checkTarget judges a host before somebody else (a proxy) connects to it: every address that it resolves to must be
// allowed; for plain HTTP, listed.
func (p *Policy) checkTarget(ctx context.Context, host string, plain bool) error {
	if p.listedHost(host) {
		return nil
	}
	addrs, err := p.lookup(ctx, host)
	if err != nil {
		return fmt.Errorf("look up %s: %w", host, err)
	}
	for _, a := range addrs {
		if err := p.checkAddr(host, a, plain); err != nil {
			return err
		}
	}
	return nil
}

func (p *Policy) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	r := p.resolver
	if r == nil {
		r = net.DefaultResolver
	}
	addrs, err := r.LookupNetIP(ctx, "ip", host)
	if err == nil && len(addrs) == 0 {
		err = fmt.Errorf("no address")
	}
	return addrs, err
}

// checkAddr judges one address of a host that is not listed by name.
func (p *Policy) checkAddr(host string, a netip.Addr, plain bool) error {
	switch {
	case !p.Allowed(a):
		return &ForbiddenError{Host: host, Addr: a}
	case plain && !p.listed(a):
		return &PlainError{Host: host}
	}
	return nil
}

// bareHost takes port and brackets off.
func bareHost(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		return host
	}
	return strings.Trim(s, "[]")
}
