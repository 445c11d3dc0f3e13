package icalendar

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
)

var testNow = WriteOptions{Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}

// patched changes raw by an edit of what it says, in all fields, and holds the laws that every patch has.
func patched(t rapid.TB, raw []byte, edit func(e *calendar.Event)) []byte {
	t.Helper()
	from := mustDecode(t, raw).Event
	to := from.Clone()
	edit(&to)
	to.Normalize()
	return lawful(t, raw, from, to, calendar.AllFields)
}

// lawful patches and checks that the result says what it shall, keeps what it shall, and that patching again is idle.
func lawful(t rapid.TB, raw []byte, from, to calendar.Event, fields calendar.FieldSet) []byte {
	t.Helper()
	got, err := Patch(raw, from, to, fields, testNow)
	if err != nil {
		t.Fatalf("%v\nfrom %+v\nto %+v\n%s", err, from, to, raw)
	}
	after := mustDecode(t, got).Event
	if fields == calendar.AllFields {
		if diff := cmp.Diff(writable(to), writable(after)); diff != "" {
			t.Fatalf("says otherwise:\n%s\n%s", diff, got)
		}
	}
	for _, again := range []calendar.Event{from, after} {
		twice, err := Patch(got, after, again, 0, testNow)
		if err != nil || !bytes.Equal(twice, got) {
			t.Fatalf("patching nothing changed something: %v", err)
		}
	}
	if twice, err := Patch(got, after, to, fields, testNow); err != nil || !bytes.Equal(twice, got) {
		t.Fatalf("patched twice: %v\n%s", err, cmp.Diff(string(got), string(twice)))
	}
	keepsTheRest(t, raw, got)
	return got
}

// writable is an event as a patch leaves it: without what single occurrences say in fields that only come in, for an edit
// cannot take that back.
func writable(e calendar.Event) calendar.Event {
	e = tidy(&e)
	for i := range e.Overrides {
		e.Overrides[i].Set &= Writable
	}
	e.Normalize()
	return e
}

// keepsTheRest checks that everything that is not modelled is as it was: in the calendar, in each of its components, and
// in the master. Occurrences may come and go; what an occurrence that stays has of its own stays too.
func keepsTheRest(t rapid.TB, before, after []byte) {
	t.Helper()
	a, b := mustRead(t, before), mustRead(t, after)
	if diff := cmp.Diff(rest(a.zones.root), rest(b.zones.root)); diff != "" {
		t.Fatalf("the calendar's own lines:\n%s", diff)
	}
	for _, c := range a.zones.root.Children {
		if text := c.AppendText(nil); c.Name == "VTIMEZONE" && !slices.ContainsFunc(b.zones.root.Children,
			func(x *Component) bool { return bytes.Equal(x.AppendText(nil), text) }) {
			t.Fatalf("a definition of a zone changed:\n%s", text)
		}
	}
	if diff := cmp.Diff(unmodelled(a.master), unmodelled(b.master)); diff != "" {
		t.Fatalf("the master's other lines:\n%s", diff)
	}
	kept := map[string]int{}
	for _, o := range a.occurrences {
		if o.comp != nil {
			kept[strings.Join(unmodelled(o.comp), "\n")]++
		}
	}
	kept[strings.Join(unmodelled(a.master), "\n")]++
	for _, o := range b.occurrences {
		if o.comp != nil && kept[strings.Join(unmodelled(o.comp), "\n")] == 0 {
			t.Fatalf("an occurrence has other lines than any had:\n%s", o.comp.AppendText(nil))
		}
	}
}

// rest lists what stands beside the events and the definitions of zones.
func rest(root *Component) []string {
	var list []string
	for i := range root.Properties {
		list = append(list, string(root.Properties[i].appendText(nil)))
	}
	for _, c := range root.Children {
		if c.Name != "VEVENT" && c.Name != "VTIMEZONE" {
			list = append(list, string(c.AppendText(nil)))
		}
	}
	return list
}

func mustRead(t rapid.TB, raw []byte) *reader {
	t.Helper()
	root, err := Parse(raw, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	r, prob := read(root, asAlice)
	if prob != nil {
		t.Fatal(prob)
	}
	return r
}

// changed lists the lines that a patch took out and put in, unfolded, but for those of its time.
func changed(t testing.TB, before, after []byte) []string {
	t.Helper()
	unfold := func(b []byte) (lines []string) {
		for line := range strings.SplitSeq(strings.ReplaceAll(string(b), "\r\n ", ""), "\r\n") {
			if !strings.HasPrefix(line, "DTSTAMP") && !strings.HasPrefix(line, "LAST-MODIFIED") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	out, in := unfold(before), unfold(after)
	var list []string
	for _, line := range in {
		if i := slices.Index(out, line); i >= 0 {
			out = slices.Delete(out, i, i+1)
		} else {
			list = append(list, "+"+line)
		}
	}
	for i := range out {
		out[i] = "-" + out[i]
	}
	list = append(out, list...)
	slices.Sort(list)
	return list
}

func in(zone, wall string) calendar.Time {
	w, err := calendar.ParseWall(wall)
	if err != nil {
		panic(err)
	}
	return calendar.InZone(w, zone)
}

func wall(s string) calendar.Wall { return in("", s).Wall }

// move shifts a whole series and re-keys its occurrences, as merge does.
func move(e *calendar.Event, by calendar.Wall) {
	e.Start.Wall += by
	e.End.Wall += by
	for i := range e.Extra {
		e.Extra[i].Wall += by
	}
	for i := range e.Cancelled {
		e.Cancelled[i] += by
	}
	for i := range e.Overrides {
		e.Overrides[i].Original += by
	}
}

func override(e *calendar.Event, original string, f calendar.Field, set func(v *calendar.Values)) {
	o := e.Override(wall(original))
	if o == nil {
		e.Overrides = append(e.Overrides, calendar.Override{Original: wall(original)})
		o = &e.Overrides[len(e.Overrides)-1]
	}
	o.Set |= calendar.Fields(f)
	set(&o.Values)
}
