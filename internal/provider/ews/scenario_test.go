package ews

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/conformance"
	standin "tahti/internal/standin/ews"
)

// plan is an hour of work in Helsinki.
func plan(subject, start string) calendar.Event {
	e := *series(start, "")
	e.Subject, e.Busy = subject, true
	return e
}

func (r *rig) put(t *testing.T, key provider.Key, e calendar.Event) provider.Item {
	t.Helper()
	it, err := r.Put(t.Context(), provider.Put{Key: key, Event: e, Fields: calendar.BothWaysFields})
	must(t, err)
	return it
}

// Under one key there is never more than one item: also where the search lags, and where the request whose reply was lost comes through
// while its successor is under way.
func TestACreationTwice(t *testing.T) {
	r := newRig(t, standin.Options{Variants: standin.Variants{LateFind: true}})
	w := provider.Put{Key: "abc", Event: plan("Once", "20260316T100000"), Fields: calendar.BothWaysFields}
	r.StrikeWrite(conformance.LoseReply)
	_, err := r.Put(t.Context(), w)
	expect(t, "a creation whose reply is lost", err, provider.Unknown, "")
	w.Tried = time.Now()
	it, err := r.Put(t.Context(), w)
	must(t, err)
	if ids, err := r.Held(); err != nil || len(ids) != 1 || !it.Found || it.ID != ids[0] {
		t.Errorf("%v %v, found %v", ids, err, it.Found)
	}

	r = newRig(t, standin.Options{})
	slow := r.Wire.Base
	r.Wire.Base = scripted(func(q *http.Request) (*http.Response, error) {
		if strings.HasSuffix(strings.Trim(q.Header.Get("SOAPAction"), `"`), "/CreateItem") {
			r.Wire.Base = slow
			first := plan("Once", "20260316T100000")
			must(t, r.makeUnder("abc", first)) // what was sent before arrives now
		}
		return slow.RoundTrip(q)
	})
	it, err = r.Put(t.Context(), w)
	must(t, err)
	if ids, err := r.Held(); err != nil || len(ids) != 1 || !it.Found || it.ID != ids[0] {
		t.Errorf("%v %v, found %v", ids, err, it.Found)
	}
}

// makeUnder is a creation of ours that goes past the look before it.
func (r *rig) makeUnder(key provider.Key, e calendar.Event) error {
	what, err := r.render(calendar.BothWaysFields, &e.Values, nil)
	if err != nil {
		return err
	}
	what.mark(&e, key)
	_, err = r.make(context.Background(), what)
	return err
}

// A calendar that is gone is an error, and no news of its items.
func TestAnAbsentCalendarProvesNothing(t *testing.T) {
	r := newRig(t, standin.Options{Users: []standin.User{{Name: alice, Password: "secret", Calendars: []string{"Work"}}}})
	a, err := OpenAccount(r.config)
	must(t, err)
	list, err := a.Calendars(t.Context())
	must(t, err)
	if len(list) != 2 || !list[0].Primary || list[1].Name != "Work" || !list[1].Writable {
		t.Fatalf("%+v", list)
	}
	made, err := a.MakeCalendar(t.Context(), "Temporary", "")
	must(t, err)
	_, err = a.MakeCalendar(t.Context(), "Temporary", "")
	expect(t, "a name that is taken", err, provider.Rejected, "")
	c := r.config
	c.Calendar = made.ID
	work, err := Open(c)
	must(t, err)
	it, err := work.Put(t.Context(), provider.Put{Key: "abc", Event: plan("There", "20260316T100000"), Fields: calendar.BothWaysFields})
	must(t, err)
	got, err := work.Pull(t.Context(), "", nil)
	must(t, err)
	r.door.Calendar.ID = made.ID
	must(t, r.door.Calendar.Remove())
	_, err = work.Pull(t.Context(), got.(provider.Snapshot).Next, nil)
	expect(t, "a pull", err, provider.Gone, "")
	_, err = work.Pull(t.Context(), "", nil)
	expect(t, "a list", err, provider.Gone, "")
	_, err = work.Read(t.Context(), []provider.RemoteID{it.ID})
	expect(t, "a read", err, provider.Gone, "")
	_, err = work.Put(t.Context(), provider.Put{Key: "new", Event: plan("New", "20260316T100000"), Fields: calendar.BothWaysFields})
	if err == nil || provider.ClassOf(err) == provider.Rejected {
		t.Errorf("a creation: %v", err)
	}
	next := it.Event.Clone()
	next.Subject = "Renamed"
	_, err = work.Put(t.Context(), provider.Put{ID: it.ID, Base: &it, Event: next, Fields: calendar.BothWaysFields})
	expect(t, "an update", err, provider.Gone, "")
}

