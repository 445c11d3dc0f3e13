package google

import (
	"regexp"
	"strings"
)

// keptTags may stand in a description; everything else that looks like one is taken out, with what only programs read.
var keptTags = map[string]bool{
	"a": true, "b": true, "br": true, "i": true, "li": true, "ol": true, "p": true, "span": true, "u": true, "ul": true, "strong": true, "em": true,
}

var (
	anyTag  = regexp.MustCompile(`<(/?)([A-Za-z][A-Za-z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>`)
	hrefOf  = regexp.MustCompile(`(?i)\bhref\s*=\s*("[^"]*"|'[^']*')`)
	scripts = regexp.MustCompile(`(?is)<(script|style)\b.*?</(?:script|style)\s*>`)
)

// rewriteHTML is what the server makes of a description: line ends are line feeds, tags are written small and without
// attributes but a link's address, and unknown tags go. How the original rewrites in detail is not published.
func rewriteHTML(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = scripts.ReplaceAllString(s, "")
	return anyTag.ReplaceAllStringFunc(s, func(tag string) string {
		part := anyTag.FindStringSubmatch(tag)
		name := strings.ToLower(part[2])
		switch {
		case !keptTags[name]:
			return ""
		case name == "a" && part[1] == "":
			if href := hrefOf.FindStringSubmatch(part[3]); href != nil {
				return `<a href="` + strings.Trim(href[1], `"'`) + `">`
			}
		}
		return "<" + part[1] + name + ">"
	})
}
