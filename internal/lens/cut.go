package lens

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tahti/internal/calendar"
)

// Calendars keep only so much of a title, and fold its spaces. What they answer then need not show the frame, so that it cannot be taken off.
// As long as nobody types there, it stands for what was sent.

// Whole gives an event the titles that were sent, where it has those that a calendar has answered to them, in which their frame or a part of
// the subject does not show. answered is the whole event as it was answered, and sent what was sent, without what stands around it.
func (f Frame) Whole(there, answered, sent *calendar.Event) *calendar.Event {
	if slices.ContainsFunc(f.all(), func(x Frame) bool { return x.Prefix+x.Suffix == "" }) {
		return there // somebody has typed a title without a frame, and a write is due that puts it around: see [Frame.Standing]
	}
	whole, subjects := map[string]string{}, titles(sent)
	for _, title := range titles(answered) {
		if x := f.aroundTitle(title); x.fits(title) && slices.Contains(subjects, bareTitle(title, x)) {
			continue // all of it stands there
		}
		if w, ok := f.sentAs(title, subjects); ok {
			whole[title] = w
		}
	}
	if len(whole) == 0 {
		return there
	}
	e := there.Clone()
	for _, v := range titled(&e) {
		if w, ok := whole[v.Subject]; ok {
			v.Subject = w
		}
	}
	return &e
}

// sentAs is the title of which a calendar has kept what it answered, if it is one of those that go with some subjects.
func (f Frame) sentAs(title string, subjects []string) (whole string, ok bool) {
	for _, x := range f.all() {
		for _, subject := range subjects {
			if whole = x.Prefix + subject + x.Suffix; cutFrom(title, whole) {
				return whole, true
			}
		}
	}
	return "", false
}

// Unsent leaves a title as it stands where a calendar has cut what was sent, and the very same would be sent again: target is what is to be
// sent, there what stands, and whole that with the titles which were sent, see [Frame.Whole].
func Unsent(target, whole, there *calendar.Event) {
	keep := func(to, sent, stands *calendar.Values) {
		if to.Subject == sent.Subject {
			to.Subject = stands.Subject
		}
	}
	keep(&target.Values, &whole.Values, &there.Values)
	for i := range target.Overrides {
		o := &target.Overrides[i]
		if sent, stands := whole.Override(o.Original), there.Override(o.Original); sent != nil && stands != nil &&
			(o.Set & sent.Set & stands.Set).Has(calendar.Subject) {
			keep(&o.Values, &sent.Values, &stands.Values)
		}
	}
}

// Cut is a title of the series or of a date, without what of its frame shows, which is less than the subject that was sent: a calendar may
// have cut that, or somebody shortened it.
type Cut struct {
	Occurrence bool
	Original   calendar.Wall
	Sent, Text string
}

// Kept is what a write whose reply was lost has sent, with the titles that are found where a calendar may have kept just that of them. What
// stood before the write is nothing that became of it, nor is a title with spaces that were not sent. Where only spaces are missing, or what
// settings put behind the subject, nobody's words can be in it; all else is named.
func Kept(sent, before, found *calendar.Event, f Frame) (as *calendar.Event, doubt []Cut) {
	var stood []string
	if before != nil {
		stood = titles(before)
	}
	e := sent.Clone()
	keep := func(v *calendar.Values, title string, at Cut) {
		if v.Subject == title || slices.Contains(stood, title) || slices.Contains(stood, v.Subject) || !keptOf(title, v.Subject) {
			return
		}
		x := f.aroundTitle(v.Subject)
		if at.Sent = bareTitle(v.Subject, x); !strings.HasPrefix(folded(title), folded(x.Prefix+at.Sent)) {
			at.Text = bareTitle(title, x)
			doubt = append(doubt, at)
		}
		v.Subject = title
	}
	if (sent.Known & found.Known).Has(calendar.Subject) {
		keep(&e.Values, found.Subject, Cut{})
	}
	for i := range e.Overrides {
		o := &e.Overrides[i]
		if is := found.Override(o.Original); is != nil && (o.Set & is.Set).Has(calendar.Subject) {
			keep(&o.Values, is.Subject, Cut{Occurrence: true, Original: o.Original})
		}
	}
	return &e, doubt
}

// bareTitle is a title without what of a frame stands around it.
func bareTitle(title string, f Frame) string {
	return strings.TrimSuffix(strings.TrimPrefix(title, f.Prefix), f.Suffix)
}

// folded is a title as a calendar keeps it that folds spaces.
func folded(s string) string { return strings.Join(strings.Fields(s), " ") }

// cutFrom reports that a title is what a calendar may keep of another. Spaces count for nothing.
func cutFrom(title, whole string) bool {
	t := spaceless(title)
	return t != "" && strings.HasPrefix(spaceless(whole), t)
}

// keptOf reports of a title of which nobody knows that it was answered that it is what a calendar may keep of another: none adds a space.
func keptOf(title, whole string) bool {
	for _, r := range title {
		if !unicode.IsSpace(r) {
			whole = strings.TrimLeftFunc(whole, unicode.IsSpace)
		}
		is, n := utf8.DecodeRuneInString(whole)
		if n == 0 || is != r && !(unicode.IsSpace(is) && unicode.IsSpace(r)) {
			return false
		}
		whole = whole[n:]
	}
	return strings.TrimSpace(title) != ""
}

func spaceless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func titles(e *calendar.Event) (list []string) {
	for _, v := range titled(e) {
		list = append(list, v.Subject)
	}
	return list
}

// titled are the values of an event that have a title: its own, and those of dates that are called otherwise.
func titled(e *calendar.Event) (list []*calendar.Values) {
	if e.Known.Has(calendar.Subject) {
		list = append(list, &e.Values)
	}
	for i := range e.Overrides {
		if o := &e.Overrides[i]; o.Set.Has(calendar.Subject) {
			list = append(list, &o.Values)
		}
	}
	return list
}
