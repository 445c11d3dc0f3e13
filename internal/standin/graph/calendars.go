package graph

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// me is GET /me.
func (c *call) me() *failure {
	if !slices.Contains(c.scopes, "User.Read") {
		return refScope.because("Insufficient privileges to complete the operation.")
	}
	return c.byMethod(methods{"GET": func() *failure {
		o := object{
			{"id", c.box.guid}, {"displayName", c.box.Display}, {"givenName", c.box.Display}, {"surname", nil}, {"jobTitle", nil},
			{"mail", c.box.Name}, {"userPrincipalName", c.box.Name}, {"mobilePhone", nil}, {"officeLocation", nil}, {"preferredLanguage", nil},
		}
		if sel := c.option("$select"); sel != "" {
			o = o.only(strings.Split(sel, ",")...)
		}
		return c.send(http.StatusOK, append(object{{"@odata.context", c.base() + "/v1.0/$metadata#users/$entity"}}, o...))
	}})
}

func (s *Server) renderFolder(f *folder) object {
	own := f.owner.address == f.box.Name
	return object{
		{"id", f.id()}, {"name", f.name}, {"color", "auto"}, {"hexColor", ""}, {"isDefaultCalendar", f.isDefault},
		{"changeKey", changeKey(f.box.number, f.seq)}, {"canShare", own}, {"canViewPrivateItems", !f.hidePrivate}, {"canEdit", !f.readOnly},
		{"allowedOnlineMeetingProviders", []string{"teamsForBusiness"}}, {"defaultOnlineMeetingProvider", "teamsForBusiness"},
		{"isTallyingResponses", f.isDefault}, {"isRemovable", !f.isDefault},
		{"owner", object{{"name", f.owner.name}, {"address", f.owner.address}}},
	}
}

// calendarProperties are what $select may name.
var calendarProperties = []string{
	"id", "name", "color", "hexColor", "isDefaultCalendar", "changeKey", "canShare", "canViewPrivateItems", "canEdit",
	"allowedOnlineMeetingProviders", "defaultOnlineMeetingProvider", "isTallyingResponses", "isRemovable", "owner",
}

func (c *call) listCalendars() *failure {
	o, f := c.readOptions(calendarProperties, "$top", "$skip", "$select", "$count", "$orderby")
	if f != nil {
		return f
	}
	var list []object
	for _, f := range c.box.folders {
		x := c.renderFolder(f)
		if len(o.selected) > 0 {
			x = x.only(append([]string{"id"}, o.selected...)...)
		}
		list = append(list, x)
	}
	return c.sendPage("calendars", list, o)
}

// readName is the name in the body of a calendar.
func (c *call) readName() (string, *failure) {
	all, f := readObject(c.body)
	if f != nil {
		return "", f
	}
	for name := range all { // any order: one is enough
		if !slices.Contains(calendarProperties, name) && !strings.Contains(name, "@odata.") {
			return "", refBody.because("The property '" + name + "' does not exist on type 'microsoft.graph.calendar'.")
		}
	}
	var name string
	if raw, ok := all["name"]; ok {
		if err := json.Unmarshal(raw, &name); err != nil {
			return "", refBody.because("Cannot convert the value of 'name' to the type that it has.")
		}
	}
	if strings.TrimSpace(name) == "" {
		return "", refNoName.because("The calendar has no name.")
	}
	for _, f := range c.box.folders {
		if strings.EqualFold(f.name, name) {
			return "", refNameTaken.because("A folder with the specified name already exists.")
		}
	}
	return name, nil
}

func (c *call) createCalendar() *failure {
	name, fail := c.readName()
	if fail != nil {
		return fail
	}
	f := c.newFolder(c.box, Calendar{Name: name})
	return c.send(http.StatusCreated, c.withContext("calendars/$entity", c.renderFolder(f)))
}

func (c *call) patchCalendar(f *folder) *failure {
	if f.readOnly {
		return refReadOnly.because("Access is denied. Check credentials and try again.")
	}
	name, fail := c.readName()
	if fail != nil {
		return fail
	}
	c.box.seq++
	f.name, f.seq = name, c.box.seq
	return c.send(http.StatusOK, c.withContext("calendars/$entity", c.renderFolder(f)))
}

// deleteCalendar removes a calendar with all that it holds.
func (c *call) deleteCalendar(f *folder) *failure {
	if f.isDefault {
		return refDefault.because("The default calendar cannot be deleted.")
	}
	for _, it := range c.box.sorted() {
		if v := it.now(); v.folder == f {
			c.store(it, f, v.edit(), true)
		}
	}
	c.box.folders = slices.DeleteFunc(c.box.folders, func(o *folder) bool { return o == f })
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
