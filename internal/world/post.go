package world

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// letter is what calendars tell each other of a meeting: what it says now or that it is called off, and back to the organiser
// what a guest answered.
type letter struct {
	at      time.Time
	meeting *meeting
	to      *side
	issue   int
	event   calendar.Event
	off     bool
	from    string // of an answer: whose
	answer  calendar.Answer
}

// post sends a letter on its way. It may be lost, late, or come twice.
func (w *World) post(l letter) {
	l.at = w.now.Add(w.upTo(40))
	if w.strikes(MailLost, l.to) {
		return
	}
	if w.strikes(MailLate, l.to) {
		l.at = w.now.Add(w.upTo(7200))
	}
	w.letters = append(w.letters, l)
	if w.strikes(MailDoubled, l.to) {
		l.at = l.at.Add(w.upTo(600))
		w.letters = append(w.letters, l)
	}
}

// handOut brings the letters that are due.
func (w *World) handOut() {
	for i := 0; i < len(w.letters); {
		l := w.letters[i]
		if l.at.After(w.now) {
			i++
			continue
		}
		w.letters = slices.Delete(w.letters, i, i+1)
		l.to.heard++
		w.in(l.to.firm, func() {
			if l.from != "" {
				w.replied(l)
			} else {
				w.arrive(l)
			}
		})
	}
}

// arrive lets a guest's calendar hear of a meeting. It knows the order in which the organiser told it, and passes over what is old.
func (w *World) arrive(l letter) {
	s, m := l.to.server, l.meeting
	e := m.copyAt(s)
	if l.issue <= m.last[s] || e != nil && e.gone {
		return
	}
	m.last[s] = l.issue
	if l.off {
		if e != nil {
			w.callOff(s, e)
		}
		return
	}
	var before *calendar.Event
	if e == nil {
		e = s.invitation(m, l.event)
		w.say(s.name, "is invited to meeting %d as %s: %s", m.number, e.id, brief(&e.event))
	} else {
		was := e.event.Clone()
		before = &was
		s.redeliver(e, ownShare(&l.event, s.me, &was))
		w.say(s.name, "hears of meeting %d, %s now says: %s", m.number, e.id, brief(&e.event))
	}
	e.told = e.event.Clone()
	if before == nil || !sameEvent(before, &e.event) { // to be told once more what it says is no edit: what was there at a start stays out
		e.edited = w.move
	}
	if m.master == nil {
		w.typed(m.organiser, s.name, before, &e.event)
		w.soften(&e.event)
	}
	w.concerns("invite", l.to)
	w.notify(l.to)
}

// redeliver gives a copy what its organiser says. Its text is written anew, as servers do.
func (s *server) redeliver(e *entry, now calendar.Event) {
	if s.form == text {
		e.raw = s.firstText(e.event.UID, &now)
	}
	s.keep(e, now, "")
}

// callOff: what was called off is taken away by some calendars, and marked by the others.
func (w *World) callOff(s *server, e *entry) {
	w.soften(&e.event)
	if e.meeting.master == nil {
		w.typed(e.meeting.organiser, s.name, &e.event, nil)
	}
	if s.form == values {
		s.ends(e)
	} else {
		now := e.event.Clone()
		now.Status = calendar.Cancelled
		s.redeliver(e, now)
		e.told, e.edited = e.event.Clone(), w.move
	}
	w.say(s.name, "hears that %s is called off", e.id)
	w.notify(s.side)
}

// replied lets the organiser's calendar note what a guest answered.
func (w *World) replied(l letter) {
	m := l.meeting
	if m.master == nil || m.master.gone {
		return
	}
	m.home.setAnswer(m.master, l.from, l.answer)
	w.say(m.home.name, "hears that %s answered %s: %s", l.from, m.master.id, l.answer)
	w.notify(m.home.side)
}

// setAnswer writes what somebody answered into an event, and nothing else.
func (s *server) setAnswer(e *entry, who string, answer calendar.Answer) {
	was := e.event.Clone()
	for i := range e.event.Guests {
		if g := &e.event.Guests[i]; g.Email == who {
			g.Answer = answer
		}
	}
	if who == s.me {
		e.event.Answer = answer
	}
	if s.form == text {
		line := regexp.MustCompile(`PARTSTAT=[A-Z-]+:mailto:` + regexp.QuoteMeta(who) + "\r\n")
		e.raw = line.ReplaceAll(e.raw, []byte("PARTSTAT="+partstat(answer)+":mailto:"+who+"\r\n"))
	}
	e.answered = answered{}
	s.touch(e, &was)
}

func partstat(a calendar.Answer) string {
	if a == calendar.NoAnswer || a == calendar.NeedsReply {
		return "NEEDS-ACTION"
	}
	return strings.ToUpper(string(a))
}
