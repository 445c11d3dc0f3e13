package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"tahti/client"
)

// shownPairs bounds what is printed of a group.
const shownPairs = 5

// say prints what is on both sides.
func (t *takingOver) say() {
	if t.seen.Counts["matched"]+t.seen.Counts["unsure"] == 0 {
		fmt.Fprintln(t.out, t.T("takeover.none"))
		return
	}
	fmt.Fprintln(t.out, t.T("takeover.matched", "n", t.seen.Counts["matched"]))
	for _, p := range t.seen.Matched[:min(len(t.seen.Matched), shownPairs)] {
		fmt.Fprintf(t.out, "  %s = %s\n", t.item(p.Event), p.Activity.Title)
	}
	t.more(t.out, t.seen.Counts["matched"])
	fmt.Fprintln(t.out, t.T("takeover.unsure", "n", t.seen.Counts["unsure"]))
	for _, reason := range reasons {
		asked := t.asked(reason)
		if len(asked) == 0 {
			continue
		}
		fmt.Fprintf(t.out, "  %s (%s, %d)\n", t.Word("takeover.reason", reason), reason, len(asked))
		for _, q := range asked[:min(len(asked), shownPairs)] {
			t.sayQuestion(q)
		}
		t.more(t.out, len(asked))
	}
	fmt.Fprintln(t.out, t.T("takeover.new_there", "n", t.seen.Counts["new_in_calendar"]))
	fmt.Fprintln(t.out, t.T("takeover.new_here", "n", t.seen.Counts["new_in_crm"]))
}

func (t *takingOver) more(to io.Writer, all int) {
	if all > shownPairs {
		fmt.Fprintln(to, "  …")
	}
}

func (t *takingOver) sayQuestion(q client.TakeOverQuestion) {
	there, here := t.T("takeover.command.in_calendar"), t.T("takeover.command.in_crm")
	for _, e := range q.Events[:min(len(q.Events), shownPairs)] {
		fmt.Fprintf(t.out, "    %s  %s\n", pad(there, here), t.item(e))
	}
	for _, h := range q.Activities[:min(len(q.Activities), shownPairs)] {
		fmt.Fprintf(t.out, "    %s  %s\n", pad(here, there), t.item(h))
	}
}

// pad makes a word as long as another one.
func pad(word, other string) string {
	return word + strings.Repeat(" ", max(0, len([]rune(other))-len([]rune(word))))
}

// item is a line of it. Both sides are told by the clock of whoever reads, in whichever zones they are kept.
func (t *takingOver) item(x client.TakeOverItem) string {
	when := t.DateTime(x.Start.Local())
	if x.AllDay {
		when = t.Date(x.Start.UTC())
	}
	title := x.Title
	if title == "" {
		title = t.T("common.untitled")
	}
	return when + "  " + title
}

// asked are the questions of a kind.
func (t *takingOver) asked(reason string) (list []client.TakeOverQuestion) {
	for _, q := range t.seen.Unsure {
		if q.Reason == reason {
			list = append(list, q)
		}
	}
	return list
}

// ask asks at the terminal what is unsure: first how to answer all questions of a kind, and one by one where somebody wants that.
func (t *takingOver) ask(s *said) {
	for _, reason := range reasons {
		asked := t.asked(reason)
		if _, answered := s.all[reason]; answered || len(asked) == 0 {
			continue
		}
		fmt.Fprintf(t.err, "\n%s (%d)\n", t.Word("takeover.reason", reason), len(asked))
		question, keys := t.T("takeover.command.ask_kind"), []string{"same", "different", "each"}
		if reason == severalMeant {
			question, keys = t.T("takeover.command.ask_several"), keys[1:]
		}
		switch t.key(question, keys...) {
		case "same":
			s.all[reason] = client.TakeOverForAll{Same: true, Counts: t.takeOverCmd.Counts}
		case "different":
			s.all[reason] = client.TakeOverForAll{}
		case "each":
			for _, q := range asked {
				t.askEach(s, q)
			}
		}
	}
	fmt.Fprintln(t.err)
}

// askEach asks of each event of a question which activity it is; a series and its dates have one answer.
func (t *takingOver) askEach(s *said, q client.TakeOverQuestion) {
	if q.Reason == seriesDates {
		t.sayQuestion(q)
		if key := t.key(t.T("takeover.command.ask_dates"), "same", "different"); key != "" {
			s.each = append(s.each, client.TakeOverAnswer{Event: q.Events[0].Event, Same: key == "same"})
		}
		return
	}
	left := q.Activities
	for _, e := range q.Events {
		fmt.Fprintf(t.err, "\n%s\n", t.item(e))
		for i, h := range left {
			fmt.Fprintf(t.err, "  %d: %s\n", i+1, t.item(h))
		}
		keys := []string{"different"}
		for i := range left {
			keys = append(keys, strconv.Itoa(i+1))
		}
		switch key := t.key(t.T("takeover.command.ask_one"), keys...); key {
		case "":
		case "different":
			s.each = append(s.each, client.TakeOverAnswer{Event: e.Event})
		default:
			i, _ := strconv.Atoi(key) // it is one of those that were listed
			s.each = append(s.each, client.TakeOverAnswer{Event: e.Event, Activity: left[i-1].Activity, Same: true, Counts: t.takeOverCmd.Counts})
			left = append(left[:i-1:i-1], left[i:]...)
		}
		if len(left) == 0 {
			return
		}
	}
}

// key asks until one of the answers is given, or none with enter. Of answers with a name, the letter is the language's.
func (t *takingOver) key(question string, answers ...string) string {
	for {
		fmt.Fprint(t.err, question+" ")
		given, ended := t.line()
		if given == "" || ended {
			return ""
		}
		for _, a := range answers {
			if strings.EqualFold(given, t.Word("takeover.command.key", a)) {
				return a
			}
		}
		fmt.Fprintln(t.err, t.T("takeover.command.no_answer"))
	}
}

func (t *takingOver) yes(question string) bool {
	fmt.Fprint(t.err, question+" ")
	given, _ := t.line()
	return given != "" && strings.EqualFold(given[:1], t.T("takeover.command.key.yes"))
}

// line reads one line of the terminal, byte by byte: what follows is the next answer.
func (t *takingOver) line() (line string, ended bool) {
	one := make([]byte, 1)
	for {
		n, err := t.in.Read(one)
		if n == 1 && one[0] == '\n' || err != nil {
			return strings.TrimSpace(line), err != nil
		}
		line += string(one[:n])
	}
}
