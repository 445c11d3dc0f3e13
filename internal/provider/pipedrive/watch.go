package pipedrive

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tahti/internal/provider"
)

const (
	opWatch   = "make a webhook"
	opCheck   = "look after a webhook"
	opUnwatch = "delete a webhook"
	// life is after how long a webhook is taken for dead unless it was seen: it has no end of its own, and is looked after in the middle.
	// One whose deliveries fail for three days is deleted (guide to webhooks).
	life = 12 * time.Hour
	// hookUser is the user's name that a webhook shows beside its secret; see package push.
	hookUser = "tahti"
	hookName = "Tahti"
)

// SharesWatch says that a webhook tells of the whole company.
func (u *User) SharesWatch() {}

// hook is a webhook, as far as it is looked at.
type hook struct {
	ID      int64   `json:"id"`
	Active  int     `json:"is_active"`
	Removed *string `json:"remove_time"`
}

// Watch makes a webhook of version 2 that tells of everything that happens to activities.
func (u *User) Watch(ctx context.Context, w provider.Watch) (provider.Watched, error) {
	q := call{op: opWatch, method: http.MethodPost, path: "/v1/webhooks", cost: costOneHook, write: true, body: object{
		"subscription_url": w.Address, "event_action": "*", "event_object": "activity", "version": "2.0", "name": hookName,
		"http_auth_user": hookUser, "http_auth_password": w.Secret,
	}}
	var made hook
	_, err := u.client.send(ctx, q, &made)
	switch e, ok := errors.AsType[*provider.Error](err); {
	case ok && e.Class == provider.Rejected && e.Code != CodeManyWebhooks:
		named := *e
		named.Class, named.Code = provider.Forbidden, provider.CodeNotReached
		return provider.Watched{}, &named
	case err != nil:
		return provider.Watched{}, err
	case made.ID <= 0:
		return provider.Watched{}, broken(q, http.StatusOK, errors.New("a webhook without a number"))
	}
	return provider.Watched{ID: strconv.FormatInt(made.ID, 10), Until: u.client.now().Add(life)}, nil
}

// Renew looks whether a webhook is still there.
func (u *User) Renew(ctx context.Context, w provider.Watched) (provider.Watched, error) {
	var list []hook
	if _, err := u.client.send(ctx, call{op: opCheck, method: http.MethodGet, path: "/v1/webhooks", cost: costHooks}, &list); err != nil {
		return w, err
	}
	for _, h := range list {
		if strconv.FormatInt(h.ID, 10) == w.ID && h.Active != 0 && h.Removed == nil {
			w.Until = u.client.now().Add(life)
			return w, nil
		}
	}
	return w, &provider.Error{Op: opCheck, Class: provider.Gone, Status: "the webhook is not there any more"}
}

// Unwatch deletes a webhook.
func (u *User) Unwatch(ctx context.Context, w provider.Watched) error {
	_, err := u.client.send(ctx, call{op: opUnwatch, method: http.MethodDelete, path: "/v1/webhooks/" + url.PathEscape(w.ID), cost: costUnhook, write: true}, nil)
	if err != nil && provider.ClassOf(err) == provider.Gone {
		return nil
	}
	return err
}
