package web

import "strings"

// texts are a form's fields as people compare them, by the hub's names.
func (f *activityForm) texts(v *visit) map[string]string {
	yes := func(b bool) string {
		if b {
			return v.T("common.yes")
		}
		return v.T("common.no")
	}
	when := strings.TrimSpace(strings.Join([]string{f.Date, f.Start, "–", f.EndDate, f.End}, " "))
	if f.Date == "" {
		when = v.T("activities.no_date")
	}
	return map[string]string{
		"subject": f.Subject, "type": v.Word("type", f.Type), "when": when, "location": f.Location, "description": f.Description,
		"note": f.Note, "busy": v.Word("activity", f.Busy), "private": yes(f.Private), "visibility": v.Word("visibility", f.Visibility),
		"guests": f.Guests, "meeting_url": f.MeetingURL, "priority": f.Priority, "deal": f.Deal, "person": f.Person, "org": f.Org,
		"done": yes(f.Done), "owner": f.Owner, "recurrence": v.Word("repeat", f.Repeat) + " " + f.Rule,
	}
}

// follow takes over from now what this form left as it was.
func (f *activityForm) follow(was, now *activityForm) {
	take := func(mine *string, was, now string) {
		if *mine == was {
			*mine = now
		}
	}
	for _, t := range []struct {
		mine     *string
		was, now string
	}{
		{&f.Subject, was.Subject, now.Subject}, {&f.Type, was.Type, now.Type}, {&f.Owner, was.Owner, now.Owner},
		{&f.Location, was.Location, now.Location}, {&f.Description, was.Description, now.Description}, {&f.Note, was.Note, now.Note},
		{&f.Busy, was.Busy, now.Busy}, {&f.Visibility, was.Visibility, now.Visibility}, {&f.Guests, was.Guests, now.Guests},
		{&f.MeetingURL, was.MeetingURL, now.MeetingURL}, {&f.Priority, was.Priority, now.Priority}, {&f.Deal, was.Deal, now.Deal},
		{&f.Person, was.Person, now.Person}, {&f.Org, was.Org, now.Org},
	} {
		take(t.mine, t.was, t.now)
	}
	if f.Private == was.Private {
		f.Private = now.Private
	}
	if f.Done == was.Done {
		f.Done = now.Done
	}
	if f.Date == was.Date && f.Start == was.Start && f.EndDate == was.EndDate && f.End == was.End && f.AllDay == was.AllDay && f.Zone == was.Zone {
		f.Date, f.Start, f.EndDate, f.End, f.AllDay, f.Zone = now.Date, now.Start, now.EndDate, now.End, now.AllDay, now.Zone
	}
	if f.sameRepeat(&was.repeatForm) {
		f.repeatForm = now.repeatForm
	}
}
