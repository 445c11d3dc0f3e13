package caldav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tahti/internal/provider"
)

// listLimits bound an answer that names many resources: some 300 bytes each, so a calendar of several hundred thousand.
var listLimits = limits{body: 256 << 20, text: 64 << 10, nodes: 2000}

// summary is what a multistatus says beside its responses.
type summary struct {
	token  string // DAV:sync-token of a sync-collection answer
	header http.Header
	url    *url.URL // after redirects
}

// response is one <DAV:response>, valid only during the callback.
type response struct {
	path string // decoded
	*node
}

// multistatus sends a call and gives each response of the answer to each, as it arrives. It returns nil only for an
// answer that is whole; each may have seen responses of an answer that is not, so callers keep nothing on an error.
func (c *client) multistatus(ctx context.Context, q call, l limits, each func(response) error) (summary, error) {
	a, err := c.send(ctx, q)
	if err != nil {
		return summary{}, err
	}
	defer a.close()
	if a.status != http.StatusMultiStatus && a.status != http.StatusOK {
		return summary{}, c.refused(q, a)
	}
	sum := summary{header: a.header, url: a.url}
	base := pathOf(a.url)
	root, err := readTree(a.body, l, func(n *node) error {
		switch n.name {
		case nResponse:
			return eachHref(base, n, each)
		case nSyncToken:
			sum.token = n.trimmed()
		}
		return nil
	})
	if err == nil && root != nMultistatus {
		err = fmt.Errorf("read xml: <%s> instead of a multistatus", root)
	}
	if perr, ok := errors.AsType[*provider.Error](err); ok {
		return summary{}, perr
	}
	if err != nil {
		return summary{}, broken(q.op, a, err)
	}
	return sum, nil
}

// eachHref gives a response to each once for every href that it speaks of: one with propstats has one, one with a
// status alone may have many (RFC 4918 section 14.24).
func eachHref(base string, n *node, each func(response) error) error {
	found := false
	for _, k := range n.kids {
		if k.name != nHref {
			continue
		}
		found = true
		if err := each(response{path: hrefPath(base, k.trimmed()), node: n}); err != nil {
			return err
		}
	}
	if !found {
		return errors.New("a response without href")
	}
	return nil
}

// status is the response's own status, or 0 if it has propstats instead.
func (r response) status() int {
	n := r.kid(nStatus)
	if n == nil {
		return 0
	}
	return parseStatus(n.trimmed())
}

// prop returns a property that was answered with success, or nil.
func (r response) prop(called name) *node {
	for _, k := range r.kids {
		if k.name != nPropstat {
			continue
		}
		if p := k.at(nProp, called); p != nil && okStatus(k) {
			return p
		}
	}
	return nil
}

// propStatus returns the status that a property was answered with, or 0 if it was not answered at all.
func (r response) propStatus(called name) int {
	for _, k := range r.kids {
		if k.name == nPropstat && k.at(nProp, called) != nil {
			return parseStatus(k.kid(nStatus).trimmed())
		}
	}
	return 0
}

// conditions are the names inside the response's DAV:error.
func (r response) conditions() []string {
	var found []string
	if e := r.kid(nError); e != nil {
		for _, k := range e.kids {
			found = appendCondition(found, k)
		}
	}
	return found
}

func okStatus(propstat *node) bool {
	s := parseStatus(propstat.kid(nStatus).trimmed())
	return s >= 200 && s < 300
}

// parseStatus reads "HTTP/1.1 404 Not Found"; 0 if it is none.
func parseStatus(s string) int {
	_, rest, _ := strings.Cut(s, " ")
	if len(rest) < 3 {
		return 0
	}
	n := 0
	for _, c := range []byte(rest[:3]) {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
