package world

import "testing"

// What held when a move was made counts as well as what people chose later.
func TestASpanHoldsUntilTheNext(t *testing.T) {
	w := &World{move: 10}
	s := &side{server: &server{w: w}, spans: []span{{on: true}}}
	s.turn(func(x *span) { x.on = false })
	w.move = 20
	s.turn(func(x *span) { x.on = true })
	on := func(x *span) bool { return x.on }
	for move, want := range map[int][2]bool{0: {true, false}, 9: {true, false}, 10: {true, false}, 15: {true, false}, 20: {true, false}, 21: {true, true}} {
		if ever, always := s.ever(move, on), s.always(move, on); ever != want[0] || always != want[1] {
			t.Errorf("since %d: ever %t, always %t, want %v", move, ever, always, want)
		}
	}
}