// A whole day is the same date wherever it was written, and is written where the mailbox is.
func TestWholeDays(t *testing.T) {
	r := newRig(t, standin.Options{})
	made := r.put(t, "abc", *series("20260801", ""))
	raw, err := parseRaw(made.Raw)
	must(t, err)
	if raw.Start != "2026-07-31T21:00:00Z" || raw.StartZone.name() != "FLE Standard Time" {
		t.Errorf("written as %s in %s", raw.Start, raw.StartZone.name())
	}
	for _, c := range []struct{ name, start, end, zone, from, to string }{
		{"in the zone where it was made", "2026-07-31T15:00:00Z", "2026-08-01T15:00:00Z", "Tokyo Standard Time", "20260801", "20260802"},
		{"told with its own offset", "2026-08-01T00:00:00+09:00", "2026-08-03T00:00:00+09:00", "Tokyo Standard Time", "20260801", "20260803"},
		{"told at midnight of the answer's offset", "2026-08-01T00:00:00+03:00", "2026-08-02T00:00:00+03:00", "Customized Time Zone", "20260801", "20260802"},
		{"in UTC", "2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z", "UTC", "20260801", "20260802"},
		{"over the change to winter time", "2026-10-23T21:00:00Z", "2026-10-25T22:00:00Z", "FLE Standard Time", "20261024", "20261026"},
		{"that lasts no time", "2026-08-01T00:00:00Z", "2026-08-01T00:00:00Z", "UTC", "20260801", "20260802"},
	} {
		t.Run(c.name, func(t *testing.T) {
			yes := true
			d, problem := decodeItem(&item{Start: c.start, End: c.end, AllDay: &yes, StartZone: &zone{ID: c.zone}, EndZone: &zone{ID: c.zone}})
			if problem != nil || d.event.Start.String() != c.from || d.event.End.String() != c.to {
				t.Errorf("%s to %s, %+v", d.event.Start, d.event.End, problem)
			}
		})
	}
}

// Whole days are written where the mailbox says that it is, whatever the person's own zone; a mailbox that says nothing leaves it to that.
func TestTheMailboxHasAZone(t *testing.T) {
	for _, c := range []struct{ mailbox, start, zone string }{
		{"Asia/Tokyo", "2026-07-31T15:00:00Z", "Tokyo Standard Time"}, {"UTC", "2026-08-01T00:00:00Z", "UTC"},
	} {
		r := newRig(t, standin.Options{Zone: c.mailbox})
		if r.config.Profile.TimeZone != c.mailbox {
			t.Errorf("the mailbox in %s says %q", c.mailbox, r.config.Profile.TimeZone)
		}
		made := r.put(t, "abc", *series("20260801", ""))
		raw, err := parseRaw(made.Raw)
		must(t, err)
		if raw.Start != c.start || raw.StartZone.name() != c.zone || made.Event.Start.String() != "20260801" {
			t.Errorf("written as %s in %s, read as %s", raw.Start, raw.StartZone.name(), made.Event.Start)
		}
		floating := plan("Floating", "20260303T100000")
		floating.Start.Kind, floating.End.Kind, floating.Start.Zone, floating.End.Zone = calendar.Floating, calendar.Floating, "", ""
		if it := r.put(t, "def", floating); it.Event.Start.Wall != wall("20260303T100000") {
			t.Errorf("a floating time is at %s", it.Event.Start)
		}
	}
	k, _ := answering(t, 200, xmlKind, refusing("GetUserConfiguration", "ErrorItemNotFound", ""))
	if zone, err := k.homeZone(t.Context()); zone != "" || err != nil {
		t.Errorf("a mailbox without options: %q %v", zone, err)
	}
	k, _ = answering(t, 200, xmlKind, refusing("GetUserConfiguration", "ErrorServerBusy", ""))
	_, err := k.homeZone(t.Context())
	expect(t, "a busy server", err, provider.RateLimited, "")
	none := homeless(t)
	_, err = none.Put(t.Context(), provider.Put{Key: "abc", Event: func() calendar.Event {
		e := plan("Floating", "20260303T100000")
		e.Start, e.End = calendar.Time{Kind: calendar.Floating, Wall: e.Start.Wall}, calendar.Time{Kind: calendar.Floating, Wall: e.End.Wall}
		return e
	}(), Fields: calendar.BothWaysFields})
	expect(t, "a floating time in no zone", err, provider.Rejected, "")
}

