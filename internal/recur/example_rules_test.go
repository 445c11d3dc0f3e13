package recur

import (
	"slices"
	"strings"
	"testing"

	"tahti/internal/calendar"
)

// The examples of RFC 5545 section 3.8.5.3, all in New York's time. A start is month, day and, where it is not nine
// o'clock, time; a year stands before those that belong to it. Three dots: it goes on.
var rfcExamples = []struct{ name, start, rule, want string }{
	{"daily for 10 occurrences", "19970902T090000", "FREQ=DAILY;COUNT=10",
		"1997: 0902 0903 0904 0905 0906 0907 0908 0909 0910 0911"},
	{"every other day", "19970902T090000", "FREQ=DAILY;INTERVAL=2",
		"1997: 0902 0904 0906 0908 0910 0912 0914 0916 0918 0920 0922 0924 0926 0928 0930 1002 ..."},
	{"every 10 days, 5 occurrences", "19970902T090000", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997: 0902 0912 0922 1002 1012"},
	{"weekly for 10 occurrences", "19970902T090000", "FREQ=WEEKLY;COUNT=10",
		"1997: 0902 0909 0916 0923 0930 1007 1014 1021 1028 1104"},
	{"weekly until December 24", "19970902T090000", "FREQ=WEEKLY;UNTIL=19971224T000000Z",
		"1997: 0902 0909 0916 0923 0930 1007 1014 1021 1028 1104 1111 1118 1125 1202 1209 1216 1223"},
	{"every other week, weeks from Sunday", "19970902T090000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
		"1997: 0902 0916 0930 1014 1028 1111 1125 1209 1223 1998: 0106 0120 0203 0217 ..."},
	{"weekly on Tuesday and Thursday until October 7", "19970902T090000",
		"FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997: 0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"},
	{"weekly on Tuesday and Thursday for 5 weeks", "19970902T090000", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
		"1997: 0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"},
	{"every other week on Monday, Wednesday, Friday until December 24", "19970901T090000",
		"FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
		"1997: 0901 0903 0905 0915 0917 0919 0929 1001 1003 1013 1015 1017 1027 1029 1031 1110 1112 1114 1124 1126 1128 " +
			"1208 1210 1212 1222"},
	{"every other week on Tuesday and Thursday, 8 occurrences", "19970902T090000",
		"FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997: 0902 0904 0916 0918 0930 1002 1014 1016"},
	{"monthly on the first Friday, 10 occurrences", "19970905T090000", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
		"1997: 0905 1003 1107 1205 1998: 0102 0206 0306 0403 0501 0605"},
	{"monthly on the first Friday until December 24", "19970905T090000", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
		"1997: 0905 1003 1107 1205"},
	{"every other month on the first and last Sunday", "19970907T090000", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
		"1997: 0907 0928 1102 1130 1998: 0104 0125 0301 0329 0503 0531"},
	{"monthly on the second-to-last Monday", "19970922T090000", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
		"1997: 0922 1020 1117 1222 1998: 0119 0216"},
	{"monthly on the third-to-last day", "19970928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3",
		"1997: 0928 1029 1128 1229 1998: 0129 0226 ..."},
	{"monthly on the 2nd and 15th", "19970902T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
		"1997: 0902 0915 1002 1015 1102 1115 1202 1215 1998: 0102 0115"},
	{"monthly on the first and last day", "19970930T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
		"1997: 0930 1001 1031 1101 1130 1201 1231 1998: 0101 0131 0201"},
	{"every 18 months on the 10th to 15th", "19970910T090000", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
		"1997: 0910 0911 0912 0913 0914 0915 1999: 0310 0311 0312 0313"},
	{"every Tuesday of every other month", "19970902T090000", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
		"1997: 0902 0909 0916 0923 0930 1104 1111 1118 1125 1998: 0106 0113 0120 0127 0303 0310 0317 0324 0331 ..."},
	{"yearly in June and July", "19970610T090000", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
		"1997: 0610 0710 1998: 0610 0710 1999: 0610 0710 2000: 0610 0710 2001: 0610 0710"},
	{"every other year in January, February, March", "19970310T090000", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
		"1997: 0310 1999: 0110 0210 0310 2001: 0110 0210 0310 2003: 0110 0210 0310"},
	{"every third year on days 1, 100 and 200", "19970101T090000", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
		"1997: 0101 0410 0719 2000: 0101 0409 0718 2003: 0101 0410 0719 2006: 0101"},
	{"every 20th Monday of the year", "19970519T090000", "FREQ=YEARLY;BYDAY=20MO", "1997: 0519 1998: 0518 1999: 0517 ..."},
	{"Monday of week 20", "19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997: 0512 1998: 0511 1999: 0517 ..."},
	{"every Thursday in March", "19970313T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
		"1997: 0313 0320 0327 1998: 0305 0312 0319 0326 1999: 0304 0311 0318 0325 ..."},
	{"every Thursday of June, July and August", "19970605T090000", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
		"1997: 0605 0612 0619 0626 0703 0710 0717 0724 0731 0807 0814 0821 0828 1998: 0604 0611 ..."},
	{"every Friday the 13th, its start left out by EXDATE there", "19980213T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
		"1998: 0213 0313 1113 1999: 0813 2000: 1013 ..."},
	{"the first Saturday after the first Sunday", "19970913T090000", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
		"1997: 0913 1011 1108 1213 1998: 0110 0207 0307 0411 0509 0613 ..."},
	{"US presidential election day", "19961105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
		"1996: 1105 2000: 1107 2004: 1102 ..."},
	{"the third of Tuesday, Wednesday, Thursday", "19970904T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
		"1997: 0904 1007 1106"},
	{"the second-to-last weekday", "19970929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
		"1997: 0929 1030 1127 1230 1998: 0129 0226 0330 ..."},
	{"every 3 hours until 5 pm", "19970902T090000", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z",
		"1997: 0902 0902T1200 0902T1500"},
	{"every 15 minutes, 6 occurrences", "19970902T090000", "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
		"1997: 0902 0902T0915 0902T0930 0902T0945 0902T1000 0902T1015"},
	{"every hour and a half, 4 occurrences", "19970902T090000", "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
		"1997: 0902 0902T1030 0902T1200 0902T1330"},
	{"every 20 minutes from 9 to 4:40 pm, by hours", "19970902T090000", "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
		"1997: 0902 0902T0920 0902T0940 0902T1000 0902T1020 0902T1040 0902T1100 0902T1120 0902T1140 0902T1200 0902T1220 " +
			"0902T1240 0902T1300 0902T1320 0902T1340 0902T1400 0902T1420 0902T1440 0902T1500 0902T1520 0902T1540 0902T1600 " +
			"0902T1620 0902T1640 0903 0903T0920 ..."},
	{"every 20 minutes from 9 to 4:40 pm, by minutes", "19970902T090000",
		"FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
		"1997: 0902 0902T0920 0902T0940 0902T1000 0902T1020 0902T1040 0902T1100 0902T1120 0902T1140 0902T1200 0902T1220 " +
			"0902T1240 0902T1300 0902T1320 0902T1340 0902T1400 0902T1420 0902T1440 0902T1500 0902T1520 0902T1540 0902T1600 " +
			"0902T1620 0902T1640 0903 0903T0920 ..."},
	{"two days in a fortnight, weeks from Monday", "19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
		"1997: 0805 0810 0819 0824"},
	{"two days in a fortnight, weeks from Sunday", "19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
		"1997: 0805 0817 0819 0831"},
	{"an invalid date is passed over", "20070115T090000", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
		"2007: 0115 0130 0215 0315 0330"},
	{"every day in January, by years", "19980101T090000",
		"FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", januaries},
	{"every day in January, by days", "19980101T090000", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", januaries},

	// Beyond the RFC's list.
	{"a start that does not match counts as the first", "20260106T100000", "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
		"2026: 0106T1000 0112T1000 0119T1000"},
	{"a start after the end gives nothing", "20260106T100000", "FREQ=DAILY;UNTIL=20260101T000000Z", ""},
	{"leap days", "20240229T090000", "FREQ=YEARLY", "2024: 0229 2028: 0229 2032: 0229 ..."},
	{"leap days pass over 2100", "20960229T090000", "FREQ=YEARLY;COUNT=2", "2096: 0229 2104: 0229"},
	{"the 31st", "20260131T090000", "FREQ=MONTHLY;COUNT=4", "2026: 0131 0331 0531 0731"},
	{"a week number without a day means the start's day", "20260106T090000", "FREQ=YEARLY;BYWEEKNO=1,20,-1;COUNT=5",
		"2026: 0106 0512 1229 2027: 0105 0518"},
	{"the last week, weeks from Sunday", "20260103T090000", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SA;WKST=SU;COUNT=3",
		"2026: 0103 2027: 0102 2028: 0101"},
	{"the last day of the year, counted from its end", "20231231T090000", "FREQ=YEARLY;BYYEARDAY=-1,-366;COUNT=4",
		"2023: 1231 2024: 0101 1231 2025: 1231"},
	{"the last working hour of the month", "20260130T160000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,16;BYSETPOS=-1;COUNT=3",
		"2026: 0130T1600 0227T1600 0331T1600"},
	{"hourly at two of its minutes", "20260101T091000", "FREQ=HOURLY;BYMINUTE=10,40;COUNT=3", "2026: 0101T0910 0101T0940 0101T1010"},
	{"the last chosen minute of each hour", "20260101T094000", "FREQ=HOURLY;BYMINUTE=10,40;BYSETPOS=-1;COUNT=3",
		"2026: 0101T0940 0101T1040 0101T1140"},
	{"every 36 hours", "20260101T090000", "FREQ=HOURLY;INTERVAL=36;COUNT=4", "2026: 0101 0102T2100 0104 0105T2100"},
	{"every 100,000 seconds", "20260101T000000", "FREQ=SECONDLY;INTERVAL=100020;COUNT=3",
		"2026: 0101T0000 0102T0347 0103T0734"},
	{"sparse hours, only in June", "20260601T090000", "FREQ=HOURLY;INTERVAL=24;BYMONTH=6;BYMONTHDAY=30", "2026: 0601 0630 2027: 0630 ..."},
	{"before 1970", "19691230T230000", "FREQ=HOURLY;INTERVAL=13;COUNT=4", "1969: 1230T2300 1231T1200 1970: 0101T0100 0101T1400"},
}

var januaries = func() string {
	days := ""
	for d := 1; d <= 31; d++ {
		days += " 01" + string(rune('0'+d/10)) + string(rune('0'+d%10))
	}
	return "1998:" + days + " 1999:" + days + " 2000:" + days
}()

func TestExamplesOfTheRFC(t *testing.T) {
	for _, c := range rfcExamples {
		t.Run(c.name, func(t *testing.T) {
			e := event(t, c.start+"[America/New_York]", c.rule)
			want, goesOn := parseStarts(t, c.want)
			got := slices.Collect(Starts(e, len(want)+1))
			if goesOn && len(got) > len(want) {
				got = got[:len(want)]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s from %s:\n got %v\nwant %v", c.rule, c.start, got, want)
			}
		})
	}
}

func parseStarts(t *testing.T, text string) (out []calendar.Wall, goesOn bool) {
	t.Helper()
	year := ""
	for word := range strings.FieldsSeq(text) {
		switch y, isYear := strings.CutSuffix(word, ":"); {
		case isYear:
			year = y
		case word == "...":
			goesOn = true
		case len(word) == 4:
			out = append(out, wall(t, year+word+"T090000"))
		default:
			w := word + "00"
			out = append(out, wall(t, year+w))
		}
	}
	return out, goesOn
}

// event is a series of one hour's length.
func event(t testing.TB, start, rule string) *calendar.Event {
	t.Helper()
	e := &calendar.Event{Known: calendar.AllFields, Rule: rule}
	if err := e.Start.UnmarshalText([]byte(start)); err != nil {
		t.Fatal(err)
	}
	e.End = e.Start
	e.End.Wall += 3600
	if e.Start.Kind == calendar.Date {
		e.End.Wall = e.Start.Wall + calendar.Day
	}
	return e
}

func wall(t testing.TB, s string) calendar.Wall {
	t.Helper()
	w, err := calendar.ParseWall(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func walls(t testing.TB, list ...string) []calendar.Wall {
	t.Helper()
	var out []calendar.Wall
	for _, s := range list {
		out = append(out, wall(t, s))
	}
	return out
}
