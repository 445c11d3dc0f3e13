package ews

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// subscription is a wish to hear of changes, by asking (pull) or on a connection that is kept open (streaming).
type subscription struct {
	id        string
	box       *mailbox
	streaming bool
	kinds     map[string]bool
	folders   []*folder // nil: all of them
	timeout   time.Duration
	asked     time.Time // when it was last asked
	floor     uint64    // of watermarks that it can answer
	events    []occurred
	stream    *stream // that listens; nil if none does
}

// occurred is one event as it is told.
type occurred struct {
	n    uint64 // its watermark
	kind string
	at   time.Time
	kids []node
}

// maxSubscriptions is how many a user may have (EWSMaxSubscriptions, as it is installed: 20).
const maxSubscriptions = 20

// maxStreams is how many connections a user may keep open for events (HangingConnectionLimit, as it is installed on premises:
// 3). Each says that it lives every 45 seconds, as clients of Microsoft's expect.
const maxStreams = 3

// maxEvents bounds what a subscription holds back; the oldest are lost.
const maxEvents = 10_000

// watermark writes a place in a mailbox's events.
func watermark(n uint64) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64([]byte("WM\x00\x01"), n))
}

func parseWatermark(text string) (n uint64, ok bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != 12 || string(b[:4]) != "WM\x00\x01" {
		return 0, false
	}
	return binary.BigEndian.Uint64(b[4:]), true
}

// emit tells the subscriptions of a mailbox what has happened to an item. The lock is held.
func (s *Server) emit(kind string, it *item, more ...node) {
	b := it.box
	b.events++
	for _, sub := range b.subscriptions {
		if !sub.kinds[kind] || sub.folders != nil && !slices.Contains(sub.folders, it.folder) {
			continue
		}
		e := occurred{n: b.events, kind: kind, at: s.now()}
		e.kids = append([]node{it.view().id(), it.folder.id("t:ParentFolderId")}, more...)
		sub.events = append(sub.events, e)
		if len(sub.events) > maxEvents {
			sub.floor = sub.events[0].n
			sub.events = sub.events[1:]
		}
		sub.stream.ping()
	}
}

// node writes an event; streams have no watermarks.
func (e occurred) node(streaming bool) node {
	n := el("t:" + e.kind)
	if !streaming {
		n.kids = append(n.kids, tx("t:Watermark", watermark(e.n)))
	}
	n.kids = append(n.kids, tx("t:TimeStamp", stamp(e.at)))
	n.kids = append(n.kids, e.kids...)
	return n
}

// subscribe is Subscribe.
func (c *call) subscribe(e *element) ([]message, *failure) {
	req := e.Children[0]
	if req.Name.Local == "PushSubscriptionRequest" {
		return []message{failed(refPush.because("Push subscriptions are not served here."))}, nil
	}
	c.endExpired()
	if len(c.box.subscriptions) >= maxSubscriptions {
		return []message{failed(refSubscriptions.because("You have exceeded the available subscriptions for your account. Remove unnecessary subscriptions and try your request again."))}, nil
	}
	sub := &subscription{
		box: c.box, streaming: req.Name.Local == "StreamingSubscriptionRequest", kinds: map[string]bool{}, asked: c.now(), timeout: 30 * time.Minute, floor: c.box.events,
	}
	if n := number(t(req, "Timeout")); n > 0 {
		sub.timeout = time.Duration(n) * time.Minute
	}
	for _, k := range children(t(req, "EventTypes")) {
		sub.kinds[textOf(k)] = true
	}
	for _, ref := range children(t(req, "FolderIds")) {
		f, fail := c.findRef(ref, refFolderNotFound)
		if fail != nil {
			return []message{failed(fail)}, nil
		}
		sub.folders = append(sub.folders, f)
	}
	if sub.folders == nil && req.Attr("SubscribeToAllFolders") != "true" {
		return []message{failed(refSubscription.because("The subscription request is not valid: name folders, or subscribe to all of them."))}, nil
	}
	if text := textOf(t(req, "Watermark")); text != "" {
		n, ok := parseWatermark(text)
		if !ok || n > c.box.events {
			return []message{failed(refWatermark.because("The watermark used for creating this subscription was not found."))}, nil
		}
		sub.floor = n // what was before is not held: the server that held it has gone
	}
	c.box.subscribed++
	sub.id = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "exchange.example.com %d %d %d", c.births, c.box.number, c.box.subscribed))
	c.box.subscriptions = append(c.box.subscriptions, sub)
	if sub.streaming {
		return []message{done(tx("m:SubscriptionId", sub.id))}, nil
	}
	return []message{done(tx("m:SubscriptionId", sub.id), tx("m:Watermark", watermark(c.box.events)))}, nil
}

