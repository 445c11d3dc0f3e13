package lens

import (
	"slices"
	"strings"
	"unicode"

	"tahti/internal/calendar"
)

// Calendars keep only so much of a title, and fold its spaces. What they answer then need not show the frame, so that it cannot be taken off.
// As long as nobody types there, it stands for what was sent.

// Whole gives an event the titles that were sent, where it has those that a calendar has answered to them, in which their frame does not
// show. answered is the whole event as it was answered, and sent what was sent, without what stands around it.
func (f Frame) Whole(there, answered, sent *calendar.Event) *calendar.Event {
	if slices.ContainsFunc(f.all(), func(x Frame) bool { return x.Prefix+x.Suffix == "" }) {
		return there // somebody has typed a title without a frame, and a write is due that puts it around: see [Frame.Standing]
	}
	whole := map[string]string{}
	for _, title := range titles(answered) {
		if f.aroundTitle(title).fits(title) {
			continue // what is left of the subject stands in it by itself
		}
		if w, ok := f.sentAs(title, titles(sent)); ok {
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

// cutFrom reports that a title is what a calendar may keep of another. Spaces count for nothing.
func cutFrom(title, whole string) bool {
	t := spaceless(title)
	return t != "" && strings.HasPrefix(spaceless(whole), t)
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
