// Command gen writes the zone tables of package recur from two published sources: CLDR's windowsZones.json (npm package
// cldr-core) and the list of zones in Go's own copy of the IANA time zone database.
//
//	npm pack cldr-core@48.2.0 && tar xzf cldr-core-48.2.0.tgz
//	go run ./internal/recur/gen -windows package/supplemental/windowsZones.json -out internal/recur/zonetable.go
package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// modern maps the names that CLDR keeps for stability to those that the IANA database has today.
var modern = map[string]string{
	"Africa/Asmera":         "Africa/Asmara",
	"America/Buenos_Aires":  "America/Argentina/Buenos_Aires",
	"America/Catamarca":     "America/Argentina/Catamarca",
	"America/Cordoba":       "America/Argentina/Cordoba",
	"America/Jujuy":         "America/Argentina/Jujuy",
	"America/Mendoza":       "America/Argentina/Mendoza",
	"America/Coral_Harbour": "America/Atikokan",
	"America/Godthab":       "America/Nuuk",
	"America/Indianapolis":  "America/Indiana/Indianapolis",
	"America/Louisville":    "America/Kentucky/Louisville",
	"Asia/Calcutta":         "Asia/Kolkata",
	"Asia/Katmandu":         "Asia/Kathmandu",
	"Asia/Rangoon":          "Asia/Yangon",
	"Asia/Saigon":           "Asia/Ho_Chi_Minh",
	"Atlantic/Faeroe":       "Atlantic/Faroe",
	"Europe/Kiev":           "Europe/Kyiv",
	"Pacific/Enderbury":     "Pacific/Kanton",
	"Pacific/Ponape":        "Pacific/Pohnpei",
	"Pacific/Truk":          "Pacific/Chuuk",
}

func main() {
	log.SetFlags(0)
	windows := flag.String("windows", "windowsZones.json", "CLDR's supplemental/windowsZones.json")
	zones := flag.String("zones", filepath.Join(goroot(), "lib", "time", "zoneinfo.zip"), "Go's zoneinfo.zip")
	out := flag.String("out", "zonetable.go", "file to write")
	flag.Parse()
	rules, err := readZones(*zones)
	if err != nil {
		log.Fatalf("read zones: %v", err)
	}
	table, version, err := readWindows(*windows)
	if err != nil {
		log.Fatalf("read windows zones: %v", err)
	}
	source, err := render(table, version, rules)
	if err != nil {
		log.Fatalf("write table: %v", err)
	}
	if err := os.WriteFile(*out, source, 0o644); err != nil {
		log.Fatal(err)
	}
}

// readZones returns each zone's name and a hash of its rules: zones with the same rules are links of one another.
func readZones(path string) (map[string][32]byte, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	rules := map[string][32]byte{}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") || f.Name == "Factory" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		rules[f.Name] = sha256.Sum256(data)
	}
	return rules, nil
}

// entry is a Windows zone: the IANA zone it stands for first, then all others that it stands for somewhere.
type entry struct {
	windows string
	iana    []string
}

func readWindows(path string) ([]entry, string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	var file struct {
		Supplemental struct {
			Version struct {
				CLDR string `json:"_cldrVersion"`
			} `json:"version"`
			WindowsZones struct {
				MapTimezones []struct {
					MapZone struct {
						Windows   string `json:"_other"`
						IANA      string `json:"_type"`
						Territory string `json:"_territory"`
					} `json:"mapZone"`
				} `json:"mapTimezones"`
			} `json:"windowsZones"`
		} `json:"supplemental"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, "", err
	}
	var table []entry
	for _, m := range file.Supplemental.WindowsZones.MapTimezones {
		i := slices.IndexFunc(table, func(e entry) bool { return e.windows == m.MapZone.Windows })
		if i < 0 {
			i, table = len(table), append(table, entry{windows: m.MapZone.Windows})
		}
		names := strings.Fields(m.MapZone.IANA)
		if m.MapZone.Territory == "001" { // the whole world: the zone to take when nothing else is known
			table[i].iana = append(names, table[i].iana...)
		} else {
			table[i].iana = append(table[i].iana, names...)
		}
	}
	return table, file.Supplemental.Version.CLDR, nil
}

func render(table []entry, version string, rules map[string][32]byte) ([]byte, error) {
	taken := map[string]bool{}
	for i, e := range table {
		var names []string
		for _, name := range e.iana {
			for _, n := range []string{modern[name], name} {
				if _, known := rules[n]; known && !slices.Contains(names, n) {
					names = append(names, n)
				}
			}
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s has no zone that is known here", e.windows)
		}
		table[i].iana = names
		for _, n := range names {
			taken[n] = true
		}
	}
	all := slices.Sorted(func(yield func(string) bool) {
		for name := range rules {
			if !yield(name) {
				return
			}
		}
	})
	for _, name := range all { // names that CLDR leaves out go where a zone with the same rules is
		if taken[name] {
			continue
		}
		i := slices.IndexFunc(table, func(e entry) bool {
			return slices.ContainsFunc(e.iana, func(n string) bool { return rules[n] == rules[name] })
		})
		if i >= 0 {
			table[i].iana = append(table[i].iana, name)
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `// Code generated by internal/recur/gen from CLDR %s (cldr-core, supplemental/windowsZones.json). DO NOT EDIT.
//
// The Windows zones are data files of Unicode CLDR: Copyright © 2004-2026 Unicode, Inc., licensed under the Unicode
// License v3 (SPDX Unicode-3.0, https://www.unicode.org/license.txt). The names of zones are those of the IANA time zone
// database, which is in the public domain.

package recur

`, version)
	b.WriteString("// windowsTable has a line per Windows zone: its id, the IANA zone it stands for, the others it stands for.\n")
	b.WriteString("const windowsTable = `")
	slices.SortFunc(table, func(a, b entry) int { return strings.Compare(a.windows, b.windows) })
	for _, e := range table {
		b.WriteString("\n" + e.windows + "=" + strings.Join(e.iana, " "))
	}
	b.WriteString("`\n\n// ianaTable has every zone of the IANA database, links too, in order.\nconst ianaTable = `")
	width := 0
	for _, name := range all {
		if width += len(name) + 1; width > 110 {
			width = len(name) + 1
		}
		if width == len(name)+1 {
			b.WriteString("\n" + name)
		} else {
			b.WriteString(" " + name)
		}
	}
	b.WriteString("`\n")
	return format.Source(b.Bytes())
}

// goroot is where the Go that runs us is installed.
func goroot() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "" // the default of -zones leads nowhere then, and says so when it is opened
	}
	return strings.TrimSpace(string(out))
}
