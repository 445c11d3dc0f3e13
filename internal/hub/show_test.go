package hub_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// fill puts something into every field that there is, also into those that somebody will add one day.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("secret%d", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(7_000_000 + *n))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Slice:
		s := reflect.MakeSlice(v.Type(), 1, 1)
		fill(s.Index(0), n)
		v.Set(s)
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		fill(p.Elem(), n)
		v.Set(p)
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		m.SetMapIndex(key, value)
		v.Set(m)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(int64(1_000_000+*n), 0).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("fill " + v.Kind().String())
	}
}

func full() crm.Activity {
	var a crm.Activity
	n := 0
	fill(reflect.ValueOf(&a).Elem(), &n)
	a.Plan.Start, a.Plan.End = at(2026, 3, 2, 10, 0), at(2026, 3, 2, 11, 0)
	o := &a.Plan.Overrides[0]
	o.Original, o.Set = monday(0), calendar.AllFields
	o.Start, o.End = at(2026, 3, 3, 10, 0), at(2026, 3, 3, 11, 0)
	a.Plan.Extra = []calendar.Time{at(2026, 3, 4, 10, 0)}
	a.Plan.Rule = "FREQ=WEEKLY"
	return a
}

// leaves walks all fields that hold something, by path.
func leaves(v reflect.Value, path string, visit func(path string)) {
	switch {
	case v.IsZero():
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]() && v.Type() != reflect.TypeFor[calendar.Time]():
		for i := range v.NumField() {
			leaves(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct && v.Type().Elem() != reflect.TypeFor[calendar.Time]():
		for i := range v.Len() {
			leaves(v.Index(i), path+"[]", visit)
		}
	default:
		visit(path)
	}
}

func TestMaskedShowsNothingElse(t *testing.T) {
	h := &hub.Hub{}
	visible := []string{
		".ID", ".OwnerID", ".Revision", ".Visibility", ".CreatedAt", ".UpdatedAt", ".DeletedAt",
		".Plan.Known", ".Plan.Rule", ".Plan.Extra", ".Plan.Cancelled",
		".Plan.Values.Start", ".Plan.Values.End", ".Plan.Values.Busy", ".Plan.Values.Private",
		".Plan.Overrides[].Original", ".Plan.Overrides[].Set",
		".Plan.Overrides[].Values.Start", ".Plan.Overrides[].Values.End", ".Plan.Overrides[].Values.Busy", ".Plan.Overrides[].Values.Private",
	}
	viewer := crm.User{ID: 1, Active: true, Role: crm.Administrator}
	for name, keep := range map[string]struct {
		private    bool
		visibility crm.Visibility
		parts      []crm.Participant
		masked     bool
	}{
		"private, before an administrator":               {true, crm.Everyone, nil, true},
		"private, before a participant":                  {true, crm.Everyone, []crm.Participant{{UserID: 1}}, true},
		"the owner's to see":                             {false, crm.OwnerOnly, nil, true},
		"a word for visibility that nobody knows":        {false, "someday", nil, true},
		"open, but another participant keeps it private": {false, crm.Everyone, []crm.Participant{{UserID: 2, Private: true}}, true},
		"open": {false, crm.Everyone, nil, false},
		"the owner's to see, before somebody who is in it": {false, crm.OwnerOnly, []crm.Participant{{UserID: 1}}, false},
	} {
		a := full()
		a.Plan.Private, a.Visibility = keep.private, keep.visibility
		a.Plan.Overrides[0].Private = keep.private
		shown := h.Show(viewer, a, keep.parts)
		if shown.Masked != keep.masked {
			t.Errorf("%s: masked is %v", name, shown.Masked)
		}
		if !keep.masked {
			continue
		}
		leaves(reflect.ValueOf(shown.Activity), "", func(path string) {
			if !slices.Contains(visible, path) {
				t.Errorf("%s: %s is shown", name, path)
			}
		})
		b, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "secret") {
			t.Errorf("%s: a secret is shown: %s", name, b)
		}
		if shown.Activity.Plan.Known.Has(calendar.Subject) || shown.Activity.Plan.Known.Has(calendar.GuestsField) {
			t.Errorf("%s: withheld fields are said to be known", name)
		}
		if shown.Access.Edit || shown.Access.See || shown.Access.Delete {
			t.Errorf("%s: access is %+v", name, shown.Access)
		}
	}
	if own := h.Show(crm.User{ID: full().OwnerID}, full(), nil); own.Masked || !reflect.DeepEqual(own.Activity, full()) {
		t.Error("the owner does not see everything")
	}
}

