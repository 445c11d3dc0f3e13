package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// subscription is somebody's wish to hear of changes.
type subscription struct {
	id        string
	box       *mailbox
	folder    *folder // nil for the whole mailbox
	resource  string
	changes   []string
	notify    string
	lifecycle string
	state     string
	until     time.Time
	immutable bool
	paused    bool // until it is authorized again
}

// The shortest and the longest life of a subscription to events, and the longest of older documents.
const (
	minSubscription = 45 * time.Minute
	maxSubscription = 10070 * time.Minute
	oldSubscription = 4230 * time.Minute
)

// maxSubscriptions bounds them per mailbox.
const maxSubscriptions = 1000

// serveSubscriptions answers /subscriptions. Addresses are validated without the lock: they may be our own neighbours, and
// slow.
func (s *Server) serveSubscriptions(w http.ResponseWriter, r *http.Request, body []byte) {
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/v1.0/subscriptions"), "/")
	c, f := s.subscriber(w, r, body)
	if f == nil {
		if path == "" && r.Method == http.MethodPost {
			f = c.subscribe()
		} else {
			s.mu.Lock()
			f = c.routeSubscription(strings.Split(path, "/"))
			s.mu.Unlock()
		}
	}
	if f != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fail(w, r, f)
	}
}

// subscriber finds out who asks.
func (s *Server) subscriber(w http.ResponseWriter, r *http.Request, body []byte) (*call, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stamp(w, r)
	who, f := s.signedIn(r)
	if f != nil {
		return nil, f
	}
	c := &call{Server: s, w: w, r: r, body: body, principal: who}
	if f := c.need(false); f != nil {
		return nil, f
	}
	done, f := s.admit(who.box, r)
	if f != nil {
		return nil, f
	}
	done()
	c.prefer, f = readPrefer(r.Header)
	return c, f
}

