// Package licenses holds the licences of everything that is linked into tahti, as `tahti licenses` prints them.
//
// third_party.txt is generated: go generate ./internal/licenses after a change of dependencies. A test tells when it is
// out of date, and when something came in whose licence is not on the list of those we accept.
package licenses

import _ "embed"

//go:generate go run ./gen

//go:embed third_party.txt
var text string

// Text is our own notice, and then for each module its path, version, licence and the licence's full text.
func Text() string { return text }
