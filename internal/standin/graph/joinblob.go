package graph

import (
	"html"
	"strings"

	"tahti/internal/standin/exchange"
)

// joinBlob is what a body holds for an online meeting; without it, the meeting has no link any more.
func joinBlob(url string) string {
	return `<div class="me-email-text"><div>________________________________________________________________________________</div>` +
		`<a id="meet_invite_block.action.join_link" href="` + html.EscapeString(url) + `">Join the meeting now</a></div>`
}

// withBlob puts the link into a body.
func withBlob(doc, url string) string {
	if doc == "" {
		return exchange.HTMLDocument(joinBlob(url))
	}
	at := strings.LastIndex(strings.ToLower(doc), "</body>")
	if at < 0 {
		return doc + joinBlob(url)
	}
	return doc[:at] + joinBlob(url) + doc[at:]
}
