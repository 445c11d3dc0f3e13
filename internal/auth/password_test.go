package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// cheap keeps the tests quick; the costs are part of each hash, so nothing else changes.
var cheap = Params{MemoryKiB: 64, Passes: 1, Threads: 1}

func hash(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	s, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVerify(t *testing.T) {
	h := NewHasher(cheap, 2)
	dearer := NewHasher(Params{MemoryKiB: 128, Passes: 2, Threads: 1}, 2)
	stored := hash(t, h, "salasana öljy")
	for _, c := range []struct {
		name     string
		h        *Hasher
		stored   string
		password string
		want     Verdict
	}{
		{"the right password", h, stored, "salasana öljy", Verdict{OK: true}},
		{"the right one, ö typed as o and dots", h, stored, "salasana o\u0308ljy", Verdict{OK: true}},
		{"a wrong password", h, stored, "salasana oljy", Verdict{}},
		{"the empty password", h, stored, "", Verdict{}},
		{"the right one, after the costs were raised", dearer, stored, "salasana öljy", Verdict{OK: true, Rehash: true}},
		{"a wrong one, after the costs were raised", dearer, stored, "wrong", Verdict{}},
		{"no login of that name", h, "", "", Verdict{}},
		{"no login of that name, some password", h, "", "salasana öljy", Verdict{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.h.Verify(t.Context(), c.stored, c.password)
			if err != nil || got != c.want {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
		})
	}
	if again := hash(t, h, "salasana öljy"); again == stored {
		t.Error("two hashes of one password are the same: no salt")
	}
}

func TestHashForm(t *testing.T) {
	s := hash(t, NewHasher(cheap, 1), "correct horse")
	if !strings.HasPrefix(s, "$argon2id$v=19$m=64,t=1,p=1$") || strings.Count(s, "$") != 5 || strings.Contains(s, "=$") {
		t.Errorf("hash %q is no PHC string", s)
	}
}

func TestUnreadableHashesAreAnErrorNotAWrongPassword(t *testing.T) {
	h := NewHasher(cheap, 1)
	good := hash(t, h, "correct horse")
	for name, stored := range map[string]string{
		"plain text":              "correct horse",
		"another scheme":          strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":         strings.Replace(good, "v=19", "v=16", 1),
		"four gigabytes":          strings.Replace(good, "m=64", "m=4194304", 1),
		"a thousand passes":       strings.Replace(good, "t=1", "t=1000", 1),
		"no passes":               strings.Replace(good, "t=1", "t=0", 1),
		"a number in two forms":   strings.Replace(good, "t=1", "t=01", 1),
		"costs in another order":  strings.Replace(good, "t=1,p=1", "p=1,t=1", 1),
		"a cut hash":              good[:len(good)-30],
		"something at the end":    good + "$",
		"a hash that is too long": good + strings.Repeat("A", 600),
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := h.Verify(t.Context(), stored, "correct horse"); !errors.Is(err, ErrHash) || v.OK {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

func TestAFloodWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(cheap, 1)
		h.turns <- struct{}{} // somebody is at work
		start := time.Now()
		if _, err := h.Verify(t.Context(), "", "x"); !errors.Is(err, ErrBusy) {
			t.Errorf("after waiting in vain: %v", err)
		}
		if waited := time.Since(start); waited != longestWait {
			t.Errorf("waited %v", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a visitor who left: %v", err)
		}
		<-h.turns
		if _, err := h.Hash(t.Context(), "x"); err != nil {
			t.Errorf("once it is free: %v", err)
		}
		if len(h.turns) != 0 {
			t.Error("a turn was not given back")
		}
	})
}

func TestCheckPassword(t *testing.T) {
	for _, c := range []struct{ name, password, want string }{
		{"nine characters", "123456789", TooShort},
		{"nine characters of two bytes each", "äääääöööö", TooShort},
		{"ten", "äääääööööo", ""},
		{"a sentence", "maanantai on lyhyt päivä", ""},
		{"the longest", strings.Repeat("ab", 100), ""},
		{"too long", strings.Repeat("ab", 100) + "c", TooLong},
		{"the e-mail address", "Alice.Virtanen@Example.com", IsEmail},
		{"the name in it", "alice.virtanen", IsEmail},
		{"one sign only", "ääääääääääää", OneSign},
		{"nothing", "", TooShort},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := CheckPassword(c.password, "alice.virtanen@example.com")
			got := ""
			if p, ok := errors.AsType[*PasswordError](err); ok {
				got = p.Code
			}
			if got != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err != nil {
			if !errors.Is(err, ErrHash) {
				t.Fatal(err)
			}
			return
		}
		if p.String() != s {
			t.Fatalf("%q was read as %q: two spellings of one hash", s, p)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	h := NewHasher(DefaultParams, 1)
	stored, err := h.Hash(b.Context(), "correct horse")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := h.Verify(b.Context(), stored, "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(DefaultParams.MemoryKiB), "KiB/at-once")
}

func ExamplePasswordError() {
	fmt.Println(CheckPassword("short", "alice@example.com"))
	// Output: password is not accepted: too_short
}
