package jobs

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/provider"
)

func TestWhatIsNotSetIsAsStated(t *testing.T) {
	want := Options{
		Workers: 8, PerCompany: 4, PerHost: 8, Poll: 5 * time.Minute, Audit: 24 * time.Hour, Lease: 90 * time.Second, Ears: 250,
	}
	if diff := cmp.Diff(want, Options{}.withDefaults()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	set := Options{
		Owner: "me", Workers: 1, PerCompany: 2, PerHost: 3, Poll: time.Second, Audit: time.Minute, Lease: time.Hour, Ears: 4,
	}
	if diff := cmp.Diff(set, set.withDefaults()); diff != "" {
		t.Errorf("what is set (-want +got):\n%s", diff)
	}
}

func TestNoMoreConnectionsAtATimeThanThereAreWorkers(t *testing.T) {
	inBubble(t, Options{Workers: 2, PerCompany: 10, Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		a := r.account(company, user, "https://cal.example.com")
		var under, most atomic.Int64
		for i := range 6 {
			id, c := r.connect(company, a, fmt.Sprint("c", i))
			c.before = func(ctx context.Context, _ string) error {
				most.Store(max(most.Load(), under.Add(1)))
				defer under.Add(-1)
				time.Sleep(time.Duration(i+1) * time.Minute)
				return &provider.Error{Op: "pull", Class: provider.Rejected}
			}
			r.wake(company, id, 1)
		}
		defer r.start(r.runner)()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if most.Load() != 2 {
			t.Errorf("%d connections at a time, want 2", most.Load())
		}
	})
}
