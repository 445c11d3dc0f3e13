package connection_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/connection"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// mixed is a connection with three meetings and two calls out, and one event in.
func mixed(t *testing.T) *subject {
	t.Helper()
	r := newRig(t)
	r.add(r.Alice, "meeting", 3)
	r.add(r.Alice, "call", 2)
	c := r.connect(r.alice, "work", everything)
	cal := r.cal(r.Alice.Email, "work")
	cal.Add(event("theirs", 16))
	r.run(c.ID)
	if len(cal.Held()) != 6 || len(r.Activities()) != 6 {
		t.Fatalf("%d events, %d activities", len(cal.Held()), len(r.Activities()))
	}
	return &subject{rig: r, id: c.ID}
}

// subject is the connection that a test is about.
type subject struct {
	*rig
	id int64
}

func (u *subject) preview(change string) connection.Preview {
	u.t.Helper()
	p, err := u.s.PreviewSettings(u.ctx(), u.alice, u.id, json.RawMessage(change))
	u.ok(err)
	return p
}

func (u *subject) save(change string, p connection.Preview, on connection.OnNarrow, retype bool) error {
	_, err := u.s.SaveSettings(u.ctx(), u.alice, u.id, connection.Save{Settings: json.RawMessage(change), Preview: p.ID, OnNarrow: on, Retype: retype})
	return err
}

const meetingsOnly = `{"types_out":["meeting"]}`

func TestWhatAPreviewSaysIsWhatHappens(t *testing.T) {
	for name, c := range map[string]struct {
		change        string
		on            connection.OnNarrow
		retype        bool
		before        string // settings that are saved first
		deleted, made int
		retyped       int
	}{
		"narrower, mirrors removed":      {change: meetingsOnly, on: connection.RemoveMirrors, deleted: 2},
		"narrower, mirrors kept":         {change: meetingsOnly, on: connection.KeepMirrors},
		"narrower, nothing said":         {change: meetingsOnly},
		"wider again":                    {before: meetingsOnly, change: `{"types_out":null}`, made: 2},
		"another type for what comes in": {change: `{"type_in":"task"}`, retype: true, retyped: 1},
		"another type from now on":       {change: `{"type_in":"task"}`},
		"one way into the CRM":           {change: `{"direction":"to_crm"}`, on: connection.RemoveMirrors},
		"nothing":                        {change: `{}`, on: connection.RemoveMirrors},
	} {
		t.Run(name, func(t *testing.T) {
			u := mixed(t)
			if c.before != "" {
				u.ok(u.save(c.before, u.preview(c.before), connection.RemoveMirrors, false))
				u.run(u.id)
			}
			p := u.preview(c.change)
			if c.on == connection.RemoveMirrors && p.Narrowed != c.deleted || p.Entering != c.made {
				t.Errorf("the preview says %d leave and %d enter", p.Narrowed, p.Entering)
			}
			u.ok(u.save(c.change, p, c.on, c.retype))
			counts := u.run(u.id)
			if counts[engine.DeletedInCalendar] != c.deleted || counts[engine.CreatedInCalendar] != c.made || counts[engine.DeletedInCRM] != 0 {
				t.Errorf("then happened: %v", counts)
			}
			tasks := 0
			for _, a := range u.Activities() {
				if a.Type == "task" {
					tasks++
				}
			}
			if tasks != c.retyped || c.retype && p.Effects["retyped"] != c.retyped {
				t.Errorf("%d activities have the new type, %d foreseen", tasks, p.Effects["retyped"])
			}
			theirs := 0
			for _, e := range u.cal(u.Alice.Email, "work").Held() {
				if e.Subject == "theirs" {
					theirs++
				}
			}
			if theirs != 1 || len(u.Activities()) != 6 {
				t.Error("what was not ours was touched")
			}
			if again := u.run(u.id); again[engine.DeletedInCalendar]+again[engine.CreatedInCalendar]+again[engine.CreatedInCRM] != 0 {
				t.Errorf("and the next run: %v", again)
			}
		})
	}
}

