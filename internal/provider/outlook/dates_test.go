package outlook

import (
	"errors"
	"slices"
	"testing"

	"tahti/internal/calendar"
	"tahti/internal/provider"
)

func TestDatesAreWrittenAroundTheirNeighbours(t *testing.T) {
	inTheWay := &provider.Error{Class: provider.Rejected, Code: "crossing"}
	busy := &provider.Error{Class: provider.Transient}
	for _, c := range []struct {
		name  string
		wrote bool
		fail  func(w calendar.Wall, done []calendar.Wall) error
		done  []calendar.Wall
		class provider.Class
	}{
		{"one after the other", false, func(calendar.Wall, []calendar.Wall) error { return nil }, []calendar.Wall{1, 2, 3}, 0},
		{"the first behind the others", false, func(w calendar.Wall, done []calendar.Wall) error {
			if w == 1 && len(done) < 2 {
				return inTheWay
			}
			return nil
		}, []calendar.Wall{2, 3, 1}, 0},
		{"all in each other's way", false, func(calendar.Wall, []calendar.Wall) error { return inTheWay }, nil, provider.Rejected},
		{"nothing was written", false, func(calendar.Wall, []calendar.Wall) error { return busy }, nil, provider.Transient},
		{"the series was written", true, func(calendar.Wall, []calendar.Wall) error { return busy }, nil, provider.Unknown},
		{"one was written", false, func(_ calendar.Wall, done []calendar.Wall) error {
			if len(done) > 0 {
				return busy
			}
			return nil
		}, []calendar.Wall{1}, provider.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			var done []calendar.Wall
			queue := []calendar.Wall{1, 2, 3}
			left, err := WriteEach(queue, c.wrote, func(err error) bool { return errors.Is(err, inTheWay) }, func(w calendar.Wall, left Left) error {
				if err := c.fail(w, done); err != nil {
					return err
				}
				done, left[w] = append(done, w), nil
				return nil
			})
			if !slices.Equal(done, c.done) || len(left) != len(done) || (err == nil) != (c.class == 0) || err != nil && provider.ClassOf(err) != c.class {
				t.Errorf("wrote %v, left %v, %v", done, left, err)
			}
			if !slices.Equal(queue, []calendar.Wall{1, 2, 3}) {
				t.Errorf("the queue became %v", queue)
			}
		})
	}
}
