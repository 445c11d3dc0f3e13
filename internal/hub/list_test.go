package hub_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/hub"
	"tahti/internal/store"
)

// shelf is a transaction that answers lists from rows by number; every row that odd says is somebody's own.
type shelf struct {
	hub.Tx
	rows, reads int
	odd         func(i int) bool
	limits      []int
}

func (s *shelf) Activities(_ context.Context, f store.ActivityFilter) (list []crm.Activity, next string, err error) {
	s.reads++
	s.limits = append(s.limits, f.Limit)
	from := 0
	if f.After != "" {
		if from, err = strconv.Atoi(f.After); err != nil {
			return nil, "", err
		}
	}
	to := min(from+f.Limit, s.rows)
	for i := from; i < to; i++ {
		a := crm.Activity{ID: store.ID(i + 1), OwnerID: 2, Visibility: crm.Everyone}
		if s.odd(i) {
			a.Visibility = crm.OwnerOnly
		}
		list = append(list, a)
	}
	if to < s.rows {
		next = strconv.Itoa(to)
	}
	return list, next, nil
}

func (s *shelf) CountActivities(context.Context, store.ActivityFilter) (int, error) {
	return s.rows, nil
}

func (s *shelf) Participants(context.Context, store.ID) ([]crm.Participant, error) { return nil, nil }

func never(int) bool  { return false }
func always(int) bool { return true }

func TestAPageIsFilledUpAndBounded(t *testing.T) {
	h := &hub.Hub{}
	byType := store.ActivityFilter{Types: []string{"call"}}
	second := func(i int) bool { return i%2 == 1 }
	for name, c := range map[string]struct {
		rows, limit int
		odd         func(int) bool
		filter      store.ActivityFilter
		items       int
		next        string
		reads       int
	}{
		"no limit":                            {1000, 0, never, store.ActivityFilter{}, hub.DefaultPage, "100", 1},
		"a limit below any":                   {1000, -1, never, store.ActivityFilter{}, hub.DefaultPage, "100", 1},
		"a limit":                             {1000, 7, never, store.ActivityFilter{}, 7, "7", 1},
		"a limit of one":                      {1000, 1, never, store.ActivityFilter{}, 1, "1", 1},
		"the largest":                         {1000, hub.MaxPage, never, store.ActivityFilter{}, hub.MaxPage, "500", 1},
		"a larger one":                        {1000, hub.MaxPage + 1, never, store.ActivityFilter{}, hub.MaxPage, "500", 1},
		"all there are":                       {3, 7, never, store.ActivityFilter{}, 3, "", 1},
		"masked ones are shown":               {1000, 7, second, store.ActivityFilter{}, 7, "7", 1},
		"masked ones are not found":           {1000, 7, second, byType, 7, "13", 4},
		"nothing but masked ones, for a time": {1000, 7, always, byType, 0, "280", 40},
		"nothing but masked ones":             {20, 7, always, byType, 0, "", 3},
	} {
		s := &shelf{rows: c.rows, odd: c.odd}
		c.filter.Limit = c.limit
		page, err := h.List(t.Context(), s, crm.User{ID: 1, Active: true}, c.filter)
		if err != nil || len(page.Items) != c.items || page.Next != c.next || s.reads != c.reads {
			t.Errorf("%s: %v, %d items, next %q, %d reads of %v", name, err, len(page.Items), page.Next, s.reads, s.limits)
		}
		for i, item := range page.Items {
			if i > 0 && page.Items[i-1].Activity.ID >= item.Activity.ID {
				t.Errorf("%s: item %d comes twice or too late", name, i)
			}
		}
	}
}

