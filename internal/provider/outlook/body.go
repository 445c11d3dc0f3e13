package outlook

import (
	"html"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A body is HTML, whatever it was written as. What we write is one <div> with <br> between the lines and &nbsp; where blanks
// would be lost; a text that is read from that is the text that was written, and from the HTML of others, what a person
// sees of it.
//
// The body of an online meeting ends in a block that a line of underscores opens: how to join. Without the block the meeting
// cannot be joined any more (providers.md 2.3), so it is no part of the description, and stays as it is, byte for byte, when
// the description changes. Where the line is not found, the body is not written.

// Plain is a text as it comes back: hard blanks are blanks, lines of nothing but blanks are empty, nothing follows the last word.
func Plain(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u00a0", " ").Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.Trim(l, " ") == "" {
			lines[i] = ""
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), " \n")
}

// HTML writes a text as HTML; nothing for no text.
func HTML(text string) string {
	text = Plain(text)
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("<div>")
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString("<br>")
		}
		runes := []rune(line)
		for j, r := range runes {
			switch {
			case r == ' ' && (j == 0 || j == len(runes)-1 || runes[j-1] == ' '):
				b.WriteString("&nbsp;")
			case r == '\t' || r == '\f':
				b.WriteString("&#" + map[rune]string{'\t': "9", '\f': "12"}[r] + ";") // a bare one is a blank
			default:
				b.WriteString(html.EscapeString(string(r)))
			}
		}
	}
	b.WriteString("</div>")
	return b.String()
}

// blocks begin and end on a line of their own.
var blocks = map[atom.Atom]bool{
	atom.Address: true, atom.Article: true, atom.Blockquote: true, atom.Body: true, atom.Dd: true, atom.Div: true, atom.Dl: true,
	atom.Dt: true, atom.Footer: true, atom.Form: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true,
	atom.H6: true, atom.Header: true, atom.Hr: true, atom.Li: true, atom.Ol: true, atom.P: true, atom.Pre: true, atom.Section: true,
	atom.Table: true, atom.Tr: true, atom.Ul: true,
}

// unseen hold nothing that a person reads.
var unseen = map[atom.Atom]bool{atom.Head: true, atom.Script: true, atom.Style: true, atom.Title: true}

// reader turns HTML into text, one token after the other.
type reader struct {
	text    strings.Builder
	last    byte // the last byte written, 0 at the start
	blank   bool // a blank is due before the next word
	hidden  int  // open elements that are unseen
	literal int  // open <pre>
	link    string
	linked  int // how much was written when the link began
}

// Text is what a person reads in a piece of HTML.
func Text(source string) string {
	var r reader
	z := xhtml.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		if kind == xhtml.ErrorToken { // the end: a string gives no other error
			return Plain(r.text.String())
		}
		r.token(kind, z)
	}
}

func (r *reader) token(kind xhtml.TokenType, z *xhtml.Tokenizer) {
	if kind == xhtml.TextToken {
		if r.hidden == 0 {
			r.words(string(z.Raw()))
		}
		return
	}
	t := z.Token()
	step := map[xhtml.TokenType]int{xhtml.StartTagToken: 1, xhtml.EndTagToken: -1}[kind]
	switch {
	case unseen[t.DataAtom]:
		r.hidden = max(0, r.hidden+step)
	case r.hidden > 0:
	case t.DataAtom == atom.Br:
		r.write("\n")
		r.blank = false
	case blocks[t.DataAtom]:
		if r.last != 0 && r.last != '\n' {
			r.write("\n")
		}
		r.blank = false
		if t.DataAtom == atom.Pre {
			r.literal = max(0, r.literal+step)
		}
		if t.DataAtom == atom.Li && step > 0 {
			r.write("- ")
		}
	case t.DataAtom == atom.Td || t.DataAtom == atom.Th:
		r.blank = r.blank || r.last != 0 && r.last != '\n'
	case t.DataAtom == atom.A:
		r.anchor(step, t)
	}
}

// anchor writes the address of a link behind its words, where they are not the address.
func (r *reader) anchor(step int, t xhtml.Token) {
	if step > 0 {
		r.link, r.linked = "", r.text.Len()
		for _, a := range t.Attr {
			if a.Key == "href" && (strings.HasPrefix(a.Val, "https://") || strings.HasPrefix(a.Val, "http://")) {
				r.link = a.Val
			}
		}
		return
	}
	said := strings.TrimSpace(r.text.String()[min(r.linked, r.text.Len()):])
	if r.link != "" && said != "" && strings.TrimSuffix(said, "/") != strings.TrimSuffix(r.link, "/") {
		r.write(" <" + r.link + ">")
	}
	r.link = ""
}

// words writes text as it stands in the source: blanks in the source are one blank, those that were written as references are
// themselves.
func (r *reader) words(raw string) {
	if r.literal > 0 {
		r.write(html.UnescapeString(raw))
		return
	}
	for len(raw) > 0 {
		i := strings.IndexAny(raw, " \t\r\n\f")
		if i != 0 {
			word := raw
			if i > 0 {
				word = raw[:i]
			}
			if r.blank && r.last != 0 && r.last != '\n' {
				r.write(" ")
			}
			r.blank = false
			r.write(html.UnescapeString(word))
			raw = raw[len(word):]
			continue
		}
		r.blank = true
		raw = raw[1:]
	}
}

func (r *reader) write(s string) {
	if s == "" {
		return
	}
	r.text.WriteString(s)
	r.last = s[len(s)-1]
}
