package caldav

import (
	"strings"

	"tahti/internal/provider"
)

// normalTag brings an ETag into the form in which the same version compares equal, wherever it was read: in quotes (a
// few servers leave them out in some places), without the suffix that Apache and nginx add to a compressed answer
// (providers.md 4.1). A weak one keeps its W/. One that no header can hold (RFC 9110 section 8.8.3) is none: sent as a
// guard it would stop every write before it leaves.
func normalTag(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	weak := strings.HasPrefix(s, "W/")
	s = strings.TrimPrefix(s, "W/")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		s = `"` + strings.Trim(s, `"`) + `"`
	}
	for _, suffix := range []string{`-gzip"`, `-br"`, `;gzip"`, `;br"`} {
		if t, ok := strings.CutSuffix(s, suffix); ok && len(t) > 1 {
			s = t + `"`
		}
	}
	if weak {
		s = "W/" + s
	}
	return s
}

// strong returns the tag if If-Match can hold it: a weak one never matches there (RFC 9110 section 13.1.1).
func strong(tag string) string {
	if strings.HasPrefix(tag, "W/") {
		return ""
	}
	return tag
}

// tagOf is the version of an item's one resource.
func tagOf(i *provider.Item) string {
	if i == nil {
		return ""
	}
	return i.Versions.Master().Tag
}

// sameVersion reports whether the caller's version of an item is the one listed. No tag is no knowledge.
func sameVersion(known provider.Versions, tag string) bool {
	return tag != "" && known.Master().Tag == tag
}