func TestAPreviewAuthorisesNothingOnceThingsHaveChanged(t *testing.T) {
	for name, meanwhile := range map[string]func(u *subject){
		"another one would leave": func(u *subject) {
			u.Edit(u.Alice, u.Activities()[0].ID, func(a *crm.Activity) { a.Type = "call" }, "type")
		},
		"one would not leave any more": func(u *subject) {
			for _, a := range u.Activities() {
				if a.Type == "call" {
					u.Delete(u.Alice, a.ID)
					u.run(u.id)
					return
				}
			}
		},
		"other settings were saved": func(u *subject) { u.ok(u.save(`{"crm_context":true}`, connection.Preview{}, "", false)) },
	} {
		t.Run(name, func(t *testing.T) {
			u := mixed(t)
			p := u.preview(meetingsOnly)
			meanwhile(u)
			if err := u.save(meetingsOnly, p, connection.RemoveMirrors, false); !errors.Is(err, connection.ErrStalePreview) {
				t.Errorf("%v", err)
			}
			u.ok(u.save(meetingsOnly, u.preview(meetingsOnly), connection.RemoveMirrors, false))
		})
	}
}

func TestARemovalNeedsThePreviewOfExactlyThis(t *testing.T) {
	u := mixed(t)
	none, other := connection.Preview{}, u.preview(`{"types_out":["call"]}`)
	unknown := connection.Preview{ID: 1 << 40}
	for name, p := range map[string]connection.Preview{"without a preview": none, "with another's": other, "with none that is": unknown} {
		if err := u.save(meetingsOnly, p, connection.RemoveMirrors, false); !errors.Is(err, connection.ErrStalePreview) {
			t.Errorf("%s: %v", name, err)
		}
	}
	theirs := u.connect(u.bob, "home", "")
	if _, err := u.s.SaveSettings(u.ctx(), u.alice, theirs.ID, connection.Save{
		Settings: json.RawMessage(meetingsOnly), Preview: u.preview(meetingsOnly).ID, OnNarrow: connection.RemoveMirrors,
	}); !errors.Is(err, connection.ErrStalePreview) {
		t.Errorf("on another connection: %v", err)
	}
	var wrong *lens.SettingsError
	if err := u.save(`{"direction":"sideways"}`, none, "", false); !errors.As(err, &wrong) || wrong.Field != "direction" {
		t.Errorf("a value that is none: %v", err)
	}
	if err := u.save(`{}`, none, "perhaps", false); !errors.As(err, &wrong) || wrong.Field != "on_narrow" {
		t.Errorf("a choice that is none: %v", err)
	}
	if n := len(u.cal(u.Alice.Email, "work").Held()); n != 6 {
		t.Errorf("%d events after saves that were refused", n)
	}
}

func TestEditsGoOnAfterMirrorsWereKept(t *testing.T) {
	u := mixed(t)
	u.ok(u.save(meetingsOnly, u.preview(meetingsOnly), connection.KeepMirrors, false))
	u.run(u.id)
	cal := u.cal(u.Alice.Email, "work")
	writes := cal.Writes
	for _, a := range u.Activities() {
		u.Edit(u.Alice, a.ID, func(a *crm.Activity) { a.Plan.Location = "there" }, "location")
	}
	u.run(u.id)
	if n := cal.Writes - writes; n != 4 {
		t.Errorf("%d events were written, want the three meetings and theirs", n)
	}
}

// TestAPreviewForeseesWhatBecomesOfMirrorsThatWereKept once they are covered again: they are there, unless somebody deleted them, and
// what goes its own way stays out.
func TestAPreviewForeseesWhatBecomesOfMirrorsThatWereKept(t *testing.T) {
	const all = `{"types_out":null,"delete_in_crm":false}`
	u := mixed(t)
	u.add(u.Alice, "call", 2)
	u.ok(u.save(all, u.preview(all), "", false))
	u.run(u.id)
	cal := u.cal(u.Alice.Email, "work")
	calls := slices.DeleteFunc(u.Activities(), func(a crm.Activity) bool { return a.Type != "call" })
	event := func(a crm.Activity) provider.RemoteID {
		for _, l := range u.Links(u.id) {
			if l.Activity == a.ID {
				return provider.RemoteID(l.Remote)
			}
		}
		t.Fatal("no event")
		return ""
	}
	cal.Delete(event(calls[0]))
	u.run(u.id)
	u.ok(u.save(meetingsOnly, u.preview(meetingsOnly), connection.KeepMirrors, false))
	u.run(u.id)
	cal.Delete(event(calls[1]))
	u.Edit(u.Alice, calls[2].ID, func(a *crm.Activity) { a.Plan.Location = "there" }, "location")
	u.run(u.id)
	p := u.preview(`{"types_out":null}`)
	if p.Effects[engine.CreatedInCalendar] != 1 || p.Effects[engine.UpdatedInCalendar] != 1 || p.Entering != 3 {
		t.Errorf("foreseen: %v, %d enter", p.Effects, p.Entering)
	}
	u.ok(u.save(`{"types_out":null}`, p, "", false))
	if counts := u.run(u.id); counts[engine.CreatedInCalendar] != 1 || counts[engine.UpdatedInCalendar] != 1 {
		t.Errorf("then happened: %v", counts)
	}
}

