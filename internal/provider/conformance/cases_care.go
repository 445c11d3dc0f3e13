package conformance

import (
	"maps"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

func unmodelled(x *exam) {
	b := need[Richer](x)
	e := exceptional()
	if !x.p.Capabilities().Fields.Has(calendar.Recurrence) {
		e = samples()[0]
	}
	id := x.backdoor(b.CreateRich(e))
	before, err := b.Unmodelled(id)
	if err != nil {
		x.Fatal(err)
	}
	if len(before) < 3 {
		x.Fatalf("the item says too little beyond our model: %q", before)
	}
	base := x.live(id)
	for _, c := range []struct {
		fields calendar.FieldSet
		change func(*calendar.Event)
	}{
		{calendar.Fields(calendar.Subject), func(e *calendar.Event) { e.Subject = "Renamed" }},
		{calendar.Fields(calendar.Description, calendar.Busy), func(e *calendar.Event) { e.Description, e.Busy = "Other text", false }},
		{calendar.Fields(calendar.When), func(e *calendar.Event) { e.End.Wall += calendar.Day / 48 }},
	} {
		if _, err := x.change(base, c.fields, c.change, &e); err != nil {
			x.Fatalf("update %v: %v", c.fields, err)
		}
		base = x.live(id)
		after, err := b.Unmodelled(id)
		if err != nil {
			x.Fatal(err)
		}
		slices.Sort(before)
		slices.Sort(after)
		if diff := cmp.Diff(before, after); diff != "" {
			x.Errorf("after %v (- before, + after):\n%s", c.fields, diff)
		}
	}
}

func guests(x *exam) {
	b := need[Inviter](x)
	e := numbered(1)
	e.Organizer = calendar.Person{Email: "carol@elsewhere.example", Name: "Carol"}
	e.Guests = []calendar.Guest{
		{Person: calendar.Person{Email: x.target.Self, Name: "Alice"}, Answer: calendar.NeedsReply},
		{Person: calendar.Person{Email: "dave@elsewhere.example", Name: "Dave"}, Answer: calendar.Accepted},
	}
	id := x.backdoor(b.Invite(e))
	base := x.live(id)
	if base.Event.Organizer.Email != e.Organizer.Email || len(base.Event.Guests) != 2 {
		x.Fatalf("organiser %v, guests %v", base.Event.Organizer, base.Event.Guests)
	}
	if !base.Invited || base.Editable&calendar.OrganizerOwned != 0 || !base.Editable.Has(calendar.Busy) {
		x.Errorf("invited %v, editable %v", base.Invited, base.Editable)
	}
	if base.WouldMail != 0 {
		x.Errorf("an invitee's own edit would mail %d", base.WouldMail)
	}
	if _, err := x.update(base, calendar.Fields(calendar.Busy), func(e *calendar.Event) { e.Busy = false }); err != nil {
		x.Fatalf("update: %v", err)
	}
	after := x.live(id)
	if after.Event.Busy {
		x.Error("the update was not stored")
	}
	if diff := cmp.Diff(base.Event.Guests, after.Event.Guests); diff != "" || after.Event.Organizer.Email != e.Organizer.Email {
		x.Errorf("guests changed:\n%s", diff)
	}
}

func unreadable(x *exam) {
	b := need[Spoiler](x)
	good := x.backdoor(x.b.Create(numbered(1)))
	bad, err := b.CreateUnreadable()
	if err != nil {
		x.Log(err)
		x.Skipf("the server takes no item that nobody can read")
	}
	changed := x.sync()
	if it := changed[good]; it.State != provider.StateLive {
		x.Errorf("the good item is %v", it.State)
	}
	it, told := changed[bad]
	if !told || it.State != provider.StateUnreadable || it.Problem == nil || it.Problem.Code == "" {
		x.Errorf("the bad item: told %v, %v, %+v", told, it.State, it.Problem)
	}
	if items := x.read(bad, good); items[0].State != provider.StateUnreadable || items[1].State != provider.StateLive {
		x.Errorf("read together: %v, %v", items[0].State, items[1].State)
	}
}

func errorsAreErrors(x *exam) {
	b := need[Faulter](x)
	ctx := x.Context()
	var ids []provider.RemoteID
	for i := range 3 {
		ids = append(ids, x.backdoor(x.b.Create(numbered(i))))
	}
	if told := x.sync(); len(told) != len(ids) {
		x.Fatalf("of the items %v, told were %v", ids, slices.Collect(maps.Keys(told)))
	}
	for _, f := range []Fault{ServerError, Truncated, WebPage, LoseReply, LoseRequest} {
		for _, since := range []provider.Cursor{"", x.cursor} {
			b.Strike(f)
			got, _, err := x.tryPull(since)
			if err == nil {
				x.Errorf("%v: a pull (cursor %q) was answered with %d items", f, since, len(got.items))
				continue
			}
			x.class(f.String(), err, provider.Transient, provider.CursorLost)
		}
		b.Strike(f)
		// Either an error, or the answer by another way; never a missing item.
		if items, err := x.p.Read(ctx, ids); err == nil {
			for _, it := range items {
				if it.State == provider.StateGone {
					x.Errorf("%v: %s reads as gone", f, it.ID)
				}
			}
		}
		if x.p.Capabilities().Keyless {
			if items := x.madeSince(time.Now().Add(-time.Hour)); len(items) != len(ids) {
				x.Errorf("%v lingers: %d items were made", f, len(items))
			}
		} else if it, err := x.p.Find(ctx, x.key()); err != nil || it.State != provider.StateGone {
			x.Errorf("%v lingers: %v %v", f, it.State, err)
		}
	}
	if changed := x.sync(); len(changed) != 0 {
		x.Errorf("after the faults: %v", changed)
	}
}

func retryAfter(x *exam) {
	b := need[Faulter](x)
	x.sync()
	b.Strike(Throttled)
	_, _, err := x.tryPull(x.cursor)
	x.class("a throttled pull", err, provider.RateLimited)
	at := retryTime(err)
	if wait := time.Until(at); wait < 100*time.Second || wait > 130*time.Second {
		x.Errorf("retry after %v, in %v; the server said 120 s", at, wait)
	}
	counter, ok := x.b.(Counter)
	if !ok {
		return
	}
	before := counter.Requests()
	_, err = x.put(provider.Put{Key: x.key(), Event: numbered(1), Fields: calendar.BothWaysFields})
	x.class("a write before that time", err, provider.RateLimited)
	if n := counter.Requests() - before; n != 0 {
		x.Errorf("%d requests were sent before that time", n)
	}
}
