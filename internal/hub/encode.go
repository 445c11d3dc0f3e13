package hub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// encode writes a value. Everything that it is given is plain data, so that failing is a defect.
//
// Each change of an activity writes two dozen of them, nearly all of which are short texts, numbers and truths: these are
// written as encoding/json writes them, without it.
func encode(v any) json.RawMessage {
	switch v := v.(type) {
	case bool:
		return encodeBool(v)
	case *bool:
		return encodeBool(*v)
	case *int:
		return strconv.AppendInt(nil, int64(*v), 10)
	case *int64:
		return strconv.AppendInt(nil, *v, 10)
	case *string:
		if isPlain(*v) {
			return slices.Concat([]byte{'"'}, []byte(*v), []byte{'"'})
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("value %T cannot be written as JSON: %v", v, err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

func encodeBool(b bool) json.RawMessage { return strconv.AppendBool(nil, b) }

// isPlain reports whether JSON writes a text as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// object writes some of the values, by key in order.
func (v values) object(keys []string) json.RawMessage {
	keys = slices.Sorted(slices.Values(keys))
	b := []byte{'{'}
	for _, k := range keys {
		x, ok := v[k]
		if !ok {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, encode(&k)...), ':'), x...)
	}
	return append(b, '}')
}
