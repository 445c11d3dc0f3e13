package google

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
	standin "tahti/internal/standin/google"
)

// Defects that users of other programs reported, each with where.

func meeting(guests ...string) calendar.Event {
	e := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{
		Subject: "Review", Busy: true, Start: at("20260303T093000[Europe/Helsinki]"), End: at("20260303T101500[Europe/Helsinki]"),
	}}
	for _, g := range guests {
		e.Guests = append(e.Guests, calendar.Guest{Person: calendar.Person{Email: g}})
	}
	return e
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func put(t *testing.T, c *Calendar, e calendar.Event) provider.Item {
	t.Helper()
	return must[provider.Item](t)(c.Put(t.Context(), provider.Put{Key: testKey, Event: e, Fields: calendar.BothWaysFields}))
}

func update(c *Calendar, base provider.Item, fields calendar.FieldSet, change func(*calendar.Event)) (provider.Item, error) {
	e := base.Event.Clone()
	change(&e)
	e.Normalize()
	return c.Put(context.Background(), provider.Put{ID: base.ID, Base: &base, Event: e, Fields: fields})
}

// An update that names no guests takes them all away, and each of them hears that the meeting is off (SuiteCRM 10804).
func TestAnUpdateLeavesTheGuestsAsTheyAre(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	id := must[provider.RemoteID](t)(b.Create(meeting("bob@example.com", "dave@elsewhere.example")))
	base := read(t, c, id)
	if base.WouldMail != 1 {
		t.Errorf("would mail %d, there is one guest outside", base.WouldMail)
	}
	before := len(b.server.Mails())
	b.sent()
	after := must[provider.Item](t)(update(c, base, calendar.Fields(calendar.Subject, calendar.When), func(e *calendar.Event) {
		e.Subject = "Renamed"
		e.End.Wall += 900
	}))
	careful(t, b.sent())
	if len(after.Event.Guests) != 2 || after.Event.Subject != "Renamed" {
		t.Errorf("%q with %v", after.Event.Subject, after.Event.Guests)
	}
	// What is foretold is what is sent, although nobody was to be told: the guest outside has no calendar to hear it from.
	if n := len(b.server.Mails()) - before; n != base.WouldMail {
		t.Errorf("%d mails", n)
	}
}

