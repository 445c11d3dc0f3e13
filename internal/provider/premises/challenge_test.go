package premises

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChallengesAreToldApart(t *testing.T) {
	type want = map[string]map[string]string
	for _, tc := range []struct {
		name  string
		lines []string
		want  want
	}{
		{"one line each", []string{`Digest realm="a, b", nonce="x="`, `Basic realm="c"`},
			want{"digest": {"realm": "a, b", "nonce": "x="}, "basic": {"realm": "c"}}},
		{"all in one line", []string{`X-MobileMe-AuthToken realm="Newcastle", basic realm="Newcastle" , Digest nonce=abc,qop="auth, auth-int"`},
			want{"x-mobileme-authtoken": {"realm": "Newcastle"}, "basic": {"realm": "Newcastle"}, "digest": {"nonce": "abc", "qop": "auth, auth-int"}}},
		{"a scheme without parameters", []string{`Negotiate`, `NTLM, Basic realm = "spaces around"`},
			want{"negotiate": {}, "ntlm": {}, "basic": {"realm": "spaces around"}}},
		{"quotes inside quotes", []string{`Digest realm="a \"b\" \\c", STALE=TRUE`}, want{"digest": {"realm": `a "b" \c`, "stale": "TRUE"}}},
		{"a quote that is not closed", []string{`Digest realm="a`}, want{"digest": {"realm": "a"}}},
		{"no challenge at all", []string{``, `=`, `"`, `,,`}, want{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := want{}
			for _, c := range Challenges(http.Header{"Www-Authenticate": tc.lines}) {
				got[c.Scheme] = c.Params
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(- want, + got):\n%s", diff)
			}
		})
	}
}

// FuzzChallenges holds that any header is read within its bounds.
func FuzzChallenges(f *testing.F) {
	f.Add(`Digest realm="a", qop="auth", nonce="n==", opaque="o", algorithm=SHA-256, stale=true`)
	f.Add(`Basic realm="x\"y, Digest qop=auth`)
	f.Add(`a b c d , , = "=" "`)
	f.Fuzz(func(t *testing.T, line string) {
		list := Challenges(http.Header{"Www-Authenticate": {line, line}})
		if len(list) > maxChallenges {
			t.Errorf("%d challenges", len(list))
		}
		for _, c := range list {
			if len(c.Params) > maxParams || c.Scheme == "" {
				t.Errorf("%+v", c)
			}
		}
	})
}
