package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var ten = time.Date(2030, 5, 6, 10, 0, 0, 0, time.UTC)

// at is an item of an hour.
func at(id, title string, start time.Time, names ...string) Item {
	return Item{ID: id, Title: title, Start: start, End: start.Add(time.Hour), Names: names, Print: title + start.String()}
}

// told says what became of two sides: "t1=h1" for what is matched, "reason t1,t2?h1" for what is asked, "+t1" and "-h1" for what is new.
func told(there, here []Item) string {
	return shown(Match(there, here, nil, nil, nil), there, here)
}

func shown(r Result, there, here []Item) string {
	ids := func(items []Item, list []int) string {
		var s []string
		for _, i := range list {
			s = append(s, items[i].ID)
		}
		return strings.Join(s, ",")
	}
	var out []string
	for _, p := range r.Matched {
		out = append(out, there[p.There].ID+"="+here[p.Here].ID)
	}
	for _, q := range r.Unsure {
		out = append(out, fmt.Sprintf("%s %s?%s", q.Reason, ids(there, q.There), ids(here, q.Here)))
	}
	for _, i := range r.There {
		out = append(out, "+"+there[i].ID)
	}
	for _, i := range r.Here {
		out = append(out, "-"+here[i].ID)
	}
	return strings.Join(out, " ")
}

