package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/recur"
)

// activityForm is an activity as a form has it: every field as text, by the name of its input. It is also what the form
// carries along of the activity that it was made from, so that only what was changed is saved.
type activityForm struct {
	Subject     string `json:"subject"`
	Type        string `json:"type"`
	Owner       string `json:"owner"`
	Date        string `json:"date"`
	Start       string `json:"start"`
	EndDate     string `json:"end_date"`
	End         string `json:"end"`
	AllDay      bool   `json:"all_day"`
	Zone        string `json:"zone"` // an IANA name, or "floating"
	Location    string `json:"location"`
	Description string `json:"description"`
	Note        string `json:"note"`
	Busy        string `json:"busy"` // busy, free
	Private     bool   `json:"private"`
	Visibility  string `json:"visibility"`
	Guests      string `json:"guests"` // one address a line
	MeetingURL  string `json:"meeting_url"`
	Priority    string `json:"priority"`
	Deal        string `json:"deal"`
	Person      string `json:"person"`
	Org         string `json:"org"`
	Done        bool   `json:"done"`
	repeatForm
}

const floating = "floating"

func (v *visit) readForm() activityForm {
	return activityForm{
		Subject: v.form("subject"), Type: v.form("type"), Owner: v.form("owner"), Date: v.form("date"), Start: v.form("start"),
		EndDate: v.form("end_date"), End: v.form("end"), AllDay: v.checked("all_day"), Zone: v.form("zone"), Location: v.form("location"),
		Description: plainLines(v.form("description")), Note: plainLines(v.form("note")), Busy: v.form("busy"), Private: v.checked("private"),
		Visibility: v.form("visibility"), Guests: plainLines(v.form("guests")), MeetingURL: v.form("meeting_url"), Priority: v.form("priority"),
		Deal: v.form("deal"), Person: v.form("person"), Org: v.form("org"), Done: v.checked("done"), repeatForm: v.readRepeat(),
	}
}

// plainLines undoes what browsers do to line ends (HTML standard, "normalize newlines" when a form is sent).
func plainLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// formOf writes an activity into a form.
func (v *visit) formOf(tx engine.Tx, a *crm.Activity) (activityForm, error) {
	p := &a.Plan
	f := activityForm{
		Subject: p.Subject, Type: a.Type, Owner: strconv.FormatInt(a.OwnerID, 10), Location: p.Location, Description: p.Description,
		Note: a.Note, Busy: "free", Private: p.Private, Visibility: string(a.Visibility), MeetingURL: p.MeetingURL, Done: a.Done,
		Zone: v.zone.String(), repeatForm: repeatOf(p),
	}
	if p.Busy {
		f.Busy = "busy"
	}
	if a.Priority != 0 {
		f.Priority = strconv.Itoa(a.Priority)
	}
	f.setWhen(p.Start, p.End)
	var guests []string
	for _, g := range p.Guests {
		if g.Name != "" {
			guests = append(guests, g.Name+" <"+g.Email+">")
		} else {
			guests = append(guests, g.Email)
		}
	}
	f.Guests = strings.Join(guests, "\n")
	return f, v.fillNames(tx, a, &f)
}

func (v *visit) fillNames(tx engine.Tx, a *crm.Activity, f *activityForm) error {
	if a.DealID != 0 {
		d, err := tx.Deal(v.ctx(), a.DealID)
		if err != nil {
			return fmt.Errorf("read deal: %w", err)
		}
		f.Deal = d.Title
	}
	if a.PersonID != 0 {
		p, err := tx.Person(v.ctx(), a.PersonID)
		if err != nil {
			return fmt.Errorf("read person: %w", err)
		}
		f.Person = p.Name
	}
	if a.OrgID != 0 {
		o, err := tx.Organization(v.ctx(), a.OrgID)
		if err != nil {
			return fmt.Errorf("read organization: %w", err)
		}
		f.Org = o.Name
	}
	return nil
}

const (
	formDate = time.DateOnly
	formTime = "15:04"
)

