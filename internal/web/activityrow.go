package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/engine"
	"tahti/internal/store"
)

// names are the people, types and calendars of a company, for showing what refers to them.
type names struct {
	users       []crm.User
	types       []crm.ActivityType
	connections map[store.ID]store.Connection
}

func (v *visit) names(tx engine.Tx) (*names, error) {
	n := &names{connections: map[store.ID]store.Connection{}}
	var err error
	if n.users, err = tx.Users(v.ctx()); err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	if n.types, err = tx.Types(v.ctx()); err != nil {
		return nil, fmt.Errorf("list types: %w", err)
	}
	slices.SortStableFunc(n.types, func(a, b crm.ActivityType) int { return a.Order - b.Order })
	list, err := tx.Connections(v.ctx(), v.who.User.ID)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	for _, c := range list {
		if c.State != store.Stopped {
			n.connections[c.ID] = c
		}
	}
	return n, nil
}

func (n *names) user(id store.ID) string {
	for _, u := range n.users {
		if u.ID == id {
			return u.Name
		}
	}
	return ""
}

func (v *visit) nameOfType(n *names, key string) string {
	for _, t := range n.types {
		if t.Key == key {
			return v.typeName(t)
		}
	}
	return key
}

// row shows an activity that went through the hub's projection.
func (v *visit) row(tx engine.Tx, a crm.Activity, masked, edit bool, n *names) (activityRow, error) {
	r := activityRow{
		ID: a.ID, Revision: a.Revision, Subject: v.subjectOf(&a, masked), When: v.When(a.Plan.Start, a.Plan.End, v.zone),
		Owner: n.user(a.OwnerID), Location: a.Plan.Location, Masked: masked, Done: a.Done, Recurring: a.Plan.IsSeries(),
		MayEdit: edit, Mine: a.OwnerID == v.who.User.ID,
	}
	if !masked {
		r.Type = v.nameOfType(n, a.Type)
		r.Overdue = !a.Done && !r.Recurring && v.past(a.Plan.End)
	}
	if len(n.connections) == 0 {
		return r, nil
	}
	links, err := tx.LinksOfActivity(v.ctx(), a.ID)
	if err != nil {
		return r, fmt.Errorf("list links: %w", err)
	}
	var in []string
	for _, l := range links {
		if c, mine := n.connections[l.Connection]; mine && (l.State == store.LinkLinked || l.State == store.LinkWriting) {
			in = append(in, c.CalendarName)
		}
	}
	r.Calendar = strings.Join(in, ", ")
	return r, nil
}

func (v *visit) past(end calendar.Time) bool {
	if end.IsZero() {
		return false
	}
	loc := v.zone
	if end.Kind == calendar.Zoned {
		l, err := time.LoadLocation(end.Zone)
		if err != nil {
			return false
		}
		loc = l
	}
	return end.Instant(loc).Before(v.now)
}

// subjectOf is the title that a viewer sees; a masked one has none.
func (v *visit) subjectOf(a *crm.Activity, masked bool) string {
	switch {
	case masked && (a.Plan.Private || !a.Plan.Busy):
		return v.T("activities.masked")
	case masked:
		return v.T("activity.busy_masked")
	case a.Plan.Subject == "":
		return v.T("common.untitled")
	}
	return a.Plan.Subject
}
