package google

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tahti/internal/provider"
)

// A channel of Google's has no renewal: another takes its place (providers.md 1.8). So this is no [provider.Renewer].
var _ provider.Watcher = (*Calendar)(nil)

const (
	opWatch   = "watch the calendar"
	opUnwatch = "end a watch"

	kindOfChannel = "api#channel"
	// channelLife is taken where the answer names no end: what Google grants whoever asks for none.
	channelLife = 7 * 24 * time.Hour
)

// channel is Google's word for a watch.
type channel struct {
	Kind       string `json:"kind,omitempty"`
	ID         string `json:"id"`
	Type       string `json:"type,omitempty"`
	Address    string `json:"address,omitempty"`
	Token      string `json:"token,omitempty"`
	ResourceID string `json:"resourceId,omitempty"`
	Expiration string `json:"expiration,omitempty"` // milliseconds since 1970
}

// Watch opens a channel for the calendar's events, with the life that Google grants.
func (c *Calendar) Watch(ctx context.Context, w provider.Watch) (provider.Watched, error) {
	q := call{
		op: opWatch, method: http.MethodPost, path: c.path("events", "watch"), write: true,
		body: channel{ID: w.ID, Type: "web_hook", Address: w.Address, Token: w.Secret},
	}
	got, err := c.client.send(ctx, q)
	if err != nil {
		return provider.Watched{}, unreached(err)
	}
	var made channel
	err = json.Unmarshal(got.body, &made)
	if err != nil || made.Kind != kindOfChannel || made.ID != w.ID || made.ResourceID == "" {
		return provider.Watched{}, broken(q, http.StatusOK, errors.Join(fmt.Errorf("a channel of kind %q", made.Kind), err))
	}
	until := c.client.now().Add(channelLife)
	if made.Expiration != "" {
		ms, err := strconv.ParseInt(made.Expiration, 10, 64)
		if err != nil {
			return provider.Watched{}, broken(q, http.StatusOK, fmt.Errorf("read a channel's end: %w", err))
		}
		until = time.UnixMilli(ms).Add(got.skew.Truncate(time.Second)).UTC()
	}
	return provider.Watched{ID: made.ID, Resource: made.ResourceID, Until: until}, nil
}

// unreached names the refusals of our address, which only the administrator can do something about: it is not https, or Google
// does not let this program use it.
func unreached(err error) error {
	r, ok := errors.AsType[*refusal](err)
	if !ok || !r.has("push.webhookUrlNotHttps", "push.webhookUrlUnauthorized") {
		return err
	}
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Class, named.Code = provider.Forbidden, provider.CodeNotReached
	return &named
}

// Unwatch stops the channel.
func (c *Calendar) Unwatch(ctx context.Context, w provider.Watched) error {
	_, err := c.client.send(ctx, call{
		op: opUnwatch, method: http.MethodPost, path: "/channels/stop", write: true, body: channel{ID: w.ID, ResourceID: w.Resource},
	})
	if err != nil && provider.ClassOf(err) == provider.Gone {
		return nil
	}
	return err
}
