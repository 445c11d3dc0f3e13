package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

const opFind = "find item"

var errNoKey = errors.New("no key given")

// Find looks for what a creation under key left, by the property that it wrote. A filter compares without regard to case, looks in
// the whole mailbox and does not show the property (trap 5); so each hit is looked at. Copies carry the property too: the event
// that was created under the key as its transactionId comes first, then the oldest.
func (c *Calendar) Find(ctx context.Context, key provider.Key) (provider.Item, error) {
	return c.byKey(ctx, opFind, key)
}

// byKey answers StateGone if there is none. What lies in another calendar of the mailbox was moved there, or copied.
func (c *Calendar) byKey(ctx context.Context, op string, key provider.Key) (provider.Item, error) {
	if !lawful(key) {
		return provider.Item{}, rejected(op, "", errNoKey)
	}
	filter := "singleValueExtendedProperties/Any(ep: ep/id eq '" + keyProperty + "' and ep/value eq '" + string(key) + "')"
	at := c.path + "/events?$filter=" + escape(filter) + "&$select=" + escape("type,createdDateTime,transactionId") + "&$expand=" + escape(ourProperties)
	found, err := c.hits(ctx, op, at, func(e *event) bool { return e.property(keyProperty) == string(key) })
	if err != nil {
		return provider.Item{}, err
	}
	slices.SortStableFunc(found, func(a, b event) int {
		if made := func(e event) bool { return e.TransactionID == string(key) }; made(a) != made(b) {
			return map[bool]int{true: -1, false: 1}[made(a)]
		}
		return compare(a.Created, b.Created)
	})
	for _, e := range found {
		if it, err := c.one(ctx, op, provider.RemoteID(e.ID)); err != nil || it.State != provider.StateGone {
			return it, err
		}
	}
	return provider.Item{State: provider.StateGone}, nil
}

func compare(a, b string) int {
	x, errA := time.Parse(time.RFC3339, a)
	y, errB := time.Parse(time.RFC3339, b)
	if errA != nil || errB != nil {
		return 0
	}
	return x.Compare(y)
}

// lawful keeps what could end the quotes of a filter out of it.
func lawful(key provider.Key) bool {
	return key != "" && !slices.ContainsFunc([]byte(key), func(b byte) bool {
		return (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-'
	})
}

// hits follows a list and keeps the events that fit.
func (c *Calendar) hits(ctx context.Context, op, at string, fits func(*event) bool) (found []event, err error) {
	for range maxPages {
		q := call{op: op, method: http.MethodGet, at: at}
		a, err := c.client.send(ctx, q)
		if err != nil {
			return nil, err
		}
		var p struct {
			Value *[]event `json:"value"`
			Next  string   `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(a.body, &p); err != nil || p.Value == nil {
			return nil, broken(q, a, errors.Join(errNoList, err))
		}
		for i := range *p.Value {
			if e := &(*p.Value)[i]; fits(e) {
				found = append(found, *e)
			}
		}
		if at = p.Next; at == "" {
			return found, nil
		}
	}
	return nil, &provider.Error{Op: op, Class: provider.Transient, Code: provider.CodeServer, Status: "a list without an end"}
}

// beside looks for what a creation left where it has no property to be found by: a 503 has been seen to leave such an event
// (msgraph-sdk-ruby 38), and the search may lag. It is known by its transactionId, at the time that was written.
func (c *Calendar) beside(ctx context.Context, key provider.Key, e *calendar.Event) (provider.Item, error) {
	none := provider.Item{State: provider.StateGone}
	from, to, err := instants(e)
	if err != nil {
		return none, err
	}
	at := c.path + "/calendarView?startDateTime=" + from.Add(-day).Format(viewLayout) + "&endDateTime=" + to.Add(day).Format(viewLayout) +
		"&$select=" + escape("type,seriesMasterId,transactionId")
	found, err := c.hits(ctx, opPut, at, func(x *event) bool { return x.SeriesMasterID != "" || x.TransactionID == string(key) })
	if err != nil {
		return none, err
	}
	var ids []string
	for _, x := range found {
		if x.TransactionID == string(key) && x.SeriesMasterID == "" {
			return c.one(ctx, opPut, provider.RemoteID(x.ID))
		}
		if !slices.Contains(ids, x.SeriesMasterID) { // a view shows occurrences, and the series has the transactionId
			ids = append(ids, x.SeriesMasterID)
		}
	}
	for chunk := range slices.Chunk(ids, batchSize) {
		paths := make([]string, len(chunk))
		for i, id := range chunk {
			paths[i] = c.eventPath(id) + "?$select=transactionId"
		}
		parts, err := c.client.gather(ctx, opPut, paths)
		if err != nil {
			return none, err
		}
		for i, p := range parts {
			var x event
			if p.err == nil && json.Unmarshal(p.body, &x) == nil && x.TransactionID == string(key) {
				return c.one(ctx, opPut, provider.RemoteID(chunk[i]))
			}
		}
	}
	return none, nil
}

// instants are the first start and its end; a day is one in UTC, near enough to look around.
func instants(e *calendar.Event) (from, to time.Time, err error) {
	k := outlook.UTCClock
	if e.Start.Kind == calendar.Zoned {
		if k = outlook.ClockOf(e.Start.Zone, e.Start.Zone); !k.Known {
			return from, to, rejected(opPut, provider.UnknownZone, errors.New("an unknown zone"))
		}
	}
	from = e.Start.Instant(k.Loc).UTC()
	return from, outlook.Later(from, from.Add(time.Duration(e.End.Wall-e.Start.Wall)*time.Second)), nil
}
