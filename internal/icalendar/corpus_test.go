package icalendar

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus are the objects under testdata, shaped like what programs in use write, with proper line ends.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.ics")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no objects in testdata: %v", err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".ics")] = crlf(b)
	}
	return all
}

func crlf(b []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// object wraps lines of one VEVENT into an object.
func object(lines ...string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\n" + strings.Join(lines, "\r\n") +
		"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}
