package push

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/store"
)

// A notification asks for a run or does nothing; whoever sends it learns nothing from the answer (I17).
func TestGoogleTells(t *testing.T) {
	with := func(name, value string) func(*kept, map[string]string) {
		return func(_ *kept, h map[string]string) { h[name] = value }
	}
	for name, c := range map[string]struct {
		change  func(*kept, map[string]string)
		address string
		wakes   bool
		what    string
	}{
		"that something changed":               {nil, "", true, Woken},
		"that something is not there any more": {with("X-Goog-Resource-State", "not_exists"), "", true, Woken},
		"that the channel works":               {with("X-Goog-Resource-State", "sync"), "", false, Hello},
		"without its secret":                   {with("X-Goog-Channel-Token", ""), "", false, Refused},
		"with another secret":                  {with("X-Goog-Channel-Token", strings.Repeat("A", 26)), "", false, Refused},
		"with more than the secret":            {func(k *kept, h map[string]string) { h["X-Goog-Channel-Token"] = k.Secret + "A" }, "", false, Refused},
		"for another channel":                  {with("X-Goog-Channel-ID", "other"), "", false, Refused},
		"of another calendar":                  {with("X-Goog-Resource-ID", "other"), "", false, Refused},
		"at an address of nobody's":            {nil, base + "/push/google/" + strings.Repeat("A", 26), false, Unknown},
		"at the other provider's door":         {nil, "graph", false, Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, Google)
			l.tend()
			k := l.far.one()
			h := maps.Clone(k.changed())
			if c.change != nil {
				c.change(k, h)
			}
			address, status, provider := k.Address, http.StatusOK, Google
			if c.address == "graph" {
				address, status, provider = strings.Replace(address, "/google/", "/graph/", 1), http.StatusAccepted, Graph
			} else if c.address != "" {
				address = c.address
			}
			l.observed()
			before := l.wanted()
			w := l.send(address, "", h)
			if w.Code != status || w.Body.Len() > 0 {
				t.Errorf("answered %d %q, want an empty %d", w.Code, w.Body, status)
			}
			if woken := l.wanted() > before; woken != c.wakes {
				t.Errorf("asked for a run: %t, want %t", woken, c.wakes)
			}
			if got, want := l.observed(), provider+" "+c.what; got != want {
				t.Errorf("seen as %q, want %q", got, want)
			}
			if n := l.far.done(); n != "watch" {
				t.Errorf("the provider was asked %q meanwhile", n)
			}
		})
	}
}

