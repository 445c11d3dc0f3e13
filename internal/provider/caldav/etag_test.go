package caldav

import "testing"

func TestATagIsTheSameWhereverItWasRead(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"as it should be", ` "abc" `, `"abc"`},
		{"without quotes", `abc`, `"abc"`},
		{"half quoted", `"abc`, `"abc"`},
		{"weak", `W/"abc"`, `W/"abc"`},
		{"of a compressed answer", `"abc-gzip"`, `"abc"`},
		{"of another", `W/"abc;br"`, `W/"abc"`},
		{"none", "  ", ""},
		{"what no header can hold", "\"a\nb\"", ""},
		{"another such", "\"a\x7fb\"", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := normalTag(tc.in); got != tc.want {
				t.Errorf("%q is %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}
