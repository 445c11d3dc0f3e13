package lens_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

var somewhere = crm.Context{Deal: "Big one", Person: "Carol", Organization: "Example", Link: "https://crm.example.com/activities/7"}

func framed(template string, context bool) *lens.Settings {
	s := lens.Defaults()
	s.TitleTemplate, s.CRMContext = template, context
	return &s
}

func TestTemplatesRender(t *testing.T) {
	for _, c := range []struct {
		template string
		context  crm.Context
		want     string
	}{
		{"", somewhere, "Call"},
		{"{subject}", somewhere, "Call"},
		{"{deal} > {person} > {subject}", somewhere, "Big one > Carol > Call"},
		{"{deal} > {subject} > {organization}", somewhere, "Big one > Call > Example"},
		{"{deal} > {subject}", crm.Context{}, "Call"},
		{"{deal} > {person} > {subject}", crm.Context{Person: "Carol"}, "Carol > Call"},
		{"CRM > {subject}", crm.Context{}, "CRM > Call"},
		{"{deal} ({person}) > {subject}", somewhere, "Big one (Carol) > Call"},
	} {
		a := activity(nil)
		bare := event(3)
		f := lens.FrameOf(&a, c.context, framed(c.template, false), false)
		if e := lens.Dress(&bare, f); e.Subject != c.want || e.Description != "" {
			t.Errorf("%q: %q, %q", c.template, e.Subject, e.Description)
		}
	}
}

func TestADoneActivityIsTickedWhereThatIsWanted(t *testing.T) {
	a := activity(func(a *crm.Activity) { a.Done = true })
	s := framed("{deal} > {subject}", false)
	bare := event(3)
	if e := lens.Dress(&bare, lens.FrameOf(&a, somewhere, s, false)); e.Subject != "Big one > Call" {
		t.Errorf("%q", e.Subject)
	}
	s.Done = "tick"
	if e := lens.Dress(&bare, lens.FrameOf(&a, somewhere, s, false)); e.Subject != "✓ Big one > Call" {
		t.Errorf("%q", e.Subject)
	}
}

// TestWhatIsDressedLandsAsItWas for a whole series, whatever the words.
func TestWhatIsDressedLandsAsItWas(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "Call", "Big one > ", "two\nlines", " > Example", "--- CRM ---", "--- CRM ---\nmine\n--- /CRM ---", "ä"})
	rapid.Check(t, func(t *rapid.T) {
		bare := event(3)
		bare.Subject, bare.Description = text.Draw(t, "subject"), text.Draw(t, "description")
		bare.Rule = "FREQ=DAILY;COUNT=4"
		o := calendar.Override{Original: at(4, 10).Wall, Set: calendar.FieldSet(rapid.IntRange(0, 15).Draw(t, "set"))}
		o.Subject, o.Description, o.Start, o.End = text.Draw(t, "o subject"), text.Draw(t, "o description"), at(4, 12), at(4, 13)
		bare.Overrides = []calendar.Override{o}
		bare.Normalize()
		a := activity(nil)
		template := rapid.SampledFrom([]string{"", "{deal} > {subject}", "{deal} > {subject} > {organization}"}).Draw(t, "template")
		f := lens.FrameOf(&a, somewhere, framed(template, rapid.Bool().Draw(t, "block")), false)
		dressed := lens.Dress(&bare, f)
		back, rewritten, typed := lens.Land(&dressed, f)
		if diff := cmp.Diff(bare, back); diff != "" || rewritten || len(typed) > 0 {
			t.Fatalf("rewritten %t, typed %v (-want +got):\n%s", rewritten, typed, diff)
		}
		if again := lens.Dress(&back, f); !cmp.Equal(dressed, again) {
			t.Fatalf("dressed again: %+v", again)
		}
	})
}

