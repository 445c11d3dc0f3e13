package ews

import (
	"encoding/binary"
	"slices"
)

// ranges is a set of numbers, as stretches [from, to] in order that do not touch.
type ranges [][2]uint64

func (r ranges) has(n uint64) bool {
	_, ok := slices.BinarySearchFunc(r, n, func(x [2]uint64, n uint64) int {
		switch {
		case x[1] < n:
			return -1
		case x[0] > n:
			return 1
		}
		return 0
	})
	return ok
}

// with is the set with one number more.
func (r ranges) with(n uint64) ranges {
	i, found := slices.BinarySearchFunc(r, n, func(x [2]uint64, n uint64) int {
		switch {
		case x[1]+1 < n:
			return -1
		case n+1 < x[0]:
			return 1
		}
		return 0
	})
	if !found {
		return slices.Insert(r, i, [2]uint64{n, n})
	}
	r[i] = [2]uint64{min(r[i][0], n), max(r[i][1], n)}
	if i+1 < len(r) && r[i][1]+1 >= r[i+1][0] {
		r[i][1] = max(r[i][1], r[i+1][1])
		r = slices.Delete(r, i+1, i+2)
	}
	if i > 0 && r[i-1][1]+1 >= r[i][0] {
		r[i-1][1] = max(r[i][1], r[i-1][1])
		r = slices.Delete(r, i, i+1)
	}
	return r
}

// without is the set with one number less.
func (r ranges) without(n uint64) ranges {
	for i, x := range r {
		if n < x[0] || n > x[1] {
			continue
		}
		r = slices.Delete(r, i, i+1)
		if n < x[1] {
			r = slices.Insert(r, i, [2]uint64{n + 1, x[1]})
		}
		if n > x[0] {
			r = slices.Insert(r, i, [2]uint64{x[0], n - 1})
		}
		return r
	}
	return r
}

// appendTo writes the set, as distances.
func (r ranges) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(r)))
	last := uint64(0)
	for _, x := range r {
		b = binary.AppendUvarint(b, x[0]-last)
		b = binary.AppendUvarint(b, x[1]-x[0])
		last = x[1]
	}
	return b
}

// readRanges reads what appendTo wrote, and answers the rest.
func readRanges(b []byte) (r ranges, rest []byte, ok bool) {
	next := func() uint64 {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			ok = false
			return 0
		}
		b = b[size:]
		return n
	}
	ok = true
	last := uint64(0)
	for count := next(); ok && count > 0; count-- {
		from := last + next()
		to := from + next()
		if !ok || to < from {
			return nil, nil, false
		}
		r = append(r, [2]uint64{from, to})
		last = to
	}
	return r, b, ok
}
