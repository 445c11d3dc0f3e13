package ews

import (
	"encoding/json"
	"errors"
	"fmt"

	"tahti/internal/provider"
)

// cursorVersion is counted up when cursors of before cannot be read any more.
const cursorVersion = 1

// cursor is where a pull goes on: a SyncState, and which calendar it is of, which it does not show.
type cursor struct {
	Version int    `json:"v"`
	Made    string `json:"made"` // host and calendar
	State   string `json:"state"`
}

func (c *Calendar) cursor(state string) provider.Cursor {
	b, err := json.Marshal(cursor{cursorVersion, c.made, state})
	if err != nil {
		panic(fmt.Sprintf("marshal cursor: %v", err)) // strings: cannot be
	}
	return provider.Cursor(b)
}

// parseCursor answers CursorLost for what was made elsewhere, or in a way that is no more.
func (c *Calendar) parseCursor(s provider.Cursor) (string, error) {
	var k cursor
	err := json.Unmarshal([]byte(s), &k)
	switch {
	case err != nil:
	case k.Version != cursorVersion:
		err = fmt.Errorf("a cursor of version %d", k.Version)
	case k.Made != c.made:
		err = errors.New("the cursor was made for another calendar")
	case k.State == "":
		err = errors.New("a cursor without a state")
	}
	if err != nil {
		return "", &provider.Error{Op: opPull, Class: provider.CursorLost, Err: err}
	}
	return k.State, nil
}
