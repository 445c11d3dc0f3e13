package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tahti/client"
)

func TestTimeLeft(t *testing.T) {
	for _, c := range []struct {
		done, total int
		moved, now  time.Duration
		want        string
	}{
		{0, 100, 0, time.Minute, ""}, // no pace yet
		{100, 100, time.Minute, time.Minute, ""},
		{99, 100, 10 * time.Second, 10 * time.Second, ""},
		{25, 100, 10 * time.Second, 10 * time.Second, ", 30 s left"},
		{25, 100, 10 * time.Second, 14 * time.Second, ", 26 s left"}, // it does not grow while a batch is under way
		{25, 100, 10 * time.Second, time.Minute, ""},
		{100, 1000, time.Minute, time.Minute, ", 9 min left"},
	} {
		if got := left(client.Progress{Done: c.done, Total: c.total}, c.moved, c.now); got != c.want {
			t.Errorf("%d of %d, moved at %v, at %v: %q, want %q", c.done, c.total, c.moved, c.now, got, c.want)
		}
	}
}

// TestALogHearsOfProgressNowAndThen: no bar and no escape sequence in a file, and silence beside JSON.
func TestALogHearsOfProgressNowAndThen(t *testing.T) {
	var log bytes.Buffer
	p := newProgress(&app{err: &log}, "Work")
	p.set(nil)
	p.set(&client.Progress{Done: 1, Total: 9}) // too soon
	p.told = p.told.Add(-tellEvery)
	p.set(&client.Progress{Done: 4, Total: 9})
	p.set(&client.Progress{Done: 5, Total: 9}) // too soon again
	p.end()
	if got := log.String(); got != "Work: 4 of 9\n" {
		t.Errorf("the log says %q", got)
	}
	log.Reset()
	p = newProgress(&app{err: &log, json: true}, "Work")
	p.told = p.told.Add(-tellEvery)
	p.set(&client.Progress{Done: 4, Total: 9})
	if p.end(); log.Len() != 0 {
		t.Errorf("beside JSON stands %q", log.String())
	}
}

func TestWhatWasDoneMeanwhileIsToldToo(t *testing.T) {
	id := func(n int64) *int64 { return &n }
	asked := client.Run{ID: id(12), State: "done", Kind: "sync", Counts: map[string]int{"held": 1}}
	runs := []client.Run{
		asked, {ID: id(11), State: "done", Kind: "dry_run", Counts: map[string]int{"created_in_crm": 50}},
		{ID: id(10), State: "done", Kind: "sync", Counts: map[string]int{"created_in_calendar": 3, "held": 7}},
		{ID: id(9), State: "done", Kind: "sync", Counts: map[string]int{"created_in_calendar": 100}},
	}
	line := countsLine(&asked, sum(runs, map[int64]bool{9: true, 10: false}, asked), nil)
	if line != "3 added to the calendar, 1 held" {
		t.Errorf("told: %s", line)
	}
	waiting := map[string]int{"held": 60, "parked": 1, "created_in_calendar": 5}
	if line := countsLine(&client.Run{Counts: map[string]int{"held": 0}}, nil, waiting); line != "60 held, 1 set aside" {
		t.Errorf("a quiet run with something left from before tells: %s", line)
	}
	if line := countsLine(&client.Run{}, nil, nil); !strings.Contains(line, "in step") {
		t.Errorf("told: %s", line)
	}
}