func TestWhatIsTheSame(t *testing.T) {
	uid := func(it Item, uid string) Item { it.UID = uid; return it }
	long := func(it Item) Item { it.End = it.End.Add(time.Hour); return it }
	weekly := func(it Item) Item {
		it.Rule = "FREQ=WEEKLY"
		it.On = func(start time.Time) bool {
			return !start.Before(it.Start) && start.Sub(it.Start)%(7*24*time.Hour) == 0
		}
		return it
	}
	day := func(it Item) Item { it.AllDay = true; return it }
	hour := func(n int) time.Time { return ten.Add(time.Duration(n) * time.Hour) }
	for _, c := range []struct {
		name        string
		there, here []Item
		want        string
	}{
		{"the same start and title", []Item{at("t", "Call", ten)}, []Item{at("h", "Call", ten)}, "t=h"},
		{"capitals and spaces make no difference", []Item{at("t", " call  Bob ", ten)}, []Item{at("h", "Call Bob", ten)}, "t=h"},
		{"another end keeps nothing apart", []Item{at("t", "Call", ten)}, []Item{long(at("h", "Call", ten))}, "t=h"},
		{"of two the one that ends alike", []Item{at("t", "Call", ten)}, []Item{long(at("h1", "Call", ten)), at("h2", "Call", ten)}, "t=h2 -h1"},
		{"Pipedrive's title in its own order", []Item{at("t", "Big deal > Ann > Acme > Call", ten)}, []Item{at("h", "Call", ten, "Big deal", "Ann", "Acme")}, "t=h"},
		{"and in another", []Item{at("t", "Call > Acme > Ann", ten)}, []Item{at("h", "Call", ten, "Big deal", "Ann", "Acme")}, "t=h"},
		{"more stands there than is known here", []Item{at("t", "Big deal > Ann > Call", ten)}, []Item{at("h", "Call", ten, "Ann")}, "t=h"},
		{"nothing is known here of what it belongs to", []Item{at("t", "Big deal > Call", ten)}, []Item{at("h", "Call", ten)}, "t=h"},
		{"it belongs to something else", []Item{at("t", "Other deal > Call", ten)}, []Item{at("h", "Call", ten, "Big deal")}, "other_title t?h"},
		{"two that names tell apart", []Item{at("t1", "Ann > Call", ten), at("t2", "Bob > Call", ten)},
			[]Item{at("h1", "Call", ten, "Bob"), at("h2", "Call", ten, "Ann")}, "t1=h2 t2=h1"},
		{"two of which one is told by its names, and the other by what is left", []Item{at("t1", "Ann > Call", ten), at("t2", "Call", ten)},
			[]Item{at("h1", "Call", ten), at("h2", "Call", ten, "Ann")}, "t1=h2 t2=h1"},
		{"a subject with a separator of its own", []Item{at("t", "Acme > Plan > Do", ten)}, []Item{at("h", "Plan > Do", ten, "Acme")}, "t=h"},
		{"a tick", []Item{at("t", "✓ Call", ten)}, []Item{at("h", "Call", ten)}, "t=h"},
		{"a title in the CRM that another sync brought in", []Item{at("t", "Call", ten)}, []Item{at("h", "Acme > Call", ten)}, "t=h"},
		{"one UID", []Item{uid(at("t", "Call", ten), "u")}, []Item{uid(at("h1", "Call", ten), "u"), at("h2", "Call", ten)}, "t=h1 -h2"},
		{"one UID, moved since", []Item{uid(at("t", "Call", hour(1)), "u")}, []Item{uid(at("h", "Call", ten), "u")}, "same_uid t?h"},
		{"one UID, retitled since", []Item{uid(at("t", "Talk", ten), "u")}, []Item{uid(at("h", "Call", ten), "u")}, "same_uid t?h"},
		{"a UID that two have proves nothing", []Item{uid(at("t1", "Call", ten), "u"), uid(at("t2", "Talk", hour(2)), "u")},
			[]Item{uid(at("h", "Call", ten), "u")}, "t1=h +t2"},
		{"another title", []Item{at("t", "Talk", ten)}, []Item{at("h", "Call", ten)}, "other_title t?h"},
		{"moved by an hour", []Item{at("t", "Call", hour(1))}, []Item{at("h", "Call", ten)}, "other_start t?h"},
		{"too far away", []Item{at("t", "Call", ten.AddDate(0, 2, 0))}, []Item{at("h", "Call", ten)}, "+t -h"},
		{"of two that may have moved the nearer", []Item{at("t", "Call", hour(1))}, []Item{at("h1", "Call", ten.AddDate(0, 0, 3)), at("h2", "Call", ten)}, "other_start t?h2 -h1"},
		{"two that are as near", []Item{at("t", "Call", hour(1))}, []Item{at("h1", "Call", ten), at("h2", "Call", hour(2))}, "several t?h1,h2"},
		{"a series each week is no puzzle", []Item{at("t1", "Call", ten), at("t2", "Call", ten.AddDate(0, 0, 7)), at("t3", "Call", ten.AddDate(0, 0, 14).Add(time.Hour))},
			[]Item{at("h1", "Call", ten), at("h2", "Call", ten.AddDate(0, 0, 7)), at("h3", "Call", ten.AddDate(0, 0, 14))}, "t1=h1 t2=h2 other_start t3?h3"},
		{"a series and a single one", []Item{weekly(at("t", "Call", ten))}, []Item{at("h", "Call", ten)}, "other_pattern t?h"},
		{"a whole day is no midnight", []Item{day(at("t", "Call", ten))}, []Item{at("h", "Call", ten)}, "+t -h"},
		{"one for two", []Item{at("t", "Call", ten)}, []Item{at("h1", "Call", ten), at("h2", "Call", ten)}, "several t?h1,h2"},
		{"two for two that nothing tells apart", []Item{at("t2", "Call", ten), at("t1", "Call", ten)}, []Item{at("h1", "Call", ten), at("h2", "Call", ten)}, "t1=h1 t2=h2"},
		{"two for two that something tells apart", []Item{at("t1", "Call", ten), {ID: "t2", Title: "Call", Start: ten, End: hour(1), Print: "with a note"}},
			[]Item{at("h1", "Call", ten), at("h2", "Call", ten)}, "several t1,t2?h1,h2"},
		{"one side alone", []Item{at("t", "Call", ten)}, nil, "+t"},
		{"nothing", nil, nil, ""},
		{"the dates of a series one by one", []Item{weekly(at("t", "Call", ten))},
			[]Item{at("h1", "Call", ten), at("h2", "Call", ten.AddDate(0, 0, 7)), at("h3", "Call", ten.AddDate(0, 0, 8)), at("h4", "Mail", ten.AddDate(0, 0, 14))},
			"dates t?h1,h2 -h3 -h4"},
		{"and the other way round", []Item{at("t1", "Deal > Call", ten), at("t2", "Call", ten.AddDate(0, 0, 21))}, []Item{weekly(at("h", "Call", ten, "Deal"))},
			"dates t1,t2?h"},
		{"only a later one of them", []Item{weekly(at("t", "Call", ten))}, []Item{at("h", "Call", ten.AddDate(0, 0, 7))}, "dates t?h"},
		{"a date that is there itself", []Item{weekly(at("t", "Call", ten)), at("s", "Call", ten.AddDate(0, 0, 7))},
			[]Item{at("h1", "Call", ten.AddDate(0, 0, 7)), at("h2", "Call", ten.AddDate(0, 0, 14))}, "s=h1 dates t?h2"},
		{"a whole day on a date", []Item{weekly(at("t", "Call", ten))}, []Item{day(at("h", "Call", ten.AddDate(0, 0, 7)))}, "+t -h"},
	} {
		if got := told(c.there, c.here); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What was noted before is asked about, unless one of both is matched or said to be different by now.
func TestWhatWasNotedIsAskedAbout(t *testing.T) {
	there := []Item{at("t1", "Call", ten), at("t2", "Lunch", ten.Add(time.Hour)), at("t3", "Plan", ten.Add(100*time.Hour))}
	here := []Item{at("h1", "Call", ten), at("h2", "Swim", ten.Add(2*time.Hour)), at("h3", "Walk", ten.Add(200*time.Hour))}
	pairs := func(list ...[2]string) Noted {
		noted := Noted{}
		for _, p := range list {
			noted[p] = true
		}
		return noted
	}
	for _, c := range []struct {
		name  string
		noted Noted
		apart Apart
		want  string
	}{
		{"one", pairs([2]string{"t2", "h2"}), nil, "t1=h1 edited t2?h2 +t3 -h3"},
		{"two with one", pairs([2]string{"t2", "h2"}, [2]string{"t3", "h2"}), nil, "t1=h1 several t2,t3?h2 -h3"},
		{"what is matched", pairs([2]string{"t1", "h2"}, [2]string{"t2", "h1"}), nil, "t1=h1 +t2 +t3 -h2 -h3"},
		{"what was said to be two", pairs([2]string{"t2", "h2"}), Apart{{"t2", "h2"}: true}, "t1=h1 +t2 +t3 -h2 -h3"},
		{"what is gone", pairs([2]string{"t4", "h2"}), nil, "t1=h1 +t2 +t3 -h2 -h3"},
	} {
		if got := shown(Match(there, here, c.apart, c.noted, nil), there, here); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What a person has said to be two is neither paired nor asked about again.
func TestWhatIsSaidToBeApartStaysSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		there, here := named2(anySide(t, "there"), "t"), named2(anySide(t, "here"), "h")
		said := Apart{}
		for range 30 { // all questions, and all answers, are used up at last
			r := Match(there, here, said, nil, nil)
			for _, p := range r.Matched {
				if said[[2]string{there[p.There].ID, here[p.Here].ID}] {
					t.Fatalf("%s and %s are matched again", there[p.There].ID, here[p.Here].ID)
				}
				said[[2]string{there[p.There].ID, here[p.Here].ID}] = true
			}
			for _, q := range r.Unsure {
				fresh := false
				for _, i := range q.There {
					for _, j := range q.Here {
						pair := [2]string{there[i].ID, here[j].ID}
						fresh = fresh || !said[pair]
						said[pair] = true
					}
				}
				if !fresh {
					t.Fatalf("asked again: %s %v %v", q.Reason, q.There, q.Here)
				}
			}
			if len(r.Matched)+len(r.Unsure) == 0 {
				return
			}
		}
		t.Fatal("it goes on asking")
	})
}

func TestTheFrameIsWhatStandsAroundTheSubject(t *testing.T) {
	for _, c := range []struct {
		dressed, bare  string
		names          []string
		prefix, suffix string
	}{
		{"Deal > Ann > Call", "Call", []string{"Deal", "Ann"}, "Deal > Ann > ", ""},
		{"Call > Acme", "Call", []string{"Acme"}, "", " > Acme"},
		{"Deal > Call > Acme", "call", []string{"Acme", "Deal"}, "Deal > ", " > Acme"},
		{"✓ Call", "Call", nil, "✓ ", ""},
		{"✓ Call", "call", nil, "✓ ", ""},
		{"[X] Call", "✓ Call", nil, "", ""},
		{"✓  Call > ours", "Call", nil, "✓  ", " > ours"},
		{"Deal > ✅ Call", "Call", []string{"Deal"}, "Deal > ✅ ", ""},
		{"Deal > ✓ Call", "✓ Call", []string{"Deal"}, "Deal > ", ""},
		{"call", "Call", nil, "", ""},
	} {
		l, f := relate(c.dressed, c.bare, c.names)
		if l <= doubt || f.Prefix != c.prefix || f.Suffix != c.suffix {
			t.Errorf("%q: %d, %q", c.dressed, l, f)
		}
		if len(f.Prefix)+len(f.Suffix) > 0 && !strings.EqualFold(f.Prefix+c.bare+f.Suffix, c.dressed) {
			t.Errorf("%q does not make %q of %q", f, c.dressed, c.bare)
		}
	}
}

func TestATickStandsBeforeASubjectWhoseSpacesAreFolded(t *testing.T) {
	if l, f := relate("✓ Call Bob", "Call  Bob", nil); l != equal || f != (Frame{Prefix: "✓ "}) {
		t.Errorf("%d, %q", l, f)
	}
	if got := tickOf(" ✓ "); got != "" {
		t.Errorf("nothing stands behind it, and it is %q", got)
	}
}

func TestTheFrameOfAnotherSubjectIsMadeOfNamesAlone(t *testing.T) {
	for title, want := range map[string]Frame{
		"Deal > Ann > Meet":         {"Deal > Ann > ", ""},
		"Deal > Meet > Ann":         {"Deal > ", " > Ann"},
		"Deal > Other > Meet":       {"Deal > ", ""},
		"Meet":                      {},
		"Deal":                      {},
		"Deal > Ann":                {"Deal > ", ""},
		"a > b > c > d > e > f > g": {},
	} {
		if got := FrameOf(title, "Call", []string{"Ann", "Deal", ""}); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
}

// anySide draws from few titles, names and starts on purpose, so that a lot is alike.
func anySide(t *rapid.T, label string) []Item {
	few := rapid.SampledFrom([]string{"Call", "Talk", "Ann > Call", "Bob > Ann > Talk", "Call > Talk", ""})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
		start := ten.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "start")) * time.Hour)
		it := Item{Title: few.Draw(t, "title"), Start: start, End: start.Add(time.Duration(rapid.IntRange(1, 2).Draw(t, "length")) * time.Hour)}
		it.UID = rapid.SampledFrom([]string{"", "", "", "u1", "u2"}).Draw(t, "uid")
		it.Names = rapid.SampledFrom([][]string{nil, {"Ann"}, {"Ann", "Bob"}}).Draw(t, "names")
		if rapid.IntRange(0, 5).Draw(t, "repeats") == 0 {
			it.Rule = "FREQ=HOURLY;INTERVAL=2"
			it.On = func(at time.Time) bool { return !at.Before(start) && at.Sub(start)%(2*time.Hour) == 0 }
		}
		it.Print = fmt.Sprint(it.Title, it.Start, it.End, it.UID, it.Names, it.Rule)
		return it
	}), 0, 12).Draw(t, label)
}

