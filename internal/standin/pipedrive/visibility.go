package pipedrive

// Visibility of deals, persons and organizations ("visible_to").
const (
	visibleOwner    = 1
	visibleEveryone = 3
	visibleGroup    = 5
	visibleBelow    = 7
)

// sees reports whether a user may see an item. An activity is seen by its owner, by administrators and by whoever sees all that it is
// linked to (guide to calendar sync).
func (s *Server) sees(m *member, r *record) bool {
	owner := r.number("owner_id")
	if m.Admin || owner == m.id {
		return r.entity != activities || owner == m.id || !r.private || !s.variant.PrivateHidden
	}
	if r.entity == activities {
		if r.private && s.variant.PrivateHidden {
			return false
		}
		for name, e := range links {
			if linked := s.items[e].byID[r.number(name)]; linked != nil && !s.sees(m, linked) {
				return false
			}
		}
		return true
	}
	of := s.user(owner)
	switch r.number("visible_to") {
	case visibleEveryone:
		return true
	case visibleGroup:
		return of != nil && m.Group == of.Group
	case visibleBelow:
		return of != nil && s.within(m.Group, of.Group)
	}
	return false
}

// links are the fields by which an activity is linked, and to what.
var links = map[string]*entity{"deal_id": deals, "person_id": persons, "org_id": organizations}

// within reports whether a visibility group is another one, or below it.
func (s *Server) within(group, of int) bool {
	for range len(s.opt.Company.Parents) + 1 {
		if group == of {
			return true
		}
		parent, ok := s.opt.Company.Parents[group]
		if !ok {
			return false
		}
		group = parent
	}
	return false
}

// masked reports whether a user sees of an activity no more than when it is.
func (r *record) masked(m *member) bool {
	return r.entity == activities && r.private && m != nil && r.number("owner_id") != m.id
}

// mayChange holds a change to the user's permissions.
func (c *call) mayChange(r *record) *failure {
	switch {
	case r.masked(c.who):
		return refPrivate.because("Private activities can be changed by their owner only.")
	case c.who.OwnOnly && r.number("owner_id") != c.who.id:
		return refMayNot.because("You do not have permissions to do this")
	}
	return nil
}

// viewers are the ids of those who may see an item.
func (s *Server) viewers(r *record) (ids []int64) {
	for _, m := range s.users {
		if m.active && s.sees(m, r) {
			ids = append(ids, m.id)
		}
	}
	return ids
}
