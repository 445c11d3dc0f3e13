package caldav

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
	standin "tahti/internal/standin/caldav"
)

// TestDigestAnswersAsTheTexts compares with the examples of the RFCs.
func TestDigestAnswersAsTheTexts(t *testing.T) {
	mufasa := map[string]string{
		"realm": "http-auth@example.org", "qop": "auth, auth-int", "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		"opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
	}
	for _, tc := range []struct {
		name, algorithm, password, cnonce string
		params                            map[string]string
		response                          string
	}{
		{"RFC 7616 section 3.9.1, MD5", "MD5", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", mufasa, "8ca523f5e9506fed4657c9700eebdbec"},
		{"RFC 7616 section 3.9.1, SHA-256", "SHA-256", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", mufasa,
			"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"RFC 2617 section 3.5, no algorithm named", "", "Circle Of Life", "0a4f113b", map[string]string{
			"realm": "testrealm@host.com", "qop": "auth,auth-int", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
		}, "6629fae49393a05397450978507c4ef1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := premises.Challenge{Scheme: "digest", Params: map[string]string{"algorithm": tc.algorithm}}
			for k, v := range tc.params {
				c.Params[k] = v
			}
			d := digestOf(c)
			d.cnonce = tc.cnonce
			got := d.authorization("Mufasa", tc.password, "GET", "/dir/index.html")
			for _, want := range []string{
				`username="Mufasa"`, `uri="/dir/index.html"`, `nc=00000001`, `qop=auth,`, `response="` + tc.response + `"`,
				`opaque="` + tc.params["opaque"] + `"`, `realm="` + tc.params["realm"] + `"`, `nonce="` + tc.params["nonce"] + `"`,
			} {
				if !strings.Contains(got, want) {
					t.Errorf("no %s in %s", want, got)
				}
			}
			if strings.Contains(got, "algorithm=") != (tc.algorithm != "") {
				t.Errorf("the algorithm is not written as it was asked for: %s", got)
			}
			if again := d.authorization("Mufasa", tc.password, "GET", "/dir/index.html"); !strings.Contains(again, "nc=00000002") || strings.Contains(again, tc.response) {
				t.Errorf("the second use of the nonce: %s", again)
			}
		})
	}
}

