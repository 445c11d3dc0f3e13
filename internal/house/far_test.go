package house_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/realserver"
	"tahti/internal/standin/caldav"
)

// far is a calendar as another client of its owner works on it, without any fault in between.
type far interface {
	kind() string    // of account
	address() string // where discovery may start
	sign() account.Credentials
	list() map[string]string // bodies by a name that put and remove take
	put(name, body string)
	remove(name string)
}

// farSide is Radicale where it is installed, else the stand-in that models it.
func farSide(t *testing.T) far {
	t.Helper()
	ok, why := realserver.Available("radicale")
	if ok && !testing.Short() {
		return &realFar{t, realserver.Start(t, "radicale", realserver.Options{})}
	}
	t.Logf("Radicale left out, its stand-in takes its place: %s", why)
	return newStandFar(t, caldav.ProfileRadicale)
}

type realFar struct {
	t *testing.T
	s *realserver.Server
}

func (f *realFar) kind() string    { return account.CalDAV }
func (f *realFar) address() string { return f.s.CalendarURL("alice") }

func (f *realFar) sign() account.Credentials {
	u := f.s.User("alice")
	return account.Credentials{URL: f.address(), Username: u.Name, Password: u.Password}
}

func (f *realFar) list() map[string]string {
	f.t.Helper()
	items, err := f.s.List("alice", f.s.CalendarURL("alice"))
	if err != nil {
		f.t.Fatal(err)
	}
	bodies := map[string]string{}
	for _, it := range items {
		bodies[path.Base(it.URL)] = it.Body
	}
	return bodies
}

func (f *realFar) put(name, body string) { f.s.Put("alice", f.s.CalendarURL("alice")+name, body) }
func (f *realFar) remove(name string)    { f.s.Delete("alice", f.s.CalendarURL("alice")+name) }

type standFar struct {
	t    *testing.T
	s    *caldav.Server
	url  string
	user string
}

func newStandFar(t *testing.T, profile caldav.Profile) *standFar {
	s := caldav.New(caldav.Options{Profile: profile})
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	return &standFar{t, s, ts.URL, "alice@example.com"}
}

func (f *standFar) kind() string    { return account.CalDAV }
func (f *standFar) address() string { return f.url }

func (f *standFar) sign() account.Credentials {
	return account.Credentials{URL: f.url, Username: f.user, Password: "secret"}
}

func (f *standFar) list() map[string]string {
	f.t.Helper()
	events, err := f.s.Events(f.user, "calendar")
	if err != nil {
		f.t.Fatal(err)
	}
	bodies := map[string]string{}
	for _, e := range events {
		bodies[path.Base(e.Path)] = string(e.Body)
	}
	return bodies
}

