package collect

import "strings"

// Accepted are the licences that an Apache-2.0 program may be linked with, by SPDX identifier.
var Accepted = []string{"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "Unicode-3.0", "CC0-1.0", "Unlicense", "0BSD", "blessing"}

// marks tell a licence by phrases that all stand in its text, in the order in which they are tried: MPL-2.0 names the GPL
// in passing, BSD-3-Clause holds all that BSD-2-Clause says.
var marks = []struct {
	id      string
	phrases []string
}{
	{"MPL-2.0", []string{"mozilla public license", "2.0"}},
	{"AGPL", []string{"gnu affero general public license"}},
	{"LGPL", []string{"gnu lesser general public license"}},
	{"GPL", []string{"gnu general public license"}},
	{"Apache-2.0", []string{"apache license", "version 2.0"}},
	{"Unicode-3.0", []string{"unicode license v3"}},
	{"CC0-1.0", []string{"cc0 1.0 universal"}},
	{"Unlicense", []string{"this is free and unencumbered software released into the public domain"}},
	{"blessing", []string{"dedicated to the public domain", "anyone is free to copy, modify, publish, use"}}, // SQLite
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "endorse or promote products"}},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms", "list of conditions"}},
	{"MIT", []string{"permission is hereby granted, free of charge, to any person obtaining a copy", "above copyright notice and this permission notice"}},
	{"ISC", []string{"permission to use, copy, modify, and", "distribute this software for any purpose with or without fee", "above copyright notice and this permission notice"}},
	{"0BSD", []string{"permission to use, copy, modify, and", "distribute this software for any purpose with or without fee"}},
}

// Classify names the licence whose text this is; empty if it is none that we know.
func Classify(text string) string {
	flat := strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, m := range marks {
		if containsAll(flat, m.phrases) {
			return m.id
		}
	}
	return ""
}

func containsAll(text string, phrases []string) bool {
	for _, p := range phrases {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
