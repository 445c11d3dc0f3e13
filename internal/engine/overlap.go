package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
	"tahti/internal/match"
	"tahti/internal/merge"
	"tahti/internal/othersync"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Overlap is what a calendar and a user's activities hold that is not tied, and which of it is the same: what another sync has made on
// both sides. Nothing is written to find it.
type Overlap struct {
	Events     []There
	Activities []Here
	match.Result
	// Tool is the sync that left most traces in what is there; none where there are none.
	Tool    othersync.Tool
	capable provider.Capabilities
	zone    string // of the user
	// settled is what stays beside the other side: a series and its dates, of which a person has said so.
	settled settled
}

type settled struct {
	there map[string]bool
	here  map[store.ID]bool
}

// There is an item of the calendar.
type There struct {
	Item provider.Item
	// Print names what it says: it is another one as soon as somebody edits it.
	Print string
}

// Here is an activity.
type Here struct {
	Activity crm.Activity
	Names    []string
}

// ErrTooMuch is a calendar or a CRM that holds more than can be compared at once.
var ErrTooMuch = errors.New("there is more than can be compared")

// maxCompared bounds the items of a side.
const maxCompared = 50_000

// Overlap looks at both sides as they are now, whatever the connection's starting point. Errors: those of the provider, ErrTooMuch.
func (e *Engine) Overlap(ctx context.Context, t Target) (*Overlap, error) {
	r := e.newRun(t)
	r.capable = t.Remote.Capabilities()
	o := &Overlap{capable: r.capable, settled: settled{map[string]bool{}, map[store.ID]bool{}}}
	said, noted := match.Apart{}, match.Noted{}
	err := e.Store.View(ctx, t.Company, func(tx Tx) error {
		if err := r.bench.load(ctx, tx, t.Connection); err != nil {
			return err
		}
		list, err := tx.Twins(ctx, t.Connection)
		for _, w := range list {
			pair := [2]string{w.Remote, strconv.FormatInt(w.Activity, 10)}
			switch w.State {
			case store.TwinOpen:
				noted[pair] = true
			case store.TwinApart:
				said[pair] = true
			case store.TwinDates:
				o.settled.there[w.Remote], o.settled.here[w.Activity] = true, true
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	o.zone = r.user.TimeZone
	if err := r.allThere(ctx, o); err != nil {
		return nil, err
	}
	if err := r.allHere(ctx, o); err != nil {
		return nil, fmt.Errorf("list activities: %w", err)
	}
	there := make([]match.Item, len(o.Events))
	for i := range o.Events {
		there[i] = itemThere(&o.Events[i].Item, r.now())
	}
	o.Result = match.Match(there, o.itemsHere(r.now()), said, noted, func(t, h int) bool {
		return oneMeeting(&o.Activities[h].Activity.Plan, &o.Events[t].Item.Event)
	})
	o.Tool = o.toolOf()
	return o, nil
}

// itemsHere are the activities as they are told from each other.
func (o *Overlap) itemsHere(now time.Time) []match.Item {
	here := make([]match.Item, len(o.Activities))
	for i := range o.Activities {
		here[i] = itemHere(&o.Activities[i].Activity, o.Activities[i].Names, now)
	}
	return here
}

// itemHere is an activity as it is told from others, and from itself after an edit.
func itemHere(a *crm.Activity, names []string, now time.Time) match.Item {
	item := asItem(strconv.FormatInt(a.ID, 10), &a.Plan, names, now)
	item.Print = contentOf(a)
	return item
}

// printOf names what an event says, apart from what it is called.
func printOf(e calendar.Event) string {
	e.UID = ""
	return lens.Fingerprint(&e)
}

// contentOf names all that an activity says: two that say the same are not told apart by anybody.
func contentOf(a *crm.Activity) string {
	c := a.Clone()
	text, err := json.Marshal([]any{c.Type, c.Note, c.Done, c.Visibility, c.Priority, c.DealID, c.PersonID, c.OrgID, c.Occurrences, c.Origin})
	if err != nil {
		panic(fmt.Sprintf("activity cannot be written as JSON: %v", err)) // plain values only
	}
	return printOf(c.Plan) + string(text)
}

// allThere lists the calendar, and reads what was only listed.
func (r *run) allThere(ctx context.Context, o *Overlap) error {
	seen := map[provider.RemoteID]bool{} // a listing may show an item twice
	cursor := provider.Cursor("")
	for range maxPages {
		p, err := r.t.Remote.Pull(ctx, cursor, func(provider.RemoteID) provider.Versions { return nil })
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		items, next, more, _ := takeApart(p)
		for len(items) > 0 {
			n := min(len(items), batchSize)
			if err := r.addThere(ctx, o, items[:n], seen); err != nil {
				return err
			}
			items = items[n:]
		}
		if cursor = next; !more {
			return nil
		}
	}
	return fmt.Errorf("list: more than %d pages", maxPages)
}

func (r *run) addThere(ctx context.Context, o *Overlap, items []provider.Item, seen map[provider.RemoteID]bool) error {
	read, err := r.readListed(ctx, items)
	if err != nil {
		return err
	}
	var free []There
	err = r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
		free = nil
		for _, it := range items {
			if got, ok := read[it.ID]; ok {
				it = got
			}
			if it.State != provider.StateLive || seen[it.ID] || o.settled.there[string(it.ID)] || r.keptOut(&it.Event) {
				continue
			}
			_, err := tx.LinkByRemote(ctx, r.connection.ID, string(it.ID))
			switch {
			case err == nil:
				continue
			case !isNotFound(err):
				return err
			}
			free = append(free, There{Item: it, Print: lens.Fingerprint(&it.Event)})
		}
		return nil
	})
	for _, it := range free {
		if !seen[it.Item.ID] {
			seen[it.Item.ID] = true
			o.Events = append(o.Events, it)
		}
	}
	if err == nil && len(o.Events) > maxCompared {
		err = ErrTooMuch
	}
	return err
}

// allHere lists the activities of the user that are not tied.
func (r *run) allHere(ctx context.Context, o *Overlap) error {
	f := store.ActivityFilter{Owner: r.connection.Member, Limit: batchSize, Sort: "id"}
	for {
		var untied []Here
		var after string
		err := r.e.Store.View(ctx, r.t.Company, func(tx Tx) error {
			list, next, err := tx.Activities(ctx, f)
			if err != nil {
				return err
			}
			untied, after = nil, next
			for _, a := range list {
				free, err := r.free(ctx, tx, &a)
				if err != nil {
					return err
				}
				if !free || a.Plan.Start.IsZero() || o.settled.here[a.ID] {
					continue
				}
				names, err := r.namesOf(ctx, tx, &a)
				if err != nil {
					return err
				}
				untied = append(untied, Here{Activity: a, Names: names})
			}
			return nil
		})
		if o.Activities = append(o.Activities, untied...); len(o.Activities) > maxCompared {
			err = errors.Join(err, ErrTooMuch)
		}
		if f.After = after; err != nil || after == "" {
			return err
		}
	}
}

// fewTraces is how many events have to carry a trace before it is said whose it is.
const fewTraces = 3

// toolOf finds out which sync it was. Pipedrive leaves no trace but its titles: names of what an activity belongs to, before and behind
// the subject.
func (o *Overlap) toolOf() othersync.Tool {
	count := map[othersync.Tool]int{}
	for i := range o.Events {
		if trace, ok := othersync.Of(o.Events[i].Item.Raw, &o.Events[i].Item.Event); ok {
			count[trace.Tool]++
		}
	}
	for _, p := range o.Matched {
		if p.Frame.Named() {
			count[othersync.Pipedrive]++
		}
	}
	best := othersync.None
	for _, tool := range othersync.Tools {
		if n := count[tool]; n >= fewTraces && n > count[best] {
			best = tool
		}
	}
	return best
}

// Differs are the fields in which the sides of a matched pair say different things, apart from what stands around the subject. What each
// belongs to is not compared: nobody knows yet what it is on the other side.
func (o *Overlap) Differs(p match.Pair) []calendar.Field {
	activity, e := &o.Activities[p.Here].Activity, o.Events[p.There].Item.Event
	a := activity.Plan.Clone()
	bare, _, _ := lens.Land(&e, lens.Frame{Prefix: p.Frame.Prefix, Suffix: p.Frame.Suffix, Block: lens.BlockIn(&e)})
	onClockOf(&a, &bare, &o.capable, o.zone)
	a.Known = calendar.AllFields
	a.Normalize()
	lens.AddFacets(&a, activity, activity.OwnerID, o.capable.Fields, calendar.Facets{})
	return merge.Diff(&a, &bare).Only(evened & o.capable.Fields).Fields().List()
}

// InstantOf is a time as an instant; of a whole day, and of what has no zone, as it is filed: as if it were UTC.
func InstantOf(t calendar.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return filedAt(t)
}
