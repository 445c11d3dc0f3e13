package recur

import (
	"time"

	"tahti/internal/calendar"
)

// day is a date with all that the BY parts ask of one.
type day struct {
	number           int // days since 1970-01-01
	year             int
	month            int // 1 to 12
	ofMonth, inMonth int // 1 to inMonth
	ofYear, inYear   int // 1 to inYear
	weekday          int // 0 is Monday
}

// dayNumber counts days since 1970-01-01; parts out of range are carried over.
func dayNumber(year, month, ofMonth int) int {
	return int(calendar.WallOf(year, time.Month(month), ofMonth, 0, 0, 0) / calendar.Day)
}

func dayAt(number int) day {
	civil := (calendar.Wall(number) * calendar.Day).Civil()
	return day{
		number: number, year: civil.Year(), month: int(civil.Month()),
		ofMonth: civil.Day(), inMonth: daysIn(civil.Year(), int(civil.Month())),
		ofYear: civil.YearDay(), inYear: daysInYear(civil.Year()),
		weekday: weekdayOf(number),
	}
}

// dayOf is the number of the day on which a reading of the clock lies.
func dayOf(w calendar.Wall) int { return int(w.Midnight() / calendar.Day) }

// next moves on by one day, which is much cheaper than to look a date up.
func (d *day) next() {
	d.number++
	d.ofMonth++
	d.ofYear++
	if d.weekday++; d.weekday == 7 {
		d.weekday = 0
	}
	if d.ofMonth <= d.inMonth {
		return
	}
	d.ofMonth = 1
	if d.month++; d.month > 12 {
		d.month, d.ofYear, d.year = 1, 1, d.year+1
		d.inYear = daysInYear(d.year)
	}
	d.inMonth = daysIn(d.year, d.month)
}

// weekdayOf counts from Monday; day 0, 1970-01-01, was a Thursday.
func weekdayOf(number int) int { return floorMod(number+3, 7) }

// week returns the number of the day's week and the number of weeks of the year that this week belongs to, for weeks that
// begin on the given weekday: the first week of a year is the first with four days in it (RFC 5545, BYWEEKNO).
func (d *day) week(start int) (n, of int) {
	begin := d.number - floorMod(d.weekday-start, 7)
	year := d.year
	if middle := d.ofYear + begin + 3 - d.number; middle < 1 { // the fourth day decides the year
		year--
	} else if middle > d.inYear {
		year++
	}
	first := firstWeek(year, start)
	return (begin-first)/7 + 1, (firstWeek(year+1, start) - first) / 7
}

// firstWeek is the number of the day on which the first week of a year begins.
func firstWeek(year, start int) int {
	fourth := dayNumber(year, 1, 4)
	return fourth - floorMod(weekdayOf(fourth)-start, 7)
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysInYear(year int) int {
	if isLeap(year) {
		return 366
	}
	return 365
}

var monthLengths = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func daysIn(year, month int) int {
	if month == 2 && isLeap(year) {
		return 29
	}
	return monthLengths[month]
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int) int { return a - floorDiv(a, b)*b }