func TestAMeetingAmongColleaguesChangesSilently(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	id := must[provider.RemoteID](t)(b.Create(meeting("bob@example.com")))
	base := read(t, c, id)
	must[provider.Item](t)(update(c, base, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Renamed" }))
	if base.WouldMail != 0 || len(b.server.Mails()) != 0 {
		t.Errorf("would mail %d, mailed %v", base.WouldMail, b.server.Mails())
	}
}

func TestSaveAndSendMails(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	id := must[provider.RemoteID](t)(b.Create(meeting("bob@example.com", "dave@elsewhere.example")))
	base := read(t, c, id)
	before := len(b.server.Mails())
	to := base.Event.Clone()
	to.Subject = "Renamed"
	now := must[provider.Item](t)(c.Put(t.Context(), provider.Put{ID: id, Base: &base, Event: to, Fields: calendar.Fields(calendar.Subject), Notify: true}))
	if n := len(b.server.Mails()) - before; n != 2 {
		t.Errorf("%d mails", n)
	}
	if err := c.Remove(t.Context(), provider.Remove{ID: id, Base: &now, Notify: true}); err != nil {
		t.Fatal(err)
	}
	if mails := b.server.Mails(); mails[len(mails)-1].Method != "CANCEL" {
		t.Errorf("last mail: %+v", mails[len(mails)-1])
	}
}

// A reply that is lost must not make a second event (odoo PR 229646).
func TestACreationWhoseReplyIsLostIsNotMadeTwice(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	b.StrikeWrite(conformance.LoseReply)
	w := provider.Put{Key: testKey, Event: meeting(), Fields: calendar.BothWaysFields}
	if _, err := c.Put(t.Context(), w); provider.ClassOf(err) != provider.Unknown {
		t.Fatalf("the first answer: %v", err)
	}
	again := must[provider.Item](t)(c.Put(t.Context(), w))
	if held := must[[]provider.RemoteID](t)(b.Held()); !again.Found || len(held) != 1 || held[0] != again.ID {
		t.Errorf("found %v as %s, held %v", again.Found, again.ID, held)
	}
}

// A copy that a person makes carries our private property (OGCS 1678): it is another event, and never taken for ours.
func TestACopyWithOurPropertyIsAnotherEvent(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	ours := put(t, c, meeting())
	copied := must[provider.RemoteID](t)(b.create(meeting(), object{"extendedProperties": object{"private": object{keyProperty: string(testKey)}}}))
	if it := read(t, c, copied); it.ID != copied || it.Key != testKey {
		t.Errorf("the copy: %s with key %q", it.ID, it.Key)
	}
	if found := must[provider.Item](t)(c.Find(t.Context(), testKey)); found.ID != ours.ID {
		t.Errorf("found %s", found.ID)
	}
	if err := c.Remove(t.Context(), provider.Remove{ID: ours.ID, Base: &ours}); err != nil {
		t.Fatal(err)
	}
	if found := must[provider.Item](t)(c.Find(t.Context(), testKey)); found.State != provider.StateGone {
		t.Errorf("once ours is gone, the copy is found: %s %v", found.ID, found.State)
	}
}

// The id of a deleted event stays taken for ever (google-api-ruby-client 1811).
func TestAKeyIsUsedUpByADeletion(t *testing.T) {
	for name, variant := range variants {
		t.Run(name, func(t *testing.T) {
			c, b := stand(t, variant)
			made := put(t, c, meeting())
			if err := b.Delete(made.ID); err != nil {
				t.Fatal(err)
			}
			_, err := c.Put(t.Context(), provider.Put{Key: testKey, Event: meeting(), Fields: calendar.BothWaysFields})
			if provider.ClassOf(err) != provider.Gone {
				t.Fatalf("under the same key: %v", err)
			}
			next := must[provider.Item](t)(c.Put(t.Context(), provider.Put{Key: "1" + testKey[1:], Event: meeting(), Fields: calendar.BothWaysFields}))
			if held := must[[]provider.RemoteID](t)(b.Held()); len(held) != 1 || held[0] != next.ID {
				t.Errorf("held %v", held)
			}
			// Nor does an update bring it back, whatever the answer to it is.
			_, err = update(c, made, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Back" })
			if class := provider.ClassOf(err); class != provider.Gone {
				t.Errorf("an update: %v", err)
			}
			if err := c.Remove(t.Context(), provider.Remove{ID: made.ID, Base: &made}); err != nil {
				t.Errorf("a removal: %v", err)
			}
		})
	}
}

// An event that ends when it starts is refused for ever (keeper.sh 614 to 617): it is written as long as can be written.
func TestAMomentIsWrittenAsAMinute(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	e := meeting()
	e.End = e.Start
	made := put(t, c, e)
	if made.Event.End.Wall != e.Start.Wall+60 {
		t.Fatalf("it ends at %s", made.Event.End)
	}
	b.sent()
	made = must[provider.Item](t)(update(c, made, calendar.BothWaysFields, func(now *calendar.Event) { now.End = e.End }))
	if sent := b.sent(); len(sent) != 0 {
		t.Errorf("said again, it sent %+v", sent)
	}
	moved := must[provider.Item](t)(update(c, made, calendar.Fields(calendar.When), func(e *calendar.Event) {
		e.Start.Wall += 3600
		e.End = e.Start
	}))
	if moved.Event.Start.Wall != e.Start.Wall+3600 || moved.Event.End.Wall != e.Start.Wall+3660 {
		t.Errorf("moved to %s until %s", moved.Event.Start, moved.Event.End)
	}
}

// What Google cannot hold is said with its reason, and nothing is sent.
func TestWhatGoogleCannotHoldIsNotSent(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	series := meeting()
	series.Rule = "FREQ=DAILY;COUNT=5"
	base := put(t, c, series)
	b.sent()
	for name, change := range map[string]func(*calendar.Event){
		"every three hours": func(e *calendar.Event) { e.Rule = "FREQ=HOURLY;INTERVAL=3;COUNT=5" },
		"twice a day":       func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=5;BYHOUR=9,15" },
		"one date is more private": func(e *calendar.Event) {
			o := e.EnsureOverride(e.Start.Wall)
			o.Private, o.Set = true, calendar.Fields(calendar.Private)
		},
	} {
		_, err := update(c, base, calendar.BothWaysFields, change)
		if provider.ClassOf(err) != provider.Rejected || codeOf(err) != string(provider.Inexpressive) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if sent := b.sent(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}

func TestWhatIsNotOursToChangeIsNotSent(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	plant := func(fields object) provider.RemoteID {
		fields["start"], fields["end"] = wireTime(at("20260303T093000[Europe/Helsinki]")), wireTime(at("20260303T101500[Europe/Helsinki]"))
		fields["summary"] = "Theirs"
		id, err := b.server.Plant(alice, fields)
		if err != nil {
			t.Fatal(err)
		}
		return provider.RemoteID(id)
	}
	for name, fields := range map[string]object{
		"somebody else organises": {"organizer": object{"email": carol}, "attendees": []any{object{"email": alice}}},
		"locked":                  {"locked": true},
		"from a mail":             {"eventType": "fromGmail"},
		"out of office":           {"eventType": "outOfOffice"},
		"time to focus":           {"eventType": "focusTime"},
	} {
		base := read(t, c, plant(fields))
		b.sent()
		_, err := update(c, base, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Ours" })
		if provider.ClassOf(err) != provider.Forbidden || codeOf(err) != string(provider.NotWritable) {
			t.Errorf("%s: %v", name, err)
		}
		if base.Editable == 0 {
			if err := c.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &base}); provider.ClassOf(err) != provider.Forbidden || err == nil {
				t.Errorf("%s: removed, %v", name, err)
			}
		}
		if sent := b.sent(); len(sent) != 0 {
			t.Errorf("%s: sent %+v", name, sent)
		}
	}
}

// What a calendar hides from us is neither known nor written, and the rest of it is as ever.
func TestWhatIsHiddenIsNeitherKnownNorWritten(t *testing.T) {
	server := standin.New(standin.Options{Users: []standin.User{
		{Email: carol, Calendars: []standin.Calendar{{}, {ID: "shared@group.calendar.google.com"}}},
		{Email: alice, Calendars: []standin.Calendar{{}, {ID: "shared@group.calendar.google.com", Role: roleWriterNoPriv}}},
	}})
	hers, ours := must[string](t)(server.Grant(carol, "calendar")), must[string](t)(server.Grant(alice, "calendar"))
	b := &door{
		wire: newWire(server, ours), server: server, base: "http://calendar.example/calendar/v3", calendar: "shared@group.calendar.google.com",
		tokens: map[string]string{carol: hers},
	}
	c := b.open(t)
	private, open := meeting(), meeting()
	private.Private, open.Subject = true, "Open"
	create := func(e calendar.Event) provider.RemoteID {
		made := must[object](t)(b.do(carol, http.MethodPost, eventPath(b.calendar, ""), render(&e.Values)))
		return provider.RemoteID(made["id"].(string))
	}
	hidden, shown := create(private), create(open)
	got, err := c.Pull(t.Context(), "", nil)
	for _, it := range append(snapshotOf(t, got, err).Items, must[[]provider.Item](t)(c.Read(t.Context(), []provider.RemoteID{hidden, shown}))...) {
		if knows := it.Event.Known.Has(calendar.Subject); knows != (it.ID == shown) || (it.Editable != 0) != knows || it.Event.Start != open.Start {
			t.Errorf("%s knows %s, editable %s, starts %s", it.ID, it.Event.Known, it.Editable, it.Event.Start)
		}
		b.sent()
		_, err := update(c, it, calendar.Fields(calendar.Subject, calendar.When), func(e *calendar.Event) {
			e.Subject = "Ours"
			e.End.Wall += 900
		})
		if it.ID == hidden && (provider.ClassOf(err) != provider.Forbidden || len(b.sent()) != 0) {
			t.Errorf("a write of what is hidden: %v", err)
		}
	}
}

// Google has no times that float: they are put on the calendar's own clock, in which the person reads them.
func TestFloatingTimesAreWrittenOnTheCalendarsClock(t *testing.T) {
	for _, known := range []bool{true, false} {
		c, _ := stand(t, standin.Variant{})
		if !known {
			c.profile.TimeZone = ""
		}
		e := meeting()
		e.Start, e.End, e.Rule = at("20260303T093000"), at("20260303T101500"), "FREQ=DAILY;COUNT=4"
		o := e.EnsureOverride(at("20260304T093000").Wall)
		o.Set, o.Start, o.End = calendar.Fields(calendar.When), at("20260304T120000"), at("20260304T130000")
		e.Cancelled = []calendar.Wall{at("20260305T093000").Wall}
		made := put(t, c, e)
		want := e.Clone()
		anchor(&want, "Europe/Helsinki")
		same(t, "floating", made.Event, want)
		if made.Event.Start != at("20260303T093000[Europe/Helsinki]") {
			t.Errorf("it starts at %s", made.Event.Start)
		}
	}
}

// What each kind of write costs, in requests.
func TestWritesCostAsFewRequestsAsTheyCan(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	var it provider.Item
	cost := func(what string, want string, act func() (provider.Item, error)) {
		t.Helper()
		b.sent()
		it = must[provider.Item](t)(act())
		var got []string
		for _, r := range b.sent() {
			got = append(got, r.method)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	daily := meeting()
	daily.Rule = "FREQ=DAILY;COUNT=9"
	day := func(n int) calendar.Wall { return daily.Start.Wall + calendar.Wall(n)*calendar.Day }
	move := func(n int) func(e *calendar.Event) {
		return func(e *calendar.Event) {
			o := e.EnsureOverride(day(n))
			o.Set |= calendar.Fields(calendar.When)
			o.Start, o.End = e.Start, e.End
			o.Start.Wall, o.End.Wall = day(n)+7200, day(n)+9000
		}
	}
	cost("a series", "POST", func() (provider.Item, error) {
		return c.Put(t.Context(), provider.Put{Key: testKey, Event: daily, Fields: calendar.BothWaysFields})
	})
	cost("a new title for it", "GET PATCH", func() (provider.Item, error) {
		return update(c, it, calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Renamed" })
	})
	cost("one date moved", "GET PATCH GET", func() (provider.Item, error) { return update(c, it, calendar.BothWaysFields, move(2)) })
	cost("the same date moved again", "PATCH GET", func() (provider.Item, error) {
		return update(c, it, calendar.BothWaysFields, func(e *calendar.Event) { e.Override(day(2)).End.Wall += 900 })
	})
	cost("one date cancelled", "GET DELETE GET", func() (provider.Item, error) {
		return update(c, it, calendar.BothWaysFields, func(e *calendar.Event) { e.Cancelled = []calendar.Wall{day(3)} })
	})
	cost("and brought back", "PATCH GET", func() (provider.Item, error) {
		return update(c, it, calendar.BothWaysFields, func(e *calendar.Event) { e.Cancelled = nil })
	})
	if !slices.Equal(it.Event.Cancelled, nil) || len(it.Event.Overrides) != 1 || it.Event.Subject != "Renamed" {
		t.Errorf("in the end it says %+v", it.Event)
	}
	b.sent()
	if err := c.Remove(t.Context(), provider.Remove{ID: it.ID, Base: &it}); err != nil {
		t.Fatal(err)
	}
	if sent := b.sent(); sent[len(sent)-1].method != http.MethodDelete || sent[len(sent)-1].match == "" {
		t.Errorf("removed by %+v", sent)
	}
}

// One date that was edited leaves the ETag of its series as it was; the series must not be deleted over it.
func TestAnEditOfOneDateKeepsItsSeries(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	e := meeting()
	e.Rule = "FREQ=DAILY;COUNT=9"
	base := put(t, c, e)
	one := instanceID(string(base.ID), e.Start, e.Start.Wall+calendar.Day)
	must[object](t)(b.do(alice, http.MethodPatch, eventPath(alice, one), object{"location": "Room 5"}))
	if err := c.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &base}); provider.ClassOf(err) != provider.Conflict {
		t.Fatalf("remove: %v", err)
	}
	now := read(t, c, base.ID)
	if o := now.Event.Override(e.Start.Wall + calendar.Day); o == nil || o.Location != "Room 5" {
		t.Fatalf("it says %+v", now.Event)
	}
	if err := c.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &now}); err != nil {
		t.Errorf("upon what is there: %v", err)
	}
}

// Somebody from outside is invited to one date after we read the series: our write of that date would mail them (I14).
func TestAGuestOfOneDateWhoWasInvitedMeanwhile(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	e := meeting()
	e.Rule = "FREQ=WEEKLY;COUNT=4"
	held, err := c.Put(t.Context(), provider.Put{Key: testKey, Event: e, Fields: calendar.BothWaysFields})
	if err != nil {
		t.Fatal(err)
	}
	original := held.Event.Start.Wall + 7*calendar.Day
	id := instanceID(string(held.ID), held.Event.Start, original)
	guests := object{"attendees": []object{{"email": "guest@outside.example"}}}
	if _, err := b.do(alice, http.MethodPatch, eventPath(b.calendar, id), guests); err != nil {
		t.Fatal(err)
	}
	renamed := func(e *calendar.Event) {
		e.Overrides = []calendar.Override{{Original: original, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Ours"}}}
	}
	mails := len(b.server.Mails())
	if _, err := update(c, held, calendar.BothWaysFields, renamed); provider.ClassOf(err) != provider.Conflict || err == nil {
		t.Errorf("written: %v", err)
	}
	if n := len(b.server.Mails()); n != mails {
		t.Errorf("%d mails that nobody asked for", n-mails)
	}
	now := read(t, c, held.ID)
	if now.WouldMail != 1 {
		t.Errorf("would mail %d", now.WouldMail)
	}
	to := now.Event.Clone()
	renamed(&to)
	if _, err := c.Put(t.Context(), provider.Put{ID: now.ID, Base: &now, Event: to, Fields: calendar.BothWaysFields, Notify: true}); err != nil {
		t.Errorf("save and send: %v", err)
	}
}

// Google takes the text of a series to the dates that have events of their own, and mails whom one of them invites: also a guest
// whom somebody invited to a single date after we read the series (I14).
func TestTheTextOfASeriesMailsNoGuestOfOneDate(t *testing.T) {
	c, b := stand(t, standin.Variant{})
	e := meeting()
	e.Rule = "FREQ=WEEKLY;COUNT=4"
	held := put(t, c, e)
	id := instanceID(string(held.ID), held.Event.Start, held.Event.Start.Wall+7*calendar.Day)
	must[object](t)(b.do(alice, http.MethodPatch, eventPath(b.calendar, id), object{"attendees": []object{{"email": "guest@outside.example"}}}))
	mails := len(b.server.Mails())
	rename := func(base provider.Item, send bool) (provider.Item, error) {
		to := base.Event.Clone()
		to.Subject = "Ours"
		return c.Put(t.Context(), provider.Put{ID: base.ID, Base: &base, Event: to, Fields: calendar.BothWaysFields, Notify: send})
	}
	if _, err := rename(held, false); err == nil || provider.ClassOf(err) != provider.Conflict {
		t.Errorf("written: %v", err)
	}
	if n := len(b.server.Mails()); n != mails {
		t.Errorf("%d mails that nobody asked for", n-mails)
	}
	now := read(t, c, held.ID)
	if o := now.Event.Overrides; now.WouldMail != 1 || len(o) != 1 || len(o[0].Guests) != 1 {
		t.Errorf("would mail %d; %+v", now.WouldMail, o)
	}
	sent, err := rename(now, true)
	if err != nil {
		t.Errorf("save and send: %v", err)
	}
	if o := sent.Event.Overrides; len(o) != 1 || len(o[0].Guests) != 1 {
		t.Errorf("the guest is lost: %+v", o)
	}
}
