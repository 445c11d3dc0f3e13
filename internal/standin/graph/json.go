package graph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(m.name))
		b.WriteByte(':')
		v, err := plainJSON(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON leaves <, > and & as they are.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// get is a member's value, nil if there is none.
func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// sendJSON answers with a body. Every value comes from this package and can be written; what can fail is the connection,
// and then nobody is left to be told.
func sendJSON(w http.ResponseWriter, status int, v any) {
	b, err := plainJSON(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// always are the members that even a partial event has.
var always = []string{"@odata.etag", "id", "type", "seriesMasterId"}

// differing keeps what differs from an older form of the same, and what says which event it is.
func (o object) differing(old object) object {
	var kept object
	for _, m := range o {
		a, err := plainJSON(m.value)
		b, alsoErr := plainJSON(old.get(m.name))
		if err != nil || alsoErr != nil || !bytes.Equal(a, b) || slices.Contains(always, m.name) {
			kept = append(kept, m)
		}
	}
	return kept
}
