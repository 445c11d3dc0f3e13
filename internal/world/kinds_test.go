package world

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// differences are the capabilities in which calendars differ: each has to be drawn both ways.
var differences = []struct {
	name string
	has  func(t *traits) bool
}{
	{"guards updates", func(t *traits) bool { return t.guard != provider.GuardNone }},
	{"guards every write", func(t *traits) bool { return t.guard == provider.GuardFull }},
	{"tells no end of what it never told of", func(t *traits) bool { return t.untoldEnds }},
	{"takes our ids", func(t *traits) bool { return !t.names }},
	{"uses an id up for ever", func(t *traits) bool { return t.spends }},
	{"tells what was deleted", func(t *traits) bool { return !t.listing }},
	{"proves what it says is deleted", func(t *traits) bool { return !t.listing && !t.unproven }},
	{"tells what changed", func(t *traits) bool { return !t.listing }},
	{"says removed of what left its window", func(t *traits) bool { return t.moving }},
	{"answers whole items", func(t *traits) bool { return !t.unread }},
	{"holds privacy", func(t *traits) bool { return t.fields.Has(calendar.Private) }},
	{"hides private details", func(t *traits) bool { return t.hides }},
	{"takes a series whole", func(t *traits) bool { return t.form != parts }},
	{"keeps iCalendar text", func(t *traits) bool { return t.form == text }},
	{"rounds", func(t *traits) bool { return rewritesLike(t, "rounds") }},
	{"trims", func(t *traits) bool { return rewritesLike(t, "trims") }},
	{"rewrites", func(t *traits) bool { return rewritesLike(t, "rewrites") }},
	{"is silent", func(t *traits) bool { return !t.mails }},
	{"knows when something changed", func(t *traits) bool { return t.modified }},
	{"lists in pages", func(t *traits) bool { return t.page > 0 }},
	{"can be written to", func(t *traits) bool { return !t.feed }},
	{"is a CRM", func(t *traits) bool { return t.crm }},
}

func rewritesLike(t *traits, name string) bool {
	for _, n := range t.normal {
		if n.name == name {
			return true
		}
	}
	return false
}

// TestEveryDifferenceOfCapabilitiesIsDrawn draws the companies of a few hundred seeds and counts their calendars.
func TestEveryDifferenceOfCapabilitiesIsDrawn(t *testing.T) {
	const drawn = 300
	with, without := make([]int, len(differences)), make([]int, len(differences))
	for seed := range uint64(drawn) {
		kindsOfSeed := map[int]bool{}
		p := drawPlan(seed)
		for _, s := range slices.Concat(p.firms[0].sides, p.firms[1].sides) {
			kindsOfSeed[s.kind] = true
			for i, d := range differences {
				if d.has(&kinds[s.kind]) {
					with[i]++
				} else {
					without[i]++
				}
			}
		}
		if len(kindsOfSeed) < 3 {
			t.Errorf("seed %d has calendars of %d kinds, want three", seed, len(kindsOfSeed))
		}
	}
	var b strings.Builder
	for i, d := range differences {
		fmt.Fprintf(&b, "\n%-38s with %4d  without %4d", d.name, with[i], without[i])
		if with[i] == 0 || without[i] == 0 {
			t.Errorf("%s: drawn %d times with and %d times without", d.name, with[i], without[i])
		}
	}
	t.Logf("calendars of %d seeds:%s", drawn, &b)
}

// TestTheWorldHasACRMLikeTheirs: the same for a company at Pipedrive.
func TestTheWorldHasACRMLikeTheirs(t *testing.T) {
	theirs := provider.Capabilities{
		Guard: provider.GuardNone, SilentUpdate: true, Modified: true, Shared: true, Instants: true, Keyless: true,
		Fields: calendar.Fields(calendar.Subject, calendar.When, calendar.Location, calendar.Description, calendar.Busy) | calendar.FacetFields,
	}
	ours := (&server{traits: kinds[calendars], host: &host{}}).capabilities()
	if ours.BatchRead, ours.Concurrency = 0, 0; ours != theirs {
		t.Errorf("%+v, theirs are %+v", ours, theirs)
	}
}

// TestTheWorldHasCalendarsLikeTheirs: what planner and engine are told of a calendar at Google, Microsoft 365 or Exchange, which the tests
// of those rooms hold as well, they are told of these kinds. All else that such a calendar is like is in their traits.
func TestTheWorldHasCalendarsLikeTheirs(t *testing.T) {
	for kind, guard := range map[string]provider.Guard{"hiding": provider.GuardFull, "window": provider.GuardFull, "office": provider.GuardUpdate} {
		theirs := provider.Capabilities{Guard: guard, Tombstones: true, Untold: kind != "hiding", Piecemeal: true, Fields: calendar.AllFields, Modified: true}
		i := slices.IndexFunc(kinds, func(k traits) bool { return k.name == kind })
		if i < 0 {
			t.Fatalf("there is no kind %q", kind)
		}
		ours := (&server{traits: kinds[i], host: &host{}}).capabilities()
		ours.BatchRead, ours.Concurrency = 0, 0 // one request at a time in the world, and few items
		if ours != theirs {
			t.Errorf("%s: %+v, theirs are %+v", kind, ours, theirs)
		}
	}
}
