package graph

import (
	"net/http"
	"strconv"
	"strings"
)

// prefer is what the Prefer headers of one request ask for; nothing of it is remembered in a token or for another
// request.
type prefer struct {
	zone      zone
	immutable bool
	text      bool // bodies as text
	page      int  // 0 for the default
	applied   []string
}

// maxPage bounds $top and odata.maxpagesize.
const maxPage = 1000

// readPrefer reads the headers; what is not known is not applied, as RFC 7240 says.
func readPrefer(h http.Header) (prefer, *failure) {
	p := prefer{zone: utc}
	for _, token := range preferTokens(h) {
		name, value, _ := strings.Cut(token, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "outlook.timezone":
			z, ok := parseZone(value)
			if !ok {
				return p, noZone(value)
			}
			p.zone = z
			p.applied = append(p.applied, `outlook.timezone="`+value+`"`)
		case "idtype":
			if strings.EqualFold(value, "ImmutableId") {
				p.immutable = true
				p.applied = append(p.applied, `IdType="ImmutableId"`)
			}
		case "outlook.body-content-type":
			p.text = strings.EqualFold(value, "text")
			p.applied = append(p.applied, `outlook.body-content-type="`+value+`"`)
		case "odata.maxpagesize":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				continue
			}
			p.page = min(n, maxPage)
			p.applied = append(p.applied, "odata.maxpagesize="+value)
		case "odata.track-changes":
			p.applied = append(p.applied, "odata.track-changes")
		}
	}
	return p, nil
}

// preferTokens splits the headers at commas that are not quoted.
func preferTokens(h http.Header) []string {
	var list []string
	for _, line := range h.Values("Prefer") {
		quoted, from := false, 0
		for i, c := range line {
			switch {
			case c == '"':
				quoted = !quoted
			case c == ',' && !quoted:
				list = append(list, strings.TrimSpace(line[from:i]))
				from = i + 1
			}
		}
		list = append(list, strings.TrimSpace(line[from:]))
	}
	return list
}
