package house_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// errNot is said by an act that cannot be done now.
var errNot = errors.New("not now")

// act lets somebody do something on a side, and notes what that side says now of what changed. What they are refused they do not do.
func (p *chance) act(side int, what string, do func() error) {
	before, mails := p.hold(side), len(p.cloud.mailed())
	err := do()
	p.mails += len(p.cloud.mailed()) - mails
	if p.acts[side] == nil {
		p.acts[side] = sides{}
	}
	after := p.hold(side)
	var changed []string
	for token, is := range after {
		if is != before[token] {
			p.acts[side][token] = is
			changed = append(changed, token)
		}
	}
	for token := range before {
		if _, still := after[token]; !still {
			p.acts[side][token] = ""
			changed = append(changed, token)
		}
	}
	if !errors.Is(err, errNot) {
		slices.Sort(changed)
		p.t.Logf("%s: %v %v", what, changed, err)
		for _, token := range changed {
			p.t.Logf("  %s is now %s", token, after[token])
		}
	}
}

// act is what somebody may do.
type act struct {
	side  int
	what  string
	often int
	do    func() error
}

// anything is one act, on either side.
func (p *chance) anything() {
	acts := append([]act{
		{here, "create here", 3, p.createHere}, {there, "create there", 3, p.createThere},
		{here, "edit here", 8, p.editHere}, {there, "edit there", 8, p.editThere},
		{here, "edit a date here", 5, p.editDateHere}, {there, "edit a date there", 5, p.editDateThere},
		{here, "cancel a date here", 2, p.cancelHere}, {there, "cancel a date there", 2, p.cancelThere},
		{here, "split here", 2, p.splitHere}, {there, "split there", 2, p.splitThere},
		{here, "shorten here", 1, p.shortenHere},
		{here, "delete here", 2, p.deleteHere}, {there, "delete there", 2, p.deleteThere},
		{here, "bring back here", 1, p.reviveHere}, {there, "bring back there", 2, p.recallThere},
		{there, "copy there", 2, p.copyThere}, {there, "plant", 1, p.plant}, {there, "invite there", 1, p.inviteThere},
		{here, "edit a meeting here", 3, p.editMeetingHere},
		{there, "oddity", 2, func() error { return p.cloud.oddity(p.dice.IntN(12)) }},
	}, p.cloud.acts(p)...)
	sum := 0
	for _, a := range acts {
		sum += a.often
	}
	n := p.dice.IntN(sum)
	for _, a := range acts {
		if n -= a.often; n < 0 {
			p.act(a.side, a.what, a.do)
			return
		}
	}
}

func (p *chance) newToken() string { p.tokens++; return fmt.Sprint("k", p.tokens) }

func (p *chance) words(of string) string { return fmt.Sprintf("%s v%d", of, p.dice.IntN(1000)) }

var zones = []string{"Europe/Helsinki", "America/New_York", "Asia/Kolkata", "UTC"}

// someEvent is an appointment, of every kind that both providers can hold.
func (p *chance) someEvent() calendar.Event {
	d := p.dice
	day := calendar.WallOf(2026, 12, 2+d.IntN(110), 0, 0, 0)
	e := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: p.words(p.newToken()), Location: "at " + fmt.Sprint(d.IntN(100)), Busy: d.IntN(4) > 0}}
	e.Private = d.IntN(5) == 0
	if d.IntN(2) == 0 {
		e.Description = fmt.Sprintf("about %d\nand more", d.IntN(100))
	}
	if d.IntN(4) == 0 {
		e.Start = calendar.Time{Kind: calendar.Date, Wall: day}
		e.End = calendar.Time{Kind: calendar.Date, Wall: day + calendar.Day*calendar.Wall(1+d.IntN(3))}
	} else {
		e.Start = calendar.InZone(day+calendar.Wall(8+d.IntN(9))*3600+calendar.Wall(d.IntN(4))*900, zones[d.IntN(len(zones))])
		if e.Start.Zone == "UTC" {
			e.Start.Kind, e.Start.Zone = calendar.UTC, ""
		}
		e.End = e.Start
		e.End.Wall += calendar.Wall(1+d.IntN(6)) * 1800
	}
	return e
}

