package lens

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// Frame is what was put around an activity when it was shown: text before and after the subject, and the context block
// at the end of the description. The link keeps it as it was written, so that it can be told from what people typed.
type Frame struct {
	Prefix string `json:"prefix,omitempty"`
	Suffix string `json:"suffix,omitempty"`
	Block  string `json:"block,omitempty"`
	// Off: a person rewrote the whole title; the template stays off for this item, visibly.
	Off bool `json:"off,omitempty"`
	// Before is what stands around single dates that the last write has not reached: it went out a date at a time, and broke off.
	Before *Frame `json:"before,omitempty"`
}

// maxBefore bounds how many frames are remembered of writes that broke off one after the other.
const maxBefore = 3

// After is a frame of which single dates may not know yet: they have what they had before.
func (f Frame) After(was Frame) Frame {
	if f.Before = was.Before; f.same(was) {
		return f
	}
	return f.before(was.all(), maxBefore)
}

// before is a frame before which some others were, of which so many are remembered.
func (f Frame) before(frames []Frame, most int) Frame {
	f.Before = nil
	for i := min(len(frames), most) - 1; i >= 0; i-- {
		frames[i].Before, f.Before = f.Before, &frames[i]
	}
	return f
}

// Standing is a frame as an event shows it: around what somebody has typed anew, nothing stands, and a block into which somebody has typed
// stands as it is now, so that what was kept of it is not kept again, however many dates have another. A title of the series that is somebody's
// own has no frame at all, see [Land].
func (f Frame) Standing(e *calendar.Event) Frame {
	bare := f
	var torn []string
	var worn []Frame // which are known, and stand there still
	look := func(v *calendar.Values, shown calendar.FieldSet) {
		if x := f.aroundTitle(v.Subject); shown.Has(calendar.Subject) {
			if worn = append(worn, x); !x.fits(v.Subject) {
				bare.Prefix, bare.Suffix = "", ""
			}
		}
		if x := f.aroundText(v.Description); shown.Has(calendar.Description) {
			if worn = append(worn, x); !strings.HasSuffix(v.Description, x.Block) {
				torn = append(torn, blockOf(v.Description))
			}
		}
	}
	look(&e.Values, e.Known&^calendar.Fields(calendar.Subject))
	for i := range e.Overrides {
		look(&e.Overrides[i].Values, e.Overrides[i].Set)
	}
	if len(torn) == 0 {
		torn = []string{f.Block}
	}
	known, news := f.all(), false
	var stand []Frame // all of them, into however many dates somebody has typed
	for _, block := range torn {
		if bare.Block = block; !f.same(bare) && !slices.ContainsFunc(stand, bare.same) {
			stand, news = append(stand, bare), news || !slices.ContainsFunc(known, bare.same)
		}
	}
	if !news {
		return f
	}
	for _, x := range known[1:] {
		if !slices.ContainsFunc(stand, x.same) && (len(stand) < maxBefore || slices.ContainsFunc(worn, x.same)) {
			stand = append(stand, x)
		}
	}
	return f.before(stand, len(stand))
}

// same reports that two frames put the same around a title and a text.
func (f Frame) same(g Frame) bool {
	return f.Prefix == g.Prefix && f.Suffix == g.Suffix && f.Block == g.Block
}

// all are the frames that may stand around a date, the last one first.
func (f Frame) all() (list []Frame) {
	for at := &f; at != nil; at = at.Before {
		list = append(list, *at)
	}
	return list
}

// The marks of the context block. They are text that people see, so they are plain; what stands between them is ours.
const (
	blockStart = "--- CRM ---"
	blockEnd   = "--- /CRM ---"
)

const tick = "✓ "

// apart stands between the parts of a title that was made by a template.
const apart = " > "

// FrameOf says how an activity is to be framed. off keeps the title bare because a person rewrote it.
func FrameOf(a *crm.Activity, c crm.Context, s *Settings, off bool) Frame {
	f := Frame{Off: off}
	if !off {
		if t, err := parseTemplate(s.TitleTemplate); err == nil {
			f.Prefix, f.Suffix = t.render(c)
		}
		if s.Done == "tick" && a.Done {
			f.Prefix = tick + f.Prefix
		}
	}
	if s.CRMContext {
		f.Block = contextBlock(c)
	}
	return f
}

