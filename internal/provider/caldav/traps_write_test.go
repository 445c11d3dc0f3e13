package caldav

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

const testKey = provider.Key("0123456789abcdefghijklmnopqrstuv")

const keyPath = "/cal/" + string(testKey) + ".ics"

func plainEvent(subject string) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Busy = subject, true
	e.Start, e.End = calendar.OnDate(2026, 3, 3), calendar.OnDate(2026, 3, 4)
	return e
}

func creation(subject string) provider.Put {
	return provider.Put{Key: testKey, Event: plainEvent(subject), Fields: calendar.BothWaysFields}
}

// base is an item as it was read, under a tag.
func base(c *Calendar, tag string) *provider.Item {
	it := c.item("/cal/a.ics", tag, []byte(vevent("a", "Before")), noTime)
	return &it
}

func renaming(c *Calendar, tag string) provider.Put {
	b := base(c, tag)
	e := b.Event.Clone()
	e.Subject = "After"
	return provider.Put{ID: b.ID, Base: b, Event: e, Fields: calendar.Fields(calendar.Subject)}
}

func TestCreateIsGuardedAndNamedAfterItsKey(t *testing.T) {
	c, s := scripted(t, fullProfile)
	s.on("PUT "+keyPath, says(201, "", "ETag", `"1"`))
	it, err := c.Put(context.Background(), creation("One"))
	if err != nil {
		t.Fatal(err)
	}
	r, body := s.seen[0], s.bodies[0]
	if r.Header.Get("If-None-Match") != "*" || r.Header.Get("If-Match") != "" || r.ContentLength != int64(len(body)) || r.Header.Get("Accept-Encoding") != "identity" {
		t.Errorf("headers %v, length %d", r.Header, r.ContentLength)
	}
	if !strings.Contains(body, "UID:"+string(testKey)) || strings.Contains(body, "ATTENDEE") || strings.Contains(body, "ORGANIZER") {
		t.Errorf("body:\n%s", body)
	}
	if string(it.ID) != keyPath || tagOf(&it) != `"1"` || it.Key != testKey || it.State != provider.StateLive || len(s.seen) != 1 {
		t.Errorf("%+v after %d requests", it, len(s.seen))
	}
}

// stored is a server's answer to a GET of what was created.
func stored(subject string) http.HandlerFunc {
	return says(200, vevent(string(testKey), subject), "ETag", `"9"`)
}