func TestPrivateOccurrenceOfAnOpenSeries(t *testing.T) {
	h := &hub.Hub{}
	a := full()
	a.Plan.Private, a.Visibility = false, crm.Everyone
	a.Plan.Subject = "weekly"
	a.Occurrences[0].Original = monday(0)
	a.Changed = map[string]crm.Change{"subject": {Revision: 2}, "subject@20260302T100000": {Revision: 3}}
	shown := h.Show(crm.User{ID: 1, Active: true}, a, nil)
	o := shown.Activity.Plan.Overrides[0]
	said := shown.Activity.Plan.Effective(&o)
	if said.Subject != "" || said.Location != "" || said.Description != "" || said.Guests != nil || said.MeetingURL != "" {
		t.Errorf("the private occurrence shows %+v", said)
	}
	if said.Start != at(2026, 3, 3, 10, 0) || !said.Busy {
		t.Errorf("its time is hidden: %+v", said)
	}
	if shown.Activity.Occurrences[0].Note != "" || len(shown.Activity.Changed) != 1 {
		t.Errorf("its note or its changes are shown: %+v %+v", shown.Activity.Occurrences, shown.Activity.Changed)
	}
	if shown.Activity.Plan.Subject != "weekly" {
		t.Error("the series is hidden too")
	}
	if a.Plan.Overrides[0].Subject == "" || len(a.Changed) != 2 {
		t.Error("showing changed what is stored")
	}
}

func TestListsDoNotFindWhatTheyHide(t *testing.T) {
	r := newRoom(t)
	secret := meeting("Secret")
	secret.Type, secret.Plan.Private, secret.Done = "call", true, true
	secret = r.create(hub.By(r.bob), secret)
	for range 5 {
		hidden := meeting("Hidden")
		hidden.Type, hidden.Visibility = "call", crm.OwnerOnly
		r.create(hub.By(r.bob), hidden)
		call := meeting("Open")
		call.Type = "call"
		r.create(hub.By(r.bob), call)
	}
	yes := true
	for name, c := range map[string]struct {
		filter store.ActivityFilter
		alice  int
		bob    int
	}{
		"everything":      {store.ActivityFilter{}, 11, 11},
		"by type":         {store.ActivityFilter{Types: []string{"call"}}, 5, 11},
		"by another type": {store.ActivityFilter{Types: []string{"task"}}, 0, 0},
		"by done":         {store.ActivityFilter{Done: &yes}, 0, 1},
		"by owner":        {store.ActivityFilter{Owner: r.bob.ID}, 11, 11},
		"by id":           {store.ActivityFilter{IDs: []store.ID{secret.ID}}, 1, 1},
		"by id and type":  {store.ActivityFilter{IDs: []store.ID{secret.ID}, Types: []string{"call"}}, 0, 1},
	} {
		for _, viewer := range []crm.User{r.alice, r.bob} {
			want := c.alice
			if viewer.ID == r.bob.ID {
				want = c.bob
			}
			for _, limit := range []int{1, 3, 100} {
				c.filter.Limit, c.filter.After = limit, ""
				got := 0
				for pages := 0; ; pages++ {
					var page hub.Page
					r.do(func(tx *store.Tx) (err error) { page, err = r.hub.List(r.ctx, tx, viewer, c.filter); return err })
					for _, item := range page.Items {
						got++
						if item.Masked != (viewer.ID == r.alice.ID && item.Activity.Plan.Subject == "") {
							t.Errorf("%s: %q is shown, masked is %v", name, item.Activity.Plan.Subject, item.Masked)
						}
					}
					if page.Next == "" {
						break
					}
					if c.filter.After = page.Next; pages > 20 {
						t.Fatalf("%s: the list does not end", name)
					}
				}
				if got != want {
					t.Errorf("%s, %s, %d a page: found %d, want %d", name, viewer.Name, limit, got, want)
				}
			}
			r.do(func(tx *store.Tx) error {
				n, more, err := r.hub.Count(r.ctx, tx, viewer, c.filter)
				if n != want || more {
					t.Errorf("%s, %s: counted %d, want %d", name, viewer.Name, n, want)
				}
				return err
			})
		}
	}
	r.do(func(tx *store.Tx) error {
		n, _, err := r.hub.Hidden(r.ctx, tx, r.bob, store.ActivityFilter{Types: []string{"task"}}, store.ActivityFilter{})
		if n != 11 {
			t.Errorf("the banner counts %d", n)
		}
		return err
	})
}

