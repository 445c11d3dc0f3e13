package hub

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// The CRM's own keys beside the names of calendar.Field. They are stored in history, conflicts and Changed.
const (
	FieldType       = "type"
	FieldNote       = "note" // also of an occurrence
	FieldDone       = "done" // also of an occurrence
	FieldOwner      = "owner"
	FieldVisibility = "visibility"
	FieldPriority   = "priority"
	FieldDeal       = "deal"
	FieldPerson     = "person"
	FieldOrg        = "org"
	// FieldCancelled is a key of occurrences only: it does not take place.
	FieldCancelled = "cancelled"
)

// crmFields are the CRM's own keys of a series, in the order in which they are compared and shown.
var crmFields = []string{
	FieldType, FieldNote, FieldDone, FieldOwner, FieldVisibility, FieldPriority, FieldDeal, FieldPerson, FieldOrg,
}

// OccurrenceKey is the key of what one occurrence says, such as subject@20260102T090000. original is in RFC 5545 basic
// form on the wall clock of the series' zone, a date for whole days.
func OccurrenceKey(field, original string) string { return field + "@" + original }

// SplitKey takes a key apart; original is empty for the series.
func SplitKey(key string) (field, original string) {
	field, original, _ = strings.Cut(key, "@")
	return field, original
}

// originalName writes an original start as keys of a series of that kind have it.
func originalName(kind calendar.Kind, w calendar.Wall) string {
	if kind == calendar.Date && w == w.Midnight() {
		return w.DateString()
	}
	return w.String()
}

// values is what an activity says, as JSON by key. A key of an occurrence is there only if the occurrence says something
// of its own.
type values map[string]json.RawMessage

// span is the JSON form of calendar.When; it points into the values that it reads and writes.
type span struct {
	Start *calendar.Time `json:"start"`
	End   *calendar.Time `json:"end"`
}

// pattern is the JSON form of calendar.Recurrence.
type pattern struct {
	Rule  *string          `json:"rule"`
	Extra *[]calendar.Time `json:"extra,omitempty"`
}

// planRef returns what JSON reads from and writes to for a field of a series or an occurrence.
func planRef(v *calendar.Values, f calendar.Field) any {
	switch f {
	case calendar.Subject:
		return &v.Subject
	case calendar.When:
		return &span{&v.Start, &v.End}
	case calendar.Location:
		return &v.Location
	case calendar.Description:
		return &v.Description
	case calendar.Busy:
		return &v.Busy
	case calendar.Private:
		return &v.Private
	case calendar.StatusField:
		return &v.Status
	case calendar.OrganizerField:
		return &v.Organizer
	case calendar.GuestsField:
		return &v.Guests
	case calendar.AnswerField:
		return &v.Answer
	case calendar.MeetingURL:
		return &v.MeetingURL
	}
	return nil
}

// ref returns the same for a key of the series; nil if there is no such key.
func ref(a *crm.Activity, key string) any {
	switch key {
	case FieldType:
		return &a.Type
	case FieldNote:
		return &a.Note
	case FieldDone:
		return &a.Done
	case FieldOwner:
		return &a.OwnerID
	case FieldVisibility:
		return &a.Visibility
	case FieldPriority:
		return &a.Priority
	case FieldDeal:
		return &a.DealID
	case FieldPerson:
		return &a.PersonID
	case FieldOrg:
		return &a.OrgID
	}
	f, ok := calendar.ParseField(key)
	switch {
	case !ok:
		return nil
	case f == calendar.Recurrence:
		p := &pattern{Rule: &a.Plan.Rule}
		if len(a.Plan.Extra) > 0 {
			p.Extra = &a.Plan.Extra
		}
		return p
	}
	return planRef(&a.Plan.Values, f)
}