func (c *call) routeSubscription(seg []string) *failure {
	if seg[0] == "" {
		return c.byMethod(methods{"GET": c.listSubscriptions})
	}
	sub := c.subscriptions[seg[0]]
	if sub == nil || sub.box != c.box || !sub.until.After(c.now()) {
		return refNoSuch.because("The object was not found.")
	}
	switch {
	case len(seg) == 1:
		return c.byMethod(methods{
			"GET":   func() *failure { return c.send(http.StatusOK, c.renderSubscription(sub)) },
			"PATCH": func() *failure { return c.renewSubscription(sub) },
			"DELETE": func() *failure {
				delete(c.subscriptions, sub.id)
				c.w.WriteHeader(http.StatusNoContent)
				return nil
			},
		})
	case len(seg) == 2 && strings.EqualFold(seg[1], "reauthorize"):
		if c.r.Method != http.MethodPost {
			return refMethod.because("Specified HTTP method is not allowed for the request target.")
		}
		sub.paused = false
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return noSegment(seg[1])
}

func (c *call) listSubscriptions() *failure {
	list := []object{}
	for _, sub := range c.ordered() {
		if sub.box == c.box && sub.until.After(c.now()) {
			list = append(list, c.renderSubscription(sub))
		}
	}
	return c.send(http.StatusOK, object{{"@odata.context", c.base() + "/v1.0/$metadata#subscriptions"}, {"value", list}})
}

func (c *call) renderSubscription(sub *subscription) object {
	return object{
		{"@odata.context", c.base() + "/v1.0/$metadata#subscriptions/$entity"}, {"id", sub.id}, {"resource", sub.resource},
		{"applicationId", c.opt.App.ID}, {"changeType", strings.Join(sub.changes, ",")}, {"clientState", orNull(sub.state)},
		{"notificationUrl", sub.notify}, {"lifecycleNotificationUrl", orNull(sub.lifecycle)}, {"expirationDateTime", writeInstant(sub.until)},
		{"creatorId", c.box.guid}, {"latestSupportedTlsVersion", "v1_2"}, {"includeResourceData", nil},
	}
}

// wireSubscription is what a client sends.
type wireSubscription struct {
	ChangeType      string  `json:"changeType"`
	NotificationURL string  `json:"notificationUrl"`
	LifecycleURL    *string `json:"lifecycleNotificationUrl"`
	Resource        string  `json:"resource"`
	Expiration      string  `json:"expirationDateTime"`
	ClientState     *string `json:"clientState"`
	TLS             *string `json:"latestSupportedTlsVersion"`
}

// subscribe makes a subscription once its addresses have answered. The lock is not held.
func (c *call) subscribe() *failure {
	c.mu.Lock()
	sub, f := c.readSubscription()
	c.mu.Unlock()
	if f != nil {
		return f
	}
	for _, address := range slices.Compact([]string{sub.notify, sub.lifecycle}) {
		if address == "" {
			continue
		}
		if err := c.validate(c.r.Context(), address); err != nil {
			return refHandshake.because("Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request: " + err.Error())
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscriptions[sub.id] = sub
	c.w.Header().Set("Location", c.base()+"/v1.0/subscriptions/"+sub.id)
	return c.send(http.StatusCreated, c.renderSubscription(sub))
}

// readSubscription checks what can be checked before the addresses are asked.
func (c *call) readSubscription() (*subscription, *failure) {
	var v wireSubscription
	kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	if kind != "application/json" {
		return nil, refMedia.because("The media type '" + kind + "' is not supported.")
	}
	if f := strict(c.body, &v, "subscription"); f != nil {
		return nil, refSubscription.because(f.detail)
	}
	sub := &subscription{box: c.box, resource: v.Resource, notify: v.NotificationURL, immutable: c.immutable}
	if v.ClientState != nil {
		sub.state = *v.ClientState
	}
	if v.LifecycleURL != nil {
		sub.lifecycle = *v.LifecycleURL
	}
	if v.ChangeType == "" || v.NotificationURL == "" || v.Resource == "" || v.Expiration == "" {
		return nil, refSubscription.because("changeType, notificationUrl, resource and expirationDateTime are required.")
	}
	for _, address := range []string{sub.notify, sub.lifecycle} {
		if f := c.checkAddress(address); f != nil {
			return nil, f
		}
	}
	if len([]rune(sub.state)) > 128 {
		return nil, refClientState.because("The clientState is longer than 128 characters.")
	}
	for word := range strings.SplitSeq(v.ChangeType, ",") {
		word = strings.TrimSpace(word)
		if !slices.Contains([]string{"created", "updated", "deleted"}, word) {
			return nil, refChangeType.because("The changeType '" + word + "' is not supported.")
		}
		sub.changes = append(sub.changes, word)
	}
	var f *failure
	if sub.folder, f = c.subscribed(v.Resource); f != nil {
		return nil, f
	}
	if len(c.subscriptions) >= maxSubscriptions {
		return nil, refSubscription.because("There are too many subscriptions.")
	}
	sub.id = c.traceID()
	return sub, c.setExpiry(sub, v.Expiration)
}

// checkAddress holds what an address looks like.
func (c *call) checkAddress(address string) *failure {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return nil
	case err != nil || u.Host == "":
		return refSubscription.because("The notification address is none.")
	case u.Scheme != "https" && !(u.Scheme == "http" && c.opt.PlainNotify):
		return refPlainAddress.because("The notification address must begin with https.")
	}
	return nil
}

// subscribed finds what a resource names: the events of a calendar or, as nil, of the mailbox.
func (c *call) subscribed(resource string) (*folder, *failure) {
	seg := strings.Split(strings.Trim(resource, "/"), "/")
	if len(seg) > 1 && strings.EqualFold(seg[0], "users") && (equalFold(seg[1], c.box.Name) || seg[1] == c.box.guid) {
		seg = append([]string{"me"}, seg[2:]...)
	}
	switch {
	case len(seg) == 2 && strings.EqualFold(seg[0], "me") && strings.EqualFold(seg[1], "events"):
		return nil, nil
	case len(seg) == 4 && strings.EqualFold(seg[0], "me") && strings.EqualFold(seg[1], "calendars") && strings.EqualFold(seg[3], "events"):
		return c.findFolder(seg[2])
	}
	return nil, refResourceName.because("The resource '" + resource + "' is not supported.")
}

// setExpiry takes an expiry: one that is too near is lifted, one that is too far is refused or cut.
func (c *call) setExpiry(sub *subscription, text string) *failure {
	at, ok := parseInstant(text)
	now := c.now()
	if !ok || !at.After(now) {
		return refExpiry.because("Subscription expiration must be a time in the future.")
	}
	longest := maxSubscription
	if c.variants.ShortSubscriptions {
		longest = oldSubscription
	}
	if at.After(now.Add(longest)) {
		if !c.variants.ClampExpiry {
			return refExpiry.because(fmt.Sprintf("Subscription expiration can only be %d minutes in the future.", longest/time.Minute))
		}
		at = now.Add(longest)
	}
	if at.Before(now.Add(minSubscription)) {
		at = now.Add(minSubscription)
	}
	sub.until = at
	return nil
}

// renewSubscription is PATCH: of the expiry, which also authorizes again.
func (c *call) renewSubscription(sub *subscription) *failure {
	all, f := readObject(c.body)
	if f != nil {
		return f
	}
	for name := range all { // any order: a refusal names one
		switch name {
		case "expirationDateTime":
		case "lifecycleNotificationUrl":
			return refLifecycle.because("The lifecycleNotificationUrl can only be set when the subscription is made.")
		default:
			return refSubscription.because("The property '" + name + "' of a subscription cannot be changed.")
		}
	}
	var text string
	if err := json.Unmarshal(all["expirationDateTime"], &text); err != nil {
		return refSubscription.because("expirationDateTime is required.")
	}
	if f := c.setExpiry(sub, text); f != nil {
		return f
	}
	sub.paused = false
	return c.send(http.StatusOK, c.renderSubscription(sub))
}
