package graph

import (
	"bytes"
	"encoding/json"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"tahti/internal/standin/exchange"
)

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
		p.body = exchange.HTMLDocument(v.Content)
	case "text":
		p.body = exchange.FromText(v.Content)
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
