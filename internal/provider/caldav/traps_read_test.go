package caldav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tahti/internal/provider"
)

func asError(t *testing.T, err error) *provider.Error {
	t.Helper()
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		t.Fatalf("%T is no provider error: %v", err, err)
	}
	return e
}

// held is what a caller knows.
func held(versions map[provider.RemoteID]string) provider.Known {
	return func(id provider.RemoteID) provider.Versions {
		if tag, ok := versions[id]; ok {
			return provider.One(tag)
		}
		return nil
	}
}

func delta(t *testing.T, c *Calendar, token string, known provider.Known) provider.Delta {
	t.Helper()
	p, err := c.Pull(context.Background(), c.cursor(bySync, token), known)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := p.(provider.Delta)
	if !ok {
		t.Fatalf("pull answered a %T", p)
	}
	return d
}

func states(items []provider.Item) string {
	var s []string
	for _, it := range items {
		s = append(s, fmt.Sprintf("%s=%v", strings.TrimPrefix(string(it.ID), "/cal/"), it.State))
	}
	return strings.Join(s, " ")
}

func TestChanges(t *testing.T) {
	etag := func(s string) string { return "<D:getetag>" + s + "</D:getetag>" }
	for _, tc := range []struct {
		name, answer, want string
		more               bool
		profile            Profile
	}{
		{"changed, new and deleted", multi(props("/cal/a.ics", etag(`"2"`)), props("/cal/n.ics", etag(`"1"`)), status("/cal/b.ics", 404, ""),
			"<D:sync-token>t2</D:sync-token>"), "a.ics=not read n.ics=not read b.ics=gone", false, fullProfile},
		{"what we hold already, as DAViCal and SOGo repeat it", multi(props("/cal/a.ics", etag(`"1"`)), "<D:sync-token>t2</D:sync-token>"), "", false, fullProfile},
		{"a deletion of what we never held, as Radicale lists it", multi(status("/cal/old.ics", 404, ""), "<D:sync-token>t2</D:sync-token>"), "", false, fullProfile},
		{"a task", multi(props("/cal/task.ics", etag(`"1"`)+`<D:getcontenttype>text/calendar; component=VTODO</D:getcontenttype>`), "<D:sync-token>t2</D:sync-token>"), "", false, fullProfile},
		{"an event that became a task", multi(props("/cal/a.ics", etag(`"2"`)+`<D:getcontenttype>text/calendar;component=vtodo</D:getcontenttype>`), "<D:sync-token>t2</D:sync-token>"), "a.ics=not read", false, fullProfile},
		{"one that may not be read", multi(status("/cal/x.ics", 403, ""), "<D:sync-token>t2</D:sync-token>"), "x.ics=forbidden", false, fullProfile},
		{"507 about the collection: more behind the new token", multi(props("/cal/n.ics", etag(`"1"`)), status("/cal/", 507, ""), "<D:sync-token>t2</D:sync-token>"), "n.ics=not read", true, fullProfile},
		{"several hrefs with one status", multi(`<D:response><D:href>/cal/a.ics</D:href><D:href>/cal/b.ics</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>`, "<D:sync-token>t2</D:sync-token>"), "a.ics=gone b.ics=gone", false, fullProfile},
		{"an encoded href of what we hold", multi(props("/cal/we%40ird%20n.ics", etag(`"1"`)), "<D:sync-token>t2</D:sync-token>"), "", false, fullProfile},
		{"a counter at its start proves nothing", multi(props("/cal/z.ics", etag("&quot;gcs00000000&quot;")), props("/cal/y.ics", etag("&quot;gcs00000003&quot;")), "<D:sync-token>t2</D:sync-token>"),
			"z.ics=not read", false, Profile{Sync: true, Counted: true}},
		{"the collection's own entry", multi(props("/cal/", etag(`"c"`)), props("/cal/sub/", etag(`"c"`)), "<D:sync-token>t2</D:sync-token>"), "", false, fullProfile},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := scripted(t, tc.profile)
			s.on("REPORT /cal/", says(207, tc.answer))
			d := delta(t, c, "t1", held(map[provider.RemoteID]string{
				"/cal/a.ics": `"1"`, "/cal/b.ics": `"1"`, "/cal/we@ird n.ics": `"1"`, "/cal/z.ics": `"gcs00000000"`, "/cal/y.ics": `"gcs00000003"`,
			}))
			if states(d.Items) != tc.want || d.More != tc.more || d.Next != c.cursor(bySync, "t2") {
				t.Errorf("%s, more %v, next %s; want %s, more %v", states(d.Items), d.More, d.Next, tc.want, tc.more)
			}
		})
	}
}

