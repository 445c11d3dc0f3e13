package pipedrive

import (
	"net/http"
	"slices"
	"strings"
)

// method is one method of the API.
type method struct {
	id      string // as the official client names it
	version int
	verb    string
	path    string // below /api/v1/ or /api/v2/; {id} is a number
	cost    int    // in tokens, as the reference says
	// params are the query parameters: "name:type", the types being i(nteger), b(oolean), s, t(ime) and words with bars between.
	params string
	// scopes are those of which one is enough.
	scopes string
	search bool // has a burst limit of its own
	run    func(*call) *failure
}

const (
	scopesActivities = "activities:read activities:full"
	scopesContacts   = "contacts:read contacts:full"
	scopesDeals      = "deals:read deals:full"
	scopesFilters    = scopesDeals + " " + scopesActivities + " " + scopesContacts
	writesFilters    = "deals:full activities:full contacts:full"
	paramsPage       = " updated_since:t updated_until:t sort_direction:asc|desc limit:i cursor:s"
	paramsFields     = " custom_fields:s include_option_labels:b include_labels:b"
)

// methods is the API as far as it is here. Costs are x-token-cost of the provider's own description of the API.
var methods = slices.Concat(
	methodsOf(activities, "getActivities addActivity getActivity updateActivity deleteActivity", scopesActivities, "activities:full",
		"filter_id:i ids:s owner_id:i deal_id:i lead_id:s person_id:i org_id:i done:b sort_by:id|update_time|add_time|due_date include_fields:s", "include_fields:s"),
	methodsOf(persons, "getPersons addPerson getPerson updatePerson deletePerson", scopesContacts, "contacts:full",
		"filter_id:i ids:s owner_id:i org_id:i deal_id:i sort_by:id|update_time|add_time include_fields:s"+paramsFields, "include_fields:s"+paramsFields),
	methodsOf(organizations, "getOrganizations addOrganization getOrganization updateOrganization deleteOrganization", scopesContacts, "contacts:full",
		"filter_id:i ids:s owner_id:i sort_by:id|update_time|add_time include_fields:s"+paramsFields, "include_fields:s"+paramsFields),
	methodsOf(deals, "getDeals addDeal getDeal updateDeal deleteDeal", scopesDeals, "deals:full",
		"filter_id:i ids:s owner_id:i person_id:i org_id:i pipeline_id:i stage_id:i status:s sort_by:id|update_time|add_time include_fields:s"+paramsFields, "include_fields:s"+paramsFields),
	[]*method{
		{id: "getActivityTypes", version: 1, verb: "GET", path: "activityTypes", cost: 20, scopes: scopesActivities + " admin", run: (*call).listTypes},
		{id: "addActivityType", version: 1, verb: "POST", path: "activityTypes", cost: 10, scopes: "admin", run: (*call).addType},
		{id: "updateActivityType", version: 1, verb: "PUT", path: "activityTypes/{id}", cost: 10, scopes: "admin", run: (*call).updateType},
		{id: "deleteActivityType", version: 1, verb: "DELETE", path: "activityTypes/{id}", cost: 6, scopes: "admin", run: (*call).deleteType},
		{id: "getActivityFields", version: 1, verb: "GET", path: "activityFields", cost: 20, params: "start:i limit:i", scopes: scopesActivities, run: (*call).listFields},
		{id: "getUsers", version: 1, verb: "GET", path: "users", cost: 20, scopes: "users:read", run: (*call).listUsers},
		{id: "getCurrentUser", version: 1, verb: "GET", path: "users/me", cost: 2, scopes: "base", run: (*call).currentUser},
		{id: "findUsersByName", version: 1, verb: "GET", path: "users/find", cost: 40, params: "term:s search_by_email:0|1", scopes: "users:read", search: true, run: (*call).findUsers},
		{id: "getUser", version: 1, verb: "GET", path: "users/{id}", cost: 2, scopes: "users:read", run: (*call).getUser},
		{id: "getFilters", version: 1, verb: "GET", path: "filters", cost: 20, params: "type:deals|leads|org|people|products|activity|projects", scopes: scopesFilters, run: (*call).listFilters},
		{id: "addFilter", version: 1, verb: "POST", path: "filters", cost: 10, params: "include_field_code:b", scopes: writesFilters, run: (*call).addFilter},
		{id: "getFilter", version: 1, verb: "GET", path: "filters/{id}", cost: 2, params: "include_field_code:b", scopes: scopesFilters, run: (*call).getFilter},
		{id: "updateFilter", version: 1, verb: "PUT", path: "filters/{id}", cost: 10, params: "include_field_code:b", scopes: writesFilters, run: (*call).updateFilter},
		{id: "deleteFilter", version: 1, verb: "DELETE", path: "filters/{id}", cost: 6, scopes: writesFilters, run: (*call).deleteFilter},
		{id: "getWebhooks", version: 1, verb: "GET", path: "webhooks", cost: 10, scopes: "admin webhooks:read webhooks:full", run: (*call).listHooks},
		{id: "addWebhook", version: 1, verb: "POST", path: "webhooks", cost: 10, scopes: "admin webhooks:full", run: (*call).addHook},
		{id: "deleteWebhook", version: 1, verb: "DELETE", path: "webhooks/{id}", cost: 6, scopes: "admin webhooks:full", run: (*call).deleteHook},
	},
)