func named2(items []Item, letter string) []Item {
	for i := range items {
		items[i].ID = fmt.Sprintf("%s%02d", letter, i)
	}
	return items
}

func TestNothingIsLostAndNothingStandsTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		there, here := named2(anySide(t, "there"), "t"), named2(anySide(t, "here"), "h")
		r := Match(there, here, nil, nil, nil)
		seenThere, seenHere := make([]int, len(there)), make([]int, len(here))
		for _, p := range r.Matched {
			seenThere[p.There]++
			seenHere[p.Here]++
			a, b := &there[p.There], &here[p.Here]
			if !Same(a, b) || !Same(b, a) {
				t.Errorf("%+v and %+v are not the same", a, b)
			}
		}
		for _, q := range r.Unsure {
			if len(q.There) == 0 || len(q.Here) == 0 || !slices.Contains(Reasons, q.Reason) {
				t.Errorf("a question without two sides or a reason: %+v", q)
			}
			for _, i := range q.There {
				seenThere[i]++
			}
			for _, i := range q.Here {
				seenHere[i]++
			}
		}
		for _, i := range r.There {
			seenThere[i]++
		}
		for _, i := range r.Here {
			seenHere[i]++
		}
		for _, seen := range [][]int{seenThere, seenHere} {
			if i := slices.IndexFunc(seen, func(n int) bool { return n != 1 }); i >= 0 {
				t.Errorf("item %d stands in %d places", i, seen[i])
			}
		}
	})
}

func TestTheOrderOfItemsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		there, here := named2(anySide(t, "there"), "t"), named2(anySide(t, "here"), "h")
		want := told(there, here)
		got := told(rapid.Permutation(there).Draw(t, "there again"), rapid.Permutation(here).Draw(t, "here again"))
		if d := gocmp.Diff(want, got); d != "" {
			t.Errorf("in another order:\n%s", d)
		}
	})
}

func TestTheSidesMayChangePlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		there, here := named2(anySide(t, "there"), "t"), named2(anySide(t, "here"), "h")
		type pair struct{ there, here string }
		pairs := func(r Result, a, b []Item) (list []pair) {
			for _, p := range r.Matched {
				x, y := a[p.There].ID, b[p.Here].ID
				list = append(list, pair{max(x, y), min(x, y)})
			}
			slices.SortFunc(list, func(a, b pair) int { return cmp.Or(cmp.Compare(a.there, b.there), cmp.Compare(a.here, b.here)) })
			return list
		}
		r, back := Match(there, here, nil, nil, nil), Match(here, there, nil, nil, nil)
		if d := gocmp.Diff(pairs(r, there, here), pairs(back, here, there), gocmp.AllowUnexported(pair{})); d != "" {
			t.Errorf("the other way round:\n%s", d)
		}
		if len(r.Unsure) != len(back.Unsure) || len(r.There) != len(back.Here) || len(r.Here) != len(back.There) {
			t.Errorf("%d, %d, %d and %d, %d, %d", len(r.Unsure), len(r.There), len(r.Here), len(back.Unsure), len(back.Here), len(back.There))
		}
	})
}