func TestACountThatLooksAtEachIsBounded(t *testing.T) {
	h := &hub.Hub{}
	byType := store.ActivityFilter{Types: []string{"call"}}
	third := func(i int) bool { return i%3 == 2 }
	for name, c := range map[string]struct {
		rows   int
		filter store.ActivityFilter
		viewer store.ID
		n      int
		more   bool
		reads  int
	}{
		"nothing that is masked is asked for": {9000, store.ActivityFilter{Limit: 3, After: "5"}, 1, 9000, false, 0},
		"one's own":                           {9000, store.ActivityFilter{Owner: 2, Types: []string{"call"}}, 2, 9000, false, 0},
		"few":                                 {9, byType, 1, 6, false, 1},
		"some":                                {600, byType, 1, 400, false, 2},
		"as many as are counted":              {5000, byType, 1, 3334, false, 10},
		"more":                                {5001, byType, 1, 3334, true, 10},
		"from the first on":                   {9, store.ActivityFilter{Types: []string{"call"}, After: "3", Limit: 2}, 1, 6, false, 1},
	} {
		s := &shelf{rows: c.rows, odd: third}
		n, more, err := h.Count(t.Context(), s, crm.User{ID: c.viewer, Active: true}, c.filter)
		if err != nil || n != c.n || more != c.more || s.reads != c.reads {
			t.Errorf("%s: %v, %d, more %t, %d reads", name, err, n, more, s.reads)
		}
	}
	for name, f := range map[string]store.ActivityFilter{
		"deal": {Deal: 1}, "person": {Person: 1}, "org": {Org: 1}, "type": {Types: []string{"call"}}, "done": {Done: new(bool)},
	} {
		s := &shelf{rows: 9, odd: third}
		if n, _, err := h.Count(t.Context(), s, crm.User{ID: 1, Active: true}, f); err != nil || n != 6 {
			t.Errorf("by %s: %v, found %d", name, err, n)
		}
	}
	// The banner says how many are hidden, and that there may be more.
	s := &shelf{rows: 5001, odd: third}
	if n, more, err := h.Hidden(t.Context(), s, crm.User{ID: 1, Active: true}, byType, store.ActivityFilter{}); err != nil || n != 5001-3334 || !more {
		t.Errorf("%v, %d are hidden, more %t", err, n, more)
	}
	if n, more, err := h.Hidden(t.Context(), s, crm.User{ID: 1, Active: true}, store.ActivityFilter{}, byType); err != nil || n != 0 || !more {
		t.Errorf("the other way round: %v, %d are hidden, more %t", err, n, more)
	}
	if _, more, _ := h.Hidden(t.Context(), s, crm.User{ID: 1, Active: true}, store.ActivityFilter{}, store.ActivityFilter{}); more {
		t.Error("all are counted, and there are more")
	}
}

// What is said of an activity that is gone shows no values, and rows of no activity are everybody's.
func TestHistoryOfWhatIsGoneShowsNoValues(t *testing.T) {
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	a := r.create(hub.BySync(c, 0), withOwner(meeting("Meeting"), r.alice))
	r.do(func(tx *store.Tx) error {
		for _, id := range []store.ID{0, a.ID} {
			row := store.History{Activity: id, Connection: c, Actor: "sync", Kind: "note", Before: []byte(`{}`), After: []byte(`{"text":"said"}`)}
			if err := r.hub.AddHistory(r.ctx, tx, row); err != nil {
				return err
			}
		}
		gone := &vanished{Tx: tx, id: a.ID}
		for _, u := range []crm.User{r.alice, r.bob} {
			rows, err := r.hub.HistoryOf(r.ctx, gone, u, 0, 0, 0, 1000)
			if err != nil || len(rows) != 3 {
				t.Errorf("%v, %d rows", err, len(rows))
			}
			for _, row := range rows {
				if (row.After != nil) != (row.Activity == 0) || row.At.IsZero() {
					t.Errorf("%s sees %+v", u.Name, row)
				}
			}
		}
		if err := r.hub.AddConflict(r.ctx, tx, store.Conflict{Activity: a.ID, Connection: c, Field: "subject", Lost: []byte(`"x"`)}); err != nil {
			return err
		}
		for tx, want := range map[hub.Tx]bool{tx: true, gone: false} {
			rows, err := r.hub.ConflictsOf(r.ctx, tx, r.bob, 0, 0, 1000)
			if err != nil || len(rows) != 1 || rows[0].Lost != nil {
				t.Errorf("bob: %v, %+v", err, rows)
			}
			rows, err = r.hub.ConflictsOf(r.ctx, tx, r.alice, 0, 0, 1000)
			if err != nil || len(rows) != 1 || (rows[0].Lost != nil) != want {
				t.Errorf("alice: %v, %+v", err, rows)
			}
		}
		return nil
	})
	if list := r.history(a.ID); len(list) != 2 {
		t.Errorf("%d rows", len(list))
	}
}

// vanished is a transaction in which one activity is gone.
type vanished struct {
	hub.Tx
	id store.ID
}

func (v *vanished) Activity(ctx context.Context, id store.ID) (crm.Activity, error) {
	if id == v.id {
		return crm.Activity{}, store.ErrNotFound
	}
	return v.Tx.Activity(ctx, id)
}

