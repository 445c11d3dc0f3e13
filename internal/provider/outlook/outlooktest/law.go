package outlooktest

import (
	"context"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/recur"
)

// Calendar is an adapter over a server whose writes are counted.
type Calendar struct {
	provider.Provider
	Writes func() int // so far
}

// PickOf draws by rapid.
func PickOf(t *rapid.T) Pick {
	return func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
}

// PutLaws holds that what is put is read back, that to put it once more writes nothing, and that edits lead to what was meant.
func (k Kind) PutLaws(t *rapid.T, c Calendar, key provider.Key, anyEvent func(Pick) calendar.Event) {
	p := PickOf(t)
	want := anyEvent(p)
	if Skipped(&want) {
		t.Skip("a time that does not exist")
	}
	base, err := c.Put(context.Background(), provider.Put{Key: key, Event: want, Fields: calendar.BothWaysFields})
	for range 3 {
		if err != nil && provider.ClassOf(err) == provider.Rejected {
			t.Skip(err.Error()) // some series cannot be written as they are, and say so
		}
		if err != nil {
			t.Fatalf("put %+v: %v", want, err)
		}
		it := Live(t, c, base.ID)
		if diff := cmp.Diff(Edited(want), Edited(it.Event)); diff != "" {
			t.Fatalf("read back of %+v (- want, + got):\n%s", want, diff)
		}
		if diff := cmp.Diff(Edited(base.Event), Edited(it.Event)); diff != "" || !base.Versions.Equal(it.Versions) {
			t.Fatalf("the answer was %v, and read %v:\n%s", base.Versions, it.Versions, diff)
		}
		c.idle(t, it)
		want = it.Event.Clone()
		fields := k.Edit(p, &want)
		Tidy(&want)
		if want.IsSeries() && recur.Check(&want) != nil || Skipped(&want) {
			t.Skip("nobody could keep it")
		}
		base, err = c.Put(context.Background(), provider.Put{ID: it.ID, Base: &it, Event: want, Fields: fields})
	}
}

// Live reads an item that has to be there.
func Live(t rapid.TB, p provider.Provider, id provider.RemoteID) provider.Item {
	t.Helper()
	items, err := p.Read(context.Background(), []provider.RemoteID{id})
	if err != nil {
		t.Fatal(err)
	}
	if items[0].State != provider.StateLive {
		t.Fatalf("%s is %v: %+v", id, items[0].State, items[0].Problem)
	}
	return items[0]
}

// idle puts what is there, and holds that nothing is written.
func (c Calendar) idle(t rapid.TB, it provider.Item) {
	t.Helper()
	before := c.Writes()
	again, err := c.Put(context.Background(), provider.Put{ID: it.ID, Base: &it, Event: it.Event, Fields: calendar.BothWaysFields})
	if err != nil || !again.Versions.Equal(it.Versions) {
		t.Fatalf("put what is there: %v %v", again.Versions, err)
	}
	if n := c.Writes() - before; n != 0 {
		t.Fatalf("%d writes of what is there", n)
	}
}
