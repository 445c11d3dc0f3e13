package lens_test

import (
	"fmt"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

// said is what was typed, with the date of what is not of the series.
func said(typed []lens.Typed) string {
	var list []string
	for _, x := range typed {
		at := ""
		if x.Occurrence {
			at = fmt.Sprint(x.Original, ": ")
		}
		list = append(list, at+x.Text)
	}
	return strings.Join(list, "; ")
}

// around is a block of the CRM's own words with a line in it.
func around(line string) string {
	return "--- CRM ---\n" + line + "https://crm.example.com/activities/7\n--- /CRM ---"
}

// texts is a series with a text, and texts of its dates.
func texts(series string, dates ...string) *calendar.Event {
	e := event(3)
	e.Rule, e.Description = "FREQ=DAILY;COUNT=5", series
	for i, text := range dates {
		o := e.EnsureOverride(at(4+i, 10).Wall)
		o.Set, o.Description = calendar.Fields(calendar.Description), text
	}
	return &e
}

func TestWhatIsTypedIntoABlockIsNamedByItsDate(t *testing.T) {
	old := lens.Frame{Block: around("Old deal\n")}
	f := lens.Frame{Block: around("Big deal\n")}.After(old)
	for _, c := range []struct {
		name, series string
		dates        []string
		want         string
	}{
		{"as we wrote it", "a\n\n" + f.Block, []string{"b\n\n" + f.Block, f.Block}, ""},
		{"as a write that broke off has left it", "a\n\n" + f.Block, []string{"b\n\n" + old.Block, old.Block + "\n"}, ""},
		{"of the series", "a\n\n" + around("x\nBig deal\n"), nil, "x"},
		{"of dates", "a\n\n" + f.Block, []string{"b\n\n" + around("x\n"), around("Big deal\ny\nz\n")}, "20260304T100000: x; 20260305T100000: y\nz"},
		{"of the series, copied into a date", around("x\n"), []string{"b\n\n" + around("x\n"), around("x\ny\n")}, "x; 20260305T100000: y"},
		{"of a date whose block was taken off", "a\n\n" + f.Block, []string{"b"}, ""},
	} {
		if _, _, typed := lens.Land(texts(c.series, c.dates...), f); said(typed) != c.want {
			t.Errorf("%s: %q, want %q", c.name, said(typed), c.want)
		}
	}
	if _, _, typed := lens.Land(texts(around("x\n"), around("y\n")), lens.Frame{}); len(typed) > 0 {
		t.Errorf("where no block was written: %v", typed)
	}
}

// TestTheTextBeforeABlockIsTheSameOnceItIsRemembered, with the white space of whoever typed that: while a write that takes out what was
// typed into the block is due, the block is remembered as it stands, and a text that then read otherwise would be taken for one that stands.
func TestTheTextBeforeABlockIsTheSameOnceItIsRemembered(t *testing.T) {
	f := lens.Frame{Block: around("Big deal\n")}
	for text, want := range map[string]string{
		"": "", "a\n\n": "a", "a \n\n": "a ", "a\n\n\n\n": "a\n\n",
		"a \n": "a", // somebody has joined lines: it does not stand as we wrote it any more
	} {
		for _, block := range []string{f.Block, around("x\nBig deal\n"), around("")} {
			e := texts(text + block)
			for name, frame := range map[string]lens.Frame{"as written": f, "as remembered": f.Standing(e)} {
				if bare, _, _ := lens.Land(e, frame); bare.Description != want {
					t.Errorf("%q, %s: it says %q, want %q", e.Description, name, bare.Description, want)
				}
			}
		}
	}
}

func TestADealMayBeCalledAsABlockBegins(t *testing.T) {
	f := lens.Frame{Block: around("--- CRM ---\n")}
	if bare, _, typed := lens.Land(texts("a\n\n"+f.Block), f); bare.Description != "a" || len(typed) > 0 {
		t.Errorf("it says %q, typed %v", bare.Description, typed)
	}
}

func TestOfWhatIsNotOursWhatItsBlocksSaidBeforeWasNotTyped(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, event *calendar.Event
		want          string
	}{
		{"nothing", texts(around("x\n"), around("y\n")), texts(around("x\n"), around("y\n")), ""},
		{"a date takes over what the series says", texts(around("x\n")), texts(around("x\n"), around("x\n")), ""},
		{"a line in each", texts(around("x\n"), around("y\n")), texts(around("x\nz\n"), around("y\nv\n")), "z; 20260304T100000: v"},
		{"into the block that a date alone has", texts("a", around("y\n")), texts("a", around("y\nv\n")), "20260304T100000: v"},
		{"a block where none was", texts("a"), texts(around("x\n")), ""},
	} {
		if typed := lens.TypedSince(c.event, c.before); said(typed) != c.want {
			t.Errorf("%s: %q, want %q", c.name, said(typed), c.want)
		}
	}
}

