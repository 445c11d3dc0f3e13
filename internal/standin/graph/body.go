package graph

import (
	"html"
	"regexp"
	"strings"
)

// fromText is a plain text as the original stores it: as HTML.
func fromText(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return htmlDocument("<div class=\"PlainText\">" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\r\n") + "</div>")
}

var (
	headElement = regexp.MustCompile(`(?is)<head\b.*?</head>|<style\b.*?</style>|<!--.*?-->`)
	lineBreak   = regexp.MustCompile(`(?i)<br\s*/?>\r?\n?|</(?:p|div|tr|li|h[1-6])>(?:\r?\n)?`)
	anyTag      = regexp.MustCompile(`(?s)<[^>]*>`)
)

// toText is the body as Prefer: outlook.body-content-type="text" asks for it, with CRLF as the original has.
func toText(doc string) string {
	doc = headElement.ReplaceAllString(doc, "")
	doc = lineBreak.ReplaceAllString(doc, "\n")
	text := html.UnescapeString(anyTag.ReplaceAllString(doc, ""))
	return strings.ReplaceAll(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n", "\r\n")
}

// preview is the beginning of the text: 255 characters at the most.
func preview(doc string) string {
	text := []rune(toText(doc))
	return string(text[:min(len(text), 255)])
}

// joinBlob is what a body holds for an online meeting; without it, the meeting has no link any more.
func joinBlob(url string) string {
	return `<div class="me-email-text"><div>________________________________________________________________________________</div>` +
		`<a id="meet_invite_block.action.join_link" href="` + html.EscapeString(url) + `">Join the meeting now</a></div>`
}

// withBlob puts the link into a body.
func withBlob(doc, url string) string {
	if doc == "" {
		return htmlDocument(joinBlob(url))
	}
	at := strings.LastIndex(strings.ToLower(doc), "</body>")
	if at < 0 {
		return doc + joinBlob(url)
	}
	return doc[:at] + joinBlob(url) + doc[at:]
}
