package caldav

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tokenPrefix begins a [TokenURL].
const tokenPrefix = "http://standin.invalid/ns/sync/"

// token is the sync-token of a collection at a count of changes, and remembers when it was given out.
func (s *Server) token(c *collection, seq uint64) string {
	c.tokenSeq, c.tokenAt = seq, s.now()
	switch s.profile.Tokens {
	case TokenData:
		return fmt.Sprintf("data:,%d-%d", c.birth, seq)
	case TokenSeconds:
		if len(c.log) == 0 {
			return "1"
		}
		return strconv.FormatInt(c.log[len(c.log)-1].at.Unix(), 10)
	}
	return fmt.Sprintf("%s%d-%d", tokenPrefix, c.birth, seq)
}

// changesSince reads a token; ok is false for one that was never given out, or not for this collection.
func (s *Server) changesSince(c *collection, token string) (list []change, ok bool) {
	if s.profile.Tokens == TokenSeconds {
		at, err := strconv.ParseInt(token, 10, 64)
		if err != nil || at > s.now().Unix() {
			return nil, false
		}
		return after(c.since(0), at), true
	}
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	if s.profile.Tokens == TokenData {
		rest, ok = strings.CutPrefix(token, "data:,")
	}
	birth, count, found := strings.Cut(rest, "-")
	b, err1 := strconv.ParseUint(birth, 10, 64)
	seq, err2 := strconv.ParseUint(count, 10, 64)
	if !ok || !found || err1 != nil || err2 != nil || b != c.birth || seq > c.seq {
		return nil, false
	}
	if s.profile.SyncRepeats && seq == c.tokenSeq {
		return after(c.since(0), c.tokenAt.Unix()), true
	}
	return c.since(seq), true
}

// after keeps what changed in a second or later.
func after(list []change, second int64) []change {
	kept := list[:0]
	for _, x := range list {
		if x.at.Unix() >= second {
			kept = append(kept, x)
		}
	}
	return kept
}

// everything lists all objects as changes, those that are gone only if asked for.
func everything(c *collection, gone bool) []change {
	var list []change
	for _, x := range c.since(0) {
		if !x.gone || gone {
			list = append(list, x)
		}
	}
	return list
}

// syncCollection answers what changed since a token (RFC 6578 section 3.2).
func (s *Server) syncCollection(w http.ResponseWriter, r *http.Request, res resource, who *account, body *element) *failure {
	if d := r.Header.Get("Depth"); d != "" && d != "0" && !s.profile.LaxSyncDepth {
		return refSyncDepth.because("Depth has to be 0")
	}
	token, level := body.Child(nsDAV, "sync-token"), body.Child(nsDAV, "sync-level")
	if token == nil || level == nil && !s.profile.LaxSyncDepth {
		return refSyncDepth.because("sync-token and sync-level are needed")
	}
	limit, f := s.pageLimit(body)
	if f != nil {
		return f
	}
	cols, f := s.columnsOf(w, r, body, res, who)
	if f != nil {
		return f
	}
	list, f := s.changes(res.collection, strings.TrimSpace(token.Text))
	if f != nil {
		return f
	}
	upTo, more := res.collection.seq, limit > 0 && len(list) > limit
	if more {
		list = list[:limit]
		upTo = list[limit-1].seq
	}
	m := newMultistatus()
	for _, x := range list {
		if o := res.collection.objects[x.name]; o != nil {
			s.row(m, cols, s.objectResource(res.collection, o), who)
		} else {
			m.status(s.href(res.collection.path()+x.name), http.StatusNotFound)
		}
	}
	if more {
		w.Header().Set("X-Standin-Refusal", refLimit.Number)
		m.failed(s.href(res.collection.path()), refLimit.Status, refLimit.Code, "")
	}
	m.token(s.token(res.collection, upTo))
	m.send(w)
	return nil
}

// pageLimit is how many changes one answer may hold; 0 is without limit.
func (s *Server) pageLimit(body *element) (int, *failure) {
	limit := s.profile.PageLimit
	asked := body.Child(nsDAV, "limit").Child(nsDAV, "nresults")
	if asked == nil || s.profile.IgnoreLimit {
		return limit, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(asked.Text))
	if err != nil || n < 1 {
		return 0, refXML.because("nresults is no number")
	}
	if limit == 0 || n < limit {
		limit = n
	}
	return limit, nil
}

// changes are what a token asks for, a garbage one included.
func (s *Server) changes(c *collection, token string) ([]change, *failure) {
	if token == "" {
		return everything(c, s.profile.SyncTombs), nil
	}
	list, ok := s.changesSince(c, token)
	if ok {
		return list, nil
	}
	switch s.profile.GarbageToken {
	case GarbageEverything:
		return everything(c, true), nil
	case GarbageLive:
		return everything(c, false), nil
	case Garbage500:
		return nil, refTokenServer.because("cannot make sense of the token")
	}
	return nil, refToken.because("the token was not given out here, or has expired")
}

// forgetTokens makes every token that was given out for the collection invalid.
func (s *Server) forgetTokens(c *collection) {
	s.births++
	c.birth = s.births
	c.tokenAt = time.Time{}
}
