package pipedrive

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// change is something that happened to an item.
type change struct {
	action string
	record *record
	before *record // nil for a creation
	by     *member
	source string // app or api
	app    *App
	bulk   bool
}

// delivery is one message on its way to a webhook.
type delivery struct {
	body    object
	attempt int
}

// Delivery is one try to tell a webhook of something.
type Delivery struct {
	Webhook int64     `json:"webhook"`
	At      time.Time `json:"at"`
	Action  string    `json:"action"`
	Entity  string    `json:"entity"`
	ID      string    `json:"entity_id"`
	Attempt int       `json:"attempt"`
	// Status is what was answered; 0 if nothing was, and for addresses of other machines, to which nothing is sent.
	Status int `json:"status"`
	// Lost says that the webhook was banned: nothing was sent, and nothing will be.
	Lost bool `json:"lost,omitempty"`
}

// How failing webhooks are treated (guide to webhooks).
const (
	maxFailures   = 10
	banTime       = 30 * time.Minute
	hopeless      = 3 * 24 * time.Hour
	maxDeliveries = 20_000
)

var retries = []time.Duration{3 * time.Second, 30 * time.Second, 150 * time.Second}

// emit tells the webhooks of a change whose users may see the item. The lock is held.
func (s *Server) emit(ch change) {
	e := ch.record.entity
	for _, h := range s.hooks {
		if !h.removed.IsZero() || h.action != "*" && h.action != ch.action || h.object != "*" && h.object != e.name {
			continue
		}
		m := s.user(h.user)
		if m == nil || !m.active || !s.sees(m, ch.record) {
			continue
		}
		d := delivery{body: s.payload(ch, h, m), attempt: 1}
		if s.deaf || s.now().Before(h.banned) {
			s.note(h, d, 0, true)
			continue
		}
		s.queue(h, d)
	}
}

// payload is what a webhook says: the item as it is now, and of what it was before only what has changed.
func (s *Server) payload(ch change, h *hook, m *member) object {
	kind := "general"
	if h.app != nil {
		kind = "application"
	}
	permitted := []string{}
	for _, id := range s.viewers(ch.record) {
		permitted = append(permitted, strconv.FormatInt(id, 10))
	}
	by := ch.by
	if by == nil {
		by = s.users[0]
	}
	o := object{
		"data": nil, "previous": nil,
		"meta": object{
			"action": ch.action, "entity": ch.record.entity.name, "entity_id": strconv.FormatInt(ch.record.id, 10),
			"company_id": strconv.FormatInt(s.opt.Company.ID, 10), "correlation_id": uuid(), "id": uuid(), "is_bulk_edit": ch.bulk,
			"timestamp": s.now().UTC().Format("2006-01-02T15:04:05.000Z"), "type": kind, "user_id": strconv.FormatInt(by.id, 10), "version": "2.0",
			"webhook_id": strconv.FormatInt(h.id, 10), "webhook_owner_id": strconv.FormatInt(h.owner, 10), "change_source": ch.source,
			"host": s.host(), "permitted_user_ids": permitted,
		},
	}
	if ch.action != "delete" {
		o["data"] = s.hooked(ch.record, m)
	}
	if ch.before != nil {
		was := s.hooked(ch.before, m)
		if ch.action == "change" {
			is := s.hooked(ch.record, m)
			for k, v := range is {
				if reflect.DeepEqual(v, was[k]) {
					delete(was, k)
				}
			}
		}
		o["previous"] = was
	}
	return o
}

// hooked is an item as webhooks show it: by the migration guide's examples an activity has other names there than in answers, no note
// and no guests, and its times are objects; a visibility is a text.
func (s *Server) hooked(r *record, m *member) object {
	o := s.render(r, m)
	switch {
	case s.variant.HooksLikeAPI:
		delete(o, "attendees")
		return o
	case r.entity != activities:
		o["visible_to"] = fmt.Sprint(o["visible_to"])
		return o
	}
	out := object{"active_flag": !r.deleted, "busy_flag": o["busy"], "custom_fields": object{}, "update_user_id": nil}
	for _, k := range []string{
		"add_time", "deal_id", "done", "due_date", "id", "lead_id", "org_id", "owner_id", "person_id", "public_description", "subject", "type", "update_time",
	} {
		out[k] = o[k]
	}
	for _, k := range []string{"due_time", "duration"} {
		if t, ok := r.fields[k].(string); ok {
			out[k] = object{"timezone_id": nil, "value": t + ":00"}
		} else {
			out[k] = nil
		}
	}
	out["location"] = nil
	if at, ok := o["location"].(object); ok {
		out["location"] = at
	}
	return out
}

