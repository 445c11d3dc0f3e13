package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/store"
)

const rowsPerPage = 50

// filters are what the list's controls say; the zero value hides nothing.
type filters struct {
	Owner    store.ID // 0: all
	Types    []string
	From, To string // YYYY-MM-DD
	Done     string // yes, no; empty: both
	Sort     string // asc, desc; empty: the soonest first where there is a first day, else the latest first
	After    string
	BadDate  bool
}

func readFilters(q url.Values) filters {
	f := filters{From: q.Get("from"), To: q.Get("to"), After: q.Get("after")}
	f.Owner, _ = strconv.ParseInt(q.Get("owner"), 10, 64) // "all" and what is no number: all
	f.Owner = max(f.Owner, 0)
	for _, t := range q["type"] {
		if t != "" && t != "all" && !slices.Contains(f.Types, t) {
			f.Types = append(f.Types, t)
		}
	}
	if d := q.Get("done"); d == "yes" || d == "no" {
		f.Done = d
	}
	if s := q.Get("sort"); s == "asc" || s == "desc" {
		f.Sort = s
	}
	return f
}

// query writes the filters as an address.
func (f filters) query() string {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	if f.Owner != 0 {
		q.Set("owner", strconv.FormatInt(f.Owner, 10))
	}
	for _, t := range f.Types {
		q.Add("type", t)
	}
	set("from", f.From)
	set("to", f.To)
	set("done", f.Done)
	set("sort", f.Sort)
	set("after", f.After)
	if len(q) == 0 {
		return "/activities"
	}
	return "/activities?" + q.Encode()
}

func (f filters) active() bool {
	return f.Owner != 0 || len(f.Types) > 0 || f.From != "" || f.To != "" || f.Done != ""
}

func (f filters) descending() bool { return f.Sort == "desc" || f.Sort == "" && f.From == "" }

// filter is what the hub is asked for. The last day counts whole.
func (f *filters) filter(zone *time.Location) store.ActivityFilter {
	out := store.ActivityFilter{Owner: f.Owner, Types: f.Types, Sort: "start", Desc: f.descending(), After: f.After, Limit: rowsPerPage}
	day := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		t, err := time.ParseInLocation(time.DateOnly, s, zone)
		f.BadDate = f.BadDate || err != nil
		return t
	}
	out.From, out.To = day(f.From), day(f.To)
	if !out.To.IsZero() {
		out.To = out.To.AddDate(0, 0, 1)
	}
	if f.Done != "" {
		done := f.Done == "yes"
		out.Done = &done
	}
	return out
}

// choice is one of several to choose from, as a link or an option.
type choice struct {
	Value, Name, Link string
	On                bool
}

type activityRow struct {
	ID                        store.ID
	Subject, Type, When, Day  string
	Owner, Location, Calendar string
	Masked, Done, Overdue     bool
	Recurring, MayEdit, Mine  bool
	Revision                  int64
}

type activityList struct {
	Filters              filters
	Owners, Types, Dones []choice
	Rows                 []activityRow
	Hidden               int
	More                 bool // there are even more hidden ones
	Clear, Next, First   string
	SortLink             string
	Descending           bool
	Filtered             bool
}

// listActivities is the list view (features.md A3): the filters, what they let through, and how many they hide.
func (s *Site) listActivities(v *visit) error {
	f := readFilters(v.r.URL.Query())
	var d activityList
	err := v.view(func(tx engine.Tx) error {
		d = activityList{}
		names, err := v.names(tx)
		if err != nil {
			return err
		}
		f.BadDate = false
		with := f.filter(v.zone)
		page, err := v.hub().List(v.ctx(), tx, v.who.User, with)
		if err != nil {
			return err
		}
		for _, shown := range page.Items {
			row, err := v.row(tx, shown.Activity, shown.Masked, shown.Access.Edit, names)
			if err != nil {
				return err
			}
			d.Rows = append(d.Rows, row)
		}
		if f.active() {
			if d.Hidden, d.More, err = v.hub().Hidden(v.ctx(), tx, v.who.User, with, store.ActivityFilter{}); err != nil {
				return err
			}
		}
		if page.Next != "" {
			next := f
			next.After = page.Next
			d.Next = next.query()
		}
		v.controls(&d, f, names)
		return nil
	})
	if err != nil {
		return err
	}
	if f.BadDate {
		v.warn(v.T("invalid.bad_date", "example", v.now.Format(time.DateOnly)))
	}
	return v.render(view{template: "activities", title: v.T("activities.title"), section: "activities", data: d})
}