func contextBlock(c crm.Context) string {
	var b strings.Builder
	for _, line := range []string{c.Deal, c.Person, c.Organization, c.Link} {
		if line = strings.ReplaceAll(strings.TrimSpace(line), "\n", " "); line != "" {
			b.WriteString(line + "\n")
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return blockStart + "\n" + b.String() + blockEnd
}

// template is a title template split around {subject}.
type template struct{ before, after []string }

var placeholders = []string{"{deal}", "{person}", "{organization}"}

// parseTemplate reads a template such as "{deal} > {person} > {subject}": parts separated by " > ", one of which is
// {subject}; parts whose placeholders are all empty are left out with their separator.
func parseTemplate(s string) (template, error) {
	var t template
	if s == "" {
		return t, nil
	}
	if len(s) > 200 {
		return t, errors.New("longer than 200 characters")
	}
	if strings.Count(s, "{subject}") != 1 {
		return t, errors.New("{subject} has to stand in it exactly once")
	}
	seen := false
	for _, part := range strings.Split(s, apart) {
		rest := part
		for _, p := range append(placeholders, "{subject}") {
			rest = strings.ReplaceAll(rest, p, "")
		}
		if strings.ContainsAny(rest, "{}") {
			return t, fmt.Errorf("%q: only {deal}, {person}, {organization} and {subject} are known", part)
		}
		switch {
		case part == "{subject}":
			seen = true
		case strings.Contains(part, "{subject}"):
			return t, errors.New(`{subject} is a part of its own, separated by " > "`)
		case seen:
			t.after = append(t.after, part)
		default:
			t.before = append(t.before, part)
		}
	}
	return t, nil
}

func (t template) render(c crm.Context) (prefix, suffix string) {
	fill := strings.NewReplacer("{deal}", c.Deal, "{person}", c.Person, "{organization}", c.Organization)
	for _, part := range t.before {
		if text := strings.TrimSpace(fill.Replace(part)); text != "" {
			prefix += text + apart
		}
	}
	for _, part := range t.after {
		if text := strings.TrimSpace(fill.Replace(part)); text != "" {
			suffix += apart + text
		}
	}
	return prefix, suffix
}

// Dress puts the frame around a bare event: what is written to the calendar.
func Dress(bare *calendar.Event, f Frame) calendar.Event {
	e := bare.Clone()
	dressValues(&e.Values, calendar.AllFields, f)
	for i := range e.Overrides {
		o := &e.Overrides[i]
		dressValues(&o.Values, o.Set, f)
		o.Unknown = 0 // a view's word, which no calendar knows
	}
	e.Overrides = slices.DeleteFunc(e.Overrides, func(o calendar.Override) bool { return o.Set == 0 })
	if len(e.Overrides) == 0 {
		e.Overrides = nil
	}
	return e
}

func dressValues(v *calendar.Values, set calendar.FieldSet, f Frame) {
	if set.Has(calendar.Subject) {
		v.Subject = f.Prefix + v.Subject + f.Suffix
	}
	if set.Has(calendar.Description) && f.Block != "" {
		if v.Description != "" {
			v.Description += "\n\n"
		}
		v.Description += f.Block
	}
}

// Land takes the frame off a remote event. rewritten reports that the series' title no longer has the frame: the whole
// title is the subject then, and the template is off for this item. typed is text that somebody put inside the context
// block, of the series or of a date; it is kept as a conflict, and the block is written again.
func Land(remote *calendar.Event, f Frame) (bare calendar.Event, rewritten bool, typed []Typed) {
	bare = remote.Clone()
	// What the calendar hides of an event was not rewritten.
	rewritten = bare.Known.Has(calendar.Subject) && !landSubject(&bare.Values, f)
	typed = f.typedInto(remote)
	if bare.Known.Has(calendar.Description) {
		landDescription(&bare.Values, f.aroundText(bare.Description))
	}
	for i := range bare.Overrides {
		o := &bare.Overrides[i]
		if o.Set.Has(calendar.Subject) {
			landSubject(&o.Values, f.aroundTitle(o.Subject))
		}
		if o.Set.Has(calendar.Description) {
			landDescription(&o.Values, f.aroundText(o.Description))
		}
	}
	bare.Normalize()
	return bare, rewritten, typed
}

// aroundTitle is the frame that the title of a date has: of those that it shows, the one that explains most of it.
func (f Frame) aroundTitle(title string) Frame {
	worn, most := f, 0
	for _, x := range f.all() {
		if n := len(x.Prefix) + len(x.Suffix); n > most && x.fits(title) {
			worn, most = x, n
		}
	}
	return worn
}

// aroundText is the frame whose block a text has.
func (f Frame) aroundText(text string) Frame {
	start, end, ok := findBlock(text)
	for _, x := range f.all() {
		if ok && x.Block == text[start:end] {
			return x
		}
	}
	return f
}

// fits reports whether a title shows a frame.
func (f Frame) fits(title string) bool {
	return len(title) >= len(f.Prefix)+len(f.Suffix) && strings.HasPrefix(title, f.Prefix) && strings.HasSuffix(title, f.Suffix)
}

// Worn answers which of some frames an event was written with: of those that it shows, the one that explains most of it. It answers
// false if the event shows none of them; one that adds nothing is shown by every event without a block.
func Worn(e *calendar.Event, frames []Frame) (worn Frame, ok bool) {
	most := -1
	for _, f := range frames {
		if !f.fits(e.Subject) || strings.Contains(e.Description, blockStart) != (f.Block != "") {
			continue
		}
		n := len(f.Prefix) + len(f.Suffix)
		if strings.Contains(e.Description, f.Block) {
			n += len(f.Block)
		}
		if n > most {
			worn, ok, most = f, true, n
		}
	}
	return worn, ok
}

func landSubject(v *calendar.Values, f Frame) bool {
	rest, okPrefix := strings.CutPrefix(v.Subject, f.Prefix)
	rest, okSuffix := strings.CutSuffix(rest, f.Suffix)
	if okPrefix && okSuffix {
		v.Subject = rest
		return true
	}
	return false
}
