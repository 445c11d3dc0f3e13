package world

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Shrink finds few moves of a seed after which the same invariant breaks. Leaving a move out changes what the later ones meet,
// but not what they throw; so it is tried, in ever smaller pieces, and what still breaks is kept.
func Shrink(seed uint64, r Result) ([]int, Result, error) {
	moves := make([]int, r.Moves)
	for i := range moves {
		moves[i] = i + 1
	}
	invariant := firstWord(r.Broken)
	for piece := len(moves) / 2; piece > 0; piece /= 2 {
		for from := 0; from < len(moves); {
			fewer := slices.Delete(slices.Clone(moves), from, min(from+piece, len(moves)))
			now, err := Run(seed, Options{Keep: keeping(fewer), NoTrace: true})
			if err != nil {
				return nil, now, err
			}
			if firstWord(now.Broken) == invariant {
				moves = fewer
				continue
			}
			from += piece
		}
	}
	r, err := Run(seed, Options{Keep: keeping(moves)}) // once more, with a trace
	return moves, r, err
}

func firstWord(broken []string) string {
	if len(broken) == 0 {
		return ""
	}
	word, _, _ := strings.Cut(broken[0], " ")
	return word
}

func keeping(moves []int) func(int) bool {
	return func(move int) bool {
		_, kept := slices.BinarySearch(moves, move)
		return kept
	}
}

// FormatMoves writes moves as a command line has them: 3,7-9,40.
func FormatMoves(moves []int) string {
	var parts []string
	for i := 0; i < len(moves); {
		j := i
		for j+1 < len(moves) && moves[j+1] == moves[j]+1 {
			j++
		}
		part := strconv.Itoa(moves[i])
		if j > i {
			part += "-" + strconv.Itoa(moves[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// ParseMoves reads what FormatMoves wrote. Empty text keeps every move and answers nil.
func ParseMoves(text string) (func(int) bool, error) {
	if text == "" {
		return nil, nil
	}
	var moves []int
	for _, part := range strings.Split(text, ",") {
		from, to, span := strings.Cut(part, "-")
		if !span {
			to = from
		}
		first, err := strconv.Atoi(from)
		if err != nil {
			return nil, fmt.Errorf("read moves %q: %w", text, err)
		}
		last, err := strconv.Atoi(to)
		if err != nil {
			return nil, fmt.Errorf("read moves %q: %w", text, err)
		}
		if last < first || last > 100_000 {
			return nil, fmt.Errorf("read moves %q: %s is no span", text, part)
		}
		for m := first; m <= last; m++ {
			moves = append(moves, m)
		}
	}
	slices.Sort(moves)
	return keeping(moves), nil
}
