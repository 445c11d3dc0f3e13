package match

import (
	"maps"
	"slices"
)

// union keeps track of which numbers belong together.
type union struct {
	parent map[int]int
	texts  map[string]int // the first number that a text came with
}

func newUnion() *union { return &union{map[int]int{}, map[string]int{}} }

func (u *union) root(n int) int {
	p, known := u.parent[n]
	if !known {
		u.parent[n] = n
		return n
	}
	for p != n {
		up := u.parent[p]
		u.parent[n] = up
		n, p = up, u.parent[up]
	}
	return n
}

// tie puts two numbers together.
func (u *union) tie(a, b int) {
	// The smaller root stays, so that the order in which they are tied changes nothing.
	a, b = u.root(a), u.root(b)
	u.parent[max(a, b)] = min(a, b)
}

// join puts a number together with all others that the same text came with.
func (u *union) join(n int, text string) {
	first, known := u.texts[text]
	if !known {
		u.texts[text] = n
		first = n
	}
	u.tie(first, n)
}

// parts are the items that belong together, in the order of the first of each. Those of this side have numbers from here on.
func (u *union) parts() (list []*pool) {
	of := map[int]*pool{}
	for _, n := range slices.Sorted(maps.Keys(u.parent)) {
		root := u.root(n)
		if of[root] == nil {
			of[root] = &pool{}
			list = append(list, of[root])
		}
		if p := of[root]; n >= here {
			p.here = append(p.here, n-here)
		} else {
			p.there = append(p.there, n)
		}
	}
	return list
}
