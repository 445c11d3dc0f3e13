package ews_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/ews"
)

const eventTypes = `<t:EventTypes><t:EventType>CreatedEvent</t:EventType><t:EventType>ModifiedEvent</t:EventType><t:EventType>DeletedEvent</t:EventType><t:EventType>MovedEvent</t:EventType></t:EventTypes>`

func pull(watermark string) string {
	if watermark != "" {
		watermark = "<t:Watermark>" + watermark + "</t:Watermark>"
	}
	return `<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>` + inCalendar + `</t:FolderIds>` + eventTypes + watermark + `<t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>`
}

const streaming = `<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true">` + eventTypes + `</m:StreamingSubscriptionRequest></m:Subscribe>`

func events(id, watermark string) string {
	return `<m:GetEvents><m:SubscriptionId>` + id + `</m:SubscriptionId><m:Watermark>` + watermark + `</m:Watermark></m:GetEvents>`
}

func listen(id string) string {
	return `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>` + id + `</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>2</m:ConnectionTimeout></m:GetStreamingEvents>`
}

// subscribed is a new subscription to pull events from, and its watermark.
func (r *rig) subscribed() (id, watermark string) {
	r.Helper()
	a := r.ok(r.soap(pull("")))
	return a.xml.text("SubscriptionId"), a.xml.text("Watermark")
}

// kinds are the events of an answer.
func (a answer) kinds() string {
	var list []string
	for _, n := range a.xml.all("Notification") {
		for _, k := range n.Children {
			if strings.HasSuffix(k.Name.Local, "Event") {
				list = append(list, strings.TrimSuffix(k.Name.Local, "Event"))
			}
		}
	}
	return strings.Join(list, " ")
}

func TestEventsArePulledFromAWatermarkOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{})
	sub, first := r.subscribed()
	if got := r.ok(r.soap(events(sub, first))).kinds(); got != "Status" {
		t.Errorf("where nothing has happened: %s", got)
	}
	id := r.make(event("a"))
	id = r.ok(r.soap(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>b</t:Subject>")))).ref()
	r.make("<t:Subject>other</t:Subject>")
	r.ok(r.soap(strings.Replace(create(event("elsewhere")), "<m:Items>", `<m:SavedItemFolderId><t:FolderId Id="`+r.workID()+`"/></m:SavedItemFolderId><m:Items>`, 1)))
	a := r.ok(r.soap(events(sub, first)))
	if a.kinds() != "Created Modified Created" || a.xml.all("ModifiedEvent")[0].attr("ItemId", "Id") != id.id {
		t.Errorf("%s", a.body)
	}
	last := a.xml.all("Watermark")
	r.ok(r.soap(`<m:MoveItem><m:ToFolderId>` + inCalendar + `</m:ToFolderId><m:ItemIds>` + id.String() + `</m:ItemIds></m:MoveItem>`))
	if a = r.ok(r.soap(events(sub, last[len(last)-1].Text))); a.kinds() != "Moved" || a.xml.attr("OldItemId", "Id") != id.id {
		t.Errorf("%s", a.body)
	}
	if again := r.ok(r.soap(events(sub, first))); again.kinds() != "Created Modified Created Moved" {
		t.Errorf("asked once more: %s", again.body)
	}
}

// workID is the id of the calendar Work.
func (r *rig) workID() string {
	r.Helper()
	a := r.ok(r.soap(`<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:ParentFolderIds>` + inCalendar + `</m:ParentFolderIds></m:FindFolder>`))
	return a.xml.attr("FolderId", "Id")
}

// follow opens a streaming connection and gives what comes on it.
func (r *rig) follow(id string) <-chan string {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, r.http.URL+"/ews/exchange.asmx", strings.NewReader(r.envelope(listen(id))))
	if err != nil {
		r.Fatal(err)
	}
	req.SetBasicAuth(r.user, r.pass)
	req.Header.Set("Content-Type", "text/xml")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { resp.Body.Close() })
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(resp.Body)
		s.Buffer(nil, 1<<20)
		s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
			if i := strings.Index(string(data), "</s:Envelope>"); i >= 0 {
				return i + len("</s:Envelope>"), data[:i], nil
			}
			return 0, nil, nil
		})
		for s.Scan() {
			lines <- s.Text()
		}
	}()
	return lines
}

// hears waits for what comes next on a connection, besides that it lives.
func (r *rig) hears(lines <-chan string, part string) {
	r.Helper()
	const lives = "<m:ConnectionStatus>OK"
	for {
		select {
		case got := <-lines:
			if strings.Contains(got, part) {
				return
			}
			if !strings.Contains(got, lives) {
				r.Fatalf("heard %s, want %s", got, part)
			}
		case <-time.After(10 * time.Second):
			r.Fatalf("heard nothing, want %s", part)
		}
	}
}

