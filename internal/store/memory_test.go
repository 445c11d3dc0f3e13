package store

import (
	"context"
	"testing"
)

func BenchmarkOpenMemory(b *testing.B) {
	for b.Loop() {
		db, err := OpenMemory(context.Background(), Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPack measures what deflating a server's answer of 4 KB costs.
func BenchmarkPack(b *testing.B) {
	var text []byte
	for i := 0; len(text) < 4096; i++ {
		text = append(text, []byte("ATTENDEE;CN=Alice;PARTSTAT=ACCEPTED;X-NUM="+string(rune('a'+i%26))+":mailto:alice@example.com\r\nX-LINE:0123456789abcdef\r\n")...)
	}
	p := pack(text)
	b.Run("pack", func(b *testing.B) {
		for b.Loop() {
			pack(text)
		}
		b.ReportMetric(float64(len(p.bytes))/float64(len(text)), "ratio")
	})
	b.Run("unpack", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.unpack(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
