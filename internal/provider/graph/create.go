package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

// create makes an event under its key: as transactionId, so that Graph itself refuses a second one, and as a property, by which it is
// found.
func (c *Calendar) create(ctx context.Context, w provider.Put) (provider.Item, error) {
	if !lawful(w.Key) {
		return provider.Item{}, rejected(opPut, "", errNoKey)
	}
	e, fields := outlook.Said(&w)
	if !fields.Has(calendar.When) {
		return provider.Item{}, rejected(opPut, "", errNoTime)
	}
	p, err := c.render(fields, &e.Values, nil)
	if err != nil {
		return provider.Item{}, err
	}
	if e.IsSeries() {
		if err := c.pattern(p, &e, nil); err != nil {
			return provider.Item{}, err
		}
		if err := outlook.Crossing(&e); err != nil {
			return provider.Item{}, err
		}
	}
	p["transactionId"] = string(w.Key)
	properties(p, &e, w.Key)
	q := call{op: opPut, method: http.MethodPost, at: c.path + "/events", body: p, write: true}
	a, err := c.client.send(ctx, q)
	if err != nil {
		if isCode(err, duplicateCodes...) {
			return c.earlier(ctx, &w, &e, err)
		}
		return provider.Item{}, err
	}
	made, err := c.madeBy(q, a, p)
	if err != nil {
		return provider.Item{}, err
	}
	if made.Found = c.before(a, &made, &e, fields); made.Found || len(e.Overrides)+len(e.Cancelled) == 0 {
		return made.Item, nil
	}
	goal := made.Event.Clone() // what was not said is as Graph has it
	goal.Overrides, goal.Cancelled = e.Overrides, e.Cancelled
	goal.Normalize()
	it, err := c.finish(ctx, made.Item, &goal, true)
	if err != nil && provider.ClassOf(err) == provider.Rejected {
		err = c.undo(ctx, made.ID, err)
	}
	return it, err
}

var errNoTime = errors.New("an event without a known time")

// undo takes a creation back whose occurrences Graph does not take: nobody has seen it, and the half of it would come in as
// somebody's event.
func (c *Calendar) undo(ctx context.Context, id provider.RemoteID, why error) error {
	now, err := c.one(ctx, opPut, id)
	if err != nil || now.State != provider.StateLive || now.WouldMail > 0 {
		return why
	}
	if err := c.delete(ctx, opPut, string(id), now.Versions.Master().Tag); err != nil {
		return outlook.Partial(err)
	}
	return why
}

// written is an item with the answer that it was made of.
type written struct {
	provider.Item
	raw *event
}

// madeBy reads the answer to a write of a single event or of a new series. It says everything but our own properties, which
// were stored with the rest.
func (c *Calendar) madeBy(q call, a *answer, p payload) (written, error) {
	var all map[string]json.RawMessage
	var e event
	if err := errors.Join(json.Unmarshal(a.body, &all), json.Unmarshal(a.body, &e)); err != nil || e.ID == "" {
		return written{}, broken(q, a, err)
	}
	list, err := json.Marshal(p["singleValueExtendedProperties"])
	if err != nil {
		return written{}, broken(q, a, err)
	}
	all["singleValueExtendedProperties"] = list
	raw, err := json.Marshal(all)
	if err != nil {
		return written{}, broken(q, a, err)
	}
	it := c.item(provider.RemoteID(e.ID), raw, a.header.Get("Date"))
	if it.State != provider.StateLive {
		return written{}, &provider.Error{Op: opPut, Class: provider.Unknown, Status: "stored, and answered as " + it.State.String()}
	}
	return written{it, &e}, nil
}

// fresh is how old the answer to a creation may be at the most, on the server's own clocks.
const fresh = 2 * time.Minute

// settling is how long Graph itself may be busy with an event that was just made.
const settling = 5 * time.Second

// before reports whether the answer to a creation is what an earlier try made, which Graph may give back as if it had been made
// now (providers.md 2.2): where nothing was created, where it is older than the request can be, or where somebody has edited
// it since. One that was made just before and says the same is taken for new, and nothing is lost by that.
func (c *Calendar) before(a *answer, made *written, sent *calendar.Event, fields calendar.FieldSet) bool {
	if a.status == http.StatusOK {
		return true
	}
	created, errMade := time.Parse(time.RFC3339, made.raw.Created)
	if at, err := http.ParseTime(a.header.Get("Date")); errMade == nil && err == nil && at.Sub(created) > fresh {
		return true
	}
	changed, errChanged := time.Parse(time.RFC3339, made.raw.Modified)
	if errMade != nil || errChanged != nil || changed.Sub(created) < settling {
		return false // what differs then is in the server's own words
	}
	return !outlook.Says(&made.Event.Values, &sent.Values, fields)
}

// earlier finds what was made under a key that Graph says is used. It may be told, found by the property, or be without it: then
// the property is written now.
func (c *Calendar) earlier(ctx context.Context, w *provider.Put, e *calendar.Event, refused error) (provider.Item, error) {
	key := w.Key
	it := provider.Item{State: provider.StateGone}
	var err error
	if id := refusalOf(refused).existing; id != "" {
		if it, err = c.one(ctx, opPut, provider.RemoteID(id)); err == nil && it.State == provider.StateGone {
			return it, &provider.Error{Op: opPut, Class: provider.Gone, Err: refused}
		}
	} else if it, err = c.byKey(ctx, opPut, key); err == nil && it.State == provider.StateGone {
		it, err = c.beside(ctx, key, e)
	}
	if err != nil {
		return it, outlook.Partial(err)
	}
	if it.State == provider.StateGone {
		// It was deleted since, or is not to be seen yet; only one of them may be made again.
		class := provider.Unknown
		if !w.Tried.IsZero() && c.client.now().Sub(w.Tried) > invisible {
			class = provider.Gone
		}
		return it, &provider.Error{Op: opPut, Class: class, Status: "made before, and not found", Err: refused}
	}
	if it.State == provider.StateLive && !marked(it.Raw) {
		if it, err = c.mark(ctx, it, e, key); err != nil {
			return it, outlook.Partial(err)
		}
	}
	it.Found = true
	return it, nil
}

// invisible is for how long at the most an event that was made cannot be found. Seconds to minutes are usual [M].
const invisible = time.Hour

// marked reports whether an event has the property that it is found by.
func marked(raw []byte) bool {
	var e event
	return json.Unmarshal(raw, &e) == nil && e.property(keyProperty) != ""
}

// mark gives an event of ours the properties that it lacks.
func (c *Calendar) mark(ctx context.Context, it provider.Item, e *calendar.Event, key provider.Key) (provider.Item, error) {
	if it.WouldMail > 0 {
		return it, nil // somebody has invited people since; it is found without
	}
	p := payload{}
	properties(p, e, key)
	if _, err := c.patch(ctx, string(it.ID), it.Versions.Master().Tag, p); err != nil {
		return it, err
	}
	return c.one(ctx, opPut, it.ID)
}