func TestMicrosoftTells(t *testing.T) {
	for name, c := range map[string]struct {
		body  func(k *kept) string
		wakes bool
		urged bool
		what  string
	}{
		"that something changed":  {func(k *kept) string { return items(k.item("")) }, true, false, "graph woken"},
		"of several changes":      {func(k *kept) string { return items(k.item(""), k.item(""), k.item("")) }, true, false, "graph woken"},
		"that something was lost": {func(k *kept) string { return items(k.item(`,"lifecycleEvent":"missed"`)) }, true, false, "graph woken"},
		"that it wants to be asked again": {
			func(k *kept) string { return items(k.item(`,"lifecycleEvent":"reauthorizationRequired"`)) }, true, true, "graph woken",
		},
		"that it has ended the subscription": {
			func(k *kept) string { return items(k.item(`,"lifecycleEvent":"subscriptionRemoved"`)) }, true, true, "graph woken",
		},
		"with another's among its own": {
			func(k *kept) string {
				return items(strings.Replace(k.item(""), k.Secret, "x", 1), strings.Replace(k.item(""), k.id, "x", 1), k.item(""))
			}, true, false, "graph refused, graph woken",
		},
		"with another secret":     {func(k *kept) string { return items(strings.Replace(k.item(""), k.Secret, "x", 1)) }, false, false, "graph refused"},
		"without a secret":        {func(k *kept) string { return items(`{"subscriptionId":"` + k.id + `"}`) }, false, false, "graph refused"},
		"of another subscription": {func(k *kept) string { return items(strings.Replace(k.item(""), k.id, "x", 1)) }, false, false, "graph refused"},
		"an end with another secret": {
			func(k *kept) string {
				return items(strings.Replace(k.item(`,"lifecycleEvent":"subscriptionRemoved"`), k.Secret, "x", 1))
			}, false, false, "graph refused",
		},
		"nothing":                {func(*kept) string { return "" }, false, false, "graph refused"},
		"of no changes":          {func(*kept) string { return items() }, false, false, ""},
		"something else":         {func(*kept) string { return `["value"]` }, false, false, "graph refused"},
		"an object for a list":   {func(*kept) string { return `{"value":{}}` }, false, false, "graph refused"},
		"half of a delivery":     {func(k *kept) string { return items(k.item(""), k.item(""))[:300] }, true, false, "graph refused, graph woken"},
		"more than anybody does": {func(k *kept) string { return items(strings.Repeat("{},", maxItems) + k.item("")) }, false, false, "graph refused"},
		"a mountain": {
			func(k *kept) string { return items(`{"x":"`+strings.Repeat("y", maxBody)+`"}`, k.item("")) }, false, false, "graph refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, Graph)
			l.tend()
			k := l.far.one()
			l.observed()
			before := l.wanted()
			w := l.send(k.Address, c.body(k), map[string]string{"Content-Type": "application/json"})
			if w.Code != http.StatusAccepted || w.Body.Len() > 0 {
				t.Errorf("answered %d %q, want an empty 202", w.Code, w.Body)
			}
			if woken := l.wanted() > before; woken != c.wakes {
				t.Errorf("asked for a run: %t, want %t", woken, c.wakes)
			}
			if urged := !l.row().Urged.IsZero(); urged != c.urged {
				t.Errorf("the provider wants to be asked again: %t, want %t", urged, c.urged)
			}
			if got := l.observed(); got != c.what {
				t.Errorf("seen as %q, want %q", got, c.what)
			}
		})
	}
}

func TestAnAddressIsShownToBeOurs(t *testing.T) {
	const token = "Validation: Testing client application reachability for subscription Request-Id: <1f&2>"
	l := newLab(t, Graph)
	l.tend()
	address := l.far.one().Address
	before := l.wanted()
	for name, c := range map[string]struct {
		address string
		status  int
		body    string
	}{
		"by the token as it was":          {validation(address, token), http.StatusOK, token},
		"by markup, as text":              {validation(address, "<script>alert(1)</script>"), http.StatusOK, "<script>alert(1)</script>"},
		"but not with two tokens":         {validation(address, token) + "&validationToken=b", http.StatusBadRequest, ""},
		"but not with none":               {address + "?validationToken=", http.StatusBadRequest, ""},
		"but not with several lines":      {validation(address, "a\r\nb"), http.StatusBadRequest, ""},
		"but not with what is no text":    {address + "?validationToken=%ff", http.StatusBadRequest, ""},
		"but not with a book":             {validation(address, strings.Repeat("a", maxToken+1)), http.StatusBadRequest, ""},
		"but not where nobody asked":      {validation(base+"/push/graph/"+strings.Repeat("A", 26), token), http.StatusNotFound, ""},
		"but not at the other's door":     {validation(strings.Replace(address, "/graph/", "/google/", 1), token), http.StatusOK, ""},
		"but not for what has no address": {validation(base+"/push/graph/", token), http.StatusNotFound, "404 page not found\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := l.send(c.address, "", map[string]string{"Content-Type": "text/plain; charset=utf-8"})
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("answered %d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
			if c.status != http.StatusOK || c.body == "" {
				return
			}
			h := w.Header()
			if h.Get("Content-Type") != "text/plain; charset=utf-8" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") == "" {
				t.Errorf("a browser may take it for more than text: %v", h)
			}
		})
	}
	if l.wanted() != before {
		t.Error("trying an address asked for a run")
	}
}

