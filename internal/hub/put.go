package hub

import (
	"cmp"
	"encoding/json"
	"slices"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// put sets what an activity says under a key. Nil takes back what an occurrence says of its own, and empties a field of
// the series. The event is not normalised.
func put(a *crm.Activity, key string, raw json.RawMessage) error {
	field, original := SplitKey(key)
	if original != "" {
		w, err := calendar.ParseWall(original)
		if err != nil {
			return &Invalid{Field: key, Code: CodeNoOccurrence}
		}
		return putOccurrence(a, field, w, raw)
	}
	r := ref(a, key)
	if r == nil {
		return &Invalid{Field: key, Code: CodeUnknownField}
	}
	blank := crm.Activity{Visibility: crm.OwnerOnly}
	copyField(a, &blank, key)
	if raw == nil {
		return nil
	}
	if key == calendar.Recurrence.String() {
		r = &pattern{&a.Plan.Rule, &a.Plan.Extra}
	}
	return decode(key, raw, r)
}

func decode(key string, raw json.RawMessage, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return &Invalid{Field: key, Code: CodeBadSpelling, Detail: err.Error()}
	}
	return nil
}

func putOccurrence(a *crm.Activity, field string, w calendar.Wall, raw json.RawMessage) error {
	switch field {
	case FieldCancelled:
		if isFalse(raw) {
			raw = nil
		}
		at, is := slices.BinarySearch(a.Plan.Cancelled, w)
		switch {
		case is && raw == nil:
			a.Plan.Cancelled = slices.Delete(a.Plan.Cancelled, at, at+1)
		case !is && raw != nil:
			a.Plan.Cancelled = slices.Insert(a.Plan.Cancelled, at, w)
		}
		return nil
	case FieldDone, FieldNote:
		o := occurrence(a, w)
		if field == FieldDone {
			o.Done = raw != nil && !isFalse(raw)
			return nil
		}
		o.Note = ""
		if raw == nil {
			return nil
		}
		return decode(field, raw, &o.Note)
	}
	f, ok := calendar.ParseField(field)
	if !ok || f == calendar.Recurrence {
		return &Invalid{Field: field, Code: CodeUnknownField}
	}
	o := a.Plan.EnsureOverride(w)
	calendar.Copy(f, &o.Values, &calendar.Values{})
	o.Set &^= calendar.Fields(f)
	if raw == nil {
		return nil
	}
	o.Set |= calendar.Fields(f)
	return decode(field, raw, planRef(&o.Values, f))
}

// copyField gives dst what src says under a key of the series.
func copyField(dst, src *crm.Activity, key string) {
	switch key {
	case FieldType:
		dst.Type = src.Type
	case FieldNote:
		dst.Note = src.Note
	case FieldDone:
		dst.Done = src.Done
	case FieldOwner:
		dst.OwnerID = src.OwnerID
	case FieldVisibility:
		dst.Visibility = src.Visibility
	case FieldPriority:
		dst.Priority = src.Priority
	case FieldDeal:
		dst.DealID = src.DealID
	case FieldPerson:
		dst.PersonID = src.PersonID
	case FieldOrg:
		dst.OrgID = src.OrgID
	case calendar.Recurrence.String():
		calendar.CopyRecurrence(&dst.Plan, &src.Plan)
	default:
		if f, ok := calendar.ParseField(key); ok {
			calendar.Copy(f, &dst.Plan.Values, &src.Plan.Values)
		}
	}
}

// occurrence returns what the CRM says of an original start, making an empty one if there is none.
func occurrence(a *crm.Activity, w calendar.Wall) *crm.Occurrence {
	at, found := slices.BinarySearchFunc(a.Occurrences, w, func(o crm.Occurrence, w calendar.Wall) int {
		return cmp.Compare(o.Original, w)
	})
	if !found {
		a.Occurrences = slices.Insert(a.Occurrences, at, crm.Occurrence{Original: w})
	}
	return &a.Occurrences[at]
}

// isFalse: an occurrence that is not done, or not cancelled, says nothing of it here; a run writes false.
func isFalse(raw json.RawMessage) bool { return string(raw) == "false" }
