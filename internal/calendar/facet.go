package calendar

// Facets are what an item of another CRM says beside what calendars say: the kind of activity, whether it is done, what was noted, and
// to what it belongs. Which of them are known is for [Event.Known] to say, as of any field.
type Facets struct {
	Type Ref  `json:"type,omitzero"` // by the key that never changes
	Done bool `json:"done,omitempty"`
	// Note is internal, HTML, as the provider gives it.
	Note   string `json:"note,omitempty"`
	Deal   Ref    `json:"deal,omitzero"`
	Person Ref    `json:"person,omitzero"`
	Org    Ref    `json:"org,omitzero"`
}

// Ref points to a row of another CRM: a deal, a person, an organisation, a type. The zero value points to none.
type Ref struct {
	// ID is the provider's id of the row, opaque, and a type's key.
	ID string `json:"id,omitempty"`
	// Name is what the row is called there. It tells people, and finds the like here; two references are the same whatever it says.
	Name string `json:"name,omitempty"`
	// Here is set instead of ID for one of our own rows of which nobody knows what it is there. Adapters neither give nor get it.
	Here int64 `json:"here,omitempty"`
}

// IsZero reports that it points to nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Same reports that both point to one row.
func (r Ref) Same(s Ref) bool { return r.ID == s.ID && r.Here == s.Here }

var noFacets Facets

// Facet answers the values' facets, or empty ones.
func (v *Values) Facet() Facets {
	if v.Facets == nil {
		return noFacets
	}
	return *v.Facets
}

// Ref is the reference of a facet that is one, a type included.
func (f *Facets) Ref(field Field) *Ref {
	switch field {
	case TypeFacet:
		return &f.Type
	case DealFacet:
		return &f.Deal
	case PersonFacet:
		return &f.Person
	case OrgFacet:
		return &f.Org
	}
	return nil
}

func sameFacet(f Field, a, b *Facets) bool {
	if a == b || f < firstFacet {
		return true
	}
	if a == nil {
		a = &noFacets
	}
	if b == nil {
		b = &noFacets
	}
	switch f {
	case DoneFacet:
		return a.Done == b.Done
	case NoteFacet:
		return a.Note == b.Note
	}
	return a.Ref(f).Same(*b.Ref(f))
}

func copyFacet(f Field, dst, src *Values) {
	if f < firstFacet || dst.Facets == src.Facets {
		return
	}
	to, from := dst.Facet(), src.Facet()
	switch f {
	case DoneFacet:
		to.Done = from.Done
	case NoteFacet:
		to.Note = from.Note
	default:
		*to.Ref(f) = *from.Ref(f)
	}
	if dst.Facets = &to; to == noFacets {
		dst.Facets = nil
	}
}
