package pipedrive

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filter is a saved filter.
type filter struct {
	id     int64
	name   string
	kind   string
	owner  int64
	added  time.Time
	edited time.Time
	active bool
	// all have to hold, and one of any, if there are some.
	all, any []condition
}

type condition struct {
	object   string
	field    int64
	operator string
	value    any
	extra    any
}

// activityFields are the fields by which activities are filtered, by the ids that v1 gives them.
var activityFields = []struct{ key, name, kind string }{
	{"id", "ID", "int"}, {"subject", "Subject", "varchar"}, {"type", "Type", "enum"}, {"owner_id", "Assigned to user", "user"}, {"done", "Done", "enum"},
	{"due_date", "Due date", "date"}, {"due_time", "Due time", "time"}, {"duration", "Duration", "time"}, {"deal_id", "Deal", "deal"},
	{"person_id", "Contact person", "people"}, {"org_id", "Organization", "org"}, {"update_time", "Last updated time", "date"},
	{"add_time", "Add time", "date"}, {"busy", "Free/busy", "enum"}, {"priority", "Priority", "enum"}, {"note", "Note", "text"},
}

// firstField is the id of the first of them.
const firstField = 9001

// listFields is GET activityFields of v1, whose ids filters are made of.
func (c *call) listFields() *failure {
	var data []object
	for i, f := range activityFields {
		key := f.key
		if key == "owner_id" {
			key = "user_id" // as v1 names it
		}
		data = append(data, object{"id": firstField + i, "key": key, "name": f.name, "field_type": f.kind, "edit_flag": false, "active_flag": true, "mandatory_flag": false})
	}
	writeJSON(c.w, http.StatusOK, object{"success": true, "data": data, "additional_data": object{"start": 0, "limit": 100, "more_items_in_collection": false}})
	return nil
}

func (x *filter) render(whole, codes bool) object {
	o := object{
		"id": x.id, "name": x.name, "filter_code": nil, "is_editable": true, "active_flag": x.active, "type": x.kind, "temporary_flag": nil,
		"user_id": x.owner, "add_time": old(x.added), "update_time": old(x.edited), "visible_to": "1", "last_used_time": nil, "custom_view_id": nil,
	}
	if whole {
		o["conditions"] = object{"glue": "and", "conditions": []object{
			{"glue": "and", "conditions": conditions(x.all, codes)}, {"glue": "or", "conditions": conditions(x.any, codes)},
		}}
	}
	return o
}

func conditions(list []condition, codes bool) []object {
	out := []object{}
	for _, x := range list {
		o := object{"object": x.object, "field_id": fmt.Sprint(x.field), "operator": x.operator, "value": x.value, "extra_value": x.extra, "json_value_flag": false}
		if codes {
			o["field_code"] = activityFields[x.field-firstField].key
		}
		out = append(out, o)
	}
	return out
}

// mine are the filters that the caller sees.
func (c *call) mine(x *filter) bool { return x.active && (x.owner == c.who.id || c.who.Admin) }

func (c *call) listFilters() *failure {
	data := []object{}
	for _, x := range c.filters {
		if want := c.query.Get("type"); c.mine(x) && (want == "" || want == x.kind) {
			data = append(data, x.render(false, false))
		}
	}
	return c.answer(http.StatusOK, data)
}

func (c *call) openFilter(id int64) (*filter, *failure) {
	for _, x := range c.filters {
		if x.id == id && c.mine(x) {
			return x, nil
		}
	}
	return nil, refFilter.because("Filter not found")
}

func (c *call) getFilter() *failure {
	x, f := c.openFilter(c.id)
	if f != nil {
		f.Code = "" // v1 has no codes
		return f
	}
	return c.answer(http.StatusOK, x.render(true, c.flag("include_field_code")))
}

// filterOf is the filter that a list names, if it names one.
func (c *call) filterOf(e *entity) (*filter, *failure) {
	id, ok := c.number("filter_id")
	if !ok {
		return nil, nil
	}
	x, f := c.openFilter(id)
	if f != nil {
		return nil, f
	}
	if x.kind != e.plain {
		return nil, refFilter.because("Filter not found")
	}
	return x, nil
}

// operators that a condition may have (client).
var operators = []string{"IS NOT NULL", "IS NULL", "<=", ">=", "<", ">", "!=", "=", "LIKE '$%'", "LIKE '%$%'", "NOT LIKE '$%'"}

