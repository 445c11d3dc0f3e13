package ews

import (
	"crypto"
	"crypto/md5"      //nolint:gosec // what the protocol is made of (RFC 4121 section 4.1.1.2)
	_ "crypto/sha256" // certificates are signed with these,
	_ "crypto/sha512" // and with these
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
)

// Where Extended Protection is on, as it is by default since Exchange 2019 CU14, a server takes an answer of NTLM only if that is bound to
// the TLS channel: it has to name the certificate that the client saw, so that nobody in between can pass it on. The library copies what
// the challenge says of its target into the answer, and signs it; so the binding is put there.

// Places in a challenge ([MS-NLMP] 2.2.1.2) and pairs of its target ([MS-NLMP] 2.2.2.1).
const (
	targetAt        = 40 // length, room and offset of the pairs
	challengeLength = 48 // of its fixed part
	pairEnd         = 0
	pairBinding     = 10
)

// bound adds the channel to a challenge. One that is none, that names no target, or that came without TLS stays as it is.
func bound(challenge []byte, channel *tls.ConnectionState) []byte {
	if channel == nil || len(channel.PeerCertificates) == 0 || len(challenge) < challengeLength {
		return challenge
	}
	length, offset := int(binary.LittleEndian.Uint16(challenge[targetAt:])), int(binary.LittleEndian.Uint32(challenge[targetAt+4:]))
	if length < 4 || offset < challengeLength || offset > len(challenge)-length {
		return challenge
	}
	pairs := challenge[offset : offset+length]
	end := 0
	for {
		if end+4 > len(pairs) {
			return challenge
		}
		if binary.LittleEndian.Uint16(pairs[end:]) == pairEnd {
			break
		}
		end += 4 + int(binary.LittleEndian.Uint16(pairs[end+2:]))
	}
	token := bindingOf(channel.PeerCertificates[0])
	pair := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, pairBinding), uint16(len(token)))
	target := append(append(append([]byte{}, pairs[:end]...), append(pair, token...)...), 0, 0, 0, 0)
	out := append(append([]byte{}, challenge...), target...)
	binary.LittleEndian.PutUint16(out[targetAt:], uint16(len(target)))
	binary.LittleEndian.PutUint16(out[targetAt+2:], uint16(len(target)))
	binary.LittleEndian.PutUint32(out[targetAt+4:], uint32(len(challenge)))
	return out
}

// bindingOf is the hash of a channel that ends at a certificate (tls-server-end-point, RFC 5929 section 4.1).
func bindingOf(c *x509.Certificate) []byte {
	kind := crypto.SHA256 // also for the old ones, MD5 and SHA-1
	switch c.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		kind = crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		kind = crypto.SHA512
	}
	h := kind.New()
	h.Write(c.Raw)
	return bindingTo(h.Sum(nil))
}

// bindingTo is the hash of the structure that Windows makes of a certificate's hash: no addresses, and the hash behind the channel's name
// (RFC 2744 section 3.11).
func bindingTo(certificate []byte) []byte {
	data := append([]byte("tls-server-end-point:"), certificate...)
	structure := binary.LittleEndian.AppendUint32(make([]byte, 16), uint32(len(data)))
	sum := md5.Sum(append(structure, data...)) //nolint:gosec // as above
	return sum[:]
}