func TestWhichDigestIsSpoken(t *testing.T) {
	for line, want := range map[string]string{
		`Digest nonce="a", qop="auth", Digest nonce="b", qop="auth", algorithm=SHA-256`:         "b",
		`Digest nonce="b", qop="auth", algorithm=sha-256-sess, Digest nonce="a", qop=auth`:      "b",
		`Digest nonce="a", qop="auth-int", Digest nonce="b", qop="auth", algorithm=SHA-512-256`: "",
		`Digest nonce="a"`:              "", // without protection of any quality: RFC 7616 has done away with it
		`Digest qop="auth", Negotiate`:  "",
		`Digest nonce="a", qop="auth"`:  "a",
		`Bearer realm="x", Basic nonce`: "",
	} {
		d, _ := strongest(premises.Challenges(http.Header{"Www-Authenticate": {line}}))
		got := ""
		if d != nil {
			got = d.nonce
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// signing is a server that wants Digest, and what was sent to it.
type signing struct {
	*standin.Server
	url   string
	mu    sync.Mutex
	basic int // requests that carried the password as it is
	all   int
}

func newSigning(t *testing.T, p standin.Profile, l standin.Lock) *signing {
	s := &signing{Server: standin.New(standin.Options{Profile: p, Lock: l, Users: []standin.User{{Name: `o"neill`, Password: "sécret"}}})}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.all++
		if _, _, ok := r.BasicAuth(); ok {
			s.basic++
		}
		s.mu.Unlock()
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.url = web.URL
	return s
}

func (s *signing) counts() (all, basic int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, basic = s.all, s.basic
	s.all, s.basic = 0, 0
	return all, basic
}

func (s *signing) options(password string) Options {
	return Options{
		URL: s.url + s.CalendarPath(`o"neill`, "calendar"), Username: `o"neill`, Password: password, Digest: true,
		Transport: &http.Transport{}, Now: time.Now, AllowPlain: true,
	}
}

func TestDigestSignIn(t *testing.T) {
	for _, p := range []standin.Profile{standin.ProfileBaikal, {Name: "SHA-256", Digest: standin.DigestSHA256}} {
		t.Run(p.Name, func(t *testing.T) {
			s := newSigning(t, p, standin.Lock{})
			account, err := Discover(context.Background(), Login{
				Address: s.url, Username: `o"neill`, Password: "sécret", Transport: &http.Transport{}, Now: time.Now, AllowPlain: true,
			})
			if err != nil || len(account.Calendars) != 1 || !account.Digest {
				t.Fatalf("%+v, %v", account, err)
			}
			if _, basic := s.counts(); basic != 2 {
				t.Errorf("the password itself was sent %d times, want two: to the well-known address, which asks nobody, and to what is behind it", basic)
			}
			c, err := Open(s.options("sécret"))
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := c.Probe(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			once, _ := s.counts()
			if c, err = Open(s.options("sécret")); err != nil {
				t.Fatal(err)
			}
			if _, err := c.head(context.Background()); err != nil {
				t.Fatal(err)
			}
			if all, basic := s.counts(); all != 2 || basic != 0 || once%3 != 1 {
				t.Errorf("%d requests for one, %d for three probes, %d with the password itself; one more than without Digest is needed", all, once, basic)
			}
		})
	}
}

func TestAStaleNonceIsReplacedAndCountsAreUsedOnce(t *testing.T) {
	p := standin.Profile{Name: "short", Digest: standin.DigestMD5, NonceUses: 5}
	s := newSigning(t, p, standin.Lock{After: 1, For: time.Hour})
	c, err := Open(s.options("sécret"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make(chan error, 40)
	for range 4 {
		wg.Go(func() {
			for range 10 {
				_, err := c.head(context.Background())
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if all, _ := s.counts(); all < 48 || all > 90 {
		t.Errorf("%d requests for 40 at five to a nonce", all)
	}
}

func TestAWrongPasswordCountsOnceWithDigest(t *testing.T) {
	s := newSigning(t, standin.ProfileBaikal, standin.Lock{After: 2, For: time.Hour, Status: 429})
	c, err := Open(s.options("wrong"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.head(context.Background())
	wantClass(t, err, provider.SignIn, provider.CodeWrongPassword)
	if right, err := Open(s.options("sécret")); err != nil {
		t.Fatal(err)
	} else if _, err := right.head(context.Background()); err != nil {
		t.Errorf("one try was counted as two: %v", err)
	}
}

// A server that goes over to Basic is followed where nobody can listen, and nowhere else.
func TestFromDigestBackToBasic(t *testing.T) {
	h := http.Header{"Www-Authenticate": {`Basic realm="x"`}}
	for address, want := range map[string]bool{"https://dav.example.com/": true, "http://dav.example.com/": false} {
		r := httptest.NewRequest("GET", address, nil)
		s := newSigner("alice", "secret", true)
		if was := s.sign(r); was.basic || r.Header.Get("Authorization") != "" {
			t.Error("signed before anybody asked")
		}
		if got := s.retries(r.URL, h, signature{}, false); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestASignInThatWeDoNotSpeak(t *testing.T) {
	c, s := scripted(t, fullProfile)
	s.on("PROPFIND /cal/", says(401, "", "WWW-Authenticate", `Negotiate`, "WWW-Authenticate", `Digest nonce="n", qop="auth-int"`))
	_, err := c.head(context.Background())
	wantClass(t, err, provider.SignIn, provider.CodeSignInKind)
	if len(s.seen) != 1 {
		t.Errorf("%d requests", len(s.seen))
	}
}

// A nonce may be over without the server saying so, where it is not the one that it has just given out; refused under that
// one, the password is wrong.
func TestWhichRefusalOfANonceIsFinal(t *testing.T) {
	const plain, stale = `Digest realm="x", nonce="new", qop="auth"`, `Digest realm="x", nonce="new", qop="auth", stale=true`
	for _, tc := range []struct {
		name, line string
		was        signature
		fresh      bool
		again      bool
	}{
		{"Basic was sent", plain, signature{basic: true}, false, true},
		{"an older nonce", plain, signature{nonce: "old"}, false, true},
		{"the newest nonce", plain, signature{nonce: "newest"}, true, false},
		{"the newest nonce, said to be stale", stale, signature{nonce: "newest"}, true, true},
	} {
		r := httptest.NewRequest("GET", "https://dav.example.com/", nil)
		s := newSigner("alice", "secret", false)
		if got := s.retries(r.URL, http.Header{"Www-Authenticate": {tc.line}}, tc.was, tc.fresh); got != tc.again {
			t.Errorf("%s: again %v", tc.name, got)
		}
		if s.sign(r); tc.again != strings.Contains(r.Header.Get("Authorization"), `nonce="new"`) {
			t.Errorf("%s: then it signs %q", tc.name, r.Header.Get("Authorization"))
		}
	}
}
