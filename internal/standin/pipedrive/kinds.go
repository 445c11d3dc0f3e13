package pipedrive

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// activityType is a type of activities. Its key never changes.
type activityType struct {
	id, order     int64
	name, key     string
	icon, color   string
	active        bool
	custom        bool
	added, edited time.Time
}

// firstKinds are those that every company begins with.
func firstKinds(s *Server) (list []*activityType) {
	for _, name := range []string{"Call", "Meeting", "Task", "Deadline", "Email", "Lunch"} {
		s.births++
		key := strings.ToLower(name)
		list = append(list, &activityType{id: s.births, order: s.births, name: name, key: key, icon: key, color: "FFFFFF", active: true, added: s.now(), edited: s.now()})
	}
	return list
}

// icons are those that a type may have (client).
var icons = strings.Fields("task email meeting deadline call lunch calendar downarrow document smartphone camera scissors cogs bubble uparrow checkbox signpost " +
	"shuffle addressbook linegraph picture car world search clip sound brush key padlock pricetag suitcase finish plane loop wifi truck cart bulb bell presentation")

func (k *activityType) render() object {
	return object{
		"id": k.id, "order_nr": k.order, "name": k.name, "key_string": k.key, "icon_key": k.icon, "active_flag": k.active, "color": k.color,
		"is_custom_flag": k.custom, "add_time": old(k.added), "update_time": old(k.edited),
	}
}

func (c *call) listTypes() *failure {
	var data []object
	for _, k := range c.kinds {
		data = append(data, k.render())
	}
	return c.answer(http.StatusOK, data)
}

var (
	colorForm = regexp.MustCompile(`^[0-9a-fA-F]{6}$`)
	notInKey  = regexp.MustCompile(`[^a-z0-9]+`)
)

// typeFields reads what a client says of a type.
func (c *call) typeFields(k *activityType) *failure {
	v, f := c.check("", c.body, structure(map[string]shape{"name": text, "icon_key": text, "color": text, "order_nr": integer}))
	if f != nil {
		return refLegacy.because(strings.TrimPrefix(f.message, "Validation failed: "))
	}
	given := v.(object)
	for name, to := range map[string]*string{"name": &k.name, "icon_key": &k.icon, "color": &k.color} {
		if t, ok := given[name].(string); ok {
			*to = t
		}
	}
	if n, ok := given["order_nr"].(int64); ok {
		k.order = n
	}
	switch {
	case strings.TrimSpace(k.name) == "":
		return refLegacy.because("Missing required field: name")
	case !slices.Contains(icons, k.icon):
		return refLegacy.because("Invalid icon_key")
	case !colorForm.MatchString(k.color):
		return refLegacy.because("Invalid color")
	}
	k.edited = c.now()
	return nil
}

// mayManage holds what administrators alone may do.
func (c *call) mayManage() *failure {
	if !c.who.Admin {
		return refAdmin.because("You do not have permissions to do this")
	}
	return nil
}

func (c *call) addType() *failure {
	if f := c.mayManage(); f != nil {
		return f
	}
	k := &activityType{color: "FFFFFF", active: true, custom: true, added: c.now(), order: int64(len(c.kinds) + 1)}
	if f := c.typeFields(k); f != nil {
		return f
	}
	base := strings.Trim(notInKey.ReplaceAllString(strings.ToLower(k.name), "_"), "_")
	k.key = base
	for n := 2; slices.ContainsFunc(c.kinds, func(x *activityType) bool { return x.key == k.key }); n++ {
		k.key = base + "_" + strconv.Itoa(n)
	}
	c.births++
	k.id = c.births
	c.kinds = append(c.kinds, k)
	return c.answer(http.StatusOK, k.render())
}

func (c *call) openType() (*activityType, *failure) {
	if f := c.mayManage(); f != nil {
		return nil, f
	}
	for _, k := range c.kinds {
		if k.id == c.id {
			return k, nil
		}
	}
	r := refNotFound
	r.Code = "" // v1 has no codes
	return nil, r.because("Activity type not found")
}

func (c *call) updateType() *failure {
	k, f := c.openType()
	if f != nil {
		return f
	}
	changed := *k
	if f := c.typeFields(&changed); f != nil {
		return f
	}
	*k = changed
	return c.answer(http.StatusOK, k.render())
}

// deleteType switches a type off: its activities keep it.
func (c *call) deleteType() *failure {
	k, f := c.openType()
	if f != nil {
		return f
	}
	k.active, k.edited = false, c.now()
	return c.answer(http.StatusOK, k.render())
}