func TestChangesThatCannotBeTrusted(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   provider.Class
	}{
		{"no token to go on from", says(207, multi()), provider.Transient},
		{"507 with the token that was sent", says(207, multi(status("/cal/", 507, ""), "<D:sync-token>t1</D:sync-token>")), provider.Transient},
		{"an item of another calendar", says(207, multi(props("/other/a.ics", ""), "<D:sync-token>t2</D:sync-token>")), provider.Transient},
		{"a response without href", says(207, multi("<D:response/>", "<D:sync-token>t2</D:sync-token>")), provider.Transient},
		{"a login page", says(200, "<!DOCTYPE html><html></html>", "Content-Type", "text/html"), provider.Transient},
		{"another document", says(207, `<D:prop xmlns:D="DAV:"/>`), provider.Transient},
		{"an empty body", says(207, ""), provider.Transient},
		{"half an answer", says(207, multi(props("/cal/a.ics", ""))[:120]), provider.Transient},
		{"403 valid-sync-token", says(403, `<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>`), provider.CursorLost},
		{"409 valid-sync-token", says(409, `<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>`), provider.CursorLost},
		{"500, as Xandikos answers a token that it does not know", says(500, "trouble"), provider.CursorLost},
		{"410", says(410, ""), provider.CursorLost},
		{"507 for the whole answer, as RFC 6578 3.6 asks of a server that cannot cut it",
			says(507, `<D:error xmlns:D="DAV:"><D:number-of-matches-within-limits/></D:error>`), provider.CursorLost},
		{"400", says(400, ""), provider.CursorLost},
		{"502 from a proxy", says(502, ""), provider.Transient},
		{"503", says(503, "", "Retry-After", "7"), provider.RateLimited},
		{"401", says(401, ""), provider.SignIn},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := scripted(t, fullProfile)
			s.on("REPORT /cal/", tc.answer)
			_, err := c.Pull(context.Background(), c.cursor(bySync, "t1"), nil)
			wantClass(t, err, tc.want)
		})
	}
	t.Run("the calendar itself is gone", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("REPORT /cal/", says(404, ""))
		s.on("PROPFIND /cal/", says(404, ""))
		_, err := c.Pull(context.Background(), c.cursor(bySync, "t1"), nil)
		wantClass(t, err, provider.Gone)
	})
	t.Run("the calendar is something else now", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("PROPFIND /cal/", says(207, multi(props("/cal/", `<D:resourcetype><D:collection/></D:resourcetype><D:sync-token>t</D:sync-token>`))))
		_, err := c.Pull(context.Background(), "", nil)
		wantClass(t, err, provider.Transient, provider.CodeNotACalendar)
	})
	t.Run("404 inside 207, as Xandikos answers", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("PROPFIND /cal/", says(207, multi(status("http%3A//127.0.0.1%3A80/cal/", 404, ""))))
		_, err := c.Pull(context.Background(), "", nil)
		wantClass(t, err, provider.Gone)
	})
}

func TestACursorIsSentOnlyToWhereItWasMade(t *testing.T) {
	c, s := scripted(t, fullProfile)
	other, _ := scripted(t, fullProfile)
	for name, cursor := range map[string]provider.Cursor{
		"another server's": other.cursor(bySync, "t1"), "of another kind": c.cursor(byCTag, "c1"), "garbage": "nonsense", "without token": c.cursor(bySync, ""),
	} {
		_, err := c.Pull(context.Background(), cursor, nil)
		if err == nil {
			t.Fatalf("%s: taken", name)
		}
		wantClass(t, err, provider.CursorLost)
	}
	if len(s.seen) != 0 {
		t.Errorf("%d requests were sent", len(s.seen))
	}
}