// setWhen writes a span: whole days with the last day as people say it, times on the clock of the start's zone.
func (f *activityForm) setWhen(start, end calendar.Time) {
	f.AllDay = start.Kind == calendar.Date
	switch start.Kind {
	case calendar.NoTime:
		return
	case calendar.Date:
		f.Date, f.EndDate = start.Wall.Civil().Format(formDate), end.Wall.Civil().AddDate(0, 0, -1).Format(formDate)
		if end.Wall <= start.Wall {
			f.EndDate = f.Date
		}
		return
	case calendar.Zoned:
		f.Zone = start.Zone
	case calendar.Floating:
		f.Zone = floating
	case calendar.UTC:
		f.Zone = "UTC"
	}
	e := end.Wall.Civil()
	if end.Kind == calendar.Zoned && end.Zone != start.Zone {
		from, err := recur.Location(end.Zone)
		to, err2 := recur.Location(start.Zone)
		if err == nil && err2 == nil {
			e = calendar.WallIn(end.Instant(from), to).Civil()
		}
	}
	s := start.Wall.Civil()
	f.Date, f.Start, f.EndDate, f.End = s.Format(formDate), s.Format(formTime), e.Format(formDate), e.Format(formTime)
}

// usualLength is how long something lasts whose end nobody gave.
const usualLength = calendar.Wall(3600)

// when reads the span. Without an end it lasts an hour, or the day; without a time it is for the whole day.
func (v *visit) when(f *activityForm, errs map[string]string) (start, end calendar.Time) {
	if f.Date == "" {
		return start, end
	}
	day, err := time.Parse(formDate, f.Date)
	if err != nil {
		errs["date"] = v.T("invalid.bad_date", "example", v.now.Format(formDate))
		return start, end
	}
	last := day
	if f.EndDate != "" {
		if last, err = time.Parse(formDate, f.EndDate); err != nil {
			errs["end_date"] = v.T("invalid.bad_date", "example", v.now.Format(formDate))
			return start, end
		}
	}
	if f.AllDay || f.Start == "" {
		start = calendar.OnDate(day.Date())
		end = calendar.OnDate(last.AddDate(0, 0, 1).Date())
		if last.Before(day) {
			errs["end_date"] = v.T("invalid.end_before_start")
		}
		return start, end
	}
	from, ok := v.clock(f.Start, "start", errs)
	if !ok {
		return start, end
	}
	start = f.inZone(wallOf(day) + from)
	to := start.Wall + usualLength
	if f.End != "" {
		at, ok := v.clock(f.End, "end", errs)
		if !ok {
			return start, end
		}
		to = wallOf(last) + at
		if f.EndDate == "" && to < start.Wall {
			to += calendar.Day // over midnight
		}
	}
	end = f.inZone(to)
	if to < start.Wall {
		errs["end"] = v.T("invalid.end_before_start")
	}
	return start, end
}

func wallOf(t time.Time) calendar.Wall { return calendar.WallOf(t.Year(), t.Month(), t.Day(), 0, 0, 0) }

func (v *visit) clock(s, field string, errs map[string]string) (calendar.Wall, bool) {
	t, err := time.Parse(formTime, strings.ReplaceAll(s, ".", ":"))
	if err != nil {
		errs[field] = v.T("invalid.bad_time", "example", "14:30")
		return 0, false
	}
	return calendar.Wall(t.Hour()*3600 + t.Minute()*60), true
}

func (f *activityForm) inZone(w calendar.Wall) calendar.Time {
	switch f.Zone {
	case floating:
		return calendar.Time{Kind: calendar.Floating, Wall: w}
	case "UTC":
		return calendar.Time{Kind: calendar.UTC, Wall: w}
	}
	return calendar.InZone(w, f.Zone)
}

