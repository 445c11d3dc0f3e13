package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Mark is where one calendar is in a feed; it makes its [Cursor].
type Mark struct {
	// At: what changed before it, by the provider's clock, is stored.
	At time.Time `json:"at"`
	// Heard is what has been told within the last [Lap] before At, as the feed will tell it again.
	Heard []string `json:"heard,omitempty"`
}

const (
	// stride is how long a calendar of which nothing changes stays where it is: each step is a row to write (I3), and what lies
	// between is told from memory.
	stride = time.Hour
	// maxPassed is after how many changes of others it moves on earlier: they are looked at each time.
	maxPassed = 50
	// maxHeard bounds what is noted; what is not is told once more.
	maxHeard = 500
)

// ParseMark reads what [Mark.Cursor] wrote.
func ParseMark(c Cursor) (m Mark, err error) {
	if err = json.Unmarshal([]byte(c), &m); err == nil && m.At.IsZero() {
		err = fmt.Errorf("a mark without an instant")
	}
	return m, err
}

// Cursor is the stored form.
func (m Mark) Cursor() Cursor {
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("marshal mark %v: %v", m, err)) // plain values: cannot be
	}
	return Cursor(b)
}

func heard(c *Changed) string {
	sum := sha256.Sum256([]byte(string(c.ID) + "\x00" + c.Tag))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// News are the changes that the calendar has not been told of.
func (m Mark) News(t Told) []Changed {
	return slices.DeleteFunc(slices.Clone(t.Changes), func(c Changed) bool { return slices.Contains(m.Heard, heard(&c)) })
}

// Next is where the calendar is once what concerns it has been stored, out of what it was told.
func (m Mark) Next(t Told, concerning []Changed) Mark {
	if !t.To.After(m.At) && len(concerning) == 0 ||
		len(concerning) == 0 && !t.More && t.To.Sub(m.At) < stride && len(t.Changes) < maxPassed {
		return m
	}
	next := Mark{At: later(m.At, t.To)}
	from := next.At.Add(-Lap)
	note := func(c *Changed) {
		if h := heard(c); !c.At.Before(from) && len(next.Heard) < maxHeard && !slices.Contains(next.Heard, h) {
			next.Heard = append(next.Heard, h)
		}
	}
	for i := range concerning {
		note(&concerning[i])
	}
	for i := range t.Changes {
		if c := &t.Changes[i]; slices.Contains(m.Heard, heard(c)) {
			note(c)
		}
	}
	return next
}
