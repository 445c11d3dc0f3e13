package jobs

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/account"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// server answers requests a second after they came, with the status that is planned for their number, or 200.
type server struct {
	mu     sync.Mutex
	got    []time.Time
	status map[int]int
	after  string // Retry-After of what is no 200
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.got = append(s.got, time.Now())
	status := s.status[len(s.got)]
	s.mu.Unlock()
	time.Sleep(time.Second)
	if status == 0 {
		status = http.StatusOK
	}
	res := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}
	if status != http.StatusOK {
		res.Header.Set("Retry-After", s.after)
	}
	return res, nil
}

// sending makes a calendar whose every call sends so many requests, and ends with the first that is not answered by 200.
func sending(n int, transport http.RoundTripper) *cal {
	c := newCal(4)
	client := http.Client{Transport: transport}
	c.before = func(ctx context.Context, op string) error {
		for range n {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://cal.example.com/", nil)
			if err != nil {
				return err
			}
			res, err := client.Do(req)
			if err != nil {
				return err
			}
			if err := res.Body.Close(); err != nil {
				return err
			}
			if res.StatusCode != http.StatusOK {
				return &provider.Error{Op: op, Class: provider.RateLimited}
			}
		}
		return nil
	}
	return c
}

// A pull asks page after page. When the account is told to wait meanwhile, by an answer to another of its calendars, the
// next page has to wait too (I19).
func TestARestHoldsForTheRestOfACallThatIsUnderWay(t *testing.T) {
	for status, rests := range map[int]bool{http.StatusTooManyRequests: true, http.StatusServiceUnavailable: true, http.StatusNotFound: false} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(4)
				s := &server{status: map[int]int{2: status}, after: "60"}
				transport := Outgoing(s, clock{}.Now)
				a := &store.Account{ID: 1, Server: "https://cal.example.com"}
				paging, throttled := d.bind(1, a, sending(10, transport)), d.bind(1, a, sending(1, transport))
				other := d.bind(1, &store.Account{ID: 2, Server: "https://cal.example.com"}, sending(10, transport))
				var wg sync.WaitGroup
				var stopped error
				start := time.Now()
				wg.Go(func() { _, stopped = paging.Read(t.Context(), nil) })
				time.Sleep(500 * time.Millisecond)
				_, err := throttled.Read(t.Context(), nil) // the second request; it is answered after a second and a half
				if provider.ClassOf(err) != provider.RateLimited {
					t.Fatal(err)
				}
				wg.Wait()
				if n := len(s.got); rests != (n == 3) { // two of the pull, which had begun, and the one that was answered so
					t.Errorf("%d requests left, the last after %v", n, s.got[n-1].Sub(start))
				}
				if rests != (provider.ClassOf(stopped) == provider.RateLimited && stopped != nil) {
					t.Errorf("the call that was under way ended with %v", stopped)
				}
				if _, err := other.Read(t.Context(), nil); err != nil {
					t.Errorf("another account: %v", err)
				}
				if !rests {
					return
				}
				time.Sleep(time.Until(start.Add(61*time.Second + 499*time.Millisecond)))
				if _, err := paging.Read(t.Context(), nil); provider.ClassOf(err) != provider.RateLimited || len(s.got) != 13 {
					t.Errorf("a millisecond too early: %v, %d requests", err, len(s.got))
				}
				time.Sleep(time.Millisecond)
				if _, err := paging.Read(t.Context(), nil); err != nil {
					t.Errorf("when the rest is over: %v", err)
				}
			})
		})
	}
}

// Requests go out within the budget of their account and that of our registration, which all accounts share: what would have to
// wait a while waits, and what would have to wait long is not sent at all.
func TestRequestsKeepToTheirBudgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := newDesk(8), &server{}
		transport := Outgoing(s, clock{}.Now)
		calendar := func(n int) *cal {
			c := sending(n, transport)
			c.budgets = provider.Capabilities{PerAccount: provider.Budget{Requests: 50, Per: time.Minute}, PerApplication: provider.Budget{Requests: 90, Per: time.Minute}}
			return c
		}
		var wg sync.WaitGroup
		for id := range store.ID(4) {
			r := d.bind(id%2, &store.Account{ID: id, Provider: account.Google}, calendar(100))
			wg.Go(func() {
				for range 5 {
					_, err := r.Read(t.Context(), nil)
					if e, ok := errors.AsType[*provider.Error](err); ok && time.Until(e.RetryAfter) > 0 {
						time.Sleep(time.Until(e.RetryAfter))
					}
				}
			})
		}
		wg.Wait()
		for i := range len(s.got) - 90 {
			if span := s.got[i+90].Sub(s.got[i]); span < time.Minute {
				t.Fatalf("91 requests of one registration within %v", span)
			}
		}
		if len(s.got) < 100 {
			t.Errorf("%d requests", len(s.got))
		}
	})
}

// A rest that speaks for all holds for accounts of other companies, and for none at another provider.
func TestARestOfAllHoldsForEveryAccountAtTheProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(8)
		told := newCal(4)
		told.before = func(context.Context, string) error {
			return &provider.Error{Class: provider.RateLimited, RetryAfter: time.Now().Add(time.Minute), Circle: provider.Organisation}
		}
		_, _ = d.bind(1, &store.Account{ID: 1, Provider: account.Graph, Username: "contoso/alice"}, told).Read(t.Context(), nil)
		for name, x := range map[string]struct {
			a     store.Account
			rests bool
		}{
			"the account itself":           {store.Account{ID: 1, Provider: account.Graph, Username: "contoso/alice"}, true},
			"another of its organisation":  {store.Account{ID: 2, Provider: account.Graph, Username: "contoso/bob"}, true},
			"one of another organisation":  {store.Account{ID: 3, Provider: account.Graph, Username: "fabrikam/carol"}, false},
			"one at another provider":      {store.Account{ID: 4, Provider: account.Google, Username: "1"}, false},
			"one that has signed in never": {store.Account{ID: 5, Provider: account.Graph}, false},
		} {
			company := store.ID(1)
			if x.a.ID != 1 {
				company = 2
			}
			if _, err := d.bind(company, &x.a, newCal(4)).Read(t.Context(), nil); (err != nil) != x.rests {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
