package jobs

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

func TestServersAreToldApartByTheirHosts(t *testing.T) {
	for server, want := range map[string]string{
		"https://Cal.Example.com/principals/alice/": "cal.example.com", "https://cal.example.com:8443/": "cal.example.com:8443",
		"google": "google", "https://%zz/": "https://%zz/", "": "",
	} {
		if got := hostOf(server); got != want {
			t.Errorf("%q is at %q, want %q", server, got, want)
		}
	}
}

// A rest outlives the process that was asked for it: it stands with the account.
func TestARestOfAnEarlierProcessHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, c := newDesk(4), newCal(4)
		until := time.Now().Add(time.Minute)
		r := d.bind(1, &store.Account{ID: 1, BlockedUntil: until}, c)
		_, err := r.Read(t.Context(), nil)
		if e, ok := errors.AsType[*provider.Error](err); !ok || !e.RetryAfter.Equal(until) || c.requests() != 0 {
			t.Errorf("%v, %d requests", err, c.requests())
		}
	})
}

func TestWhoIsCalledOffWhileWaitingForASlotSaysSoAndGivesTheOtherBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1)
		busy, waiting := newCal(4), newCal(4)
		busy.before = func(context.Context, string) error { time.Sleep(time.Hour); return nil }
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = d.bind(1, &store.Account{ID: 1, Server: "https://cal.example.com"}, busy).Read(t.Context(), nil)
		}()
		synctest.Wait()
		r := d.bind(2, &store.Account{ID: 1, Server: "https://cal.example.com"}, waiting) // an account of another company at the host
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, err := r.Read(ctx, nil)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) || provider.ClassOf(err) != provider.Transient {
				t.Errorf("called off: %v", err)
			}
		}
		<-done
		if _, err := r.Read(t.Context(), nil); err != nil || waiting.requests() != 1 {
			t.Errorf("when the host is free: %v, %d requests", err, waiting.requests())
		}
	})
}

func TestRemovalsGoOutBesideOtherWrites(t *testing.T) {
	d, c := newDesk(4), newCal(4)
	r := d.bind(1, &store.Account{ID: 1}, c)
	kept, gone := c.inner.Add(planned("kept")), c.inner.Add(planned("gone"))
	items, err := r.Read(t.Context(), []provider.RemoteID{gone})
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	remove := provider.Remove{ID: gone, Base: &items[0]}
	for _, a := range r.WriteAll(t.Context(), append(creations("new", 1), engine.Write{Remove: &remove})) {
		if a.Err != nil || a.Unsent {
			t.Errorf("%+v", a)
		}
	}
	held := c.inner.Held()
	if _, there := held[gone]; there || len(held) != 2 || held[kept].Subject != "kept" {
		t.Errorf("the calendar holds %v", held)
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

// Every request that leaves counts once, and one that is held back does not; its body is closed all the same.
func TestWhatLeavesIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d, c := &server{}, newDesk(4), newCal(4)
		send := func(ctx context.Context) *closing {
			body := &closing{Reader: strings.NewReader("x")}
			req, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://cal.example.com/", body)
			if err != nil {
				t.Fatal(err)
			}
			if res, err := Outgoing(s, clock{}.Now).RoundTrip(req); err == nil {
				_ = res.Body.Close()
			}
			return body
		}
		c.before = func(ctx context.Context, _ string) error {
			send(ctx)
			send(ctx)
			d.bind(1, &store.Account{ID: 1, BlockedUntil: time.Now().Add(time.Minute)}, c) // another calendar of the account
			if body := send(ctx); !body.closed {
				t.Error("the body of what was held back stays open")
			}
			return nil
		}
		ctx, requests := Count(t.Context())
		if _, err := d.bind(1, &store.Account{ID: 1}, c).Read(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if requests() != 2 || len(s.got) != 2 {
			t.Errorf("%d counted, %d sent", requests(), len(s.got))
		}
	})
}
