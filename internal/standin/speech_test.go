package standin

import (
	"net/http/httptest"
	"testing"
)

func TestThePagesSpeakTheBrowsersLanguage(t *testing.T) {
	finnish := map[string]string{"Sign in to %s": "Kirjaudu sovellukseen %s"}
	for header, want := range map[string]string{
		"": "en", "fi": "fi", "fi-FI,fi;q=0.9,en-US;q=0.8": "fi", "en-US,en;q=0.9,fi;q=0.8": "en", "sv-SE, FI;q=0.5": "fi", "de": "en", "fil": "en", ";,": "en",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		s := Speak(r, finnish)
		says := map[string]string{"en": "Sign in to Tahti", "fi": "Kirjaudu sovellukseen Tahti"}[want]
		if got := s.T("Sign in to %s", "Tahti"); s.Lang != want || got != says {
			t.Errorf("%q: %s, %s", header, s.Lang, got)
		}
		if got := s.T("100% unknown"); got != "100% unknown" {
			t.Errorf("%q: %s", header, got)
		}
	}
}
