package store

import (
	"encoding/base64"
	"errors"
	"testing"
)

// Page cursors come from outside: whatever is sent either is one that we have given out, or is refused.
func FuzzPageCursor(f *testing.F) {
	for _, s := range []string{
		position{12, 34}.String("start_at"), position{-1, 1}.String("start_at"), "", "!", "aWQ6MDox",
		base64.RawURLEncoding.EncodeToString([]byte("start_at:1:2 OR 1=1")), base64.RawURLEncoding.EncodeToString([]byte("start_at:+1:2")),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePosition(s, "start_at")
		if err != nil {
			if !errors.Is(err, ErrCursor) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if p.String("start_at") != s {
			t.Fatalf("%q is read as %+v, which is %q", s, p, p.String("start_at"))
		}
	})
}
