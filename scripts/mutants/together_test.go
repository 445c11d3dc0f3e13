package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// All but a constant are said as choices, and those of one place stand in binaries of their own.
func TestMutantsStandTogetherAsFarAsTheyDoNotOverlap(t *testing.T) {
	pond(t, "")
	r, err := load(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	all := r.mutants()
	groups, alone := r.gather(all)
	if len(alone) != 1 || alone[0].is() != "const limit = 4" {
		t.Errorf("compiled alone: %v", alone)
	}
	n := 0
	for _, g := range groups {
		n += len(g.of)
		for i, m := range g.of {
			for _, o := range g.of[i+1:] {
				if m.choice.from < o.choice.to && o.choice.from < m.choice.to {
					t.Errorf("%s\nand %s overlap", m, o)
				}
			}
		}
	}
	if n != len(all)-1 {
		t.Errorf("%d of %d are asked for", n, len(all))
	}
}

// What a choice does is what the mutant does when it is compiled alone.
func TestAChoiceDoesWhatTheMutantDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it compiles a package many times")
	}
	pond(t, `func TestPond(t *testing.T) {
	for a, want := range []bool{true, true, true, true, false} {
		if fits(a, 1) != want {
			t.Error(a)
		}
	}
	if n, err := sum([]int{1, 2}); n != 2 || err != nil {
		t.Error(n, err)
	}
	if _, err := sum([]int{9}); err == nil {
		t.Error("nine")
	}
}`)
	r, err := load(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	o := options{timeout: 5 * time.Second, parallel: 2, memory: 1024}
	var all []mutant
	for i, m := range r.mutants() {
		if i%4 == 0 { // each one is compiled
			all = append(all, m)
		}
	}
	together, err := try(t.Context(), o, r, []string{"."}, all, &accepted{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].choice = nil
	}
	alone, err := try(t.Context(), o, r, []string{"."}, all, &accepted{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(alone.counts, together.counts); diff != "" {
		t.Errorf("(-alone +together):\n%s", diff)
	}
}
