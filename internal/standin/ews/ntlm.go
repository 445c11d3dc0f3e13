package ews

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what the original asks for ([MS-NLMP] 3.3.2)
	"crypto/rand"
	"crypto/rc4" //nolint:gosec // likewise (3.1.5.1.2)
	"encoding/binary"
	"errors"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:staticcheck,gosec // likewise (3.3.2)
)

// ntlmSignature begins every message of NTLM.
var ntlmSignature = []byte("NTLMSSP\x00")

// The flags of NTLM that the server looks at ([MS-NLMP] 2.2.2.5).
const (
	flagUnicode     = 0x00000001
	flagOEM         = 0x00000002
	flagTarget      = 0x00000004
	flagSign        = 0x00000010
	flagNTLM        = 0x00000200
	flagAlways      = 0x00008000
	flagDomain      = 0x00010000
	flagExtended    = 0x00080000
	flagTargetInfo  = 0x00800000
	flagVersion     = 0x02000000
	flag128         = 0x20000000
	flagKeyExchange = 0x40000000
	flag56          = 0x80000000
)

// The pairs of a target info ([MS-NLMP] 2.2.2.1).
const (
	avEnd             = 0
	avComputer        = 1
	avDomain          = 2
	avDNSComputer     = 3
	avDNSDomain       = 4
	avFlags           = 6
	avTimestamp       = 7
	avChannelBindings = 10
	avHasMIC          = 2 // in avFlags
)

// handshake is one sign-in by NTLM under way: what was sent before its last message.
type handshake struct {
	negotiate, challenge []byte
	nonce                [8]byte
}

// ntlmChallenge answers the first message.
func ntlmChallenge(negotiate []byte, now time.Time) (*handshake, error) {
	if len(negotiate) < 16 || binary.LittleEndian.Uint32(negotiate[8:]) != 1 {
		return nil, errors.New("this is no NEGOTIATE_MESSAGE")
	}
	asked := binary.LittleEndian.Uint32(negotiate[12:])
	h := &handshake{negotiate: negotiate}
	_, _ = rand.Read(h.nonce[:]) // never fails
	flags := uint32(flagTarget|flagNTLM|flagAlways|flagDomain|flagExtended|flagTargetInfo) | asked&(flagUnicode|flagSign|flagVersion|flag128|flagKeyExchange|flag56)
	target := []byte("EXAMPLE")
	if asked&flagUnicode != 0 {
		target = utf16le("EXAMPLE")
	} else {
		flags |= flagOEM
	}
	var info []byte
	for _, pair := range []struct {
		id   uint16
		text string
	}{{avDomain, "EXAMPLE"}, {avComputer, "EXCHANGE"}, {avDNSDomain, "example.com"}, {avDNSComputer, "exchange.example.com"}} {
		info = appendPair(info, pair.id, utf16le(pair.text))
	}
	stamp := binary.LittleEndian.AppendUint64(nil, uint64(now.Unix()+11644473600)*10_000_000) // 100 ns since 1601
	info = appendPair(appendPair(info, avTimestamp, stamp), avEnd, nil)

	const header = 56
	b := append(bytes.Clone(ntlmSignature), 2, 0, 0, 0)
	b = appendBuffer(b, len(target), header)
	b = binary.LittleEndian.AppendUint32(b, flags)
	b = append(b, h.nonce[:]...)
	b = append(b, make([]byte, 8)...)
	b = appendBuffer(b, len(info), header+len(target))
	b = append(b, 10, 0, 0x63, 0x45, 0, 0, 0, 15) // the version
	h.challenge = append(append(b, target...), info...)
	return h, nil
}

func appendPair(b []byte, id uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

func appendBuffer(b []byte, length, offset int) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(length))
	b = binary.LittleEndian.AppendUint16(b, uint16(length))
	return binary.LittleEndian.AppendUint32(b, uint32(offset))
}

// ntlmAnswer is the last message, read.
type ntlmAnswer struct {
	raw            []byte
	domain, name   string
	proof, blob    []byte
	sessionKey     []byte
	flags          uint32
	pairs          map[uint16][]byte
	hasMIC         bool
	channelBinding []byte
}

// readAnswer reads an AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3) with an answer of version 2.
func readAnswer(b []byte) (*ntlmAnswer, error) {
	if len(b) < 64 || binary.LittleEndian.Uint32(b[8:]) != 3 {
		return nil, errors.New("this is no AUTHENTICATE_MESSAGE")
	}
	buffer := func(at int) []byte {
		length, offset := int(binary.LittleEndian.Uint16(b[at:])), int(binary.LittleEndian.Uint32(b[at+4:]))
		if offset < 0 || offset > len(b) || length > len(b)-offset {
			return nil
		}
		return b[offset : offset+length]
	}
	a := &ntlmAnswer{raw: b, sessionKey: buffer(52), flags: binary.LittleEndian.Uint32(b[60:])}
	a.domain, a.name = string(buffer(28)), string(buffer(36))
	if a.flags&flagUnicode != 0 {
		a.domain, a.name = fromUTF16(buffer(28)), fromUTF16(buffer(36))
	}
	response := buffer(20)
	if len(response) < 16+28 {
		return nil, errors.New("the answer is not of NTLM version 2")
	}
	a.proof, a.blob = response[:16], response[16:]
	a.pairs = map[uint16][]byte{}
	for rest := a.blob[28:]; len(rest) >= 4; {
		id, length := binary.LittleEndian.Uint16(rest), int(binary.LittleEndian.Uint16(rest[2:]))
		if id == avEnd {
			break
		}
		if len(rest) < 4+length {
			return nil, errors.New("the target info is cut off")
		}
		a.pairs[id] = rest[4 : 4+length]
		rest = rest[4+length:]
	}
	if flags := a.pairs[avFlags]; len(flags) == 4 && binary.LittleEndian.Uint32(flags)&avHasMIC != 0 {
		a.hasMIC = true
	}
	a.channelBinding = a.pairs[avChannelBindings]
	return a, nil
}

// proves reports whether an answer was made with a password, for this challenge; and, where it says so, that no message
// was changed on the way ([MS-NLMP] 3.2.5.1.2, 3.3.2).
func (a *ntlmAnswer) proves(h *handshake, password string) bool {
	hash := md4.New()
	_, _ = hash.Write(utf16le(password)) // a hash never fails
	key := hmacMD5(hash.Sum(nil), utf16le(strings.ToUpper(a.name)+a.domain))
	proof := hmacMD5(key, h.nonce[:], a.blob)
	if !hmac.Equal(proof, a.proof) {
		return false
	}
	if !a.hasMIC {
		return true
	}
	const micAt = 72
	if len(a.raw) < micAt+16 {
		return false
	}
	session := hmacMD5(key, proof)
	if a.flags&flagKeyExchange != 0 {
		c, err := rc4.NewCipher(session)
		if err != nil || len(a.sessionKey) != 16 {
			return false
		}
		exported := make([]byte, 16)
		c.XORKeyStream(exported, a.sessionKey)
		session = exported
	}
	bare := bytes.Clone(a.raw)
	mic := bytes.Clone(bare[micAt : micAt+16])
	clear(bare[micAt : micAt+16])
	return hmac.Equal(mic, hmacMD5(session, h.negotiate, h.challenge, bare))
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		_, _ = h.Write(p) // a hash never fails
	}
	return h.Sum(nil)
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func fromUTF16(b []byte) string {
	var list []uint16
	for i := 0; i+1 < len(b); i += 2 {
		list = append(list, binary.LittleEndian.Uint16(b[i:]))
	}
	return string(utf16.Decode(list))
}