// TestAPreviewSaysWhatIsLetGo: the event of a pair that was taken over is not ours. It stays, and is no longer kept in step.
func TestAPreviewSaysWhatIsLetGo(t *testing.T) {
	r := newRig(t)
	r.add(r.Alice, "call", 1)
	r.cal(r.Alice.Email, "work").Add(r.Activities()[0].Plan)
	u := &subject{rig: r, id: r.connect(r.alice, "work", everything).ID}
	shown, err := u.s.PreviewTakeOver(u.ctx(), u.alice, u.id)
	u.ok(err)
	done, err := u.s.TakeOver(u.ctx(), u.alice, u.id, connection.TakeOverWish{Preview: shown.ID})
	u.ok(err)
	if done.Linked != 1 {
		t.Fatalf("took over: %+v", done)
	}
	p := u.preview(meetingsOnly)
	if p.LetGo != 1 || p.Narrowed != 0 {
		t.Errorf("the preview says that %d are let go and %d of ours leave", p.LetGo, p.Narrowed)
	}
	u.ok(u.save(meetingsOnly, p, "", false))
	if p = u.preview(meetingsOnly); p.LetGo != 0 {
		t.Errorf("once they are, %d are", p.LetGo)
	}
}

// TestAPreviewForeseesWhatComesIn from the calendar, and says so where the calendar cannot be asked.
func TestAPreviewForeseesWhatComesIn(t *testing.T) {
	u := mixed(t)
	u.ok(u.save(`{"private":"skip"}`, connection.Preview{}, "", false))
	u.run(u.id)
	cal := u.cal(u.Alice.Email, "work")
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Private, e.Start, e.End = "secret", true, calendar.OnDate(2026, 3, 20), calendar.OnDate(2026, 3, 21)
	cal.Add(e)
	u.run(u.id)
	p := u.preview(`{"private":"masked"}`)
	if p.Effects[engine.CreatedInCRM] != 1 || p.Unseen != nil {
		t.Errorf("foreseen: %v, %v", p.Effects, p.Unseen)
	}
	u.ok(u.save(`{"private":"masked"}`, p, "", false))
	if counts := u.run(u.id); counts[engine.CreatedInCRM] != 1 {
		t.Errorf("then happened: %v", counts)
	}
	cal.Before = func(enginetest.Call) error { return &provider.Error{Op: "pull", Class: provider.Transient} }
	if p = u.preview(`{"private":"skip","types_out":["meeting"]}`); p.Unseen == nil || p.Narrowed == 0 {
		t.Errorf("without its calendar: %+v", p)
	}
}

// An administrator may demand more privacy, never less (I23): nor find out by rules what somebody's events are called.
func TestAnAdministratorOpensNobodysEvents(t *testing.T) {
	for _, x := range []struct {
		was, change string
		refused     bool
	}{
		{`{}`, `{"visibility":"everyone"}`, true},
		{`{}`, `{"private":"ordinary"}`, true},
		{`{"private":"skip"}`, `{"private":"masked"}`, true},
		{`{}`, `{"rules":[{"match":"title","value":"Doctor"}]}`, true},
		{`{"visibility":"everyone","private":"ordinary"}`, `{"visibility":"owner","private":"skip"}`, false},
		{`{"visibility":"everyone","private":"ordinary"}`, `{"conflicts":"crm"}`, false},
	} {
		r := newRig(t)
		c := r.connect(r.bob, "work", x.was)
		_, err := r.s.PreviewSettings(r.ctx(), r.alice, c.ID, json.RawMessage(x.change))
		if errors.Is(err, connection.ErrNotYours) != x.refused {
			t.Errorf("%s after %s: the preview gives %v", x.change, x.was, err)
		}
		_, err = r.s.SaveSettings(r.ctx(), r.alice, c.ID, connection.Save{Settings: json.RawMessage(x.change)})
		if errors.Is(err, connection.ErrNotYours) != x.refused || !x.refused && err != nil {
			t.Errorf("%s after %s: saving gives %v", x.change, x.was, err)
		}
		if _, err = r.s.SaveSettings(r.ctx(), r.bob, c.ID, connection.Save{Settings: json.RawMessage(x.change)}); err != nil {
			t.Errorf("%s after %s: the owner gets %v", x.change, x.was, err)
		}
	}
}

