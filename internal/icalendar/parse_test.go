package icalendar

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	ical "github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWhatNobodyTouchesIsWrittenAsItCame(t *testing.T) {
	for name, raw := range corpus(t) {
		root, err := Parse(raw, DefaultLimits)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(string(raw), string(root.AppendText(nil))); diff != "" {
			t.Errorf("%s changed:\n%s", name, diff)
		}
	}
}

func TestParseTakesWhatIsFoundInTheWild(t *testing.T) {
	const want = "BEGIN:VCALENDAR\r\nX-A;P=1:one\r\nBEGIN:VEVENT\r\nSUMMARY:two\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for name, text := range map[string]string{
		"line feeds alone":            strings.ReplaceAll(want, "\r\n", "\n"),
		"doubled carriage returns":    strings.ReplaceAll(want, "\r\n", "\r\r\n"),
		"a byte order mark":           "\ufeff" + want,
		"no line end at the end":      strings.TrimSuffix(want, "\r\n"),
		"blank lines":                 "\r\n" + strings.ReplaceAll(want, "\r\n", "\r\n\r\n"),
		"begin and end in lower case": strings.NewReplacer("BEGIN:VEVENT", "begin:vevent", "END:VEVENT", "End:vEvent").Replace(want),
	} {
		t.Run(name, func(t *testing.T) {
			root, err := Parse([]byte(text), DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(root.AppendText(nil))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseReadsFoldsAnywhere(t *testing.T) {
	raw := "BEGIN:VCALENDAR\r\nSUM\r\n MARY;LANG\r\n\tUAGE=fi:P\xc3\r\n \xa4iv\r\n \r\n ä\r\nEND:VCAL\r\n ENDAR\r\n"
	root, err := Parse([]byte(raw), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	p := root.Get("SUMMARY")
	if p == nil || p.Value() != "Päivä" || p.Param("LANGUAGE") != "fi" || p.Line() != 2 {
		t.Fatalf("read %+v", p)
	}
	if got := string(root.AppendText(nil)); !strings.Contains(got, "SUM\r\n MARY") {
		t.Errorf("folds changed: %q", got)
	}
}

func TestParseSaysWhereAndWhat(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", "line 1: empty"},
		{"not a calendar", "BEGIN:VCARD\nEND:VCARD\n", "line 1: expected BEGIN:VCALENDAR"},
		{"a page of HTML", "<html>\n", "line 1: no colon"},
		{"a line without a colon", "BEGIN:VCALENDAR\nFOO\nEND:VCALENDAR", "line 2: no colon"},
		{"a line without a name", "BEGIN:VCALENDAR\n:x\n", "line 2: a property without a name"},
		{"spaces in a name", "BEGIN:VCALENDAR\nA B:x\n", "line 2: not a property name"},
		{"a quote that never closes", "BEGIN:VCALENDAR\nA;B=\"x:y\n", "line 2: no colon after the parameters of A"},
		{"components that cross", "BEGIN:VCALENDAR\nBEGIN:A\nEND:VCALENDAR\n", "line 3: END:VCALENDAR within A"},
		{"a truncated text", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nA:b\n", "line 3: the text ends within VEVENT"},
		{"two objects", "BEGIN:VCALENDAR\nEND:VCALENDAR\n\nBEGIN:VCALENDAR\n", "line 4: something follows END:VCALENDAR"},
		{"an end alone", "END:VCALENDAR\n", "line 1: expected BEGIN:VCALENDAR"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Parse([]byte(tc.text), DefaultLimits)
			if syntax, ok := errors.AsType[*SyntaxError](err); !ok || !strings.HasSuffix(syntax.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

func TestParseKeepsItsLimits(t *testing.T) {
	small := Limits{Bytes: 400, Lines: 30, Line: 50, Depth: 3, Components: 5, Properties: 6}
	wrap := func(s string) string { return "BEGIN:VCALENDAR\n" + s + "END:VCALENDAR\n" }
	if _, err := Parse([]byte(wrap(strings.Repeat("A:b\n", 6))), small); err != nil {
		t.Fatalf("within the limits: %v", err)
	}
	for name, text := range map[string]string{
		"bytes":                  wrap(strings.Repeat("A:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n", 12)),
		"lines":                  wrap(strings.Repeat("\n", 40)),
		"octets":                 wrap("A:" + strings.Repeat("bbbb\n ", 20) + "\n"),
		"properties":             wrap(strings.Repeat("A:b\n", 7)),
		"components":             wrap(strings.Repeat("BEGIN:A\nEND:A\n", 5)),
		"components within each": wrap(strings.Repeat("BEGIN:A\n", 3) + strings.Repeat("END:A\n", 3)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(text), small)
			if limit, ok := errors.AsType[*LimitError](err); !ok || !strings.Contains(limit.Error(), name) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEditsKeepTheOrderOfPropertiesAndComponents(t *testing.T) {
	raw := "BEGIN:VCALENDAR\r\nA:1\r\nBEGIN:X\r\nEND:X\r\nB:2\r\nBEGIN:Y\r\nEND:Y\r\nC:3\r\nEND:VCALENDAR\r\n"
	root, err := Parse([]byte(raw), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	root.Remove("A")
	root.Add(NewProperty("D", "4"))
	root.Set("B", "22")
	root.InsertChild("Y", NewComponent("W"))
	root.AddChild(NewComponent("Z"))
	want := "BEGIN:VCALENDAR\r\nD:4\r\nBEGIN:X\r\nEND:X\r\nB:22\r\nBEGIN:W\r\nEND:W\r\nBEGIN:Y\r\nEND:Y\r\nC:3\r\n" +
		"BEGIN:Z\r\nEND:Z\r\nEND:VCALENDAR\r\n"
	if diff := cmp.Diff(want, string(root.AppendText(nil))); diff != "" {
		t.Error(diff)
	}
}

// TestGoIcalReadsTheSame holds our reading against another program's.
func TestGoIcalReadsTheSame(t *testing.T) {
	for name, raw := range corpus(t) {
		t.Run(name, func(t *testing.T) { sameAsGoIcal(t, raw) })
	}
	t.Run("what we write of anything", rapid.MakeCheck(func(t *rapid.T) {
		sameAsGoIcal(t, anyComponent(t, "VCALENDAR", 2).AppendText(nil))
	}))
}

func sameAsGoIcal(t rapid.TB, raw []byte) {
	t.Helper()
	root, err := Parse(raw, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := ical.NewDecoder(bytes.NewReader(raw)).Decode()
	if err != nil {
		t.Fatalf("go-ical: %v", err)
	}
	if diff := cmp.Diff(theirs(cal.Component), ours(root)); diff != "" {
		t.Fatalf("go-ical reads otherwise:\n%s", diff)
	}
}

// flat is a component in a form that both libraries can be brought into: properties of one name keep their order.
type flat struct {
	Name     string
	Props    map[string][]flatProp
	Children []flat
}

type flatProp struct {
	Value  string
	Params map[string][]string
}

func theirs(c *ical.Component) flat {
	f := flat{Name: c.Name, Props: map[string][]flatProp{}}
	for name, props := range c.Props {
		for _, p := range props {
			f.Props[name] = append(f.Props[name], flatProp{p.Value, p.Params})
		}
	}
	for _, child := range c.Children {
		f.Children = append(f.Children, theirs(child))
	}
	return f
}

func ours(c *Component) flat {
	f := flat{Name: c.Name, Props: map[string][]flatProp{}}
	for i := range c.Properties {
		p := &c.Properties[i]
		params := map[string][]string{}
		for name, value := range p.Params() {
			params[name] = append(params[name], listOf(value)...)
		}
		f.Props[p.Name()] = append(f.Props[p.Name()], flatProp{p.Value(), params})
	}
	for _, child := range c.Children {
		f.Children = append(f.Children, ours(child))
	}
	return f
}

// listOf takes a parameter's list apart at the commas outside quotes.
func listOf(s string) (list []string) {
	quoted, from := false, 0
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			list, from = append(list, strings.Trim(s[from:i], `"`)), i+1
		}
	}
	return append(list, strings.Trim(s[from:], `"`))
}

func anyComponent(t *rapid.T, name string, depth int) *Component {
	c := NewComponent(name)
	names := rapid.SampledFrom([]string{"SUMMARY", "X-A", "ATTENDEE", "DTSTART"})
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abc ä☕\\;,:\"\n\té\u3042")), 0, 120, -1)
	for range rapid.IntRange(0, 5).Draw(t, "properties") {
		p := Text(names.Draw(t, "name"), text.Draw(t, "text"))
		for range rapid.IntRange(0, 2).Draw(t, "params") {
			p.SetParam(rapid.SampledFrom([]string{"TZID", "CN", "X-P"}).Draw(t, "param"), text.Draw(t, "value"))
		}
		c.Add(p)
	}
	if depth > 0 {
		for range rapid.IntRange(0, 3).Draw(t, "children") {
			c.AddChild(anyComponent(t, rapid.SampledFrom([]string{"VEVENT", "VALARM", "X-C"}).Draw(t, "child"), depth-1))
		}
	}
	return c
}

func TestWhatWeWriteReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyComponent(t, "VCALENDAR", 2)
		text := c.AppendText(nil)
		for line := range bytes.SplitSeq(text, []byte("\r\n")) {
			if len(line) > foldAt {
				t.Fatalf("a line of %d octets: %q", len(line), line)
			}
			if !bytes.Equal(bytes.ToValidUTF8(line, nil), line) {
				t.Fatalf("a character was folded: %q", line)
			}
		}
		back, err := Parse(text, DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ours(c), ours(back)); diff != "" {
			t.Fatal(diff)
		}
		if again := back.AppendText(nil); !bytes.Equal(again, text) {
			t.Fatalf("written twice:\n%s\n%s", text, again)
		}
	})
}

func TestLongLinesAreFolded(t *testing.T) {
	c := NewComponent("X")
	c.Add(NewProperty("A", strings.Repeat("x", 200)), NewProperty("B", strings.Repeat("☕", 60)))
	want := "BEGIN:X\r\nA:" + strings.Repeat("x", 73) + "\r\n " + strings.Repeat("x", 74) + "\r\n " + strings.Repeat("x", 53) +
		"\r\nB:" + strings.Repeat("☕", 24) + "\r\n " + strings.Repeat("☕", 24) + "\r\n " + strings.Repeat("☕", 12) + "\r\nEND:X\r\n"
	if diff := cmp.Diff(want, string(c.AppendText(nil))); diff != "" {
		t.Error(diff)
	}
}

func TestTextSurvivesEscaping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		p := Text("SUMMARY", s)
		if got := p.Text(); got != cleanText(s) {
			t.Fatalf("%q came back as %q", s, got)
		}
		if cleanText(cleanText(s)) != cleanText(s) {
			t.Fatalf("cleaning %q twice differs", s)
		}
	})
}

func TestTextIsReadKindly(t *testing.T) {
	for in, want := range map[string]string{
		`a\nb\Nc`:         "a\nb\nc",
		`a\, b\; c\\ d`:   `a, b; c\ d`,
		`C:\temp`:         `C:\temp`,
		`a\`:              `a\`,
		`say \"x\"\: y`:   `say "x": y`,
		"a\x00b\x07\xffc": "ab\uFFFDc",
		"a, b; c":         "a, b; c",
		`a\\nb`:           `a\nb`,
	} {
		if got := unescapeText(in); got != want {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
	}
	if got := cleanText("a\r\nb\rc"); got != "a\nb\nc" {
		t.Errorf("line ends: %q", got)
	}
}

func TestParamsAreReadAndWritten(t *testing.T) {
	root, err := Parse([]byte("BEGIN:VCALENDAR\r\nA;cn=\"B: c; d\";X=1,2;E=a^nb^'c^'^^:v;w\r\nEND:VCALENDAR\r\n"), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	p := root.Get("A")
	if got := []string{p.Param("CN"), p.Param("X"), p.Param("E"), p.Param("NONE"), p.Value()}; !slices.Equal(got,
		[]string{"B: c; d", "1,2", "a\nb\"c\"^", "", "v;w"}) {
		t.Errorf("read %q", got)
	}
	p.SetParam("X", `new: "value"`)
	p.DelParam("E")
	p.SetParam("Y", "z")
	want := "BEGIN:VCALENDAR\r\nA;CN=\"B: c; d\";X=\"new: value\";Y=z:v;w\r\nEND:VCALENDAR\r\n"
	if diff := cmp.Diff(want, string(root.AppendText(nil))); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, raw := range corpus(f) {
		f.Add(raw)
	}
	f.Add([]byte("BEGIN:VCALENDAR\n\n A:b\n ;\nEND:vcalendar"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		root, err := Parse(raw, DefaultLimits)
		if err != nil {
			return
		}
		text := root.AppendText(nil)
		back, err := Parse(text, Limits{1 << 24, 1 << 24, 1 << 24, 100, 1 << 20, 1 << 20})
		if err != nil {
			t.Fatalf("our own text: %v\n%q", err, text)
		}
		if again := back.AppendText(nil); !bytes.Equal(again, text) {
			t.Fatalf("written twice:\n%q\n%q", text, again)
		}
		if diff := cmp.Diff(ours(root), ours(back)); diff != "" {
			t.Fatal(diff)
		}
	})
}
