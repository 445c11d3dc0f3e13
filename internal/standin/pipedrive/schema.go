package pipedrive

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// shape is what a field may hold.
type shape struct {
	kind   kind
	fields map[string]shape    // of a structure
	item   *shape              // of a list
	check  func(string) string // of a text: what is wrong with it; empty if nothing
	must   bool                // null is refused
}

type kind uint8

const (
	kindText kind = iota
	kindFlag
	kindInteger
	kindNumber
	kindList
	kindStruct // with known fields
	kindAny    // kept as it is
)

var (
	text    = shape{kind: kindText}
	flag    = shape{kind: kindFlag}
	integer = shape{kind: kindInteger}
	number  = shape{kind: kindNumber}
	loose   = shape{kind: kindAny}
)

func list(item shape) shape                   { return shape{kind: kindList, item: &item} }
func structure(fields map[string]shape) shape { return shape{kind: kindStruct, fields: fields} }
func checked(f func(string) string) shape     { return shape{kind: kindText, check: f} }
func required(s shape) shape                  { s.must = true; return s }

var (
	dayShape      = checked(func(s string) string { return unless(isDay(s), "This value is not a valid date.") })
	clockShape    = checked(func(s string) string { return unless(clockForm.MatchString(s), "This value is not a valid datetime.") })
	durationShape = checked(func(s string) string {
		return unless(durationForm.MatchString(s), "This value is not a valid datetime.")
	})
	timeShape    = checked(func(s string) string { return unless(isTime(s), "This value is not a valid datetime.") })
	uuidShape    = checked(func(s string) string { return unless(uuidForm.MatchString(s), "This is not a valid UUID.") })
	addressShape = structure(map[string]shape{
		"value": text, "country": text, "admin_area_level_1": text, "admin_area_level_2": text, "locality": text, "sublocality": text,
		"route": text, "street_number": text, "subpremise": text, "postal_code": text,
	})
	contactShape = list(structure(map[string]shape{"value": required(text), "primary": flag, "label": text}))
)

var (
	clockForm    = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$`)
	durationForm = regexp.MustCompile(`^\d{2,3}:[0-5]\d(:[0-5]\d)?$`)
	uuidForm     = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

func unless(ok bool, message string) string {
	if ok {
		return ""
	}
	return message
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// check holds a value to a shape and answers it with its numbers as int64 and float64. Fields that are not known are refused, or left
// out where the variant says so.
func (c *call) check(path string, v any, s shape) (any, *failure) {
	if v == nil {
		if s.must {
			return nil, refRequired.because("Validation failed: " + path + ": This value should not be blank.")
		}
		return nil, nil
	}
	switch s.kind {
	case kindText:
		t, ok := v.(string)
		if !ok {
			return nil, invalid(path, "This value should be of type string.")
		}
		if s.check != nil {
			if message := s.check(t); message != "" {
				return nil, invalid(path, message)
			}
		}
		return t, nil
	case kindFlag:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, invalid(path, "This value should be of type boolean.")
	case kindInteger, kindNumber:
		return checkNumber(path, v, s)
	case kindList:
		return c.checkList(path, v, s)
	case kindStruct:
		return c.checkStruct(path, v, s)
	}
	return plain(v), nil
}

func checkNumber(path string, v any, s shape) (any, *failure) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, invalid(path, "This value should be of type number.")
	}
	if i, err := n.Int64(); err == nil {
		return i, nil
	}
	f, err := n.Float64()
	if err != nil || s.kind == kindInteger {
		return nil, invalid(path, "This value should be of type integer.")
	}
	return f, nil
}

func (c *call) checkList(path string, v any, s shape) (any, *failure) {
	l, ok := v.([]any)
	if !ok {
		return nil, invalid(path, "This value should be of type array.")
	}
	out := make([]any, 0, len(l))
	for i, x := range l {
		item := *s.item
		item.must = true
		y, f := c.check(path+"."+strconv.Itoa(i), x, item)
		if f != nil {
			return nil, f
		}
		out = append(out, y)
	}
	return out, nil
}

func (c *call) checkStruct(path string, v any, s shape) (any, *failure) {
	o, ok := v.(object)
	if !ok {
		return nil, invalid(path, "This value should be of type object.")
	}
	out := object{}
	if path != "" {
		path += "."
	}
	for _, name := range slices.Sorted(maps.Keys(o)) { // so that the same wrong body is refused in the same words
		field, ok := s.fields[name]
		if !ok {
			if c.variant.IgnoreUnknown {
				continue
			}
			return nil, refUnknown.because("Validation failed: " + path + name + ": This field was not expected.")
		}
		x, f := c.check(path+name, o[name], field)
		if f != nil {
			return nil, f
		}
		out[name] = x
	}
	for name, field := range s.fields {
		if _, there := out[name]; field.must && !there && path != "" {
			return nil, refRequired.because("Validation failed: " + path + name + ": This value should not be blank.")
		}
	}
	return out, nil
}

// plain turns the numbers inside a value that nobody looks into.
func plain(v any) any {
	switch x := v.(type) {
	case json.Number:
		if i, err := x.Int64(); err == nil {
			return i
		}
		f, _ := x.Float64() // a JSON number that is too large for one is infinite, and stays so
		return f
	case []any:
		for i := range x {
			x[i] = plain(x[i])
		}
	case object:
		for k := range x {
			x[k] = plain(x[k])
		}
	}
	return v
}
