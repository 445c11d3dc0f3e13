package account

import "testing"

func TestNobodyIsAskedWhetherPlainHTTPMayGoWhereItIsNotUsed(t *testing.T) {
	for address, want := range map[string]struct {
		asked   string
		allowed bool
	}{
		"https://dav.example.com/cal/":     {"", false},
		"dav.example.com":                  {"", false},
		"caldavs://dav.example.com/":       {"", false},
		"http://dav.example.com:8080/cal/": {"dav.example.com", true},
		"HTTP://dav.example.com/":          {"dav.example.com", true},
		"http://[":                         {"", false},
		"":                                 {"", false},
	} {
		asked := ""
		env := Env{AllowPlain: func(host string) bool { asked = host; return true }}
		if got := plain(env, address); got != want.allowed || asked != want.asked {
			t.Errorf("%q: %v, asked about %q", address, got, asked)
		}
	}
}
