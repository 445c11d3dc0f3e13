package icalendar

import (
	"bytes"
	"testing"

	ical "github.com/emersion/go-ical"
)

// BenchmarkParse holds our parser against go-ical's on the same objects.
func BenchmarkParse(b *testing.B) {
	all := corpus(b)
	total := 0
	for _, raw := range all {
		total += len(raw)
	}
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(total))
		b.ReportAllocs()
		for b.Loop() {
			for name, raw := range all {
				if _, err := Parse(raw, DefaultLimits); err != nil {
					b.Fatal(name, err)
				}
			}
		}
	})
	b.Run("go-ical", func(b *testing.B) {
		b.SetBytes(int64(total))
		b.ReportAllocs()
		for b.Loop() {
			for name, raw := range all {
				if _, err := ical.NewDecoder(bytes.NewReader(raw)).Decode(); err != nil {
					b.Fatal(name, err)
				}
			}
		}
	})
}