// The address is tried, and the channel says hello, before the answer that grants it is here.
func TestWhatComesBeforeTheAnswerIsHeard(t *testing.T) {
	for _, kind := range []string{Google, Graph} {
		l := newLab(t, kind)
		l.far.trial = func(k *kept) error {
			if kind == Google {
				if w := l.send(k.Address, "", k.changed()); w.Code != http.StatusOK {
					t.Errorf("google: %d", w.Code)
				}
				return nil
			}
			if w := l.send(validation(k.Address, "token"), "", nil); w.Body.String() != "token" {
				t.Errorf("graph: %d %q", w.Code, w.Body)
			}
			l.send(k.Address, items(k.item("")), nil)
			return nil
		}
		before := l.wanted()
		l.tend()
		if n := l.wanted() - before; n != 2 { // the one that tend begins with, and what was told
			t.Errorf("%s: %d runs were asked for", kind, n)
		}
	}
}

// However many there are, and in whatever order: one run that has not begun is asked for once, and none begins at once after
// the last.
func TestABurstIsOneRun(t *testing.T) {
	l := newLab(t, Google)
	l.tend()
	k := l.far.one()
	l.observed()
	before := l.wanted()
	for range 50 {
		l.send(k.Address, "", k.changed())
	}
	if n := l.wanted() - before; n != 1 {
		t.Errorf("%d runs were asked for", n)
	}
	if got := l.observed(); got != "google woken"+strings.Repeat(", google awaited", 49) {
		t.Error(got)
	}
	claim := func() []store.Claim {
		claims, err := l.DB.ClaimWakes(t.Context(), "w", l.Now(), time.Minute, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		return claims
	}
	run := claim()
	if len(run) != 1 || run[0].Lane != lane {
		t.Fatalf("claimed %+v", run)
	}
	for range 50 { // what is told during a run may be what it has not seen
		l.send(k.Address, "", k.changed())
	}
	if n := l.wanted() - before; n != 2 {
		t.Errorf("%d runs were asked for", n)
	}
	if err := l.DB.FinishWake(t.Context(), run[0], l.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if len(claim()) != 0 {
		t.Error("a second run begins at once")
	}
	l.Pass(gap)
	if len(claim()) != 1 {
		t.Error("what was told during the run is forgotten")
	}
}

func TestADatabaseThatIsGoneIsToldToWhoCanComeAgain(t *testing.T) {
	l := newLab(t, Graph)
	l.tend()
	k := l.far.one()
	if err := l.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{k.Address, validation(k.Address, "token")} {
		if w := l.send(address, items(k.item("")), nil); w.Code != http.StatusServiceUnavailable {
			t.Errorf("answered %d", w.Code)
		}
	}
}

func TestProvidersAreAskedWhereTheyCanReachUs(t *testing.T) {
	const beside = "http://127.0.0.1:5001/calendar/v3"
	for address, want := range map[string]bool{
		"https://tahti.example.com": true, "https://tahti.example.com:8443/crm": true, "https://8.8.8.8": true, "https://[2a00::1]": true,
		"": false, "http://tahti.example.com": false, "https://localhost": false, "https://tahti": false, "https://tahti.local": false,
		"https://tahti.internal.": false, "https://127.0.0.1:8080": false, "https://10.1.2.3": false, "https://192.168.1.1": false,
		"https://[fd00::1]": false, "https://[::1]": false, "https://169.254.1.1": false, "https://0.0.0.0": false, "https://%zz": false,
		"https://user@tahti.example.com": false, "https://tahti.example.com?x": false,
	} {
		for kind, want := range map[string]bool{Google: want, Graph: want, "caldav": false} {
			if got := (&Service{Base: address}).Asks(kind); got != want {
				t.Errorf("%s to send to %q: %t, want %t", kind, address, got, want)
			}
		}
	}
	for address, want := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080": true, "https://[::1]:8443": true, "http://10.1.2.3": false, "": false,
	} {
		s := &Service{Base: address, APIs: map[string]string{Google: beside, Graph: "https://graph.example.com"}}
		if got := s.Asks(Google); got != want || s.Asks(Graph) {
			t.Errorf("a stand-in beside us, to send to %q: %t, want %t; one elsewhere: %t", address, got, want, s.Asks(Graph))
		}
	}
}