// readConditions reads the one form that is taken: a group of groups, the first glued with "and", the second with "or".
func (c *call) readConditions(v any) (all, any_ []condition, f *failure) {
	wrong := refLegacy.because("Invalid filter conditions")
	top, _ := v.(object)
	groups, _ := top["conditions"].([]any)
	if top["glue"] != "and" || len(groups) == 0 || len(groups) > 2 {
		return nil, nil, wrong
	}
	n := 0
	for _, g := range groups {
		group, _ := g.(object)
		list, ok := group["conditions"].([]any)
		glue, _ := group["glue"].(string)
		if !ok || glue != "and" && glue != "or" {
			return nil, nil, wrong
		}
		for _, x := range list {
			o, _ := x.(object)
			cond := condition{operator: fmt.Sprint(o["operator"]), value: o["value"], extra: o["extra_value"]}
			cond.object, _ = o["object"].(string)
			_, err := fmt.Sscan(fmt.Sprint(o["field_id"]), &cond.field)
			i := cond.field - firstField
			if err != nil || cond.object != "activity" || i < 0 || i >= int64(len(activityFields)) || !slices.Contains(operators, cond.operator) {
				return nil, nil, wrong
			}
			if n++; n > 16 {
				return nil, nil, refLegacy.because("A maximum of 16 conditions is allowed per filter")
			}
			if glue == "and" {
				all = append(all, cond)
			} else {
				any_ = append(any_, cond)
			}
		}
	}
	return all, any_, nil
}

var filterKinds = []string{"deals", "leads", "org", "people", "products", "activity", "projects"}

// filterFields reads what a client says of a filter. Only those of activities have conditions here.
func (c *call) filterFields(x *filter) (f *failure) {
	v := plain(c.body).(object)
	if name, ok := v["name"].(string); ok {
		x.name = name
	}
	if kind, ok := v["type"].(string); ok && x.kind == "" {
		x.kind = kind
	}
	if x.name == "" || !slices.Contains(filterKinds, x.kind) {
		return refLegacy.because("Missing or invalid filter name or type")
	}
	if x.kind != "activity" {
		return nil
	}
	x.all, x.any, f = c.readConditions(v["conditions"])
	x.edited = c.now()
	return f
}

func (c *call) addFilter() *failure {
	x := &filter{owner: c.who.id, added: c.now(), active: true}
	if f := c.filterFields(x); f != nil {
		return f
	}
	c.births++
	x.id = c.births
	c.filters = append(c.filters, x)
	return c.answer(http.StatusOK, x.render(true, c.flag("include_field_code")))
}

func (c *call) updateFilter() *failure {
	x, f := c.openFilter(c.id)
	if f != nil {
		f.Code = ""
		return f
	}
	changed := *x
	if f := c.filterFields(&changed); f != nil {
		return f
	}
	*x = changed
	return c.answer(http.StatusOK, x.render(true, c.flag("include_field_code")))
}

func (c *call) deleteFilter() *failure {
	x, f := c.openFilter(c.id)
	if f != nil {
		f.Code = ""
		return f
	}
	x.active = false
	return c.answer(http.StatusOK, object{"id": x.id})
}

// holds reports whether an item is one that the filter is for.
func (x *filter) holds(r *record) bool {
	for _, cond := range x.all {
		if !cond.holds(r) {
			return false
		}
	}
	return len(x.any) == 0 || slices.ContainsFunc(x.any, func(cond condition) bool { return cond.holds(r) })
}

// holds compares as texts, but for whole numbers, which compare as numbers.
func (x condition) holds(r *record) bool {
	key := activityFields[x.field-firstField].key
	got := r.fields[key]
	switch key {
	case "id":
		got = r.id
	case "update_time":
		got = old(r.updated)
	case "add_time":
		got = old(r.added)
	case "done", "busy":
		got = map[bool]int64{true: 1}[got == true]
	}
	switch x.operator {
	case "IS NULL":
		return got == nil
	case "IS NOT NULL":
		return got != nil
	}
	if got == nil {
		return x.operator == "!=" || x.operator == "NOT LIKE '$%'"
	}
	a, b := fmt.Sprint(got), fmt.Sprint(x.value)
	n := strings.Compare(a, b)
	if whole, ok := got.(int64); ok {
		if other, err := strconv.ParseInt(b, 10, 64); err == nil {
			n = cmp.Compare(whole, other)
		}
	}
	switch x.operator {
	case "=":
		return n == 0
	case "!=":
		return n != 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	case ">=":
		return n >= 0
	case "LIKE '$%'":
		return strings.HasPrefix(strings.ToLower(a), strings.ToLower(b))
	case "LIKE '%$%'":
		return strings.Contains(strings.ToLower(a), strings.ToLower(b))
	}
	return !strings.HasPrefix(strings.ToLower(a), strings.ToLower(b))
}
