package web

import (
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

// examples show what settings do, before they are saved: through the very lens and projection that sync and pages use.
type examples struct {
	Title     string // of an event in the calendar
	Done      string // of one whose activity is done; empty: as before
	Context   string // the end of its description; empty: none
	Colleague []colleagueView
}

// colleagueView is an event of the calendar as a colleague sees it here.
type colleagueView struct {
	What    string // ordinary or private
	Out     bool   // it does not come in
	Subject string
	Details string // what is shown beside the title; empty: nothing
}

// examplesOf shows settings on a sample activity and two sample events.
func (v *visit) examplesOf(s *lens.Settings) examples {
	sample := crm.Activity{Plan: calendar.Event{Known: calendar.AllFields, Values: calendar.Values{Subject: v.T("settings.sample.subject")}}}
	context := crm.Context{
		Deal: v.T("settings.sample.deal"), Person: v.T("settings.sample.person"), Organization: v.T("settings.sample.organization"),
		Link: v.site.House.Engine.BaseURL + "/activities/1",
	}
	dressed := func() calendar.Event { return lens.Dress(&sample.Plan, lens.FrameOf(&sample, context, s, false)) }
	e := dressed()
	x := examples{Title: e.Subject, Context: e.Description}
	sample.Done = true
	if e = dressed(); e.Subject != x.Title {
		x.Done = e.Subject
	}
	if s.Direction == lens.TwoWay || s.Direction == lens.ToCRM {
		x.Colleague = []colleagueView{v.asColleague(s, false), v.asColleague(s, true)}
	}
	return x
}

// asColleague lets a sample event come in and shows it to somebody who is neither its owner nor takes part.
func (v *visit) asColleague(s *lens.Settings, private bool) colleagueView {
	view := colleagueView{What: v.T("settings.sample.ordinary")}
	day := calendar.WallIn(v.now, v.zone).Midnight()
	event := calendar.Event{Known: calendar.AllFields, Values: calendar.Values{
		Subject: v.T("settings.sample.event"), Location: v.T("settings.sample.place"), Busy: true, Private: private,
		Start: calendar.InZone(day+9*3600, v.zone.String()), End: calendar.InZone(day+10*3600, v.zone.String()),
	}}
	if private {
		view.What, event.Subject = v.T("settings.sample.private"), v.T("settings.sample.private_event")
	}
	always := *s
	always.Start, always.Rules = lens.Everything, nil // this is not about them
	if in, _ := lens.Admit(&event, lens.Entry{}, false, lens.View{Settings: &always}); !in {
		view.Out = true
		return view
	}
	incoming := lens.Incoming(&event, s, calendar.AllFields)
	a := lens.NewActivity(&incoming, v.who.User.ID, s)
	colleague := crm.User{ID: v.who.User.ID + 1, Role: crm.Regular, Active: true}
	shown := v.hub().Show(colleague, a, nil)
	view.Subject = v.subjectOf(&shown.Activity, shown.Masked)
	view.Details = v.When(shown.Activity.Plan.Start, shown.Activity.Plan.End, v.zone)
	if place := shown.Activity.Plan.Location; place != "" {
		view.Details += " · " + place
	}
	return view
}

// showExamples answers the examples alone, for a form that is being filled in.
func (s *Site) showExamples(v *visit) error {
	before, err := v.companyDefaults()
	if err != nil {
		return err
	}
	return v.render(view{template: "examples", fragment: true, data: v.readSettings(before)})
}