// A row of history shows its values to whoever sees the activity in full and could at the time.
func TestWhoSeesTheValuesOfHistory(t *testing.T) {
	h := &hub.Hub{}
	a := full()
	a.OwnerID, a.Plan.Private, a.Visibility, a.Changed = 1, false, crm.Everyone, nil
	a.Plan.Overrides[0].Private = true // of the first Monday
	row := func(after string) store.History {
		return store.History{Before: []byte(`{"subject":"a","subject@20260302T100000":"b"}`), After: []byte(after)}
	}
	owner, colleague := crm.User{ID: 1, Active: true}, crm.User{ID: 2, Active: true}
	for name, c := range map[string]struct {
		viewer  crm.User
		after   string
		private bool
		want    string // of what was, then of what became
	}{
		"the owner, all of it":        {owner, `{"x":1,"was_masked":true}`, true, `{"subject":"a","subject@20260302T100000":"b"} {"x":1,"was_masked":true}`},
		"a colleague":                 {colleague, `{"subject":"c","busy@20260302T100000":true}`, false, `{"subject":"a"} {"subject":"c"}`},
		"what was masked":             {colleague, `{"subject":"c","was_masked":true}`, false, ` `},
		"what was not":                {colleague, `{"subject":"c","was_masked":false}`, false, `{"subject":"a"} {"subject":"c","was_masked":false}`},
		"what is private now":         {colleague, `{"subject":"c"}`, true, ` `},
		"a date that was private":     {colleague, `{"subject@20260401T100000":"c","private@20260401T100000":true,"subject@20260408T100000":"d"}`, false, `{"subject":"a"} {"subject@20260408T100000":"d"}`},
		"a date that was opened":      {colleague, `{"subject@20260401T100000":"c","private@20260401T100000":false}`, false, `{"subject":"a"} {"private@20260401T100000":false,"subject@20260401T100000":"c"}`},
		"what cannot be read":         {colleague, `[`, false, ` `},
		"what is no object of values": {colleague, `[1]`, false, ` `},
	} {
		b := a.Clone()
		b.Plan.Private = c.private
		got := h.ShowHistory(c.viewer, b, nil, row(c.after), 0)
		if is := string(got.Before) + " " + string(got.After); is != c.want {
			t.Errorf("%s: %s, want %s", name, is, c.want)
		}
	}
	// Who became the owner since does not see what was kept from all but the former one.
	b := a.Clone()
	passed := row(`{"subject":"c","was_masked":true}`)
	passed.At = b.CreatedAt
	b.Changed = map[string]crm.Change{hub.FieldOwner: {At: b.CreatedAt.Add(1)}}
	if got := h.ShowHistory(owner, b, nil, passed, 0); got.Before != nil || got.After != nil {
		t.Errorf("the next owner sees %s", got.After)
	}
	passed.At = b.CreatedAt.Add(1)
	if got := h.ShowHistory(owner, b, nil, passed, 0); got.After != nil {
		t.Errorf("what was written with the change of owner: %s", got.After)
	}
	passed.At = b.CreatedAt.Add(2)
	if got := h.ShowHistory(owner, b, nil, passed, 0); got.After == nil {
		t.Error("the owner does not see what was written since")
	}
	if got := h.ShowHistory(colleague, a, nil, store.History{}, 0); got.Before != nil || got.After != nil {
		t.Errorf("a row without values shows %s", got.After)
	}
}

// What was written in somebody's calendar is theirs alone, as long as they see the activity, and nobody else can take it back.
func TestWhatWasWrittenInACalendarIsTheirsWhoseItIs(t *testing.T) {
	h := &hub.Hub{}
	a := full()
	a.OwnerID, a.Plan.Private, a.Visibility = 1, false, crm.Everyone
	a.Changed = map[string]crm.Change{hub.FieldOwner: {At: a.CreatedAt.Add(5)}}
	a.Plan.Overrides[0].Private = true // of the first Monday
	const all, rest = `{"subject":"a","subject@20260302T100000":"b"}`, `{"subject":"a"}`
	for name, c := range map[string]struct {
		viewer, member store.ID
		at             time.Duration
		private        bool
		want           string
	}{
		"the owner, whose it is":                  {viewer: 1, member: 1, at: 6, private: true, want: all},
		"the owner, of a time before it was":      {viewer: 1, member: 1, at: 4, want: rest},
		"the owner, of a former owner's calendar": {viewer: 1, member: 2, at: 6},
		"the former owner":                        {viewer: 2, member: 2, at: 6, want: rest},
		"the former owner of what is private":     {viewer: 2, member: 2, at: 6, private: true},
		"a colleague":                             {viewer: 3, member: 1, at: 6},
		"nobody's any more":                       {viewer: 1, at: 6},
	} {
		b := a.Clone()
		b.Plan.Private = c.private
		row := store.History{Direction: "out", Before: []byte(all), After: []byte(`{}`), At: a.CreatedAt.Add(c.at)}
		if got := h.ShowHistory(crm.User{ID: c.viewer, Active: true}, b, nil, row, c.member); string(got.Before) != c.want {
			t.Errorf("%s: %s, want %s", name, got.Before, c.want)
		}
	}
	r := newRoom(t)
	c := r.connect(r.alice, nil)
	known := r.create(hub.By(r.alice), withWords())
	r.link(c, known.ID, true)
	r.wrote(c, known.ID, `{"subject":"Team"}`)
	if _, err := r.undo(hub.By(r.bob), r.history(known.ID)[0].ID); codeOf(t, err) != hub.DeniedMasked {
		t.Errorf("a colleague takes back what they are not shown: %v", err)
	}
}

