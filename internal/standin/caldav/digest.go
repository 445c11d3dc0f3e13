package caldav

import (
	"crypto/md5" //nolint:gosec // what the original asks for (RFC 7616 section 3.2)
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// realm is the protection space of every stand-in.
const realm = "Calendars"

// nonce is one that was given out.
type nonce struct {
	counts map[uint64]bool // that were used
}

// maxNonces bounds what is remembered; the oldest are over by then.
const maxNonces = 1000

// newNonce gives one out. Its text holds what a careless reader of headers trips over. The lock is held.
func (s *Server) newNonce() string {
	s.births++
	text := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d %d, ok", s.now().UnixNano(), s.births))
	if len(s.nonces) >= maxNonces {
		s.nonces = nil
	}
	if s.nonces == nil {
		s.nonces = map[string]*nonce{}
	}
	s.nonces[text] = &nonce{counts: map[uint64]bool{}}
	return text
}

// digestChallenge is the line of a 401. sabre/dav names no algorithm, which means MD5.
func (s *Server) digestChallenge(stale bool) string {
	line := fmt.Sprintf(`Digest realm="%s", qop="auth", nonce="%s", opaque="%s"`, realm, s.newNonce(), s.opaque())
	if s.profile.Digest != DigestMD5 {
		line += ", algorithm=" + string(s.profile.Digest)
	}
	if stale {
		line += ", stale=true"
	}
	return line
}

func (s *Server) opaque() string { return s.sum(realm) }

func (s *Server) sum(parts ...string) string {
	h := map[Digest]func() hash.Hash{DigestMD5: md5.New, DigestSHA256: sha256.New}[s.profile.Digest]()
	_, _ = h.Write([]byte(strings.Join(parts, ":"))) // a hash never fails
	return hex.EncodeToString(h.Sum(nil))
}

// credential is one name and value of an Authorization: Digest.
var credential = regexp.MustCompile(`^\s*(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)`)

// credentials reads the header; nil if it is not written as RFC 7616 section 3.4 says.
func credentials(header string) map[string]string {
	s, ok := strings.CutPrefix(header, "Digest ")
	if !ok {
		return nil
	}
	out := map[string]string{}
	for s != "" {
		m := credential.FindStringSubmatch(s)
		if m == nil || out[m[1]] != "" {
			return nil
		}
		out[m[1]] = m[3] + strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(m[2])
		s = s[len(m[0]):]
	}
	return out
}

// digest finds out who asks, by an answer to a nonce. It is stricter than sabre/dav, which counts nothing: every use of a
// nonce needs a count of its own, and no nonce lasts for ever.
func (s *Server) digest(r *http.Request) (*account, *failure) {
	if r.Header.Get("Authorization") == "" {
		return nil, refNoSignIn.because("sign in")
	}
	c := credentials(r.Header.Get("Authorization"))
	if c == nil {
		return nil, refDigest.because("this is no Digest answer")
	}
	algorithm := DigestMD5
	if c["algorithm"] != "" {
		algorithm = Digest(c["algorithm"])
	}
	count, err := strconv.ParseUint(c["nc"], 16, 32)
	a := s.accounts[c["username"]]
	switch {
	case a == nil:
		return nil, refNoSignIn.because("wrong name or password")
	case c["realm"] != realm, c["opaque"] != s.opaque(), c["qop"] != "auth", algorithm != s.profile.Digest, c["cnonce"] == "":
		return nil, refDigest.because("realm, opaque, qop, algorithm or cnonce is not as asked for")
	case c["uri"] != r.RequestURI:
		return nil, refDigest.because("it is for " + c["uri"])
	case err != nil || len(c["nc"]) != 8 || count == 0:
		return nil, refDigest.because("nc is no count of eight digits")
	}
	want := s.sum(s.sum(a.Name, realm, a.Password), c["nonce"], c["nc"], c["cnonce"], "auth", s.sum(r.Method, c["uri"]))
	if !same(c["response"], want) {
		return nil, s.wrongPassword(a)
	}
	n := s.nonces[c["nonce"]]
	if n == nil || n.counts[count] || s.profile.NonceUses > 0 && len(n.counts) >= s.profile.NonceUses {
		return nil, refStale.because("this nonce is over, or this count was used")
	}
	n.counts[count] = true
	return a, nil
}
