package hub

import (
	"context"
	"fmt"
	"slices"

	"tahti/internal/crm"
	"tahti/internal/store"
)

// Page is a part of a list, as its viewer may see it.
type Page struct {
	Items []Shown
	Next  string // cursor of the next page; empty at the end
}

// The bounds of a list.
const (
	DefaultPage = 100
	MaxPage     = 500
	// maxRounds bounds how often a page is filled up where masked rows fell out; a page may then be short, and Next leads on.
	maxRounds = 40
	// maxCounted is how many rows are looked at where a count has to look at each.
	maxCounted = 5_000
)

// aboutDetails reports whether a filter looks at what a masked activity does not show. Such a filter never finds one: that it
// was found would tell what it is. Dates, owner and the times of the row are shown of every activity, and so may be
// filtered and sorted by.
func aboutDetails(f *store.ActivityFilter) bool {
	return f.Deal != 0 || f.Person != 0 || f.Org != 0 || len(f.Types) > 0 || f.Done != nil
}

// List gives a page of activities as the viewer may see them. Limit is at most [MaxPage].
func (h *Hub) List(ctx context.Context, tx Tx, viewer crm.User, f store.ActivityFilter) (Page, error) {
	if f.Limit <= 0 {
		f.Limit = DefaultPage
	}
	want := min(f.Limit, MaxPage)
	details := aboutDetails(&f)
	page := Page{Items: make([]Shown, 0, want)}
	for range maxRounds {
		// Never more rows than are wanted: the cursor then stands right behind the last one that is shown.
		f.Limit = want - len(page.Items)
		rows, next, err := tx.Activities(ctx, f)
		if err != nil {
			return Page{}, fmt.Errorf("list activities: %w", err)
		}
		for _, a := range rows {
			shown, err := h.showRow(ctx, tx, viewer, a)
			if err != nil {
				return Page{}, err
			}
			if !details || !shown.Masked {
				page.Items = append(page.Items, shown)
			}
		}
		page.Next, f.After = next, next
		if next == "" || len(page.Items) == want {
			break
		}
	}
	return page, nil
}

// Get reads one activity as the viewer may see it; also a deleted one, which whoever asks has to look at.
func (h *Hub) Get(ctx context.Context, tx Tx, viewer crm.User, id store.ID) (Shown, error) {
	a, err := tx.Activity(ctx, id)
	if err != nil {
		return Shown{}, err
	}
	return h.showRow(ctx, tx, viewer, a)
}

func (h *Hub) showRow(ctx context.Context, tx Tx, viewer crm.User, a crm.Activity) (Shown, error) {
	var parts []crm.Participant
	if a.OwnerID != viewer.ID { // an owner sees everything, whoever takes part
		var err error
		if parts, err = h.parts(ctx, tx, &a); err != nil {
			return Shown{}, err
		}
	}
	return h.Show(viewer, a, parts), nil
}

// Count is how many activities a list has for the viewer. more says that there are more than were counted.
func (h *Hub) Count(ctx context.Context, tx Tx, viewer crm.User, f store.ActivityFilter) (n int, more bool, err error) {
	f.After, f.Limit = "", 0
	if !aboutDetails(&f) || f.Owner == viewer.ID {
		n, err = tx.CountActivities(ctx, f)
		if err != nil {
			return 0, false, fmt.Errorf("count activities: %w", err)
		}
		return n, false, nil
	}
	f.Limit = MaxPage
	for seen := 0; ; {
		rows, next, err := tx.Activities(ctx, f)
		if err != nil {
			return 0, false, fmt.Errorf("count activities: %w", err)
		}
		for _, a := range rows {
			shown, err := h.showRow(ctx, tx, viewer, a)
			if err != nil {
				return 0, false, err
			}
			if !shown.Masked {
				n++
			}
		}
		seen += len(rows)
		if next == "" || seen >= maxCounted {
			return n, next != "", nil
		}
		f.After = next
	}
}

// Hidden is how many activities the filters of a list keep from view: what the banner says. without is the same filter with
// those taken off that the banner's button clears.
func (h *Hub) Hidden(ctx context.Context, tx Tx, viewer crm.User, with, without store.ActivityFilter) (n int, more bool, err error) {
	shown, moreShown, err := h.Count(ctx, tx, viewer, with)
	if err != nil {
		return 0, false, err
	}
	all, moreAll, err := h.Count(ctx, tx, viewer, without)
	if err != nil {
		return 0, false, err
	}
	return max(all-shown, 0), moreShown || moreAll, nil
}

// HistoryOf lists history as the viewer may see it, newest first. connection and activity of 0 do not filter.
func (h *Hub) HistoryOf(
	ctx context.Context, tx Tx, viewer crm.User, connection, activity, before store.ID, limit int,
) ([]store.History, error) {
	rows, err := tx.ListHistory(ctx, connection, activity, before, min(limit, MaxPage))
	if err != nil {
		return nil, fmt.Errorf("list history: %w", err)
	}
	look := h.looker(ctx, tx, viewer)
	for i, row := range rows {
		if row.Activity == 0 {
			continue
		}
		a, parts, err := look(row.Activity)
		if err != nil {
			return nil, err
		}
		member, err := memberOf(ctx, tx, row.Connection)
		if err != nil {
			return nil, err
		}
		rows[i] = h.ShowHistory(viewer, a, parts, row, member)
	}
	return rows, nil
}

// ConflictsOf lists the conflicts that concern a member, by their activities or their calendars, as the viewer may see them;
// member 0: all.
func (h *Hub) ConflictsOf(
	ctx context.Context, tx Tx, viewer crm.User, member, before store.ID, limit int,
) ([]store.Conflict, error) {
	rows, err := tx.Conflicts(ctx, member, before, min(limit, MaxPage))
	if err != nil {
		return nil, fmt.Errorf("list conflicts: %w", err)
	}
	look := h.looker(ctx, tx, viewer)
	for i, c := range rows {
		a, parts, err := look(c.Activity)
		if err != nil {
			return nil, err
		}
		member, err := memberOf(ctx, tx, c.Connection)
		if err != nil {
			return nil, err
		}
		rows[i] = h.ShowConflict(viewer, a, parts, c, member)
	}
	return rows, nil
}

// looker reads the activities that rows are about, each once. One that is no longer there has no owner, and so shows nothing.
func (h *Hub) looker(ctx context.Context, tx Tx, viewer crm.User) func(store.ID) (crm.Activity, []crm.Participant, error) {
	type known struct {
		activity crm.Activity
		parts    []crm.Participant
	}
	seen := map[store.ID]known{}
	return func(id store.ID) (crm.Activity, []crm.Participant, error) {
		if k, ok := seen[id]; ok {
			return k.activity, k.parts, nil
		}
		var k known
		var err error
		k.activity, err = tx.Activity(ctx, id)
		switch {
		case isNotFound(err):
			k.activity.Plan.Private = true
		case err != nil:
			return k.activity, nil, fmt.Errorf("read activity: %w", err)
		case k.activity.OwnerID != viewer.ID:
			if k.parts, err = h.parts(ctx, tx, &k.activity); err != nil {
				return k.activity, nil, err
			}
		}
		seen[id] = k
		return k.activity, slices.Clone(k.parts), nil
	}
}