// methodsOf are the five methods that each kind of items has in v2, at the same prices.
func methodsOf(e *entity, ids, reads, writes, listParams, getParams string) []*method {
	id := strings.Fields(ids)
	one := e.path + "/{id}"
	return []*method{
		{id: id[0], version: 2, verb: "GET", path: e.path, cost: 10, params: listParams + paramsPage, scopes: reads, run: func(c *call) *failure { return c.listItems(e) }},
		{id: id[1], version: 2, verb: "POST", path: e.path, cost: 5, scopes: writes, run: func(c *call) *failure { return c.addItem(e) }},
		{id: id[2], version: 2, verb: "GET", path: one, cost: 1, params: getParams, scopes: reads, run: func(c *call) *failure { return c.getItem(e) }},
		{id: id[3], version: 2, verb: "PATCH", path: one, cost: 5, scopes: writes, run: func(c *call) *failure { return c.updateItem(e) }},
		{id: id[4], version: 2, verb: "DELETE", path: one, cost: 3, scopes: writes, run: func(c *call) *failure { return c.deleteItem(e) }},
	}
}

// find is the method behind a request's path. v1 is there without /api, too; known says that the path has other methods.
func find(r *http.Request) (m *method, id string, known bool) {
	rest, version := "", 0
	for prefix, v := range map[string]int{"/api/v2/": 2, "/api/v1/": 1, "/v1/": 1} {
		if after, ok := strings.CutPrefix(r.URL.Path, prefix); ok {
			rest, version = after, v
		}
	}
	for _, x := range methods {
		if x.version != version {
			continue
		}
		got, ok := matches(x.path, rest)
		if !ok {
			continue
		}
		if x.verb == r.Method {
			return x, got, true
		}
		known = true
	}
	return nil, "", known
}

// matches reports whether a path is of a pattern, and what stands for {id}.
func matches(pattern, path string) (id string, ok bool) {
	head, hasID := strings.CutSuffix(pattern, "{id}")
	if !hasID {
		return "", path == pattern
	}
	id, ok = strings.CutPrefix(path, head)
	if ok && (id == "" || strings.Contains(id, "/") || head == "users/" && (id == "me" || id == "find")) {
		return "", false
	}
	return id, ok
}

// takes reports whether the method has the query parameter, and its type.
func (m *method) takes(name string) (kind string, ok bool) {
	for _, p := range strings.Fields(m.params) {
		if n, k, _ := strings.Cut(p, ":"); n == name {
			return k, true
		}
	}
	return "", false
}

// allows reports whether one of the granted scopes is enough. "base" is granted to every program.
func (m *method) allows(g *grant) bool {
	if g.app == nil {
		return true // an API token is its user's in whole
	}
	for _, s := range strings.Fields(m.scopes) {
		if s == "base" || g.scopes[s] {
			return true
		}
	}
	return false
}
