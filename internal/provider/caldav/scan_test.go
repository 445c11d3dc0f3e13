package caldav

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var testLimits = limits{body: 1 << 20, text: 1 << 10, nodes: 64}

// outline writes trees in a form that shows all that was read.
func outline(n *node) string {
	s := string(n.name)
	if n.attr != "" {
		s += "@" + n.attr
	}
	if n.cut {
		s += "!"
	}
	if len(n.text) > 0 {
		s += fmt.Sprintf("=%q", n.text)
	}
	if len(n.kids) > 0 {
		s += "("
		for _, k := range n.kids {
			s += outline(k) + ";"
		}
		s += ")"
	}
	return s
}

func readAll(r io.Reader, l limits) (string, error) {
	var out []string
	root, err := readTree(r, l, func(n *node) error {
		out = append(out, outline(n))
		return nil
	})
	return string(root) + "|" + strings.Join(out, "|"), err
}

func TestReadTree(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"prefixes and a default namespace", `<?xml version="1.0"?><d:a xmlns:d="DAV:" xmlns="x"><b/><d:c>t</d:c></d:a>`, `DAV: a|x b|DAV: c="t"`},
		{"a namespace that ends with its element", `<a xmlns="x"><b xmlns="y"><c/></b><c/></a>`, `x a|y b(y c;)|x c`},
		{"quoted angle brackets", `<a x="1 > 2" y='"'><b name="V>E"/></a>`, ` a| b@V>E`},
		{"references and CDATA", `<a><b>1 &lt; 2 &amp;amp; &#x41;&#66;<![CDATA[<x>]]]>&quot;</b></a>`, ` a| b="1 < 2 &amp; AB<x>]\""`},
		{"an encoding that is ours", `<?xml version="1.0" encoding="utf-8"?><a><b/></a>`, ` a| b`},
		{"one that ours holds", `<?xml version='1.0' encoding='US-ASCII' standalone='yes'?><a><b/></a>`, ` a| b`},
		{"instructions say nothing", `<?xml-stylesheet encoding="latin1"?><a><?x y?><b/></a>`, ` a| b`},
		{"comments say nothing", `<a><!-- <b> --><b>x<!-- y -->z</b></a><!-- end -->`, ` a| b="xz"`},
		{"white space around", "\ufeff <a>\n<b >\n x </b\n></a>\n", ` a| b="\n x "`},
		{"text too long is cut and marked", `<a><b>` + strings.Repeat("x", 2000) + `</b><c>ok</c></a>`, ` a| b!="` + strings.Repeat("x", 0) + `"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for kind, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
				got, err := readAll(r, testLimits)
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				if strings.Contains(c.name, "cut") {
					if !strings.Contains(got, " b!") || !strings.Contains(got, `c="ok"`) {
						t.Errorf("%s: got %s", kind, got)
					}
				} else if got != c.want {
					t.Errorf("%s:\n got %s\nwant %s", kind, got, c.want)
				}
			}
		})
	}
}

func TestReadTreeRefuses(t *testing.T) {
	deep := strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1)
	for name, in := range map[string]string{
		"nothing":                      "",
		"another alphabet":             `<?xml version="1.0" encoding="ISO-8859-1"?><a>caf` + "\xe9</a>",
		"another, in single quotes":    `<?xml version='1.0' encoding = 'windows-1252' ?><a/>`,
		"text alone":                   "not found",
		"a login page":                 "<!DOCTYPE html><html><body>Sign in</body></html>",
		"entities that expand":         `<!DOCTYPE a [<!ENTITY x "aaaa"><!ENTITY y "&x;&x;">]><a>&y;</a>`,
		"an unknown entity":            `<a>&nbsp;</a>`,
		"a cut document":               `<a><b>x</b>`,
		"a cut tag":                    `<a><b`,
		"a cut reference":              `<a>&am</a>`,
		"tags that cross":              `<a><b></a></b>`,
		"a second root":                `<a/><b/>`,
		"text after the end":           `<a/>x`,
		"an end without start":         `</a>`,
		"an undeclared prefix":         `<d:a/>`,
		"a bad attribute":              `<a b=c/>`,
		"an attribute without its end": `<a b="c/>`,
		"too deep":                     deep,
		"too many in one response":     "<a><b>" + strings.Repeat("<c/>", 100) + "</b></a>",
		"too large":                    "<a>" + strings.Repeat("<b/>", 1<<19) + "</a>",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := readAll(strings.NewReader(in), testLimits); err == nil {
				t.Errorf("taken as %.80s", got)
			}
		})
	}
}

func TestEveryCutIsAnError(t *testing.T) {
	whole := `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href>` +
		`<d:x><![CDATA[1]]>&amp;</d:x></d:response><d:sync-token>t</d:sync-token></d:multistatus>`
	for n := range len(whole) {
		_, err := readAll(strings.NewReader(whole[:n]), testLimits)
		if err == nil {
			t.Fatalf("cut after %d bytes (%q) was taken as whole", n, whole[max(0, n-20):n])
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "reference") {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}

// FuzzReadTree compares with encoding/xml: what we take, it takes too, with the same elements and text.
func FuzzReadTree(f *testing.F) {
	for _, s := range []string{
		`<d:a xmlns:d="DAV:"><d:b name="x">&lt;y</d:b></d:a>`, `<a><![CDATA[]]]]></a>`, `<a b='>'/>`, `<a><b/></a><!-- -->`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var elements int
		if _, err := readTree(bytes.NewReader(in), testLimits, func(n *node) error { elements += count(n); return nil }); err != nil {
			return
		}
		d := xml.NewDecoder(bytes.NewReader(in))
		d.Strict = false
		theirs := -1 // without the root
		for {
			tok, err := d.Token()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					return // stricter about names and characters than a list of events needs
				}
				break
			}
			if _, ok := tok.(xml.StartElement); ok {
				theirs++
			}
		}
		if theirs != elements {
			t.Errorf("%d elements, encoding/xml has %d, in %q", elements, theirs, in)
		}
	})
}

func count(n *node) int {
	c := 1
	for _, k := range n.kids {
		c += count(k)
	}
	return c
}
