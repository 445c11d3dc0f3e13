package lens_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/crm"
	"tahti/internal/lens"
)

// item is an activity or an event before a connection.
type item struct {
	activity crm.Activity
	parts    []crm.Participant
	event    calendar.Event
	entry    lens.Entry
	view     lens.View
	there    bool // the event is meant
}

func (x *item) in() (bool, lens.Reason) {
	if x.there {
		return lens.Admit(&x.event, x.entry, false, x.view)
	}
	return lens.Scope(&x.activity, x.parts, x.view)
}

func (x *item) obstacles() []lens.Obstacle {
	if x.there {
		return lens.ObstaclesThere(&x.event, x.entry, false, x.view)
	}
	return lens.Obstacles(&x.activity, x.parts, x.view)
}

// after is the item once somebody has done what obstacles name, written apart from what the lens makes of it: settings come in as
// programs send them, and what somebody edits is noted as the hub does.
func (x *item) after(t *testing.T, list []lens.Obstacle) *item {
	t.Helper()
	y := *x
	y.activity = x.activity.Clone()
	settings := *x.view.Settings
	edit := func(field string) {
		y.activity.Changed = map[string]crm.Change{field: {At: started.Add(time.Hour), Revision: 9}}
	}
	for _, o := range list {
		switch {
		case o.Remedy == lens.ChangeSetting:
			b, err := json.Marshal(map[string]any{o.Setting: o.To})
			if err == nil {
				settings, err = lens.ParseSettings(settings, b)
			}
			if err != nil {
				t.Fatalf("%+v: %v", o, err)
			}
		case o.Remedy == lens.SyncOne:
			y.view.Asked = true
		case o.Remedy == lens.ChooseCalendar:
			y.view.Writable = true
		case o.Remedy == lens.Undo:
			y.activity.DeletedAt = time.Time{}
		case o.Remedy == lens.SetDate:
			y.activity.Plan.Start, y.activity.Plan.End = at(24, 10), at(24, 11) // which lies behind every starting point
			edit(calendar.When.String())
		case o.Reason == lens.OtherOwner:
			y.activity.OwnerID = alice
		case o.Reason == lens.PrivateNotHeld:
			y.activity.Plan.Private = false
			edit(calendar.Private.String())
		case o.Reason == lens.OwnersOnly:
			y.activity.Visibility = crm.Everyone
		default:
			t.Fatalf("nobody knows how to do %+v", o)
		}
	}
	y.view.Settings = &settings
	return &y
}

// holds: the reasons that are named are those that count. With all of them cleared away the item takes part, with any one of them left
// it does not, and the first is what decides as it stands.
func (x *item) holds(t *testing.T, name string) (reasons []lens.Reason) {
	t.Helper()
	list := x.obstacles()
	in, why := x.in()
	if in != (len(list) == 0) || !in && list[0].Reason != why {
		t.Fatalf("%s: takes part: %t, for %s, and in the way is %+v", name, in, why, list)
	}
	for _, o := range list {
		reasons = append(reasons, o.Reason)
	}
	if len(list) > 0 && list[len(list)-1].Remedy == lens.NoRemedy {
		return reasons // nothing lets it in; what stands before that is true all the same
	}
	if in, why := x.after(t, list).in(); !in {
		t.Fatalf("%s: does not take part for %s, once all is done that is named: %+v", name, why, list)
	}
	for i, left := range list {
		if in, _ := x.after(t, slices.Delete(slices.Clone(list), i, i+1)).in(); in {
			t.Fatalf("%s: takes part though %s stands, which is named as in the way: %+v", name, left.Reason, list)
		}
	}
	return reasons
}

// product calls f with every combination of choices.
func product(sizes []int, f func(at []int)) {
	at := make([]int, len(sizes))
	for {
		f(at)
		i := 0
		for ; i < len(at); i++ {
			if at[i]++; at[i] < sizes[i] {
				break
			}
			at[i] = 0
		}
		if i == len(at) {
			return
		}
	}
}

var (
	directions = []lens.Direction{lens.TwoWay, lens.OwnItems, lens.ToCalendr, lens.ToCRM}
	starts     = []lens.Start{lens.Everything, lens.NewAndChanged, lens.FromToday, "2026-03-20"}
)