// BenchmarkMatch is of two full calendars, once as they are and once of items that all look alike.
func BenchmarkMatch(b *testing.B) {
	const n = 10_000
	for name, make1 := range map[string]func(i int, side string) Item{
		"of all kinds": func(i int, side string) Item {
			title := fmt.Sprintf("Call %d", i%70)
			if side == "t" {
				title = fmt.Sprintf("Deal %d > Ann > %s", i%9, title)
			}
			return at(fmt.Sprint(side, i), title, ten.Add(time.Duration(i/3)*time.Hour), fmt.Sprintf("Deal %d", i%9), "Ann")
		},
		"of one title and start": func(i int, side string) Item { return at(fmt.Sprint(side, i), "Call", ten) },
		"of one title, moved": func(i int, side string) Item {
			return at(fmt.Sprint(side, i), "Call", ten.Add(time.Duration(i*60+len(side)*i%7)*time.Second))
		},
		"of one start": func(i int, side string) Item { return at(fmt.Sprint(side, i), fmt.Sprint("Call ", side, i), ten) },
		"of one start, much framed": func(i int, side string) Item {
			return at(fmt.Sprint(side, i), fmt.Sprintf("%s%d > a > b > c", side, i), ten)
		},
	} {
		var there, here []Item
		for i := range n {
			there, here = append(there, make1(i, "t")), append(here, make1(i, "h"))
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Match(there, here, nil, nil, nil)
			}
		})
	}
}

// Copies of one meeting are one, whatever they say and whatever was said of them; of several the one that says the same.
func TestCopiesOfOneMeetingAreMatched(t *testing.T) {
	uid := func(it Item) Item { it.UID = "u"; return it }
	here := []Item{uid(at("h1", "Review", ten)), at("h2", "Lunch", ten.Add(time.Hour))}
	for _, c := range []struct {
		name   string
		there  []Item
		meets  Meets
		want   string
		unlike bool
	}{
		{"one that was moved and called otherwise", []Item{uid(at("t1", "Big", ten.Add(5*time.Hour)))}, func(_, h int) bool { return h == 0 }, "t1=h1 -h2", true},
		{"one that says the same", []Item{uid(at("t1", "Review", ten))}, func(_, h int) bool { return h == 0 }, "t1=h1 -h2", false},
		{"several", []Item{uid(at("t1", "Big", ten)), uid(at("t2", "Review", ten)), uid(at("t3", "Review", ten))}, func(_, _ int) bool { return true }, "t2=h1 +t1 +t3 -h2", false},
		{"of several the one that is a copy", []Item{uid(at("t1", "Review", ten)), uid(at("t2", "Big", ten.Add(900*time.Hour)))}, func(i, _ int) bool { return i == 1 }, "t2=h1 +t1 -h2", true},
		{"none", []Item{uid(at("t1", "Big", ten.Add(5*time.Hour)))}, func(_, _ int) bool { return false }, "+t1 -h1 -h2", false},
	} {
		r := Match(c.there, here, Apart{{"t1", "h1"}: true, {"t2", "h1"}: true}, nil, c.meets)
		if got := shown(r, c.there, here); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		for _, p := range r.Matched {
			if !p.Meeting || p.Unlike != c.unlike {
				t.Errorf("%s: %+v", c.name, p)
			}
		}
	}
}
