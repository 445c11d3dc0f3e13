package standin

import (
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"tahti/internal/calendar"
)

//go:embed page.html page.css page.js
var files embed.FS

var pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"css": Style,
	"js":  func() (template.JS, error) { b, err := files.ReadFile("page.js"); return template.JS(b), err },
	"dict": func(pairs ...any) (map[string]any, error) {
		m := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			key, ok := pairs[i].(string)
			if !ok {
				return nil, fmt.Errorf("key %v is no string", pairs[i])
			}
			m[key] = pairs[i+1]
		}
		return m, nil
	},
}).ParseFS(files, "page.html"))

// Style is the page's style sheet, for the sign-in pages of stand-ins.
func Style() (template.CSS, error) {
	b, err := files.ReadFile("page.css")
	return template.CSS(b), err
}

// page is the stand-in as a person sees it. It works without scripts; the script only fetches the list again every two
// seconds, which a meta element does where scripts are off.
type page struct {
	stand *Stand
	zone  *time.Location
}

func (p *page) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.show)
	mux.HandleFunc("GET /_standin/{$}", p.show)
	mux.HandleFunc("POST /_standin/events", p.save)
	mux.HandleFunc("POST /_standin/events/move", p.move)
	mux.HandleFunc("POST /_standin/events/delete", p.delete)
	mux.HandleFunc("POST /_standin/events/done", p.tick)
	mux.HandleFunc("POST /_standin/switches", p.switches)
}

// days is how much of a calendar the page shows at once.
const days = 14

// view is what the template renders.
type view struct {
	Title   string
	Nonce   string
	T       texts
	Live    bool // the list renews itself
	Link    link
	Shelves []shelfView
	Shelf   *Shelf
	From    string
	Days    []dayView
	Edit    *entryView // the item in the form; nil for a new one
	New     entryView
	Kinds   []Kind // empty where items are of no kind
	Facts   []string
	Error   string
	Faults  []Switch
	Own     []Switch
	Custom  int // faults that were set from outside
	Mails   []Mail
	Calls   []Request
	Count   int64
}

type shelfView struct {
	Shelf
	Here bool
}

type dayView struct {
	Name    string
	Today   bool
	Entries []entryView
}

// entryView is an entry in the words of forms and lists.
type entryView struct {
	Entry
	Clock          string // "09:00–10:00", empty for whole days
	Start, End     string // datetime-local values
	FromDay, ToDay string // date values, the last day inclusive
	Zone           string
	AllDay         bool
}

// show renders the page for the calendar, the days and the item that the address names.
func (p *page) show(w http.ResponseWriter, r *http.Request) { p.render(w, r, r.URL.Query(), nil) }

func (p *page) render(w http.ResponseWriter, r *http.Request, q url.Values, problem error) {
	s := p.stand
	v := view{Title: s.Title, Nonce: rand.Text(), T: textsOf(q.Get("lang")), Live: q.Get("live") != "off" && q.Get("edit") == ""}
	v.Link = link{q: url.Values{"lang": q["lang"], "calendar": q["calendar"], "from": q["from"], "live": q["live"]}}
	today := calendar.WallIn(s.Now(), p.zone).Midnight()
	from := monday(today)
	if d, err := calendar.ParseWall(q.Get("from")); err == nil {
		from = d.Midnight()
	}
	v.From = from.DateString()
	v.New = p.newEntry(today)
	if d, ok := s.Desk.(Sorter); ok {
		v.Kinds = d.Kinds()
	}
	p.fill(&v, q, from, today)
	if problem != nil {
		v.Error = v.T.or(problem.Error())
	}
	if d, ok := s.Desk.(Teller); ok {
		for _, f := range d.Facts() {
			v.Facts = append(v.Facts, fmt.Sprintf(v.T.or(f.Sentence), f.Args...))
		}
	}
	v.Faults, v.Custom = p.presets(v.T)
	if sw, ok := s.Desk.(Switcher); ok {
		v.Own = sw.Switches()
	}
	v.Mails, v.Count = lastOf(s.Mails.All(), 20), s.Log.Count()
	v.Calls = lastOf(s.Log.Since(v.Count-20), 20)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'nonce-%[1]s'; script-src 'nonce-%[1]s'; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", v.Nonce))
	if problem != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	if err := pageTemplate.Execute(w, v); err != nil {
		// The answer has begun; what is left is to break it off, so that nobody takes half a page for the whole.
		panic(http.ErrAbortHandler)
	}
}

