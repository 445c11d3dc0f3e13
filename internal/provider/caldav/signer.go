package caldav

import (
	"net/http"
	"net/url"
	"sync"

	"tahti/internal/provider/premises"
)

// signer signs requests: with Basic, unasked, until a server says that it wants Digest and nothing else.
type signer struct {
	username, password string

	mu     sync.Mutex
	wait   bool // the account is known to want Digest: the password is not sent before a server asks for it
	digest map[string]*digest
	asked  bool // some server wanted Digest
}

func newSigner(username, password string, digestOnly bool) *signer {
	return &signer{username: username, password: password, wait: digestOnly, digest: map[string]*digest{}}
}

// origin is the protection space: a nonce is good at the server that gave it.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// signature is how a request was signed; the zero value is not at all.
type signature struct {
	basic bool
	nonce string // of Digest
}

func (s *signer) sign(r *http.Request) signature {
	if s.username == "" && s.password == "" {
		return signature{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.digest[origin(r.URL)]; d != nil {
		r.Header.Set("Authorization", d.authorization(s.username, s.password, r.Method, r.URL.RequestURI()))
		return signature{nonce: d.nonce}
	}
	if s.wait {
		return signature{}
	}
	// Basic, unasked: iCloud lists other schemes beside it, SOGo writes it in lower case (providers.md 4.2, 4.3).
	r.SetBasicAuth(s.username, s.password)
	return signature{basic: true}
}

// retries reports whether a request that was answered 401 may succeed if it is signed again. fresh tells that the nonce was
// the server's last word: refused all the same, the password is wrong. An older one may be over without the server saying
// that it is stale.
func (s *signer) retries(u *url.URL, h http.Header, was signature, fresh bool) bool {
	if s.username == "" && s.password == "" {
		return false
	}
	list := premises.Challenges(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	if offers(list, "basic") {
		if was.basic || s.wait && u.Scheme != "https" {
			return false // refused; or somebody on the way would like to read the password
		}
		// It used to want Digest. Basic is what its operator has changed to.
		s.wait = false
		delete(s.digest, origin(u))
		return true
	}
	d, from := strongest(list)
	if d == nil {
		return false
	}
	s.asked = true
	if was.nonce != "" && fresh && !listed(from.Params["stale"], "true") {
		return false
	}
	// Another request may have brought a newer nonce meanwhile.
	if now := s.digest[origin(u)]; now == nil || now.nonce == was.nonce {
		s.digest[origin(u)] = d
	}
	return true
}

// wantsDigest reports whether a server has asked for it.
func (s *signer) wantsDigest() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func offers(list []premises.Challenge, scheme string) bool {
	for _, c := range list {
		if c.Scheme == scheme {
			return true
		}
	}
	return false
}

// speaks reports whether a 401 offers any way in that we know. One that names none at all is taken for Basic.
func speaks(h http.Header) bool {
	list := premises.Challenges(h)
	d, _ := strongest(list)
	return len(list) == 0 || d != nil || offers(list, "basic")
}
