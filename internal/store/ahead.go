package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tahti/internal/crm"
)

// Ahead names rows that the next calls will ask for one by one; see [Tx.ReadAhead]. Connection is for those that are of one.
type Ahead struct {
	Connection ID
	Links      []ID        // Link
	Remotes    []string    // LinkByRemote and Baseline
	Linked     bool        // also Activity and Participants of what those links tie
	Activities []ID        // Activity, Participants, LinkByActivity and LastIncarnation
	UIDs       []string    // ActivitiesByUID, as far as there are none
	Owner      ID          // whose activities Starts are about
	Starts     []time.Time // ActivitiesAt, as far as there are none
}

// ahead is what was read ahead and not asked for yet. It never answers anything but what the database would: each row is given
// out once, and a write drops what it could make wrong. What is not here is read by itself.
type ahead struct {
	connection  ID
	links       map[ID]*Link
	byRemote    map[string]ID // 0: there is none
	byActivity  map[ID]ID     // 0: there is none
	baseline    map[string]*Baseline
	activities  map[ID]*crm.Activity
	parts       map[ID][]crm.Participant
	incarnation map[ID]int
	noUID       map[string]bool // no live activity is named so
	owner       ID
	free        map[int64]bool // no live activity of owner starts then
}

// once takes a value out of a map.
func once[K comparable, V any](m map[K]V, k K) (v V, ok bool) {
	if v, ok = m[k]; ok {
		delete(m, k)
	}
	return v, ok
}

// ReadAhead reads rows for many calls in a few statements. It changes no answer: a run that is about to look at a hundred
// items asks ten questions instead of a thousand. What an earlier call read is forgotten.
func (tx *Tx) ReadAhead(ctx context.Context, w Ahead) error {
	// What no column can hold spoils its own call alone.
	w.Remotes, w.UIDs = storables(w.Remotes), storables(w.UIDs)
	tx.ahead = ahead{connection: w.Connection, owner: w.Owner}
	tx.types, tx.members = nil, nil
	w.Activities = slices.Clone(w.Activities)
	for _, read := range []func(context.Context, *Ahead) error{
		tx.readLinksAhead, tx.readBaselineAhead, tx.readActivitiesAhead, tx.readUIDsAhead, tx.readStartsAhead,
	} {
		if err := read(ctx, &w); err != nil {
			tx.ahead = ahead{}
			return fmt.Errorf("read ahead: %w", err)
		}
	}
	return nil
}

func (tx *Tx) readLinksAhead(ctx context.Context, w *Ahead) error {
	a := &tx.ahead
	a.links = make(map[ID]*Link, len(w.Remotes)+len(w.Activities)+len(w.Links))
	a.byRemote = make(map[string]ID, len(w.Remotes))
	a.byActivity = make(map[ID]ID, len(w.Activities))
	for _, remote := range w.Remotes {
		a.byRemote[remote] = 0
	}
	for _, id := range w.Activities {
		a.byActivity[id] = 0
	}
	add := func(found []Link, err error) error {
		for i := range found {
			l := &found[i]
			a.links[l.ID] = l
			if _, asked := a.byRemote[l.Remote]; asked && l.State != LinkGone && l.Connection == w.Connection {
				a.byRemote[l.Remote] = l.ID
			}
			if _, asked := a.byActivity[l.Activity]; asked && l.State != LinkGone && l.Connection == w.Connection {
				a.byActivity[l.Activity] = l.ID
			}
		}
		return err
	}
	d := tx.db.dialect
	if len(w.Remotes) > 0 {
		in, arg := d.inTexts("$3", w.Remotes)
		if err := add(tx.links(ctx, "connection = $2 AND remote IN "+in+" AND remote <> '' AND "+live, w.Connection, arg)); err != nil {
			return err
		}
	}
	if w.Connection != 0 && len(w.Activities) > 0 {
		in, arg := d.inList("$3", w.Activities)
		if err := add(tx.links(ctx, "connection = $2 AND activity IN "+in+" AND "+live, w.Connection, arg)); err != nil {
			return err
		}
	}
	if len(w.Links) > 0 {
		in, arg := d.inList("$2", w.Links)
		if err := add(tx.links(ctx, "id IN "+in, arg)); err != nil {
			return err
		}
	}
	if !w.Linked {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(a.links)) {
		if l := a.links[id]; l.Activity != 0 && !slices.Contains(w.Activities, l.Activity) {
			w.Activities = append(w.Activities, l.Activity)
		}
	}
	return nil
}

func (tx *Tx) readBaselineAhead(ctx context.Context, w *Ahead) error {
	if len(w.Remotes) == 0 {
		return nil
	}
	in, arg := tx.db.dialect.inTexts("$3", w.Remotes)
	rows, err := list(ctx, tx.scope, baselineColumns, selectBaseline+"remote IN "+in, tx.company, w.Connection, arg)
	tx.ahead.baseline = make(map[string]*Baseline, len(w.Remotes))
	for _, remote := range w.Remotes {
		tx.ahead.baseline[remote] = nil
	}
	for i := range rows {
		tx.ahead.baseline[rows[i].Remote] = &rows[i]
	}
	return err
}

