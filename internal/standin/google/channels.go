package google

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"tahti/internal/standin"
)

// channel is one push channel: a calendar's changes are rung at an address (1.8).
type channel struct {
	id, token, address string
	client             string
	who                *account
	shelf              *shelf
	resource, uri      string
	expires            time.Time
	// seq is the calendar's count that was last rung, number that of the last message, queue what is still to be sent.
	seq    uint64
	number uint64
	queue  []message
	busy   bool // a goroutine is sending the queue
}

// channelShape is a channel as the reference has it.
var channelShape = structure(map[string]shape{
	"address": text, "expiration": text, "id": text, "kind": text, "params": texts, "payload": flag, "resourceId": text,
	"resourceUri": text, "token": text, "type": oneOf("web_hook", "webhook"),
})

// Bounds of channels (1.8).
const (
	maxChannelID    = 64
	maxChannelToken = 256
	maxChannels     = 10_000
	channelLife     = 7 * 24 * time.Hour
)

var channelID = regexp.MustCompile(`^[A-Za-z0-9_+/=-]+$`)

// watchEvents is POST events/watch.
func (c *call) watchEvents() *failure {
	l, f := c.opened(roleFreeBusy)
	if f != nil {
		return f
	}
	if f = c.check("", c.body, channelShape); f != nil {
		return f
	}
	ch := &channel{client: c.grant.client, who: c.who, shelf: l.shelf, seq: l.shelf.seq, expires: c.now().Add(cmp.Or(c.opt.ChannelLife, channelLife))}
	ch.id, _ = c.body["id"].(string)
	ch.token, _ = c.body["token"].(string)
	ch.address, _ = c.body["address"].(string)
	if f = c.checkChannel(ch); f != nil {
		return f
	}
	sum := sha256.Sum256([]byte("events of " + l.shelf.id))
	ch.resource = base64.RawURLEncoding.EncodeToString(sum[:20])
	ch.uri = "https://www.googleapis.com/calendar/v3/calendars/" + url.PathEscape(l.shelf.id) + "/events?alt=json"
	c.channels[ch.id] = ch
	c.ringOne(ch, "sync")
	o := object{"kind": "api#channel", "id": ch.id, "resourceId": ch.resource, "resourceUri": ch.uri, "expiration": strconv.FormatInt(ch.expires.UnixMilli(), 10)}
	if ch.token != "" {
		o["token"] = ch.token
	}
	return c.answer(o)
}

// checkChannel holds what a channel asks for to what is granted.
func (c *call) checkChannel(ch *channel) *failure {
	switch {
	case ch.id == "":
		return refRequired.because("Missing channel id.")
	case len(ch.id) > maxChannelID || !channelID.MatchString(ch.id):
		return refChannel.because("Invalid channel id.")
	case c.body["type"] == nil:
		return refRequired.because("Missing channel type.")
	case len(ch.token) > maxChannelToken:
		return refChannel.because("Channel token is too long.")
	case ch.address == "":
		return refRequired.because("Missing channel address.")
	}
	u, err := url.Parse(ch.address)
	if err != nil || u.Host == "" || u.Fragment != "" {
		return refChannel.because("Invalid channel address.")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !c.opt.PlainPush || !standin.Local(u.Hostname())) {
		return refNotHTTPS.because("WebHook callback must be HTTPS: " + ch.address)
	}
	if v, ok := c.body["expiration"].(string); ok {
		ms, err := strconv.ParseInt(v, 10, 64)
		at := time.UnixMilli(ms)
		if err != nil || !at.After(c.now()) {
			return refChannel.because("Invalid channel expiration.")
		}
		if at.Before(ch.expires) {
			ch.expires = at.Truncate(time.Millisecond)
		}
	}
	if c.channels[ch.id] != nil {
		return refChannelID.because("Channel id " + ch.id + " not unique")
	}
	if len(c.channels) >= maxChannels {
		return refRate.because("Too many channels.")
	}
	return nil
}

// stopChannel is POST channels/stop. Ids of stopped channels stay taken.
func (c *call) stopChannel() *failure {
	if f := c.check("", c.body, channelShape); f != nil {
		return f
	}
	id, _ := c.body["id"].(string)
	resource, _ := c.body["resourceId"].(string)
	if id == "" || resource == "" {
		return refRequired.because("Missing channel id or resource id.")
	}
	ch := c.channels[id]
	if ch == nil || ch.resource != resource || ch.who != c.who || ch.client != c.grant.client || !c.rings(ch) {
		return refNotFound.because("Channel '" + id + "' not found for project '" + c.grant.client + "'")
	}
	ch.expires = c.now()
	ch.queue = nil
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
