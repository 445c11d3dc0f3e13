package pipedrive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

const (
	opPut    = "write activity"
	opRemove = "delete activity"
)

type object = map[string]any

// Put writes an activity. Nothing guards it: see the package's documentation.
func (u *User) Put(ctx context.Context, w provider.Put) (provider.Item, error) {
	if w.ID == "" {
		return u.create(ctx, w)
	}
	if err := u.expect(ctx, opPut, w.ID, w.Base); err != nil {
		return provider.Item{}, err
	}
	body, err := u.body(&w)
	if err != nil {
		return provider.Item{}, err
	}
	q := call{op: opPut, method: http.MethodPatch, path: onePath(w.ID), body: body, cost: costWrite, write: true, single: true}
	if len(body) > 0 {
		if _, err := u.client.send(ctx, q, nil); err != nil {
			return provider.Item{}, u.explain(ctx, &w, err)
		}
	}
	a, skew, err := u.get(ctx, opPut, w.ID)
	if err != nil {
		return provider.Item{}, unsure(err)
	}
	it := u.item(&a, skew)
	if it.State != provider.StateLive || !stands(&w, &it) {
		return provider.Item{}, &provider.Error{Op: opPut, Class: provider.Unknown, Status: "changed by somebody else meanwhile"}
	}
	items := []provider.Item{it}
	if err := u.name(ctx, items); err != nil {
		return provider.Item{}, unsure(err)
	}
	return items[0], nil
}

// expect fails unless an activity is still what a write was planned on.
func (u *User) expect(ctx context.Context, op string, id provider.RemoteID, base *provider.Item) error {
	a, skew, err := u.get(ctx, op, id)
	if provider.ClassOf(err) == provider.Gone && err != nil {
		if sees, asked := u.seesAll(ctx); asked != nil || !sees {
			return cmp.Or(asked, error(&provider.Error{Op: op, Class: provider.Forbidden, Code: string(provider.NotWritable), Status: "not to be seen"}))
		}
	}
	if err != nil {
		return err
	}
	it := u.item(&a, skew)
	switch {
	case it.State == provider.StateGone:
		return &provider.Error{Op: op, Class: provider.Gone, Status: "deleted"}
	case it.State == provider.StateForbidden:
		return &provider.Error{Op: op, Class: provider.Forbidden, Code: string(provider.NotWritable), Status: "somebody else's"}
	case base == nil, !it.Versions.Equal(base.Versions):
		return &provider.Error{Op: op, Class: provider.Conflict}
	case it.Editable == 0:
		return &provider.Error{Op: op, Class: provider.Forbidden, Code: string(provider.NotWritable), Status: "somebody else's private activity"}
	}
	return nil
}

// unsure is the error of a read behind a write: whatever it says, the write was done.
func unsure(err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return &provider.Error{Op: opPut, Class: provider.Unknown, Err: err}
	}
	p := *e
	p.Class, p.Code, p.Status = provider.Unknown, "", "written, and not read since: "+e.Class.String()+": "+e.Status
	return &p
}

// stands reports whether an activity says what was written, and what it said before in all else: then nobody else has changed it between
// the read before the write and the one after.
func stands(w *provider.Put, it *provider.Item) bool {
	for _, f := range (fields & calendar.EitherSide).List() {
		want := w.Base.Event.Values
		if w.Fields.Has(f) {
			want = w.Event.Values
		}
		if f == calendar.When && want.Start.Kind == calendar.Date && it.Event.Start == want.Start {
			continue // one day of several is all that is held
		}
		if f == calendar.Description {
			want.Description = lines(want.Description)
		}
		if !calendar.Same(f, &want, &it.Event.Values) {
			return false
		}
	}
	return true
}

// create makes an activity.
func (u *User) create(ctx context.Context, w provider.Put) (provider.Item, error) {
	body, err := u.body(&w)
	if err != nil {
		return provider.Item{}, err
	}
	body["owner_id"] = u.id
	if body["type"] == nil {
		body["type"] = "task"
	}
	if body["subject"] == nil {
		body["subject"] = noSubject
	}
	q := call{op: opPut, method: http.MethodPost, path: "/v2/activities", body: body, cost: costWrite, write: true, single: true}
	var raw json.RawMessage
	got, err := u.client.send(ctx, q, &raw)
	if err != nil {
		return provider.Item{}, u.explain(ctx, &w, err)
	}
	a, err := readActivity(raw)
	if err != nil {
		return provider.Item{}, broken(q, http.StatusOK, err)
	}
	items := []provider.Item{u.item(&a, got.skew)}
	_ = u.name(ctx, items) // it is made, whatever the names are; another reading has them
	return items[0], nil
}