func (p *chance) createHere() error {
	e := p.someEvent()
	if p.dice.IntN(2) == 0 {
		rules := []string{"FREQ=DAILY;COUNT=6", "FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY;INTERVAL=2;COUNT=4", "FREQ=MONTHLY;COUNT=3", "FREQ=WEEKLY", "FREQ=DAILY;INTERVAL=3;COUNT=4"}
		e.Rule = rules[p.dice.IntN(len(rules))]
		p.apart(&e)
	}
	return p.save(func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.Create(p.t.Context(), tx, hub.By(p.who.User), crm.Activity{Type: "meeting", Plan: e})
		return err
	})
}

// apart lets no date of a series reach into the next, and is in no month's end.
func (p *chance) apart(e *calendar.Event) {
	if e.Start.Kind == calendar.Date {
		e.End.Wall = e.Start.Wall + calendar.Day
	}
	if day := e.Start.Wall.Civil().Day(); day > 28 {
		e.Start.Wall -= 4 * calendar.Day
		e.End.Wall -= 4 * calendar.Day
	}
}

func (p *chance) createThere() error {
	e := p.someEvent()
	if p.dice.IntN(2) == 0 {
		e.Rule = []string{"FREQ=DAILY;COUNT=6", "FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY"}[p.dice.IntN(3)]
		p.apart(&e)
		if step := calendar.Wall(calendar.Day); p.dice.IntN(2) == 0 {
			if e.Rule != "FREQ=DAILY;COUNT=6" {
				step *= 7
			}
			o := e.EnsureOverride(e.Start.Wall + step)
			o.Set, o.Location = calendar.Fields(calendar.Location), "elsewhere"
			e.Cancelled = []calendar.Wall{e.Start.Wall + 2*step}
		}
	}
	return p.cloud.insert(e)
}

func (p *chance) save(f func(tx engine.Tx, h *hub.Hub) error) error {
	return p.house.Store.Tx(p.t.Context(), p.who.Company, func(tx engine.Tx) error { return f(tx, p.house.Hub) })
}

// some picks an activity that is the person's own.
func (p *chance) some(fit func(*crm.Activity) bool) (crm.Activity, error) {
	list := slices.DeleteFunc(p.all(), func(a crm.Activity) bool {
		return len(a.Plan.Guests) > 0 || a.Plan.Organizer.Email != "" && a.Plan.Organizer.Email != alices || strings.HasSuffix(a.Plan.Subject, " planted") || !fit(&a)
	})
	if len(list) == 0 {
		return crm.Activity{}, errNot
	}
	return list[p.dice.IntN(len(list))], nil
}

func anyOne(*crm.Activity) bool    { return true }
func aSeries(a *crm.Activity) bool { return a.Plan.IsSeries() }
func anyEntry(entry) bool          { return true }
func aSeriesThere(e entry) bool    { return e.series && len(e.dates) > 1 }

// change lets values say something else in one field.
func (p *chance) change(v *calendar.Values, series, single bool) calendar.Field {
	f := []calendar.Field{calendar.Subject, calendar.Location, calendar.Description, calendar.When, calendar.Busy, calendar.Private}[p.dice.IntN(6)]
	if f == calendar.Private && (single || series && p.cloud.hasReasons()) {
		f = calendar.Location // Google keeps dates private whose series was, and no date alone can be
	}
	switch f {
	case calendar.Subject:
		v.Subject = p.words(token(v.Subject))
	case calendar.Location:
		v.Location = fmt.Sprint("at ", p.dice.IntN(1000))
	case calendar.Description:
		v.Description = fmt.Sprintf("about %d\n\nand so on", p.dice.IntN(1000))
	case calendar.Busy:
		v.Busy = !v.Busy
	case calendar.Private:
		v.Private = !v.Private
	case calendar.When:
		return p.move(v, series, single)
	}
	return f
}

// move shifts what values say of time, by hours; a single event also by days, and from a time of day to whole days and back.
func (p *chance) move(v *calendar.Values, series, single bool) calendar.Field {
	alone := !series && !single
	switch {
	case alone && p.dice.IntN(3) == 0:
		if day := v.Start.Wall.Midnight(); v.Start.Kind == calendar.Date {
			v.Start = calendar.InZone(day+10*3600, "Europe/Helsinki")
			v.End = calendar.InZone(day+11*3600, "Europe/Helsinki")
		} else {
			v.Start = calendar.Time{Kind: calendar.Date, Wall: day}
			v.End = calendar.Time{Kind: calendar.Date, Wall: day + calendar.Day}
		}
	case alone:
		by := calendar.Wall(1+p.dice.IntN(3)) * calendar.Day
		v.Start.Wall, v.End.Wall = v.Start.Wall+by, v.End.Wall+by
	case v.Start.Kind == calendar.Date:
		v.Location = fmt.Sprint("at ", p.dice.IntN(1000))
		return calendar.Location
	default:
		by := calendar.Wall(1+p.dice.IntN(3)) * 1800
		if v.Start.Wall.Civil().Hour() > 12 {
			by = -by
		}
		v.Start.Wall, v.End.Wall = v.Start.Wall+by, v.End.Wall+by
	}
	return calendar.When
}