func TestSnapshot(t *testing.T) {
	etag := func(tag string) string { return "<D:getetag>" + tag + "</D:getetag>" }
	self := props("/cal/", calendarType+`<D:sync-token>t1</D:sync-token>`)
	list := func(t *testing.T, answer string, p Profile) (provider.Pull, error) {
		c, s := scripted(t, p)
		s.on("PROPFIND /cal/", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Depth") == "0" {
				says(207, multi(self))(w, r)
				return
			}
			says(207, answer)(w, r)
		})
		return c.Pull(context.Background(), "", held(map[provider.RemoteID]string{"/cal/a.ics": `"1"`, "/cal/b.ics": `"1"`}))
	}
	t.Run("what is there, what changed, what is absent", func(t *testing.T) {
		p, err := list(t, multi(self, props("/cal/a.ics", etag(`"1"`)), props("/cal/n.ics", etag(`"1"`)), status("/cal/went.ics", 404, ""), status("/cal/x.ics", 403, ""),
			props("/cal/sub/", `<D:resourcetype><D:collection/></D:resourcetype>`)), fullProfile)
		if err != nil {
			t.Fatal(err)
		}
		s := p.(provider.Snapshot)
		if states(s.Items) != "n.ics=not read x.ics=forbidden" || s.Whole.Len() != 3 {
			t.Errorf("%s, whole of %d", states(s.Items), s.Whole.Len())
		}
		if !s.Whole.Absent("/cal/b.ics", provider.Range{}) || s.Whole.Absent("/cal/x.ics", provider.Range{}) {
			t.Error("absence is wrong")
		}
	})
	for name, answer := range map[string]string{
		"without the collection itself":    multi(props("/cal/a.ics", etag(`"1"`))),
		"with nothing":                     multi(),
		"with trouble about a member":      multi(self, props("/cal/a.ics", etag(`"1"`)), status("/cal/b.ics", 500, "")),
		"with trouble about an ETag":       multi(self, `<D:response><D:href>/cal/b.ics</D:href><D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 500 X</D:status></D:propstat></D:response>`),
		"cut short by the server":          multi(self, props("/cal/a.ics", etag(`"1"`)), status("/cal/", 507, "")),
		"of another place":                 multi(self, props("/elsewhere/a.ics", etag(`"1"`))),
		"that ends before its last tag":    strings.TrimSuffix(multi(self, props("/cal/a.ics", etag(`"1"`))), "</D:multistatus>"),
		"of something that is no calendar": multi(props("/cal/", `<D:resourcetype><D:collection/></D:resourcetype>`)),
	} {
		t.Run("a list "+name+" is an error", func(t *testing.T) {
			if p, err := list(t, answer, fullProfile); err == nil {
				t.Fatalf("taken as %+v", p)
			} else {
				asError(t, err)
			}
		})
	}
	t.Run("a token in seconds is held back by one", func(t *testing.T) {
		c, _ := scripted(t, Profile{Sync: true, Counted: true})
		if got := c.heldBack("1795377516"); got != "1795377515" {
			t.Errorf("held back: %s", got)
		}
		c.profile.Counted = false
		if got := c.heldBack("1795377516"); got != "1795377516" {
			t.Errorf("not counted, and held back: %s", got)
		}
	})
}

func data(href, tag, text string) string {
	return props(href, "<D:getetag>"+tag+"</D:getetag><C:calendar-data><![CDATA["+text+"]]></C:calendar-data>")
}