// uuid is a random one (RFC 9562 version 4).
func uuid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails, by its own word
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// queue puts a message on its way, behind those that are before it. The lock is held.
func (s *Server) queue(h *hook, d delivery) {
	h.queue = append(h.queue, d)
	s.flying++
	if !h.busy {
		h.busy = true
		go s.deliver(h, s.age)
	}
}

// deliver sends what is queued for a webhook, one message after the other.
func (s *Server) deliver(h *hook, age int) {
	for {
		s.mu.Lock()
		if s.age != age || len(h.queue) == 0 {
			s.flying -= len(h.queue)
			h.queue, h.busy = nil, false
			s.idle.Broadcast()
			s.mu.Unlock()
			return
		}
		d := h.queue[0]
		h.queue = h.queue[1:]
		s.mu.Unlock()
		status := s.post(h, d)
		s.mu.Lock()
		s.flying--
		if s.age == age {
			s.settle(h, d, status)
		}
		s.idle.Broadcast()
		s.mu.Unlock()
	}
}

// post sends one message and answers the status; 0 if there was none. Redirects are not followed.
func (s *Server) post(h *hook, d delivery) int {
	d.body["meta"].(object)["attempt"] = d.attempt
	b, err := json.Marshal(d.body)
	if err != nil {
		panic(err) // plain values only
	}
	ctx, cancel := context.WithTimeout(context.Background(), hookPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address, bytes.NewReader(b))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Pipedrive Webhooks")
	if h.login != "" || h.password != "" {
		r.SetBasicAuth(h.login, h.password)
	}
	resp, err := s.pusher.Do(r)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close() // what it says is of no interest
	return resp.StatusCode
}

// settle draws the conclusions from a try (guide to webhooks). The lock is held.
func (s *Server) settle(h *hook, d delivery, status int) {
	s.note(h, d, status, false)
	now := s.now()
	h.lastTry, h.lastStatus = now, status
	if status >= 200 && status < 300 {
		h.failing = time.Time{}
		return
	}
	if h.failing.IsZero() {
		h.failing = now
	}
	if d.attempt == 1 {
		if h.failures++; h.failures >= maxFailures {
			h.banned, h.failures = now.Add(banTime), 0
		}
	}
	if d.attempt <= len(retries) {
		age := s.age
		d.attempt++
		s.after(retries[d.attempt-2], func() { s.retry(h, d, age) })
		return
	}
	if now.Sub(h.failing) >= hopeless && h.removed.IsZero() {
		s.drop(h, "no successful deliveries in 3 days")
	}
}

// retry puts a message on its way once more, unless its webhook is gone or banned: what comes due in a ban is lost.
func (s *Server) retry(h *hook, d delivery, age int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.age != age || !h.removed.IsZero():
	case s.now().Before(h.banned):
		s.note(h, d, 0, true)
	default:
		s.queue(h, d)
	}
}

// note remembers a try.
func (s *Server) note(h *hook, d delivery, status int, lost bool) {
	meta := d.body["meta"].(object)
	x := Delivery{Webhook: h.id, At: s.now(), Attempt: d.attempt, Status: status, Lost: lost}
	x.Action, _ = meta["action"].(string)
	x.Entity, _ = meta["entity"].(string)
	x.ID, _ = meta["entity_id"].(string)
	s.deliveries = append(s.deliveries, x)
	if len(s.deliveries) > maxDeliveries {
		s.deliveries = slices.Delete(s.deliveries, 0, maxDeliveries/10)
	}
}

// Deliveries lists what webhooks were told, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Delivery{}, s.deliveries...)
}

// Settle waits until nothing is on its way to a webhook. What is tried again later is not waited for.
func (s *Server) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.flying > 0 {
		s.idle.Wait()
	}
}
