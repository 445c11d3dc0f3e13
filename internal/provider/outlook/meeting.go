package outlook

import (
	"strings"

	xhtml "golang.org/x/net/html"
)

// joinLine opens the block that says how to join: Outlook draws a line of eighty underscores.
const joinLine = "____________________"

// MeetingBody is the body of an online meeting in its two parts.
type MeetingBody struct {
	Description string // what people wrote, as text
	Block       string // how to join, as HTML that stands by itself
}

// JoinBlock takes the body of an online meeting apart. ok is false where the block is not found: then nobody knows what may be
// written.
func JoinBlock(source string, isHTML bool) (m MeetingBody, ok bool) {
	if !isHTML {
		i := strings.Index(source, joinLine)
		if i < 0 {
			return m, false
		}
		return MeetingBody{Description: Plain(source[:i]), Block: HTML(source[i:])}, true
	}
	cut, open, ok := blockStart(source)
	if !ok {
		return m, false
	}
	return MeetingBody{Description: Text(source[:cut]), Block: strings.Join(open, "") + source[cut:]}, true
}

// element is a tag that is open.
type element struct {
	name  string
	tag   string // as it stands in the source
	start int    // where
	fresh bool   // nothing was said in it yet
}

// blockStart finds where the block begins: at the outermost element that opens with the line, so that the element stays
// whole. open are the tags that are open around it.
func blockStart(source string) (cut int, open []string, ok bool) {
	var stack []element
	at := 0
	z := xhtml.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		switch kind {
		case xhtml.ErrorToken:
			return 0, nil, false
		case xhtml.TextToken:
			text := strings.TrimSpace(strings.ReplaceAll(raw, "&nbsp;", " "))
			if strings.HasPrefix(text, joinLine) {
				return begin(stack, at)
			}
			if text != "" {
				spoken(stack)
			}
		case xhtml.StartTagToken:
			name, _ := z.TagName()
			if len(stack) == deepest {
				return 0, nil, false
			}
			if !void[string(name)] {
				stack = append(stack, element{string(name), raw, at, true})
			}
		case xhtml.EndTagToken:
			name, _ := z.TagName()
			for i := len(stack) - 1; i >= 0; i-- {
				if stack[i].name == string(name) {
					stack = stack[:i]
					break
				}
			}
		}
		at += len(raw)
	}
}

var void = map[string]bool{"br": true, "hr": true, "img": true, "meta": true, "input": true, "link": true, "col": true, "wbr": true, "area": true, "base": true, "embed": true, "source": true}

// deepest bounds the elements within elements that are followed; no program of Microsoft's writes so many.
const deepest = 250

// spoken notes that something was said: in the element, and in those around it, of which the outer ones know it already.
func spoken(stack []element) {
	for i := len(stack) - 1; i >= 0 && stack[i].fresh; i-- {
		stack[i].fresh = false
	}
}

// begin cuts before the outermost element below <body> in which nothing was said before the line.
func begin(stack []element, at int) (cut int, open []string, ok bool) {
	cut = at
	for i := len(stack) - 1; i >= 0 && stack[i].fresh && stack[i].name != "body" && stack[i].name != "html"; i-- {
		cut, stack = stack[i].start, stack[:i]
	}
	for _, e := range stack {
		if e.name != "body" && e.name != "html" {
			open = append(open, e.tag)
		}
	}
	return cut, open, true
}

// With is a body that says a description and keeps the block.
func (m MeetingBody) With(description string) string {
	if described := HTML(description); described != "" {
		return "<html><body>" + described + "<br>" + m.Block
	}
	return "<html><body>" + m.Block
}