func (tx *Tx) readActivitiesAhead(ctx context.Context, w *Ahead) error {
	if len(w.Activities) == 0 {
		return nil
	}
	a := &tx.ahead
	a.activities, a.parts = make(map[ID]*crm.Activity, len(w.Activities)), make(map[ID][]crm.Participant, len(w.Activities))
	a.incarnation = make(map[ID]int, len(w.Activities))
	for _, id := range w.Activities {
		a.parts[id], a.incarnation[id] = nil, 0
	}
	in, arg := tx.db.dialect.inList("$2", w.Activities)
	found, err := tx.activities(ctx, "id IN "+in, arg)
	if err != nil {
		return err
	}
	for i := range found {
		a.activities[found[i].ID] = &found[i]
	}
	type share struct {
		activity ID
		crm.Participant
	}
	parts, err := list(ctx, tx.scope, func(s *share) []any { return append([]any{&s.activity}, participantColumns(&s.Participant)...) },
		"SELECT activity, member, answer, busy, private FROM participant WHERE company = $1 AND activity IN "+in+
			" ORDER BY activity, member", tx.company, arg)
	if err != nil {
		return err
	}
	for _, s := range parts {
		a.parts[s.activity] = append(a.parts[s.activity], s.Participant)
	}
	if w.Connection == 0 {
		a.incarnation = nil
		return nil
	}
	type last struct {
		activity ID
		n        int
	}
	in, arg = tx.db.dialect.inList("$3", w.Activities)
	lasts, err := list(ctx, tx.scope, func(l *last) []any { return []any{&l.activity, &l.n} },
		"SELECT activity, max(incarnation) FROM link WHERE company = $1 AND connection = $2 AND activity IN "+in+" GROUP BY activity",
		tx.company, w.Connection, arg)
	for _, l := range lasts {
		a.incarnation[l.activity] = l.n
	}
	return err
}

func (tx *Tx) readUIDsAhead(ctx context.Context, w *Ahead) error {
	if len(w.UIDs) == 0 {
		return nil
	}
	in, arg := tx.db.dialect.inTexts("$2", w.UIDs)
	named, err := list(ctx, tx.scope, func(s *string) []any { return []any{s} },
		"SELECT uid FROM activity WHERE company = $1 AND uid IN "+in+" AND uid <> '' AND deleted = 0 UNION ALL "+
			"SELECT remote_uid FROM link WHERE company = $1 AND remote_uid IN "+in+" AND remote_uid <> '' AND "+live, tx.company, arg)
	tx.ahead.noUID = absent(w.UIDs, named)
	return err
}

func (tx *Tx) readStartsAhead(ctx context.Context, w *Ahead) error {
	if len(w.Starts) == 0 {
		return nil
	}
	asked := make([]int64, len(w.Starts))
	for i, t := range w.Starts {
		asked[i] = t.UnixMicro()
	}
	in, arg := tx.db.dialect.inList("$3", asked)
	taken, err := list(ctx, tx.scope, func(n *int64) []any { return []any{n} },
		"SELECT start_at FROM activity WHERE company = $1 AND owner = $2 AND start_at IN "+in+" AND deleted = 0",
		tx.company, w.Owner, arg)
	tx.ahead.free = absent(asked, taken)
	return err
}

func storables(texts []string) []string {
	kept := make([]string, 0, len(texts))
	for _, s := range texts {
		if s != "" && storable(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func absent[K comparable](asked, found []K) map[K]bool {
	m := make(map[K]bool, len(asked))
	for _, k := range asked {
		m[k] = true
	}
	for _, k := range found {
		delete(m, k)
	}
	return m
}

// linkAhead answers a link that was read ahead. known: it was, and err says if there is none.
func linkAhead[K comparable](a *ahead, by map[K]ID, k K) (l Link, known bool, err error) {
	id, asked := by[k]
	if !asked {
		return l, false, nil
	}
	if id == 0 {
		return l, true, ErrNotFound
	}
	got, still := once(a.links, id)
	if !still {
		return l, false, nil
	}
	return *got, true, nil
}

// linkChanged drops what a saved link makes wrong.
func (a *ahead) linkChanged(l *Link) {
	delete(a.links, l.ID)
	delete(a.byRemote, l.Remote)
	delete(a.byActivity, l.Activity)
	delete(a.incarnation, l.Activity)
	if l.RemoteEvent != nil {
		delete(a.noUID, l.RemoteEvent.UID)
	}
}

// linksChanged drops what a change of many links makes wrong.
func (a *ahead) linksChanged() { a.links, a.byRemote, a.byActivity, a.noUID = nil, nil, nil, nil }

// activityChanged drops what a saved activity makes wrong.
func (a *ahead) activityChanged(s *storedActivity) {
	delete(a.activities, s.ID)
	delete(a.noUID, s.uid)
	delete(a.free, s.startAt)
}

// inTexts gives the right side of "column IN" for the placeholder, with the argument that belongs there.
func (d *dialect) inTexts(placeholder string, texts []string) (text string, arg any) {
	b, err := json.Marshal(texts)
	if err != nil {
		panic(fmt.Sprintf("texts cannot be written as JSON: %v", err))
	}
	return fmt.Sprintf(d.texts, placeholder), string(b)
}

// ActivitiesAt lists the live activities of an owner that start at an instant, by id; one without a date starts at none.
func (tx *Tx) ActivitiesAt(ctx context.Context, owner ID, at time.Time) ([]crm.Activity, error) {
	if owner == 0 {
		return nil, errors.New("list activities by start: no owner is given")
	}
	if owner == tx.ahead.owner && tx.ahead.free[at.UnixMicro()] {
		return nil, nil
	}
	found, err := tx.activities(ctx, "owner = $2 AND start_at = $3 AND kind <> 'none' AND deleted = 0 ORDER BY id LIMIT $4",
		owner, at.UnixMicro(), int64(maxRows))
	return found, wrap(err, "list activities by start")
}
