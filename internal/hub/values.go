package hub

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

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

// ReadRecurrence reads what [RecurrenceValue] wrote.
func ReadRecurrence(raw json.RawMessage) (rule string, extra []calendar.Time, err error) {
	err = decode(calendar.Recurrence.String(), raw, &pattern{&rule, &extra})
	return rule, extra, err
}

// Object is values by key as history holds them, each in the letters of [Value] and [ValueOf]: an undo compares these with what an
// activity says now.
func Object(v map[string]json.RawMessage) json.RawMessage { return encode(v) }

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
	for k, x := range v { // any order: the keys are sorted below
		if !bytes.Equal(x, w[k]) {
			keys = append(keys, k)
		}
	}
	for k := range w { // any order: the keys are sorted below
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

// keys of a snapshot in order.
func (v values) keys() []string {
	keys := slices.AppendSeq(make([]string, 0, len(v)), maps.Keys(v)) // any order: they are sorted below
	sortKeys(keys)
	return keys
}
