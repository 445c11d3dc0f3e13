package ews

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"

	"golang.org/x/crypto/md4" //nolint:staticcheck,gosec // as in ntlm.go
)

// AnswerNTLM answers a challenge as a client does, without an integrity code.
func AnswerNTLM(challenge []byte, domain, name, password string) []byte {
	hash := md4.New()
	_, _ = hash.Write(utf16le(password))
	key := hmacMD5(hash.Sum(nil), utf16le(strings.ToUpper(name)+domain))
	length, offset := int(binary.LittleEndian.Uint16(challenge[40:])), int(binary.LittleEndian.Uint32(challenge[44:]))
	blob := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, make([]byte, 8)...)
	blob = append(blob, "nonceeee\x00\x00\x00\x00"...)
	blob = append(append(blob, challenge[offset:offset+length]...), 0, 0, 0, 0)
	response := append(hmacMD5(key, challenge[24:32], blob), blob...)
	parts := [][]byte{nil, response, utf16le(domain), utf16le(name), nil, nil} // LM, NT, domain, user, workstation, session key
	b := append(bytes.Clone(ntlmSignature), 3, 0, 0, 0)
	at := 64
	for _, p := range parts {
		b = appendBuffer(b, len(p), at)
		at += len(p)
	}
	b = binary.LittleEndian.AppendUint32(b, flagUnicode|flagNTLM|flagExtended|flagTargetInfo)
	return append(b, bytes.Join(parts, nil)...)
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
