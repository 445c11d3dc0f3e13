package claim

import (
	"context"
	"testing"
	"time"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// TestABudgetOfCostsIsSharedByTheOrganisation: what one of its accounts has spent another cannot, and what is cheap costs little.
func TestABudgetOfCostsIsSharedByTheOrganisation(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var rests Rests
	can := provider.Capabilities{PerOrganisation: provider.Budget{Requests: 1000, Per: 24 * time.Hour, Costs: true}}
	send := func(account store.ID, place string, cost int) error {
		a := rests.Of(1, &store.Account{ID: account}, can, place)
		_, err := Leave(provider.Costing(a.under(context.Background()), cost), "send", now)
		return err
	}
	for i := range 20 { // a fifth leaves at once
		if err := send(1+store.ID(i%2), "acme", 10); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	for account := range store.ID(2) {
		if err := send(1+account, "acme", 10); provider.ClassOf(err) != provider.RateLimited {
			t.Errorf("account %d sends beyond the budget: %v", 1+account, err)
		}
	}
	if err := send(3, "other", 10); err != nil {
		t.Errorf("another organisation: %v", err)
	}
	now = now.Add(2 * time.Minute)
	if err := send(1, "acme", 1); err != nil {
		t.Errorf("what costs one, two minutes later: %v", err)
	}
	if err := send(2, "acme", 10); provider.ClassOf(err) != provider.RateLimited {
		t.Errorf("what costs ten: %v", err)
	}
}

// However requests come, no span of a budget's length sees more of them than the budget has.
func TestABucketKeepsToItsBudgetInAnySpan(t *testing.T) {
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, pause := range map[string]time.Duration{"at once": 0, "steadily": 90 * time.Millisecond, "after a quiet hour": time.Hour} {
		t.Run(name, func(t *testing.T) {
			const budget = 600
			b := newBucket(provider.Budget{Requests: budget, Per: time.Minute})
			now := start
			var sent []time.Time
			for i := range 3 * budget {
				weight := 1 + i%3
				now = now.Add(b.wait(now, weight))
				b.take(now, weight)
				for range weight {
					sent = append(sent, now)
				}
				if i == budget {
					now = now.Add(pause)
				}
			}
			for i := range len(sent) - budget {
				if d := sent[i+budget].Sub(sent[i]); d < time.Minute {
					t.Fatalf("%d requests within %v", budget+1, d)
				}
			}
			if d := sent[len(sent)-1].Sub(start) - pause; d > time.Duration(len(sent))*time.Minute/budget*3/2 {
				t.Errorf("%d requests took %v: the budget is not used", len(sent), d)
			}
		})
	}
}

func TestWhatIsHeavierThanTheBucketGoesOnceItIsFull(t *testing.T) {
	b := newBucket(provider.Budget{Requests: 10, Per: time.Minute})
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	if d := b.wait(now, 50); d != 0 {
		t.Errorf("it waits %v at a full bucket", d)
	}
	b.take(now, 50)
	if d := b.wait(now, 1); d < 5*time.Minute {
		t.Errorf("after five budgets at once the next one waits %v", d)
	}
}

func TestNoBudgetIsNoBound(t *testing.T) {
	var b bucket
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 1000 {
		b.take(now, 100)
	}
	if d := b.wait(now, 100); d != 0 {
		t.Errorf("it waits %v", d)
	}
}
