package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tahti/internal/provider"
)

// cursorVersion is counted up when cursors of before cannot be read any more.
const cursorVersion = 1

// cursor is where a pull goes on: a link, and the parameters that it was made under. They are baked into the link, which does
// not show them.
type cursor struct {
	Version int    `json:"v"`
	Made    string `json:"made"` // host and calendar
	// From, To is the window, At when it was opened.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	At   time.Time `json:"at"`
	Link string    `json:"link"`
	// Mid: the link is a nextLink, within a round.
	Mid bool `json:"mid,omitempty"`
}

func (k cursor) text() provider.Cursor {
	b, err := json.Marshal(k)
	if err != nil {
		panic(fmt.Sprintf("marshal cursor %+v: %v", k, err)) // strings and times of four-digit years: cannot be
	}
	return provider.Cursor(b)
}

// parseCursor answers CursorLost for what was made elsewhere, or in a way that is no more.
func (c *Calendar) parseCursor(s provider.Cursor) (cursor, error) {
	var k cursor
	err := json.Unmarshal([]byte(s), &k)
	switch {
	case err != nil:
	case k.Version != cursorVersion:
		err = fmt.Errorf("a cursor of version %d", k.Version)
	case k.Made != c.made:
		err = fmt.Errorf("the cursor was made for %s", k.Made)
	case k.Link == "":
		err = errors.New("a cursor without a link")
	default:
		_, err = c.client.resolve(k.Link)
	}
	if err != nil {
		return k, &provider.Error{Op: opPull, Class: provider.CursorLost, Err: err}
	}
	return k, nil
}

// window is a cursor that opens a window around now.
func (c *Calendar) window() cursor {
	now := c.client.now().UTC().Truncate(time.Second)
	return cursor{Version: cursorVersion, Made: c.made, From: now.Add(-c.back), To: now.Add(c.ahead), At: now}
}

// Shows implements [provider.Windowed].
func (c *Calendar) Shows(since provider.Cursor) provider.Range {
	k, err := c.parseCursor(since)
	if err != nil || c.old(k) {
		k = c.window() // the next pull opens another one
	}
	return provider.Range{From: k.From, To: k.To}
}

// old reports that a window is to be moved: a week of the time to come has slipped in behind it, or the clock or the
// settings were set back.
func (c *Calendar) old(k cursor) bool {
	age := c.client.now().Sub(k.At)
	return !k.Mid && (age >= c.step || age < -day)
}
