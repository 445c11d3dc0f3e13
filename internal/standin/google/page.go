package google

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
)

// position is what page and sync tokens hold. Tokens are opaque to clients; they carry a sum, so that one that the server
// never gave out is known.
type position struct {
	List   string // what is listed
	Params string // the sum of the parameters that must not change
	// Since is the count that the listing began after: of the sync token, 0 for a full one. At is the count when its first
	// page was asked for; what changes later comes with the next sync token.
	Since, At uint64
	After     uint64 // of a page token: the last key of the pages before
	Empty     bool   // of a page token: the page before was an empty one
	Issued    int64  // seconds

	synced bool // the request came with a sync token
}

// seal writes a position as a token.
func (p position) seal(kind string) string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // plain values only
	}
	sum := sha256.Sum256(append([]byte(kind), b...))
	return kind + base64.RawURLEncoding.EncodeToString(append(sum[:6], b...))
}

// unseal reads a token of that kind.
func unseal(kind, token string) (p position, ok bool) {
	rest, ok := strings.CutPrefix(token, kind)
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if !ok || err != nil || len(b) < 6 {
		return p, false
	}
	sum := sha256.Sum256(append([]byte(kind), b[6:]...))
	if string(sum[:6]) != string(b[:6]) {
		return p, false
	}
	return p, json.Unmarshal(b[6:], &p) == nil
}

const (
	pageKind = "Cp"
	syncKind = "CP"
)

// fixed are the parameters that have to be the same with a sync token as they were without (1.5). Those that may only
// come without one are checked apart.
var fixed = []string{"singleEvents", "eventTypes", "showHiddenInvitations", "showDeleted", "timeZone", "minAccessRole", "showHidden"}

// sum stands for the values of the parameters.
func sum(q url.Values, names []string) string {
	part := url.Values{}
	for _, name := range names {
		for _, v := range q[name] {
			if v != "false" { // saying false is saying nothing
				part.Add(name, v)
			}
		}
	}
	h := sha256.Sum256([]byte(part.Encode()))
	return hex.EncodeToString(h[:8])
}

// openPage reads the tokens of a listing. at is the count of the list's changes now, dead that below which tokens are over.
func (c *call) openPage(list string, at, dead uint64) (position, *failure) {
	p := position{List: list, Params: sum(c.query, fixed), At: at}
	token, page := c.text("syncToken"), c.text("pageToken")
	if token != "" {
		var f *failure
		if p, f = c.openSync(p, token, dead); f != nil {
			return p, f
		}
	}
	if page == "" {
		return p, nil
	}
	x, ok := unseal(pageKind, page)
	if !ok || x.List != list || x.Params != sum(c.query, pageParams) || x.Since != p.Since || (token != "") != x.isSync() {
		return p, refPageToken.because("Invalid page token value.").at("parameter", "pageToken")
	}
	x.Params, x.synced = p.Params, p.synced
	return x, nil
}

func (p position) isSync() bool { return p.Issued != 0 }

// openSync reads a sync token.
func (c *call) openSync(p position, token string, dead uint64) (position, *failure) {
	x, ok := unseal(syncKind, token)
	switch {
	case (!ok || x.List != p.List) && c.variant.GarbageToken410, ok && x.List == p.List && c.overdue(x, dead):
		return p, refSyncExpired.because("Sync token is no longer valid, a full sync is required.").at("parameter", "syncToken")
	case !ok || x.List != p.List:
		return p, refSyncGarbage.because("Invalid sync token value.").at("parameter", "syncToken")
	case x.Params != p.Params && !c.variant.FreeParameters:
		return p, refSyncOther.because("Sync token cannot be used with other request restrictions.").at("parameter", "syncToken")
	}
	p.Since, p.synced, p.Issued = x.At, true, x.Issued
	return p, nil
}

func (c *call) overdue(x position, dead uint64) bool {
	return x.At < dead || c.opt.TokenLife > 0 && c.now().Unix()-x.Issued >= int64(c.opt.TokenLife.Seconds())
}

// pageParams have to be the same on every page.
var pageParams = append([]string{
	"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin", "showOwnOrganizationOnly", "originalStart",
}, fixed...)

// keyed is one thing that is listed; its key says where in the list it stands.
type keyed struct {
	key  uint64
	item *event
}

// page cuts what comes after the position out of a list, and reports whether more is left.
func (c *call) page(p *position, all []keyed, size int) (items []*event, more bool) {
	empty := c.variant.EmptyPages && !p.Empty
	p.Empty = empty
	after := p.After
	for _, x := range all {
		if x.key <= after {
			continue
		}
		if empty || len(items) == size {
			return items, true
		}
		items, p.After = append(items, x.item), x.key
	}
	return items, false
}

// endPage puts the token that goes on into the answer: of the next page, or of the next sync.
func (c *call) endPage(body object, p position, more, syncs bool) {
	switch {
	case more:
		p.Params = sum(c.query, pageParams)
		body["nextPageToken"] = p.seal(pageKind)
	case syncs:
		p.After, p.Since, p.Empty, p.Issued = 0, 0, false, c.now().Unix()
		body["nextSyncToken"] = p.seal(syncKind)
	}
}
