package caldav

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"tahti/internal/provider"
)

// listing is a multistatus of n members, as Cyrus writes it; with content if text is given.
func listing(n int, text string) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">`)
	for i := range n {
		fmt.Fprintf(&b, `<D:response><D:href>/dav/calendars/user/alice/Default/%08d-0000-4000-8000-000000000000.ics</D:href><D:propstat><D:prop>`+
			`<D:getetag>"187595fde04d20e83bb63ed17a8641456b%06d"</D:getetag><D:getcontenttype>text/calendar; charset=utf-8; component=VEVENT</D:getcontenttype>`, i, i)
		if text != "" {
			b.WriteString("<C:calendar-data>" + text + "</C:calendar-data>")
		}
		b.WriteString(`</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`)
	}
	b.WriteString(`</D:multistatus>`)
	return b.Bytes()
}

func benchmarkMultistatus(b *testing.B, body []byte, want int) {
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		_, err := readTree(bytes.NewReader(body), listLimits, func(node *node) error {
			r := response{node: node}
			if r.prop(nETag).trimmed() != "" {
				n++
			}
			return nil
		})
		if err != nil || n != want {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkMultistatus10000(b *testing.B) { benchmarkMultistatus(b, listing(10000, ""), 10000) }

func BenchmarkMultiget100(b *testing.B) {
	benchmarkMultistatus(b, listing(100, strings.Repeat("DESCRIPTION:words and &amp; words\r\n", 40)), 100)
}

// BenchmarkEncodingXML10000 is the same listing through the standard library, for comparison.
func BenchmarkEncodingXML10000(b *testing.B) {
	body := listing(10000, "")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(body))
		for {
			if _, err := d.RawToken(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkListing10000 is all that a quiet audit costs the adapter beside the network.
func BenchmarkListing10000(b *testing.B) {
	body := listing(10000, "")
	c := &Calendar{path: "/dav/calendars/user/alice/Default/", profile: fullProfile}
	known := func(provider.RemoteID) provider.Versions { return nil }
	b.ReportAllocs()
	for b.Loop() {
		var items []provider.Item
		_, err := readTree(bytes.NewReader(body), listLimits, func(n *node) error {
			return eachHref(c.path, n, func(r response) error {
				id := provider.RemoteID(r.path)
				if item, ok := c.changed(id, r, known(id)); ok {
					items = append(items, item)
				}
				return nil
			})
		})
		if err != nil || len(items) != 10000 {
			b.Fatal(len(items), err)
		}
	}
}
