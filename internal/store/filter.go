package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"tahti/internal/crm"
)

// conditions collects what a list is narrowed by. Placeholders begin at $2, after the company.
type conditions struct {
	d    *dialect
	text []string
	args []any
}

// add takes a condition in which each %s is the placeholder of the next argument.
func (c *conditions) add(format string, args ...any) {
	marks := make([]any, len(args))
	for i, a := range args {
		c.args = append(c.args, a)
		marks[i] = fmt.Sprintf("$%d", len(c.args)+1)
	}
	c.text = append(c.text, fmt.Sprintf(format, marks...))
}

func (c *conditions) equal(column string, id ID) {
	if id != 0 {
		c.add(column+" = %s", id)
	}
}

func (c *conditions) flag(column string, b *bool) {
	if b != nil {
		c.add(column+" = %s", bit(*b))
	}
}

func (c *conditions) between(column string, from, to time.Time) {
	if !from.IsZero() {
		c.add(column+" >= %s", from.UnixMicro())
	}
	if !to.IsZero() {
		c.add(column+" < %s", to.UnixMicro())
	}
}

func (c *conditions) where() string {
	if len(c.text) == 0 {
		return "true"
	}
	return strings.Join(c.text, " AND ")
}

// takesPart is asked of each activity in the order of a list, so that a page costs no more than what lies before its end.
const takesPart = "EXISTS (SELECT 1 FROM participant WHERE participant.company = activity.company AND participant.activity = activity.id" +
	" AND participant.member = %s)"

func (c *conditions) activities(f *ActivityFilter) {
	c.equal("owner", f.Owner)
	if f.Concerns != 0 {
		c.add("(owner = %s OR "+takesPart+")", f.Concerns, f.Concerns)
	}
	c.equal("deal", f.Deal)
	c.equal("person", f.Person)
	c.equal("org", f.Org)
	c.flag("done", f.Done)
	c.flag("recurring", f.Recurring)
	if len(f.Types) > 0 {
		args := make([]any, len(f.Types))
		for i, t := range f.Types {
			args[i] = t
		}
		c.add("type IN ("+strings.Repeat("%s, ", len(args)-1)+"%s)", args...)
	}
	if len(f.IDs) > 0 {
		in, arg := c.d.inList("%s", f.IDs)
		c.add("id IN "+in, arg)
	}
	if !f.From.IsZero() || !f.To.IsZero() {
		c.text = append(c.text, "kind <> 'none'")
	}
	c.between("start_at", f.From, f.To)
	c.between("updated", f.UpdatedSince, f.UpdatedTill)
	if !f.Deleted {
		c.text = append(c.text, "deleted = 0")
	}
}

// activityOrder is the columns that lists can be sorted by; the id decides between equals. An activity without a date
// sorts as if it were in 1970.
var activityOrder = map[string]string{"": "id", "id": "id", "start": "start_at", "updated": "updated", "created": "created"}

// Activities lists what fits the filter, a page at a time. next is the cursor of the following page, empty on the last one.
// It names the last row that was given, so what is added or changed between pages moves no other row.
func (tx *Tx) Activities(ctx context.Context, f ActivityFilter) (page []crm.Activity, next string, err error) {
	column, ok := activityOrder[f.Sort]
	if !ok {
		return nil, "", fmt.Errorf("list activities: nothing is sorted by %q", f.Sort)
	}
	c := conditions{d: tx.db.dialect}
	c.activities(&f)
	compare, direction := ">", ""
	if f.Desc {
		compare, direction = "<", " DESC"
	}
	if f.After != "" {
		p, err := parsePosition(f.After, column+direction)
		if err != nil {
			return nil, "", fmt.Errorf("list activities: %w", err)
		}
		if column == "id" {
			c.add("id "+compare+" %s", p.id)
		} else {
			c.add("("+column+", id) "+compare+" (%s, %s)", p.key, p.id)
		}
	}
	limit := limited(f.Limit)
	order := " ORDER BY id" + direction
	if column != "id" {
		order = fmt.Sprintf(" ORDER BY %s%s, id%s", column, direction, direction)
	}
	args := append(c.args, limit+1)
	page, err = tx.activities(ctx, c.where()+order+fmt.Sprintf(" LIMIT $%d", len(args)+1), args...)
	if err != nil {
		return nil, "", fmt.Errorf("list activities: %w", err)
	}
	if int64(len(page)) > limit {
		page = page[:limit]
		next = positionOf(&page[limit-1], column).String(column + direction)
	}
	return page, next, nil
}

// CountActivities counts what fits the filter, on all pages.
func (tx *Tx) CountActivities(ctx context.Context, f ActivityFilter) (int, error) {
	c := conditions{d: tx.db.dialect}
	c.activities(&f)
	var n int
	err := tx.one(ctx, "SELECT count(*) FROM activity WHERE company = $1 AND "+c.where(),
		append([]any{tx.company}, c.args...), []any{&n})
	return n, wrap(err, "count activities")
}

// position is the place of a row in a sorted list.
type position struct{ key, id int64 }

func positionOf(a *crm.Activity, column string) position {
	p := position{id: a.ID}
	switch column {
	case "start_at":
		p.key = planned(a.Plan.Start)
	case "updated":
		p.key = micros(a.UpdatedAt)
	case "created":
		p.key = micros(a.CreatedAt)
	}
	return p
}

func (p position) String(order string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d:%d", order, p.key, p.id))
}

func parsePosition(s, order string) (p position, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	rest, ok := strings.CutPrefix(string(b), order+":")
	if !ok {
		return p, ErrCursor
	}
	if _, err := fmt.Sscanf(rest, "%d:%d", &p.key, &p.id); err != nil || p.String(order) != s {
		return p, ErrCursor
	}
	return p, nil
}
