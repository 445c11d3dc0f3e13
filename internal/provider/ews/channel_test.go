package ews

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// The example of Microsoft's open specification team ("NTLM and Channel Binding Hash", 2013).
func TestAChannelIsBoundAsWindowsDoes(t *testing.T) {
	certificate, err := hex.DecodeString("ea05fefecc6b0bd571dbbc5baa3ed45386d0446835f7b74c85621b9983475f95")
	must(t, err)
	if got := hex.EncodeToString(bindingTo(certificate)); got != "6586e99d81c2fc984e47172fd4dd0310" {
		t.Errorf("%s", got)
	}
}

// challengeOf is a challenge whose target has pairs, which lie somewhere behind its fixed part.
func challengeOf(pairs []byte) []byte {
	b := append(make([]byte, challengeLength), "some name"...)
	copy(b, "NTLMSSP\x00\x02")
	binary.LittleEndian.PutUint16(b[targetAt:], uint16(len(pairs)))
	binary.LittleEndian.PutUint16(b[targetAt+2:], uint16(len(pairs)))
	binary.LittleEndian.PutUint32(b[targetAt+4:], uint32(len(b)))
	return append(b, pairs...)
}

func TestABindingIsAddedToWhatATargetSays(t *testing.T) {
	channel := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte("certificate"), SignatureAlgorithm: x509.SHA256WithRSA}}}
	pairs := append([]byte{2, 0, 4, 0}, "D\x00O\x00\x00\x00\x00\x00"...)
	got := bound(challengeOf(pairs), channel)
	length, offset := int(binary.LittleEndian.Uint16(got[targetAt:])), int(binary.LittleEndian.Uint32(got[targetAt+4:]))
	want := append(append(append([]byte{}, pairs[:8]...), pairBinding, 0, 16, 0), append(bindingOf(channel.PeerCertificates[0]), 0, 0, 0, 0)...)
	if offset+length != len(got) || !bytes.Equal(got[offset:], want) {
		t.Errorf("% x, want % x", got[offset:], want)
	}
	for name, challenge := range map[string][]byte{
		"none": nil, "too short": make([]byte, 30), "without a target": challengeOf(nil), "without an end": challengeOf([]byte{2, 0, 4, 0, 1, 1, 1, 1}),
		"with a pair beyond the end": challengeOf([]byte{2, 0, 255, 255, 0, 0, 0, 0}),
	} {
		if !bytes.Equal(bound(challenge, channel), challenge) {
			t.Errorf("a challenge %s was changed", name)
		}
	}
	if whole := challengeOf(pairs); !bytes.Equal(bound(whole, nil), whole) {
		t.Error("bound to no channel")
	}
}

// FuzzBound holds that no challenge leads beyond its own bytes.
func FuzzBound(f *testing.F) {
	f.Add(challengeOf([]byte{2, 0, 4, 0, 'D', 0, 'O', 0, 0, 0, 0, 0}))
	f.Add(challengeOf([]byte{0, 0, 0, 0}))
	channel := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte("certificate")}}}
	f.Fuzz(func(t *testing.T, challenge []byte) {
		if got := bound(challenge, channel); len(got) < len(challenge) || len(challenge) >= targetAt && !bytes.Equal(got[:targetAt], challenge[:targetAt]) {
			t.Errorf("% x", got)
		}
	})
}
