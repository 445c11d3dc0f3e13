package google

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// event is a single event, a series, or an occurrence that differs from its series.
type event struct {
	id string
	// own is what clients may set, as they set it. Of an occurrence it holds only what differs from the series, nil
	// where the series says something and the occurrence does not.
	own object
	// series and original are those of an occurrence; series is nil for others.
	series   *event
	original moment
	// start and end are read from own, and so is rule, which is nil where nothing recurs.
	start, end moment
	rule       *calendar.Event
	uid        string
	kind       string // eventType
	organizer  person
	creator    person
	created    time.Time
	updated    time.Time
	sequence   int
	tag        string // ETag, quotes included
	birth, seq uint64
	// locked events and private copies are made by the server's owner only.
	locked, privateCopy bool
	// exceptions are a series' occurrences that are stored.
	exceptions []*event
	// spoiled is laid over answers, for tests of readers.
	spoiled object
	// bare deleted events have lost everything but their ids.
	bare bool
}

// person is an organizer or a creator.
type person struct{ email, name string }

// fields are the settable fields that hold for the event. The map is the caller's own, what is inside is shared.
func (e *event) fields() object {
	if e.series == nil {
		return maps.Clone(e.own)
	}
	all := maps.Clone(e.series.own)
	delete(all, "recurrence")
	for k, v := range e.own {
		if v == nil {
			delete(all, k)
		} else {
			all[k] = v
		}
	}
	return all
}

// setFields makes these the fields of the event.
func (e *event) setFields(all object) {
	if e.series == nil {
		e.own = all
		return
	}
	e.own = object{"start": all["start"], "end": all["end"], "status": all["status"]}
	for k, v := range all {
		if !reflect.DeepEqual(v, e.series.own[k]) {
			e.own[k] = v
		}
	}
	for k := range e.series.own {
		if _, there := all[k]; !there && k != "recurrence" {
			e.own[k] = nil
		}
	}
}

func (e *event) status() string {
	s, _ := e.own["status"].(string)
	if s == "" {
		return "confirmed"
	}
	return s
}

func (e *event) cancelled() bool { return e.status() == "cancelled" }

// recurs reports whether it is a series that is not deleted.
func (e *event) recurs() bool { return e.rule != nil && !e.cancelled() }

// text is one of its fields.
func (e *event) text(name string) string {
	v, ok := e.own[name]
	if !ok && e.series != nil {
		v = e.series.own[name]
	}
	s, _ := v.(string)
	return s
}

// hidden reports whether its details are for those only who may see private events.
func (e *event) hidden() bool {
	v := e.text("visibility")
	return v == "private" || v == "confidential"
}

// bear counts an event that is stored for the first time.
func (s *Server) bear(e *event) {
	if e.birth != 0 {
		return
	}
	s.births++
	e.birth = s.births
	if e.series != nil {
		e.series.exceptions = append(e.series.exceptions, e)
	}
}

// merge is what PATCH makes of old: objects are merged, everything else is replaced, null takes away.
func merge(old, change object) object {
	out := maps.Clone(old)
	if out == nil {
		out = object{}
	}
	for k, v := range change {
		switch x := v.(type) {
		case nil:
			delete(out, k)
		case object:
			inner, _ := out[k].(object)
			if merged := merge(inner, x); len(merged) > 0 || len(x) == 0 {
				out[k] = merged
			} else {
				delete(out, k)
			}
		default:
			out[k] = v
		}
	}
	return out
}

// without takes nulls away, for bodies that stand whole.
func without(o object) object { return merge(nil, o) }

// newID makes an id as the server makes them: 26 characters that no other event of the server has.
func (s *Server) newID() string {
	s.births++
	sum := sha256.Sum256(fmt.Appendf(nil, "event %d", s.births))
	return strings.ToLower(base32.HexEncoding.EncodeToString(sum[:]))[:26]
}

// goodID reports whether a client may choose the id (1.4).
func goodID(id string) bool {
	if len(id) < 5 || len(id) > 1024 {
		return false
	}
	return strings.Trim(id, "abcdefghijklmnopqrstuv0123456789") == ""
}
