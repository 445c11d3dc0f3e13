package caldav

import (
	"crypto/md5" //nolint:gosec // what the servers ask for (RFC 7616 section 3.2)
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"tahti/internal/provider/premises"
)

// digest answers one nonce of a server that wants Digest (RFC 7616): the password itself never travels. Baïkal asks for it
// as it comes out of the box.
type digest struct {
	realm, nonce, opaque string
	algorithm            string // as the server wrote it; empty: it named none, which means MD5
	hash                 func() hash.Hash
	session              bool // a -sess algorithm: the secret is tied to the nonce
	userhash             bool
	cnonce               string
	count                uint32 // answers given under this nonce
}

// digestOf makes an answerer of a challenge; nil if it asks for something that we do not speak.
func digestOf(c premises.Challenge) *digest {
	if c.Scheme != "digest" || c.Params["nonce"] == "" || !listed(c.Params["qop"], "auth") {
		return nil
	}
	d := &digest{
		realm: c.Params["realm"], nonce: c.Params["nonce"], opaque: c.Params["opaque"], algorithm: c.Params["algorithm"],
		userhash: strings.EqualFold(c.Params["userhash"], "true"), cnonce: rand.Text(),
	}
	name := strings.ToUpper(d.algorithm)
	name, d.session = strings.CutSuffix(name, "-SESS")
	switch name {
	case "", "MD5":
		d.hash = md5.New
	case "SHA-256":
		d.hash = sha256.New
	default:
		return nil
	}
	return d
}

// strongest picks the challenge that is hardest to break (RFC 7616 section 3.7); nil if there is none that we speak.
func strongest(list []premises.Challenge) (*digest, premises.Challenge) {
	var best *digest
	var from premises.Challenge
	for _, c := range list {
		if d := digestOf(c); d != nil && (best == nil || d.hash().Size() > best.hash().Size()) {
			best, from = d, c
		}
	}
	return best, from
}

// authorization is the header for one request. uri is the request target as it is sent. Every call counts as one use of
// the nonce, so that a server can tell a replay.
func (d *digest) authorization(username, password, method, uri string) string {
	d.count++
	nc := fmt.Sprintf("%08x", d.count)
	secret := d.sum(username, d.realm, password)
	if d.session {
		secret = d.sum(secret, d.nonce, d.cnonce)
	}
	response := d.sum(secret, d.nonce, nc, d.cnonce, "auth", d.sum(method, uri))
	if d.userhash {
		username = d.sum(username, d.realm)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username=%s, realm=%s, nonce=%s, uri=%s, qop=auth, nc=%s, cnonce=%s, response="%s"`,
		quote(username), quote(d.realm), quote(d.nonce), quote(uri), nc, quote(d.cnonce), response)
	if d.algorithm != "" {
		b.WriteString(", algorithm=" + d.algorithm)
	}
	if d.opaque != "" {
		b.WriteString(", opaque=" + quote(d.opaque))
	}
	if d.userhash {
		b.WriteString(", userhash=true")
	}
	return b.String()
}

func (d *digest) sum(parts ...string) string {
	h := d.hash()
	_, _ = h.Write([]byte(strings.Join(parts, ":"))) // a hash never fails
	return hex.EncodeToString(h.Sum(nil))
}

// quote writes a quoted-string (RFC 9110 section 5.6.4). Letters beyond ASCII stand as they are: servers of people with
// such names read that, and few know RFC 8187's form.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// listed reports whether a list of words, parted by commas, has one.
func listed(list, word string) bool {
	for s := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(s), word) {
			return true
		}
	}
	return false
}
