package caldav

import (
	"net/http"
	"strings"
)

// guardPut holds the conditions of RFC 9110 section 13 and RFC 6638 section 8.3; o is nil if nothing is there.
func (s *Server) guardPut(r *http.Request, o *object) *failure {
	match, none := r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
	switch {
	case match != "" && o == nil && !(match == "*" && s.profile.IfMatchAnyCreates):
		return refMatchNone.because("nothing is there to match")
	case match != "" && o != nil && !tagListed(match, o.etag, false):
		return refMatchPut.because("the object is now " + o.etag)
	case none != "" && o != nil && tagListed(none, o.etag, true) && !s.profile.IgnoreIfNoneMatch:
		return refNoneMatch.because("something is there")
	}
	return guardTag(r, o)
}

// guardDelete holds them for DELETE.
func (s *Server) guardDelete(r *http.Request, o *object) *failure {
	if match := r.Header.Get("If-Match"); match != "" && !tagListed(match, o.etag, false) && !s.profile.IgnoreIfMatchOnDelete {
		return refMatchDelete.because("the object is now " + o.etag)
	}
	return guardTag(r, o)
}

func guardTag(r *http.Request, o *object) *failure {
	tag := r.Header.Get("If-Schedule-Tag-Match")
	if tag != "" && (o == nil || o.scheduleTag != tag) {
		return refTag.because("the Schedule-Tag does not fit")
	}
	return nil
}

// tagListed reports whether the header of a condition names the tag, or is "*". If-Match compares strongly: a weak tag
// never matches. A header that is no list of tags names nothing.
func tagListed(header, tag string, weak bool) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for rest := strings.TrimSpace(header); rest != ""; {
		isWeak := strings.HasPrefix(rest, "W/")
		bare := strings.TrimPrefix(rest, "W/")
		if !strings.HasPrefix(bare, `"`) {
			return false
		}
		end := strings.IndexByte(bare[1:], '"')
		if end < 0 {
			return false
		}
		listed := bare[:end+2]
		if listed == strings.TrimPrefix(tag, "W/") && (weak || !isWeak && !strings.HasPrefix(tag, "W/")) {
			return true
		}
		rest = strings.TrimLeft(bare[end+2:], " \t,")
	}
	return false
}
