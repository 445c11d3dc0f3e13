package pipedrive

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// activities are the items that this is about. person_id is not among what can be set: it comes of the primary participant (guide to v2).
var activities = &entity{
	name: "activity", title: "Activity", path: "activities", plain: "activity", needed: []string{"subject", "type"}, extras: []string{"attendees"},
	writable: map[string]shape{
		"subject": text, "type": text, "owner_id": integer, "deal_id": integer, "lead_id": uuidShape, "person_id": integer, "org_id": integer,
		"project_id": integer, "due_date": dayShape, "due_time": clockShape, "duration": durationShape, "busy": flag, "done": required(flag),
		"location": addressShape, "public_description": text, "priority": integer, "outcome": integer, "note": text, "is_deleted": flag,
		"participants": list(structure(map[string]shape{"person_id": required(integer), "primary": flag})),
		"attendees": list(structure(map[string]shape{
			"email": text, "name": text, "status": text, "is_organizer": flag, "person_id": integer, "user_id": integer,
		})),
	},
}

// priorities are the options of the field, by their ids.
var priorities = []int64{262, 263, 264}

// acceptActivity holds an activity as it would be, and completes it.
func (c *call) acceptActivity(r *record, fields, given object) *failure {
	if given["is_deleted"] == true {
		return refDelete.because("Use the DELETE endpoint to delete an activity.")
	}
	delete(fields, "is_deleted")
	if _, set := given["person_id"]; set {
		return refPersonID.because("'person_id' is a read-only field. Add a primary participant to set 'person_id' instead. For example: " +
			`"participants": [{ "person_id": 1, "primary": true }]`)
	}
	c.completeActivity(fields)
	if f := c.acceptType(r, given, fields); f != nil {
		return f
	}
	for _, name := range []string{"lead_id", "project_id", "outcome"} {
		if given[name] != nil {
			return refReference.because(name + " is not found") // there are none here
		}
	}
	if p, _ := fields["priority"].(int64); fields["priority"] != nil && !slices.Contains(priorities, p) {
		return refReference.because("priority is not an option of the field")
	}
	if d, _ := fields["duration"].(string); c.variant.ShortDurations && given["duration"] != nil && len(d) > 1 && d >= "24" {
		return refDuration.because("Validation failed: duration: This value is not a valid datetime.")
	}
	if f := c.acceptParticipants(fields, given); f != nil {
		return f
	}
	if f := c.acceptLinks(given, "owner_id", "deal_id", "org_id"); f != nil {
		return f
	}
	switch done := fields["done"] == true; {
	case !done:
		r.done = time.Time{}
	case r.done.IsZero():
		r.done = c.now().Truncate(time.Second)
	}
	return nil
}

// completeActivity writes times in the one form that is kept, and what is not named as the variants have it.
func (c *call) completeActivity(fields object) {
	for _, name := range []string{"due_time", "duration"} {
		if t, ok := fields[name].(string); ok {
			fields[name] = minutes(t)
		}
	}
	if fields["type"] == nil {
		fields["type"] = "call"
	}
	if fields["subject"] == nil {
		fields["subject"] = "Call"
	}
	if fields["done"] == nil {
		fields["done"] = false
	}
	if fields["due_date"] == nil && c.variant.Today {
		fields["due_date"] = c.now().UTC().Format(time.DateOnly)
	}
}

// minutes cuts the seconds off a time or a duration.
func minutes(t string) string {
	parts := strings.Split(t, ":")
	return parts[0] + ":" + parts[1]
}

// acceptType holds the type to those that the company has. What an activity has already stays, though it was switched off since.
func (c *call) acceptType(r *record, given, fields object) *failure {
	if r.id != 0 && given["type"] == nil {
		return nil
	}
	key, _ := fields["type"].(string)
	for _, k := range c.kinds {
		if k.key == key && (k.active || c.variant.AnyType) {
			return nil
		}
	}
	if c.variant.AnyType {
		return nil
	}
	return refType.because("Activity type " + strconv.Quote(key) + " is not found")
}