func (p *chance) editHere() error {
	a, err := p.some(anyOne)
	if err != nil {
		return err
	}
	to := a.Clone()
	f := p.change(&to.Plan.Values, a.Plan.IsSeries(), false)
	return p.update(a, to, f)
}

// editMeetingHere changes what has guests, whom writing it mails: it waits until somebody presses "Save and send".
func (p *chance) editMeetingHere() error {
	list := slices.DeleteFunc(p.all(), func(a crm.Activity) bool {
		return len(a.Plan.Guests) == 0 || a.Plan.Organizer.Email != "" && a.Plan.Organizer.Email != alices
	})
	if len(list) == 0 {
		return errNot
	}
	a := list[p.dice.IntN(len(list))]
	to := a.Clone()
	f := p.change(&to.Plan.Values, a.Plan.IsSeries(), false)
	return p.update(a, to, f)
}

// send presses "Save and send" for all that waits for it. Exactly the guests are mailed, and nobody before.
func (p *chance) send() {
	p.t.Helper()
	for range 5 {
		waits := slices.DeleteFunc(p.waiting(p.conn.ID), func(w store.Work) bool { return w.HeldBy != store.HeldBySending })
		if len(waits) == 0 {
			return
		}
		if mails := p.cloud.mailed(); len(mails) != p.mails {
			p.t.Errorf("round %d: mailed before anybody asked for that: %v", p.round, mails[p.mails:])
		}
		w := waits[0]
		if err := p.house.Connections.Send(p.t.Context(), p.who, w.ID); err != nil {
			p.t.Fatal(err)
		}
		p.settle()
		to := p.cloud.mailed()[p.mails:]
		p.mails += len(to)
		slices.Sort(to)
		p.t.Logf("sent %s, of which %d were to hear, to %v", w.Subject, w.People, to)
		// Google's figure leaves out whom only the sending itself mails (docs/correctness.md, known and open).
		if all := guests(); len(to) > 0 && !slices.Equal(to, all) || w.People == 0 || w.People > len(all) {
			p.t.Errorf("round %d: sending %s mailed %v, and %d were to hear of it", p.round, w.Subject, to, w.People)
		}
	}
}

// guests are whom people invite.
func guests() []string { return []string{"dave@elsewhere.example", "erin@example.com"} }

func (p *chance) update(a, to crm.Activity, f calendar.Field) error {
	return p.save(func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.Update(p.t.Context(), tx, hub.By(p.who.User), a.ID, hub.Change{Base: a.Revision, Fields: []string{f.String()}, To: to})
		return err
	})
}

// someDate is an original start of an activity that still takes place.
func (p *chance) someDate(a *crm.Activity) (calendar.Wall, error) {
	starts := slices.DeleteFunc(stepped(&a.Plan), func(w calendar.Wall) bool { return slices.Contains(a.Plan.Cancelled, w) })
	if len(starts) < 2 {
		return 0, errNot
	}
	return starts[1+p.dice.IntN(min(len(starts)-1, 6))], nil
}

func (p *chance) editDateHere() error { return p.patchDate(hub.This, "") }

func (p *chance) splitHere() error { return p.patchDate(hub.Following, p.words(p.newToken())) }

func (p *chance) patchDate(scope hub.Scope, subject string) error {
	a, err := p.some(aSeries)
	if err != nil {
		return err
	}
	at, err := p.someDate(&a)
	if err != nil {
		return err
	}
	to := crm.Activity{Plan: calendar.Event{Values: a.Plan.On(at)}}
	f := calendar.Subject
	if to.Plan.Subject = subject; scope == hub.This {
		to.Plan.Subject = a.Plan.Subject
		f = p.change(&to.Plan.Values, false, true)
	}
	return p.save(func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.PatchOccurrence(p.t.Context(), tx, hub.By(p.who.User), a.ID, at, scope, hub.Change{Fields: []string{f.String()}, To: to})
		return err
	})
}