// A person may live where Windows has no zone, as at Troll; somewhere that nobody knows is a mistake.
func TestAZoneThatWindowsHasNot(t *testing.T) {
	c := Config{URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "x", SignIn: Basic, Username: alice, Password: "secret", Transport: http.DefaultTransport, Now: time.Now, TimeZone: "Antarctica/Troll"}
	k, err := Open(c)
	must(t, err)
	if k.days != "" {
		t.Errorf("days in %q", k.days)
	}
	if _, _, err := write(calendar.InZone(wall("20260303T100000"), "Antarctica/Troll"), ""); codeOf(err) != string(provider.UnknownZone) {
		t.Errorf("a time there: %v", err)
	}
	c.TimeZone = "Mars/Olympus"
	if _, err := Open(c); err == nil {
		t.Error("opened on Mars")
	}
}

// homeless is a calendar of which no zone is known.
func homeless(t *testing.T) *Calendar {
	t.Helper()
	c, err := Open(Config{URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "x", SignIn: Basic, Username: alice, Password: "secret", Transport: http.DefaultTransport, Now: time.Now})
	must(t, err)
	return c
}

// What cannot be told is set aside with the reason; a series in no zone is not guessed (I12).
func TestItemsThatCannotBeRead(t *testing.T) {
	weekly := &recurrence{Weekly: &pattern{Interval: 1, DaysOfWeek: "Monday"}, NoEnd: &ends{Start: "2026-03-16"}}
	for _, c := range []struct {
		name string
		item item
		code provider.ProblemCode
	}{
		{"a series in a zone that nobody knows", item{Start: "2026-03-16T08:00:00Z", End: "2026-03-16T09:00:00Z", StartZone: &zone{Name: "My own time"}, Recurrence: weekly}, provider.UnknownZone},
		{"a series in a zone without a name", item{Start: "2026-03-16T08:00:00Z", End: "2026-03-16T09:00:00Z", StartZone: &zone{}, Recurrence: weekly}, provider.UnknownZone},
		{"no start", item{End: "2026-03-16T09:00:00Z"}, provider.BadSyntax},
		{"no offset", item{Start: "2026-03-16T08:00:00", End: "2026-03-16T09:00:00Z"}, provider.BadSyntax},
		{"a pattern of tasks", item{Start: "2026-03-16T08:00:00Z", End: "2026-03-16T09:00:00Z", Recurrence: &recurrence{}}, provider.Inexpressive},
		{"an exception that was not read", item{Start: "2026-03-16T08:00:00Z", End: "2026-03-16T09:00:00Z", Recurrence: weekly, Changed: []changed{{ID: itemID{ID: "x"}}}}, provider.BadSyntax},
		{"an occurrence", item{Type: typeException, Start: "2026-03-16T08:00:00Z", End: "2026-03-16T09:00:00Z"}, provider.NoMaster},
		{"a body of many megabytes", item{Start: "2026-03-16T08:00:00Z", End: "2026-03-16T09:00:00Z", Body: &itemBody{"HTML", strings.Repeat("x", maxItem)}}, provider.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &Calendar{client: &client{now: time.Now}}
			if it := k.item("x", &c.item, ""); it.State != provider.StateUnreadable || it.Problem == nil || it.Problem.Code != c.code {
				t.Errorf("%v %+v", it.State, it.Problem)
			}
		})
	}
}

