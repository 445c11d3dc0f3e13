package jobs

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tahti/internal/provider"
)

// While a server refuses connections, edits in the CRM must not begin a run each; a person who presses Sync now is not
// kept waiting.
func TestAConnectionRestsAfterAFailureWhateverChangesHere(t *testing.T) {
	inBubble(t, Options{Poll: time.Hour}, func(r *rig) {
		company, user := r.company("acme")
		id, c := r.connect(company, r.account(company, user, "https://cal.example.com"), "c")
		c.before = func(context.Context, string) error {
			return &provider.Error{Op: "pull", Class: provider.Transient, Code: provider.CodeUnreachable}
		}
		defer r.start(r.runner)()
		r.wake(company, id, 1)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		before := c.requests()
		for i := range 50 {
			r.add(company, user, fmt.Sprint("call ", i))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if n := c.requests() - before; n > 1 {
			t.Errorf("50 edits within a minute led to %d requests while the connection rested", n)
		}
		before = c.requests()
		r.wake(company, id, 0)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if c.requests() == before {
			t.Error("Sync now waited for the rest to end")
		}
	})
}
