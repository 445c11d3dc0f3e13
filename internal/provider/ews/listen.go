package ews

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"time"

	"tahti/internal/provider"
)

const (
	opListen = "listen for changes"
	// listenFor is how long one connection is asked to stay open, in minutes; Exchange keeps none for longer than thirty.
	listenFor = 29
	// silence is how long a connection may say nothing: a server that lives says so several times in this time.
	silence = 5 * time.Minute
	// maxNews bounds one message of a connection that stays open.
	maxNews = 1 << 20
)

var _ provider.Listener = (*Calendar)(nil)

// Listen implements [provider.Listener] by streaming notifications (providers.md 3.5). The server ends a connection at the latest after
// half an hour, and tells of one change several times. So a quiet calendar still costs one request a run, and beside it two in half an
// hour, and the run after them.
//
// It has a connection of its own, and takes none of the places of other requests.
func (c *Calendar) Listen(ctx context.Context, told func()) error {
	config := c.config
	config.stream = true
	own, err := newClient(config)
	if err != nil {
		return err
	}
	if err := c.client.held(opListen); err != nil {
		return err
	}
	id, err := own.subscribe(ctx, c.folder)
	if err == nil {
		told()
		err = own.stream(ctx, id, told)
	}
	if e, ok := errors.AsType[*provider.Error](err); ok {
		c.client.heed(e.RetryAfter) // it is the mailbox that wants to be left alone
		if isCode(err, "ErrorExceededConnectionCount", "ErrorExceededSubscriptionCount") {
			e.Code = provider.CodeTooManyListeners
		}
	}
	return err
}

type subscribeMessage struct {
	message
	ID string `xml:"SubscriptionId"`
}

// subscribe asks the server to watch a folder. It stops by itself when nobody listens any more.
func (c *client) subscribe(ctx context.Context, folder string) (string, error) {
	kinds := el("t:EventTypes")
	for _, kind := range []string{"CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent"} {
		kinds.kids = append(kinds.kids, word("t:EventType", kind))
	}
	q := call{op: opListen, name: "Subscribe", body: el("m:Subscribe", el("m:StreamingSubscriptionRequest", el("t:FolderIds", folderRef(folder)), kinds))}
	list, a, err := do[subscribeMessage](ctx, c, q)
	if err != nil {
		return "", err
	}
	if e := c.refusal(q, a, list[0].head()); e != nil {
		return "", e
	}
	if list[0].ID == "" {
		return "", broken(q, a, errors.New("no subscription in the answer"))
	}
	return list[0].ID, nil
}

// news is one of the envelopes that follow one another on an open connection.
type news struct {
	Body struct {
		Fault    *fault `xml:"Fault"`
		Messages []struct {
			message
			Notifications []struct {
				Events []struct {
					XMLName xml.Name
				} `xml:",any"`
			} `xml:"Notifications>Notification"`
			Status string `xml:"ConnectionStatus"`
		} `xml:"GetStreamingEventsResponse>ResponseMessages>GetStreamingEventsResponseMessage"`
	} `xml:"Body"`
}

// tells reports whether something has happened.
func (n *news) tells() bool {
	for _, m := range n.Body.Messages {
		for _, x := range m.Notifications {
			for _, e := range x.Events {
				switch e.XMLName.Local {
				case "SubscriptionId", "PreviousWatermark", "MoreEvents", "StatusEvent":
				default:
					return true
				}
			}
		}
	}
	return false
}

// stream listens to one connection until its end.
func (c *client) stream(ctx context.Context, id string, told func()) error {
	q := call{op: opListen, name: "GetStreamingEvents", body: el("m:GetStreamingEvents",
		el("m:SubscriptionIds", word("t:SubscriptionId", id)), word("m:ConnectionTimeout", itoa(listenFor)))}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	quiet := time.AfterFunc(silence, func() { stop(context.DeadlineExceeded) })
	defer quiet.Stop()
	req, err := c.request(ctx, q)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return unanswered(q, err)
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	if a.status != http.StatusOK || !xmlAnswer(a.header) {
		a.text, _ = io.ReadAll(io.LimitReader(resp.Body, maxNews)) // cut off, it is judged by its status
		if e := c.judge(q, a, resp); e != nil {
			return e
		}
		resp.Body = io.NopCloser(bytes.NewReader(a.text))
	}
	err = c.hear(q, a, &paced{from: resp.Body, quiet: quiet}, told)
	if cause := context.Cause(ctx); err == nil && cause != nil {
		return unanswered(q, cause) // a server may still end the answer in good order when it hears that we go
	}
	return err
}

// hear reads one envelope after the other.
func (c *client) hear(q call, a *answer, body *paced, told func()) error {
	for d := xml.NewTokenDecoder(&reader{d: xml.NewDecoder(body)}); ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		start, ok := t.(xml.StartElement)
		switch {
		case err != nil:
			return broken(q, a, err)
		case !ok:
			continue
		case start.Name != xml.Name{Space: spaceSOAP, Local: "Envelope"}:
			return broken(q, a, errNoEnvelope)
		}
		var n news
		if err := d.DecodeElement(&n, &start); err != nil {
			return broken(q, a, err)
		}
		body.read = 0
		if f := n.Body.Fault; f != nil {
			return c.refuse(q, a, f.Detail.Code, &f.Detail.More)
		}
		if n.tells() {
			told()
		}
		for i := range n.Body.Messages {
			m := &n.Body.Messages[i]
			e := c.refusal(q, a, m.head())
			switch {
			case e != nil && isCode(e, "ErrorSubscriptionNotFound", "ErrorExpiredSubscription", "ErrorInvalidSubscription", "ErrorMissedNotificationEvents", "ErrorReadEventsFailed"):
				told() // the server has lost sight of the folder: who knows what it missed
				return nil
			case e != nil:
				return e
			case m.Status == "Closed":
				return nil
			}
		}
	}
}

// paced is an answer that comes bit by bit: it may not be silent for long, nor say too much at a time.
type paced struct {
	from  io.Reader
	quiet *time.Timer
	read  int
}

// Read implements [io.Reader].
func (p *paced) Read(into []byte) (int, error) {
	if p.read > maxNews {
		return 0, errors.New("a message beyond all bounds")
	}
	n, err := p.from.Read(into)
	if p.read += n; n > 0 {
		p.quiet.Reset(silence)
	}
	return n, err
}
