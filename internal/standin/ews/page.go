package ews

import (
	"strconv"
	"strings"
)

// maxPage is how many items one answer to FindItem has, whatever is asked for.
const maxPage = 1000

// paged is which part of a list an answer has.
type paged struct {
	from, to, total, next int
}

// page reads an IndexedPageItemView; nil is the whole list, as far as an answer goes.
func page(e *element, total int) (paged, *failure) {
	pg := paged{total: total}
	most := maxPage
	if e != nil {
		offset := number(&element{Text: e.Attr("Offset")})
		if offset < 0 {
			return pg, refPaging.because("The offset cannot be negative.")
		}
		if n := number(&element{Text: e.Attr("MaxEntriesReturned")}); n > 0 {
			most = min(most, n)
		}
		if e.Attr("BasePoint") == "End" {
			pg.to = max(0, total-offset)
			pg.from = max(0, pg.to-most)
			pg.next = total - pg.from
			return pg, nil
		}
		pg.from = min(offset, total)
	}
	pg.to = min(total, pg.from+most)
	pg.next = pg.to
	return pg, nil
}

// attrs are what RootFolder says of the page.
func (p paged) attrs() []string {
	return []string{"IndexedPagingOffset", strconv.Itoa(p.next), "TotalItemsInView", strconv.Itoa(p.total), "IncludesLastItemInRange", truth(p.next >= p.total)}
}

// fitFolders filters folders by the few things that clients look for in them: name and class.
func (c *call) fitFolders(list []*folder, restriction *element) ([]*folder, *failure) {
	if restriction == nil {
		return list, nil
	}
	cond, f := compile(restriction, folderProperty)
	if f != nil {
		return nil, f
	}
	var out []*folder
	for _, x := range list {
		if cond(x) {
			out = append(out, x)
		}
	}
	return out, nil
}

// folderProperty is a property of a folder for a restriction.
func folderProperty(path *element) (func(x *folder) (string, bool), *failure) {
	switch strings.ToLower(path.Attr("FieldURI")) {
	case "folder:displayname":
		return func(x *folder) (string, bool) { return x.name, true }, nil
	case "folder:folderclass":
		return func(x *folder) (string, bool) { return x.class, x.class != "" }, nil
	}
	if path.Name.Local == "ExtendedFieldURI" {
		key, f := extendedKey(path)
		if f != nil {
			return nil, f
		}
		return func(x *folder) (string, bool) {
			if key == "tag/3613/String" {
				return x.class, x.class != ""
			}
			return "", false
		}, nil
	}
	return nil, refQueryPath.because("The property can not be used with this type of restriction.")
}
