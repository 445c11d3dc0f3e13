// Command gen writes internal/licenses/third_party.txt. It runs in internal/licenses, by go generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"tahti/internal/licenses/collect"
)

func main() {
	if err := generate(filepath.Join("..", "..")); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate(root string) error {
	notice, err := os.ReadFile(filepath.Join(root, "NOTICE"))
	if err != nil {
		return err
	}
	modules, err := collect.Modules(root, "cmd/tahti")
	if err != nil {
		return err
	}
	return os.WriteFile("third_party.txt", []byte(collect.Render(string(notice), modules)), 0o644)
}
