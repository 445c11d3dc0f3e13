package icalendar

import (
	"bytes"
	"testing"

	ical "github.com/emersion/go-ical"

	"tahti/internal/calendar"
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

// BenchmarkDecode reads what the objects mean.
func BenchmarkDecode(b *testing.B) {
	all := corpus(b)
	total := 0
	for _, raw := range all {
		total += len(raw)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for name, raw := range all {
			if _, prob := Decode(raw, asAlice); prob != nil {
				b.Fatal(name, prob)
			}
		}
	}
}

// BenchmarkPatch changes the title of each object.
func BenchmarkPatch(b *testing.B) {
	type job struct {
		raw      []byte
		from, to calendar.Event
	}
	var jobs []job
	for _, raw := range corpus(b) {
		from := mustDecode(b, raw).Event
		to := from.Clone()
		to.Subject = "another"
		jobs = append(jobs, job{raw, from, to})
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, j := range jobs {
			if _, err := Patch(j.raw, j.from, j.to, calendar.AllFields, testNow); err != nil {
				b.Fatal(err)
			}
		}
	}
}
