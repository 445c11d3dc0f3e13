package graph_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/standin/graph"
)

// The stand-in serves the product's own benchmarks, so that what it costs must not hang on how much it holds.
func BenchmarkQuietDelta(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := graph.New(graph.Options{Token: "all"})
			for range n {
				if _, _, err := s.Do("alice@example.com", "POST", "/me/events", event()); err != nil {
					b.Fatal(err)
				}
			}
			get := func(link string) string {
				req := httptest.NewRequest(http.MethodGet, link, nil)
				req.Header.Set("Authorization", "Bearer all")
				req.Header.Set("Prefer", "odata.maxpagesize=1000")
				w := httptest.NewRecorder()
				s.ServeHTTP(w, req)
				body := w.Body.String()
				_, link, found := strings.Cut(body, `"@odata.nextLink":"`)
				if !found {
					_, link, found = strings.Cut(body, `"@odata.deltaLink":"`)
				}
				if w.Code != http.StatusOK || !found {
					b.Fatal(body)
				}
				link, _, _ = strings.Cut(link, `"`)
				return link
			}
			link := "http://localhost/v1.0/me/calendarView/delta" + january
			for !strings.Contains(link, "deltatoken") {
				link = get(link)
			}
			for b.Loop() {
				link = get(link)
			}
		})
	}
}

func TestAMailboxForgetsWhatWasDeletedLongAgo(t *testing.T) {
	r := newRig(t, graph.Options{})
	link := r.deltaLink()
	first := ""
	r.graph.Remember(100)
	for i := range 102 {
		status, body, err := r.graph.Do("alice@example.com", "POST", "/me/events", event("transactionId", fmt.Sprintf(`"t%d"`, i)))
		if err != nil {
			t.Fatal(status, err)
		}
		id := r.tree(answer{body: string(body)}).text("id")
		if first == "" {
			first = id
		}
		if _, _, err := r.graph.Do("alice@example.com", "DELETE", "/me/events/"+id, ""); err != nil {
			t.Fatal(err)
		}
	}
	r.want(410, r.do("GET", link, ""))
	r.want(404, r.do("GET", "/me/events/"+first, ""))
	if list, _ := r.round(r.deltaLink()); len(list) != 0 {
		t.Errorf("a new round tells of %d", len(list))
	}
	r.make("transactionId", `"t0"`)
}
