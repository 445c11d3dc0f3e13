package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tahti/internal/provider"
)

var (
	_ provider.Watcher = (*Calendar)(nil)
	_ provider.Renewer = (*Calendar)(nil)
)

const (
	opWatch   = "watch the calendar"
	opRenew   = "renew a watch"
	opUnwatch = "end a watch"

	// life is what we ask for. 4,230 minutes is the most that every text grants (providers.md 2.4), less some for a clock that
	// goes wrong; what is granted stands in the answer.
	life = 70 * time.Hour
)

// subscription is Graph's word for a watch.
type subscription struct {
	ID              string `json:"id,omitempty"`
	ChangeType      string `json:"changeType,omitempty"`
	Resource        string `json:"resource,omitempty"`
	NotificationURL string `json:"notificationUrl,omitempty"`
	LifecycleURL    string `json:"lifecycleNotificationUrl,omitempty"` // may be the same, and can never be added later
	ClientState     string `json:"clientState,omitempty"`
	Expiration      string `json:"expirationDateTime"`
}

// Watch subscribes to the calendar's events. Graph tries the address before it answers; it has ten seconds to show the token
// that it is sent.
func (c *Calendar) Watch(ctx context.Context, w provider.Watch) (provider.Watched, error) {
	q := call{op: opWatch, method: http.MethodPost, at: "/subscriptions", write: true, body: subscription{
		ChangeType: "created,updated,deleted", Resource: strings.TrimPrefix(c.path, "/") + "/events", NotificationURL: w.Address,
		LifecycleURL: w.Address, ClientState: w.Secret, Expiration: c.client.wish(),
	}}
	return c.client.watched(ctx, q)
}

// Renew asks for a longer life. Microsoft takes that for an answer to reauthorizationRequired too.
func (c *Calendar) Renew(ctx context.Context, w provider.Watched) (provider.Watched, error) {
	return c.client.watched(ctx, call{
		op: opRenew, method: http.MethodPatch, at: "/subscriptions/" + url.PathEscape(w.ID), write: true,
		body: subscription{Expiration: c.client.wish()},
	})
}

// Unwatch deletes the subscription.
func (c *Calendar) Unwatch(ctx context.Context, w provider.Watched) error {
	_, err := c.client.send(ctx, call{op: opUnwatch, method: http.MethodDelete, at: "/subscriptions/" + url.PathEscape(w.ID), write: true})
	if err != nil && provider.ClassOf(err) == provider.Gone {
		return nil
	}
	return err
}

// wish is the end that we ask for.
func (c *client) wish() string { return c.now().Add(life).UTC().Format("2006-01-02T15:04:05.0000000Z") }

// watched sends a call whose answer is a subscription.
func (c *client) watched(ctx context.Context, q call) (provider.Watched, error) {
	a, err := c.send(ctx, q)
	if e, ok := errors.AsType[*provider.Error](err); ok && isCode(err, "ValidationError") {
		named := *e
		named.Code = provider.CodeNotReached // or it did not answer as it should
		return provider.Watched{}, &named
	}
	if err != nil {
		return provider.Watched{}, err
	}
	var s subscription
	if err := json.Unmarshal(a.body, &s); err != nil {
		return provider.Watched{}, broken(q, a, err)
	}
	until, err := time.Parse(time.RFC3339, s.Expiration)
	if err != nil || s.ID == "" {
		return provider.Watched{}, broken(q, a, errors.Join(errors.New("a subscription without id or end"), err))
	}
	if sent, err := http.ParseTime(a.header.Get("Date")); err == nil {
		until = until.Add(c.now().Sub(sent).Truncate(time.Second)) // Microsoft's clock is not ours
	}
	return provider.Watched{ID: s.ID, Until: until.UTC()}, nil
}
