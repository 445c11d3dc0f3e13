package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/mail"
	"regexp"
	"slices"
	"strings"
)

// patch is the body of a POST or PATCH of an event.
type patch struct {
	props
	set         map[string]bool // names of [fields] that props holds
	hasStart    bool
	hasEnd      bool
	hasAllDay   bool
	recurrence  *recurrence
	recurs      bool // recurrence was sent, null included
	transaction *string
}

// strict decodes a part of a body and refuses members that its type has not.
func strict(raw json.RawMessage, v any, kind string) *failure {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err == nil {
		for name := range all {
			if strings.HasPrefix(name, "@odata.") {
				delete(all, name)
			}
		}
		if raw, err = json.Marshal(all); err != nil {
			return refBody.because(err.Error())
		}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return refBody.because(fmt.Sprintf("Cannot read the request payload as microsoft.graph.%s: %s", kind, err))
	}
	return nil
}

// readObject reads a body that is one JSON object.
func readObject(body []byte) (map[string]json.RawMessage, *failure) {
	var all map[string]json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&all); err != nil || all == nil {
		return nil, refBody.because("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, refBody.because("Unable to read JSON request payload: something follows the object.")
	}
	return all, nil
}

// readOnly are properties that are ignored in a request.
var readOnly = []string{
	"id", "changeKey", "createdDateTime", "lastModifiedDateTime", "iCalUId", "uid", "bodyPreview", "hasAttachments", "isCancelled",
	"isDraft", "isOrganizer", "onlineMeeting", "onlineMeetingUrl", "organizer", "originalStart", "originalStartTimeZone",
	"originalEndTimeZone", "occurrenceId", "responseStatus", "seriesMasterId", "type", "webLink", "cancelledOccurrences",
	"exceptionOccurrences", "calendar", "instances", "attachments", "extensions", "multiValueExtendedProperties",
}

// decodePatch reads the body of a POST or PATCH.
func (s *Server) decodePatch(body []byte) (*patch, *failure) {
	all, f := readObject(body)
	if f != nil {
		return nil, f
	}
	p := &patch{set: map[string]bool{}}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.Contains(name, "@odata.") || slices.Contains(readOnly, name) {
			continue
		}
		decode, known := decoders[name]
		if !known {
			return nil, refBody.because("The property '" + name + "' does not exist on type 'microsoft.graph.event'. " +
				"Make sure to only use property names that are defined by the type.")
		}
		if f := decode(s, p, all[name]); f != nil {
			return nil, f
		}
	}
	if p.hasStart || p.hasEnd || p.hasAllDay {
		p.set["times"] = true
	}
	return p, nil
}

type decoder func(*Server, *patch, json.RawMessage) *failure

// value decodes a plain property into where to points.
func value[T any](name string, to func(*patch) *T) decoder {
	return func(_ *Server, p *patch, raw json.RawMessage) *failure {
		if err := json.Unmarshal(raw, to(p)); err != nil {
			return refBody.because("Cannot convert the value of '" + name + "' to the type that it has.")
		}
		p.set[name] = true
		return nil
	}
}

// enum decodes one of some words.
func enum(name string, to func(*patch) *string, words ...string) decoder {
	plain := value(name, to)
	return func(s *Server, p *patch, raw json.RawMessage) *failure {
		if f := plain(s, p, raw); f != nil {
			return f
		}
		if !slices.Contains(words, *to(p)) {
			return refEnum.because("Cannot convert the literal '" + *to(p) + "' to the expected type of '" + name + "'.")
		}
		return nil
	}
}

var onlineProviders = []string{"unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"}

var decoders map[string]decoder

