package standin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// form reads a form of the page; its hidden fields carry the address to go back to.
func (p *page) form(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControl)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "read form: "+err.Error(), http.StatusBadRequest)
		return nil, false
	}
	return r.PostForm, true
}

// done goes back to the page, or shows it with the problem.
func (p *page) done(w http.ResponseWriter, r *http.Request, form url.Values, err error) {
	q := url.Values{"lang": form["lang"], "calendar": form["calendar"], "from": form["from"], "live": form["live"]}
	if err != nil {
		q["edit"] = form["id"]
		p.render(w, r, q, err)
		return
	}
	http.Redirect(w, r, link{q}.With(), http.StatusSeeOther)
}

// save adds an item, or edits the one that the form names.
func (p *page) save(w http.ResponseWriter, r *http.Request) {
	form, ok := p.form(w, r)
	if !ok {
		return
	}
	draft, err := draftOf(form)
	if err == nil {
		if id := form.Get("id"); id != "" {
			err = p.stand.Desk.Edit(form.Get("calendar"), id, draft)
		} else {
			err = p.stand.Desk.Add(form.Get("calendar"), draft)
		}
	}
	p.done(w, r, form, err)
}

var errEndFirst = errors.New("the end is before the start")

// draftOf reads the form's fields.
func draftOf(form url.Values) (Draft, error) {
	d := Draft{
		Title:       strings.TrimSpace(form.Get("title")),
		Place:       strings.TrimSpace(form.Get("place")),
		Description: strings.ReplaceAll(form.Get("description"), "\r\n", "\n"),
		Kind:        form.Get("kind"),
		Done:        form.Get("done") != "",
	}
	var err error
	if form.Get("allday") != "" {
		if d.Start, err = formDay(form.Get("fromday")); err != nil {
			return d, fmt.Errorf("first day: %w", err)
		}
		if d.End, err = formDay(form.Get("lastday")); err != nil {
			return d, fmt.Errorf("last day: %w", err)
		}
		d.End.Wall += calendar.Day
	} else {
		if d.Start, err = formTime(form.Get("start"), form.Get("zone")); err != nil {
			return d, fmt.Errorf("start: %w", err)
		}
		if d.End, err = formTime(form.Get("end"), form.Get("zone")); err != nil {
			return d, fmt.Errorf("end: %w", err)
		}
	}
	if d.End.Wall < d.Start.Wall {
		return d, errEndFirst
	}
	return d, nil
}

func formDay(s string) (calendar.Time, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return calendar.Time{}, fmt.Errorf("%q is no date", s)
	}
	return calendar.OnDate(t.Year(), t.Month(), t.Day()), nil
}

// formTime reads a datetime-local field; browsers leave the seconds out. An empty zone is a floating time.
func formTime(s, zone string) (calendar.Time, error) {
	var t time.Time
	var err error
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err = time.Parse(layout, s); err == nil {
			break
		}
	}
	if err != nil {
		return calendar.Time{}, fmt.Errorf("%q is no date and time", s)
	}
	switch zone {
	case "":
		return calendar.Time{Kind: calendar.Floating, Wall: calendar.Wall(t.Unix())}, nil
	case "UTC":
		return calendar.AtUTC(t), nil
	case "Local":
		return calendar.Time{}, errors.New(`"Local" is no zone that others know`)
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return calendar.Time{}, fmt.Errorf("zone %q is not known", zone)
	}
	return calendar.InZone(calendar.Wall(t.Unix()), zone), nil
}

// move shifts an item by a number of minutes.
func (p *page) move(w http.ResponseWriter, r *http.Request) {
	form, ok := p.form(w, r)
	if !ok {
		return
	}
	minutes, err := strconv.Atoi(form.Get("minutes"))
	if err == nil {
		err = p.stand.Desk.Move(form.Get("calendar"), form.Get("id"), calendar.Wall(minutes)*60)
	}
	form.Del("id")
	p.done(w, r, form, err)
}

func (p *page) delete(w http.ResponseWriter, r *http.Request) {
	form, ok := p.form(w, r)
	if !ok {
		return
	}
	err := p.stand.Desk.Delete(form.Get("calendar"), form.Get("id"))
	form.Del("id")
	p.done(w, r, form, err)
}

// tick marks an item as done, or as not done: nothing else of it changes.
func (p *page) tick(w http.ResponseWriter, r *http.Request) {
	form, ok := p.form(w, r)
	if !ok {
		return
	}
	e, err := p.stand.Desk.Entry(form.Get("calendar"), form.Get("id"))
	if err == nil {
		e.Done = form.Get("done") != ""
		err = p.stand.Desk.Edit(form.Get("calendar"), form.Get("id"), e.Draft)
	}
	form.Del("id")
	p.done(w, r, form, err)
}

// preset is a fault that the page can switch on.
type preset struct {
	id    string
	fault Fault
}

// presets are told apart by their fault, so that those set by a test show as they are.
var presets = []preset{
	{"busy", Fault{Status: 503, Every: 2}},
	{"broken", Fault{Status: 500, Every: 3}},
	{"throttled", Fault{Status: 429, RetryAfter: 5, Every: 4}},
	{"forbidden", Fault{Status: 403, Method: "PUT|POST|PATCH|DELETE"}},
	{"dropbefore", Fault{DropBefore: true, Every: 3}},
	{"dropafter", Fault{DropAfter: true, Every: 3}},
	{"truncate", Fault{Truncate: 100, Every: 3}},
	{"garbage", Fault{Garbage: true, Every: 3}},
	{"slow", Fault{Delay: 2000}},
	{"hang", Fault{Hang: true, Every: 5}},
}

// presets are the shared switches as they stand, and the number of faults in force that no switch stands for.
func (p *page) presets(t texts) (list []Switch, custom int) {
	live := p.stand.Faults.List()
	for i := range live {
		live[i].Hits = 0
	}
	custom = len(live)
	for _, x := range presets {
		on := false
		for _, f := range live {
			on = on || f == x.fault
		}
		if on {
			custom--
		}
		list = append(list, Switch{ID: x.id, Label: t["fault."+x.id], On: on})
	}
	return list, custom
}

// switches sets the faults and the desk's own switches to what the form has ticked. Faults that no switch stands for
// go, so that the page can always bring the stand-in back to health.
func (p *page) switches(w http.ResponseWriter, r *http.Request) {
	form, ok := p.form(w, r)
	if !ok {
		return
	}
	var list []Fault
	for _, x := range presets {
		if form.Get("fault."+x.id) != "" {
			list = append(list, x.fault)
		}
	}
	err := p.stand.Faults.Set(list...)
	if sw, ok := p.stand.Desk.(Switcher); ok {
		for _, s := range sw.Switches() {
			if on := form.Get("own."+s.ID) != ""; on != s.On {
				err = errors.Join(err, sw.Flip(s.ID, on))
			}
		}
	}
	p.done(w, r, form, err)
}
