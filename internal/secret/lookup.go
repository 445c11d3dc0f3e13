package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash"
)

// lookupLength is 160 of the 256 bits: no two of an installation's copies will ever share a key, and every provider
// takes an id of that length.
const lookupLength = 32

// LookupKey names the incarnation-th copy of an activity in one calendar of one account: HMAC-SHA-256 under the installation
// secret, the first 32 characters of its base32hex form (RFC 4648 section 7), lower case without padding. The alphabet a-v
// and 0-9 is what Google accepts as an event id, and all others do too.
//
// It is the same whenever it is asked for, so that a creation whose reply was lost can be looked up; and nobody without
// the secret can guess it, so that nobody can place an event where we would find and adopt it.
func LookupKey(installation []byte, company, account int64, calendar string, activity int64, incarnation int) string {
	if len(installation) < 16 {
		panic("lookup key: the installation secret is missing or too short")
	}
	h := hmac.New(sha256.New, installation)
	field(h, []byte("tahti lookup key 1"))
	number(h, company)
	number(h, account)
	field(h, []byte(calendar))
	number(h, activity)
	number(h, int64(incarnation))
	return encode(h)[:lookupLength]
}

// stemLength is what is left of a lookup key where a birth stands at its end: 100 bits are enough to be nobody else's, and nobody's guess.
const stemLength = 20

// Birth names what an activity was before it was one, in the characters of a lookup key: for 60 bits to be the same twice there would
// have to be as many as a thousand million of one company's.
func Birth(installation []byte, company int64, parts ...string) string {
	h := hmac.New(sha256.New, installation)
	field(h, []byte("tahti birth 1"))
	number(h, company)
	for _, p := range parts {
		field(h, []byte(p))
	}
	return encode(h)[:lookupLength-stemLength]
}

// Born is a lookup key that names a birth as well. It is known by its stem, and by the birth alone to who has lost the activity.
func Born(key, birth string) string { return key[:stemLength] + birth }

// BirthIn is the birth that a key names; empty if it can name none.
func BirthIn(key string) string {
	if len(key) != lookupLength {
		return ""
	}
	return key[stemLength:]
}

func encode(h hash.Hash) string {
	return base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil))
}

// field writes a field after its length (eight bytes, big-endian), so that no two lists of fields give one text.
func field(h hash.Hash, b []byte) {
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
	h.Write(b)
}

func number(h hash.Hash, n int64) { field(h, binary.BigEndian.AppendUint64(nil, uint64(n))) }
