package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// column is a Go value in the shape that a column keeps it in. One list of them serves both writing and reading a row, so
// that the two cannot drift apart.
type column interface {
	store() (any, error)
	Scan(src any) error
}

// instant keeps a time as microseconds since 1970 UTC; the zero time is 0.
type instant struct{ t *time.Time }

func at(t *time.Time) column { return instant{t} }

func (c instant) store() (any, error) { return micros(*c.t), nil }

func (c instant) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("an instant is kept as a whole number, not as %T", src)
	}
	*c.t = fromMicros(n)
	return nil
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// dueMicros is for columns in which 0 means never: what is due since ever is 1.
func dueMicros(t time.Time) int64 { return max(micros(t), 1) }

// reference keeps 0 as NULL, which foreign keys leave alone.
type reference struct{ id *ID }

func ref(id *ID) column { return reference{id} }

func (c reference) store() (any, error) {
	if *c.id == 0 {
		return nil, nil
	}
	return *c.id, nil
}

func (c reference) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*c.id = 0
	case int64:
		*c.id = v
	default:
		return fmt.Errorf("a reference is kept as a whole number, not as %T", src)
	}
	return nil
}

// blob keeps bytes; nil is empty.
type blob struct{ b *[]byte }

func (c blob) store() (any, error) {
	if *c.b == nil {
		return []byte{}, nil
	}
	return *c.b, nil
}

func (c blob) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*c.b = nil
	case []byte:
		*c.b = nil
		if len(v) > 0 {
			*c.b = bytes.Clone(v)
		}
	case string: // SQLite keeps the type that was written
		*c.b = []byte(v)
	default:
		return fmt.Errorf("bytes are kept as bytes, not as %T", src)
	}
	return nil
}

// document keeps a value as JSON; a value without content is the empty text.
type document[T any] struct {
	v     *T
	empty func(T) bool
}

func (c document[T]) store() (any, error) {
	if c.empty(*c.v) {
		return "", nil
	}
	b, err := json.Marshal(c.v)
	return string(b), err
}

func (c document[T]) Scan(src any) error {
	*c.v = *new(T)
	s, ok := src.(string)
	switch {
	case !ok:
		return fmt.Errorf("a document is kept as text, not as %T", src)
	case s == "":
		return nil
	}
	return json.Unmarshal([]byte(s), c.v)
}

func pointer[T any](v **T) column { return document[*T]{v, func(p *T) bool { return p == nil }} }
func slice[T any](v *[]T) column {
	return document[[]T]{v, func(s []T) bool { return len(s) == 0 }}
}

func mapping[K comparable, V any](v *map[K]V) column {
	return document[map[K]V]{v, func(m map[K]V) bool { return len(m) == 0 }}
}

func value[T any](v *T) column { return document[T]{v, func(T) bool { return false }} }

// raw keeps JSON that somebody else wrote, as it is.
type raw struct{ v *json.RawMessage }

func (c raw) store() (any, error) { return string(*c.v), nil }

func (c raw) Scan(src any) error {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("a document is kept as text, not as %T", src)
	}
	*c.v = nil
	if s != "" {
		*c.v = json.RawMessage(s)
	}
	return nil
}
