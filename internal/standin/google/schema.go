package google

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// object is a JSON object.
type object = map[string]any

// shape is what a field may hold.
type shape struct {
	kind   kind
	fields map[string]shape // of a structure
	item   *shape           // of a list
	words  []string         // that a text may be; any if none
}

type kind uint8

const (
	kindText kind = iota
	kindFlag
	kindNumber
	kindList
	kindStruct // with known fields
	kindTexts  // a map of texts
	kindAny    // kept as it is: its inside is no business of a calendar
)

var (
	text   = shape{kind: kindText}
	flag   = shape{kind: kindFlag}
	number = shape{kind: kindNumber}
	texts  = shape{kind: kindTexts}
	loose  = shape{kind: kindAny}
)

func list(item shape) shape                   { return shape{kind: kindList, item: &item} }
func structure(fields map[string]shape) shape { return shape{kind: kindStruct, fields: fields} }
func oneOf(words ...string) shape             { return shape{kind: kindText, words: words} }

var (
	personShape = structure(map[string]shape{"displayName": text, "email": text, "id": text, "self": flag})
	momentShape = structure(map[string]shape{"date": text, "dateTime": text, "timeZone": text})
	guestShape  = structure(map[string]shape{
		"additionalGuests": number, "asyncOperation": text, "comment": text, "displayName": text, "email": text, "id": text, "optional": flag,
		"organizer": flag, "resource": flag, "self": flag, "responseStatus": oneOf("needsAction", "declined", "tentative", "accepted"),
	})
	reminderShape = structure(map[string]shape{"method": text, "minutes": number})
	declineModes  = oneOf("declineNone", "declineAllConflictingInvitations", "declineOnlyNewConflictingInvitations")
)

// eventShape is an event as the reference has it.
var eventShape = structure(map[string]shape{
	"anyoneCanAddSelf": flag, "attendeesOmitted": flag, "colorId": text, "conferenceData": loose, "created": text, "creator": personShape,
	"description": text, "end": momentShape, "endTimeUnspecified": flag, "etag": text, "eventLabelId": text, "gadget": loose,
	"attachments": list(structure(map[string]shape{"fileId": text, "fileUrl": text, "iconLink": text, "mimeType": text, "title": text})),
	"attendees":   list(guestShape),
	"birthdayProperties": structure(map[string]shape{
		"contact": text, "customTypeName": text, "type": oneOf("anniversary", "birthday", "custom", "other", "self"),
	}),
	"eventType":             oneOf("birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"),
	"extendedProperties":    structure(map[string]shape{"private": texts, "shared": texts}),
	"focusTimeProperties":   structure(map[string]shape{"autoDeclineMode": declineModes, "chatStatus": oneOf("available", "doNotDisturb"), "declineMessage": text}),
	"guestsCanInviteOthers": flag, "guestsCanModify": flag, "guestsCanSeeOtherGuests": flag, "hangoutLink": text, "htmlLink": text,
	"iCalUID": text, "id": text, "kind": text, "location": text, "locked": flag, "organizer": personShape, "originalStartTime": momentShape,
	"outOfOfficeProperties": structure(map[string]shape{"autoDeclineMode": declineModes, "declineMessage": text}),
	"privateCopy":           flag, "recurrence": list(text), "recurringEventId": text,
	"reminders": structure(map[string]shape{"overrides": list(reminderShape), "useDefault": flag}),
	"sequence":  number, "source": structure(map[string]shape{"title": text, "url": text}), "start": momentShape,
	"status": oneOf("confirmed", "tentative", "cancelled"), "summary": text, "transparency": oneOf("opaque", "transparent"), "updated": text,
	"visibility": oneOf("default", "public", "private", "confidential"),
	"workingLocationProperties": structure(map[string]shape{
		"customLocation": structure(map[string]shape{"label": text}), "homeOffice": loose,
		"officeLocation": structure(map[string]shape{"buildingId": text, "deskId": text, "floorId": text, "floorSectionId": text, "label": text}),
		"type":           oneOf("homeOffice", "officeLocation", "customLocation"),
	}),
})

// check holds a body to a shape. null is taken everywhere: it takes a field away. Unknown fields are refused, or taken
// out where the variant says so.
func (c *call) check(path string, v any, s shape) *failure {
	if v == nil {
		return nil
	}
	wrong := func() *failure {
		return refInvalid.because(fmt.Sprintf("Invalid value for: %s", path))
	}
	switch s.kind {
	case kindText:
		word, ok := v.(string)
		if !ok || len(s.words) > 0 && !slices.Contains(s.words, word) {
			return wrong()
		}
	case kindFlag:
		if _, ok := v.(bool); !ok {
			return wrong()
		}
	case kindNumber:
		if n, ok := v.(float64); !ok || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
			return wrong()
		}
	case kindList:
		items, ok := v.([]any)
		if !ok {
			return wrong()
		}
		for i, item := range items {
			if item == nil {
				return wrong()
			}
			if f := c.check(fmt.Sprintf("%s[%d]", path, i), item, *s.item); f != nil {
				return f
			}
		}
	case kindTexts:
		o, ok := v.(object)
		if !ok {
			return wrong()
		}
		for name, x := range o {
			if _, ok := x.(string); !ok && x != nil {
				return refInvalid.because(fmt.Sprintf("Invalid value for: %s.%s", path, name))
			}
		}
	case kindStruct:
		return c.checkStruct(path, v, s)
	}
	return nil
}

func (c *call) checkStruct(path string, v any, s shape) *failure {
	o, ok := v.(object)
	if !ok {
		return refInvalid.because("Invalid value for: " + path)
	}
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	sort.Strings(names) // the same body is always refused for the same field
	for _, name := range names {
		inner, known := s.fields[name]
		at := name
		if path != "" {
			at = path + "." + name
		}
		if !known {
			if !c.variant.IgnoreUnknown {
				return refUnknown.because(fmt.Sprintf("Invalid JSON payload received. Unknown name %q: Cannot find field.", at))
			}
			delete(o, name)
			continue
		}
		if f := c.check(at, o[name], inner); f != nil {
			return f
		}
	}
	return nil
}
