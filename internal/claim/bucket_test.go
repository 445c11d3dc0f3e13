package claim

import (
	"testing"
	"time"

	"tahti/internal/provider"
)

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
