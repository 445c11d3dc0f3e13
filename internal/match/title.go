package match

import (
	"slices"
	"strings"
)

// separator stands between the parts of a title. Pipedrive's calendar sync writes "deal > person > organisation > subject" by default,
// in an order that each user may choose (docs/providers.md, Other syncs); our own templates are written so, too.
const separator = " > "

// ticks are marks of what is done that tools put before a title; ours is the first.
var ticks = []string{"✓", "✔", "☑", "✅", "[x]"}

// maxParts bounds the parts of a title that are looked at: what has more is not made up of names.
const maxParts = 6

// plain is a title as far as it tells things apart: servers trim titles, and people change capitals.
func plain(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	for _, t := range ticks {
		if rest, ok := strings.CutPrefix(s, t+" "); ok {
			return rest
		}
	}
	return s
}

// part is a piece of a title between separators, and where it stands in it.
type part struct {
	text     string // plain
	from, to int
}

func partsOf(title string) []part {
	var list []part
	at := 0
	for _, s := range strings.Split(title, separator) {
		list = append(list, part{plain(s), at, at + len(s)})
		at += len(s) + len(separator)
	}
	if len(list) > maxParts {
		return nil
	}
	return list
}

// runs are what may be the subject of a title: all of it, and each of its stretches of parts.
func runs(title string) []string {
	whole := plain(title)
	list := []string{whole}
	parts := partsOf(title)
	for i := range parts {
		for j := i + 1; j <= len(parts); j++ {
			if text := joined(parts[i:j]); text != "" && text != whole {
				list = append(list, text)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func joined(parts []part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
	}
	return strings.Join(texts, separator)
}

// likeness is how well two titles agree.
type likeness uint8

const (
	apart  likeness = iota
	doubt           // one holds the other, and what stands around it fits nothing that is known
	framed          // around the subject stand all names that are known, and more
	equal
	named // around the subject stand names that are known, and nothing else
)

// Frame is what stands around a subject in a title.
type Frame struct{ Prefix, Suffix string }

// Named reports that a frame is made of names, and not of a mark alone.
func (f Frame) Named() bool { return strings.Contains(f.Prefix+f.Suffix, strings.TrimSpace(separator)) }

// FrameOf is what stands around the subject in a title, as far as it is known to be a frame.
func FrameOf(dressed, bare string, names []string) Frame {
	l, f := relate(dressed, bare, names)
	if l > doubt {
		return f
	}
	return namesAround(dressed, names)
}

// namesAround is the frame of a title whose subject is another one: the names that it begins and ends with.
func namesAround(title string, names []string) Frame {
	known := map[string]bool{}
	for _, n := range names {
		if n = plain(n); n != "" {
			known[n] = true
		}
	}
	parts := partsOf(title)
	from, to := 0, len(parts)
	for from < to-1 && known[parts[from].text] {
		from++
	}
	for to-1 > from && known[parts[to-1].text] {
		to--
	}
	if from == 0 && to == len(parts) {
		return Frame{}
	}
	return Frame{title[:parts[from].from], title[parts[to-1].to:]}
}

// relate compares the title of an item that may have a frame with that of one that has none. names are those that the frame may be
// made of: of the deal, person and organisation that the item belongs to.
func relate(dressed, bare string, names []string) (likeness, Frame) {
	whole := plain(bare)
	if plain(dressed) == whole {
		return equal, Frame{Prefix: tickBefore(dressed, bare)}
	}
	if whole == "" {
		return apart, Frame{}
	}
	best, worn := apart, Frame{}
	parts := partsOf(dressed)
	for i := range parts {
		for j := i + 1; j <= len(parts); j++ {
			if i == 0 && j == len(parts) || joined(parts[i:j]) != whole {
				continue
			}
			l := fits(slices.Concat(parts[:i], parts[j:]), names)
			if l > best {
				from, to := parts[i].from, parts[j-1].to
				best, worn = l, Frame{dressed[:from] + tickBefore(dressed[from:to], bare), dressed[to:]}
			}
		}
	}
	return best, worn
}

// tickBefore is the mark that one title has before the other. What stands behind it may have been folded, or be written otherwise.
func tickBefore(dressed, bare string) string {
	if tickOf(bare) != "" {
		return ""
	}
	return tickOf(dressed)
}

// tickOf is the mark of what is done that a title begins with, and the spaces around it.
func tickOf(title string) string {
	text := strings.TrimSpace(title)
	for _, t := range ticks {
		if len(text) <= len(t) || !strings.EqualFold(text[:len(t)], t) {
			continue
		}
		if rest := strings.TrimSpace(text[len(t):]); len(rest) < len(text)-len(t) {
			return title[:strings.LastIndex(title, rest)]
		}
	}
	return ""
}

// fits judges what stands around a subject. An item may belong to more than is known here, or its frame may leave a name out; but a
// name that is missing beside one that is strange says that it belongs to something else.
func fits(around []part, names []string) likeness {
	known, strange := map[string]bool{}, 0
	for _, n := range names {
		if n = plain(n); n != "" {
			known[n] = false
		}
	}
	for _, p := range around {
		if _, is := known[p.text]; !is {
			strange++
			continue
		}
		known[p.text] = true
	}
	missing := 0
	for _, seen := range known { // any order: a sum
		if !seen {
			missing++
		}
	}
	switch {
	case strange == 0:
		return named
	case missing == 0:
		return framed
	}
	return doubt
}

// alike compares two items' titles in both directions. The frame is what stands around the subject in a's.
func alike(a, b *Item) (likeness, Frame) {
	names := slices.Concat(a.Names, b.Names)
	l, f := relate(a.Title, b.Title, names)
	if back, _ := relate(b.Title, a.Title, names); back > l {
		return back, Frame{}
	}
	return l, f
}