// Somebody else's edit of one occurrence, between our reading and our writing, is not written over; one that comes while a series is
// written in its parts leaves the outcome open.
func TestOccurrencesAreGuarded(t *testing.T) {
	for _, v := range []standin.Variants{{}, {OccurrenceKeys: true}} {
		r := newRig(t, standin.Options{Variants: v})
		e := plan("Weekly", "20260316T100000")
		e.Rule = "FREQ=WEEKLY;COUNT=6"
		base := r.put(t, "abc", e)
		theirs := base.Event.Clone()
		theirs.EnsureOverride(wall("20260323T100000")).Set = calendar.Fields(calendar.Subject)
		theirs.EnsureOverride(wall("20260323T100000")).Subject = "Theirs"
		must(t, r.Except(base.ID, theirs))
		ours := base.Event.Clone()
		for _, w := range []string{"20260323T100000", "20260330T100000"} {
			o := ours.EnsureOverride(wall(w))
			o.Set, o.Subject = calendar.Fields(calendar.Subject), "Ours"
		}
		_, err := r.Put(t.Context(), provider.Put{ID: base.ID, Base: &base, Event: ours, Fields: calendar.BothWaysFields})
		expect(t, "an occurrence on an old version", err, provider.Conflict, "")
		expect(t, "a removal on an old version", r.Remove(t.Context(), provider.Remove{ID: base.ID, Base: &base}), provider.Conflict, "")

		fresh := r.read(t, base.ID)
		ours = fresh.Event.Clone()
		ours.EnsureOverride(wall("20260330T100000")).Set = calendar.Fields(calendar.Subject)
		ours.EnsureOverride(wall("20260330T100000")).Subject = "Ours"
		through, once := r.Wire.Base, false
		r.Wire.Base = scripted(func(q *http.Request) (*http.Response, error) {
			resp, err := through.RoundTrip(q)
			if !once && strings.Contains(q.Header.Get("SOAPAction"), "UpdateItem") {
				once = true
				theirs := fresh.Event.Clone()
				theirs.Overrides = nil
				o := theirs.EnsureOverride(wall("20260406T100000"))
				o.Set, o.Subject = calendar.Fields(calendar.Subject), "Theirs too"
				must(t, r.Except(base.ID, theirs))
			}
			return resp, err
		})
		_, err = r.Put(t.Context(), provider.Put{ID: base.ID, Base: &fresh, Event: ours, Fields: calendar.BothWaysFields})
		expect(t, "an edit in between", err, provider.Unknown, "")
		now := r.read(t, base.ID)
		var said []string
		for _, o := range now.Event.Overrides {
			said = append(said, o.Subject)
		}
		if !slices.Equal(said, []string{"Theirs", "Ours", "Theirs too"}) {
			t.Errorf("the dates say %v", said)
		}
	}
}

// A date that somebody edits after the series was looked at, and before its own turn to be written, keeps what they said.
func TestADateThatIsEditedBeforeItsTurn(t *testing.T) {
	for _, theirs := range []string{"Theirs", ""} {
		r := newRig(t, standin.Options{})
		e := plan("Weekly", "20260316T100000")
		e.Rule = "FREQ=WEEKLY;COUNT=6"
		base := r.put(t, "abc", e)
		ours := base.Event.Clone()
		for _, w := range []string{"20260330T100000", "20260406T100000"} {
			o := ours.EnsureOverride(wall(w))
			o.Set, o.Subject = calendar.Fields(calendar.Subject), "Ours"
		}
		through, once := r.Wire.Base, false
		r.Wire.Base = scripted(func(q *http.Request) (*http.Response, error) {
			resp, err := through.RoundTrip(q)
			if !once && strings.Contains(q.Header.Get("SOAPAction"), "UpdateItem") {
				once = true
				x := base.Event.Clone()
				if theirs == "" {
					x.Cancelled = []calendar.Wall{wall("20260406T100000")}
				} else {
					o := x.EnsureOverride(wall("20260406T100000"))
					o.Set, o.Subject = calendar.Fields(calendar.Subject), theirs
				}
				must(t, r.Except(base.ID, x))
			}
			return resp, err
		})
		_, err := r.Put(t.Context(), provider.Put{ID: base.ID, Base: &base, Event: ours, Fields: calendar.BothWaysFields})
		expect(t, "the rest of the series", err, provider.Unknown, "")
		now := r.read(t, base.ID)
		if theirs == "" {
			if !now.Event.IsCancelled(wall("20260406T100000")) {
				t.Error("what they took out takes place")
			}
		} else if o := now.Event.Override(wall("20260406T100000")); o == nil || o.Subject != theirs {
			t.Errorf("the date says %+v", o)
		}
	}
}