func TestCreateReadsWhatTheAnswerMeans(t *testing.T) {
	conflict := `<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:no-uid-conflict/></D:error>`
	for _, tc := range []struct {
		name     string
		put, get http.HandlerFunc
		class    provider.Class // 0: success
		subject  string
	}{
		{"no ETag: the server rewrote it", says(201, ""), stored("Rewritten"), 0, "Rewritten"},
		{"a weak ETag guards nothing", says(201, "", "ETag", `W/"1"`), stored("Rewritten"), 0, "Rewritten"},
		{"207 with 201 inside", says(207, multi(status("/x", 201, ""))), stored("One"), 0, "One"},
		{"412: an earlier try left it", says(412, ""), stored("Earlier"), 0, "Earlier"},
		{"409 no-uid-conflict: an earlier try left it", says(409, conflict), stored("Earlier"), 0, "Earlier"},
		{"409 without a word, as SOGo: an earlier try left it", says(409, `<D:error xmlns:D="DAV">taken</D:error>`), stored("Earlier"), 0, "Earlier"},
		{"207 with 412 inside, as Xandikos: an earlier try left it", says(207, multi(status("/x", 412, ""))), stored("Earlier"), 0, "Earlier"},
		{"207 with 412 and a reason inside", says(207, multi(status("/x", 412, `<D:error><C:valid-calendar-data/></D:error>`))), says(404, ""), provider.Rejected, ""},
		{"207 that does not say", says(207, multi()), nil, provider.Unknown, ""},
		{"207 cut off", says(207, multi(status("/x", 201, ""))[:90]), nil, provider.Unknown, ""},
		{"412 and nothing there: DAViCal cannot parse it", says(412, "No calendar content"), says(404, ""), provider.Rejected, ""},
		{"404 and the calendar is there: SOGo cannot parse it", says(404, ""), says(404, ""), provider.Rejected, ""},
		{"403 with a precondition", says(403, `<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:valid-calendar-data/></D:error>`), nil, provider.Rejected, ""},
		{"403 without one", says(403, ""), nil, provider.Forbidden, ""},
		{"400", says(400, ""), nil, provider.Rejected, ""},
		{"413", says(413, ""), nil, provider.Rejected, ""},
		{"415, as Sabre", says(415, ""), nil, provider.Rejected, ""},
		{"501, as SOGo", says(501, ""), nil, provider.Rejected, ""},
		{"423", says(423, ""), nil, provider.Transient, ""},
		{"507: the mailbox is full", says(507, ""), nil, provider.Transient, ""},
		{"403 quota-not-exceeded", says(403, `<D:error xmlns:D="DAV:"><D:quota-not-exceeded/></D:error>`), nil, provider.Transient, ""},
		{"403 need-privileges", says(403, `<D:error xmlns:D="DAV:"><D:need-privileges/></D:error>`), nil, provider.Forbidden, ""},
		{"401", says(401, ""), nil, provider.SignIn, ""},
		{"429", says(429, "", "Retry-After", "3"), nil, provider.RateLimited, ""},
		{"503", says(503, ""), nil, provider.RateLimited, ""},
		{"500: it may have been stored", says(500, ""), nil, provider.Unknown, ""},
		{"502: it may have been stored", says(502, ""), nil, provider.Unknown, ""},
		{"a dropped connection: it may have been stored", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, provider.Unknown, ""},
		{"stored, and it cannot be read back", says(201, ""), says(500, ""), provider.Unknown, ""},
		{"stored, and gone when read back", says(201, ""), says(404, ""), provider.Unknown, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := scripted(t, fullProfile)
			s.on("PUT "+keyPath, tc.put)
			s.on("REPORT /cal/", says(207, multi()))
			if tc.get != nil {
				s.on("GET "+keyPath, tc.get)
			}
			it, err := c.Put(context.Background(), creation("One"))
			if tc.class != 0 {
				wantClass(t, err, tc.class)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if it.Event.Subject != tc.subject || tagOf(&it) != `"9"` || string(it.ID) != keyPath {
				t.Errorf("%s %v %q", it.ID, it.Versions, it.Event.Subject)
			}
		})
	}
	t.Run("the calendar itself is gone", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("PUT "+keyPath, says(404, ""))
		s.on("PROPFIND /cal/", says(404, ""))
		_, err := c.Put(context.Background(), creation("One"))
		wantClass(t, err, provider.Gone)
	})
	t.Run("a UID that is taken under another name is found by it", func(t *testing.T) {
		c, s := scripted(t, fullProfile)
		s.on("PUT "+keyPath, says(409, conflict))
		s.on("GET "+keyPath, says(404, ""))
		s.on("REPORT /cal/", says(207, multi(data("/cal/else.ics", `"x"`, vevent("else", "Not "+string(testKey))), data("/cal/moved.ics", `"m"`, vevent(string(testKey), "Moved")))))
		s.on("GET /cal/moved.ics", says(200, vevent(string(testKey), "Moved"), "ETag", `"m"`))
		it, err := c.Put(context.Background(), creation("One"))
		if err != nil || it.ID != "/cal/moved.ics" {
			t.Errorf("%v %v", it.ID, err)
		}
	})
}

func TestCreateWhereIfNoneMatchIsIgnored(t *testing.T) {
	for _, guard := range []provider.Guard{provider.GuardNone, provider.GuardUpdate} {
		c, s := scripted(t, Profile{Sync: true, Guard: guard})
		s.on("GET "+keyPath, stored("Edited by a person since"))
		it, err := c.Put(context.Background(), creation("One"))
		if err != nil || it.Event.Subject != "Edited by a person since" || s.asked("PUT "+keyPath) != 0 {
			t.Errorf("%v, %q, %d writes", err, it.Event.Subject, s.asked("PUT "+keyPath))
		}
	}
}

func TestUpdateReadsWhatTheAnswerMeans(t *testing.T) {
	for _, tc := range []struct {
		name     string
		put, get http.HandlerFunc
		class    provider.Class
	}{
		{"stored", says(204, "", "ETag", `"2"`), nil, 0},
		{"no ETag, and it reads back as sent", says(204, ""), says(200, vevent("a", "After"), "ETag", `"2"`), 0},
		{"no ETag, and somebody has changed since what we wrote", says(204, ""), says(200, vevent("a", "Theirs"), "ETag", `"3"`), provider.Unknown},
		{"412: another version", says(412, ""), says(200, vevent("a", "Theirs"), "ETag", `"3"`), provider.Conflict},
		{"412: deleted", says(412, ""), says(404, ""), provider.Gone},
		{"404: deleted", says(404, ""), says(404, ""), provider.Gone},
		{"412 although the version is the one: DAViCal cannot parse it", says(412, ""), says(200, vevent("a", "Before"), "ETag", `"1"`), provider.Rejected},
		{"412 because it arrived twice", says(412, ""), says(200, vevent("a", "After"), "ETag", `"2"`), 0},
		{"207 with 412 inside", says(207, multi(status("/x", 412, ""))), says(200, vevent("a", "Theirs"), "ETag", `"3"`), provider.Conflict},
		{"500", says(500, ""), nil, provider.Unknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := scripted(t, fullProfile)
			s.on("PUT /cal/a.ics", tc.put)
			if tc.get != nil {
				s.on("GET /cal/a.ics", tc.get)
			}
			it, err := c.Put(context.Background(), renaming(c, `"1"`))
			if got := s.seen[0].Header.Get("If-Match"); got != `"1"` {
				t.Errorf("If-Match: %s", got)
			}
			if tc.class != 0 {
				wantClass(t, err, tc.class)
				return
			}
			if err != nil || it.Event.Subject != "After" || tagOf(&it) != `"2"` {
				t.Errorf("%v %q %v", err, it.Event.Subject, it.Versions)
			}
		})
	}
}

