package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine/enginetest"
	"tahti/internal/lens"
	"tahti/internal/provider"
)

// TestATitleThatWasCutIsOursWhereTheReplyIsLost: what a calendar has left of a title is found after a write that was not answered. The
// activity keeps its subject, the template stays (C8), and what was cut of a subject is kept, as somebody may have shortened it (I2).
func TestATitleThatWasCutIsOursWhereTheReplyIsLost(t *testing.T) {
	for _, template := range []string{"", "{subject} > ours", "CRM > {subject}", "CRM > {subject} > ours"} {
		c := &cutReply{template: template}
		for _, c.kept = range []int{9, 20, len(c.whole(longSubject)) - 4} {
			for what, play := range map[string]func(*testing.T, *room) crm.Activity{
				"created": c.created, "renamed": c.renamed, "moved": c.moved, "a date is renamed": c.renamedDate,
			} {
				t.Run(fmt.Sprintf("%s in %d: %s", template, c.kept, what), func(t *testing.T) {
					r := newRoom(t, enginetest.Options{Title: c.kept}, func(s *lens.Settings) { s.Start, s.TitleTemplate = lens.Everything, template })
					a := play(t, r)
					r.foresee(t, 0)
					r.Settle(r.id)
					c.check(t, r, a.ID)
					c.keeps(t, r, what)
				})
			}
		}
	}
}

const longSubject, longDate = "Call about the long contract", "Meet about the other contract"

type cutReply struct {
	template string
	kept     int
}

func (c *cutReply) whole(subject string) string {
	if c.template == "" {
		return subject
	}
	return strings.Replace(c.template, "{subject}", subject, 1)
}

func (c *cutReply) cut(subject string) string {
	w := c.whole(subject)
	return strings.TrimSpace(w[:min(len(w), c.kept)])
}

func (c *cutReply) made(r *room, subject, date string) crm.Activity {
	e := series(subject, "FREQ=DAILY;COUNT=4", 3, 10)
	o := e.EnsureOverride(hour(4, 10))
	o.Set, o.Subject = calendar.Fields(calendar.Subject), date
	return r.Create(r.Alice, e)
}

func (c *cutReply) created(t *testing.T, r *room) crm.Activity {
	lost := r.loseFirstReply()
	a := c.made(r, longSubject, longDate)
	return c.loses(t, r, lost, a)
}

func (c *cutReply) renamed(t *testing.T, r *room) crm.Activity {
	a := c.made(r, "Ring", longDate)
	return c.edits(t, r, a, "subject", func(a *crm.Activity) { a.Plan.Subject = longSubject })
}

func (c *cutReply) moved(t *testing.T, r *room) crm.Activity {
	a := c.made(r, longSubject, longDate)
	return c.edits(t, r, a, "location", func(a *crm.Activity) { a.Plan.Location = "Oulu" })
}

func (c *cutReply) renamedDate(t *testing.T, r *room) crm.Activity {
	a := c.made(r, longSubject, "Ring")
	return c.edits(t, r, a, "overrides", func(a *crm.Activity) { a.Plan.Overrides[0].Subject = longDate })
}

func (c *cutReply) edits(t *testing.T, r *room, a crm.Activity, field string, edit func(*crm.Activity)) crm.Activity {
	r.Settle(r.id)
	lost := r.loseFirstReply()
	r.Edit(r.Alice, a.ID, edit, field)
	return c.loses(t, r, lost, a)
}

func (c *cutReply) loses(t *testing.T, r *room, lost *bool, a crm.Activity) crm.Activity {
	t.Helper()
	r.Sync(r.id)
	if !*lost {
		t.Fatal("no reply was lost")
	}
	return a
}

// TestATitleThatWasCutBehindABackupIsOurs: what waits here in a database that was restored has gone out behind the backup, and the calendar
// has kept so much of it.
func TestATitleThatWasCutBehindABackupIsOurs(t *testing.T) {
	for _, template := range []string{"", "{subject} > ours", "CRM > {subject}", "CRM > {subject} > ours"} {
		c := &cutReply{template: template}
		for _, c.kept = range []int{9, 20, len(c.whole(longSubject)) - 4} {
			for what, was := range map[string][2]string{"renamed": {"Ring", longDate}, "a date is renamed": {longSubject, "Ring"}} {
				for _, piecemeal := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s in %d: %s, piecemeal %t", template, c.kept, what, piecemeal), func(t *testing.T) {
						r := newRoom(t, enginetest.Options{Title: c.kept, Piecemeal: piecemeal}, func(s *lens.Settings) {
							s.Start, s.TitleTemplate = lens.Everything, template
						})
						a := c.made(r, was[0], was[1])
						r.Settle(r.id)
						r.Edit(r.Alice, a.ID, func(a *crm.Activity) {
							a.Plan.Subject, a.Plan.Overrides[0].Subject, a.Plan.Location = longSubject, longDate, "Oulu"
						}, "subject", "overrides", "location")
						r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) {
							e.Subject, e.Overrides[0].Subject, e.Location, e.Description = c.cut(longSubject), c.cut(longDate), "Oulu", "typed there"
						})
						r.restore(t)
						r.foresee(t, 0)
						r.Settle(r.id)
						c.check(t, r, a.ID)
						c.keeps(t, r, what)
						if is, here := r.cal.Held()[r.onlyEvent(t)], r.Activity(a.ID).Plan; is.Location != "Oulu" || here.Description != "typed there" {
							t.Errorf("there it is at %q, here it says %q", is.Location, here.Description)
						}
					})
				}
			}
		}
	}
}

