package standin_test

import (
	"strings"
	"testing"

	"tahti/internal/standin"
)

func TestXMLIsReadWithinBounds(t *testing.T) {
	deep := strings.Repeat("<a>", standin.MaxDepth+1) + strings.Repeat("</a>", standin.MaxDepth+1)
	for name, doc := range map[string]string{
		"a DTD":             `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`,
		"an unknown entity": `<a>&b;</a>`,
		"two roots":         `<a/><a/>`,
		"text beside":       `<a/>b`,
		"nothing":           ``,
		"too deep":          deep,
		"no end":            `<a><b></a>`,
	} {
		if e, err := standin.ParseXML(strings.NewReader(doc)); err == nil {
			t.Errorf("%s: read as %+v", name, e)
		}
	}
	e, err := standin.ParseXML(strings.NewReader(`<?xml version="1.0"?><x:a xmlns:x="n" b="1">c<x:d/>e</x:a>`))
	if err != nil || !e.Is("n", "a") || e.Attr("b") != "1" || e.Text != "ce" || e.Child("n", "d") == nil || e.Child("", "d") != nil {
		t.Errorf("%+v, %v", e, err)
	}
}
