package google

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// tag is the version of a whole item: the ETag of its event, and behind a blank, which no ETag holds (RFC 9110 section 8.8.3),
// a sum of its occurrences' own. So one tag tells whether anything of a series changed, also where only that is kept.
func (g *group) tag() string {
	if len(g.parts) == 0 {
		return g.master.ETag
	}
	h := fnv.New64a()
	for _, p := range g.parts { // sorted
		_, _ = fmt.Fprintf(h, "%s %s\n", p.ID, p.ETag) // a hash takes everything
	}
	return fmt.Sprintf("%s %016x", g.master.ETag, h.Sum64())
}

// guardOf is the ETag of the event itself, for If-Match.
func guardOf(tag string) string {
	etag, _, _ := strings.Cut(tag, " ")
	return etag
}