// TestATitleThatWasCutOnceIsShortenedBehindABackup by a person: it stood there already, and nothing was to be written of it.
func TestATitleThatWasCutOnceIsShortenedBehindABackup(t *testing.T) {
	r := newRoom(t, enginetest.Options{Title: 20}, func(s *lens.Settings) { s.Start, s.TitleTemplate = lens.Everything, "{subject} > ours" })
	a := r.Create(r.Alice, event(longSubject, 3, 10))
	r.Settle(r.id)
	r.cal.Edit(r.onlyEvent(t), func(e *calendar.Event) { e.Subject = "Call" })
	r.restore(t)
	r.foresee(t, 0)
	r.Settle(r.id)
	if is, here := r.cal.Held()[r.onlyEvent(t)], r.Activity(a.ID).Plan; is.Subject != "Call" || here.Subject != "Call" {
		t.Errorf("called %q there, %q here", is.Subject, here.Subject)
	}
	r.Quiet(r.id)
}

// check looks whether both sides are as they would be had the write been answered.
func (c *cutReply) check(t *testing.T, r *room, id crm.ID) {
	t.Helper()
	is, here := r.cal.Held()[r.onlyEvent(t)], r.Activity(id).Plan
	if is.Subject != c.cut(longSubject) || is.Overrides[0].Subject != c.cut(longDate) {
		t.Errorf("there it is called %q, and on one day %q", is.Subject, is.Overrides[0].Subject)
	}
	if here.Subject != longSubject || here.Overrides[0].Subject != longDate {
		t.Errorf("here it is called %q, and on one day %q", here.Subject, here.Overrides[0].Subject)
	}
	if off := strings.Contains(string(r.Links(r.id)[0].Frame), "off"); off {
		t.Error("the template is off, and nobody has chosen a title")
	}
	r.Quiet(r.id)
}

// keeps looks for the titles in which part of a subject was cut off.
func (c *cutReply) keeps(t *testing.T, r *room, what string) {
	t.Helper()
	var want, got []string
	before, _, _ := strings.Cut(c.template, "{subject}")
	say := func(subject, at string) {
		if cut := c.cut(subject); !strings.HasPrefix(cut, before+subject) {
			want = append(want, fmt.Sprintf("crm: %q, not %q %s", subject, strings.TrimPrefix(cut, before), at))
		}
	}
	if what == "created" || what == "renamed" {
		say(longSubject, "")
	}
	if what == "created" || what == "a date is renamed" {
		say(longDate, "20260304T100000")
	}
	for _, x := range r.Conflicts() {
		got = append(got, fmt.Sprintf("%s: %s, not %s %s", x.Winner, x.Kept, x.Lost, x.Original))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("kept %q, want %q", got, want)
	}
}

// TestWhatStoodThereIsNotCutFromWhatWasSent: a write that has not arrived leaves the old title, which is how the new one begins.
func TestWhatStoodThereIsNotCutFromWhatWasSent(t *testing.T) {
	r, a, id := linked(t, enginetest.Options{}, true, event("Call", 3, 10), nil)
	lost := false
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" && !lost {
			lost = true
			return &provider.Error{Op: "put", Class: provider.Unknown}
		}
		return nil
	}
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject = longSubject }, "subject")
	r.Sync(r.id)
	r.Settle(r.id)
	if is := r.cal.Held()[id]; !lost || is.Subject != longSubject || len(r.Conflicts()) != 0 {
		t.Errorf("lost %t; there it is called %q, conflicts %+v", lost, is.Subject, r.Conflicts())
	}
	r.Quiet(r.id)
}

// TestACutTitleIsOfTheTryThatSentIt: a first try is lost before it arrives, and the activity is edited; of what the second one sent a
// part of the title is there, and its reply is lost as well.
func TestACutTitleIsOfTheTryThatSentIt(t *testing.T) {
	r := newRoom(t, enginetest.Options{Title: 9}, everything)
	lose := func() error { return &provider.Error{Op: "put", Class: provider.Unknown} }
	tries := 0
	r.cal.Before = func(c enginetest.Call) error {
		if c.Op == "put" && tries == 0 {
			tries++
			return lose()
		}
		return nil
	}
	r.cal.After = func(c enginetest.Call) error {
		if c.Op == "put" && tries == 1 {
			tries++
			return lose()
		}
		return nil
	}
	a := r.Create(r.Alice, event(longSubject, 3, 10))
	r.Sync(r.id)
	r.Edit(r.Alice, a.ID, func(a *crm.Activity) { a.Plan.Subject, a.Plan.Location = "Ring about it", "Oulu" }, "subject", "location")
	r.Settle(r.id)
	is, here := r.cal.Held()[r.onlyEvent(t)], r.Activity(a.ID).Plan
	if tries != 2 || here.Subject != "Ring about it" || here.Location != "Oulu" || is.Subject != "Ring abou" || is.Location != "Oulu" {
		t.Errorf("after %d tries called %q at %q here, %q at %q there", tries, here.Subject, here.Location, is.Subject, is.Location)
	}
	r.Quiet(r.id)
}