// encode writes a value. Everything that it is given is plain data, so that failing is a defect.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("value %T cannot be written as JSON: %v", v, err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// Value is what an activity says under a key of the series or of an occurrence, as history and conflicts hold it; nil if an
// occurrence says nothing of its own.
func Value(a *crm.Activity, key string) json.RawMessage { return snapshot(a)[key] }

// ValueOf is a field of plain values, as history and conflicts hold it: for callers that keep a losing value. Recurrence
// is no part of values; see [RecurrenceValue].
func ValueOf(v *calendar.Values, f calendar.Field) json.RawMessage {
	if r := planRef(v, f); r != nil {
		return encode(r)
	}
	return nil
}

// RecurrenceValue is a recurrence as history and conflicts hold it.
func RecurrenceValue(rule string, extra []calendar.Time) json.RawMessage {
	a := crm.Activity{Plan: calendar.Event{Rule: rule, Extra: extra}}
	return encode(ref(&a, calendar.Recurrence.String()))
}

// snapshot is everything that an activity says.
func snapshot(a *crm.Activity) values { return snapshotIn(a, a.Plan.Start.Kind) }

// snapshotIn names the occurrences as a series of another kind does, for comparing across a change of kind.
func snapshotIn(a *crm.Activity, kind calendar.Kind) values {
	v := make(values, 24)
	for _, key := range crmFields {
		v[key] = encode(ref(a, key))
	}
	for _, f := range calendar.AllFields.List() {
		v[f.String()] = encode(ref(a, f.String()))
	}
	for i := range a.Plan.Overrides {
		o := &a.Plan.Overrides[i]
		name := originalName(kind, o.Original)
		for _, f := range o.Set.List() {
			if r := planRef(&o.Values, f); r != nil {
				v[OccurrenceKey(f.String(), name)] = encode(r)
			}
		}
	}
	for _, w := range a.Plan.Cancelled {
		v[OccurrenceKey(FieldCancelled, originalName(kind, w))] = encode(true)
	}
	for _, o := range a.Occurrences {
		name := originalName(kind, o.Original)
		if o.Done {
			v[OccurrenceKey(FieldDone, name)] = encode(true)
		}
		if o.Note != "" {
			v[OccurrenceKey(FieldNote, name)] = encode(o.Note)
		}
	}
	return v
}

// diff lists the keys under which two snapshots differ, sorted: those of the series before those of occurrences.
func (v values) diff(w values) []string {
	var keys []string
	for k, x := range v {
		if !bytes.Equal(x, w[k]) {
			keys = append(keys, k)
		}
	}
	for k := range w {
		if _, both := v[k]; !both {
			keys = append(keys, k)
		}
	}
	sortKeys(keys)
	return keys
}

// sortKeys puts the series first, for occurrences are named by its pattern.
func sortKeys(keys []string) {
	slices.SortFunc(keys, func(a, b string) int {
		fieldA, originalA := SplitKey(a)
		fieldB, originalB := SplitKey(b)
		if c := strings.Compare(originalA, originalB); c != 0 {
			return c
		}
		return strings.Compare(fieldA, fieldB)
	})
}

// pick keeps some keys, as an object for history.
func (v values) pick(keys []string) json.RawMessage {
	some := make(values, len(keys))
	for _, k := range keys {
		if x, ok := v[k]; ok {
			some[k] = x
		}
	}
	return encode(some)
}

// keys of a snapshot in order.
func (v values) keys() []string {
	keys := slices.Collect(maps.Keys(v))
	sortKeys(keys)
	return keys
}

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
			o.Done = raw != nil
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
	o := override(&a.Plan, w)
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

// override returns the override of an original start, making an empty one if there is none.
func override(e *calendar.Event, w calendar.Wall) *calendar.Override {
	at, found := slices.BinarySearchFunc(e.Overrides, w, func(o calendar.Override, w calendar.Wall) int {
		return cmp.Compare(o.Original, w)
	})
	if !found {
		e.Overrides = slices.Insert(e.Overrides, at, calendar.Override{Original: w})
	}
	return &e.Overrides[at]
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
