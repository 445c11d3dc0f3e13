package collect

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var root = filepath.Join("..", "..", "..")

func linkedModules(t *testing.T) []Module {
	t.Helper()
	modules, err := Modules(root, "cmd/tahti")
	if err != nil {
		t.Fatal(err)
	}
	return modules
}

func TestEveryLinkedModuleHasALicenceThatWeAccept(t *testing.T) {
	for _, m := range linkedModules(t) {
		for _, problem := range m.Problems() {
			t.Error(problem)
		}
	}
}

func TestThePrintedLicencesAreThoseOfWhatIsLinked(t *testing.T) {
	notice, err := os.ReadFile(filepath.Join(root, "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	printed, err := os.ReadFile(filepath.Join("..", "third_party.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(printed) != Render(string(notice), linkedModules(t)) {
		t.Error("internal/licenses/third_party.txt is out of date: go generate ./internal/licenses")
	}
}

// The checks above pass on a program without dependencies; this one has some, whatever cmd/tahti holds.
func TestModulesAreFoundWithTheirLicences(t *testing.T) {
	modules, err := Modules(root, "internal/secret")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(modules, func(m Module) bool { return m.Path == "github.com/tink-crypto/tink-go/v2" })
	if i < 0 {
		t.Fatalf("tink is not among %d modules", len(modules))
	}
	if m := modules[i]; !slices.Equal(m.Licenses(), []string{"Apache-2.0"}) || m.Version == "" || len(m.Problems()) != 0 {
		t.Errorf("tink: %s %v %v", m.Version, m.Licenses(), m.Problems())
	}
	if text := Render("ours", modules); !strings.HasPrefix(text, "ours\n") || !strings.Contains(text, "TERMS AND CONDITIONS") {
		t.Error("the printed text lacks the notice or the licence")
	}
}

func TestAProgramThatDoesNotExistYetLinksNothing(t *testing.T) {
	if modules, err := Modules(root, "cmd/none"); err != nil || len(modules) != 0 {
		t.Errorf("got %v, %v", modules, err)
	}
}

func TestLicencesAreToldApartByTheirText(t *testing.T) {
	const bsd = "Redistribution and use in source and\nbinary forms, with or without modification, are permitted: this list of conditions"
	for text, want := range map[string]string{
		"Apache License\n   Version 2.0, January 2004": "Apache-2.0",
		bsd: "BSD-2-Clause",
		bsd + " nor the names may be used to endorse or promote products": "BSD-3-Clause",
		"Mozilla Public License Version 2.0 … GNU General Public License": "MPL-2.0",
		"GNU GENERAL PUBLIC LICENSE Version 3":                            "GPL",
		"GNU LESSER GENERAL PUBLIC LICENSE":                               "LGPL",
		"All rights reserved.":                                            "",
	} {
		if got := Classify(text); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsRefusedIsSaid(t *testing.T) {
	for name, m := range map[string]Module{
		"no licence":   {Path: "x"},
		"unknown":      {Path: "x", Files: []File{{Name: "LICENSE", Text: "mine"}}},
		"not accepted": {Path: "x", Files: []File{{Name: "COPYING", License: "GPL"}}},
		"notice only":  {Path: "x", Files: []File{{Name: "NOTICE.txt"}}},
	} {
		if len(m.Problems()) == 0 {
			t.Errorf("%s: accepted", name)
		}
	}
}
