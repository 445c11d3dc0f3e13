package outlook

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTextOfWhatOthersWrite(t *testing.T) {
	for _, c := range []struct{ name, html, want string }{
		{"nothing", "", ""},
		{"an empty document", "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html\"></head><body>\r\n</body></html>", ""},
		{"lines in the source are blanks", "<html>\r\n<body>\r\n<div>one\r\ntwo</div>\r\n</body>\r\n</html>", "one two"},
		{"paragraphs of Word", "<p class=\"MsoNormal\">one</p><p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p><p class=\"MsoNormal\">two</p>", "one\n\ntwo"},
		{"an empty line as browsers write it", "<div>one</div><div><br></div><div>two<br></div>", "one\n\ntwo"},
		{"references", "<div>a &lt;b&gt; &amp; &#228; &eacute;</div>", "a <b> & ä é"},
		{"style and script", "<style>p{color:red}</style><script>x</script><div>seen</div>", "seen"},
		{"a list", "<ul><li>one</li><li>two</li></ul>", "- one\n- two"},
		{"a table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"a link with words", `<div>see <a href="https://example.com/x">this page</a>.</div>`, "see this page <https://example.com/x>."},
		{"a link that says itself", `<a href="https://example.com/">https://example.com</a>`, "https://example.com"},
		{"a link that runs", `<a href="javascript:alert(1)">press</a>`, "press"},
		{"as it was typed", "<pre>a\n  b</pre>", "a\n  b"},
		{"tags that are not closed", "<div>one<div>two<p>three", "one\ntwo\nthree"},
		{"a comment", "<div>one<!-- two -->three</div>", "onethree"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.html); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func anyText(t *rapid.T) string {
	words := rapid.SliceOf(rapid.SampledFrom([]string{"word", " ", "  ", "\n", "\n\n", "<b>", "&amp;", "\u00a0", "\t", "ä😀", "-", "https://example.com/?a=b&c", "_____", "\r\n", "\r"}))
	return strings.Join(words.Draw(t, "words"), "") + rapid.String().Draw(t, "text")
}

// What was written is read back, and reading it back once more changes nothing.
func TestBodyLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyText(t)
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == '\ufffd' || r == 0x7f }) {
			t.Skip("not in any text that people type")
		}
		want := Plain(s)
		if Plain(want) != want {
			t.Fatalf("%q is not its own plain form", want)
		}
		if got := Text(HTML(s)); got != want {
			t.Fatalf("%q was read back as %q, want %q", s, got, want)
		}
		if got := Text("<html><head>\r\n<meta charset=utf-8></head><body>\r\n" + HTML(s) + "\r\n</body></html>"); got != want {
			t.Fatalf("in a document %q was read back as %q, want %q", s, got, want)
		}
	})
}

const (
	teamsBlock = `<div class="me-email-text" lang="en-US" style="color:#252424"><span>________________________________________________________________________________</span></div>` +
		`<div><a href="https://teams.example.com/l/meetup-join/19%3ameeting">Join the meeting</a></div><div>ID: 123</div>`
	teamsBody = `<html><head><meta charset="utf-8"></head><body><div>Bring the <b>plans</b></div><br>` + teamsBlock + `</body></html>`
)

func TestJoinBlockStaysAsItIs(t *testing.T) {
	for _, c := range []struct{ name, body, description string }{
		{"behind a text", teamsBody, "Bring the plans"},
		{"alone", "<html><body>" + teamsBlock + "</body></html>", ""},
		{"inside an element of others", "<html><body><div style=\"margin:0\"><p>Hello</p>" + teamsBlock + "</div></body></html>", "Hello"},
		{"behind words in one element", "<html><body><div>Hello<br>____________________________________<br><a href=\"https://teams.example.com/l/meetup-join/19%3ameeting\">Join</a></div></body></html>", "Hello"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, ok := JoinBlock(c.body, true)
			if !ok || m.Description != c.description {
				t.Fatalf("%v %+v", ok, m)
			}
			written := m.With("Other & words\nin lines")
			if link := "https://teams.example.com/l/meetup-join/19%3ameeting"; !strings.Contains(written, link) {
				t.Errorf("the link is gone: %s", written)
			}
			if i := strings.Index(c.body, "________"); !strings.Contains(written, strings.TrimSpace(c.body[i:])) {
				t.Errorf("the block was changed:\n%s\n%s", c.body, written)
			}
			if tag := `<div class="me-email-text"`; strings.Contains(c.body, tag) != strings.Contains(written, tag) {
				t.Errorf("the element of the block was cut: %s", written)
			}
			again, ok := JoinBlock(written, true)
			if !ok || again.Description != "Other & words\nin lines" {
				t.Fatalf("read back as %v %+v", ok, again)
			}
			if twice, _ := JoinBlock(again.With(""), true); twice.Description != "" || !strings.Contains(twice.Block, "Join") {
				t.Errorf("without words: %+v", twice)
			}
		})
	}
	if _, ok := JoinBlock("<div>Join here: https://teams.example.com/x</div>", true); ok {
		t.Error("a block was found where none is marked")
	}
	if m, ok := JoinBlock("Bring plans\n____________________________\nJoin: https://x.example\n", false); !ok || m.Description != "Bring plans" || !strings.Contains(m.Block, "https://x.example") {
		t.Errorf("as text: %v %+v", ok, m)
	}
}

// A body of the largest size costs its length, however it is nested.
func TestABodyThatIsNestedWithoutEnd(t *testing.T) {
	n := (4 << 20) / 16
	nested := strings.Repeat("<div>a", n) + teamsBlock
	if _, ok := JoinBlock(nested, true); ok {
		t.Error("a block was found a hundred thousand elements deep")
	}
	if got := Text(nested); len(got) < 2*n {
		t.Errorf("%d bytes were read", len(got))
	}
}

func TestBlockLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Plain(strings.ReplaceAll(anyText(t), "_", "-"))
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == '\ufffd' || r == 0x7f }) {
			t.Skip("not in any text that people type")
		}
		m, ok := JoinBlock(teamsBody, true)
		if !ok {
			t.Fatal("no block")
		}
		again, ok := JoinBlock(m.With(s), true)
		if !ok || again.Description != s || again.Block != m.Block {
			t.Fatalf("%q: %v %+v", s, ok, again)
		}
	})
}

func FuzzTextOf(f *testing.F) {
	f.Add(teamsBody)
	f.Add("<div>a<br>b&nbsp;<pre>\n</div><a href='http://x'>")
	f.Fuzz(func(t *testing.T, source string) {
		got := Text(source)
		if Plain(got) != got {
			t.Fatalf("%q is not plain", got)
		}
		if m, ok := JoinBlock(source, true); ok && m.Block == "" {
			t.Fatal("an empty block")
		}
	})
}