// unguarded are the situations in which If-Match cannot hold.
func unguarded() map[string]struct {
	profile Profile
	tag     string
} {
	return map[string]struct {
		profile Profile
		tag     string
	}{
		"a server without guards": {Profile{Guard: provider.GuardNone}, `"1"`},
		"a weak tag":              {fullProfile, `W/"1"`},
		"no tag":                  {fullProfile, ""},
	}
}

func TestUnguardedWritesReadBeforeAndAfter(t *testing.T) {
	for name, u := range unguarded() {
		t.Run(name, func(t *testing.T) {
			serve := func(text, tag string) (*Calendar, *script) {
				c, s := scripted(t, u.profile)
				s.on("GET /cal/a.ics", says(200, text, "ETag", tag))
				s.on("DELETE /cal/a.ics", says(204, ""))
				s.on("PUT /cal/a.ics", func(w http.ResponseWriter, r *http.Request) {
					s.on("GET /cal/a.ics", says(200, s.bodies[len(s.bodies)-1], "ETag", `"2"`))
					w.WriteHeader(204)
				})
				return c, s
			}
			c, s := serve(vevent("a", "Before"), u.tag)
			it, err := c.Put(context.Background(), renaming(c, u.tag))
			if err != nil || it.Event.Subject != "After" || tagOf(&it) != `"2"` || s.asked("GET /cal/a.ics") != 2 {
				t.Errorf("%v, %q %v, %d reads", err, it.Event.Subject, it.Versions, s.asked("GET /cal/a.ics"))
			}

			c, s = serve(vevent("a", "Theirs"), u.tag) // the same tag, as after delete and create on SOGo
			_, err = c.Put(context.Background(), renaming(c, u.tag))
			wantClass(t, err, provider.Conflict)
			wantClass(t, c.Remove(context.Background(), provider.Remove{ID: "/cal/a.ics", Base: base(c, u.tag)}), provider.Conflict)
			if s.asked("PUT /cal/a.ics")+s.asked("DELETE /cal/a.ics") != 0 {
				t.Error("it was written over what somebody else had put there")
			}

			c, s = serve(vevent("a", "Before"), u.tag)
			if err := c.Remove(context.Background(), provider.Remove{ID: "/cal/a.ics", Base: base(c, u.tag)}); err != nil || s.asked("DELETE /cal/a.ics") != 1 {
				t.Errorf("remove: %v", err)
			}

			c, s = serve("", "")
			s.on("GET /cal/a.ics", says(404, ""))
			_, err = c.Put(context.Background(), renaming(c, u.tag))
			wantClass(t, err, provider.Gone)
			if s.asked("PUT /cal/a.ics") != 0 {
				t.Error("SOGo would have made it anew")
			}
		})
	}
}

// A change that no field of ours shows, under the same tag: it is patched, not overwritten.
func TestUnguardedUpdatePatchesTheFreshText(t *testing.T) {
	c, s := scripted(t, Profile{Guard: provider.GuardNone})
	fresh := strings.Replace(vevent("a", "Before"), "END:VEVENT", "X-OTHER:new\r\nEND:VEVENT", 1)
	s.on("GET /cal/a.ics", says(200, fresh, "ETag", `"1"`))
	s.on("PUT /cal/a.ics", func(w http.ResponseWriter, r *http.Request) {
		s.on("GET /cal/a.ics", says(200, s.bodies[len(s.bodies)-1], "ETag", `"2"`))
	})
	it, err := c.Put(context.Background(), renaming(c, `"1"`))
	if err != nil || !strings.Contains(string(it.Raw), "X-OTHER:new") || it.Event.Subject != "After" {
		t.Errorf("%v\n%s", err, it.Raw)
	}
}

