package caldav

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecodePath(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "/cal/a.ics", "/cal/a.ics"},
		{"as Radicale, Xandikos and DAViCal write it", "/cal/we%40ird%20n.ics", "/cal/we@ird n.ics"},
		{"as Cyrus and Sabre write it", "/cal/we@ird%20n.ics", "/cal/we@ird n.ics"},
		{"as SOGo writes it", "/cal/we@ird n.ics", "/cal/we@ird n.ics"},
		{"a slash inside a name stays apart from a separator", "/cal/a%2fb.ics", "/cal/a%2Fb.ics"},
		{"an encoded percent sign cannot become an encoded slash", "/cal/a%252Fb", "/cal/a%252Fb"},
		{"a raw percent sign", "/cal/100%.ics", "/cal/100%25.ics"},
		{"a raw percent sign before letters", "/cal/50%zz", "/cal/50%25zz"},
		{"letters beyond ASCII", "/cal/k%C3%A4yt%C3%A4nn%C3%B6t", "/cal/käytännöt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := decodePath(c.in); got != c.want {
				t.Errorf("decodePath(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestPathsSurviveEncoding(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "dav.example.com"}
	rapid.Check(t, func(t *rapid.T) {
		decoded := decodePath("/" + rapid.String().Draw(t, "path"))
		if got := decodePath(encodePath(decoded)); got != decoded {
			t.Fatalf("%q came back as %q", decoded, got)
		}
		u := withPath(base, decoded)
		if u.EscapedPath() != encodePath(decoded) || pathOf(u) != decoded {
			t.Fatalf("address %q for path %q", u, decoded)
		}
	})
}

func TestHrefPath(t *testing.T) {
	for _, c := range []struct{ base, href, want string }{
		{"/cal/", "/cal/a.ics", "/cal/a.ics"},
		{"/cal/", "https://inner.example.com:8443/cal/a%20b.ics", "/cal/a b.ics"},
		{"/cal/", "a.ics", "/cal/a.ics"},
		{"/cal/", "./a.ics", "/cal/a.ics"},
		{"/cal/", "https://inner.example.com", "/"},
		{"/cal/", "/cal/x?u=http://a/b", "/cal/x?u=http://a/b"},
	} {
		if got := hrefPath(c.base, c.href); got != c.want {
			t.Errorf("hrefPath(%q, %q) = %q, want %q", c.base, c.href, got, c.want)
		}
	}
}

func TestMember(t *testing.T) {
	for path, want := range map[string]bool{
		"/cal/a.ics": true, "/cal/": false, "/cal": false, "/cal/sub/": false, "/cal/sub/a.ics": false,
		"/calendar": false, "/cal/a%2Fb.ics": true,
	} {
		if got := member("/cal/", path); got != want {
			t.Errorf("member(%q) = %v", path, got)
		}
	}
	if !strings.HasSuffix(string(itemName("/cal/", "abc")), "/cal/abc.ics") {
		t.Error("a creation is not named after its key")
	}
}
