package pipedrive

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tahti/internal/standin"
)

// hook is one webhook.
type hook struct {
	id, owner, user int64
	app             *App // nil for one that was made with an API token
	action, object  string
	address, name   string
	login, password string
	version         string
	added           time.Time
	removed         time.Time // zero while it is there
	reason          string

	// failures count first tries that failed; failing is since when nothing has arrived. banned is the end of a ban.
	failures   int
	failing    time.Time
	banned     time.Time
	lastTry    time.Time
	lastStatus int
	queue      []delivery
	busy       bool
}

const (
	maxHooks     = 40
	hookPatience = 10 * time.Second
	maxName      = 255
)

var (
	hookActions = strings.Fields("create change delete *")
	hookObjects = strings.Fields("activity deal lead note organization person pipeline product stage user board phase project task deal_installment deal_product *")
)

func (c *call) renderHook(h *hook) object {
	kind := "general"
	if h.app != nil {
		kind = "application"
	}
	o := object{
		"id": h.id, "company_id": c.opt.Company.ID, "owner_id": h.owner, "user_id": h.user, "event_action": h.action, "event_object": h.object,
		"subscription_url": h.address, "version": h.version, "is_active": 1, "add_time": h.added.UTC().Format("2006-01-02T15:04:05.000Z"),
		"remove_time": nil, "type": kind, "http_auth_user": nil, "http_auth_password": nil, "remove_reason": nil, "last_delivery_time": nil,
		"last_http_status": nil, "admin_id": h.user, "name": h.name,
	}
	if h.login != "" {
		o["http_auth_user"], o["http_auth_password"] = h.login, h.password
	}
	if !h.removed.IsZero() {
		o["is_active"], o["remove_time"], o["remove_reason"] = 0, h.removed.UTC().Format("2006-01-02T15:04:05.000Z"), h.reason
	}
	if !h.lastTry.IsZero() {
		o["last_delivery_time"], o["last_http_status"] = h.lastTry.UTC().Format("2006-01-02T15:04:05.000Z"), h.lastStatus
	}
	return o
}

// handles reports whether a webhook is the caller's to see and to delete: a program has its own, administrators have all others.
func (c *call) handles(h *hook) bool {
	return h.app == c.grant.app && (h.owner == c.who.id || h.app == nil && c.who.Admin)
}

func (c *call) listHooks() *failure {
	data := []object{}
	for _, h := range c.hooks {
		if c.handles(h) && (h.removed.IsZero() || c.variant.KeepsRemoved && h.reason != "") {
			data = append(data, c.renderHook(h))
		}
	}
	writeJSON(c.w, http.StatusOK, object{"status": "ok", "success": true, "data": data})
	return nil
}

// addHook is POST webhooks.
func (c *call) addHook() *failure {
	h := &hook{owner: c.who.id, user: c.who.id, app: c.grant.app, version: "2.0", added: c.now()}
	if f := c.hookFields(h); f != nil {
		return f
	}
	n := 0
	for _, x := range c.hooks {
		if x.removed.IsZero() && x.user == h.user && x.app == h.app {
			n++
		}
	}
	if n >= maxHooks || c.full {
		return refHookMany.at("user_id", "webhooks limit reached")
	}
	if c.variant.ProbesHooks {
		if status := c.probe(h); status < 200 || status > 299 {
			return refHook.at("subscription_url", "invalid or non-reachable URL")
		}
	}
	c.births++
	h.id = c.births
	c.hooks = append(c.hooks, h)
	writeJSON(c.w, http.StatusCreated, object{"status": "ok", "success": true, "data": c.renderHook(h)})
	return nil
}

// hookFields reads what a client says of a webhook.
func (c *call) hookFields(h *hook) *failure {
	for _, name := range []string{"subscription_url", "event_action", "event_object", "name"} {
		if v, _ := c.body[name].(string); strings.TrimSpace(v) == "" {
			return refHook.at(name, "required")
		}
	}
	fields := map[string]*string{
		"subscription_url": &h.address, "event_action": &h.action, "event_object": &h.object, "name": &h.name, "http_auth_user": &h.login,
		"http_auth_password": &h.password, "version": &h.version,
	}
	for _, name := range slices.Sorted(maps.Keys(c.body)) { // so that the same wrong body is refused in the same words
		v := c.body[name]
		to, known := fields[name]
		t, isText := v.(string)
		switch {
		case known && isText:
			*to = t
		case known && v == nil:
		case known:
			return refHook.at(name, "invalid value")
		case name != "user_id" && !c.variant.IgnoreUnknown:
			return refHook.at(name, "unknown field")
		}
	}
	if v, there := c.body["user_id"]; there && v != nil {
		id, _ := plain(v).(int64)
		if m := c.user(id); m == nil || m != c.who && !c.who.Admin {
			return refHook.at("user_id", "invalid value")
		}
		h.user = id
	}
	switch {
	case !slices.Contains(hookActions, h.action):
		return refHook.at("event_action", "invalid value")
	case !slices.Contains(hookObjects, h.object):
		return refHook.at("event_object", "invalid value")
	case h.version != "2.0": // version 1 has another payload, and is not played
		return refHook.at("version", "invalid value")
	case len(h.name) > maxName:
		return refHook.at("name", "too long")
	case !c.public(h.address):
		return refHook.at("subscription_url", "invalid or non-reachable URL")
	}
	return nil
}

// public reports whether notifications may go to an address: a whole one of the web, not of Pipedrive itself.
func (c *call) public(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case host == "pipedrive.com" || strings.HasSuffix(host, ".pipedrive.com") || u.Host == c.r.Host:
		return false
	case standin.Local(host):
		return c.opt.LocalHooks
	}
	return strings.Contains(host, ".")
}

// probe asks a new webhook's address whether it is there. The lock is let go meanwhile: who asks may be who answers.
func (c *call) probe(h *hook) int {
	c.mu.Unlock()
	defer c.mu.Lock()
	ctx, cancel := context.WithTimeout(c.r.Context(), hookPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, h.address, nil)
	if err != nil {
		return 0
	}
	resp, err := c.pusher.Do(r)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close() // what it says is of no interest
	return resp.StatusCode
}

func (c *call) deleteHook() *failure {
	i := slices.IndexFunc(c.hooks, func(h *hook) bool { return h.id == c.id && h.removed.IsZero() })
	switch {
	case i < 0:
		return refHookGone.at("id", "not found")
	case !c.handles(c.hooks[i]):
		return refHookOther.because("Forbidden")
	}
	c.drop(c.hooks[i], "")
	writeJSON(c.w, http.StatusOK, object{"status": "ok", "success": true})
	return nil
}

// drop ends a webhook; what waits for it is not sent any more. The lock is held.
func (s *Server) drop(h *hook, reason string) {
	s.flying -= len(h.queue)
	h.removed, h.reason, h.queue = s.now(), reason, nil
}