// read makes the wish out of a form: the activity as it shall be, and the fields that differ from was. Errors are by input.
func (v *visit) read(tx engine.Tx, f, was *activityForm, keep *crm.Activity) (crm.Activity, []string, map[string]string, error) {
	errs := map[string]string{}
	a := keep.Clone()
	var fields []string
	changed := func(name string, differs bool) bool {
		if differs {
			fields = append(fields, name)
		}
		return differs
	}
	p := &a.Plan
	p.Subject, p.Location, p.Description, p.MeetingURL = f.Subject, f.Location, f.Description, f.MeetingURL
	p.Busy, p.Private, a.Type, a.Note, a.Done = f.Busy != "free", f.Private, f.Type, f.Note, f.Done
	a.Visibility = crm.Visibility(f.Visibility)
	changed("subject", f.Subject != was.Subject)
	changed("location", f.Location != was.Location)
	changed("description", f.Description != was.Description)
	changed("meeting_url", f.MeetingURL != was.MeetingURL)
	changed("busy", f.Busy != was.Busy)
	changed("private", f.Private != was.Private)
	changed("visibility", f.Visibility != was.Visibility)
	changed("type", f.Type != was.Type)
	changed("note", f.Note != was.Note)
	changed("done", f.Done != was.Done)
	if changed("when", f.Date != was.Date || f.Start != was.Start || f.EndDate != was.EndDate || f.End != was.End ||
		f.AllDay != was.AllDay || f.Zone != was.Zone) {
		p.Start, p.End = v.when(f, errs)
	}
	if changed("recurrence", !f.sameRepeat(&was.repeatForm)) {
		p.Rule, p.Extra = f.rule(v, errs), nil
	}
	if changed("guests", f.Guests != was.Guests) {
		p.Guests = v.guests(f.Guests, p.Guests, errs)
	}
	if changed("owner", f.Owner != was.Owner) {
		id, err := strconv.ParseInt(f.Owner, 10, 64)
		if err != nil {
			errs["owner"] = v.T("invalid.unknown")
		}
		a.OwnerID = id
	}
	if changed("priority", f.Priority != was.Priority) {
		n, err := strconv.Atoi(f.Priority)
		if err != nil && f.Priority != "" {
			errs["priority"] = v.T("invalid.out_of_range")
		}
		a.Priority = n
	}
	err := v.readNames(tx, f, was, &a, changed, errs)
	return a, fields, errs, err
}

// readNames looks up what an activity belongs to. A name that nobody has yet is added with the activity.
func (v *visit) readNames(tx engine.Tx, f, was *activityForm, a *crm.Activity, changed func(string, bool) bool, errs map[string]string) error {
	var err error
	if changed("org", f.Org != was.Org) {
		if a.OrgID, err = v.orgNamed(tx, f.Org); err != nil {
			return err
		}
	}
	if changed("person", f.Person != was.Person) {
		if a.PersonID, err = v.personNamed(tx, f.Person); err != nil {
			return err
		}
	}
	if changed("deal", f.Deal != was.Deal) {
		if a.DealID, err = v.dealNamed(tx, f.Deal); err != nil {
			return err
		}
	}
	return nil
}

// guests reads addresses, one a line or between commas, and keeps the answers of those who were there already.
func (v *visit) guests(list string, old []calendar.Guest, errs map[string]string) []calendar.Guest {
	var out []calendar.Guest
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == '\n' || r == ',' || r == ';' }) {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		name, email := "", s
		if before, after, found := strings.Cut(s, "<"); found {
			name, email = strings.TrimSpace(before), strings.TrimSuffix(strings.TrimSpace(after), ">")
		}
		email = strings.ToLower(strings.TrimSpace(email))
		if !isEmail(email) {
			errs["guests"] = s + ": " + v.T("invalid.bad_email")
			return old
		}
		g := calendar.Guest{Person: calendar.Person{Email: email, Name: name}}
		if i := slices.IndexFunc(old, func(o calendar.Guest) bool { return o.Email == email }); i >= 0 {
			g.Answer = old[i].Answer
		}
		if !slices.ContainsFunc(out, func(o calendar.Guest) bool { return o.Email == email }) {
			out = append(out, g)
		}
	}
	return out
}

// json is the form as the page carries it along.
func (f activityForm) json() string {
	b, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("form cannot be written as JSON: %v", err)) // plain values only
	}
	return string(b)
}

func formFromJSON(s string) (activityForm, error) {
	var f activityForm
	if err := json.Unmarshal([]byte(s), &f); err != nil {
		return f, &hub.Invalid{Field: "revision", Code: hub.CodeBadRevision}
	}
	return f, nil
}

// input names the form's input for a field of the hub.
func input(field string) string {
	name, _ := hub.SplitKey(field)
	switch name {
	case "when":
		return "date"
	case "recurrence":
		return "repeat"
	}
	return name
}
