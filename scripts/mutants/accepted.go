package main

import (
	"bufio"
	"cmp"
	_ "embed"
	"fmt"
	"path/filepath"
	"strings"
)

//go:embed accepted.txt
var acceptedText string

// accepted are the mutants that behave like the original, with the reason why. A line of the list names one by its
// package's folder and file with the function, its line before and after: it holds wherever in the function the line moves. A star
// for both lines stands for all mutants of the function.
type accepted struct{ reasons map[[3]string]string }

func readAccepted() (*accepted, error) { return parseAccepted(acceptedText) }

// parseAccepted reads blocks of four lines (file and function, was, is, why), with an empty line after each; # begins a comment.
func parseAccepted(text string) (*accepted, error) {
	a := &accepted{reasons: map[[3]string]string{}}
	var block []string
	lines := bufio.NewScanner(strings.NewReader(text + "\n\n"))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case strings.HasPrefix(line, "#"):
		case line != "":
			block = append(block, line)
		case len(block) == 4:
			a.reasons[[3]string(block[:3])] = block[3]
			block = nil
		case len(block) != 0:
			return nil, fmt.Errorf("accepted.txt: the block above line %d has %d lines, want file and function, was, is, why", n, len(block))
		}
	}
	return a, lines.Err()
}

// reason is why a mutant was accepted; empty if it was not.
func (a *accepted) reason(m mutant) string {
	dir, file := filepath.Split(m.file.path)
	where := strings.TrimSpace(filepath.Base(dir) + "/" + file + " " + m.within)
	return cmp.Or(a.reasons[[3]string{where, m.was(), m.is()}], a.reasons[[3]string{where, "*", "*"}])
}
