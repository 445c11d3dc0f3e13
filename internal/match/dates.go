package match

// DateOf reports that an item is what another sync makes of a date of a series: it starts when one does, and has its title.
func DateOf(single, series *Item) bool {
	if single.Rule != "" || series.On == nil || single.AllDay != series.AllDay || !series.On(single.Start) {
		return false
	}
	l, _ := alike(single, series)
	return l > doubt
}

// byDates asks about each series of one side whose dates the other side holds one by one: about all of them at once, as they have one
// answer. Where only the first of them is there, it may as well be the same that recurs otherwise.
func (m *matcher) byDates() {
	u := newUnion()
	dated(&m.there, &m.here, func(series, single int) {
		if m.mayBe(series, single) {
			u.tie(series, here+single)
		}
	})
	dated(&m.here, &m.there, func(series, single int) {
		if m.mayBe(single, series) {
			u.tie(single, here+series)
		}
	})
	for _, p := range u.parts() {
		if len(p.there) != 1 || len(p.here) != 1 || slotOf(&m.there.items[p.there[0]]) != slotOf(&m.here.items[p.here[0]]) {
			m.question(Dates, p.there, p.here)
		}
	}
}

// dated tells which items of a side are dates of which series of the other.
func dated(of, side *side, do func(series, single int)) {
	var f *shelf
	for _, i := range fresh(of) {
		series := &of.items[i]
		if series.On == nil {
			continue
		}
		if f == nil {
			f = newShelf(side)
		}
		for _, single := range f.like(series) {
			if DateOf(&side.items[single], series) {
				do(i, single)
			}
		}
	}
}

// like are the items on the shelf whose title may agree with that of another.
func (f *shelf) like(it *Item) (list []int) {
	for _, text := range runs(it.Title) {
		list = append(list, f.whole[text]...)
	}
	if whole := plain(it.Title); whole != "" {
		list = append(list, f.runs[whole]...)
	}
	return list
}