func TestHistoryOfWhatWasPrivateStaysHidden(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.bob, nil)
	sync := hub.BySync(c, 0)
	a := meeting("Doctor")
	a.OwnerID, a.Plan.Private = r.bob.ID, true
	a = r.create(sync, a)
	r.link(c, a.ID, false)
	r.mustUpdate(sync, a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Dentist"})})
	r.mustUpdate(hub.By(r.bob), a.ID, hub.Change{Fields: []string{"private", "subject"}, To: values(calendar.Values{Subject: "Lunch"})})
	r.mustUpdate(sync, a.ID, hub.Change{Fields: []string{"subject"}, To: values(calendar.Values{Subject: "Late lunch"})})
	for _, viewer := range []crm.User{r.alice, r.bob} {
		var rows []store.History
		r.do(func(tx *store.Tx) (err error) {
			rows, err = r.hub.HistoryOf(r.ctx, tx, viewer, 0, a.ID, 0, 100)
			return err
		})
		if len(rows) != 4 {
			t.Fatalf("%s sees %d rows", viewer.Name, len(rows))
		}
		b, _ := json.Marshal(rows)
		private := strings.Contains(string(b), "Doctor") || strings.Contains(string(b), "Dentist")
		if private != (viewer.ID == r.bob.ID) {
			t.Errorf("%s: private values shown is %v: %s", viewer.Name, private, b)
		}
		if !strings.Contains(string(rows[0].After), "Late lunch") {
			t.Errorf("%s: what happened in the open is hidden: %s", viewer.Name, rows[0].After)
		}
	}
}

func TestHistoryOfAPrivateDateStaysHidden(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.bob, nil)
	a := withOwner(weekly("Weekly"), r.bob)
	a.Visibility = crm.Everyone
	secret := a.Plan.EnsureOverride(monday(1))
	secret.Set, secret.Subject, secret.Private = calendar.Fields(calendar.Subject, calendar.Private), "Doctor", true
	a = r.create(hub.BySync(c, 0), a)
	r.link(c, a.ID, false)
	r.do(func(tx *store.Tx) error { return r.hub.Delete(r.ctx, tx, hub.By(r.bob), a.ID) })
	r.do(func(tx *store.Tx) error { _, err := r.hub.Revive(r.ctx, tx, hub.By(r.bob), a.ID); return err })
	open := values(calendar.Values{Subject: "Lunch"})
	if _, err := r.patch(hub.By(r.bob), a.ID, monday(1), hub.This, hub.Change{Fields: []string{"subject", "private"}, To: open}); err != nil {
		t.Fatal(err)
	}
	for _, viewer := range []crm.User{r.alice, r.bob} {
		var rows []store.History
		r.do(func(tx *store.Tx) (err error) {
			rows, err = r.hub.HistoryOf(r.ctx, tx, viewer, 0, a.ID, 0, 100)
			return err
		})
		b, _ := json.Marshal(rows)
		if shown := strings.Contains(string(b), "Doctor"); shown != (viewer.ID == r.bob.ID) {
			t.Errorf("%s: what was private is shown: %v: %s", viewer.Name, shown, b)
		}
	}
}
