package world

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
	"tahti/internal/crm"
)

// Some servers keep only so much of a title. Marks stand at its front, so that they are there all the same: that sync does not carry the
// rest away in the CRM is looked for here.

// asTitled notes of a mark the whole title that somebody gave in the CRM; none of what was last called so in a calendar. One that is
// replaced in the CRM goes, as an event that holds its mark may be called otherwise, and count.
func (k *mark) asTitled(place string, before, after *calendar.Event) {
	if is := titleWith(after, k.text); is != titleWith(before, k.text) {
		if k.title = is; place != "crm" {
			k.title = ""
		}
	}
}

// calledThere forgets what the marks of an event were called in the CRM: the title that it has may count from now on.
func (l *ledger) calledThere(e *calendar.Event) {
	for _, m := range marksOf(e) {
		if k := l.marks[m]; k != nil && titleWith(e, m) != "" {
			k.title = ""
		}
	}
}

// titleWith is the title of an event, or of one of its dates, that holds a mark.
func titleWith(e *calendar.Event, m string) string {
	if e == nil {
		return ""
	}
	at := slices.IndexFunc(e.Overrides, func(o calendar.Override) bool {
		return o.Set.Has(calendar.Subject) && strings.Contains(o.Subject, m)
	})
	switch {
	case strings.Contains(e.Subject, m):
		return e.Subject
	case at >= 0:
		return e.Overrides[at].Subject
	}
	return ""
}

// checkWhole: a title that somebody gave in the CRM stands there whole, or among the values that can be restored, whatever a server keeps
// of it (I2). What came in has the title that its calendar kept, and what a restored database forgot may have been read there anew.
func (w *World) checkWhole(s *side, a *crm.Activity) {
	if a.Origin != 0 || w.restored != nil {
		return
	}
	for _, m := range marksOf(&a.Plan) {
		k, is := w.book.marks[m], titleWith(&a.Plan, m)
		if k == nil || k.title == "" || is == "" || k.by != s.user.Name || w.inConflict(m) {
			continue
		}
		if folded(is) != folded(k.title) {
			w.broke("I2", "activity %d was called %q here, and is %q: nobody has called it so", a.ID, k.title, is)
		}
	}
}

func folded(s string) string { return strings.Join(strings.Fields(s), " ") }
