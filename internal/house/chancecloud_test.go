package house_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/house"
	"tahti/internal/provider/backdoor"
	"tahti/internal/standin"
	"tahti/internal/standin/ews"
	"tahti/internal/standin/google"
	"tahti/internal/standin/graph"
	"tahti/internal/standin/pipedrive"
)

// cloud is the calendar of a stand-in as another program of its owner sees and edits it.
type cloud interface {
	entries() []entry
	insert(e calendar.Event, guests ...string) error
	patch(id string, f calendar.Field, v calendar.Values) error
	remove(id string) error
	split(e entry, n int, subject string) error // "this and all that follow", from the n-th date on
	copy(id, subject string) error              // with our marks
	recall(id, subject string) error            // brings back what was deleted, where that can be
	plant(subject string, kind int) error       // what only the provider itself or somebody else can put there

	faults(list ...standin.Fault) error
	apiPath() string  // of what faults strike
	hasReasons() bool // limits are told by 403, with a word
	oddity(n int) error
	versions() string
	mailed() []string                   // to whom, in order
	tellsAll() bool                     // also of what came and went between two looks
	quiet() int                         // requests of a run without anything new
	troubles(p *chance) []standin.Fault // what this kind bears badly, beside what goes wrong anywhere
	requests() int                      // within how many of a run somebody may do something between two

	told(p *chance, a *crm.Activity) string // an activity as this calendar could tell of it; see [tell]
	holds(a *crm.Activity) bool             // whether an activity may be in it at all
	acts(p *chance) []act                   // what is done with this kind alone
	spares(r *http.Request) bool            // nobody edits just before this request: the interval that docs/correctness.md excuses
}

// plain is a calendar that holds all that an activity says to calendars.
type plain struct{}

func (plain) told(_ *chance, a *crm.Activity) string {
	return tell(a.Plan.Subject, a.Plan.IsSeries(), datesOf(a))
}
func (plain) troubles(*chance) []standin.Fault { return nil }
func (plain) requests() int                    { return 25 }
func (plain) holds(*crm.Activity) bool         { return true }
func (plain) acts(*chance) []act               { return nil }
func (plain) spares(*http.Request) bool        { return false }

// entry is an event or a series, whole.
type entry struct {
	calendar.Values // of an all-day one the zone is empty
	id              string
	series          bool
	fixed           bool // not the person's to edit
	guests          bool
	dates           []place
	told            string // see tell
}

// place is one date of an entry.
type place struct {
	calendar.Values
	id string
}

// inside is a connection to a server in the same process.
type inside struct{ http.Handler }

func (d inside) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, in)
	return w.Result(), nil
}

// answers are those to the open questions about the providers.
type answers struct {
	google   google.Variant
	graph    graph.Variants
	exchange ews.Variants
	crm      pipedrive.Variant
}

// drawn answers them as the dice will have it.
func drawn(dice *rand.Rand) (a answers) {
	// Where If-Match is ignored an edit in between is lost, and nothing can be done about it.
	flip(dice, &a.google, "IgnoreIfMatch")
	flip(dice, &a.graph)
	a.google.Exceptions = []google.Exceptions{google.ExceptionsFit, google.ExceptionsDropped, google.ExceptionsKept}[dice.IntN(3)]
	a.google.ScopeError, a.graph.LostToken = google.ScopeError(dice.IntN(3)), graph.LostToken(dice.IntN(3))
	flip(dice, &a.exchange)
	flip(dice, &a.crm)
	return a
}

// openCloud is a house beside a stand-in that is as the variants say.
func openCloud(t *testing.T, kind, zone string, wire *interrupter, a answers) (*office, cloud) {
	t.Helper()
	ours := &clock{}
	ours.pass(time.Until(firstDay))
	more := func(c *house.Config) { c.Watch, c.Jobs.Audit = wire.around, 24*time.Hour }
	if kind == account.EWS {
		t.Logf("%+v", a.exchange)
		f := newExchangeFar(t, ews.Options{Token: "all", Now: ours.Now, Zone: zone, Variants: a.exchange})
		o := &office{lab: newHouse(t, setup{clock: ours, more: more})}
		o.sign, o.kind = f.sign(), f.kind()
		return o, &exchangeCloud{exchangeFar: f, clock: ours}
	}
	o := openBeside(t, ours, more, google.Options{
		Token: "all", Variant: a.google, Users: []google.User{{Email: alices, Calendars: []google.Calendar{{TimeZone: zone}}}},
	}, graph.Options{Token: "all", Variants: a.graph, Users: []graph.User{{Name: alices, Password: "secret"}}}, pipedrive.Options{Token: "all", Variant: a.crm})
	if kind == account.Pipedrive {
		t.Logf("%+v", a.crm)
		return o, newPipedriveCloud(t, o, ours)
	}
	if kind == account.Google {
		t.Logf("%+v", a.google)
		return o, newGoogleCloud(t, o.google, a.google)
	}
	t.Logf("%+v", a.graph)
	return o, newGraphCloud(t, o.graph, a.graph)
}

// flip sets a fifth of the switches of a struct.
func flip(dice *rand.Rand, into any, not ...string) {
	v := reflect.ValueOf(into).Elem()
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Bool {
			v.Field(i).SetBool(dice.IntN(5) == 0)
		}
	}
	for _, name := range not {
		v.FieldByName(name).SetBool(false)
	}
}

// at is the server as another program reaches it.
func at(h http.Handler, base string) backdoor.Server {
	return backdoor.Server{Base: base, Transport: inside{h}, Sign: backdoor.Bearer("all")}
}

func addressees(mails []standin.Mail) (to []string) {
	for _, m := range mails {
		to = append(to, m.To)
	}
	return to
}