func TestRemove(t *testing.T) {
	for _, tc := range []struct {
		name        string
		delete, get http.HandlerFunc
		class       provider.Class
	}{
		{"deleted", says(204, ""), nil, 0},
		{"deleted, with a body", says(200, "bye"), nil, 0},
		{"gone already", says(404, ""), nil, 0},
		{"gone already, 410", says(410, ""), nil, 0},
		{"412, and it is gone", says(412, ""), says(404, ""), 0},
		{"412, and it is another version", says(412, ""), says(200, vevent("a", "Theirs"), "ETag", `"3"`), provider.Conflict},
		{"207 with 404 inside", says(207, multi(status("/cal/a.ics", 404, ""))), nil, 0},
		{"207 with 423 inside", says(207, multi(status("/cal/a.ics", 423, ""))), nil, provider.Transient},
		{"403", says(403, ""), nil, provider.Forbidden},
		{"500", says(500, ""), nil, provider.Unknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, s := scripted(t, fullProfile)
			s.on("DELETE /cal/a.ics", tc.delete)
			if tc.get != nil {
				s.on("GET /cal/a.ics", tc.get)
			}
			err := c.Remove(context.Background(), provider.Remove{ID: "/cal/a.ics", Base: base(c, `"1"`)})
			if s.seen[0].Header.Get("If-Match") != `"1"` || s.seen[0].Header.Get("Schedule-Reply") != "" {
				t.Errorf("headers %v", s.seen[0].Header)
			}
			if tc.class != 0 {
				wantClass(t, err, tc.class)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWritesThatAreNotSent(t *testing.T) {
	c, s := scripted(t, Profile{ReadOnly: true})
	_, err := c.Put(context.Background(), creation("One"))
	wantClass(t, err, provider.Forbidden, provider.CodeReadOnly)
	wantClass(t, c.Remove(context.Background(), provider.Remove{ID: "/cal/a.ics", Base: base(c, `"1"`)}), provider.Forbidden, provider.CodeReadOnly)
	c.profile = Profile{Guard: provider.GuardFull, MaxSize: 50}
	_, err = c.Put(context.Background(), creation("One"))
	wantClass(t, err, provider.Rejected, provider.CodeTooLarge)
	c.profile = fullProfile
	_, err = c.Put(context.Background(), provider.Put{Event: plainEvent("x")})
	wantClass(t, err, provider.Rejected)
	_, err = c.Put(context.Background(), provider.Put{ID: "/cal/a.ics", Event: plainEvent("x")})
	wantClass(t, err, provider.Conflict)
	w := renaming(c, `"1"`)
	w.ID = "/other/a.ics"
	_, err = c.Put(context.Background(), w)
	wantClass(t, err, provider.Rejected)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = c.Put(ctx, creation("One"))
	wantClass(t, err, provider.Transient)
	if len(s.seen) != 0 {
		t.Errorf("%d requests", len(s.seen))
	}
}

// invitation is organised by one person with others.
func invitation(organizer string) string {
	return strings.Replace(vevent("a", "Meeting"), "END:VEVENT", "ORGANIZER:mailto:"+organizer+"\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\n"+
		"ATTENDEE:mailto:bob@example.com\r\nATTENDEE:mailto:carol@example.com\r\nEND:VEVENT", 1)
}

func TestWhomAWriteWouldMail(t *testing.T) {
	for _, tc := range []struct {
		name, organizer string
		schedules       bool
		mail            int
		invited         bool
	}{
		{"ours, on a server that schedules", "alice@example.com", true, 2, false},
		{"ours, on a server that does not", "alice@example.com", false, 0, false},
		{"somebody else's", "bob@example.com", true, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, _ := scripted(t, Profile{Schedules: tc.schedules})
			it := c.item("/cal/a.ics", `"1"`, []byte(invitation(tc.organizer)), noTime)
			if it.WouldMail != tc.mail || it.Invited != tc.invited || it.Editable.Has(calendar.When) == tc.invited || !it.Editable.Has(calendar.Busy) {
				t.Errorf("would mail %d, invited %v, editable %v", it.WouldMail, it.Invited, it.Editable)
			}
			if c.Capabilities().SilentUpdate == tc.schedules {
				t.Error("SilentUpdate is wrong")
			}
		})
	}
}

func TestAWriteThatTimesOutIsUnknown(t *testing.T) {
	c, s := scripted(t, fullProfile)
	c.client.timeout = 50_000_000 // ns
	release := make(chan struct{})
	defer close(release)
	s.on("PUT "+keyPath, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	_, err := c.Put(context.Background(), creation("One"))
	wantClass(t, err, provider.Unknown, provider.CodeUnreachable)
}

// A page that never ends is not read to its end.
func TestABodyWithoutEndIsCutOff(t *testing.T) {
	c, s := scripted(t, fullProfile)
	s.on("GET /cal/a.ics", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 64<<10)); err != nil {
				return
			}
		}
	})
	items, err := c.Read(context.Background(), []provider.RemoteID{"/cal/a.ics"})
	if err != nil || items[0].Problem == nil || items[0].Problem.Code != provider.TooLarge {
		t.Errorf("%v %+v", err, items)
	}
}