func (p *chance) cancelHere() error  { return p.takeOut(hub.This) }
func (p *chance) shortenHere() error { return p.takeOut(hub.Following) }

func (p *chance) takeOut(scope hub.Scope) error {
	a, err := p.some(aSeries)
	if err != nil {
		return err
	}
	at, err := p.someDate(&a)
	if err != nil {
		return err
	}
	return p.save(func(tx engine.Tx, h *hub.Hub) error {
		return h.DeleteOccurrence(p.t.Context(), tx, hub.By(p.who.User), a.ID, at, scope)
	})
}

// mayDelete keeps people from what the brake would hold.
func (p *chance) mayDelete(of int) bool {
	if p.gone >= 6 || of < 6 {
		return false
	}
	p.gone++
	return true
}

func (p *chance) deleteHere() error {
	a, err := p.some(anyOne)
	if err != nil || !p.mayDelete(len(p.all())) {
		return errNot
	}
	p.removed = append(p.removed, a.ID)
	return p.save(func(tx engine.Tx, h *hub.Hub) error { return h.Delete(p.t.Context(), tx, hub.By(p.who.User), a.ID) })
}

// reviveHere takes a deletion back.
func (p *chance) reviveHere() error {
	if len(p.removed) == 0 {
		return errNot
	}
	id := p.removed[p.dice.IntN(len(p.removed))]
	return p.save(func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.Revive(p.t.Context(), tx, hub.By(p.who.User), id)
		return err
	})
}

// one picks an entry that is the person's own.
func (p *chance) one(fit func(entry) bool) (entry, error) {
	list := slices.DeleteFunc(p.cloud.entries(), func(e entry) bool { return e.fixed || !fit(e) })
	if len(list) == 0 {
		return entry{}, errNot
	}
	slices.SortFunc(list, func(a, b entry) int { return cmpBy(a.Subject, b.Subject) })
	return list[p.dice.IntN(len(list))], nil
}

func cmpBy(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	if a < b {
		return -1
	}
	return 1
}

func (p *chance) editThere() error {
	e, err := p.one(anyEntry)
	if err != nil {
		return err
	}
	f := p.change(&e.Values, e.series, false)
	return p.cloud.patch(e.id, f, e.Values)
}

func (p *chance) editDateThere() error {
	e, err := p.one(aSeriesThere)
	if err != nil {
		return err
	}
	d := e.dates[1+p.dice.IntN(min(len(e.dates)-1, 6))]
	f := p.change(&d.Values, false, true)
	return p.cloud.patch(d.id, f, d.Values)
}

func (p *chance) cancelThere() error {
	e, err := p.one(func(e entry) bool { return e.series && len(e.dates) > 3 })
	if err != nil {
		return err
	}
	return p.cloud.remove(e.dates[1+p.dice.IntN(min(len(e.dates)-1, 6))].id)
}

func (p *chance) splitThere() error {
	e, err := p.one(func(e entry) bool { return e.series && len(e.dates) > 3 && !e.guests })
	if err != nil {
		return err
	}
	return p.cloud.split(e, 1+p.dice.IntN(min(len(e.dates)-1, 6)), p.words(p.newToken()))
}

func (p *chance) deleteThere() error {
	e, err := p.one(anyEntry)
	if err != nil || !p.mayDelete(len(p.cloud.entries())) {
		return errNot
	}
	p.lost = append(p.lost, [2]string{e.id, token(e.Subject)})
	return p.cloud.remove(e.id)
}

func (p *chance) recallThere() error {
	if len(p.lost) == 0 {
		return errNot
	}
	x := p.lost[p.dice.IntN(len(p.lost))]
	for _, e := range p.cloud.entries() {
		if e.id == x[0] {
			return errNot
		}
	}
	if p.recalled == nil {
		p.recalled = map[string]bool{}
	}
	p.recalled["r:"+x[0]] = true
	return p.cloud.recall(x[0], p.words(x[1]))
}

func (p *chance) copyThere() error {
	e, err := p.one(func(e entry) bool { return !e.guests })
	if err != nil {
		return err
	}
	return p.cloud.copy(e.id, p.words(p.newToken()))
}

func (p *chance) plant() error { return p.cloud.plant(p.newToken()+" planted", p.dice.IntN(6)) }

func (p *chance) inviteThere() error {
	return p.cloud.insert(p.someEvent(), guests()...)
}
