package secret

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// TestLookupKeyVectors holds the keys that are in people's calendars: a change here orphans every copy ever made. The
// values were computed apart from the code, with Python's hmac and base64.
func TestLookupKeyVectors(t *testing.T) {
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = byte(i)
	}
	for _, c := range []struct {
		company, account int64
		calendar         string
		activity         int64
		incarnation      int
		want             string
	}{
		{1, 2, "/dav/alice/work/", 3, 1, "ib729bg1eoki0icpdeibedapue3dl9ok"},
		{1, 2, "/dav/alice/work/", 3, 2, "68oskq9pqnbhdu4b6k3o4dji4n5chegj"},
		{1, 2, "/dav/alice/työ/", 3, 1, "8fig6o0anvn64hpcjehrdn6esu823gmj"},
		{1<<53 - 1, 1, "", 1, 0, "i0379e2h1eam9r9o02g80ohb0o0nr1h3"},
	} {
		if got := LookupKey(secret, c.company, c.account, c.calendar, c.activity, c.incarnation); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestDifferentActivitiesHaveDifferentLookupKeys(t *testing.T) {
	secret := []byte("an installation secret of 32 byte")
	form := regexp.MustCompile(`^[0-9a-v]{32}$`)
	type name struct {
		company, account int64
		calendar         string
		activity         int64
		incarnation      int
	}
	small := rapid.Int64Range(0, 3)
	names := rapid.Custom(func(t *rapid.T) name {
		return name{small.Draw(t, "company"), small.Draw(t, "account"), rapid.StringMatching(`[\x00-\x03a]{0,3}`).Draw(t, "calendar"),
			small.Draw(t, "activity"), rapid.IntRange(0, 3).Draw(t, "incarnation")}
	})
	key := func(n name) string {
		return LookupKey(secret, n.company, n.account, n.calendar, n.activity, n.incarnation)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := names.Draw(t, "a"), names.Draw(t, "b")
		if (key(a) == key(b)) != (a == b) {
			t.Fatalf("%+v and %+v: %s and %s", a, b, key(a), key(b))
		}
		if !form.MatchString(key(a)) {
			t.Fatalf("key %q", key(a))
		}
	})
}

func TestALookupKeyNeedsASecret(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("made a key that anybody can guess")
		}
	}()
	LookupKey(nil, 1, 1, "c", 1, 1)
}

// TestBirthVectors holds what keys say of where an activity came from: a change here has what a restore has forgotten come in twice. The
// values were computed apart from the code.
func TestBirthVectors(t *testing.T) {
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = byte(i)
	}
	for want, parts := range map[string][]string{
		"rg8mg1alcm1v": {"item", "2", "/dav/alice/work/", "/dav/alice/work/1.ics"},
		"cqmk5ubc7tba": {"item", "2", "/dav/alice/work//dav/alice/work/1.ics"},
		"o06eup9u4joq": {"here", "3"},
	} {
		if got := Birth(secret, 1, parts...); got != want {
			t.Errorf("%q: %s", parts, got)
		}
	}
	key := LookupKey(secret, 1, 2, "/dav/alice/work/", 3, 1)
	born := Born(key, Birth(secret, 1, "here", "3"))
	if born != key[:20]+"o06eup9u4joq" || BirthIn(born) != "o06eup9u4joq" || Born(key, BirthIn(key)) != key {
		t.Errorf("born: %s", born)
	}
	for _, key := range []string{"", "event-1", key + "0"} {
		if BirthIn(key) != "" {
			t.Errorf("%q names a birth", key)
		}
	}
}