func init() {
	decoders = map[string]decoder{
		"subject":                       value("subject", func(p *patch) *string { return &p.subject }),
		"showAs":                        enum("showAs", func(p *patch) *string { return &p.showAs }, "unknown", "free", "tentative", "busy", "oof", "workingElsewhere"),
		"sensitivity":                   enum("sensitivity", func(p *patch) *string { return &p.sensitivity }, "normal", "personal", "private", "confidential"),
		"importance":                    enum("importance", func(p *patch) *string { return &p.importance }, "low", "normal", "high"),
		"categories":                    value("categories", func(p *patch) *[]string { return &p.categories }),
		"isReminderOn":                  value("isReminderOn", func(p *patch) *bool { return &p.remind }),
		"reminderMinutesBeforeStart":    value("reminderMinutesBeforeStart", func(p *patch) *int { return &p.remindMinutes }),
		"hideAttendees":                 value("hideAttendees", func(p *patch) *bool { return &p.hideAttendees }),
		"responseRequested":             value("responseRequested", func(p *patch) *bool { return &p.wantsResponse }),
		"allowNewTimeProposals":         value("allowNewTimeProposals", func(p *patch) *bool { return &p.newTimes }),
		"isOnlineMeeting":               value("isOnlineMeeting", func(p *patch) *bool { return &p.online }),
		"onlineMeetingProvider":         enum("onlineMeetingProvider", func(p *patch) *string { return &p.onlineWith }, onlineProviders...),
		"transactionId":                 value("transactionId", func(p *patch) **string { return &p.transaction }),
		"body":                          decodeBody,
		"start":                         decodeStart,
		"end":                           decodeEnd,
		"isAllDay":                      decodeAllDay,
		"location":                      decodeLocation,
		"locations":                     decodeLocations,
		"attendees":                     decodeAttendees,
		"recurrence":                    decodeRecurrence,
		"singleValueExtendedProperties": decodeExtended,
	}
}

func decodeStart(s *Server, p *patch, raw json.RawMessage) (f *failure) {
	p.hasStart = true
	p.start, f = s.parseMoment(raw)
	return f
}

func decodeEnd(s *Server, p *patch, raw json.RawMessage) (f *failure) {
	p.hasEnd = true
	p.end, f = s.parseMoment(raw)
	return f
}

func decodeAllDay(_ *Server, p *patch, raw json.RawMessage) *failure {
	p.hasAllDay = true
	if err := json.Unmarshal(raw, &p.allDay); err != nil {
		return refBody.because("Cannot convert the value of 'isAllDay' to the type that it has.")
	}
	return nil
}

func decodeBody(_ *Server, p *patch, raw json.RawMessage) *failure {
	v := struct {
		ContentType string `json:"contentType"`
		Content     string `json:"content"`
	}{ContentType: "text"}
	if f := strict(raw, &v, "itemBody"); f != nil {
		return f
	}
	switch strings.ToLower(v.ContentType) {
	case "html":
		p.body = htmlDocument(v.Content)
	case "text":
		p.body = fromText(v.Content)
	default:
		return refEnum.because("Cannot convert the literal '" + v.ContentType + "' to the expected type of 'contentType'.")
	}
	p.set["body"] = true
	return nil
}

// wireLocation is a location with everything that one may have.
type wireLocation struct {
	DisplayName          string          `json:"displayName"`
	LocationType         string          `json:"locationType"`
	UniqueID             string          `json:"uniqueId"`
	UniqueIDType         string          `json:"uniqueIdType"`
	LocationURI          string          `json:"locationUri"`
	LocationEmailAddress string          `json:"locationEmailAddress"`
	Address              json.RawMessage `json:"address"`
	Coordinates          json.RawMessage `json:"coordinates"`
}

func (l wireLocation) object() object {
	o := object{{"displayName", l.DisplayName}, {"locationType", "default"}, {"uniqueId", l.DisplayName}, {"uniqueIdType", "private"}}
	if l.LocationURI != "" {
		o = append(o, member{"locationUri", l.LocationURI})
	}
	if len(l.Address) > 0 {
		o = append(o, member{"address", l.Address})
	}
	if len(l.Coordinates) > 0 {
		o = append(o, member{"coordinates", l.Coordinates})
	}
	return o
}

func decodeLocation(_ *Server, p *patch, raw json.RawMessage) *failure {
	var v *wireLocation
	if string(raw) != "null" {
		v = &wireLocation{}
		if f := strict(raw, v, "location"); f != nil {
			return f
		}
	}
	p.set["location"] = true
	p.locations = nil
	if v != nil && v.DisplayName != "" {
		p.locations = []object{v.object()}
	}
	return nil
}