func TestWhatPeopleDoToTheTitle(t *testing.T) {
	f := lens.Frame{Prefix: "Big one > ", Suffix: " > Example"}
	for _, c := range []struct {
		title, subject string
		rewritten      bool
	}{
		{"Big one > Call > Example", "Call", false},
		{"Big one > Call Bob > Example", "Call Bob", false},
		{"Big one >  > Example", "", false},
		{"Call Bob", "Call Bob", true},
		{"Big one > Call Bob", "Big one > Call Bob", true},
		{"Big one > Example", "Big one > Example", true}, // prefix and suffix overlap: there is no middle
		{"", "", true},
	} {
		e := event(3)
		e.Subject = c.title
		bare, rewritten, _ := lens.Land(&e, f)
		if bare.Subject != c.subject || rewritten != c.rewritten {
			t.Errorf("%q: %q, rewritten %t", c.title, bare.Subject, rewritten)
		}
	}
}

func TestATitleMayHaveAFrameOnOneSideOnly(t *testing.T) {
	for _, c := range []struct {
		frame          lens.Frame
		title, subject string
		rewritten      bool
	}{
		{lens.Frame{Suffix: " > Example"}, "Call > Example", "Call", false},
		{lens.Frame{Suffix: " > Example"}, "Call", "Call", true},
		{lens.Frame{Prefix: "Big one > "}, "Big one > Call", "Call", false},
		{lens.Frame{Prefix: "Big one > "}, "Call", "Call", true},
		{lens.Frame{}, "Call > Example", "Call > Example", false},
	} {
		e := event(3)
		e.Subject = c.title
		bare, rewritten, _ := lens.Land(&e, c.frame)
		if bare.Subject != c.subject || rewritten != c.rewritten {
			t.Errorf("%+v, %q: %q, rewritten %t", c.frame, c.title, bare.Subject, rewritten)
		}
	}
}

// A person's own title stays bare, also of what is done; the context is no part of the title.
func TestATitleThatWasRewrittenIsNotFramedAgain(t *testing.T) {
	a := activity(func(a *crm.Activity) { a.Done = true })
	s := framed("{deal} > {subject}", true)
	s.Done = "tick"
	f := lens.FrameOf(&a, somewhere, s, true)
	if f.Prefix != "" || f.Suffix != "" || !f.Off || f.Block == "" {
		t.Errorf("framed as %+v", f)
	}
	if f = lens.FrameOf(&a, somewhere, s, false); f.Off || f.Prefix != "✓ Big one > " {
		t.Errorf("framed as %+v", f)
	}
	a.Done = false
	if f = lens.FrameOf(&a, somewhere, s, false); f.Prefix != "Big one > " {
		t.Errorf("what is open is framed as %+v", f)
	}
	s.TitleTemplate = "{subject} > {" // stored before it was refused: no frame, and no half of one
	if f = lens.FrameOf(&a, somewhere, s, false); f.Prefix != "" || f.Suffix != "" {
		t.Errorf("framed as %+v", f)
	}
}

func TestTheContextIsALineEach(t *testing.T) {
	for _, c := range []struct {
		name    string
		context crm.Context
		want    string
	}{
		{"all of it", somewhere, "--- CRM ---\nBig one\nCarol\nExample\nhttps://crm.example.com/activities/7\n--- /CRM ---"},
		{"some of it", crm.Context{Person: "Carol"}, "--- CRM ---\nCarol\n--- /CRM ---"},
		{"names with lines and spaces", crm.Context{Deal: " Big\none ", Person: "\n"}, "--- CRM ---\nBig one\n--- /CRM ---"},
		{"nothing of it", crm.Context{Deal: " "}, ""},
	} {
		a := activity(nil)
		if f := lens.FrameOf(&a, c.context, framed("", true), false); f.Block != c.want {
			t.Errorf("%s: %q", c.name, f.Block)
		}
		if f := lens.FrameOf(&a, c.context, framed("", false), false); f.Block != "" {
			t.Errorf("%s, where none is wanted: %q", c.name, f.Block)
		}
	}
}

func TestTheContextStandsBelowTheDescription(t *testing.T) {
	f := lens.Frame{Block: "--- CRM ---\nBig one\n--- /CRM ---"}
	for description, want := range map[string]string{"": f.Block, "Agenda": "Agenda\n\n" + f.Block, "Agenda\n": "Agenda\n\n\n" + f.Block} {
		e := event(3)
		e.Description = description
		if got := lens.Dress(&e, f); got.Description != want {
			t.Errorf("%q is written as %q", description, got.Description)
		}
	}
}

