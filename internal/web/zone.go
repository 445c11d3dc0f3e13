package web

import (
	_ "embed"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/crm"
	"tahti/internal/engine"
)

// zones are the time zones that pages offer, one a line: the names of zone.tab of the IANA database (public domain), which has
// each country's own and leaves out spellings that are kept for old times' sake.
//
//go:embed zones.txt
var zones string

// zoneNames lists what can be chosen, with the present choice among it.
func zoneNames(chosen string) []string {
	list := strings.Fields(zones)
	if chosen != "" && !slices.Contains(list, chosen) {
		list = append(list, chosen)
		slices.Sort(list)
	}
	return list
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func seconds(d time.Duration) string { return strconv.Itoa(max(int(d.Seconds())+1, 1)) }

// stopped reports whether the company-wide stop is on.
func (v *visit) stopped() (bool, error) {
	on := false
	err := v.view(func(tx engine.Tx) error {
		c, err := tx.GetCompany(v.ctx())
		on = !c.Stopped.IsZero()
		return err
	})
	return on, err
}

// typeName is a type's name in the reader's language; the company's own are as they were written.
func (v *visit) typeName(t crm.ActivityType) string {
	if name := v.Word("type", t.Key); name != t.Key && !t.Custom {
		return name
	}
	return t.Name
}