// A connection on which nothing happens says again and again that it lives.
func TestAQuietConnectionSaysThatItLives(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{StreamMinute: 200 * time.Millisecond})
	lines := r.follow(r.ok(r.soap(streaming)).xml.text("SubscriptionId"))
	for range 2 {
		r.hears(lines, "<m:ConnectionStatus>OK")
	}
	r.hears(lines, "<m:ConnectionStatus>Closed")
}

func TestEventsStreamUntilAnotherConnectionTakesOver(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{StreamMinute: time.Second})
	sub := r.ok(r.soap(streaming)).xml.text("SubscriptionId")
	r.make(event("before"))
	first := r.follow(sub)
	r.hears(first, "<m:ConnectionStatus>OK")
	r.hears(first, "<t:CreatedEvent>")
	id := r.make(event("a"))
	r.hears(first, "<t:CreatedEvent>")
	second := r.follow(sub)
	r.hears(second, "<m:ConnectionStatus>OK")
	r.hears(first, "ErrorNewEventStreamConnectionOpened")
	r.ok(r.soap(del(id.String())))
	r.hears(second, "<t:DeletedEvent>")
	r.hears(second, "<m:ConnectionStatus>Closed")
	third := r.follow(sub)
	r.hears(third, "OK")
	r.ews.EndSubscriptions()
	r.hears(third, "ErrorSubscriptionNotFound")
}

var notificationRefusals = []refused{
	{number: "E-73", name: "push", when: op(`<m:Subscribe><m:PushSubscriptionRequest SubscribeToAllFolders="true">` + eventTypes + `<t:StatusFrequency>5</t:StatusFrequency><t:URL>https://192.0.2.1/</t:URL></m:PushSubscriptionRequest></m:Subscribe>`)},
	{number: "E-74", name: "the twenty-first", when: func(r *rig) answer {
		for range 20 {
			r.subscribed()
		}
		return r.soap(pull(""))
	}},
	{number: "E-75", name: "no folders", when: op(strings.Replace(streaming, `SubscribeToAllFolders="true"`, "", 1))},
	{number: "E-76", name: "none of ours", when: op(events("x", "y"))},
	{number: "E-76", name: "ended", when: func(r *rig) answer {
		id, mark := r.subscribed()
		r.ok(r.soap(`<m:Unsubscribe><m:SubscriptionId>` + id + `</m:SubscriptionId></m:Unsubscribe>`))
		return r.soap(events(id, mark))
	}},
	{number: "E-76", name: "of before the server started anew", when: func(r *rig) answer {
		id, mark := r.subscribed()
		r.ews.EndSubscriptions()
		return r.soap(events(id, mark))
	}},
	{number: "E-77", name: "not asked in its time", when: func(r *rig) answer {
		id, mark := r.subscribed()
		r.now = r.now.Add(11 * time.Minute)
		return r.soap(events(id, mark))
	}},
	{number: "E-78", name: "no watermark", when: func(r *rig) answer { id, _ := r.subscribed(); return r.soap(events(id, "x")) }},
	{number: "E-78", name: "no watermark at Subscribe", when: op(pull("x"))},
	{number: "E-79", name: "before the subscription", when: func(r *rig) answer {
		_, mark := r.subscribed()
		r.make(event("x"))
		r.track()
		id, _ := r.subscribed()
		return r.soap(events(id, mark))
	}},
	{number: "E-101", name: "alice's", when: func(r *rig) answer {
		id, mark := r.subscribed()
		r.user = "bob@example.com"
		return r.soap(events(id, mark))
	}},
	{number: "E-102", name: "of streaming", when: func(r *rig) answer {
		_, mark := r.subscribed()
		return r.soap(events(r.ok(r.soap(streaming)).xml.text("SubscriptionId"), mark))
	}},
	{number: "E-103", name: "to pull", when: func(r *rig) answer { id, _ := r.subscribed(); return r.soap(listen(id)) }},
	{number: "E-104"}, // shown by TestEventsStreamUntilAnotherConnectionTakesOver
	{number: "E-113", name: "the fourth", when: func(r *rig) answer {
		for range 3 {
			r.hears(r.follow(r.ok(r.soap(streaming)).xml.text("SubscriptionId")), "<m:ConnectionStatus>OK")
		}
		return r.soap(listen(r.ok(r.soap(streaming)).xml.text("SubscriptionId")))
	}},
	{number: "E-105", name: "an old id", when: op(`<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="EwsLegacyId" Id="x" Mailbox="alice@example.com"/></m:SourceIds></m:ConvertId>`)},
	{number: "E-22", name: "no id to convert", when: op(`<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="HexEntryId" Id="00" Mailbox="alice@example.com"/></m:SourceIds></m:ConvertId>`)},
	{number: "E-106", name: "a dash", when: op(`<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>-</m:UnresolvedEntry></m:ResolveNames>`)},
	{number: "E-107", name: "nobody", when: op(`<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>carol</m:UnresolvedEntry></m:ResolveNames>`)},
}
