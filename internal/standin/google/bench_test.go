package google_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"tahti/internal/standin/google"
)

// filled is a server with that many events, every tenth a series, and the sync token behind them.
func filled(b *testing.B, n int) (*google.Server, string) {
	b.Helper()
	s := fresh()
	const list = "/calendar/v3/calendars/primary/events"
	for i := range n {
		body := timed
		if i%10 == 0 {
			body = series
		}
		if w := ask(s, "POST", list, body(fmt.Sprintf(`"id":"event%d"`, i))); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
	token := ""
	for page := ""; ; {
		var body struct {
			NextPageToken, NextSyncToken string
		}
		w := ask(s, "GET", list+"?maxResults=2500&pageToken="+url.QueryEscape(page), "")
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 200 {
			b.Fatal(w.Body)
		}
		if page, token = body.NextPageToken, body.NextSyncToken; page == "" {
			return s, token
		}
	}
}

// BenchmarkQuietList is an incremental list with nothing in it, BenchmarkChange a change and the list that tells it.
func BenchmarkQuietList(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, token := filled(b, n)
			for b.Loop() {
				ask(s, "GET", "/calendar/v3/calendars/primary/events?syncToken="+url.QueryEscape(token), "")
			}
		})
	}
}

func BenchmarkChange(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, token := filled(b, n)
			for i := 0; b.Loop(); i++ {
				ask(s, "PATCH", "/calendar/v3/calendars/primary/events/event7", fmt.Sprintf(`{"summary":"%d"}`, i))
				ask(s, "GET", "/calendar/v3/calendars/primary/events?syncToken="+url.QueryEscape(token), "")
			}
		})
	}
}
