package web

import (
	"net/http"

	"tahti/internal/engine"
	"tahti/internal/text"
)

// setLanguage is the switch in the footer: for a user it is their language from now on, for anybody else a cookie.
func (s *Site) setLanguage(v *visit) error {
	tag := v.form("language")
	if !text.Known(tag) {
		return v.redirect(v.form("back"))
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: languageCookie, Value: tag, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	if v.signedIn {
		u := v.who.User
		u.Locale = tag
		err := v.tx(func(tx engine.Tx) error {
			_, err := v.hub().SaveUser(v.ctx(), tx, v.by(), u)
			return err
		})
		if err != nil {
			return err
		}
	}
	return v.redirect(v.form("back"))
}
