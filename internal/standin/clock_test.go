package standin

import (
	"strings"
	"testing"
	"time"
)

func TestAClockCallsWhatComesDueInItsOrder(t *testing.T) {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	c, said := NewClock(start), []string{}
	say := func(word string) func() {
		return func() { said = append(said, word+c.Now().Sub(start).String()) }
	}
	c.AfterFunc(3*time.Second, say("b"))
	c.AfterFunc(time.Second, func() {
		say("a")()
		c.AfterFunc(time.Second, say("then"))
	})
	c.AfterFunc(time.Hour, say("late"))
	c.Advance(3 * time.Second)
	if got := strings.Join(said, " "); got != "a1s then2s b3s" || c.Now() != start.Add(3*time.Second) {
		t.Errorf("%s, at %s", got, c.Now())
	}
	c.Advance(time.Hour)
	if got := said[len(said)-1]; got != "late1h0m0s" || c.Now() != start.Add(time.Hour+3*time.Second) {
		t.Errorf("%s, at %s", got, c.Now())
	}
}