func TestTypesThatAreNotThereAreRefused(t *testing.T) {
	r := newRig(t)
	r.Tx(func(tx engine.Tx) error {
		types, err := tx.Types(r.ctx())
		for _, k := range types {
			if k.Key == "lunch" && err == nil {
				k.Active = false
				err = tx.PutType(r.ctx(), &k)
			}
		}
		return err
	})
	c := r.connect(r.alice, "work", `{}`)
	for change, refused := range map[string]string{
		`{"type_in":"nope"}`: "type_in", `{"type_in":""}`: "type_in", `{"type_in":"lunch"}`: "type_in", `{"type_in":"call"}`: "",
		`{"types_out":["meeting","nope"]}`: "types_out", `{"types_out":["lunch"]}`: "", `{"types_out":[]}`: "", `{"conflicts":"crm"}`: "",
	} {
		_, preview := r.s.PreviewSettings(r.ctx(), r.alice, c.ID, json.RawMessage(change))
		_, save := r.s.SaveSettings(r.ctx(), r.alice, c.ID, connection.Save{Settings: json.RawMessage(change)})
		_, connect := r.s.Connect(r.ctx(), r.bob, request(r.Bob.Email, "home", change))
		for what, err := range map[string]error{"preview": preview, "saving": save, "connecting": connect} {
			bad, ok := errors.AsType[*lens.SettingsError](err)
			if refused != "" && (!ok || bad.Field != refused) || refused == "" && ok {
				t.Errorf("%s %s gives %v", what, change, err)
			}
		}
	}
}

// TestAPreviewCountsNothingThatWaitsAsItSeemsToBeThere: what another sync has made on both sides is held on both, and a person asked. What is
// on one side only is made, unless there are many of those; and what they have said to be different is.
func TestAPreviewCountsNothingThatWaitsAsItSeemsToBeThere(t *testing.T) {
	const ruled, unruled = `{"start":"everything","rules":[{"match":"title","value":"call"}],"types_out":["meeting"]}`, `{"rules":[],"types_out":null}`
	for name, c := range map[string]struct{ before, after string }{"another start": {`{}`, everything}, "fewer rules": {ruled, unruled}} {
		for _, x := range []struct {
			both      int
			different bool
			made      int
		}{{2, false, 1}, {2, true, 3}, {6, false, 0}} {
			t.Run(fmt.Sprint(name, x), func(t *testing.T) {
				r := newRig(t)
				cal := r.cal(r.Alice.Email, "work")
				r.add(r.Alice, "call", x.both)
				for i := range x.both {
					cal.Add(event(fmt.Sprint("call", i), 8+i))
				}
				r.CreateActivity(r.Alice, crm.Activity{Type: "call", Plan: event("call here", 20)})
				cal.Add(event("call there", 21))
				r.Pass(time.Minute)
				id := r.connect(r.alice, "work", c.before).ID
				r.run(id)
				if x.different {
					r.allDifferent(id)
				}
				here, there := len(r.Activities()), len(cal.Held())
				p, err := r.s.PreviewSettings(r.ctx(), r.alice, id, []byte(c.after))
				r.ok(err)
				_, err = r.s.SaveSettings(r.ctx(), r.alice, id, connection.Save{Settings: []byte(c.after), Preview: p.ID})
				r.ok(err)
				r.Pass(time.Second)
				r.run(id)
				in, out := len(r.Activities())-here, len(cal.Held())-there
				if p.Effects[engine.CreatedInCRM] != in || p.Effects[engine.CreatedInCalendar] != out || p.Entering != out {
					t.Errorf("%d came in and %d went out; foreseen: %v, %d enter", in, out, p.Effects, p.Entering)
				}
				if asked := 2 * (x.both + 1 - x.made); p.Effects[engine.HeldCount] != asked {
					t.Errorf("foreseen that %d wait, want %d", p.Effects[engine.HeldCount], asked)
				}
				if in != x.made || out != x.made {
					t.Errorf("%d came in and %d went out, want %d", in, out, x.made)
				}
			})
		}
	}
}

