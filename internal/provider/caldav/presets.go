package caldav

import (
	"net/url"
	"strings"
)

// Preset is a service or a kind of server that people pick by name.
type Preset struct {
	ID   string // stable; the page's texts hang on it
	Name string
	// Address is where discovery starts. {user} stands for the user name, {host} for what the person types.
	Address string
	// Domains of mail addresses that belong to the service.
	Domains []string
	// Hosts whose registrable domain is the service's; a finding may name the service by it.
	Hosts []string
	// AppPassword names the help text on how to get an app password; empty where the ordinary password works. A right
	// password and a wrong one look alike there: 401.
	AppPassword string

	concurrency int  // requests at a time; 0 is the usual
	noSync      bool // sync-collection is there but its tokens are of no use
}

// presets are the services of providers.md 4.3, with what is known of each.
var presets = []Preset{
	{ID: "icloud", Name: "iCloud", Address: "https://caldav.icloud.com/", Domains: []string{"icloud.com", "me.com", "mac.com"},
		Hosts: []string{"icloud.com"}, AppPassword: "icloud"},
	{ID: "fastmail", Name: "Fastmail", Address: "https://caldav.fastmail.com/dav/principals/user/{user}/",
		Domains: []string{"fastmail.com", "fastmail.fm"}, Hosts: []string{"fastmail.com"}, AppPassword: "fastmail"},
	{ID: "nextcloud", Name: "Nextcloud", Address: "https://{host}/remote.php/dav/", AppPassword: "nextcloud"},
	{ID: "yahoo", Name: "Yahoo", Address: "https://caldav.calendar.yahoo.com/", Domains: []string{"yahoo.com", "ymail.com"},
		Hosts: []string{"yahoo.com"}, AppPassword: "yahoo"},
	// Zoho's own clients use no slash at the end.
	{ID: "zoho", Name: "Zoho", Address: "https://calendar.zoho.com/caldav", Domains: []string{"zoho.com", "zohomail.com", "zoho.eu", "zohomail.eu", "zoho.in", "zohomail.in"},
		Hosts: []string{"zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp", "zohocloud.ca"}, AppPassword: "zoho"},
	// GMX bears about one request in two seconds, and fails at sync-collection.
	{ID: "gmx", Name: "GMX", Address: "https://caldav.gmx.net/begenda/dav/{user}/", Domains: []string{"gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.com"},
		Hosts: []string{"gmx.net", "gmx.com"}, AppPassword: "gmx", concurrency: 1, noSync: true},
	{ID: "posteo", Name: "Posteo", Address: "https://posteo.de:8443/", Domains: []string{"posteo.de", "posteo.net"}, Hosts: []string{"posteo.de"}, noSync: true},
	{ID: "sogo", Name: "SOGo", Address: "https://{host}/SOGo/dav/{user}/"},
	{ID: "radicale", Name: "Radicale", Address: "https://{host}/{user}/"},
	{ID: "davical", Name: "DAViCal", Address: "https://{host}/caldav.php/{user}/"},
	{ID: "cyrus", Name: "Cyrus", Address: "https://{host}/dav/principals/user/{user}/"},
	{ID: "baikal", Name: "Baïkal", Address: "https://{host}/dav.php/"},
	// For findings and hints only; Google is better connected as Google.
	{ID: "google", Name: "Google", Hosts: []string{"google.com", "googleusercontent.com"}, AppPassword: "google"},
}

// Presets are what a page offers, in order.
func Presets() []Preset {
	var out []Preset
	for _, p := range presets {
		if p.Address != "" {
			out = append(out, p)
		}
	}
	return out
}

// Start is the preset's address for a user, at a host where the preset needs one.
func (p Preset) Start(user, host string) string {
	return strings.NewReplacer("{user}", url.PathEscape(user), "{host}", host).Replace(p.Address)
}

// NeedsHost reports whether the person has to say where the server is.
func (p Preset) NeedsHost() bool { return strings.Contains(p.Address, "{host}") }

// presetOf finds the service that a host belongs to.
func presetOf(host string) (Preset, bool) {
	host = strings.ToLower(host)
	for _, p := range presets {
		for _, h := range p.Hosts {
			if host == h || strings.HasSuffix(host, "."+h) {
				return p, true
			}
		}
	}
	return Preset{}, false
}

// presetFor finds the service that a mail domain belongs to.
func presetFor(domain string) (Preset, bool) {
	for _, p := range presets {
		for _, d := range p.Domains {
			if d == domain {
				return p, true
			}
		}
	}
	return Preset{}, false
}

// wantsAppPassword reports whether a refused password may be the right one in the wrong place: services that take only
// app passwords, and Nextcloud, which does so for users with a second factor (providers.md 4.3).
func wantsAppPassword(u *url.URL) bool {
	p, _ := presetOf(u.Hostname())
	return p.AppPassword != "" || strings.Contains(u.Path, "/remote.php/dav")
}
