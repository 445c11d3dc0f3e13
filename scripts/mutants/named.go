package main

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

//go:embed named/*.txt
var namedTexts embed.FS

// maxChanged is how many lines a named defect may change. A class of defect that takes more is not one that slips in.
const maxChanged = 5

// defect is one of the fifteen classes that other syncs shipped, as it would stand in our code.
type defect struct {
	number int
	name   string   // of its file, without the number
	title  string   // what is wrong, in a sentence
	expect []string // the invariants of which one has to break first; the one that names the defect leads
	hunks  []hunk
}

// hunk is a place in a file. was stands there exactly once.
type hunk struct {
	file, was, is string
	changed       int
}

// readNamed reads all defects, in the order of their numbers.
func readNamed() ([]defect, error) {
	files, err := namedTexts.ReadDir("named")
	if err != nil {
		return nil, err
	}
	var list []defect
	for _, f := range files {
		text, err := namedTexts.ReadFile(path.Join("named", f.Name()))
		if err != nil {
			return nil, err
		}
		d, err := parseDefect(f.Name(), string(text))
		if err != nil {
			return nil, fmt.Errorf("named/%s: %w", f.Name(), err)
		}
		list = append(list, d)
	}
	return list, nil
}

var (
	namedFile  = regexp.MustCompile(`^(\d\d)-([a-z-]+)\.txt$`)
	invariants = regexp.MustCompile(`^I\d+(, I\d+)*$`)
)

// parseDefect reads a sentence, "expect:" with invariants, "because:" with reasons, and behind each "file:" the lines of a
// place: those that go behind a minus, those that come behind a plus, those that stay behind a blank.
func parseDefect(file, text string) (d defect, err error) {
	m := namedFile.FindStringSubmatch(file)
	if m == nil {
		return d, fmt.Errorf("is not called NN-name.txt")
	}
	d.number, _ = strconv.Atoi(m[1])
	d.name = m[2]
	head, places, _ := strings.Cut(text, "\nfile: ")
	title, rest, _ := strings.Cut(head, "\n")
	expect, because, _ := strings.Cut(rest, "\n")
	expect, found := strings.CutPrefix(expect, "expect: ")
	if d.title = title; title == "" || !found || !invariants.MatchString(expect) || !strings.HasPrefix(because, "because: ") {
		return d, fmt.Errorf("does not begin with a sentence, expect: I1, and because: with a reason")
	}
	d.expect = strings.Split(expect, ", ")
	total := 0
	for _, place := range strings.Split(places, "\nfile: ") {
		h, err := parseHunk(place)
		if err != nil {
			return d, err
		}
		d.hunks = append(d.hunks, h)
		total += h.changed
	}
	if total == 0 || total > maxChanged {
		return d, fmt.Errorf("changes %d lines, want 1 to %d", total, maxChanged)
	}
	return d, nil
}

func parseHunk(text string) (h hunk, err error) {
	h.file, text, _ = strings.Cut(text, "\n")
	var goes, comes int
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if line == "" {
			line = " " // editors cut the blank off
		}
		kind, line := line[0], line[1:]+"\n"
		switch kind {
		case '-':
			h.was, goes = h.was+line, goes+1
		case '+':
			h.is, comes = h.is+line, comes+1
		case ' ':
			h.was, h.is = h.was+line, h.is+line
		default:
			return h, fmt.Errorf("%s: a line begins neither with a blank nor with a minus or plus: %q", h.file, line)
		}
	}
	if h.was == "" {
		return h, fmt.Errorf("%s: no place", h.file)
	}
	h.changed = max(goes, comes)
	return h, nil
}

// apply gives the files with the defect in them, by their names. read answers what stands in a file.
func (d *defect) apply(read func(file string) ([]byte, error)) (map[string]string, error) {
	files := map[string]string{}
	for _, h := range d.hunks {
		text, begun := files[h.file]
		if !begun {
			b, err := read(h.file)
			if err != nil {
				return nil, err
			}
			text = string(b)
		}
		if n := strings.Count("\n"+text, "\n"+h.was); n != 1 {
			return nil, fmt.Errorf("does not apply: %s has the place %d times:\n%s", h.file, n, h.was)
		}
		before, after, _ := strings.Cut("\n"+text, "\n"+h.was)
		files[h.file] = (before + "\n" + h.is + after)[1:]
	}
	return files, nil
}
