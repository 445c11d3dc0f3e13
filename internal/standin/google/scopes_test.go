package google_test

import (
	"strings"
	"testing"

	"tahti/internal/standin/google"
)

func TestScopesAreHeld(t *testing.T) {
	for _, where := range []google.ScopeError{google.ScopeInBoth, google.ScopeInErrors, google.ScopeInDetails} {
		r := newRig(t, google.Options{Variant: google.Variant{ScopeError: where}})
		with := func(scopes ...string) {
			token, err := r.google.Grant("alice@example.com", scopes...)
			if err != nil {
				t.Fatal(err)
			}
			r.token = token
		}
		with("calendar.events")
		r.want(200, r.insert(""))
		a := r.want(403, r.do("GET", "users/me/calendarList", ""))
		inErrors, inDetails := strings.Contains(a.text, `"insufficientPermissions"`), strings.Contains(a.text, `"ACCESS_TOKEN_SCOPE_INSUFFICIENT"`)
		if a.header.Get("X-Standin-Refusal") != "G-03" || inErrors != (where != google.ScopeInDetails) || inDetails != (where != google.ScopeInErrors) ||
			!strings.Contains(a.header.Get("WWW-Authenticate"), "insufficient_scope") {
			t.Errorf("%d: %v %s", where, a.header, a.text)
		}
		with("calendar.events.readonly")
		r.want(200, r.do("GET", events, ""))
		r.want(403, r.insert(""))
		with("openid", "userinfo.email")
		r.want(403, r.do("GET", events, ""))
		with("calendar.app.created")
		r.want(403, r.do("GET", events, ""))
		with("calendar.events.owned")
		r.want(200, r.insert(""))
	}
}