// Of a date only what it says itself is framed, and the frame comes off each title on its own.
func TestEachDateHasAFrameOfItsOwn(t *testing.T) {
	f := lens.Frame{Prefix: "Big one > "}
	e := event(3)
	e.Rule = "FREQ=DAILY;COUNT=5"
	e.Overrides = []calendar.Override{
		{Original: at(4, 10).Wall, Set: calendar.Fields(calendar.Location), Values: calendar.Values{Location: "Oulu", Subject: "no word of it"}},
		{Original: at(5, 10).Wall, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "Retro"}},
	}
	dressed := lens.Dress(&e, f)
	if o := dressed.Overrides; o[0].Subject != "no word of it" || o[1].Subject != "Big one > Retro" {
		t.Errorf("dressed as %+v", o)
	}
	dressed.Overrides[1].Subject = "Demo" // rewritten on this date: the series keeps its template
	dressed.Overrides[0].Subject = f.Prefix + "Call"
	bare, rewritten, _ := lens.Land(&dressed, f)
	if o := bare.Override(at(5, 10).Wall); rewritten || o == nil || o.Subject != "Demo" {
		t.Errorf("landed as %+v, rewritten %t", bare.Overrides, rewritten)
	}
	if o := bare.Override(at(4, 10).Wall); o == nil || o.Set != calendar.Fields(calendar.Location) {
		t.Errorf("landed as %+v", bare.Overrides)
	}
}

// TestADateThatNoWriteHasReachedHasTheFrameThatStoodBefore, whatever the series has got since.
func TestADateThatNoWriteHasReachedHasTheFrameThatStoodBefore(t *testing.T) {
	none, ours, deal := lens.Frame{}, lens.Frame{Suffix: " > ours"}, lens.Frame{Prefix: "Big one > ", Block: "--- CRM ---\nBig one\n--- /CRM ---"}
	for _, c := range []struct {
		name  string
		f     lens.Frame
		title string
	}{
		{"taken away", none.After(ours), "Call > ours"},
		{"another", deal.After(ours), "Call > ours"},
		{"added", deal.After(none), "Call"},
		{"twice", none.After(deal.After(ours)), "Call > ours"},
		{"once more the same", none.After(none.After(ours)), "Call > ours"},
		{"reached", deal.After(ours), "Big one > Call"},
		{"more in the same place", lens.Frame{Prefix: "Big one > "}.After(lens.Frame{Prefix: "Big one > ", Suffix: " > ours"}), "Big one > Call > ours"},
	} {
		e := event(3)
		e.Rule, e.Subject = "FREQ=DAILY;COUNT=5", c.f.Prefix+"Call"+c.f.Suffix
		e.Overrides = []calendar.Override{{Original: at(4, 10).Wall, Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: c.title}}}
		bare, rewritten, _ := lens.Land(&e, c.f)
		if rewritten || bare.Subject != "Call" || len(bare.Overrides) != 0 {
			t.Errorf("%s: landed as %q %+v, rewritten %t", c.name, bare.Subject, bare.Overrides, rewritten)
		}
	}
	text := deal
	for range 9 {
		text = lens.Frame{Prefix: text.Prefix + "x"}.After(text)
	}
	n := 0
	for at := &text; at != nil; at = at.Before {
		n++
	}
	if n > 4 {
		t.Errorf("%d frames are remembered", n)
	}
}

