package ews

import (
	"net/http"
	"slices"
	"time"
)

// stream is a connection that is kept open for events. Its fields are under the server's lock.
type stream struct {
	subs   []*subscription
	wake   chan struct{}
	why    *failure // why it has to end early
	length time.Duration
}

// ping wakes the stream, if there is one.
func (st *stream) ping() {
	if st == nil {
		return
	}
	select {
	case st.wake <- struct{}{}:
	default: // it is awake
	}
}

// close ends the stream, if there is one, for a reason.
func (st *stream) close(why *failure) {
	if st != nil {
		st.why = why
		st.ping()
	}
}

// getStreamingEvents is GetStreamingEvents: the connection is kept, and every event is an envelope of its own on it.
func (c *call) getStreamingEvents(e *element) ([]message, *failure) {
	st := &stream{wake: make(chan struct{}, 1), length: time.Duration(number(m(e, "ConnectionTimeout"))) * c.opt.StreamMinute}
	wrong := el("m:ErrorSubscriptionIds")
	var first *failure
	for _, id := range m(e, "SubscriptionIds").Children {
		sub, f := c.subscriptionOf(textOf(id))
		if f == nil && !sub.streaming {
			f = refStreamOnly.because("The subscription is not one of streaming.")
		}
		if f != nil {
			first = f
			wrong.kids = append(wrong.kids, tx("t:SubscriptionId", textOf(id)))
			continue
		}
		st.subs = append(st.subs, sub)
	}
	if first != nil {
		return []message{{failure: first, inner: []node{wrong}}}, nil
	}
	if c.box.streams(st.subs) >= maxStreams {
		return []message{failed(refStreams.because("You have exceeded the available concurrent connections for your account. Try again once your other requests have completed."))}, nil
	}
	for _, sub := range st.subs {
		sub.stream.close(refNewStream.because("A new connection was opened for this subscription."))
		sub.stream = st
	}
	c.stream = st
	return nil, nil
}

// streams counts the connections that are open for events of a mailbox, but for those that subscriptions are about to leave.
func (b *mailbox) streams(leaving []*subscription) int {
	open := map[*stream]bool{}
	for _, sub := range b.subscriptions {
		if sub.stream != nil && !slices.Contains(leaving, sub) {
			open[sub.stream] = true
		}
	}
	return len(open)
}

// serve sends what happens until the time is over, the client has gone, or another connection takes over.
func (st *stream) serve(c *call) {
	c.w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	say := func(x message) {
		c.writeEnvelope(el("m:"+c.op.name+"Response", el("m:ResponseMessages", c.render(x))))
		if f, ok := c.w.(http.Flusher); ok {
			f.Flush()
		}
	}
	defer st.leave(c)
	say(done(tx("m:ConnectionStatus", "OK")))
	timer := time.NewTimer(st.length)
	defer timer.Stop()
	alive := time.NewTicker(c.opt.StreamMinute * 3 / 4)
	defer alive.Stop()
	for {
		news, why := st.news(c)
		if len(news.kids) > 0 {
			say(done(news))
		}
		if why != nil {
			say(failed(why))
			return
		}
		select {
		case <-st.wake:
		case <-alive.C:
			say(done(tx("m:ConnectionStatus", "OK")))
		case <-timer.C:
			say(done(tx("m:ConnectionStatus", "Closed")))
			return
		case <-c.r.Context().Done():
			return
		}
	}
}

// news takes what the subscriptions hold.
func (st *stream) news(c *call) (node, *failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := el("m:Notifications")
	for _, sub := range st.subs {
		if sub.stream != st || len(sub.events) == 0 {
			continue
		}
		x := el("m:Notification", tx("t:SubscriptionId", sub.id))
		for _, e := range sub.events {
			x.kids = append(x.kids, e.node(true))
		}
		sub.events = nil
		list.kids = append(list.kids, x)
	}
	return list, st.why
}

// leave lets the subscriptions go on without the stream, for as long as they last.
func (st *stream) leave(c *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, sub := range slices.DeleteFunc(st.subs, func(sub *subscription) bool { return sub.stream != st }) {
		sub.stream, sub.asked = nil, c.now()
	}
}
