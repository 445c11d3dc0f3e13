package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// editing is the page with the form of an activity.
type editing struct {
	ID        store.ID // 0: a new one
	Form      activityForm
	Was       string // the form as it was shown first
	Revision  int64
	Errors    map[string]string
	Types     []choice
	Owners    []choice
	Zones     []string
	Weekdays  []choice
	Known     known
	Organizer string // who organises it elsewhere: time, title and place are theirs
	MayHide   bool
	Back      string
	// Occurrence is the original start of the one that is edited; empty for the whole activity.
	Occurrence, OccurrenceWhen, Scope string
	Clashes                           []clash
}

// clash is a field that somebody else has changed meanwhile.
type clash struct{ Field, Yours, Theirs string }

// newActivity shows an empty form: today, the next full hour, an hour long.
func (s *Site) newActivity(v *visit) error {
	at := v.now.Truncate(time.Hour).Add(time.Hour)
	f := activityForm{
		Type: "meeting", Owner: strconv.FormatInt(v.who.User.ID, 10), Date: at.Format(formDate), Start: at.Format(formTime),
		EndDate: at.Add(time.Hour).Format(formDate), End: at.Add(time.Hour).Format(formTime), Zone: v.zone.String(), Busy: "busy",
		Visibility: string(crm.Everyone),
	}
	if day, err := time.Parse(formDate, v.form("date")); err == nil {
		f.Date, f.EndDate = day.Format(formDate), day.Format(formDate)
	}
	return v.renderForm(editing{Form: f, MayHide: true}, http.StatusOK)
}

func (v *visit) renderForm(e editing, status int) error {
	err := v.view(func(tx engine.Tx) error {
		n, err := v.names(tx)
		if err != nil {
			return err
		}
		e.Types, e.Owners = nil, nil
		for _, t := range n.types {
			if t.Active || t.Key == e.Form.Type {
				e.Types = append(e.Types, choice{Value: t.Key, Name: v.typeName(t), On: t.Key == e.Form.Type})
			}
		}
		for _, u := range n.users {
			id := strconv.FormatInt(u.ID, 10)
			if u.Active || id == e.Form.Owner {
				e.Owners = append(e.Owners, choice{Value: id, Name: u.Name, On: id == e.Form.Owner})
			}
		}
		e.Known, err = v.known(tx)
		return err
	})
	if err != nil {
		return err
	}
	zone := e.Form.Zone
	if zone == floating {
		zone = ""
	}
	e.Zones = zoneNames(zone)
	for _, d := range v.Printer.Weekdays() {
		code := weekdayCodes[(int(d)+6)%7]
		on := false
		for _, c := range e.Form.Days {
			on = on || c == code
		}
		e.Weekdays = append(e.Weekdays, choice{Value: code, Name: v.Weekday(d, "short"), On: on})
	}
	title := v.T("activities.add")
	e.Back = "/activities"
	if e.ID != 0 {
		title = v.T("activities.edit")
		e.Back = activityPath(e.ID)
	}
	return v.render(view{template: "activityform", title: title, section: "activities", status: status, data: e})
}

func activityPath(id store.ID) string { return "/activities/" + strconv.FormatInt(id, 10) }

// addActivity saves a new activity.
func (s *Site) addActivity(v *visit) error {
	f := v.readForm()
	var made crm.Activity
	var errs map[string]string
	err := v.tx(func(tx engine.Tx) error {
		draft, _, bad, err := v.read(tx, &f, &activityForm{}, &crm.Activity{Plan: calendar.Event{Known: calendar.AllFields}})
		if errs = bad; err != nil || len(bad) > 0 {
			return errors.Join(err, errRefused)
		}
		made, err = v.hub().Create(v.ctx(), tx, v.by(), draft)
		return err
	})
	if errs, err = v.refused(errs, err); err != nil {
		return err
	}
	if errs != nil {
		return v.renderForm(editing{Form: f, Errors: errs, MayHide: true}, http.StatusUnprocessableEntity)
	}
	v.say(v.T("activities.added"))
	return v.redirect(activityPath(made.ID))
}

// errRefused rolls back what a form that has errors would have written.
var errRefused = errors.New("the form has errors")

// refused turns what the hub cannot take into errors by input; nil if there are none.
func (v *visit) refused(errs map[string]string, err error) (map[string]string, error) {
	var invalid *hub.Invalid
	switch {
	case errors.As(err, &invalid):
		return map[string]string{input(invalid.Field): v.Word("invalid", invalid.Code)}, nil
	case errors.Is(err, errRefused) && len(errs) > 0:
		return errs, nil
	}
	return nil, err
}

// editActivity shows the form of an activity, or of one of its occurrences.
func (s *Site) editActivity(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	e := editing{ID: id}
	err = v.view(func(tx engine.Tx) error {
		shown, err := v.hub().Get(v.ctx(), tx, v.who.User, id)
		if err != nil {
			return err
		}
		if shown.Activity.Deleted() {
			return store.ErrNotFound
		}
		if !shown.Access.Edit {
			return &hub.Denied{Code: hub.DeniedMasked}
		}
		return v.fillForm(tx, &e, shown)
	})
	if err != nil {
		return err
	}
	return v.renderForm(e, http.StatusOK)
}

func (v *visit) fillForm(tx engine.Tx, e *editing, shown hub.Shown) (err error) {
	a := shown.Activity
	e.Revision, e.MayHide = a.Revision, shown.Access.Hide
	if e.Form, err = v.formOf(tx, &a); err != nil {
		return err
	}
	if err := v.fillOccurrence(e, &a); err != nil {
		return err
	}
	e.Was = e.Form.json()
	elsewhere, err := v.hub().OrganisedElsewhere(v.ctx(), tx, &a)
	if elsewhere {
		if e.Organizer = a.Plan.Organizer.Name; e.Organizer == "" {
			e.Organizer = a.Plan.Organizer.Email
		}
	}
	return err
}

