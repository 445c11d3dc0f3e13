package match

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// long draws a side that spans several reaches, of few titles, so that there is much to ask.
func long(t *rapid.T, side string) []Item {
	items := make([]Item, rapid.IntRange(0, 30).Draw(t, side))
	for i := range items {
		start := ten.AddDate(0, 0, rapid.IntRange(0, 400).Draw(t, "day"))
		items[i] = at(fmt.Sprint(side, i), rapid.SampledFrom([]string{"Call", "Deal > Call", "Meeting"}).Draw(t, "title"), start)
	}
	slices.SortFunc(items, func(a, b Item) int { return a.Start.Compare(b.Start) })
	return items
}

func along(there, here []Item, size int) []string {
	a := NewAlong(there, size)
	var asked []Asked
	for _, it := range here {
		asked = append(asked, a.Add(it)...)
	}
	return said(there, append(asked, a.End()...))
}

func said(there []Item, asked []Asked) (list []string) {
	for _, p := range asked {
		list = append(list, there[p.There].ID+"?"+p.Here)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func TestAlongAsksWhatMatchAsks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		there, here := long(t, "t"), long(t, "h")
		var all []Asked
		for _, q := range Match(there, here, nil, nil, nil).Unsure {
			_ = q.Each(func(t, h int) error { all = append(all, Asked{t, here[h].ID}); return nil })
		}
		want := said(there, all)
		got := along(there, here, rapid.IntRange(1, 5).Draw(t, "size"))
		// What hangs together over more than a stretch is told by the pairs of each stretch of it: no item of it is left out, and none is added.
		if d := gocmp.Diff(sides(want), sides(got)); d != "" {
			t.Errorf("at once %v, along %v:\n%s", want, got, d)
		}
		for _, p := range got {
			if !slices.Contains(want, p) {
				t.Errorf("%s is asked, and is not at once: %v", p, want)
			}
		}
	})
}

// sides are all items of some pairs.
func sides(pairs []string) []string {
	list := strings.Split(strings.ReplaceAll(strings.Join(pairs, "?"), "?", " "), " ")
	slices.Sort(list)
	return slices.Compact(list)
}

func TestAUIDIsMetHoweverFarAway(t *testing.T) {
	uid := func(it Item, uid string) Item { it.UID = uid; return it }
	later := ten.AddDate(1, 0, 0)
	for _, c := range []struct {
		name        string
		there, here []Item
		want        []string
	}{
		{"moved by a year", []Item{uid(at("t", "Call", later), "u")}, []Item{uid(at("h", "Call", ten), "u"), at("g", "Other", later.Add(time.Hour))}, []string{"t?h"}},
		{"two of them here", []Item{uid(at("t", "Call", later), "u")}, []Item{uid(at("h", "Call", ten), "u"), uid(at("g", "Call", ten.AddDate(0, 0, 4)), "u")}, nil},
		{"two of them there", []Item{uid(at("t", "Call", later), "u"), uid(at("s", "Call", later), "u")}, []Item{uid(at("h", "Call", ten), "u")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := gocmp.Diff(c.want, along(c.there, c.here, 1)); d != "" {
				t.Error(d)
			}
		})
	}
}
