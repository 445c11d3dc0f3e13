package ews

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// message is what every answer about one part of a request says.
type message struct {
	Class string `xml:"ResponseClass,attr"` // Success, Warning or Error
	Code  string `xml:"ResponseCode"`
	More  values `xml:"MessageXml"`
}

func (m *message) head() *message { return m }

// values are what an error says besides, by name. MessageText is left out: it may hold titles.
type values struct {
	Values []struct {
		Name string `xml:"Name,attr"`
		Text string `xml:",chardata"`
	} `xml:"Value"`
}

func (v *values) value(name string) string {
	for _, x := range v.Values {
		if x.Name == name {
			return x.Text
		}
	}
	return ""
}

// fault refuses a whole request.
type fault struct {
	Code   string `xml:"faultcode"`
	Detail struct {
		Code string `xml:"ResponseCode"`
		More values `xml:"MessageXml"`
	} `xml:"detail"`
}

// deepest bounds elements within elements; the answers that are asked for here have some fifteen.
const deepest = 100

var (
	errNoEnvelope = errors.New("the answer is no SOAP envelope")
	errDoctype    = errors.New("a document type in an answer")
	errDeep       = errors.New("elements nested beyond all bounds")
	// errMalformed is about messages in an answer that came to its end: something in them cannot be read, and never will be.
	errMalformed = errors.New("something in the answer that cannot be read")
)

// reader is a decoder that takes no document type, and so no entities of anybody's making, and no bottomless nesting. How much is
// read is bounded where the answer comes in.
type reader struct {
	d     *xml.Decoder
	depth int
}

// Token implements [xml.TokenReader].
func (r *reader) Token() (xml.Token, error) {
	t, err := r.d.RawToken()
	if err != nil {
		return t, err
	}
	switch t.(type) {
	case xml.Directive:
		return nil, errDoctype
	case xml.StartElement:
		if r.depth++; r.depth > deepest {
			return nil, errDeep
		}
	case xml.EndElement:
		r.depth--
	}
	return t, nil
}

// open reads up to the element inside the body of an envelope. It is a fault, or whatever was asked for.
func open(text []byte) (*xml.Decoder, xml.StartElement, error) {
	d := xml.NewTokenDecoder(&reader{d: xml.NewDecoder(bytes.NewReader(text))})
	want := []xml.Name{{Space: spaceSOAP, Local: "Envelope"}, {Space: spaceSOAP, Local: "Body"}}
	for {
		t, err := d.Token()
		if err != nil {
			return nil, xml.StartElement{}, errors.Join(errNoEnvelope, err)
		}
		start, ok := t.(xml.StartElement)
		switch {
		case !ok:
		case len(want) == 0:
			return d, start, nil
		case start.Name == want[0]:
			want = want[1:]
		case start.Name == xml.Name{Space: spaceSOAP, Local: "Header"} && len(want) == 1:
			if err := d.Skip(); err != nil {
				return nil, start, err
			}
		default:
			return nil, start, errNoEnvelope
		}
	}
}

// decode reads an answer to an operation into messages, or the fault in its place. An answer that ends before its end is an error.
func decode[M any](text []byte, operation string) (messages []M, f *fault, err error) {
	d, start, err := open(text)
	if err != nil {
		return nil, nil, err
	}
	if start.Name == (xml.Name{Space: spaceSOAP, Local: "Fault"}) {
		f = &fault{}
		if err := d.DecodeElement(f, &start); err != nil {
			return nil, nil, err
		}
		return nil, f, finish(d)
	}
	if start.Name.Space != spaceMessages || start.Name.Local != operation+"Response" {
		return nil, nil, fmt.Errorf("an answer that is %.60q to %s", start.Name.Local, operation)
	}
	var r struct {
		Messages *struct {
			List []M `xml:",any"`
		} `xml:"ResponseMessages"`
	}
	if err := d.DecodeElement(&r, &start); err != nil {
		if bytes.HasSuffix(bytes.TrimSpace(text), []byte("Envelope>")) {
			err = fmt.Errorf("%w: %w", errMalformed, err)
		}
		return nil, nil, err
	}
	if r.Messages == nil || len(r.Messages.List) == 0 {
		return nil, nil, errors.New("an answer without a message")
	}
	return r.Messages.List, nil, finish(d)
}

// finish reads to the end of the document.
func finish(d *xml.Decoder) error {
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
