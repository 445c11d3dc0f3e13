package ews

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"

	"golang.org/x/crypto/md4" //nolint:staticcheck,gosec // as in ntlm.go
)

// AnswerNTLM answers a challenge as a client does, with an integrity code over all three messages if it is to have one.
func AnswerNTLM(negotiate, challenge []byte, domain, name, password string, integrity bool) []byte {
	hash := md4.New()
	_, _ = hash.Write(utf16le(password))
	key := hmacMD5(hash.Sum(nil), utf16le(strings.ToUpper(name)+domain))
	length, offset := int(binary.LittleEndian.Uint16(challenge[40:])), int(binary.LittleEndian.Uint32(challenge[44:]))
	info := bytes.Clone(challenge[offset : offset+length-4]) // without its end
	if integrity {
		info = appendPair(info, avFlags, []byte{avHasMIC, 0, 0, 0})
	}
	blob := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, make([]byte, 8)...)
	blob = append(blob, "nonceeee\x00\x00\x00\x00"...)
	blob = append(appendPair(append(blob, info...), avEnd, nil), 0, 0, 0, 0)
	proof := hmacMD5(key, challenge[24:32], blob)
	parts := [][]byte{nil, append(bytes.Clone(proof), blob...), utf16le(domain), utf16le(name), nil, nil} // LM, NT, domain, user, workstation, session key
	b := append(bytes.Clone(ntlmSignature), 3, 0, 0, 0)
	at := 88
	for _, p := range parts {
		b = appendBuffer(b, len(p), at)
		at += len(p)
	}
	b = binary.LittleEndian.AppendUint32(b, flagUnicode|flagNTLM|flagExtended|flagTargetInfo)
	b = append(append(b, make([]byte, 24)...), bytes.Join(parts, nil)...) // the version and the code
	if integrity {
		copy(b[72:], hmacMD5(hmacMD5(key, proof), negotiate, challenge, b))
	}
	return b
}

// TryNTLM reads both messages of a client, and holds that nobody gets in by them but who knows the password.
func TryNTLM(first, last []byte) {
	h, err := ntlmChallenge(first, time.Unix(1_800_000_000, 0))
	if err != nil {
		return
	}
	if a, err := readAnswer(last); err == nil && a.proves(h, "secret") {
		panic("a guess got in")
	}
}

// Remember lets a mailbox remember so many deleted items.
func (s *Server) Remember(user string, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findBox(user).most = most
}
