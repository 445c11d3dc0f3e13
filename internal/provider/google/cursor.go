package google

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"tahti/internal/provider"
)

// cursorVersion rises when cursors made before it can no longer be gone on with.
const cursorVersion = 1

// cursor is where a pull goes on. A token is good only with the very parameters that it was made under (providers.md 1.5): they
// stand beside it, so that a program which asks differently starts again.
type cursor struct {
	Version  int    `json:"v"`
	Calendar string `json:"calendar"`
	Params   string `json:"params"`
	Token    string `json:"token"`
	Page     string `json:"page,omitempty"` // in the middle of what changed since the token
	Made     int64  `json:"made"`           // seconds since 1970: when the token was given
}

// tokenAge is how old a token is let become where nothing changes. Google gives a new one with each answer, and saving each would
// make a write of every quiet run (I3); one that is never renewed runs out.
const tokenAge = 24 * time.Hour

// listParams are the parameters of every list of changes. Birthdays and working locations are no appointments and are not asked
// for. singleEvents=false gives series as such, and cancelled occurrences with them. showDeleted is left out: false is not
// allowed with a token, and a first list is complete without what is gone.
func listParams() url.Values {
	return url.Values{
		"eventTypes":   {"default", "focusTime", "fromGmail", "outOfOffice"},
		"maxResults":   {"2500"},
		"singleEvents": {"false"},
	}
}

func (c *Calendar) cursor(token, page string) provider.Cursor {
	k := cursor{Version: cursorVersion, Calendar: c.id, Params: listParams().Encode(), Token: token, Page: page, Made: c.client.now().Unix()}
	b, err := json.Marshal(k)
	if err != nil {
		panic(fmt.Sprintf("marshal cursor %q: %v", token, err)) // plain strings: cannot be
	}
	return provider.Cursor(b)
}

// parseCursor answers CursorLost for what was made for another calendar or under other parameters.
func (c *Calendar) parseCursor(s provider.Cursor) (cursor, error) {
	var k cursor
	err := json.Unmarshal([]byte(s), &k)
	switch {
	case err != nil:
	case k.Version != cursorVersion || k.Params != listParams().Encode():
		err = errors.New("the cursor was made under other parameters")
	case k.Calendar != c.id:
		err = errors.New("the cursor was made for another calendar")
	case k.Token == "":
		err = errors.New("the cursor holds no token")
	}
	if err != nil {
		return k, &provider.Error{Op: opPull, Class: provider.CursorLost, Err: err}
	}
	return k, nil
}
