package bench

import (
	"fmt"
	"net/http/httptest"

	"tahti/internal/standin/caldav"
)

// newStandin is the stand-in CalDAV server with N events. It takes a hundred thousand in the time in which a real server
// takes a few hundred. The reply to "address" is its port.
func newStandin() func(order) (reply, error) {
	s := caldav.New(caldav.Options{Users: []caldav.User{{Name: "alice", Password: "secret"}}})
	ts := httptest.NewServer(s)
	return func(o order) (reply, error) {
		if o.Op == "address" {
			var port int
			_, err := fmt.Sscanf(ts.URL, "http://127.0.0.1:%d", &port)
			return reply{N: port}, err
		}
		for i := o.From; i < o.From+o.N; i++ {
			if err := s.PutRaw("alice", "calendar", name(i), []byte(object(i, o.Text))); err != nil {
				return reply{}, err
			}
		}
		return reply{}, nil
	}
}