func TestRead(t *testing.T) {
	ids := []provider.RemoteID{"/cal/a.ics", "/cal/b.ics"}
	read := func(t *testing.T, c *Calendar) []provider.Item {
		t.Helper()
		items, err := c.Read(context.Background(), ids)
		if err != nil {
			t.Fatal(err)
		}
		return items
	}
	t.Run("in the order asked, whatever the order and the form of the answer", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("REPORT /cal/", says(207, multi(data("http://inner/cal/%62.ics", `"b"`, vevent("b", "B")), data("/cal/other.ics", `"x"`, vevent("x", "X")), data("/cal/a.ics", `"a"`, vevent("a", "A")))))
		items := read(t, c)
		if states(items) != "a.ics=live b.ics=live" || items[1].Event.Subject != "B" || tagOf(&items[0]) != `"a"` || string(items[0].Raw) != vevent("a", "A") {
			t.Errorf("%s %+v", states(items), items[1].Event)
		}
		if len(s.seen) != 1 {
			t.Errorf("%d requests", len(s.seen))
		}
	})
	t.Run("left out of a multiget, as by DAViCal and Sabre: asked for, and gone if the calendar is there", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("REPORT /cal/", says(207, multi(data("/cal/a.ics", `"a"`, vevent("a", "A")))))
		s.on("GET /cal/b.ics", says(404, ""))
		if got := states(read(t, c)); got != "a.ics=live b.ics=gone" {
			t.Error(got)
		}
		if s.asked("GET /cal/b.ics") != 1 || s.asked("PROPFIND /cal/") != 1 {
			t.Error("it was not asked for by itself, or the calendar was not looked at")
		}
	})
	t.Run("left out or 404, and there all the same", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("REPORT /cal/", says(207, multi(status("/cal/a.ics", 404, ""))))
		s.on("GET /cal/a.ics", says(200, vevent("a", "A"), "ETag", `"a-gzip"`))
		s.on("GET /cal/b.ics", says(200, vevent("b", "B"), "ETag", `"b"`))
		if items := read(t, c); states(items) != "a.ics=live b.ics=live" || tagOf(&items[0]) != `"a"` {
			t.Errorf("%s %v", states(items), items[0].Versions)
		}
	})
	t.Run("everything is 404 because the calendar is", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		for _, what := range []string{"REPORT /cal/", "GET /cal/a.ics", "GET /cal/b.ics", "PROPFIND /cal/"} {
			s.on(what, says(404, ""))
		}
		_, err := c.Read(context.Background(), ids)
		wantClass(t, err, provider.Gone)
		_, err = c.Read(context.Background(), ids[:1])
		wantClass(t, err, provider.Gone)
	})
	t.Run("one item that the server stumbles over does not hold up the other", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("REPORT /cal/", says(500, "trouble"))
		s.on("GET /cal/a.ics", says(200, vevent("a", "A"), "ETag", `"a"`))
		s.on("GET /cal/b.ics", says(500, "trouble"))
		items := read(t, c)
		if states(items) != "a.ics=live b.ics=not read" || items[1].Problem == nil {
			t.Errorf("%s", states(items))
		}
	})
	t.Run("a server in trouble is asked a few times and no more", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		many := make([]provider.RemoteID, 50)
		for i := range many {
			many[i] = provider.RemoteID(fmt.Sprintf("/cal/%d.ics", i))
			s.on("GET "+string(many[i]), says(500, ""))
		}
		s.on("REPORT /cal/", says(500, ""))
		_, err := c.Read(context.Background(), many)
		wantClass(t, err, provider.Transient)
		if len(s.seen) > 5 {
			t.Errorf("%d requests", len(s.seen))
		}
	})
	t.Run("one that is forbidden, one that nobody understands", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("REPORT /cal/", says(207, multi(status("/cal/a.ics", 403, ""), data("/cal/b.ics", `"b"`, "BEGIN:NONSENSE"))))
		items := read(t, c)
		if states(items) != "a.ics=forbidden b.ics=unreadable" || items[1].Problem.Code != provider.BadSyntax {
			t.Errorf("%s %+v", states(items), items[1].Problem)
		}
	})
	t.Run("one whose answer is garbled on the way is not given up", func(t *testing.T) {
		for what, c := range map[string]struct {
			report http.HandlerFunc
			state  provider.State
			failed bool
		}{
			"the report has it":           {says(207, multi(data("/cal/a.ics", `"a"`, vevent("a", "A")))), provider.StateLive, false},
			"the report is garbled, too":  {says(207, "\xff<\x00\n"), 0, true}, // and the next answer is another
			"it is so, by the report":     {says(207, multi(data("/cal/a.ics", `"a"`, "BEGIN:NONSENSE"))), provider.StateUnreadable, false},
			"it is so, and stumbled over": {says(500, ""), provider.StateUnreadable, false},
		} {
			calendar, s := scripted(t, fullProfile)
			garbage := "\xff<\x00\n"
			s.on("GET /cal/a.ics", func(w http.ResponseWriter, r *http.Request) {
				says(200, garbage, "ETag", `"a"`)(w, r)
				if c.failed {
					garbage += "?"
				}
			})
			s.on("REPORT /cal/", c.report)
			items, err := calendar.Read(context.Background(), ids[:1])
			if c.failed {
				wantClass(t, err, provider.Transient)
			} else if err != nil || items[0].State != c.state {
				t.Errorf("%s: %v %s", what, err, states(items))
			}
		}
	})
	t.Run("one that is too large, in a batch and alone", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		large := strings.Repeat("X", 3*maxItem)
		s.on("REPORT /cal/", says(207, multi(data("/cal/a.ics", `"a"`, large), data("/cal/b.ics", `"b"`, vevent("b", "B")))))
		s.on("GET /cal/a.ics", says(200, large, "ETag", `"a"`))
		items := read(t, c)
		if states(items) != "a.ics=unreadable b.ics=live" || items[0].Problem.Code != provider.TooLarge || len(items[0].Raw) != 0 {
			t.Errorf("%s %+v", states(items), items[0].Problem)
		}
		items, err := c.Read(context.Background(), ids[:1])
		if err != nil || items[0].Problem.Code != provider.TooLarge || tagOf(&items[0]) != `"a"` {
			t.Errorf("%v %+v", err, items)
		}
	})
	t.Run("a login page is no item", func(t *testing.T) {
		c, s := scripted(t, Profile{})
		s.on("GET /cal/a.ics", says(200, "<html></html>", "Content-Type", "text/html; charset=utf-8"))
		_, err := c.Read(context.Background(), ids[:1])
		wantClass(t, err, provider.Transient, provider.CodeNotACalendar)
	})
	t.Run("an id of another calendar is not asked for", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		_, err := c.Read(context.Background(), []provider.RemoteID{"/other/a.ics", "/cal/b.ics"})
		wantClass(t, err, provider.Rejected)
		if len(s.seen) != 0 {
			t.Error("something was sent")
		}
	})
}
