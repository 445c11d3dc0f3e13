package caldav

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"tahti/internal/provider"
)

// decodePath brings a path into the one form in which two of them can be compared. The same resource comes as
// we%40ird%20n from Radicale, Xandikos and DAViCal, as we@ird%20n from Cyrus and Sabre, and as "we@ird n" from SOGo
// (providers.md 4.1). %2F and %25 stay encoded: a slash inside a name is not a separator, and taking it for one would
// ask for another resource, find nothing, and call the item gone.
func decodePath(p string) string {
	if strings.IndexByte(p, '%') < 0 {
		return p
	}
	var b strings.Builder
	b.Grow(len(p))
	for i := 0; i < len(p); i++ {
		if p[i] != '%' {
			b.WriteByte(p[i])
			continue
		}
		c, ok := hexByte(p[i+1:])
		switch {
		case !ok: // a raw percent sign, from a server that does not encode
			b.WriteString("%25")
		case c == '/' || c == '%':
			b.WriteString(strings.ToUpper(p[i : i+3]))
			i += 2
		default:
			b.WriteByte(c)
			i += 2
		}
	}
	return b.String()
}

func hexByte(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	hi, lo := hexDigit(s[0]), hexDigit(s[1])
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

const upperHex = "0123456789ABCDEF"

// encodePath is the inverse of decodePath. It encodes more than a URL demands, '+' and ';' among others, because
// servers differ in how they read those.
func encodePath(p string) string {
	var b strings.Builder
	b.Grow(len(p) + 8)
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/@:", c) >= 0,
			c == '%' && (strings.HasPrefix(p[i:], "%2F") || strings.HasPrefix(p[i:], "%25")):
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		}
	}
	return b.String()
}

// hrefPath gives the decoded path of an href found in an answer about the resource at base (decoded). Hrefs come as
// whole addresses, as paths, and relative; which host a whole one names is not looked at here, because servers behind
// a proxy name their inner one.
func hrefPath(base, href string) string {
	if i := strings.Index(href, "://"); i >= 0 && strings.IndexByte(href[:i], '/') < 0 {
		_, path, found := strings.Cut(href[i+3:], "/")
		if !found {
			return "/"
		}
		return decodePath("/" + path)
	}
	if strings.HasPrefix(href, "/") {
		return decodePath(href)
	}
	return base[:strings.LastIndexByte(base, '/')+1] + decodePath(strings.TrimPrefix(href, "./"))
}

// withPath returns the address of a decoded path on u's host.
func withPath(u *url.URL, path string) *url.URL {
	v := &url.URL{Scheme: u.Scheme, Host: u.Host}
	raw := encodePath(path)
	if p, err := url.PathUnescape(raw); err == nil {
		v.Path, v.RawPath = p, raw
	}
	return v
}

// resolve gives the address that an href in an answer from u points to, also on another host.
func resolve(u *url.URL, href string) (*url.URL, error) {
	if i := strings.Index(href, "://"); i >= 0 && strings.IndexByte(href[:i], '/') < 0 {
		rest, _, _ := strings.Cut(href[i+3:], "/")
		host, err := url.Parse(href[:i+3] + rest)
		if err != nil {
			return nil, fmt.Errorf("resolve href %q: %w", href, err)
		}
		if host.Scheme != "https" && host.Scheme != "http" || host.Host == "" {
			return nil, fmt.Errorf("resolve href %q: not a web address", href)
		}
		return withPath(host, hrefPath("/", href)), nil
	}
	if href == "" {
		return nil, errors.New("resolve href: it is empty")
	}
	return withPath(u, hrefPath(decodePath(u.EscapedPath()), href)), nil
}

// pathOf is the decoded path of an address.
func pathOf(u *url.URL) string { return decodePath(u.EscapedPath()) }

// member reports whether path is a direct child of the collection, and not a collection itself.
func member(collection, path string) bool {
	rest, ok := strings.CutPrefix(path, collection)
	return ok && rest != "" && strings.IndexByte(rest, '/') < 0
}

// samePath compares two paths, of which one may lack the slash that a collection ends in.
func samePath(a, b string) bool { return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") }

// itemName is the resource that a creation makes: the key names it, so that a lost reply can be settled by asking.
func itemName(collection string, key provider.Key) provider.RemoteID {
	return provider.RemoteID(collection + string(key) + ".ics")
}
