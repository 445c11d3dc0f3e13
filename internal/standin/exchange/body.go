package exchange

import (
	"html"
	"regexp"
	"strings"
)

// FromText is a plain text as the original stores it: as HTML.
func FromText(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return HTMLDocument("<div class=\"PlainText\">" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\r\n") + "</div>")
}

var (
	headElement = regexp.MustCompile(`(?is)<head\b.*?</head>|<style\b.*?</style>|<!--.*?-->`)
	lineBreak   = regexp.MustCompile(`(?i)<br\s*/?>\r?\n?|</(?:p|div|tr|li|h[1-6])>(?:\r?\n)?`)
	anyTag      = regexp.MustCompile(`(?s)<[^>]*>`)
)

// ToText is the text of an HTML body, with CRLF as the original has.
func ToText(doc string) string {
	doc = headElement.ReplaceAllString(doc, "")
	doc = lineBreak.ReplaceAllString(doc, "\n")
	text := html.UnescapeString(anyTag.ReplaceAllString(doc, ""))
	return strings.ReplaceAll(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n", "\r\n")
}

// Preview is the beginning of the text: 255 characters at the most.
func Preview(doc string) string {
	text := []rune(ToText(doc))
	return string(text[:min(len(text), 255)])
}

// HTMLDocument is a body as the original stores what was sent as HTML.
func HTMLDocument(inner string) string {
	if strings.Contains(strings.ToLower(inner), "<html") {
		return inner
	}
	if inner == "" {
		return ""
	}
	return "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>" + inner + "</body></html>"
}
