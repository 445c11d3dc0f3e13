package google

import (
	"html"
	"regexp"
	"strings"
)

// A description "can contain HTML" (discovery document), and Google's own pages write it; what phones and programs write is
// often plain. Both read as plain text here. What we write goes out as it is where it is surely no HTML, for phones show an
// escaped sign as it stands; else with &, < and > escaped: Google takes out tags that it does not know, and what looks like one
// may be an address.

// htmlTag is a tag. Text in angle brackets that is no HTML, such as an address, does not count: see known.
var htmlTag = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9:-]*)((?:\s[^<>]*)?)/?>`)

var (
	entity    = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)
	hrefValue = regexp.MustCompile(`(?i)\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
	manyLines = regexp.MustCompile(`\n{3,}`)
)

// Elements that are known: those that begin and end a line of their own, and those that say nothing about lines.
var (
	blocks = setOf("address article blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 head header hr html li main ol " +
		"p pre section table tbody td tfoot th thead tr ul")
	inline = setOf("a abbr b big br cite code del em font html-blob i img ins kbd mark o:p q s samp small span strike strong style sub sup " +
		"title tt u var wbr")
)

func setOf(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		set[name] = true
	}
	return set
}

func known(tag string) bool { return blocks[tag] || inline[tag] }

// plain is the text of a description.
func plain(s string) string {
	s = oneText(s)
	if strings.IndexByte(s, '<') < 0 {
		return unescape(s)
	}
	text, commented := stripComments(s)
	text, marked := stripTags(text)
	if !marked && !commented {
		return unescape(s)
	}
	text = manyLines.ReplaceAllString(unescape(text), "\n\n")
	return strings.Trim(text, "\n")
}

// stripComments takes comments out, and reports whether there were any. One that is not closed is none.
func stripComments(s string) (text string, commented bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "<!--")
		_, after, closed := strings.Cut(rest, "-->")
		if !found || !closed {
			b.WriteString(s)
			return b.String(), commented
		}
		b.WriteString(before)
		s, commented = after, true
	}
}

// stripTags turns what the tags say about lines and links into text, and reports whether there were any.
func stripTags(s string) (text string, marked bool) {
	var b strings.Builder
	b.Grow(len(s))
	href, linked, at := "", 0, 0
	for _, m := range htmlTag.FindAllStringSubmatchIndex(s, -1) {
		name := strings.ToLower(s[m[4]:m[5]])
		if !known(name) {
			continue
		}
		b.WriteString(s[at:m[0]])
		at, marked = m[1], true
		closing := m[3] > m[2]
		switch {
		case name == "br":
			b.WriteByte('\n')
		case name == "li" && !closing:
			onNewLine(&b)
			b.WriteString("- ")
		case blocks[name]:
			onNewLine(&b)
		case name == "a" && !closing:
			href, linked = hrefOf(s[m[6]:m[7]]), b.Len()
		case name == "a":
			if said := b.String()[linked:]; href != "" && strings.Trim(unescape(said), " /") != strings.Trim(unescape(href), " /") {
				b.WriteString(" (" + href + ")")
			}
			href = ""
		}
	}
	b.WriteString(s[at:])
	return b.String(), marked
}

func onNewLine(b *strings.Builder) {
	if n := b.Len(); n > 0 && b.String()[n-1] != '\n' {
		b.WriteByte('\n')
	}
}

func hrefOf(attributes string) string {
	m := hrefValue.FindStringSubmatch(attributes)
	if m == nil {
		return ""
	}
	return m[1] + m[2] + m[3]
}

// unescape reads entities that are closed by a semicolon: "AT&T" and "?a=b&copy=1" are text.
func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return oneText(entity.ReplaceAllStringFunc(s, func(e string) string {
		if e == "&nbsp;" || e == "&#160;" {
			return " "
		}
		return html.UnescapeString(e)
	}))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// marked is a description that reads as text.
func marked(text string) string {
	if strings.IndexByte(text, '<') < 0 && plain(text) == text {
		return text
	}
	return escaper.Replace(text)
}
