package pipedrive

import (
	"maps"
	"slices"
	"strings"
)

// What activities are linked to, as much of it as linking needs.
var (
	persons = &entity{
		name: "person", title: "Person", path: "persons", plain: "people", needed: []string{"name"},
		writable: map[string]shape{
			"name": text, "owner_id": integer, "org_id": integer, "add_time": timeShape, "emails": contactShape, "phones": contactShape,
			"visible_to": integer, "label_ids": list(integer), "custom_fields": loose, "is_deleted": flag,
		},
	}
	organizations = &entity{
		name: "organization", title: "Organization", path: "organizations", plain: "org", needed: []string{"name"},
		writable: map[string]shape{
			"name": text, "owner_id": integer, "add_time": timeShape, "visible_to": integer, "label_ids": list(integer), "address": addressShape,
			"website": text, "linkedin": text, "industry": integer, "annual_revenue": number, "employee_count": integer, "custom_fields": loose, "is_deleted": flag,
		},
	}
	deals = &entity{
		name: "deal", title: "Deal", path: "deals", plain: "deals", needed: []string{"title"},
		writable: map[string]shape{
			"title": text, "owner_id": integer, "person_id": integer, "org_id": integer, "pipeline_id": integer, "stage_id": integer, "value": number,
			"currency": text, "is_archived": flag, "status": text, "probability": number, "lost_reason": text, "visible_to": integer,
			"expected_close_date": dayShape, "label_ids": list(integer), "custom_fields": loose, "is_deleted": flag,
		},
	}
)

// visibilities that an item may have.
var visibilities = []int64{visibleOwner, visibleEveryone, visibleGroup, visibleBelow}

// accept holds an item as it would be to what its kind asks for, and completes it. given is what the client sent.
func (c *call) accept(r *record, fields, given object) *failure {
	if r.entity == activities {
		return c.acceptActivity(r, fields, given)
	}
	if given["is_deleted"] == true {
		return refDelete.because("Use the DELETE endpoint to delete it.")
	}
	delete(fields, "is_deleted")
	if fields["visible_to"] == nil {
		fields["visible_to"] = int64(visibleEveryone)
	}
	if v, _ := fields["visible_to"].(int64); !slices.Contains(visibilities, v) {
		return invalid("visible_to", "The value you selected is not a valid choice.")
	}
	if status, ok := given["status"].(string); ok && !slices.Contains([]string{"open", "won", "lost"}, status) {
		return invalid("status", "The value you selected is not a valid choice.")
	}
	if o, ok := fields["custom_fields"].(object); ok && len(o) > 0 {
		return refUnknown.because("Validation failed: custom_fields: This field was not expected.") // the company has none
	}
	return c.acceptLinks(given, "owner_id", "person_id", "org_id")
}

// render writes an item as its viewer sees it; nil sees all.
func (s *Server) render(r *record, viewer *member) object {
	f := r.fields
	o := object{
		"id": r.id, "owner_id": f["owner_id"], "add_time": stamp(r.added), "update_time": stamp(r.updated), "is_deleted": r.deleted,
		"visible_to": f["visible_to"], "label_ids": orEmpty(f["label_ids"]), "custom_fields": object{},
	}
	switch r.entity {
	case activities:
		return s.renderActivity(r, viewer)
	case persons:
		first, last, _ := strings.Cut(r.text("name"), " ")
		maps.Copy(o, object{
			"name": f["name"], "first_name": first, "last_name": last, "org_id": f["org_id"], "emails": contacts(f["emails"]),
			"phones": contacts(f["phones"]), "picture_id": nil, "postal_address": nil, "notes": nil, "im": []any{}, "birthday": nil, "job_title": nil,
		})
	case organizations:
		for _, k := range []string{"name", "website", "linkedin", "industry", "annual_revenue", "employee_count"} {
			o[k] = f[k]
		}
		o["address"] = address(f["address"])
	case deals:
		renderDeal(o, f)
	}
	return o
}

func renderDeal(o, f object) {
	for _, k := range strings.Fields("title person_id org_id value currency status probability lost_reason expected_close_date") {
		o[k] = f[k]
	}
	for _, k := range strings.Fields("stage_change_time close_time won_time lost_time origin_id channel channel_id source_lead_id arr mrr acv") {
		o[k] = nil
	}
	o["pipeline_id"], o["stage_id"], o["origin"], o["is_archived"] = int64(1), int64(1), "API", f["is_archived"] == true
	if f["pipeline_id"] != nil {
		o["pipeline_id"] = f["pipeline_id"]
	}
	if f["stage_id"] != nil {
		o["stage_id"] = f["stage_id"]
	}
	if f["status"] == nil {
		o["status"] = "open"
	}
	if f["value"] == nil {
		o["value"] = int64(0)
	}
	if f["currency"] == nil {
		o["currency"] = "EUR"
	}
}

// contacts writes addresses and numbers: the first one is the primary one where none is.
func contacts(v any) any {
	l, _ := v.([]any)
	out := make([]any, 0, len(l))
	primary := slices.IndexFunc(l, func(x any) bool { return x.(object)["primary"] == true })
	for i, x := range l {
		label := x.(object)["label"]
		if label == nil {
			label = "work"
		}
		out = append(out, object{"value": x.(object)["value"], "primary": i == max(primary, 0), "label": label})
	}
	return out
}

// match filters a list by the parameters of its kind alone.
func (c *call) match(r *record) bool {
	switch r.entity {
	case activities:
		if c.query.Has("done") && r.flag("done") != c.flag("done") {
			return false
		}
		if c.query.Get("lead_id") != "" && !c.query.Has("filter_id") {
			return false // there are no leads here
		}
		return c.is(r, "deal_id") && c.is(r, "person_id") && c.is(r, "org_id")
	case persons:
		if n, ok := c.number("deal_id"); ok && !c.query.Has("filter_id") {
			d := c.Server.find(deals, n)
			return d != nil && d.number("person_id") == r.id
		}
		return c.is(r, "org_id")
	case deals:
		status := "open"
		if s := r.text("status"); s != "" {
			status = s
		}
		if r.deleted {
			status = "deleted"
		}
		if want := c.query.Get("status"); want != "" && !slices.Contains(strings.Split(want, ","), status) {
			return false
		}
		return !r.flag("is_archived") && c.is(r, "person_id") && c.is(r, "org_id") && c.is(r, "pipeline_id") && c.is(r, "stage_id")
	}
	return true
}
