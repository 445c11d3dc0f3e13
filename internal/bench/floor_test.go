package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// lanes is how many requests are under way at a time, for the floor as for Tahti on Cyrus.
const lanes = 8

// floor is the least client: it finds hrefs and a token in answers by looking for their tags, and parses nothing.
type floor struct {
	client *http.Client
	token  string
}

func newFloor() func(order) (reply, error) {
	f := &floor{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: lanes}}}
	return func(o order) (reply, error) {
		switch o.Op {
		case "pull":
			for range max(1, o.N) {
				if err := f.pull(o); err != nil {
					return reply{}, err
				}
			}
			return reply{}, nil
		case "push":
			return reply{}, f.push(o)
		}
		return reply{}, fmt.Errorf("no such order: %q", o.Op)
	}
}

func (f *floor) do(o order, method, url, body string) ([]byte, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth("alice", o.Password)
	req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	if method == http.MethodPut {
		req.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	}
	res, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s", method, url, res.Status)
	}
	return answer, err
}

const namespaces = ` xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"`

// pull fetches what changed since the last pull: one report, and one more for each hundred.
func (f *floor) pull(o order) error {
	answer, err := f.do(o, "REPORT", o.URL, `<d:sync-collection`+namespaces+`><d:sync-token>`+f.token+
		`</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>`)
	if err != nil {
		return err
	}
	hrefs := between(answer, "href>")
	if tokens := between(answer, "sync-token>"); len(tokens) > 0 {
		f.token = tokens[len(tokens)-1]
	}
	for len(hrefs) > 0 {
		n := min(100, len(hrefs))
		body := `<c:calendar-multiget` + namespaces + `><d:prop><d:getetag/><c:calendar-data/></d:prop><d:href>` +
			strings.Join(hrefs[:n], "</d:href><d:href>") + `</d:href></c:calendar-multiget>`
		if _, err := f.do(o, "REPORT", o.URL, body); err != nil {
			return err
		}
		hrefs = hrefs[n:]
	}
	return nil
}

// between answers the texts of all elements whose opening tag ends with tag.
func between(text []byte, tag string) (found []string) {
	for {
		i := bytes.Index(text, []byte(tag))
		if i < 0 {
			return found
		}
		text = text[i+len(tag):]
		end := bytes.IndexByte(text, '<')
		if end < 0 {
			return found
		}
		found = append(found, string(text[:end]))
		if i = bytes.IndexByte(text, '>'); i < 0 {
			return found
		}
		text = text[i+1:]
	}
}

// push writes N objects, a few at a time.
func (f *floor) push(o order) error {
	var wg sync.WaitGroup
	failures := make([]error, lanes)
	for lane := range lanes {
		wg.Go(func() {
			for i := o.From + lane; i < o.From+o.N && failures[lane] == nil; i += lanes {
				_, failures[lane] = f.do(o, http.MethodPut, o.URL+name(i), object(i, o.Text))
			}
		})
	}
	wg.Wait()
	return errors.Join(failures...)
}
