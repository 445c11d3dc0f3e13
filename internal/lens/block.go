package lens

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// Typed is text that somebody put inside the context block: of the series, or of one of its dates.
type Typed struct {
	Occurrence bool
	Original   calendar.Wall
	Text       string
}

// typedInto finds it in an event with a frame. What stands in the block of the series was not typed into that of a date, which programs make
// by copying.
func (f Frame) typedInto(e *calendar.Event) (list []Typed) {
	var ours []string
	eachText(e, func(at Typed, text string) {
		x := f.aroundText(text)
		if x.Block == "" || strings.HasSuffix(text, "\n\n"+x.Block) { // none, or just as we wrote it
			return
		}
		if at.Text = besides(blockOf(text), append(ours, x.Block)); at.Text != "" {
			list = append(list, at)
		}
		if !at.Occurrence {
			ours = append(ours, blockOf(text))
		}
	})
	return list
}

// TypedSince is what somebody put inside the blocks of an event that is not ours, where they came along with what was copied: all that none
// of them said before.
func TypedSince(e, before *calendar.Event) (list []Typed) {
	var known []string
	eachText(before, func(_ Typed, text string) {
		if block := blockOf(text); block != "" {
			known = append(known, block)
		}
	})
	if len(known) == 0 {
		return nil
	}
	eachText(e, func(at Typed, text string) {
		if at.Text = besides(blockOf(text), known); at.Text != "" {
			list = append(list, at)
		}
	})
	return list
}

// eachText visits the texts of an event that may have a block: of the series first, then of each date that has one of its own.
func eachText(e *calendar.Event, visit func(at Typed, text string)) {
	if e.Known.Has(calendar.Description) {
		visit(Typed{}, e.Description)
	}
	for i := range e.Overrides {
		if o := &e.Overrides[i]; o.Set.Has(calendar.Description) {
			visit(Typed{Occurrence: true, Original: o.Original}, o.Description)
		}
	}
}

// besides are the lines of a block that stand in none of some others.
func besides(block string, others []string) string {
	if block == "" {
		return ""
	}
	var lines []string
	inside := strings.Trim(block[len(blockStart):len(block)-len(blockEnd)], "\n")
	for _, line := range strings.Split(inside, "\n") {
		has := func(other string) bool { return slices.Contains(strings.Split(other, "\n"), line) }
		if strings.TrimSpace(line) != "" && !slices.ContainsFunc(others, has) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// DressLike puts the frame around what another program made of an event of ours: a block, which came along with what was copied, stays
// where it stands, with all that was typed into it, and is put nowhere else. there is the event as it is.
func DressLike(there, bare *calendar.Event, f Frame) calendar.Event {
	f.Block = ""
	e := Dress(bare, f)
	keepBlockDates(there, &e)
	text := calendar.Fields(calendar.Description)
	dressValues(&e.Values, text, Frame{Block: blockOf(there.Description)})
	for i := range e.Overrides {
		o := &e.Overrides[i]
		stands := &there.Values
		if at := there.Override(o.Original); at != nil && at.Set.Has(calendar.Description) {
			stands = &at.Values
		}
		dressValues(&o.Values, o.Set&text, Frame{Block: blockOf(stands.Description)})
	}
	return e
}

// keepBlockDates leaves a date a text of its own that says what its series says, and has another block.
func keepBlockDates(there, e *calendar.Event) {
	if there.Start != e.Start || !calendar.SameRecurrence(there, e) {
		return // its dates have other names, or there are others
	}
	for i := range there.Overrides {
		at := &there.Overrides[i]
		block := blockOf(at.Description)
		if !at.Set.Has(calendar.Description) || block == "" || block == blockOf(there.Description) || e.IsCancelled(at.Original) {
			continue
		}
		if o := e.EnsureOverride(at.Original); !o.Set.Has(calendar.Description) {
			o.Set |= calendar.Fields(calendar.Description)
			o.Description = e.Description
		}
	}
}

// landDescription takes the block off a text.
func landDescription(v *calendar.Values, f Frame) {
	if f.Block == "" {
		return
	}
	if rest, ok := strings.CutSuffix(v.Description, "\n\n"+f.Block); ok {
		v.Description = rest // just as we wrote it, whatever its lines say
		return
	}
	start, end, ok := findBlock(v.Description)
	if !ok {
		return // the block was deleted: what is left is the description, and the block comes back with the next write
	}
	after := strings.TrimLeft(v.Description[end:], "\n ")
	// What else stands before a block is the text's own, also where somebody typed into it: the next look may know that one as it stands.
	if rest, ok := strings.CutSuffix(v.Description[:start], "\n\n"); ok {
		v.Description = rest
	} else {
		v.Description = strings.TrimRight(v.Description[:start], "\n ")
	}
	if after != "" {
		v.Description = strings.TrimLeft(v.Description+"\n"+after, "\n")
	}
}

// BlockIn is the context block that stands in an event, or else in one of its dates, empty if there is none that is whole.
func BlockIn(e *calendar.Event) string {
	block := blockOf(e.Description)
	for i := 0; block == "" && i < len(e.Overrides); i++ {
		block = blockOf(e.Overrides[i].Description)
	}
	return block
}

// OurBlock is what we have written of a block that stands in an event of ours and that no row tells of any more: all of it if it says
// nothing beside what goes with a context, else what does. Its activity may have had another number then.
func OurBlock(block string, c crm.Context) string {
	address := c.Link[:strings.LastIndex(c.Link, "/")+1]
	for _, line := range strings.Split(block, "\n") {
		number, ok := strings.CutPrefix(line, address)
		if ok && address != "" && number != "" && strings.Trim(number, "0123456789") == "" {
			c.Link = line // of several the last, as ours stands behind all else
		}
	}
	if ours := contextBlock(c); ours != "" && besides(block, []string{ours}) != "" {
		return ours
	}
	return block
}

// blockOf is the block in a text, empty if there is none that is whole.
func blockOf(text string) string {
	start, end, ok := findBlock(text)
	if !ok {
		return ""
	}
	return text[start:end]
}

func findBlock(text string) (start, end int, ok bool) {
	start, end = strings.LastIndex(text, blockStart), strings.LastIndex(text, blockEnd)
	return start, end + len(blockEnd), start >= 0 && end >= start+len(blockStart) // its ends may share their dashes
}
