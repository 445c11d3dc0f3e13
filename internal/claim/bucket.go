package claim

import (
	"time"

	"tahti/internal/provider"
)

// bucket keeps to a budget: it holds some requests, and fills up again at a steady rate. A fifth of the budget may leave at once
// and the rest follows evenly, so that no span of its length ever sees more than all of it. The zero bucket has no bound.
type bucket struct {
	costs bool
	each  time.Duration // in which one request comes back
	deep  time.Duration // in which an empty bucket is full again
	full  time.Time     // when it will be
}

func newBucket(b provider.Budget) bucket {
	if b.Requests <= 0 || b.Per <= 0 {
		return bucket{}
	}
	atOnce := max(1, b.Requests/5)
	each := b.Per / time.Duration(max(1, b.Requests-atOnce))
	return bucket{costs: b.Costs, each: each, deep: time.Duration(atOnce) * each}
}

// wait is how long it takes until the bucket holds a request of a weight; of one that is heavier than all that it holds, until it is
// full.
func (b *bucket) wait(now time.Time, weight int) time.Duration {
	spent := max(0, b.full.Sub(now))
	return max(0, spent+min(b.deep, time.Duration(weight)*b.each)-b.deep)
}

// take takes a request out, which may be more than there is: then the next ones wait.
func (b *bucket) take(now time.Time, weight int) {
	if b.each == 0 {
		return
	}
	if b.full.Before(now) {
		b.full = now
	}
	b.full = b.full.Add(time.Duration(weight) * b.each)
}
