package web

import (
	"encoding/base64"
	"net/http"
	"net/url"
)

// What a provider's page sends back is good once and only with what is kept here, but it is a code all the same. Where nobody is
// signed in to us when it comes, it waits in a cookie for this one address, and not in the address of the form: there it would
// stand in the page, in the browser's history and in what others are told of where people came from.

const (
	answerCookie = "tahti_answer"
	answerFor    = 10 * 60 // seconds; a code lives no longer (RFC 6749 section 4.1.2)
	// maxKept bounds what is kept; browsers take no cookie of more than 4,096 bytes.
	maxKept = 2800
)

// keepAnswer keeps what a page has sent back while a person signs in to us.
func (v *visit) keepAnswer() {
	q := v.r.URL.RawQuery
	if v.r.URL.Path == ReturnPath && v.r.Method == http.MethodGet && q != "" && len(q) <= maxKept {
		v.answerCookie(base64.RawURLEncoding.EncodeToString([]byte(q)), answerFor)
	}
}

func (v *visit) answerCookie(value string, seconds int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: answerCookie, Value: value, Path: ReturnPath, MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: v.site.sessions.Cookie.Secure,
	})
}

// sentBack is what the page has sent back: now, or before the person signed in to us.
func (v *visit) sentBack() url.Values {
	if v.r.URL.RawQuery != "" {
		return v.r.URL.Query()
	}
	kept, err := v.r.Cookie(answerCookie)
	if err != nil {
		return nil
	}
	v.answerCookie("", -1)
	text, err := base64.RawURLEncoding.DecodeString(kept.Value)
	if err != nil {
		return nil
	}
	q, err := url.ParseQuery(string(text))
	if err != nil {
		return nil
	}
	return q
}
