package ews

import (
	"strconv"
	"strings"
)

// property is how a restriction reads what it compares: a value as text, and whether there is one.
type property[T any] func(path *element) (func(x T) (string, bool), *failure)

// maxNodes is how long a restriction may be.
const maxNodes = 255

// compile makes a condition of a Restriction.
func compile[T any](restriction *element, of property[T]) (func(T) bool, *failure) {
	if nodes(restriction) > maxNodes {
		return nil, refRestriction.because("The restriction has too many nodes.")
	}
	return condition(restriction.Children[0], of)
}

// condition makes one of a search expression.
func condition[T any](e *element, of property[T]) (func(T) bool, *failure) {
	switch e.Name.Local {
	case "And", "Or":
		return several(e, of)
	case "Not":
		inner, f := condition(e.Children[0], of)
		if f != nil {
			return nil, f
		}
		return func(x T) bool { return !inner(x) }, nil
	}
	read, f := of(e.Children[0])
	if f != nil {
		return nil, f
	}
	if e.Name.Local == "Exists" {
		return func(x T) bool { _, ok := read(x); return ok }, nil
	}
	if e.Name.Local == "Excludes" {
		return nil, refQueryPath.because("A bitmask is not supported for this property.")
	}
	if e.Name.Local == "Contains" {
		return contains(e, read), nil
	}
	return compareTo(e, of, read)
}

func nodes(e *element) int {
	n := 1
	for _, k := range e.Children {
		n += nodes(k)
	}
	return n
}

func several[T any](e *element, of property[T]) (func(T) bool, *failure) {
	var list []func(T) bool
	for _, k := range e.Children {
		cond, f := condition(k, of)
		if f != nil {
			return nil, f
		}
		list = append(list, cond)
	}
	and := e.Name.Local == "And"
	return func(x T) bool {
		for _, cond := range list {
			if cond(x) != and {
				return !and
			}
		}
		return and
	}, nil
}

// contains compares texts as ContainmentMode and ContainmentComparison say.
func contains[T any](e *element, read func(T) (string, bool)) func(T) bool {
	want := t(e, "Constant").Attr("Value")
	fold := strings.Contains(e.Attr("ContainmentComparison"), "Case") || strings.HasPrefix(e.Attr("ContainmentComparison"), "Loose")
	mode := e.Attr("ContainmentMode")
	return func(x T) bool {
		got, ok := read(x)
		want := want
		if fold {
			got, want = strings.ToLower(got), strings.ToLower(want)
		}
		switch mode {
		case "", "FullString":
			return ok && got == want
		case "Prefixed", "PrefixOnWords":
			return ok && strings.HasPrefix(got, want)
		}
		return ok && strings.Contains(got, want)
	}
}

// compareTo compares with a constant or another property: numbers and times by their value, texts without regard to case,
// as the original does.
func compareTo[T any](e *element, of property[T], read func(T) (string, bool)) (func(T) bool, *failure) {
	other := t(e, "FieldURIOrConstant").Children[0]
	right := func(T) (string, bool) { return other.Attr("Value"), true }
	if other.Name.Local != "Constant" {
		var f *failure
		if right, f = of(other); f != nil {
			return nil, f
		}
	}
	fits := map[string]func(order int) bool{
		"IsEqualTo": func(o int) bool { return o == 0 }, "IsNotEqualTo": func(o int) bool { return o != 0 },
		"IsGreaterThan": func(o int) bool { return o > 0 }, "IsGreaterThanOrEqualTo": func(o int) bool { return o >= 0 },
		"IsLessThan": func(o int) bool { return o < 0 }, "IsLessThanOrEqualTo": func(o int) bool { return o <= 0 },
	}[e.Name.Local]
	negative := e.Name.Local == "IsNotEqualTo"
	return func(x T) bool {
		a, hasA := read(x)
		b, hasB := right(x)
		if !hasA || !hasB {
			return negative && hasA != hasB
		}
		return fits(order(a, b))
	}, nil
}

// order compares two values.
func order(a, b string) int {
	if _, x, ok := parseTime(a); ok && !x.IsZero() {
		if _, y, ok := parseTime(b); ok && !y.IsZero() {
			return x.Compare(y)
		}
	}
	if x, err := strconv.ParseFloat(a, 64); err == nil {
		if y, err := strconv.ParseFloat(b, 64); err == nil {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

// eventProperty is a property of an event for a restriction. What is computed cannot be searched, and neither can the UID
// ([M]; the global object ids can).
func eventProperty(path *element) (func(x view) (string, bool), *failure) {
	if path.Name.Local == "ExtendedFieldURI" {
		key, f := extendedKey(path)
		if f != nil {
			return nil, f
		}
		return func(x view) (string, bool) {
			v, ok := x.lookUp(key)
			if v.many != nil {
				return strings.Join(v.many, ";"), ok
			}
			return v.one, ok
		}, nil
	}
	f := fieldOf(path.Attr("FieldURI"))
	if f == nil || path.Name.Local != "FieldURI" {
		return nil, notOfEvents(path)
	}
	if f.find == nil {
		fail := refQueryPath.because("The property can not be used with this type of restriction.")
		fail.info = []node{pathNode(path)}
		return nil, fail
	}
	return func(x view) (string, bool) {
		s := f.find(x)
		return s, s != ""
	}, nil
}