func TestWhoSeesWhatLostAConflict(t *testing.T) {
	h := &hub.Hub{}
	a := crm.Activity{OwnerID: 1, Visibility: crm.Everyone}
	c := store.Conflict{Kept: []byte(`1`), Lost: []byte(`2`), At: a.CreatedAt.Add(5)}
	for name, x := range map[string]struct {
		viewer, member store.ID
		private        bool
		since          time.Duration // 0: all along
		sees           bool
	}{
		"the owner":                      {1, 0, true, 0, true},
		"a colleague":                    {2, 0, false, 0, false},
		"through whose calendar it came": {2, 2, false, 0, true},
		"through whose calendar it came, kept from": {2, 2, true, 0, false},
		"who owns it since then":                    {1, 0, false, 5, false},
		"who owns it since":                         {1, 0, false, 9, false},
		"who owned it then":                         {1, 0, false, 4, true},
	} {
		b := a.Clone()
		b.Plan.Private = x.private
		if x.since > 0 {
			b.Changed = map[string]crm.Change{hub.FieldOwner: {At: a.CreatedAt.Add(x.since)}}
		}
		got := h.ShowConflict(crm.User{ID: x.viewer, Active: true}, b, nil, c, x.member)
		if sees := got.Kept != nil && got.Lost != nil; sees != x.sees || (got.Kept != nil) != (got.Lost != nil) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What is somebody's alone they are told whatever has become of the activity, and nobody else is; what won is the activity's to tell.
func TestWhoSeesWhatIsSomebodysAlone(t *testing.T) {
	h := &hub.Hub{}
	for _, private := range []bool{false, true} {
		a := crm.Activity{OwnerID: 1, Visibility: crm.Everyone, Plan: calendar.Event{Values: calendar.Values{Private: private}}}
		c := store.Conflict{Kept: []byte(`1`), Lost: []byte(`2`), At: a.CreatedAt.Add(5), Own: true}
		for viewer := range store.ID(4) {
			got := h.ShowConflict(crm.User{ID: viewer, Active: true}, a, nil, c, 2)
			if mine := viewer == 2; (got.Lost != nil) != mine || (got.Kept != nil) != (mine && !private) {
				t.Errorf("private %t: user %d is shown %+v", private, viewer, got)
			}
		}
	}
}

// Of a date that was moved, everybody sees when it is, and of none what it is about.
func TestAMaskedSeriesShowsItsTimes(t *testing.T) {
	h := &hub.Hub{}
	a := crm.Activity{ID: 7, OwnerID: 2, Visibility: crm.OwnerOnly, Plan: calendar.Event{Known: calendar.AllFields, Rule: "FREQ=WEEKLY"}}
	a.Plan.Start, a.Plan.End, a.Plan.Subject, a.Plan.Busy = at(2026, 3, 2, 10, 0), at(2026, 3, 2, 11, 0), "secret", true
	a.Plan.Cancelled = []calendar.Wall{monday(3)}
	a.Plan.Overrides = []calendar.Override{
		{Original: monday(1), Set: calendar.Fields(calendar.When, calendar.Subject), Values: calendar.Values{
			Subject: "secret too", Start: at(2026, 3, 10, 10, 0), End: at(2026, 3, 10, 11, 0),
		}},
		{Original: monday(2), Set: calendar.Fields(calendar.Subject), Values: calendar.Values{Subject: "and this"}},
	}
	shown := h.Show(crm.User{ID: 1, Active: true}, a, nil)
	p := shown.Activity.Plan
	if !shown.Masked || shown.Private || p.Start != a.Plan.Start || p.End != a.Plan.End || !p.Busy || p.Rule != a.Plan.Rule || !slices.Equal(p.Cancelled, a.Plan.Cancelled) {
		t.Errorf("shown as %+v", shown)
	}
	if len(p.Overrides) != 1 || p.Overrides[0].Set != calendar.Fields(calendar.When) || p.Overrides[0].Start != at(2026, 3, 10, 10, 0) {
		t.Errorf("dates are shown as %+v", p.Overrides)
	}
	if b, err := json.Marshal(shown); err != nil || strings.Contains(string(b), "secret") {
		t.Errorf("%v: %s", err, b)
	}
	a.Plan.Private = true
	if shown := h.Show(crm.User{ID: 1, Active: true}, a, nil); !shown.Masked || !shown.Private {
		t.Errorf("shown as %+v", shown)
	}
}