// controls fills in what the filter row offers.
func (v *visit) controls(d *activityList, f filters, names *names) {
	d.Filters, d.Filtered, d.Clear, d.Descending = f, f.active(), "/activities", f.descending()
	if f.After != "" {
		first := f
		first.After = ""
		d.First = first.query()
	}
	f.After = ""
	d.Owners = []choice{{Value: "all", Name: v.T("common.all"), On: f.Owner == 0}}
	for _, u := range names.users {
		if u.Active || u.ID == f.Owner {
			d.Owners = append(d.Owners, choice{Value: strconv.FormatInt(u.ID, 10), Name: u.Name, On: u.ID == f.Owner})
		}
	}
	all := f
	all.Types = nil
	d.Types = []choice{{Value: "all", Name: strings.ToUpper(v.T("common.all")), Link: all.query(), On: len(f.Types) == 0}}
	for _, t := range names.types {
		on := slices.Contains(f.Types, t.Key)
		if !t.Active && !on {
			continue
		}
		one := f
		if on {
			one.Types = slices.DeleteFunc(slices.Clone(f.Types), func(k string) bool { return k == t.Key })
		} else {
			one.Types = append(slices.Clone(f.Types), t.Key)
		}
		d.Types = append(d.Types, choice{Value: t.Key, Name: v.typeName(t), Link: one.query(), On: on})
	}
	d.Dones = []choice{
		{Value: "", Name: v.T("common.all"), On: f.Done == ""}, {Value: "no", Name: v.T("activities.to_do"), On: f.Done == "no"},
		{Value: "yes", Name: v.T("activities.done"), On: f.Done == "yes"},
	}
	turned := f
	turned.Sort = "desc"
	if f.descending() {
		turned.Sort = "asc"
	}
	d.SortLink = turned.query()
}

// names are the people, types and calendars of a company, for showing what refers to them.
type names struct {
	users       []crm.User
	types       []crm.ActivityType
	connections map[store.ID]store.Connection
}

func (v *visit) names(tx engine.Tx) (*names, error) {
	n := &names{connections: map[store.ID]store.Connection{}}
	var err error
	if n.users, err = tx.Users(v.ctx()); err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	if n.types, err = tx.Types(v.ctx()); err != nil {
		return nil, fmt.Errorf("list types: %w", err)
	}
	slices.SortStableFunc(n.types, func(a, b crm.ActivityType) int { return a.Order - b.Order })
	list, err := tx.Connections(v.ctx(), v.who.User.ID)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	for _, c := range list {
		if c.State != store.Stopped {
			n.connections[c.ID] = c
		}
	}
	return n, nil
}

func (n *names) user(id store.ID) string {
	for _, u := range n.users {
		if u.ID == id {
			return u.Name
		}
	}
	return ""
}

func (v *visit) nameOfType(n *names, key string) string {
	for _, t := range n.types {
		if t.Key == key {
			return v.typeName(t)
		}
	}
	return key
}

// row shows an activity that went through the hub's projection.
func (v *visit) row(tx engine.Tx, a crm.Activity, masked, edit bool, n *names) (activityRow, error) {
	r := activityRow{
		ID: a.ID, Revision: a.Revision, Subject: v.subjectOf(&a, masked), When: v.When(a.Plan.Start, a.Plan.End, v.zone),
		Owner: n.user(a.OwnerID), Location: a.Plan.Location, Masked: masked, Done: a.Done, Recurring: a.Plan.IsSeries(),
		MayEdit: edit, Mine: a.OwnerID == v.who.User.ID,
	}
	if !masked {
		r.Type = v.nameOfType(n, a.Type)
		r.Overdue = !a.Done && !r.Recurring && v.past(a.Plan.End)
	}
	if len(n.connections) == 0 {
		return r, nil
	}
	links, err := tx.LinksOfActivity(v.ctx(), a.ID)
	if err != nil {
		return r, fmt.Errorf("list links: %w", err)
	}
	var in []string
	for _, l := range links {
		if c, mine := n.connections[l.Connection]; mine && (l.State == store.LinkLinked || l.State == store.LinkWriting) {
			in = append(in, c.CalendarName)
		}
	}
	r.Calendar = strings.Join(in, ", ")
	return r, nil
}

func (v *visit) past(end calendar.Time) bool {
	if end.IsZero() {
		return false
	}
	loc := v.zone
	if end.Kind == calendar.Zoned {
		l, err := time.LoadLocation(end.Zone)
		if err != nil {
			return false
		}
		loc = l
	}
	return end.Instant(loc).Before(v.now)
}

// subjectOf is the title that a viewer sees; a masked one has none.
func (v *visit) subjectOf(a *crm.Activity, masked bool) string {
	switch {
	case masked && (a.Plan.Private || !a.Plan.Busy):
		return v.T("activities.masked")
	case masked:
		return v.T("activity.busy_masked")
	case a.Plan.Subject == "":
		return v.T("common.untitled")
	}
	return a.Plan.Subject
}