// fill puts the chosen calendar, its days and the item being edited into v.
func (p *page) fill(v *view, q url.Values, from, today calendar.Wall) {
	shelves := p.stand.Desk.Calendars()
	for i, s := range shelves {
		here := s.ID == q.Get("calendar") || q.Get("calendar") == "" && i == 0
		v.Shelves = append(v.Shelves, shelfView{s, here})
		if here {
			v.Shelf = &shelves[i]
		}
	}
	if v.Shelf == nil {
		v.Error = v.T["nocalendar"]
		return
	}
	entries, err := p.stand.Desk.Entries(v.Shelf.ID, from, from+days*calendar.Day)
	if err != nil {
		v.Error = err.Error()
		return
	}
	v.Days = byDay(entries, from, today, v.T)
	if id := q.Get("edit"); id != "" {
		e, err := p.stand.Desk.Entry(v.Shelf.ID, id)
		if err != nil {
			v.Error = err.Error()
			return
		}
		ev := viewOf(e)
		ev.Note = v.T.each(ev.Note)
		v.Edit = &ev
	}
}

// byDay groups entries under the day on which they start, or under the first day shown if they began before it.
func byDay(entries []Entry, from, today calendar.Wall, t texts) []dayView {
	list := make([]dayView, days)
	for i := range list {
		d := from + calendar.Wall(i)*calendar.Day
		list[i] = dayView{Name: t.day(d), Today: d == today}
	}
	for _, e := range entries {
		i := int((e.Start.Wall.Midnight() - from) / calendar.Day)
		i = min(max(i, 0), days-1)
		ev := viewOf(e)
		ev.Note = t.each(ev.Note)
		list[i].Entries = append(list[i].Entries, ev)
	}
	return slices.DeleteFunc(list, func(d dayView) bool { return len(d.Entries) == 0 && !d.Today })
}

func viewOf(e Entry) entryView {
	v := entryView{Entry: e, AllDay: e.Draft.Start.Kind == calendar.Date, Zone: e.Draft.Start.Zone}
	start, end := e.Draft.Start, e.Draft.End
	last := max(end.Wall, start.Wall)
	if v.AllDay {
		last = max(end.Wall-calendar.Day, start.Wall)
	}
	v.Start, v.End = inputTime(start.Wall), inputTime(end.Wall)
	v.FromDay, v.ToDay = inputTime(start.Wall)[:10], inputTime(last)[:10]
	if start.Kind == calendar.UTC {
		v.Zone = "UTC"
	}
	if !v.AllDay {
		v.Clock = v.Start[11:] + "–" + v.End[11:]
	}
	return v
}

// newEntry is what the form for a new item begins with: an hour from noon.
func (p *page) newEntry(today calendar.Wall) entryView {
	start := calendar.Time{Kind: calendar.UTC, Wall: today + 12*3600}
	if p.zone != time.UTC {
		start.Kind, start.Zone = calendar.Zoned, p.zone.String()
	}
	end := start
	end.Wall += 3600
	return viewOf(Entry{Draft: Draft{Start: start, End: end}})
}

// inputTime writes a wall clock as a datetime-local field has it.
func inputTime(w calendar.Wall) string { return w.Civil().Format("2006-01-02T15:04") }

func monday(w calendar.Wall) calendar.Wall {
	back := (int(w.Civil().Weekday()) + 6) % 7
	return w - calendar.Wall(back)*calendar.Day
}

func lastOf[T any](list []T, n int) []T {
	list = list[max(0, len(list)-n):]
	slices.Reverse(list)
	return list
}

// link makes addresses of the same page with some parts changed.
type link struct{ q url.Values }

// With changes parts: key, value, key, value…
func (l link) With(pairs ...string) string {
	q := url.Values{}
	for k, v := range l.q {
		if len(v) > 0 && v[0] != "" {
			q[k] = v
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/_standin/?" + q.Encode()
}

// Day is the address some days from a day written as 20060102.
func (l link) Day(from string, by int) string {
	w, err := calendar.ParseWall(from)
	if err != nil {
		return l.With()
	}
	return l.With("from", (w + calendar.Wall(by)*calendar.Day).DateString())
}