// fillOccurrence narrows the form to the occurrence that the address names.
func (v *visit) fillOccurrence(e *editing, a *crm.Activity) error {
	name := v.form("occurrence")
	if name == "" || !a.Plan.IsSeries() {
		return nil
	}
	original, err := calendar.ParseWall(name)
	if err != nil {
		return store.ErrNotFound
	}
	e.Occurrence, e.Scope = name, "this"
	var override calendar.Override
	override.Original = original
	if o := a.Plan.Override(original); o != nil {
		override = *o
	}
	values := a.Plan.Effective(&override)
	one := a.Clone()
	one.Plan.Values = values
	for _, o := range a.Occurrences {
		if o.Original == original {
			e.Form.Done, e.Form.Note = o.Done, o.Note
		}
	}
	e.Form.Subject, e.Form.Location, e.Form.Description = values.Subject, values.Location, values.Description
	e.Form.setWhen(values.Start, values.End)
	e.OccurrenceWhen = v.When(values.Start, values.End, v.zone)
	return nil
}

// saveActivity saves what was changed since the form was made.
func (s *Site) saveActivity(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f := v.readForm()
	was, err := formFromJSON(v.r.FormValue("was"))
	if err != nil {
		return err
	}
	e := editing{ID: id, Form: f, Was: was.json(), Occurrence: v.form("occurrence"), Scope: v.form("scope"), MayHide: true}
	if e.Revision, err = strconv.ParseInt(v.form("revision"), 10, 64); err != nil {
		return &hub.Invalid{Field: "revision", Code: hub.CodeBadRevision}
	}
	var errs map[string]string
	var saved crm.Activity
	err = v.tx(func(tx engine.Tx) error {
		shown, err := v.hub().Get(v.ctx(), tx, v.who.User, id)
		if err != nil {
			return err
		}
		if !shown.Access.Edit {
			return &hub.Denied{Code: hub.DeniedMasked}
		}
		v.keepFixed(&f, &was)
		to, fields, bad, err := v.read(tx, &f, &was, &shown.Activity)
		if errs = bad; err != nil || len(bad) > 0 {
			return errors.Join(err, errRefused)
		}
		saved, err = v.patch(tx, &e, hub.Change{Base: e.Revision, Fields: fields, To: to})
		return err
	})
	var stale *hub.Stale
	if errors.As(err, &stale) {
		return v.showClash(e, stale)
	}
	if errs, err = v.refused(errs, err); err != nil {
		return err
	}
	if errs != nil {
		e.Errors = errs
		return v.renderForm(e, http.StatusUnprocessableEntity)
	}
	v.say(v.T("activities.saved"))
	return v.redirect(activityPath(saved.ID))
}

// keepFixed leaves alone what a form does not have: inputs that are switched off are not sent.
func (v *visit) keepFixed(f, was *activityForm) {
	if v.form("organized") != "" {
		f.Subject, f.Location, f.Description, f.repeatForm = was.Subject, was.Location, was.Description, was.repeatForm
		f.Date, f.Start, f.EndDate, f.End, f.AllDay, f.Zone = was.Date, was.Start, was.EndDate, was.End, was.AllDay, was.Zone
	}
	if v.form("occurrence") != "" {
		f.repeatForm = was.repeatForm
		if v.form("scope") == string(hub.This) {
			f.Type, f.Owner, f.Visibility, f.Guests = was.Type, was.Owner, was.Visibility, was.Guests
			f.Deal, f.Person, f.Org, f.Priority = was.Deal, was.Person, was.Org, was.Priority
		}
	}
	if v.form("hidable") == "" {
		f.Private, f.Visibility = was.Private, was.Visibility
	}
}

func (v *visit) patch(tx engine.Tx, e *editing, c hub.Change) (crm.Activity, error) {
	if e.Occurrence == "" {
		return v.hub().Update(v.ctx(), tx, v.by(), e.ID, c)
	}
	original, err := calendar.ParseWall(e.Occurrence)
	if err != nil {
		return crm.Activity{}, &hub.Invalid{Field: "original_start", Code: hub.CodeNoOccurrence}
	}
	return v.hub().PatchOccurrence(v.ctx(), tx, v.by(), e.ID, original, hub.Scope(e.Scope), c)
}

// showClash shows both values of what somebody else has changed meanwhile. Saving again keeps the visitor's: the form is then
// made from the present revision.
func (v *visit) showClash(e editing, stale *hub.Stale) error {
	var now activityForm
	err := v.view(func(tx engine.Tx) error {
		shown, err := v.hub().Get(v.ctx(), tx, v.who.User, e.ID)
		if err != nil {
			return err
		}
		if shown.Masked {
			return &hub.Denied{Code: hub.DeniedMasked}
		}
		now, err = v.formOf(tx, &shown.Activity)
		e.MayHide = shown.Access.Hide
		return err
	})
	if err != nil {
		return err
	}
	yours, theirs := e.Form.texts(v), now.texts(v)
	for _, key := range stale.Fields {
		field, _ := hub.SplitKey(key)
		e.Clashes = append(e.Clashes, clash{v.Word("field", field), yours[field], theirs[field]})
	}
	// The form is made from what is there now: what the visitor did not touch follows it.
	was, err := formFromJSON(e.Was)
	if err != nil {
		return err
	}
	e.Form.follow(&was, &now)
	e.Was, e.Revision = now.json(), stale.Current.Revision
	return v.renderForm(e, http.StatusConflict)
}