// TestEveryObstacleOfAnActivityCountsAndNoOther goes through every combination of what decides about an activity.
func TestEveryObstacleOfAnActivityCountsAndNoOther(t *testing.T) {
	lists, most := map[string]bool{}, 0
	sizes := []int{2, len(starts), 2, 3, 2, 2, 5, 2, 2, 3, 2, 2}
	product(sizes, func(k []int) {
		x := &item{activity: activity(nil), view: view(nil)}
		a, v, s := &x.activity, &x.view, *view(nil).Settings
		s.Direction, s.Start = []lens.Direction{lens.OwnItems, lens.ToCRM}[k[0]], starts[k[1]]
		s.TypesOut = [][]string{{}, {"meeting", "call"}}[k[2]]
		a.Origin = []crm.ID{0, ours, sibling}[k[3]]
		s.Relay, v.Writable = k[4] == 1, k[5] == 0
		if k[7] == 1 {
			a.Plan = event(1) // ended before today
		}
		if k[8] == 1 {
			a.CreatedAt = started.Add(time.Minute)
		}
		if k[6] == 1 || k[6] == 4 {
			a.DeletedAt = started.Add(time.Minute)
		}
		if k[6] == 2 || k[6] == 4 {
			a.Plan.Start, a.Plan.End = calendar.Time{}, calendar.Time{}
		}
		if k[6] >= 3 {
			a.OwnerID = bob
		}
		v.Linked, v.Limits.Shared = k[9] == 1, k[9] == 2
		a.Plan.Private, a.Visibility = k[10] == 1, crm.Everyone
		if k[11] == 1 {
			a.Visibility = crm.OwnerOnly
		}
		v.Settings = &s
		reasons := x.holds(t, fmt.Sprint("combination ", k))
		lists[fmt.Sprint(reasons)], most = true, max(most, len(reasons))
	})
	if most < 9 || len(lists) < 150 {
		t.Errorf("only %d different lists of reasons came up, the longest of %d", len(lists), most)
	}
}

// TestEveryObstacleOfAnEventCountsAndNoOther does the same for events.
func TestEveryObstacleOfAnEventCountsAndNoOther(t *testing.T) {
	rules := [][]lens.Rule{
		{},
		{{Match: "title", Value: "call"}},
		{{Match: "title", Value: "lunch"}, {Match: "any"}},
		{{Match: "title", Value: "lunch", Include: true}, {Match: "title", Value: "call"}, {Match: "all_day", Include: true}, {Match: "any"}},
	}
	lists := map[string]bool{}
	product([]int{len(directions), len(starts), len(rules), 3, 2, 2, 3, 2}, func(k []int) {
		x := &item{event: event(3), view: view(nil), there: true}
		s := *view(nil).Settings
		s.Direction, s.Start, s.Rules = directions[k[0]], starts[k[1]], rules[k[2]]
		s.Private = []string{"masked", "ordinary", "skip"}[k[3]]
		x.event.Private = k[4] == 1
		if k[5] == 1 {
			x.event.Status = calendar.Cancelled
		}
		switch k[6] {
		case 1:
			x.entry = lens.Entry{Known: true, Fingerprint: lens.Fingerprint(&x.event)}
		case 2:
			x.entry = lens.Entry{Known: true, Fingerprint: "something else"}
		}
		x.view.Linked = k[7] == 1
		x.view.Settings = &s
		lists[fmt.Sprint(x.holds(t, fmt.Sprint("combination ", k)))] = true
	})
	if len(lists) < 15 {
		t.Errorf("only %d different lists of reasons came up", len(lists))
	}
}

// TestWhatASideCannotHoldIsNamed: what nothing lets in ends the list.
func TestWhatASideCannotHoldIsNamed(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(x *item)
		want   []lens.Reason
	}{
		{"a series", func(x *item) { x.activity.Plan.Rule = "FREQ=DAILY" }, []lens.Reason{lens.SeriesNotHeld}},
		{"a series that is not for everybody", func(x *item) {
			x.activity.Plan.Rule, x.activity.Visibility = "FREQ=DAILY", crm.OwnerOnly
		}, []lens.Reason{lens.OwnersOnly, lens.SeriesNotHeld}},
		{"a calendar that may only be read, first: in another one the direction is chosen anew", func(x *item) {
			x.view.Limits, x.view.Writable, x.view.Settings.Direction = lens.Limits{}, false, lens.ToCRM
		}, []lens.Reason{lens.CalendarReadnly, lens.OneWay}},
		{"what a colleague left there, though nothing goes out", func(x *item) {
			x.view.ColleaguesThere, x.view.Settings.Direction = true, lens.ToCRM
		}, []lens.Reason{lens.ColleaguesThere}},
		{"what somebody keeps private, and only its owner may see", func(x *item) {
			x.parts, x.activity.Visibility = []crm.Participant{{UserID: bob, Private: true}}, crm.OwnerOnly
		}, []lens.Reason{lens.OwnersOnly, lens.SharePrivate}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &item{activity: activity(nil), view: view(func(v *lens.View) { v.Limits = lens.Limits{Shared: true, Singles: true} })}
			x.activity.Visibility = crm.Everyone
			c.change(x)
			if got := x.holds(t, c.name); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// TestSyncingOneDoesNotCopyItFromAnotherCalendar: who asks for one activity passes the starting point over, and nothing else.
func TestSyncingOneDoesNotCopyItFromAnotherCalendar(t *testing.T) {
	a := activity(func(a *crm.Activity) { a.Origin = sibling })
	v := view(from(lens.NewAndChanged))
	v.Asked = true
	if in, why := lens.Scope(&a, nil, v); in || why != lens.RelayOff {
		t.Errorf("takes part: %t, %s", in, why)
	}
}
