package pipedrive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// activity is what we look at in an activity (client, ActivityItem). All else stays in raw.
type activity struct {
	ID         int64   `json:"id"`
	Subject    *string `json:"subject"`
	Type       string  `json:"type"`
	Owner      int64   `json:"owner_id"`
	Deleted    bool    `json:"is_deleted"`
	Updated    string  `json:"update_time"`
	Added      string  `json:"add_time"`
	Date       *string `json:"due_date"`
	Time       *string `json:"due_time"`
	Duration   *string `json:"duration"`
	Busy       *bool   `json:"busy"`
	Done       bool    `json:"done"`
	Location   *place  `json:"location"`
	Note       *string `json:"note"`
	Public     *string `json:"public_description"`
	Deal       *int64  `json:"deal_id"`
	Person     *int64  `json:"person_id"`
	Org        *int64  `json:"org_id"`
	Guests     []guest `json:"attendees"`
	Meeting    *string `json:"conference_meeting_url"`
	Private    *bool   `json:"private"` // [M]
	Attendance []struct {
		Person  int64 `json:"person_id"`
		Primary bool  `json:"primary"`
	} `json:"participants"`

	raw []byte
}

// place is an address, of which Value is all that a person typed.
type place struct {
	Value *string `json:"value"`
}

type guest struct {
	Email     *string `json:"email"`
	Name      *string `json:"name"`
	Status    *string `json:"status"`
	Organizer bool    `json:"is_organizer"`
	User      *int64  `json:"user_id"`
}

const (
	// maxText bounds each text of an activity that is taken in; Pipedrive's own bounds are lower where they are known.
	maxText   = 1 << 20
	maxGuests = 1000
)

func readActivity(raw []byte) (a activity, err error) {
	if err = json.Unmarshal(raw, &a); err == nil && a.ID <= 0 {
		err = fmt.Errorf("an activity without a number")
	}
	a.raw = raw
	return a, err
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func idOf(n *int64) string {
	if n == nil || *n == 0 {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func (a *activity) id() provider.RemoteID { return provider.RemoteID(strconv.FormatInt(a.ID, 10)) }

// tag is what tells two states of an activity apart: when it was changed, to the second, and a digest of what is looked at. It is the same
// whichever request the activity came with: answers to writes leave guests out, and those of an activity that has none.
func (a *activity) tag() string {
	looked := *a
	looked.raw = nil
	if len(looked.Guests) == 0 {
		looked.Guests = nil
	}
	b, err := json.Marshal(looked)
	if err != nil {
		panic(fmt.Sprintf("marshal activity: %v", err)) // plain values: cannot be
	}
	sum := sha256.Sum256(b)
	return a.Updated + " " + hex.EncodeToString(sum[:8])
}

// changedAt is the time in a tag; zero if it is none of ours.
func changedAt(tag string) time.Time {
	at, _, _ := strings.Cut(tag, " ")
	return instant(at)
}

func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// undated reports what is to be done some day: no event, and nobody's work here unless it was one.
func (a *activity) undated() bool { return a.Date == nil }

// masked reports an activity of which somebody else sees no more than when it is: it is called Private, and says nothing else (guide to
// calendar sync). One that its owner called so and left empty is taken for one, which hides nothing.
func (a *activity) masked(me int64) bool {
	if me != 0 && a.Owner == me {
		return false
	}
	if a.Private != nil {
		return *a.Private
	}
	return text(a.Subject) == "Private" && a.Deal == nil && a.Person == nil && a.Org == nil && a.Location == nil && a.Note == nil &&
		a.Public == nil && a.Meeting == nil && len(a.Guests) == 0 && len(a.Attendance) == 0
}

// item is an activity as the hub is told of it.
func (u *User) item(a *activity, skew time.Duration) provider.Item {
	it := provider.Item{ID: a.id(), State: provider.StateLive, Versions: provider.One(a.tag())}
	problem := func(code provider.ProblemCode, detail string) provider.Item {
		it.State, it.Problem = provider.StateUnreadable, &provider.Problem{Code: code, Detail: detail}
		return it
	}
	switch {
	case a.Deleted:
		return provider.Item{ID: it.ID, State: provider.StateGone}
	case a.Owner != u.id:
		it.State = provider.StateForbidden // somebody else's by now: leaving an owner is no deletion (I9)
		return it
	case a.undated():
		return problem(provider.NoDate, "")
	case len(text(a.Note)) > maxText || len(text(a.Public)) > maxText || len(text(a.Subject)) > maxText || len(a.Guests) > maxGuests:
		return problem(provider.TooLarge, "a text or the list of guests")
	}
	start, end, err := a.when()
	if err != nil {
		return problem(provider.BadSyntax, err.Error())
	}
	it.Raw = a.raw
	if at := instant(a.Updated); !at.IsZero() {
		it.Modified = at.Add(skew)
	}
	e := &it.Event
	e.UID = "activity-" + string(it.ID) + "@" + u.client.host()
	e.Start, e.End = start, end
	e.Known, it.Editable = calendar.Fields(calendar.When), 0
	if a.masked(u.profile.Me) {
		return it // of somebody else's private activity nothing else is known, and nothing may be written
	}
	e.Known, it.Editable = fields, fields&calendar.EitherSide
	e.Subject, e.Location = text(a.Subject), ""
	if a.Location != nil {
		e.Location = text(a.Location.Value)
	}
	e.Description, e.Busy = lines(text(a.Public)), a.Busy != nil && *a.Busy
	e.MeetingURL = text(a.Meeting)
	f := calendar.Facets{Type: calendar.Ref{ID: a.Type}, Done: a.Done, Note: text(a.Note)}
	f.Deal.ID, f.Person.ID, f.Org.ID = idOf(a.Deal), idOf(a.Person), idOf(a.Org)
	e.Facets = &f
	u.invited(a, &it)
	e.Normalize()
	return it
}

func lines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func (c *client) host() string {
	u, err := url.Parse(c.base)
	if err != nil {
		return c.base
	}
	return u.Hostname()
}

// answers of guests (guide to calendar sync, [M]).
var answers = map[string]calendar.Answer{
	"yes": calendar.Accepted, "accepted": calendar.Accepted, "no": calendar.Declined, "declined": calendar.Declined, "maybe": calendar.Maybe,
	"tentative": calendar.Maybe, "noreply": calendar.NeedsReply, "needsaction": calendar.NeedsReply,
}

// invited reads the guests, and who has invited them.
func (u *User) invited(a *activity, it *provider.Item) {
	e := &it.Event
	for _, g := range a.Guests {
		email := strings.ToLower(strings.TrimSpace(text(g.Email)))
		mine := g.User != nil && *g.User == a.Owner
		if g.Organizer {
			e.Organizer = calendar.Person{Email: email, Name: text(g.Name)}
			it.Invited = !mine && email != ""
			continue
		}
		answer := answers[strings.ToLower(text(g.Status))]
		if mine {
			e.Answer = answer
		} else if email != "" {
			it.WouldMail++
		}
		if email != "" && !slices.ContainsFunc(e.Guests, func(x calendar.Guest) bool { return x.Email == email }) {
			e.Guests = append(e.Guests, calendar.Guest{Person: calendar.Person{Email: email, Name: text(g.Name)}, Answer: answer})
		}
	}
	if it.Invited {
		it.Editable &^= calendar.OrganizerOwned
		it.WouldMail = 0
	}
}
