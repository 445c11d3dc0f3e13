package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