// noSubject stands where an event has no title, which an activity has to have.
const noSubject = "-"

// body is what of an event is written, in the API's words.
func (u *User) body(w *provider.Put) (object, error) {
	o, v := object{}, &w.Event.Values
	if w.Event.IsSeries() {
		return nil, rejected(string(provider.Inexpressive), errors.New("a series"))
	}
	f := v.Facet()
	for _, field := range w.Fields.List() {
		switch field {
		case calendar.Subject:
			o["subject"] = v.Subject
			if v.Subject == "" {
				o["subject"] = noSubject
			}
		case calendar.When:
			if err := putWhen(o, v); err != nil {
				return nil, err
			}
		case calendar.Location:
			o["location"] = nil
			if v.Location != "" {
				o["location"] = object{"value": v.Location}
			}
		case calendar.Description:
			o["public_description"] = v.Description
		case calendar.Busy:
			o["busy"] = v.Busy
		case calendar.TypeFacet:
			o["type"] = f.Type.ID
		case calendar.DoneFacet:
			o["done"] = f.Done
		case calendar.NoteFacet:
			o["note"] = f.Note
		case calendar.DealFacet:
			if err := putLink(o, "deal_id", f.Deal.ID); err != nil {
				return nil, err
			}
		case calendar.OrgFacet:
			if err := putLink(o, "org_id", f.Org.ID); err != nil {
				return nil, err
			}
		case calendar.PersonFacet:
			if err := putPerson(o, w.Base, f.Person.ID); err != nil {
				return nil, err
			}
		}
	}
	return o, nil
}

// putLink writes to what an activity belongs; the empty id is nothing.
func putLink(o object, name, id string) (err error) {
	if o[name] = nil; id != "" {
		o[name], err = number(id)
	}
	return err
}

func number(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, rejected("", fmt.Errorf("a reference that is no number"))
	}
	return n, nil
}

// putPerson writes whom an activity is with. That is the primary one of its participants; the others stay (I13).
func putPerson(o object, base *provider.Item, id string) error {
	var others []object
	if base != nil {
		a, err := readActivity(base.Raw)
		if err != nil {
			return rejected("", fmt.Errorf("stored activity: %w", err))
		}
		for _, p := range a.Attendance {
			if !p.Primary && strconv.FormatInt(p.Person, 10) != id {
				others = append(others, object{"person_id": p.Person, "primary": false})
			}
		}
	}
	list := []object{}
	if id != "" {
		n, err := number(id)
		if err != nil {
			return err
		}
		list = append(list, object{"person_id": n, "primary": true})
	}
	o["participants"] = append(list, others...)
	return nil
}

// explain finds out whether a write was refused for its type: some answers name the field, and none says whether it is in use.
func (u *User) explain(ctx context.Context, w *provider.Put, err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Class != provider.Rejected || e.Code != "" || !w.Fields.Has(calendar.TypeFacet) {
		return err
	}
	f := w.Event.Facet()
	if u.memo.askTypes(ctx, u.client) != nil {
		return err // the refusal stands as it is
	}
	if _, active, asked := u.memo.kind(ctx, u.client, f.Type.ID); asked != nil || active {
		return err
	}
	named := *e
	named.Code = provider.CodeTypeNotHeld
	return &named
}

// Remove deletes an activity.
func (u *User) Remove(ctx context.Context, r provider.Remove) error {
	err := u.expect(ctx, opRemove, r.ID, r.Base)
	if err == nil {
		q := call{op: opRemove, method: http.MethodDelete, path: onePath(r.ID), cost: costDelete, write: true, single: true}
		_, err = u.client.send(ctx, q, nil)
	}
	if err != nil && provider.ClassOf(err) == provider.Gone {
		return nil
	}
	return err
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e.Code
	}
	return ""
}
