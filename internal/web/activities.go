package web

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
		if t != "" && t != "all" && utf8.ValidString(t) && !strings.Contains(t, "\x00") && !slices.Contains(f.Types, t) {
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
	if errors.Is(err, store.ErrCursor) {
		f.After = "" // an address that was cut short, or of another order: the first page is what there is to show
		return v.redirect(f.query())
	}
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