// acceptParticipants checks the persons that take part, and lets one of them be the primary one.
func (c *call) acceptParticipants(fields, given object) *failure {
	l, set := given["participants"]
	if !set {
		return nil
	}
	delete(fields, "person_id")
	participants, _ := l.([]any)
	primary := -1
	for i, x := range participants {
		p := x.(object)
		id, _ := p["person_id"].(int64)
		if linked := c.Server.find(persons, id); linked == nil || linked.deleted || !c.sees(c.who, linked) {
			return refReference.because("Person " + strconv.FormatInt(id, 10) + " is not found")
		}
		if p["primary"] == true && primary < 0 {
			primary = i
		}
	}
	if len(participants) == 0 {
		return nil
	}
	out := make([]any, len(participants))
	for i, x := range participants {
		id := x.(object)["person_id"]
		out[i] = object{"person_id": id, "primary": i == max(primary, 0)}
		if i == max(primary, 0) {
			fields["person_id"] = id
		}
	}
	fields["participants"] = out
	return nil
}

// acceptLinks holds the owner and the links that a client sets to what is there for its user.
func (c *call) acceptLinks(given object, names ...string) *failure {
	for _, name := range names {
		id, ok := given[name].(int64)
		if !ok {
			continue
		}
		if name == "owner_id" {
			if m := c.user(id); m == nil || !m.active {
				return refReference.because("User " + strconv.FormatInt(id, 10) + " is not found")
			}
			continue
		}
		if linked := c.Server.find(links[name], id); linked == nil || linked.deleted || !c.sees(c.who, linked) {
			return refReference.because(links[name].title + " " + strconv.FormatInt(id, 10) + " is not found")
		}
	}
	return nil
}

// clock writes a time or a duration as answers have it.
func (s *Server) clock(v any) any {
	if t, ok := v.(string); ok && s.variant.Seconds {
		return t + ":00"
	}
	return v
}

// renderActivity writes an activity; of a private one of somebody else no more than when it is.
func (s *Server) renderActivity(r *record, viewer *member) object {
	f := r.fields
	o := object{
		"id": r.id, "subject": f["subject"], "type": f["type"], "owner_id": f["owner_id"], "creator_user_id": r.creator, "is_deleted": r.deleted,
		"add_time": stamp(r.added), "update_time": stamp(r.updated), "deal_id": f["deal_id"], "lead_id": nil, "person_id": f["person_id"],
		"org_id": f["org_id"], "project_id": nil, "due_date": f["due_date"], "due_time": s.clock(f["due_time"]), "duration": s.clock(f["duration"]),
		"busy": f["busy"], "done": f["done"] == true, "marked_as_done_time": nil, "location": address(f["location"]),
		"participants": orEmpty(f["participants"]), "attendees": guestsOf(f["attendees"]),
		"conference_meeting_client": r.meeting["client"], "conference_meeting_url": r.meeting["url"], "conference_meeting_id": r.meeting["id"],
		"public_description": f["public_description"], "priority": f["priority"], "outcome": nil, "note": f["note"],
	}
	if !r.done.IsZero() {
		o["marked_as_done_time"] = stamp(r.done)
	}
	if s.variant.PrivateField {
		o["private"] = r.private
	}
	if r.masked(viewer) {
		o["subject"] = "Private"
		for _, name := range []string{"deal_id", "person_id", "org_id", "location", "public_description", "note", "conference_meeting_client", "conference_meeting_url", "conference_meeting_id", "priority"} {
			o[name] = nil
		}
		o["participants"], o["attendees"] = []any{}, []any{}
	}
	return o
}

func orEmpty(v any) any {
	if v == nil {
		return []any{}
	}
	return v
}

// address writes all parts of an address; those that nobody gave are null.
func address(v any) any {
	given, ok := v.(object)
	if !ok {
		return nil
	}
	o := object{}
	for name := range addressShape.fields {
		o[name] = given[name]
	}
	return o
}

// guestsOf writes all parts of guests.
func guestsOf(v any) any {
	l, _ := v.([]any)
	out := make([]any, 0, len(l))
	for _, x := range l {
		given, _ := x.(object)
		o := object{}
		for _, name := range []string{"email", "name", "status", "is_organizer", "person_id", "user_id"} {
			o[name] = given[name]
		}
		if o["is_organizer"] == nil {
			o["is_organizer"] = false
		}
		out = append(out, o)
	}
	return out
}
