package engine

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/match"
	"tahti/internal/provider"
	"tahti/internal/recur"
	"tahti/internal/store"
)

// Where nothing repeats, another sync has made an item of each date of a series. They are one thing told twice, and cannot be tied: a
// series has one item on each side. So they are noted as twins like any other, and asked about together. Once a person has said that they
// are the same, both stay as they are, and neither follows the other.

// maxDates bounds the dates of a series that are looked at: those from a year ago on.
const maxDates = 1100

// datesFrom is how long ago dates are of interest.
const datesFrom = -366 * 24 * time.Hour

// datesOf are the starts of the dates of a series, as they are filed.
func datesOf(e *calendar.Event, now time.Time) []time.Time {
	from, first := now.Add(datesFrom), filedAt(e.Start)
	if from.Before(first) {
		from = first
	}
	list, _, err := recur.Expand(e, from, from.AddDate(4, 0, 0), time.UTC, maxDates)
	if err != nil {
		return nil // what nobody can expand has no dates to be compared; it is set aside where it is written
	}
	dates := make([]time.Time, len(list))
	for i := range list {
		dates[i] = list[i].Start
	}
	return dates
}

// onDates answers for the dates of a series, which are read off once somebody asks.
func onDates(e *calendar.Event, now time.Time) func(time.Time) bool {
	if !e.IsSeries() {
		return nil
	}
	var on map[int64]bool
	return func(t time.Time) bool {
		if on == nil {
			on = map[int64]bool{}
			for _, d := range datesOf(e, now) {
				on[d.Unix()] = true
			}
		}
		return on[t.Unix()]
	}
}

// oldDates are when a user's activities were that are older than the connection: of single ones that there is one, of series which.
type oldDates struct {
	single map[int64]bool
	series map[int64][]*oldSeries
}

// oldSeries is an activity that repeats.
type oldSeries struct {
	id   store.ID
	item match.Item
}

// readOldDates reads them before a connection begins: a start is the only time at which all of both sides is looked at.
func (r *run) readOldDates(ctx context.Context) error {
	if r.connection.Baselined {
		return nil
	}
	old := &oldDates{map[int64]bool{}, map[int64][]*oldSeries{}}
	f := store.ActivityFilter{Owner: r.connection.Member, Limit: batchSize, Sort: "id"}
	for {
		err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
			list, after, err := tx.Activities(ctx, f)
			for i := range list {
				if err := r.addOldDate(ctx, tx, old, &list[i]); err != nil {
					return err
				}
			}
			f.After = after
			return err
		})
		if err != nil {
			return fmt.Errorf("read dates of activities: %w", err)
		}
		if f.After == "" {
			r.old = old
			return nil
		}
	}
}

func (r *run) addOldDate(ctx context.Context, tx Tx, old *oldDates, a *crm.Activity) error {
	if !r.oldHere(a) || a.Plan.Start.IsZero() {
		return nil
	}
	if !a.Plan.IsSeries() {
		old.single[filedAt(a.Plan.Start).Unix()] = true
		return nil
	}
	names, err := r.namesOf(ctx, tx, a)
	if err != nil {
		return err
	}
	s := &oldSeries{a.ID, asItem(strconv.FormatInt(a.ID, 10), &a.Plan, names, r.now())}
	for _, d := range datesOf(&a.Plan, r.now()) {
		old.series[d.Unix()] = append(old.series[d.Unix()], s)
	}
	return nil
}

// datesHere are the activities that are dates of an item, or whose date it is.
func (r *run) datesHere(ctx context.Context, tx Tx, it *provider.Item, event *match.Item) (found []store.ID, err error) {
	if r.old == nil {
		return nil, nil
	}
	if !it.Event.IsSeries() {
		return r.seriesOf(ctx, tx, event)
	}
	for _, at := range datesOf(&it.Event, r.now()) {
		if !r.old.single[at.Unix()] {
			continue
		}
		list, err := tx.ActivitiesAt(ctx, r.connection.Member, at)
		if err != nil {
			return nil, err
		}
		for i := range list {
			is, err := r.isDate(ctx, tx, &list[i], event)
			if err != nil {
				return nil, err
			}
			if is {
				found = append(found, list[i].ID)
			}
		}
	}
	return found, nil
}

// isDate reports that an activity which nothing is tied to is a date of a series in the calendar.
func (r *run) isDate(ctx context.Context, tx Tx, a *crm.Activity, series *match.Item) (bool, error) {
	if !r.oldHere(a) {
		return false, nil
	}
	names, err := r.namesOf(ctx, tx, a)
	if err != nil {
		return false, err
	}
	single := asItem("", &a.Plan, names, r.now())
	if !match.DateOf(&single, series) {
		return false, nil
	}
	return r.free(ctx, tx, a)
}

// seriesOf are the activities of which an item is a date.
func (r *run) seriesOf(ctx context.Context, tx Tx, single *match.Item) (found []store.ID, err error) {
	for _, s := range r.old.series[single.Start.Unix()] {
		if !match.DateOf(single, &s.item) {
			continue
		}
		a, err := tx.Activity(ctx, s.id)
		if err != nil {
			return nil, err
		}
		if free, err := r.free(ctx, tx, &a); err != nil {
			return nil, err
		} else if free {
			found = append(found, s.id)
		}
	}
	return found, nil
}

// leaveDates lets them be. What a person has said stands, whatever they look like, and whatever leave was given before it was said.
func (r *run) leaveDates(ctx context.Context, tx Tx, s *situation, d direction) (bool, error) {
	kept, err := r.keptAsDates(ctx, tx, s, d)
	if err != nil || !kept {
		return false, err
	}
	return true, r.refuse(ctx, tx, s)
}

// keptAsDates reports that a person has said that what is to be made are dates of a series that is on the other side, or the series whose
// dates are.
func (r *run) keptAsDates(ctx context.Context, tx Tx, s *situation, d direction) (bool, error) {
	if s.link != nil {
		return false, nil
	}
	var twins []store.Twin
	var err error
	switch {
	case d == out:
		twins, err = tx.TwinsOf(ctx, r.connection.ID, "", s.activity.ID)
	case s.item.ID != "":
		twins, err = r.twinsOf(ctx, tx, s)
	}
	if err != nil {
		return false, err
	}
	for _, w := range twins {
		if w.State != store.TwinDates {
			continue
		}
		a, err := tx.Activity(ctx, w.Activity)
		if err != nil || !a.Deleted() {
			return err == nil, err
		}
	}
	return false, nil
}