// TestWhatIsNotOursKeepsTheBlockThatStandsInEachPlace.
func TestWhatIsNotOursKeepsTheBlockThatStandsInEachPlace(t *testing.T) {
	there := texts("a\n\n"+around("x\n"), "b\n\n"+around("y\n"), "c")
	got := lens.DressLike(there, texts("new a", "new b", "new c", "new d"), lens.Frame{Prefix: "Deal > ", Block: around("x\n")})
	want := []string{"new a\n\n" + around("x\n"), "new b\n\n" + around("y\n"), "new c", "new d\n\n" + around("x\n")}
	have := []string{got.Description}
	for _, o := range got.Overrides {
		have = append(have, o.Description)
	}
	if strings.Join(have, "|") != strings.Join(want, "|") || !strings.HasPrefix(got.Subject, "Deal > ") {
		t.Errorf("%q", have)
	}
}

// TestADateWhoseBlockAloneIsItsOwnKeepsIt, unless it is taken out, or the dates have other names.
func TestADateWhoseBlockAloneIsItsOwnKeepsIt(t *testing.T) {
	there := texts("a\n\n"+around("x\n"), "a\n\n"+around("y\n"), "a\n\n"+around("x\n"))
	for _, c := range []struct {
		name string
		bare func(*calendar.Event)
		want string
	}{
		{"of a new text", func(*calendar.Event) {}, "new a\n\n" + around("y\n")},
		{"of a date that is left out", func(e *calendar.Event) { e.Cancelled = []calendar.Wall{at(4, 10).Wall} }, ""},
		{"of a series that is moved", func(e *calendar.Event) { e.Start.Wall += 3600 }, ""},
		{"of a series that recurs otherwise", func(e *calendar.Event) { e.Rule = "FREQ=DAILY;COUNT=3" }, ""},
	} {
		bare := texts("new a")
		c.bare(bare)
		got, have := lens.DressLike(there, bare, lens.Frame{}), ""
		for _, o := range got.Overrides {
			have += o.Description
		}
		if have != c.want {
			t.Errorf("%s: %+v", c.name, got.Overrides)
		}
	}
}

// TestWhatStandsInTheBlocksOfSeveralDatesIsRemembered, so that a write which has to be tried again does not keep it a second time.
func TestWhatStandsInTheBlocksOfSeveralDatesIsRemembered(t *testing.T) {
	f := lens.Frame{Block: around("Big deal\n")}
	e := texts("a\n\n"+around("x\n"), "b\n\n"+around("y\n"), "c\n\n"+around("z\n"), "d\n\n"+around("u\n"), "e\n\n"+around("v\n"))
	if _, _, typed := lens.Land(e, f); len(typed) != 5 {
		t.Fatalf("typed: %v", typed)
	}
	standing := f.Standing(e)
	if bare, _, typed := lens.Land(e, standing); len(typed) > 0 || bare.Description != "a" || bare.Overrides[1].Description != "c" || standing.Block != f.Block {
		t.Errorf("typed once more: %v; %+v", typed, bare)
	}
	if again := standing.Standing(e); again != standing {
		t.Errorf("remembered once more: %+v", again)
	}
}

// TestWhatStandsInOtherBlocksIsRememberedWhenOneIsTypedIntoAgain: that one is new, and the others stand as they stood.
func TestWhatStandsInOtherBlocksIsRememberedWhenOneIsTypedIntoAgain(t *testing.T) {
	f := lens.Frame{Block: around("Big deal\n")}
	e := texts("a\n\n"+around("x\n"), "b\n\n"+around("y\n"), "c\n\n"+around("z\n"), "d\n\n"+around("u\n"), "e\n\n"+around("v\n"))
	standing := f.Standing(e)
	e.Description = "a\n\n" + around("w\nx\n")
	if _, _, typed := lens.Land(e, standing); said(typed) != "w\nx" {
		t.Fatalf("typed: %q", said(typed))
	}
	standing = standing.Standing(e)
	if _, _, typed := lens.Land(e, standing); len(typed) > 0 {
		t.Errorf("typed once more: %q", said(typed))
	}
}

func TestOfABlockThatNoRowTellsOfOursIsWhatWeWouldWrite(t *testing.T) {
	c := crm.Context{Deal: "Big deal", Link: "https://crm.example.com/activities/9"}
	link := "https://crm.example.com/activities/7\n"
	for there, want := range map[string]string{
		"Big deal\n" + link:         "Big deal\n" + link,
		link:                        link,
		"x\n" + link:                "Big deal\n" + link,
		"Old deal\n" + link:         "Big deal\n" + link,
		link[:len(link)-2] + "x\n":  "Big deal\nhttps://crm.example.com/activities/9\n",
		"Big deal\n" + link + "x\n": "Big deal\n" + link,
	} {
		block := "--- CRM ---\n%s--- /CRM ---"
		if got := lens.OurBlock(fmt.Sprintf(block, there), c); got != fmt.Sprintf(block, want) {
			t.Errorf("of %q ours is %q", there, got)
		}
	}
	if got := lens.OurBlock("", c); got != "" {
		t.Errorf("of none ours is %q", got)
	}
	if got := lens.OurBlock(around(""), crm.Context{}); got != around("") {
		t.Errorf("where nothing would be written ours is %q", got)
	}
}
