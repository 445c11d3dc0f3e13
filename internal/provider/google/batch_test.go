package google

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
	standin "tahti/internal/standin/google"
)

func TestManyAreReadInFewRequests(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	var want []provider.RemoteID
	for i := range 60 {
		e := meeting()
		e.Subject = fmt.Sprintf("Number %d", i)
		if i%3 == 0 {
			e.Rule, e.Cancelled = "FREQ=DAILY;COUNT=9", []calendar.Wall{e.Start.Wall + calendar.Day}
		}
		want = append(want, must[provider.RemoteID](t)(b.Create(e)))
	}
	if err := b.Delete(want[7]); err != nil {
		t.Fatal(err)
	}
	b.sent()
	items := must[[]provider.Item](t)(c.Read(t.Context(), want))
	for i, it := range items {
		series := it.Event.IsSeries() && len(it.Event.Cancelled) == 1
		if it.ID != want[i] || (it.State == provider.StateGone) != (i == 7) || i != 7 && (it.Event.Subject != fmt.Sprintf("Number %d", i) || series != (i%3 == 0)) {
			t.Errorf("%d: %s %v %q", i, it.ID, it.State, it.Event.Subject)
		}
	}
	sent := b.sent()
	for _, r := range sent {
		if r.path != "/batch/calendar/v3" {
			t.Errorf("%s %s", r.method, r.path)
		}
	}
	if len(sent) != 3 { // 50 events, 10 events, 20 series
		t.Errorf("%d requests", len(sent))
	}
	one := must[[]provider.Item](t)(c.Read(t.Context(), want[:1]))
	if sent := b.sent(); len(sent) != 2 || sent[0].method != http.MethodGet || string(one[0].Raw) != string(items[0].Raw) {
		t.Errorf("one by %d requests, %s", len(sent), one[0].Raw)
	}
}

// batched answers a batch, part by part, in the order that it likes.
func batched(answers map[string]string, order func([]string)) scripted {
	return func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return jsonReply(r, 200, page("")), nil
		}
		_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		in := multipart.NewReader(r.Body, params["boundary"])
		var out bytes.Buffer
		w := multipart.NewWriter(&out)
		var parts []string
		for {
			p, err := in.NextPart()
			if err != nil {
				break
			}
			line, _ := bufio.NewReader(p).ReadString('\n')
			id := line[strings.Index(line, "/events/")+len("/events/") : strings.LastIndex(line, " ")]
			parts = append(parts, strings.Trim(p.Header.Get("Content-Id"), "<>")+" "+id)
		}
		if order != nil {
			order(parts)
		}
		for _, p := range parts {
			number, id, _ := strings.Cut(p, " ")
			text, ok := answers[id]
			if !ok {
				continue
			}
			part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/http"}, "Content-Id": {"<response-" + number + ">"}})
			status, body, _ := strings.Cut(text, " ")
			_, _ = io.WriteString(part, "HTTP/1.1 "+status+" x\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"+body)
		}
		_ = w.Close()
		return reply(r, 200, "multipart/mixed; boundary="+w.Boundary(), out.String()), nil
	}
}

func TestEachPartOfABatchHasItsOwnAnswer(t *testing.T) {
	other := strings.ReplaceAll(single, `"one"`, `"other"`)
	good := map[string]string{"one": "200 " + single, "other": "200 " + other}
	with := func(id, answer string) map[string]string {
		m := map[string]string{"one": good["one"], "other": good["other"]}
		if m[id] = answer; answer == "" {
			delete(m, id)
		}
		return m
	}
	for _, c := range []struct {
		name    string
		answers map[string]string
		order   func([]string)
		states  []string
		class   provider.Class
	}{
		{name: "all there", answers: good, states: []string{"one live", "other live"}},
		{name: "in another order", answers: good, order: slices.Reverse[[]string], states: []string{"one live", "other live"}},
		{name: "one is deleted", answers: with("other", "410 "+errorBody("deleted")), states: []string{"one live", "other gone"}},
		{name: "one is unknown", answers: with("other", "404 "+errorBody("notFound")), states: []string{"one live", "other gone"}},
		{name: "one is forbidden", answers: with("other", "403 "+errorBody("forbidden")), states: []string{"one live", "other forbidden"}},
		{name: "one fails", answers: with("other", "500 "+errorBody("backendError")), states: []string{"one live", "other not read"}},
		{name: "one is not answered", answers: with("other", ""), states: []string{"one live", "other not read"}},
		{name: "one is answered with another", answers: with("other", "200 "+single), states: []string{"one live", "other not read"}},
		{name: "one is cut off", answers: with("other", "200 "+other[:40]), states: []string{"one live", "other not read"}},
		{name: "one is too fast", answers: with("other", "403 "+errorBody("rateLimitExceeded")), class: provider.RateLimited},
		{name: "the sign-in ends", answers: with("other", "401 "+errorBody("authError")), class: provider.SignIn},
		{name: "none is answered", answers: nil, class: provider.Transient},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal := scriptedCalendar(t, batched(c.answers, c.order))
			cal.client.base = "http://calendar.example/calendar/v3"
			items, err := cal.Read(t.Context(), []provider.RemoteID{"one", "other"})
			if c.class != 0 {
				if err == nil || provider.ClassOf(err) != c.class {
					t.Errorf("%v %v", ids(items), err)
				}
				return
			}
			if err != nil || !slices.Equal(ids(items), c.states) {
				t.Errorf("%v %v", ids(items), err)
			}
		})
	}
}

func TestABatchThatBreaksIsNoNews(t *testing.T) {
	for _, f := range []conformance.Fault{conformance.LoseReply, conformance.LoseRequest, conformance.ServerError, conformance.Truncated, conformance.WebPage} {
		c, b := stand(t, standin.Variant{})
		list := []provider.RemoteID{must[provider.RemoteID](t)(b.Create(meeting())), must[provider.RemoteID](t)(b.Create(meeting()))}
		b.Strike(f)
		// Either an error, or what was read before it broke; never a missing item.
		items, err := c.Read(t.Context(), list)
		if broke := slices.ContainsFunc(items, func(it provider.Item) bool { return it.State == provider.StateNotRead }); err == nil && !broke {
			t.Errorf("%v: %v", f, ids(items))
		}
		if slices.ContainsFunc(items, func(it provider.Item) bool { return it.State == provider.StateGone }) {
			t.Errorf("%v: reads as gone: %v", f, ids(items))
		}
	}
}