// A server that counts the dates of a series by tables of its own leads to another date, which is not written.
func TestADateThatIsCountedOtherwise(t *testing.T) {
	r := newRig(t, standin.Options{})
	e := plan("Weekly", "20260316T100000")
	e.Rule = "FREQ=WEEKLY;COUNT=6"
	base := r.put(t, "abc", e)
	through := r.Wire.Base
	r.Wire.Base = scripted(func(q *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(q.Body)
		must(t, err)
		q.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), `InstanceIndex="3"`, `InstanceIndex="4"`)))
		return through.RoundTrip(q)
	})
	ours := base.Event.Clone()
	ours.Cancelled = []calendar.Wall{wall("20260330T100000")}
	_, err := r.Put(t.Context(), provider.Put{ID: base.ID, Base: &base, Event: ours, Fields: calendar.BothWaysFields})
	expect(t, "the third date", err, provider.Conflict, "")
	if now := r.read(t, base.ID); len(now.Event.Cancelled) > 0 {
		t.Errorf("taken out %v", now.Event.Cancelled)
	}
}

// A series that cannot be held is refused before anything is written, and nothing is left of the half of one.
func TestNothingIsLeftOfARefusedSeries(t *testing.T) {
	r := newRig(t, standin.Options{})
	crossed := plan("Crossed", "20260316T100000")
	crossed.Rule = "FREQ=DAILY;COUNT=5"
	o := crossed.EnsureOverride(wall("20260317T100000"))
	o.Set, o.Start, o.End = calendar.Fields(calendar.When), calendar.InZone(wall("20260318T120000"), "Europe/Helsinki"), calendar.InZone(wall("20260318T130000"), "Europe/Helsinki")
	odd := plan("Odd", "20260303T100000")
	odd.Rule = "FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=1"
	nowhere := plan("Nowhere", "20260303T100000")
	nowhere.Start.Zone, nowhere.End.Zone = "Mars/Olympus", "Mars/Olympus"
	floating := plan("Floating", "20260303T100000")
	floating.Start, floating.End = calendar.Time{Kind: calendar.Floating, Wall: wall("20260303T100000")}, calendar.Time{Kind: calendar.Floating, Wall: wall("20260303T110000")}
	for _, c := range []struct {
		e    calendar.Event
		code provider.ProblemCode
	}{{crossed, provider.Inexpressive}, {odd, provider.Inexpressive}, {nowhere, provider.UnknownZone}} {
		_, err := r.Put(t.Context(), provider.Put{Key: provider.Key(strings.ToLower(c.e.Subject)), Event: c.e, Fields: calendar.BothWaysFields})
		expect(t, c.e.Subject, err, provider.Rejected, string(c.code))
	}
	if r.writes.Load() != 0 {
		t.Errorf("%d writes", r.writes.Load())
	}
	it := r.put(t, "floating", floating)
	if it.Event.Start.String() != "20260303T100000[Europe/Helsinki]" && it.Event.Start.String() != "20260303T100000[Europe/Kyiv]" {
		t.Errorf("a floating time is at %s", it.Event.Start)
	}
}

// An account that is somebody else's by mistake, or too old a server, says so at the sign-in.
func TestAnOldServerSaysSo(t *testing.T) {
	server := standin.New(standin.Options{Version: "Exchange2010_SP2"})
	err := Check(t.Context(), Config{URL: "https://mail.example.com/EWS/Exchange.asmx", SignIn: Basic, Username: alice, Password: "secret", Transport: direct{server}, Now: time.Now})
	expect(t, "an old server", err, provider.Forbidden, CodeOldServer)
	var e *provider.Error
	if !errors.As(err, &e) || !strings.Contains(e.Status, "ErrorInvalidServerVersion") {
		t.Errorf("%v", err)
	}
}