func (f *standFar) put(name, body string) {
	f.t.Helper()
	if err := f.s.PutRaw(f.user, "calendar", name, []byte(body)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *standFar) remove(name string) {
	f.t.Helper()
	if err := f.s.Remove(f.user, "calendar", name); err != nil {
		f.t.Fatal(err)
	}
}

// pair is a house and a calendar, and what both are to hold: places by subject. Subjects are unique.
type pair struct {
	*lab
	far  far
	want map[string]string
	made int // items so far, on both sides
}

func newPair(l *lab, f far) *pair { return &pair{lab: l, far: f, want: map[string]string{}} }

// day is a start of its own for each item, so that none is another's twin.
func (p *pair) slot() calendar.Wall {
	p.made++
	return calendar.WallOf(2027, 1, 1, 0, 0, 0) + calendar.Wall(p.made)*7200
}

func (p *pair) addHere(subject string) {
	p.t.Helper()
	a := p.add(subject, p.slot())
	p.want[subject] = ""
	p.editHere(subject, "at "+subject, a)
}

func (p *pair) addThere(subject string) {
	p.t.Helper()
	place := "at " + subject
	p.far.put(subject+".ics", strings.Replace(string(object(subject, subject, p.slot())), "X-KEEP", "LOCATION:"+place+"\r\nX-KEEP", 1))
	p.want[subject] = place
}

func (p *pair) editHere(subject, place string, a crm.Activity) {
	p.t.Helper()
	p.tx(func(tx engine.Tx) error {
		to := a.Clone()
		to.Plan.Location = place
		_, err := p.house.Hub.Update(p.t.Context(), tx, hub.By(p.who.User), a.ID, hub.Change{Base: a.Revision, Fields: []string{"location"}, To: to})
		return err
	})
	p.want[subject] = place
}

var locationLine = regexp.MustCompile(`LOCATION:[^\r\n]*`)

func (p *pair) editThere(subject, place string) {
	p.t.Helper()
	name, body := p.find(subject)
	if !locationLine.MatchString(body) {
		p.t.Fatalf("%s has no place there:\n%s", subject, body)
	}
	p.far.put(name, locationLine.ReplaceAllString(body, "LOCATION:"+place))
	p.want[subject] = place
}

func (p *pair) removeHere(a crm.Activity) {
	p.t.Helper()
	p.tx(func(tx engine.Tx) error { return p.house.Hub.Delete(p.t.Context(), tx, hub.By(p.who.User), a.ID) })
	delete(p.want, a.Plan.Subject)
}

func (p *pair) removeThere(subject string) {
	p.t.Helper()
	name, _ := p.find(subject)
	p.far.remove(name)
	delete(p.want, subject)
}

func (p *pair) find(subject string) (name, body string) {
	p.t.Helper()
	for name, body := range p.far.list() {
		if property(body, "SUMMARY") == subject {
			return name, body
		}
	}
	p.t.Fatalf("%s is not in the calendar", subject)
	return "", ""
}

// property is the value of the first property of that name.
func property(body, name string) string {
	_, rest, found := strings.Cut(body, "\n"+name+":")
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(value)
}

// check compares both sides with what they are to hold.
func (p *pair) check() {
	p.t.Helper()
	here, there := map[string]string{}, map[string]string{}
	for _, a := range p.all() {
		p.once(here, a.Plan.Subject, a.Plan.Location, "CRM")
	}
	for _, body := range p.far.list() {
		p.once(there, property(body, "SUMMARY"), property(body, "LOCATION"), "calendar")
	}
	for side, got := range map[string]map[string]string{"CRM": here, "calendar": there} {
		for _, subject := range slices.Sorted(maps.Keys(p.want)) {
			if place, ok := got[subject]; !ok {
				p.t.Errorf("%s is lost in the %s", subject, side)
			} else if place != p.want[subject] {
				p.t.Errorf("%s is at %q in the %s, want %q", subject, place, side, p.want[subject])
			}
		}
		for subject := range got {
			if _, ok := p.want[subject]; !ok {
				p.t.Errorf("%s was deleted and is in the %s again", subject, side)
			}
		}
	}
}

func (p *pair) once(side map[string]string, subject, place, name string) {
	p.t.Helper()
	if _, double := side[subject]; double {
		p.t.Errorf("%s is doubled in the %s", subject, name)
	}
	side[subject] = place
}

// change makes twenty changes on each side: creations, edits and deletions, of items that nobody else touches.
func (p *pair) change(round int) {
	p.t.Helper()
	live := map[string]crm.Activity{}
	for _, a := range p.all() {
		live[a.Plan.Subject] = a
	}
	subjects := slices.Sorted(maps.Keys(p.want))
	take := func() string {
		s := subjects[round%len(subjects)]
		subjects = slices.Delete(subjects, round%len(subjects), round%len(subjects)+1)
		return s
	}
	for i := range 6 {
		p.addHere(fmt.Sprintf("here-%d-%d", round, i))
		p.addThere(fmt.Sprintf("there-%d-%d", round, i))
		p.removeHere(live[take()])
		p.removeThere(take())
	}
	for i := range 8 {
		s := take()
		p.editHere(s, fmt.Sprintf("place %d-%d", round, i), live[s])
		p.editThere(take(), fmt.Sprintf("room %d-%d", round, i))
	}
}