// endExpired ends the subscriptions that nobody has asked for too long.
func (c *call) endExpired() {
	c.box.subscriptions = slices.DeleteFunc(c.box.subscriptions, func(sub *subscription) bool {
		return sub.stream == nil && c.now().Sub(sub.asked) > 2*sub.timeout // until then, it is said that it has expired
	})
}

// subscriptionOf finds a subscription of the caller's.
func (c *call) subscriptionOf(id string) (*subscription, *failure) {
	for _, b := range c.boxes {
		for _, sub := range b.subscriptions {
			switch {
			case sub.id != id:
				continue
			case b != c.box:
				return nil, refSubscriptionOwner.because("You are not authorized to access this subscription.")
			case sub.stream == nil && c.now().Sub(sub.asked) > sub.timeout:
				c.end(sub)
				return nil, refSubscriptionOver.because("The subscription has expired.")
			}
			return sub, nil
		}
	}
	return nil, refSubscriptionGone.because("Subscription is invalid.")
}

// end takes a subscription away.
func (c *call) end(sub *subscription) {
	c.box.subscriptions = slices.DeleteFunc(c.box.subscriptions, func(x *subscription) bool { return x == sub })
}

// unsubscribe is Unsubscribe.
func (c *call) unsubscribe(e *element) ([]message, *failure) {
	sub, f := c.subscriptionOf(textOf(m(e, "SubscriptionId")))
	if f != nil {
		return []message{failed(f)}, nil
	}
	c.end(sub)
	sub.stream.close(refSubscriptionGone.because("Subscription is invalid."))
	return []message{done()}, nil
}

// getEvents is GetEvents: what has happened since a watermark.
func (c *call) getEvents(e *element) ([]message, *failure) {
	sub, f := c.subscriptionOf(textOf(m(e, "SubscriptionId")))
	if f != nil {
		return []message{failed(f)}, nil
	}
	given := textOf(m(e, "Watermark"))
	n, ok := parseWatermark(given)
	switch {
	case sub.streaming:
		return []message{failed(refPullOnly.because("The subscription is not one to pull events from."))}, nil
	case !ok || n > c.box.events:
		return []message{failed(refWatermark.because("The watermark is not valid."))}, nil
	case n < sub.floor:
		c.end(sub)
		return []message{failed(refEventGone.because("The event that is associated with the watermark was not found."))}, nil
	}
	sub.asked = c.now()
	x := el("m:Notification", tx("t:SubscriptionId", sub.id), tx("t:PreviousWatermark", given), tx("t:MoreEvents", "false"))
	for _, ev := range sub.events {
		if ev.n > n {
			x.kids = append(x.kids, ev.node(false))
		}
	}
	if len(x.kids) == 3 {
		x.kids = append(x.kids, el("t:StatusEvent", tx("t:Watermark", watermark(c.box.events))))
	}
	return []message{done(x)}, nil
}

// EndSubscriptions forgets all subscriptions, as a server does that has started anew.
func (s *Server) EndSubscriptions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endSubscriptions()
}

func (s *Server) endSubscriptions() {
	for _, b := range s.boxes {
		for _, sub := range b.subscriptions {
			sub.stream.close(refSubscriptionGone.because("Subscription is invalid."))
		}
		b.subscriptions = nil
	}
}
