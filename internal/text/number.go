package text

import (
	"strconv"
	"strings"
	"time"
)

// Number writes a whole number with the language's separators.
func (p Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(p.T("format.thousands"))
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// decimal writes tenths: 15 is 1.5.
func (p Printer) decimal(tenths int64) string {
	if tenths%10 == 0 {
		return p.Number(tenths / 10)
	}
	return p.Number(tenths/10) + p.T("format.decimal") + strconv.FormatInt(tenths%10, 10)
}

// Percent writes a share of 0 to 100.
func (p Printer) Percent(n int) string { return p.T("format.percent", "n", n) }

// Size writes a number of bytes in decimal units, with one digit after the point below ten.
func (p Printer) Size(bytes int64) string {
	for _, unit := range []struct {
		key  string
		size int64
	}{{"size.giga", 1e9}, {"size.mega", 1e6}, {"size.kilo", 1e3}} {
		switch {
		case bytes >= 10*unit.size:
			return p.T(unit.key, "n", p.Number((bytes+unit.size/2)/unit.size))
		case bytes >= unit.size:
			return p.T(unit.key, "n", p.decimal((bytes+unit.size/20)/(unit.size/10)))
		}
	}
	return p.T("size.bytes", "n", bytes)
}

// Duration writes a length of time for people: whole seconds below a minute, hours and minutes below a day, days and hours
// above.
func (p Printer) Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return p.T("duration.under_a_second")
	case d < time.Minute:
		return p.T("duration.seconds", "n", int64(d/time.Second))
	}
	minutes := int64(d.Round(time.Minute) / time.Minute)
	days, hours, minutes := minutes/(24*60), minutes/60%24, minutes%60
	var parts []string
	if days > 0 {
		parts = append(parts, p.T("duration.days", "n", days))
		minutes = 0 // nobody counts minutes over days
	}
	if hours > 0 {
		parts = append(parts, p.T("duration.hours", "n", hours))
	}
	if minutes > 0 {
		parts = append(parts, p.T("duration.minutes", "n", minutes))
	}
	return strings.Join(parts, " ")
}

// List joins items as a sentence does: a, b and c.
func (p Printer) List(items ...string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	case 2:
		return p.T("list.two", "a", items[0], "b", items[1])
	}
	out := items[0]
	for _, item := range items[1 : len(items)-1] {
		out = p.T("list.middle", "a", out, "b", item)
	}
	return p.T("list.last", "a", out, "b", items[len(items)-1])
}
