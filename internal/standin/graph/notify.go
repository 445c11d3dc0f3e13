package graph

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tahti/internal/standin"
)

// notifier tells subscribers of changes. The lock of the server guards it.
type notifier struct {
	subscriptions map[string]*subscription
	pending       []notification
	sending       bool
	web           *http.Client
}

// notification is one entry of a delivery.
type notification struct {
	to   string
	body object
}

// gather is how long changes are gathered before they are sent, so that one delivery holds several.
const gather = 20 * time.Millisecond

// maxPending bounds what waits; what is more is lost, as the original loses what it cannot deliver.
const maxPending = 10_000

// tries is how often a delivery is tried.
const tries = 3

// ordered are the subscriptions by id.
func (n *notifier) ordered() []*subscription {
	var list []*subscription
	for _, sub := range n.subscriptions {
		list = append(list, sub)
	}
	slices.SortFunc(list, func(a, b *subscription) int { return strings.Compare(a.id, b.id) })
	return list
}

// newClient is how subscribers are reached.
func newClient(opt Options) *http.Client {
	return standin.LocalClient(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opt.Trust}, 5*time.Second)
}

// validate shakes hands with an address: it has to answer with the token that it is sent, as plain text. The lock is not held.
func (s *Server) validate(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Patience)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	token := "Validation: Testing client application reachability for subscription Request-Id: <" + newSecret("") + ">"
	q := u.Query()
	q.Set("validationToken", token)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := s.web.Do(req)
	if err != nil {
		return errors.New("the operation has timed out, or there was no connection")
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("HTTP %d", resp.StatusCode)
	case !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain"):
		return errors.New("the answer is not text/plain")
	case string(body) != token:
		return errors.New("the answer is not the token")
	}
	return nil
}

// changed queues what subscribers are told of an item's new version. The lock is held.
func (s *Server) changed(it *item) {
	v := it.now()
	var old *version
	if len(it.versions) > 1 {
		old = it.versions[len(it.versions)-2]
	}
	for _, sub := range s.ordered() {
		if sub.box != it.box || sub.paused || !sub.until.After(s.now()) {
			continue
		}
		kind := sub.change(old, v)
		if !slices.Contains(sub.changes, kind) {
			continue
		}
		id := it.id(whole, sub.immutable)
		path := "Users/" + it.box.guid + "/Events/" + id
		s.queue(notification{sub.notify, object{
			{"subscriptionId", sub.id}, {"subscriptionExpirationDateTime", writeInstant(sub.until)}, {"changeType", kind}, {"resource", path},
			{"resourceData", object{
				{"@odata.type", "#Microsoft.Graph.Event"}, {"@odata.id", path}, {"@odata.etag", etag(changeKey(it.box.number, v.seq))}, {"id", id},
			}},
			{"clientState", orNull(sub.state)}, {"tenantId", tenantID},
		}})
	}
}

// change is what the step from one version to the next is to a subscriber; empty where it is nothing.
func (sub *subscription) change(old, now *version) string {
	there := func(v *version) bool { return v != nil && !v.gone && (sub.folder == nil || v.folder == sub.folder) }
	switch was, is := there(old), there(now); {
	case was && is:
		return "updated"
	case is:
		return "created"
	case was:
		return "deleted"
	}
	return ""
}

// queue adds to what waits and sees that it is sent. The lock is held.
func (s *Server) queue(n notification) {
	if len(s.pending) >= maxPending {
		return
	}
	s.pending = append(s.pending, n)
	if !s.sending {
		s.sending = true
		go s.deliver()
	}
}

// deliver sends what waits until nothing does, one request per address and round.
func (s *Server) deliver() {
	for {
		time.Sleep(gather)
		s.mu.Lock()
		list := s.pending
		s.pending = nil
		s.sending = len(list) > 0
		s.mu.Unlock()
		if len(list) == 0 {
			return
		}
		var addresses []string
		byAddress := map[string][]object{}
		for _, n := range list {
			if byAddress[n.to] == nil {
				addresses = append(addresses, n.to)
			}
			byAddress[n.to] = append(byAddress[n.to], n.body)
		}
		for _, to := range addresses {
			s.post(to, byAddress[to])
		}
	}
}

// post delivers to one address, and tries again when that fails. What is not taken then is lost.
func (s *Server) post(to string, list []object) {
	body, err := plainJSON(object{{"value", list}})
	if err != nil {
		panic(err) // texts
	}
	for try := range tries {
		time.Sleep(time.Duration(try) * 100 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), s.opt.Patience)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
		if err != nil {
			cancel()
			return
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := s.web.Do(req)
		done := err == nil && resp.StatusCode/100 == 2
		if err == nil {
			_ = resp.Body.Close() // nothing of it is read
		}
		cancel()
		if done {
			return
		}
	}
}

// The events in the life of a subscription.
const (
	Reauthorize = "reauthorizationRequired"
	Removed     = "subscriptionRemoved"
	Missed      = "missed"
)

// Lifecycle tells everybody who subscribed to a user's events, and gave an address for it, of an event in the life of the
// subscription. After [Reauthorize] nothing is delivered until the client has authorized again; after [Removed] the
// subscription is gone.
func (s *Server) Lifecycle(user, event string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.mailbox(user)
	if err != nil {
		return fmt.Errorf("lifecycle: %w", err)
	}
	if !slices.Contains([]string{Reauthorize, Removed, Missed}, event) {
		return fmt.Errorf("lifecycle: no event %q", event)
	}
	s.lifecycle(b, event)
	return nil
}

// lifecycle is Lifecycle with the lock held.
func (s *Server) lifecycle(b *mailbox, event string) {
	for _, sub := range s.ordered() {
		if sub.box != b {
			continue
		}
		switch event {
		case Reauthorize:
			sub.paused = true
		case Removed:
			delete(s.subscriptions, sub.id)
		}
		if sub.lifecycle != "" {
			s.queue(notification{sub.lifecycle, object{
				{"lifecycleEvent", event}, {"subscriptionId", sub.id}, {"resource", sub.resource}, {"clientState", orNull(sub.state)},
				{"subscriptionExpirationDateTime", writeInstant(sub.until)}, {"organizationId", tenantID},
			}})
		}
	}
}
