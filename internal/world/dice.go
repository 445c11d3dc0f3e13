package world

// dice are the only source of chance. Every move throws its own, made from the seed and the number of the move, so that
// leaving a move out does not change what the others throw. The numbers are SplitMix64's: the same with every Go.
type dice struct{ state uint64 }

func newDice(seed uint64, move int) *dice {
	d := &dice{state: seed*0x9e3779b97f4a7c15 ^ uint64(move+1)*0xd1342543de82ef95}
	d.next()
	return d
}

// aside are dice for what joined a move later: whatever it throws leaves the rest of the move as it was.
func (w *World) aside() *dice { return newDice(w.Seed, 1<<20+w.move) }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below answers a number from 0 to n-1; 0 for n below 2.
func (d *dice) below(n int) int {
	if n < 2 {
		return 0
	}
	return int(d.next() % uint64(n))
}

// chance is true so many times in a thousand.
func (d *dice) chance(perMille int) bool { return d.below(1000) < perMille }

func pick[T any](d *dice, list []T) T { return list[d.below(len(list))] }

// weighted picks an index by weight; -1 if all are 0.
func (d *dice) weighted(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	if sum == 0 {
		return -1
	}
	n := d.below(sum)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	panic("weights that do not add up")
}
