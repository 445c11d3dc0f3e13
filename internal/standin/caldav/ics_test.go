package caldav

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tahti/internal/icalendar"
	"tahti/internal/standin"
)

// seeds are bodies that a reader has to be careful with.
var seeds = []string{
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	"BEGIN:VCALENDAR\nVERSION:2.0\nX-A;B=\"a;b:c\",d;E=f:g\nEND:VCALENDAR",
	"BEGIN:VCALENDAR\r\nDESCRIPTION:fol\r\n ded \xc3\r\n \xa4\r\nEND:VCALENDAR\r\n",
	"BEGIN:VCALENDAR\r\nX;A=\"b:c\r\nEND:VCALENDAR\r\n",
	"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\nEND:VEVENT\r\n",
	" x", ":", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\r\nA:1;2\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
}

// What the reader takes, it writes so that it reads the same again; and whatever passes the checks, the product's own
// codec has to read too: a stand-in must not hold what a client cannot know how to read.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		root, err := parseICS(b)
		if err != nil {
			return
		}
		text := root.bytes()
		again, err := parseICS(text)
		if err != nil {
			t.Fatalf("cannot read what was written: %v\n%q", err, text)
		}
		if !bytes.Equal(again.bytes(), text) {
			t.Fatalf("written twice: %q and %q", text, again.bytes())
		}
		for line := range bytes.Lines(text) {
			if len(line) > 77 {
				t.Fatalf("a line of %d octets", len(line))
			}
		}
		if checkData(root, true) != nil {
			return
		}
		if _, err := checkObject(root); err != nil {
			return
		}
		var fact facts
		fact.measure(root)
		if _, err := icalendar.Parse(b, icalendar.DefaultLimits); err != nil {
			t.Fatalf("the codec does not read %q: %v", b, err)
		}
	})
}

func TestTextsComeBackAsTheyWereSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z;,\\"äö€ \n]{0,200}`).Draw(t, "text")
		c := &component{name: "VCALENDAR"}
		c.setText("SUMMARY", text)
		again, err := parseICS(c.bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got := again.text("SUMMARY"); got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
	})
}

func TestNestingAndLengthAreBounded(t *testing.T) {
	deep := strings.Repeat("BEGIN:VCALENDAR\n", 100)
	if _, err := parseICS([]byte(deep)); err == nil || !strings.Contains(err.Error(), "too deep") {
		t.Errorf("deep: %v", err)
	}
	long := "BEGIN:VCALENDAR\n" + strings.Repeat("A:\n", maxLines)
	if _, err := parseICS([]byte(long)); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("long: %v", err)
	}
}

func FuzzXML(f *testing.F) {
	f.Add([]byte(`<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>`))
	f.Add([]byte(`<!DOCTYPE x><x/>`))
	f.Add([]byte(`<a><b></a>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := standin.ParseXML(bytes.NewReader(b))
		if err != nil {
			return
		}
		var depth func(*standin.Element) int
		depth = func(e *standin.Element) int {
			deepest := 0
			for _, c := range e.Children {
				deepest = max(deepest, depth(c))
			}
			return 1 + deepest
		}
		if n := depth(e); n > standin.MaxDepth {
			t.Fatalf("%d levels", n)
		}
		if bytes.Contains(b, []byte("<!DOCTYPE")) && !bytes.Contains(b, []byte("<!--")) && !bytes.Contains(b, []byte("CDATA")) {
			t.Fatalf("a DTD was taken: %q", b)
		}
	})
}
