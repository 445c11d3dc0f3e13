package ews

import (
	"strings"
	"testing"

	"tahti/internal/provider"
)

// One item beyond the bound of an answer, or several that are beyond it together, keep the others from nobody (I15).
func TestItemsThatAreTooMuchTogetherAreReadApart(t *testing.T) {
	const most = 60_000
	sizes := []int{1, most / 3, most / 3, most / 3, most + 1}
	c, requests := serving(t, len(sizes), func(i int) string { return eventNumber(i, strings.Repeat("x", sizes[i])) })
	c.client.most = most
	var ids []provider.RemoteID
	for i := range sizes {
		ids = append(ids, provider.RemoteID(longID(i)))
	}
	items, err := c.Read(t.Context(), ids)
	must(t, err)
	for i, it := range items {
		if large := sizes[i] > most; it.ID != ids[i] || large != (it.State == provider.StateUnreadable && it.Problem.Code == provider.TooLarge) || !large && it.State != provider.StateLive {
			t.Errorf("item %d is %s, %v %+v", i, it.ID, it.State, it.Problem)
		}
	}
	if *requests > 9 {
		t.Errorf("%d requests", *requests)
	}
	// A single request about such an item fails for what it is, and not as if the server were down.
	if it, err := c.one(t.Context(), opRead, ids[4]); err != nil || it.State != provider.StateUnreadable {
		t.Errorf("alone: %v %v", it.State, err)
	}
}

// One item that no decoder takes, alone or among others, keeps the others from nobody (I15): it is set aside for what it is. An answer that
// breaks for all alike is the server's trouble.
func TestAnItemOfBrokenXMLIsSetAsideAlone(t *testing.T) {
	for _, c := range []struct {
		name   string
		broken func(i int) bool
		sets   bool // aside
	}{
		{"one of many", func(i int) bool { return i == 17 }, true},
		{"two of many", func(i int) bool { return i == 0 || i == 49 }, true},
		{"all", func(int) bool { return true }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, requests := serving(t, batchSize, func(i int) string {
				x := eventNumber(i, "x")
				if c.broken(i) {
					x = strings.Replace(x, "<t:Subject>", "<t:Subject><", 1)
				}
				return x
			})
			var ids []provider.RemoteID
			for i := range batchSize {
				ids = append(ids, provider.RemoteID(longID(i)))
			}
			items, err := k.Read(t.Context(), ids)
			if !c.sets {
				expect(t, "a reading", err, provider.Transient, provider.CodeServer)
				if *requests != 2*batchSize-1 {
					t.Errorf("%d requests to find out that nothing can be read", *requests)
				}
				return
			}
			must(t, err)
			for i, it := range items {
				if it.ID != ids[i] || c.broken(i) != (it.State == provider.StateUnreadable && it.Problem.Code == provider.BadSyntax) || !c.broken(i) && it.State != provider.StateLive {
					t.Errorf("item %d is %s, %v %+v", i, it.ID, it.State, it.Problem)
				}
			}
			if *requests > 2*2*6 {
				t.Errorf("%d requests", *requests)
			}
		})
	}
}