// TestNothingStandsAroundWhatSomebodyTypedAnew: what is to be written is known from what it stands in by now.
func TestNothingStandsAroundWhatSomebodyTypedAnew(t *testing.T) {
	block := lens.FrameOf(&crm.Activity{}, crm.Context{Deal: "Big deal"}, framed("", true), false).Block
	f := lens.Frame{Prefix: "CRM > ", Block: block}
	e := calendar.Event{Known: calendar.AllFields}
	e.Subject, e.Description = "CRM > Call", "soon\n\n"+block
	date := func(set calendar.FieldSet, subject, text string) calendar.Event {
		c := e.Clone()
		c.Overrides = []calendar.Override{{Original: 1, Set: set, Values: calendar.Values{Subject: subject, Description: text}}}
		return c
	}
	subject, text := calendar.Fields(calendar.Subject), calendar.Fields(calendar.Description)
	bare, hidden := e.Clone(), e.Clone()
	bare.Description = "late"
	hidden.Known, hidden.Description = subject, ""
	old := lens.Frame{Prefix: "old > ", Block: block}
	for name, c := range map[string]struct {
		event calendar.Event
		frame lens.Frame
		want  lens.Frame
	}{
		"as it was written":     {e, f, f},
		"a date as written":     {date(subject|text, "CRM > Visit", block), f, f},
		"a date of another ilk": {date(calendar.Fields(calendar.Location), "", ""), f, f},
		"a hidden text":         {hidden, f, f},
		"a text":                {bare, f, lens.Frame{Prefix: "CRM > ", Block: block, Before: &lens.Frame{Prefix: "CRM > "}}},
		"the name of a date":    {date(subject, "Visit", ""), f, lens.Frame{Prefix: "CRM > ", Block: block, Before: &lens.Frame{Block: block}}},
		"the text of a date":    {date(text, "", "late"), f, lens.Frame{Prefix: "CRM > ", Block: block, Before: &lens.Frame{Prefix: "CRM > "}}},
		"a date not reached":    {date(subject, "old > Visit", ""), f.After(old), f.After(old)},
		"a name beside it": {date(subject, "Visit", ""), f.After(old), lens.Frame{
			Prefix: "CRM > ", Block: block, Before: &lens.Frame{Block: block, Before: &old}}},
	} {
		got := c.frame.Standing(&c.event)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(got, got.Standing(&c.event)); diff != "" {
			t.Errorf("%s, looked at again (-once +twice):\n%s", name, diff)
		}
	}
}

func TestWhatPeopleDoToTheBlock(t *testing.T) {
	const block = "--- CRM ---\nBig one\nhttps://crm.example.com/activities/7\n--- /CRM ---"
	for _, c := range []struct{ name, text, description, typed string }{
		{"untouched", "Agenda\n\n" + block, "Agenda", ""},
		{"alone", block, "", ""},
		{"a blank line behind it", "Agenda\n\n" + block + "\n", "Agenda", ""},
		{"written before it", "More\nAgenda\n\n" + block, "More\nAgenda", ""},
		{"written behind it", "Agenda\n\n" + block + "\nMore", "Agenda\nMore", ""},
		{"deleted", "Agenda", "Agenda", ""},
		{"typed inside", "Agenda\n\n--- CRM ---\nBig one\nmine\nhttps://crm.example.com/activities/7\n--- /CRM ---", "Agenda", "mine"},
		{"typed inside, in lines", "Agenda\n\n--- CRM ---\nmine\n \nBig one\n mine too\nhttps://crm.example.com/activities/7\n--- /CRM ---\n \n", "Agenda", "mine\n mine too"},
		{"written before, inside and behind", "Agenda \n--- CRM ---\nmine\n--- /CRM ---\n\n More", "Agenda\nMore", "mine"},
		{"written behind it alone", block + "\nMore", "More", ""},
		{"a blank before it and behind it", "Agenda \n\n" + block + " \n", "Agenda ", ""},
		{"a blank before it, typed inside", "Agenda \n\n--- CRM ---\nBig one\nmine\n--- /CRM ---", "Agenda ", "mine"},
		{"white space of one's own", "Agenda \n\n\n" + block, "Agenda \n", ""},
		{"its beginning taken off", "Agenda\nBig one\n--- /CRM ---", "Agenda\nBig one\n--- /CRM ---", ""},
		{"its ends the wrong way round", "Agenda\n--- /CRM ---\nBig one\n--- CRM ---", "Agenda\n--- /CRM ---\nBig one\n--- CRM ---", ""},
		{"its ends in one line", "Agenda\n--- CRM --- /CRM ---", "Agenda\n--- CRM --- /CRM ---", ""},
		{"copied, the last one is ours", block + "\nAgenda\n\n" + block, block + "\nAgenda", ""},
		{"a line taken out", "Agenda\n\n--- CRM ---\nBig one\n--- /CRM ---", "Agenda", ""},
		{"its end taken off", "Agenda\n\n--- CRM ---\nBig one\nmine", "Agenda\n\n--- CRM ---\nBig one\nmine", ""},
	} {
		e := event(3)
		e.Description = c.text
		bare, _, typed := lens.Land(&e, lens.Frame{Block: block})
		if bare.Description != c.description || said(typed) != c.typed {
			t.Errorf("%s: %q, typed %q", c.name, bare.Description, said(typed))
		}
	}
}

