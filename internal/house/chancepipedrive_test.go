package house_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	other "tahti/internal/provider/backdoor/pipedrive"
	"tahti/internal/standin"
	"tahti/internal/standin/pipedrive"
)

// pipedriveCloud is a user's activities in Pipedrive, as they see and edit them there. What it cannot hold (series, what is private) is
// not compared but may not be there; of several whole days the first is.
type pipedriveCloud struct {
	t      *testing.T
	server *pipedrive.Server
	office *office
	clock  *clock
	rows   map[string]string // names of deals, persons and organisations, by kind and number
	kinds  []string
	at     string // the item that sync has asked about last
}

func newPipedriveCloud(t *testing.T, o *office, by *clock) *pipedriveCloud {
	c := &pipedriveCloud{t: t, server: o.pipedrive, office: o, clock: by, rows: map[string]string{}, kinds: []string{"call", "meeting", "task", "lunch"}}
	company := o.company(me)
	for _, x := range [][3]string{{"deals", "title", "deal_id"}, {"persons", "name", "person_id"}, {"organizations", "name", "org_id"}} {
		for n := range 2 {
			var made struct{ Data struct{ ID int64 } }
			name := fmt.Sprint(x[2], " ", n)
			if err := company.JSON(http.MethodPost, "/api/v2/"+x[0], other.Object{x[1]: name}, &made, nil); err != nil {
				t.Fatal(err)
			}
			c.rows[fmt.Sprint(x[2], made.Data.ID)] = name
		}
	}
	if err := company.JSON(http.MethodPost, "/api/v1/activityTypes", other.Object{"name": "Site visit", "icon_key": "car"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	c.kinds = append(c.kinds, "site_visit")
	return c
}

func (c *pipedriveCloud) faults(list ...standin.Fault) error { return c.server.Faults().Set(list...) }
func (c *pipedriveCloud) apiPath() string                    { return "^/api/" }
func (c *pipedriveCloud) hasReasons() bool                   { return false }
func (c *pipedriveCloud) tellsAll() bool                     { return false }
func (c *pipedriveCloud) mailed() []string                   { return addressees(c.server.Mails()) }
func (c *pipedriveCloud) quiet() int                         { return 1 }
func (c *pipedriveCloud) requests() int                      { return 8 }

// troubles are creations that are not answered: no key finds them.
func (c *pipedriveCloud) troubles(p *chance) []standin.Fault {
	if p.dice.IntN(2) == 0 {
		return nil
	}
	lost := standin.Fault{Method: http.MethodPost, Path: "/activities$", Probability: 0.5, Seed: p.dice.Uint64()}
	if p.dice.IntN(2) == 0 {
		lost.DropAfter = true
	} else {
		lost.StatusAfter = http.StatusBadGateway
	}
	return []standin.Fault{lost}
}

// spares: nothing guards a write, so that what is typed between the last look and it is lost.
func (c *pipedriveCloud) spares(r *http.Request) bool {
	if _, id, one := strings.Cut(r.URL.Path, "/activities/"); one {
		c.at = id
	}
	return r.Method == http.MethodPatch || r.Method == http.MethodDelete
}

func (c *pipedriveCloud) oddity(n int) error {
	switch n % 4 {
	case 0:
		c.server.Housekeep()
	case 1:
		c.server.Spend(1_000_000) // other programs of the company's use its day up
	case 2:
		return c.server.SwitchSync(me, n%8 == 2)
	default:
		return c.meet(n)
	}
	return nil
}

// meet gives an activity a link to a video meeting.
func (c *pipedriveCloud) meet(n int) error {
	list := c.list()
	if len(list) == 0 {
		return errNot
	}
	return c.server.Meet(list[n%len(list)]["id"].(int64), "zoom", "https://zoom.example/j/1", "1")
}

func (c *pipedriveCloud) list() []map[string]any {
	list, err := c.server.Activities(me)
	if err != nil {
		c.t.Error(err)
	}
	return list
}

func (c *pipedriveCloud) entries() (list []entry) {
	for _, x := range c.list() {
		v := c.values(x)
		guests, _ := x["attendees"].([]any)
		list = append(list, entry{
			Values: v, id: fmt.Sprint(x["id"]), guests: len(guests) > 0,
			told: c.tell(&v, fmt.Sprint(x["type"]), x["done"] == true, textOf(x["note"]), c.row(x, "deal_id"), c.row(x, "person_id"), c.row(x, "org_id")),
		})
	}
	return list
}

func textOf(v any) string { s, _ := v.(string); return s }

func (c *pipedriveCloud) row(x map[string]any, name string) string {
	if id, ok := x[name].(int64); ok {
		return c.rows[fmt.Sprint(name, id)]
	}
	return ""
}

func (c *pipedriveCloud) values(x map[string]any) calendar.Values {
	v := calendar.Values{Subject: textOf(x["subject"]), Description: textOf(x["public_description"]), Busy: x["busy"] == true}
	if place, ok := x["location"].(map[string]any); ok {
		v.Location = textOf(place["value"])
	}
	day, err := time.Parse(time.DateOnly, textOf(x["due_date"]))
	if err != nil {
		c.t.Error(err)
	}
	at := textOf(x["due_time"])
	if at == "" {
		v.Start = calendar.OnDate(day.Year(), day.Month(), day.Day())
		v.End = v.Start
		v.End.Wall += calendar.Day
		return v
	}
	v.Start = calendar.AtUTC(day)
	v.Start.Wall += calendar.Wall(clockOf(at))
	v.End = v.Start
	v.End.Wall += calendar.Wall(clockOf(textOf(x["duration"])))
	return v
}

// clockOf is HH:MM, with seconds or not, in seconds.
func clockOf(s string) (n int) {
	var h, m int
	if _, err := fmt.Sscanf(s, "%d:%d", &h, &m); err != nil && s != "" {
		panic(s)
	}
	return h*3600 + m*60
}

// tell writes what an item says, and what a CRM says of it beside.
func (c *pipedriveCloud) tell(v *calendar.Values, kind string, done bool, note, deal, person, org string) string {
	d := seen([]place{{Values: *v}})[0]
	if d.day {
		d.end = d.start.Add(24 * time.Hour)
	}
	d.private = false
	return tell(v.Subject, false, []date{d}) + fmt.Sprintf("\n  %s, done %t, note %q, %q, %q, %q", kind, done, note, deal, person, org)
}

func (c *pipedriveCloud) told(p *chance, a *crm.Activity) (text string) {
	if !c.holds(a) {
		return plain{}.told(p, a)
	}
	p.tx(func(tx engine.Tx) error {
		deal, err1 := nameOf(a.DealID, func() (string, error) { d, err := tx.Deal(p.t.Context(), a.DealID); return d.Title, err })
		person, err2 := nameOf(a.PersonID, func() (string, error) { d, err := tx.Person(p.t.Context(), a.PersonID); return d.Name, err })
		org, err3 := nameOf(a.OrgID, func() (string, error) { d, err := tx.Organization(p.t.Context(), a.OrgID); return d.Name, err })
		text = c.tell(&a.Plan.Values, a.Type, a.Done, a.Note, deal, person, org)
		return errors.Join(err1, err2, err3)
	})
	return text
}

func nameOf(id crm.ID, read func() (string, error)) (string, error) {
	if id == 0 {
		return "", nil
	}
	return read()
}

func (c *pipedriveCloud) holds(a *crm.Activity) bool { return !a.Plan.Private && !a.Plan.IsSeries() }

func (c *pipedriveCloud) versions() (all string) {
	for _, x := range c.list() {
		all += fmt.Sprintln(x["id"], x["update_time"])
	}
	return all
}

func (c *pipedriveCloud) render(v *calendar.Values) (other.Object, error) {
	o, err := other.Render(v)
	if err == nil && v.Start.Kind == calendar.Date {
		o["duration"] = nil
	}
	return o, err
}

func (c *pipedriveCloud) insert(e calendar.Event, guests ...string) error {
	o, err := c.render(&e.Values)
	if err != nil {
		return err
	}
	o["type"] = c.kinds[int(e.Start.Wall/900)%len(c.kinds)]
	var list []any
	for _, g := range guests {
		list = append(list, map[string]any{"email": g})
	}
	if list != nil {
		o["attendees"] = list
	}
	_, err = c.server.Add(me, o, e.Private)
	return err
}

func idThere(id string) (n int64) {
	if _, err := fmt.Sscan(id, &n); err != nil {
		panic(err)
	}
	return n
}

func (c *pipedriveCloud) patch(id string, f calendar.Field, v calendar.Values) error {
	names := map[calendar.Field][]string{
		calendar.Subject: {"subject"}, calendar.Location: {"location"}, calendar.Description: {"public_description"}, calendar.Busy: {"busy"},
		calendar.When: {"due_date", "due_time", "duration"},
	}[f]
	if names == nil {
		return errNot
	}
	all, err := c.render(&v)
	if err != nil {
		return err
	}
	o := map[string]any{}
	for _, name := range names {
		o[name] = all[name]
	}
	return c.server.Change(me, o, idThere(id))
}

func (c *pipedriveCloud) remove(id string) error         { return c.server.Delete(me, idThere(id)) }
func (c *pipedriveCloud) split(entry, int, string) error { return errNot }
func (c *pipedriveCloud) recall(string, string) error    { return errNot }
func (c *pipedriveCloud) plant(subject string, n int) error {
	who := []string{me, "bob@example.com"}[n%2]
	_, err := c.server.Add(who, map[string]any{
		"subject": subject, "type": "call", "due_date": firstDay.Add(time.Duration(24*(1+n)) * time.Hour).Format(time.DateOnly), "due_time": "10:00", "duration": "00:30",
	}, n%3 == 0)
	return err
}

func (c *pipedriveCloud) copy(id, subject string) error {
	i := slices.IndexFunc(c.list(), func(x map[string]any) bool { return fmt.Sprint(x["id"]) == id })
	x := c.list()[i]
	o := map[string]any{"subject": subject}
	for _, name := range []string{"type", "due_date", "due_time", "duration", "busy", "done", "note", "public_description", "deal_id", "org_id"} {
		if t, ok := x[name].(string); ok && (name == "due_time" || name == "duration") {
			x[name] = t[:strings.LastIndexByte(t+":", ':')][:min(5, len(t))]
		}
		o[name] = x[name]
	}
	_, err := c.server.Add(me, o, false)
	return err
}

func (c *pipedriveCloud) acts(p *chance) []act {
	return []act{
		{here, "create what is held here", 12, func() error { return c.createHere(p) }},
		{there, "edit there what sync is at", 12, func() error { return c.editThat(p) }},
		{there, "edit beside there", 6, func() error { return c.besideThere(p) }},
		{here, "edit beside here", 6, func() error { return c.besideHere(p) }},
	}
}

// editThat changes what sync has just looked at, and may be about to write, or has written.
func (c *pipedriveCloud) editThat(p *chance) error {
	e, err := p.one(func(e entry) bool { return e.id == c.at && !e.guests })
	if err != nil {
		return err
	}
	f := p.change(&e.Values, false, false)
	return c.patch(e.id, f, e.Values)
}

// besideThere changes what a CRM alone says.
func (c *pipedriveCloud) besideThere(p *chance) error {
	e, err := p.one(func(e entry) bool { return !e.guests })
	if err != nil {
		return err
	}
	o := map[string]any{}
	switch p.dice.IntN(6) {
	case 0:
		o["type"] = c.kinds[p.dice.IntN(len(c.kinds))]
	case 1:
		o["done"] = p.dice.IntN(2) == 0
	case 2:
		o["note"] = fmt.Sprintf("<p>note %d</p>", p.dice.IntN(1000))
	case 3:
		o["deal_id"] = c.some(p.dice, "deal_id")
	case 4:
		o["org_id"] = c.some(p.dice, "org_id")
	default:
		list := []any{}
		if id := c.some(p.dice, "person_id"); id != nil {
			list = append(list, map[string]any{"person_id": id, "primary": true})
			if p.dice.IntN(2) == 0 { // further ones stay, whoever is the first
				list = append(list, map[string]any{"person_id": 3 - id.(int64), "primary": false})
			}
		}
		o["participants"] = list
	}
	return c.server.Change(me, o, idThere(e.id))
}

// some is a row, or none.
func (c *pipedriveCloud) some(dice *rand.Rand, name string) any {
	n := dice.IntN(3)
	if n == 2 {
		return nil
	}
	return int64(n + 1)
}

// createHere makes what both sides can hold.
func (c *pipedriveCloud) createHere(p *chance) error {
	e := p.someEvent()
	e.Private = false
	a := crm.Activity{Type: c.kinds[p.dice.IntN(4)], Plan: e, Done: p.dice.IntN(4) == 0}
	if all := p.all(); len(all) > 0 {
		like := all[p.dice.IntN(len(all))]
		a.DealID, a.PersonID, a.OrgID = like.DealID, like.PersonID, like.OrgID
	}
	return p.save(func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.Create(p.t.Context(), tx, hub.By(p.who.User), a)
		return err
	})
}

// besideHere changes it here; of rows, those that both sides know.
func (c *pipedriveCloud) besideHere(p *chance) error {
	a, err := p.some(c.holds)
	if err != nil {
		return err
	}
	to, field := a.Clone(), ""
	switch p.dice.IntN(6) {
	case 0:
		to.Type, field = c.kinds[p.dice.IntN(4)], "type"
	case 1:
		to.Done, field = !a.Done, "done"
	case 2:
		to.Note, field = fmt.Sprintf("<p>note %d</p>", p.dice.IntN(1000)), "note"
	default:
		from := p.all()[p.dice.IntN(len(p.all()))]
		f := []calendar.Field{calendar.DealFacet, calendar.PersonFacet, calendar.OrgFacet}[p.dice.IntN(3)]
		*to.Row(f), field = *from.Row(f), f.String()
		if f == calendar.PersonFacet && to.PersonID == 0 {
			return errNot // Pipedrive makes the next one primary where others take part, and that comes back
		}
	}
	return p.save(func(tx engine.Tx, h *hub.Hub) error {
		_, err := h.Update(p.t.Context(), tx, hub.By(p.who.User), a.ID, hub.Change{Base: a.Revision, Fields: []string{field}, To: to})
		return err
	})
}
