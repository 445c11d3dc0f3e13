package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tahti/internal/calendar"
)

// repeatForm is a recurrence as the chooser has it. What the chooser cannot say is "custom", with the rule as text.
type repeatForm struct {
	Repeat   string   `json:"repeat"` // empty, daily, weekly, monthly, yearly, custom
	Interval string   `json:"interval,omitempty"`
	Days     []string `json:"days,omitempty"` // MO…SU, of weekly
	Ends     string   `json:"ends,omitempty"` // empty (never), until, count
	Until    string   `json:"until,omitempty"`
	Count    string   `json:"count,omitempty"`
	Rule     string   `json:"rule,omitempty"`
}

var weekdayCodes = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

func (v *visit) readRepeat() repeatForm {
	r := repeatForm{Repeat: v.form("repeat")}
	switch r.Repeat {
	case "":
		return r
	case "custom":
		r.Rule = v.form("rule")
		return r
	}
	if r.Interval = v.form("interval"); r.Interval == "1" {
		r.Interval = ""
	}
	if r.Repeat == "weekly" {
		for _, code := range weekdayCodes {
			if slices.Contains(v.r.Form["days"], code) {
				r.Days = append(r.Days, code)
			}
		}
	}
	switch r.Ends = v.form("ends"); r.Ends {
	case "until":
		r.Until = v.form("until")
	case "count":
		r.Count = v.form("count")
	default:
		r.Ends = ""
	}
	return r
}

// repeatOf reads a rule into the chooser, if it can say it all.
func repeatOf(e *calendar.Event) repeatForm {
	if e.Rule == "" {
		if len(e.Extra) > 0 {
			return repeatForm{Repeat: "custom"}
		}
		return repeatForm{}
	}
	custom := repeatForm{Repeat: "custom", Rule: e.Rule}
	var r repeatForm
	for part := range strings.SplitSeq(e.Rule, ";") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "FREQ":
			r.Repeat = strings.ToLower(value)
		case "INTERVAL":
			r.Interval = value
		case "BYDAY":
			r.Days = strings.Split(value, ",")
		case "COUNT":
			r.Ends, r.Count = "count", value
		case "UNTIL":
			r.Ends, r.Until = "until", untilDay(value, e.Start)
		default:
			return custom
		}
	}
	simple := slices.Contains([]string{"daily", "weekly", "monthly", "yearly"}, r.Repeat)
	plain := !slices.ContainsFunc(r.Days, func(d string) bool { return !slices.Contains(weekdayCodes, d) })
	if !simple || !plain || len(r.Days) > 0 && r.Repeat != "weekly" || r.Ends == "until" && r.Until == "" || len(e.Extra) > 0 {
		return custom
	}
	slices.SortFunc(r.Days, func(a, b string) int { return slices.Index(weekdayCodes, a) - slices.Index(weekdayCodes, b) })
	return r
}

// untilDay is the last day as people in the series' zone say it.
func untilDay(until string, start calendar.Time) string {
	w, err := calendar.ParseWall(strings.TrimSuffix(until, "Z"))
	if err != nil {
		return ""
	}
	t := w.Civil()
	if strings.HasSuffix(until, "Z") && start.Kind == calendar.Zoned {
		loc, err := time.LoadLocation(start.Zone)
		if err != nil {
			return ""
		}
		t = t.In(loc)
	}
	return t.Format(formDate)
}

func (r *repeatForm) sameRepeat(o *repeatForm) bool {
	a, b := *r, *o
	days := slices.Equal(a.Days, b.Days)
	return days && a.Repeat == b.Repeat && a.Interval == b.Interval && a.Ends == b.Ends && a.Until == b.Until && a.Count == b.Count && a.Rule == b.Rule
}

// rule writes the rule; the hub checks it.
func (r *repeatForm) rule(v *visit, errs map[string]string) string {
	switch r.Repeat {
	case "":
		return ""
	case "custom":
		return strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(r.Rule)), "RRULE:")
	}
	rule := "FREQ=" + strings.ToUpper(r.Repeat)
	if r.Interval != "" {
		rule += ";INTERVAL=" + r.Interval
	}
	if len(r.Days) > 0 {
		rule += ";BYDAY=" + strings.Join(r.Days, ",")
	}
	switch r.Ends {
	case "until":
		day, err := time.Parse(formDate, r.Until)
		if err != nil {
			errs["until"] = v.T("invalid.bad_date", "example", v.now.Format(formDate))
			return ""
		}
		rule += ";UNTIL=" + day.Format("20060102")
	case "count":
		if n, err := strconv.Atoi(r.Count); err != nil || n < 1 {
			errs["count"] = v.T("invalid.out_of_range")
			return ""
		}
		rule += ";COUNT=" + r.Count
	}
	return rule
}

// repeats says a recurrence in words.
func (v *visit) repeats(e *calendar.Event) string {
	if !e.IsSeries() {
		return ""
	}
	r := repeatOf(e)
	n, err := strconv.Atoi(r.Interval)
	if err != nil {
		n = 1
	}
	var s string
	switch r.Repeat {
	case "daily":
		s = v.T("repeat.daily", "n", n)
	case "weekly":
		s = v.T("repeat.weekly", "n", n)
	case "monthly":
		s = v.T("repeat.monthly", "n", n)
	case "yearly":
		s = v.T("repeat.yearly", "n", n)
	default:
		return v.T("repeat.other")
	}
	if len(r.Days) > 0 {
		var days []string
		for _, code := range r.Days {
			days = append(days, v.Weekday(weekday(code), "every"))
		}
		s = v.T("repeat.on_days", "repeat", s, "days", v.List(days...))
	}
	switch r.Ends {
	case "until":
		if day, err := time.Parse(formDate, r.Until); err == nil {
			s = v.T("repeat.until", "repeat", s, "date", v.Date(day))
		}
	case "count":
		if times, err := strconv.Atoi(r.Count); err == nil {
			s = v.T("repeat.times", "repeat", s, "n", times)
		}
	}
	return s
}

func weekday(code string) time.Weekday {
	return time.Weekday((slices.Index(weekdayCodes, code) + 1) % 7)
}
