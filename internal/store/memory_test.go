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
