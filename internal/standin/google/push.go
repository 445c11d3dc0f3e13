package google

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tahti/internal/standin"
)

// message is one delivery of a channel.
type message struct {
	state   string
	number  uint64
	expires time.Time
}

// Delivery is one message of a channel as it went out.
type Delivery struct {
	Channel string
	State   string // sync, exists or not_exists
	Number  uint64
	// Status is what was answered; 0 if nothing was, and for addresses of other machines, to which nothing is sent.
	Status int
}

// rings reports whether a channel has not ended.
func (s *Server) rings(ch *channel) bool { return s.now().Before(ch.expires) }

// ring sends word of every calendar that has changed. It is called with the lock held, after anything that may have
// changed one.
func (s *Server) ring() {
	for _, ch := range s.channels {
		state := "exists"
		if s.calendars[ch.shelf.id] != ch.shelf {
			state = "not_exists"
		} else if ch.seq == ch.shelf.seq {
			continue
		}
		ch.seq = ch.shelf.seq
		if s.ringOne(ch, state); state == "not_exists" {
			ch.expires = s.now()
		}
	}
}

// ringOne queues one message. Changes that pile up while a message is on its way are told by one more.
func (s *Server) ringOne(ch *channel, state string) {
	if !s.rings(ch) || s.deaf || len(ch.queue) > 0 && ch.queue[len(ch.queue)-1].state == state {
		return
	}
	// Numbers rise, and not by one (1.8).
	if ch.number == 0 {
		ch.number = 1
	} else {
		ch.number += 1 + ch.number*7919%1000
	}
	ch.queue = append(ch.queue, message{state, ch.number, ch.expires})
	if !ch.busy {
		ch.busy = true
		go s.deliver(ch)
	}
}

// deliver sends what is queued, one message after the other.
func (s *Server) deliver(ch *channel) {
	for {
		s.mu.Lock()
		if len(ch.queue) == 0 {
			ch.busy = false
			s.mu.Unlock()
			return
		}
		m := ch.queue[0]
		ch.queue = ch.queue[1:]
		s.mu.Unlock()
		status := 0
		for try := range maxTries {
			status = s.post(ch, m)
			if !slices.Contains([]int{500, 502, 503, 504}, status) {
				break
			}
			time.Sleep(time.Duration(try+1) * retryAfter)
		}
		s.mu.Lock()
		s.deliveries = append(s.deliveries, Delivery{ch.id, m.state, m.number, status})
		if len(s.deliveries) > maxDeliveries {
			s.deliveries = s.deliveries[1:]
		}
		s.mu.Unlock()
	}
}

// Bounds of deliveries. The original tries for longer.
const (
	maxTries      = 3
	retryAfter    = 100 * time.Millisecond
	maxDeliveries = 1000
	pushPatience  = 10 * time.Second
)

// post sends one message, which has no body, and answers the status; 0 if there was none.
func (s *Server) post(ch *channel, m message) int {
	u, err := url.Parse(ch.address)
	if err != nil || !standin.Local(u.Hostname()) {
		return 0
	}
	ctx, cancel := context.WithTimeout(context.Background(), pushPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, ch.address, nil)
	if err != nil {
		return 0
	}
	for name, v := range map[string]string{
		"Channel-ID": ch.id, "Channel-Token": ch.token, "Channel-Expiration": m.expires.UTC().Format(http.TimeFormat),
		"Resource-ID": ch.resource, "Resource-URI": ch.uri, "Resource-State": m.state, "Message-Number": strconv.FormatUint(m.number, 10),
	} {
		if v != "" {
			r.Header.Set("X-Goog-"+name, v)
		}
	}
	r.Header.Set("User-Agent", "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)")
	resp, err := s.pusher.Do(r)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close() // what it says is of no interest
	return resp.StatusCode
}

// Deliveries lists what channels have sent, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries)
}
