package ews

import (
	"slices"
	"strconv"
	"time"
)

// findItem is FindItem.
func (c *call) findItem(e *element) ([]message, *failure) {
	c.finding = true
	for _, name := range []string{"FractionalPageItemView", "SeekToConditionPageItemView", "ContactsView", "GroupBy", "DistinguishedGroupBy", "QueryString"} {
		if m(e, name) != nil {
			return nil, refOperation.because("FindItem with " + name + " is not supported.")
		}
	}
	calendarView := m(e, "CalendarView")
	restricted := m(e, "Restriction") != nil || m(e, "SortOrder") != nil
	if calendarView != nil && restricted && !c.variants.ViewRestricts {
		return nil, refViewRestricted.because("Restrictions and sort order may not be specified for a CalendarView.")
	}
	return c.batch(m(e, "ParentFolderIds").Children, func(ref *element) message {
		f, fail := c.findRef(ref, refFolderNotFound)
		if fail != nil {
			return failed(fail)
		}
		if calendarView != nil {
			return c.viewDays(e, f, calendarView)
		}
		return c.search(e, f)
	})
}

// search lists a folder's single items and masters.
func (c *call) search(e *element, f *folder) message {
	var list []view
	for _, it := range f.items() {
		if it.unfound {
			it.unfound = false
			continue
		}
		list = append(list, it.view())
	}
	if e.Attr("Traversal") != "Shallow" {
		list = nil // nothing is kept that was deleted for good
	}
	list, fail := c.fit(list, e)
	if fail != nil {
		return failed(fail)
	}
	pg, fail := page(m(e, "IndexedPageItemView"), len(list))
	if fail != nil {
		return failed(fail)
	}
	return c.found(list[pg.from:pg.to], m(e, "ItemShape"), pg.attrs())
}

// fit filters and sorts as a request asks for.
func (c *call) fit(list []view, e *element) ([]view, *failure) {
	if restriction := m(e, "Restriction"); restriction != nil {
		cond, f := compile(restriction, eventProperty)
		if f != nil {
			return nil, f
		}
		list = slices.DeleteFunc(list, func(x view) bool { return !cond(x) })
	}
	orders := children(m(e, "SortOrder"))
	for i := len(orders) - 1; i >= 0; i-- {
		read, f := eventProperty(orders[i].Children[0])
		if f != nil {
			f.Refusal = refSortPath
			return nil, f
		}
		descending := orders[i].Attr("Order") == "Descending"
		slices.SortStableFunc(list, func(a, b view) int {
			x, _ := read(a)
			y, _ := read(b)
			if descending {
				x, y = y, x
			}
			return order(x, y)
		})
	}
	return list, nil
}

// found writes what was found.
func (c *call) found(list []view, sh *element, attrs []string) message {
	items := el("t:Items")
	for _, x := range list {
		n, f := c.show(x, sh)
		if f != nil {
			return failed(f)
		}
		items.kids = append(items.kids, n)
	}
	return done(el("m:RootFolder", items).with(attrs...))
}

// longestView is how much a calendar view may show.
const longestView = 2 * 366 * 24 * time.Hour

// viewDays lists the occurrences of some days. It has no pages: what is more than MaxEntriesReturned is cut off, and
// IncludesLastItemInRange alone says so.
func (c *call) viewDays(e *element, f *folder, v *element) message {
	from, _ := c.moment(v.Attr("StartDate"), c.zone) // times, by the schema
	to, _ := c.moment(v.Attr("EndDate"), c.zone)
	s := span{from.instant(), to.instant()}
	switch {
	case s.to.Before(s.from):
		return failed(refViewOrder.because("EndDate must be greater than or equal to StartDate."))
	case s.to.Sub(s.from) > longestView:
		return failed(refViewTooBig.because("The specified view range exceeds the maximum range of two years."))
	case !f.calendar():
		return failed(refViewFolder.because("CalendarView can only be specified for a calendar folder."))
	}
	var list []view
	for _, it := range f.items() {
		list = append(list, it.instances(s)...)
	}
	byStart(list)
	list, fail := c.fit(list, e)
	if fail != nil {
		return failed(fail)
	}
	total, last := len(list), true
	if n := number(&element{Text: v.Attr("MaxEntriesReturned")}); n > 0 && n < total {
		list, last = list[:n], false
	}
	return c.found(list, m(e, "ItemShape"), []string{"TotalItemsInView", strconv.Itoa(total), "IncludesLastItemInRange", truth(last)})
}
