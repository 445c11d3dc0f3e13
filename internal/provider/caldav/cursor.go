package caldav

import (
	"encoding/json"
	"errors"
	"fmt"

	"tahti/internal/provider"
)

// cursor is where a pull goes on. Made names the collection that the token belongs to: DAViCal and SOGo answer a token
// that they never gave out with 207 and a part of the truth (providers.md 4.2), so a token made elsewhere, before a move or
// by another server, must never be sent.
type cursor struct {
	Kind  cursorKind `json:"kind"`
	Made  string     `json:"made"`
	Token string     `json:"token,omitempty"`
}

// cursorKind says what the token is.
type cursorKind string

const (
	bySync cursorKind = "sync" // DAV:sync-token; also in the middle of a paged answer
	byCTag cursorKind = "ctag" // the collection's ctag
	byList cursorKind = "list" // the server has neither: every pull lists
)

func (c *Calendar) cursor(kind cursorKind, token string) provider.Cursor {
	b, err := json.Marshal(cursor{Kind: kind, Made: c.made(), Token: token})
	if err != nil {
		panic(fmt.Sprintf("marshal cursor %q: %v", token, err)) // three strings: cannot be
	}
	return provider.Cursor(b)
}

// parseCursor answers CursorLost for what was made elsewhere or in a way that no longer holds.
func (c *Calendar) parseCursor(s provider.Cursor) (cursor, error) {
	lost := func(why error) error {
		return &provider.Error{Op: opPull, Class: provider.CursorLost, Err: why}
	}
	var k cursor
	if err := json.Unmarshal([]byte(s), &k); err != nil {
		return k, lost(err)
	}
	switch {
	case k.Made != c.made():
		return k, lost(fmt.Errorf("the cursor was made for %s", k.Made))
	case k.Kind == bySync && c.profile.Sync && k.Token != "",
		k.Kind == byCTag && !c.profile.Sync && c.profile.CTag && k.Token != "",
		k.Kind == byList && !c.profile.Sync && !c.profile.CTag:
		return k, nil
	}
	return k, lost(errors.New("the cursor was made under another profile"))
}

func (c *Calendar) made() string { return c.url.Host + c.path }
