package pipedrive

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// open is the item that the path names, if the user may see it.
func (c *call) open(e *entity) (*record, *failure) {
	r := c.Server.find(e, c.id)
	if r == nil || !c.sees(c.who, r) || r.deleted && c.variant.DeletedGone {
		return nil, refNotFound.because(e.title + " not found")
	}
	return r, nil
}

// getItem is GET of one item.
func (c *call) getItem(e *entity) *failure {
	r, f := c.open(e)
	if f != nil {
		return f
	}
	extra, f := c.extras(e)
	if f != nil {
		return f
	}
	return c.answer(http.StatusOK, c.show(r, extra))
}

// extras are the additional fields that were asked for.
func (c *call) extras(e *entity) ([]string, *failure) {
	if c.query.Get("include_fields") == "" {
		return nil, nil
	}
	list := strings.Split(c.query.Get("include_fields"), ",")
	for _, name := range list {
		if !slices.Contains(e.extras, name) {
			return nil, invalid("include_fields", "The value you selected is not a valid choice.")
		}
	}
	return list, nil
}

// show writes an item for the caller. Fields that have to be asked for are left out otherwise.
func (c *call) show(r *record, extra []string) object {
	o := c.render(r, c.who)
	for _, name := range r.entity.extras {
		if !slices.Contains(extra, name) {
			delete(o, name)
		}
	}
	return o
}

// addItem is POST.
func (c *call) addItem(e *entity) *failure {
	v, f := c.check("", c.body, structure(e.writable))
	if f != nil {
		return f
	}
	given := v.(object)
	fields := maps.Clone(given)
	if fields["owner_id"] == nil {
		fields["owner_id"] = c.who.id
	}
	for _, name := range e.needed {
		if t, isText := fields[name].(string); fields[name] == nil || isText && strings.TrimSpace(t) == "" {
			if e == activities && c.variant.Defaults {
				continue
			}
			return refRequired.because("Validation failed: " + name + ": This value should not be blank.")
		}
	}
	r := &record{entity: e, fields: object{}}
	if f := c.accept(r, fields, given); f != nil {
		return f
	}
	done := r.done
	r = c.store(e, fields, c.who.id)
	r.done = done
	c.emit(change{action: "create", record: r, by: c.who, source: "api", app: c.grant.app})
	c.invite(r, nil)
	status := http.StatusOK
	if c.variant.PostIs201 {
		status = http.StatusCreated
	}
	return c.answer(status, c.show(r, nil))
}

// updateItem is PATCH: what is not named stays.
func (c *call) updateItem(e *entity) *failure {
	r, f := c.open(e)
	if f != nil {
		return f
	}
	if r.deleted {
		return refDeleted.because(e.title + " not found")
	}
	if f := c.mayChange(r); f != nil {
		return f
	}
	v, f := c.check("", c.body, structure(e.writable))
	if f != nil {
		return f
	}
	if f := c.rewrite(r, v.(object), change{by: c.who, source: "api", app: c.grant.app}); f != nil {
		return f
	}
	return c.answer(http.StatusOK, c.show(r, nil))
}

// rewrite changes an item and tells of it.
func (c *call) rewrite(r *record, given object, ch change) *failure {
	fields := maps.Clone(r.fields)
	for name, v := range given {
		if v == nil && slices.Contains(append(r.entity.needed, "owner_id"), name) {
			return refRequired.because("Validation failed: " + name + ": This value should not be blank.")
		}
		fields[name] = v
	}
	before := *r
	if f := c.accept(r, fields, given); f != nil {
		r.done = before.done
		return f
	}
	same := reflect.DeepEqual(present(fields), present(r.fields))
	r.fields = fields
	if same && c.variant.QuietPatch {
		return nil
	}
	c.touch(r)
	ch.action, ch.record, ch.before = "change", r, &before
	c.emit(ch)
	c.invite(r, &before)
	return nil
}

// present leaves out what is null: not there and null are one.
func present(o object) object {
	out := maps.Clone(o)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

// deleteItem is DELETE: the item is marked, and gone after thirty days.
func (c *call) deleteItem(e *entity) *failure {
	r, f := c.open(e)
	if f != nil {
		return f
	}
	if r.deleted && !c.variant.DeleteTwice {
		return refDeleted.because(e.title + " not found")
	}
	if f := c.mayChange(r); f != nil {
		return f
	}
	if !r.deleted {
		c.remove(r, change{by: c.who, source: "api", app: c.grant.app})
	}
	return c.answer(http.StatusOK, object{"id": r.id})
}

// remove deletes an item and tells of it.
func (s *Server) remove(r *record, ch change) {
	before := *r
	r.deleted = true
	s.touch(r)
	ch.action, ch.record, ch.before = "delete", r, &before
	s.emit(ch)
	s.uninvite(r)
}