// TestAPreviewCountsWhatIsTiedToAMeetingOnce: a copy of a meeting that came in with another calendar of the same user is tied to it once it is
// let in. The activity does not go out beside it, nor does it wait until somebody says whether the two are the same.
func TestAPreviewCountsWhatIsTiedToAMeetingOnce(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		first         bool // the calendar with the copy was connected before the other one
	}{
		"another start": {`{"relay":true}`, everything, false},
		"private ones": {
			`{"start":"everything","relay":true,"private":"skip","types_out":["call"]}`, `{"private":"masked","types_out":null}`, false,
		},
		"fewer rules": {
			`{"start":"everything","relay":true,"rules":[{"match":"title","value":"Review"}],"types_out":["call"]}`, `{"rules":[],"types_out":null}`, false,
		},
		"what was there first": {`{"types_out":["call"]}`, `{"relay":true,"types_out":null}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			meeting := event("Review", 10)
			meeting.UID, meeting.Organizer.Email = "review@elsewhere.example", "dave@elsewhere.example"
			meeting.Guests = []calendar.Guest{{Person: calendar.Person{Email: r.Alice.Email}}}
			r.cal(r.Alice.Email, "work").Add(meeting)
			cal := r.cal(r.Alice.Email, "home")
			meeting.Private = strings.Contains(c.before, "private")
			cal.Add(meeting)
			home := func() store.ID {
				id := r.connect(r.alice, "home", c.before).ID
				r.run(id)
				r.Pass(time.Hour)
				return id
			}
			var id store.ID
			if c.first {
				id = home()
			}
			r.CreateActivity(r.Alice, crm.Activity{Type: "meeting", Plan: event("here", 20)})
			r.run(r.connect(r.alice, "work", everything).ID)
			if id == 0 {
				id = home()
			}
			r.run(id)
			here, there := len(r.Activities()), len(cal.Held())
			p, err := r.s.PreviewSettings(r.ctx(), r.alice, id, []byte(c.after))
			r.ok(err)
			_, err = r.s.SaveSettings(r.ctx(), r.alice, id, connection.Save{Settings: []byte(c.after), Preview: p.ID})
			r.ok(err)
			r.Pass(time.Second)
			tied := r.run(id)[engine.LinkedCount]
			in, out := len(r.Activities())-here, len(cal.Held())-there
			if in != 0 || out != 1 || tied != 1 {
				t.Errorf("%d came in, %d went out and %d were tied", in, out, tied)
			}
			says := []int{p.Effects[engine.CreatedInCRM], p.Effects[engine.CreatedInCalendar], p.Effects[engine.LinkedCount], p.Effects[engine.HeldCount]}
			if want := []int{in, out, tied, 0}; !slices.Equal(says, want) || p.Entering != out {
				t.Errorf("foreseen that %v come in, go out, are tied and held, want %v, and that %d enter", says, want, p.Entering)
			}
		})
	}
}

// allDifferent says of everything that looks alike on both sides that it is not the same.
func (r *rig) allDifferent(id store.ID) {
	r.t.Helper()
	p, err := r.s.PreviewTakeOver(r.ctx(), r.alice, id)
	r.ok(err)
	wish := connection.TakeOverWish{Preview: p.ID}
	for _, pair := range p.Matched {
		wish.Answers = append(wish.Answers, connection.Answer{Event: string(p.Events[pair.There].Item.ID)})
	}
	done, err := r.s.TakeOver(r.ctx(), r.alice, id, wish)
	r.ok(err)
	if done.Apart != len(p.Matched) {
		r.t.Fatalf("took over: %+v", done)
	}
	r.Pass(time.Second)
	r.run(id)
}