// TestTheFrameThatAnEventWearsIsFound among those that it may have been written with, the newest first.
func TestTheFrameThatAnEventWearsIsFound(t *testing.T) {
	block := func(line string) string { return "--- CRM ---\n" + line + "\n--- /CRM ---" }
	none, ticked := lens.Frame{}, lens.Frame{Prefix: "✓ "}
	old, renamed := lens.Frame{Prefix: "Big one > ", Block: block("Big one")}, lens.Frame{Prefix: "Huge one > ", Block: block("Huge one")}
	for _, c := range []struct {
		name, subject, description string
		frames                     []lens.Frame
		want                       int // -1: none
	}{
		{"a bare title wears nothing", "Call", "", []lens.Frame{ticked, none}, 1},
		{"of two that fit it wears the one that says more", "✓ Call", "", []lens.Frame{none, ticked}, 1},
		{"the title tells them apart", "Big one > Call", "Bring cake\n\n" + block("Big one"), []lens.Frame{renamed, old}, 1},
		{"the block does, where the title does not", "Call", block("Big one"), []lens.Frame{{Block: block("Huge one")}, {Block: block("Big one")}}, 1},
		{"a block that the server rewrote is a block", "Call", block("big ONE"), []lens.Frame{none, {Block: block("Big one")}}, 1},
		{"no frame has its title", "Something else", block("Big one"), []lens.Frame{renamed, old}, -1},
		{"what stands behind the title says more, too", "Call > Example", "", []lens.Frame{none, {Suffix: " > Example"}}, 1},
		{"a longer end says more than a beginning", "✓ Call > Example", "", []lens.Frame{ticked, {Suffix: " > Example"}}, 1},
		{"both say more than one", "✓ Call > Example", "", []lens.Frame{{Suffix: " > Example"}, {Prefix: "✓ ", Suffix: " > Example"}}, 1},
		{"of two that say as much it wears the first", "✓ Call", block("Small"), []lens.Frame{{Prefix: "✓ ", Block: block("Big")}, {Prefix: "✓ ", Block: block("Old")}}, 0},
		{"only what is around it is its frame", "✓  > Example", "", []lens.Frame{{Prefix: "✓ ", Suffix: " > Example"}}, 0},
		{"a block that was not written", "Call", block("Big one"), []lens.Frame{none}, -1},
		{"a block that was taken off", "Call", "", []lens.Frame{{Block: block("Big one")}}, -1},
		{"prefix and suffix do not overlap", "✓ ", "", []lens.Frame{{Prefix: "✓ ", Suffix: " "}}, -1},
	} {
		e := event(3)
		e.Subject, e.Description = c.subject, c.description
		f, ok := lens.Worn(&e, c.frames)
		if ok != (c.want >= 0) || ok && f != c.frames[c.want] {
			t.Errorf("%s: %+v, %t", c.name, f, ok)
		}
	}
}

// Where no block was written, marks that look like one are a person's own text, and so are blank lines at its end.
func TestWithoutABlockTheDescriptionIsLeftAlone(t *testing.T) {
	for _, text := range []string{"Agenda\n\n", "Agenda\n--- CRM ---\nmine\n--- /CRM ---\nMore", "Agenda\n\n--- CRM ---\n--- /CRM ---"} {
		e := event(3)
		e.Description = text
		if bare, _, typed := lens.Land(&e, lens.Frame{Prefix: "x"}); bare.Description != text || len(typed) > 0 {
			t.Errorf("%q became %q, typed %v", text, bare.Description, typed)
		}
	}
}