func decodeLocations(_ *Server, p *patch, raw json.RawMessage) *failure {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return refBody.because("Cannot convert the value of 'locations' to the type that it has.")
	}
	if p.set["location"] {
		return nil // both were sent: location, which is decoded first, replaces them
	}
	p.set["location"] = true
	p.locations = nil
	for _, raw := range list {
		var v wireLocation
		if f := strict(raw, &v, "location"); f != nil {
			return f
		}
		if v.DisplayName != "" {
			p.locations = append(p.locations, v.object())
		}
	}
	return nil
}

func decodeAttendees(_ *Server, p *patch, raw json.RawMessage) *failure {
	var list []struct {
		EmailAddress *struct {
			Name    string `json:"name"`
			Address string `json:"address"`
		} `json:"emailAddress"`
		Type            string          `json:"type"`
		Status          json.RawMessage `json:"status"`
		ProposedNewTime json.RawMessage `json:"proposedNewTime"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&list); err != nil {
		return refBody.because("Cannot convert the value of 'attendees' to the type that it has.")
	}
	p.set["attendees"] = true
	p.attendees = nil
	for _, v := range list {
		if v.EmailAddress == nil {
			return refBody.because("An attendee has an emailAddress.")
		}
		if _, err := mail.ParseAddress(v.EmailAddress.Address); err != nil {
			return refBody.because("An attendee's address is none.")
		}
		if v.Type == "" {
			v.Type = "required"
		}
		if !slices.Contains([]string{"required", "optional", "resource"}, v.Type) {
			return refEnum.because("Cannot convert the literal '" + v.Type + "' to the expected type of an attendee.")
		}
		who := person{v.EmailAddress.Name, v.EmailAddress.Address}
		if who.name == "" {
			who.name = who.address
		}
		p.attendees = append(p.attendees, attendee{person: who, kind: v.Type, response: "none", answered: never})
	}
	return nil
}

func decodeRecurrence(s *Server, p *patch, raw json.RawMessage) (f *failure) {
	p.recurs = true
	if string(raw) != "null" {
		p.recurrence, f = s.parseRecurrence(raw)
	}
	return f
}

// extendedID is the form of an id of an extended property: type, set and name or number.
var extendedID = regexp.MustCompile(`^(?i)(?:(String|Integer|Boolean|Double|SystemTime|Binary|CLSID|Long|Short|Float|Currency|ApplicationTime) ` +
	`\{([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\} (Name .+|Id 0x[0-9a-f]+)|(String|Integer|Boolean|Binary|SystemTime|Long) (0x[0-9a-f]+))$`)

// canonicalID is the one form under which an extended property is kept: the name is case-sensitive, the rest is not.
func canonicalID(id string) (string, bool) {
	m := extendedID.FindStringSubmatch(id)
	switch {
	case m == nil:
		return "", false
	case m[4] != "":
		return strings.ToLower(m[4] + " " + m[5]), true
	case strings.EqualFold(m[3][:2], "id"):
		return strings.ToLower(m[0]), true
	}
	return strings.ToLower(m[1]+" {"+m[2]+"}") + " Name " + m[3][len("Name "):], true
}

func decodeExtended(_ *Server, p *patch, raw json.RawMessage) *failure {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return refBody.because("Cannot convert the value of 'singleValueExtendedProperties' to the type that it has.")
	}
	p.set["singleValueExtendedProperties"] = true
	p.extended = map[string]string{}
	for _, raw := range list {
		var v struct {
			ID    string `json:"id"`
			Value string `json:"value"`
		}
		if f := strict(raw, &v, "singleValueLegacyExtendedProperty"); f != nil {
			return f
		}
		id, ok := canonicalID(v.ID)
		if !ok {
			return refExtended.because("PropertyId values may only be in one of the following formats: 'MapiPropertyType namespaceGuid Name propertyName', " +
				"'MapiPropertyType namespaceGuid Id propertyId' or 'MapiPropertyType propertyTag'.")
		}
		p.extended[id] = v.Value
	}
	return nil
}
