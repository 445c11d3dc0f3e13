package standin

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// Speech is how a stand-in's sign-in pages speak: in the browser's language, as the originals do, if that is Finnish, else in English.
type Speech struct {
	Lang  string // "en" or "fi"
	words map[string]string
}

// Speak answers how to speak to the browser of a request. finnish has the sentences by their English.
func Speak(r *http.Request, finnish map[string]string) Speech {
	for wish := range strings.SplitSeq(strings.ToLower(r.Header.Get("Accept-Language")), ",") { // browsers write the first wish first
		tag, _, _ := strings.Cut(strings.TrimSpace(wish), ";")
		switch lang, _, _ := strings.Cut(tag, "-"); lang {
		case "fi":
			return Speech{"fi", finnish}
		case "en":
			return Speech{Lang: "en"}
		}
	}
	return Speech{Lang: "en"}
}

// T says a sentence, with what belongs into it. What has no translation is said as it is.
func (s Speech) T(sentence string, args ...any) string {
	if t := s.words[sentence]; t != "" {
		sentence = t
	}
	if len(args) == 0 {
		return sentence
	}
	return fmt.Sprintf(sentence, args...)
}

// ShowSignIn answers with a sign-in page in a language, whose styles have a nonce.
func ShowSignIn(w http.ResponseWriter, status int, lang, nonce string, page *template.Template, view any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", lang)
	h.Set("Referrer-Policy", "no-referrer")
	// No form-action: browsers hold it against the redirect to the program, too.
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'nonce-%s'; base-uri 'none'; frame-ancestors 'none'", nonce))
	w.WriteHeader(status)
	if err := page.Execute(w, view); err != nil {
		panic(http.ErrAbortHandler) // half a page is none
	}
}
