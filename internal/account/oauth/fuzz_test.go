package oauth_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tahti/internal/account/oauth"
	"tahti/internal/account/oauth/oauthtest"
	"tahti/internal/provider"
)

// FuzzTokenAnswers: whatever a token endpoint answers, it is a whole grant or an error with a class, and what was sent is not in it.
func FuzzTokenAnswers(f *testing.F) {
	token := oauthtest.IDToken(map[string]any{"aud": oauthtest.ClientID, "sub": "s", "oid": "o", "tid": "t", "exp": 9e9})
	f.Add(200, `{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"x","id_token":"`+token+`"}`)
	f.Add(200, `{"access_token":"a","token_type":"bearer","expires_in":"1e99","refresh_token":"r","refresh_token_expires_in":-1,"id_token":"a.e30.c"}`)
	f.Add(400, `{"error":"invalid_grant","error_codes":[50173,"x"],"error_description":"AADSTS50173"}`)
	f.Add(503, `<html>`)
	f.Add(0, ``)
	f.Fuzz(func(t *testing.T, status int, body string) {
		s := oauthtest.New(at)
		s.Fault = func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(min(max(status, 200), 599))
			_, _ = w.Write([]byte(body))
			return true
		}
		for _, c := range kinds(s, at) {
			a := oauth.NewAttempt()
			g, who, err := c.Exchange(t.Context(), a, "the-code-that-was-sent", redirect)
			if err == nil && (g.Access == "" || g.Refresh == "" || who.Subject == "" || who.Email == "" || !g.Expires.After(start)) {
				t.Errorf("half a grant: %+v of %+v", g, who)
			}
			kept, again := c.Refresh(t.Context(), oauth.Grant{Refresh: "the-token-that-was-sent", Scopes: []string{"x"}})
			if again == nil && (kept.Access == "" || kept.Refresh == "") {
				t.Errorf("half a grant: %+v", kept)
			}
			for _, err := range []error{err, again} {
				if err == nil {
					continue
				}
				e, ok := errors.AsType[*provider.Error](err)
				if !ok || e.Class == 0 || e.Code == "" && e.Class != provider.RateLimited {
					t.Errorf("%v has no class or no code", err)
				}
				if strings.Contains(err.Error(), "-that-was-sent") || strings.Contains(err.Error(), a.Verifier) {
					t.Errorf("%v gives away what was sent", err)
				}
			}
		}
	})
}

// FuzzCallbacks: everything in a callback may be forged.
func FuzzCallbacks(f *testing.F) {
	f.Add("code=c&state=s")
	f.Add("error=access_denied&error_description=AADSTS90094%3A+x&error_subcode=cancel")
	f.Add("error=%00%ff&error_subtype=a+b")
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		back := oauth.ParseCallback(q)
		err = back.Err()
		e, ok := errors.AsType[*provider.Error](err)
		switch {
		case err == nil && (back.Code == "" || q.Get("error") != ""):
			t.Errorf("%q is taken for a success", query)
		case err != nil && (!ok || e.Code == "" || strings.ContainsAny(e.Status, "<>\n\x00") || len(e.Status) > 400):
			t.Errorf("%q: %v, %q", query, err, e.Status)
		}
		_ = oauth.Meaning(query)
	})
}
