package caldav_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tahti/internal/standin/caldav"
)

// TestProfilesAnswerAsMeasured is provider page 4.2, row by row and column by column.
func TestProfilesAnswerAsMeasured(t *testing.T) {
	columns := []caldav.Profile{caldav.ProfileRadicale, caldav.ProfileXandikos, caldav.ProfileCyrus, caldav.ProfileDAViCal,
		caldav.ProfileSOGo, caldav.ProfileSabre}
	override := event("a", "DTSTART:20260105T090000Z", "RECURRENCE-ID:20260105T080000Z")
	rows := []struct {
		name string
		ask  func(*rig) string
		want [6]string
	}{
		{"If-None-Match:* on existing", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			return r.brief(r.put(home+"a.ics", event("a"), "If-None-Match: *"))
		}, [6]string{"412", "412", "412", "412", "204", "412"}},
		{"If-Match wrong, PUT", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			return r.brief(r.put(home+"a.ics", event("a"), `If-Match: "x"`))
		}, [6]string{"412", "412", "412", "412", "412", "412"}},
		{"If-Match wrong, DELETE", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			return r.brief(r.do("DELETE", home+"a.ics", "", `If-Match: "x"`))
		}, [6]string{"412", "412", "412", "412", "204", "412"}},
		{"If-Match:* on missing", func(r *rig) string { return r.brief(r.put(home+"a.ics", event("a"), "If-Match: *")) },
			[6]string{"412", "412", "412", "412", "201", "412"}},
		{"update answers", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			return r.brief(r.put(home+"a.ics", event("a")))
		}, [6]string{"201", "204", "204", "204", "204", "204"}},
		{"same UID at other href", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			return r.brief(r.put(home+"b.ics", event("a")))
		}, [6]string{"409 no-uid-conflict", "207/412 no-uid-conflict", "403 unique-scheduling-object-resource", "201", "409 no-uid-conflict", "201"}},
		{"broken ics", func(r *rig) string { return r.brief(r.put(home+"a.ics", "BEGIN:VCALENDAR")) },
			[6]string{"400", "207/403 valid-calendar-data", "403 valid-calendar-object-resource", "412", "404", "415"}},
		{"override without master", func(r *rig) string { return r.brief(r.put(home+"a.ics", override)) },
			[6]string{"400", "201", "201", "201", "201", "201"}},
		{"garbage token", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			r.want(201, r.put(home+"b.ics", event("b")))
			r.want(204, r.do("DELETE", home+"b.ics", ""))
			return r.brief(r.sync("garbage", ""))
		}, [6]string{"403 valid-sync-token", "500", "403 valid-sync-token", "207 a.ics", "207 a.ics b.ics!404", "403 valid-sync-token"}},
		{"limit nresults=2", func(r *rig) string {
			for _, n := range []string{"a", "b", "c"} {
				r.want(201, r.put(home+n+".ics", event(n)))
			}
			return r.brief(r.sync("", "<D:limit><D:nresults>2</D:nresults></D:limit>"))
		}, [6]string{"207 a.ics b.ics c.ics", "207 a.ics b.ics c.ics", "207 a.ics b.ics !507", "207 a.ics b.ics c.ics", "207 a.ics b.ics c.ics", "207 a.ics b.ics c.ics"}},
		{"initial sync lists deleted as 404", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			r.want(204, r.do("DELETE", home+"a.ics", ""))
			return r.brief(r.sync("", ""))
		}, [6]string{"207 a.ics!404", "207", "207", "207", "207", "207"}},
		{"repeats changes of the same second", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			return r.brief(r.sync(r.sync("", "").multi(r.T).Token, ""))
		}, [6]string{"207", "207", "207", "207 a.ics", "207 a.ics", "207"}},
		{"the same a minute later", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			r.now = r.now.Add(time.Minute)
			return r.brief(r.sync(r.sync("", "").multi(r.T).Token, ""))
		}, [6]string{"207", "207", "207", "207", "207 a.ics", "207"}},
		{"href of we@ird n", func(r *rig) string {
			r.want(201, r.put(home+"we@ird%20n", event("a")))
			return r.brief(r.sync("", ""))
		}, [6]string{"207 we%40ird%20n", "207 we%40ird%20n", "207 we@ird%20n", "207 we%40ird%20n", "207 we@ird n", "207 we@ird%20n"}},
		{"multiget of what is missing", func(r *rig) string {
			return r.brief(r.do("REPORT", home, `<C:calendar-multiget`+ns+`><D:prop><D:getetag/></D:prop><D:href>`+home+`none.ics</D:href></C:calendar-multiget>`,
				"Content-Type: application/xml"))
		}, [6]string{"207 none.ics!404", "207 none.ics!404", "207 none.ics!404", "207", "207 none.ics!404", "207"}},
		{"prop-filter is honoured", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a", "DTSTART:20260105T090000Z", "X-CRM-ID:1")))
			r.want(201, r.put(home+"b.ics", event("b")))
			return r.brief(r.query(`<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="X-CRM-ID"/></C:comp-filter></C:comp-filter>`))
		}, [6]string{"207 a.ics", "207 a.ics", "207 a.ics", "207 a.ics", "207 a.ics b.ics", "207 a.ics"}},
		{"a PUT without guests answers an ETag", func(r *rig) string {
			return yes(r.put(home+"a.ics", event("a", "DTSTART:20260105T090000Z", "CATEGORIES:x,y")).header.Get("ETag") != "")
		}, [6]string{"yes", "yes", "no", "yes", "yes", "yes"}},
		{"a PUT that schedules answers an ETag", func(r *rig) string {
			return yes(r.put(home+"a.ics", meeting("a", "alice@example.com", "x", "out@example.net")).header.Get("ETag") != "")
		}, [6]string{"yes", "yes", "no", "no", "yes", "no"}},
		{"the body comes back as it was put", func(r *rig) string {
			body := event("a", "SUMMARY:x", "DTSTART:20260105T090000Z", "CATEGORIES:x,y", "DESCRIPTION:"+strings.Repeat("long ", 30))
			r.want(201, r.put(home+"a.ics", body))
			return yes(r.do("GET", home+"a.ics", "").body == body)
		}, [6]string{"no", "no", "no", "yes", "no", "yes"}},
		{"the ETag starts again when made again", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", event("a")))
			first := r.do("GET", home+"a.ics", "").header.Get("ETag")
			r.want(204, r.do("DELETE", home+"a.ics", ""))
			r.want(201, r.put(home+"a.ics", event("a", "DTSTART:20260105T110000Z")))
			return yes(first == r.do("GET", home+"a.ics", "").header.Get("ETag"))
		}, [6]string{"no", "no", "no", "no", "yes", "no"}},
		{"SCHEDULE-AGENT=CLIENT sends", sends(";SCHEDULE-AGENT=CLIENT"), [6]string{"no", "no", "no", "no", "yes", "no"}},
		{"SCHEDULE-AGENT=NONE sends", sends(";SCHEDULE-AGENT=NONE"), [6]string{"no", "no", "no", "no", "yes", "yes"}},
		{"plain guests are sent to", sends(""), [6]string{"no", "no", "yes", "yes", "yes", "yes"}},
		{"attendee after organizer delete", func(r *rig) string {
			r.want(201, r.put(home+"a.ics", meeting("a", "alice@example.com", "x", "bob@example.com")))
			r.want(204, r.do("DELETE", home+"a.ics", ""))
			list, err := r.caldav.Events("bob", "calendar")
			if err != nil {
				r.Fatal(err)
			}
			if len(list) == 0 {
				return "removed"
			}
			return yes(strings.Contains(string(list[0].Body), "STATUS:CANCELLED"))
		}, [6]string{"removed", "removed", "yes", "removed", "removed", "yes"}},
		{"wrong password", func(r *rig) string {
			a := r.do("GET", home+"a.ics", "", "Authorization: Basic YWxpY2U6d3Jvbmc=")
			scheme, _, _ := strings.Cut(a.header.Get("WWW-Authenticate"), " ")
			return r.brief(answer{status: a.status}) + scheme
		}, [6]string{"401Basic", "404", "401Basic", "401Basic", "401basic", "401Basic"}},
	}
	for _, row := range rows {
		for i, p := range columns {
			t.Run(row.name+"/"+p.Name, func(t *testing.T) {
				if got := row.ask(newRig(t, caldav.Options{Profile: p})); got != row.want[i] {
					t.Errorf("%s, want %s", got, row.want[i])
				}
			})
		}
	}
}

// sends says whether a guest with these parameters is written to.
func sends(params string) func(*rig) string {
	return func(r *rig) string {
		r.want(201, r.put(home+"a.ics", meeting("a", "alice@example.com", "x", params+"|out@example.net")))
		return yes(len(r.caldav.Mails()) > 0)
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// brief writes an answer in short: the status, the DAV:error code, and what a 207 lists.
func (r *rig) brief(a answer) string {
	r.Helper()
	s := strconv.Itoa(a.status)
	for _, code := range []string{"no-uid-conflict", "unique-scheduling-object-resource", "valid-calendar-data", "valid-calendar-object-resource", "valid-sync-token"} {
		if strings.Contains(a.body, code+"/>") && a.status != 207 {
			return s + " " + code
		}
		if strings.Contains(a.body, code+"/>") {
			_, status, _ := strings.Cut(a.body, "HTTP/1.1 ")
			return s + "/" + status[:3] + " " + code
		}
	}
	if a.status != 207 {
		return s
	}
	return strings.TrimSpace(s + " " + a.multi(r.T).summary())
}

func TestSOGoLosesRacesThatOthersDoNot(t *testing.T) {
	for _, p := range []caldav.Profile{caldav.ProfilePlain, caldav.ProfileSOGo} {
		r := newRig(t, caldav.Options{Profile: p})
		r.want(201, r.put(home+"a.ics", event("a")))
		tag := r.do("GET", home+"a.ics", "").header.Get("ETag")
		won := make([]bool, 2)
		var wg sync.WaitGroup
		for i := range won {
			wg.Go(func() { won[i] = r.put(home+"a.ics", event("a"), "If-Match: "+tag).status == 204 })
		}
		wg.Wait()
		if both := won[0] && won[1]; both != (p.Name == "sogo") || !won[0] && !won[1] {
			t.Errorf("%s: won %v", p.Name, won)
		}
	}
}

func TestSOGoManglesQuotedParameters(t *testing.T) {
	r := newRig(t, caldav.Options{Profile: caldav.ProfileSOGo})
	r.want(201, r.put(home+"a.ics", event("a", "DTSTART:20260105T090000Z", `X-A;X-FOO="a;b":c`)))
	if got := r.do("GET", home+"a.ics", "").body; !strings.Contains(got, `X-A;X-FOO=a\;b:c`) {
		t.Errorf("stored %s", got)
	}
}

func TestACompressedAnswerHasAnETagThatGuardsNothing(t *testing.T) {
	r := newRig(t, caldav.Options{Profile: caldav.Profile{GzipSuffix: true}})
	tag := r.want(201, r.put(home+"a.ics", event("a"))).header.Get("ETag")
	got := r.do("GET", home+"a.ics", "", "Accept-Encoding: gzip").header.Get("ETag")
	if got != strings.TrimSuffix(tag, `"`)+`-gzip"` {
		t.Errorf("ETag %s of %s", got, tag)
	}
	r.want(412, r.put(home+"a.ics", event("a"), "If-Match: "+got))
}

func TestWeakETagsNeverMatch(t *testing.T) {
	r := newRig(t, caldav.Options{Profile: caldav.Profile{WeakETag: true}})
	tag := r.want(201, r.put(home+"a.ics", event("a"))).header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) {
		t.Fatalf("ETag %s", tag)
	}
	r.want(412, r.put(home+"a.ics", event("a"), "If-Match: "+tag))
}

func TestAPutNeedsItsLengthWhereTheProfileSaysSo(t *testing.T) {
	for _, p := range []caldav.Profile{{}, {NeedLength: true}} {
		r := newRig(t, caldav.Options{Profile: p})
		req, err := http.NewRequest("PUT", r.http.URL+home+"a.ics", io.MultiReader(strings.NewReader(event("a"))))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("alice", "secret")
		req.Header.Set("Content-Type", "text/calendar")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		want := map[bool]int{false: 201, true: 411}[p.NeedLength]
		if resp.StatusCode != want || p.NeedLength && resp.Header.Get("X-Standin-Refusal") != "C-15" {
			t.Errorf("%d, want %d", resp.StatusCode, want)
		}
	}
}

func TestCtagStandsStillWhileNothingChanges(t *testing.T) {
	r := newRig(t, caldav.Options{})
	ctag := func() string {
		return r.propfind(home, "0", `<S:getctag xmlns:S="http://calendarserver.org/ns/"/>`).multi(t).Responses[0].Propstat[0].Prop.Inner
	}
	first := ctag()
	if first != ctag() || !strings.Contains(first, `getctag`) {
		t.Errorf("ctag %s, then %s", first, ctag())
	}
	r.want(201, r.put(home+"a.ics", event("a")))
	if ctag() == first {
		t.Error("the ctag did not move")
	}
	r.caldav.SetProfile(caldav.Profile{NoCtag: true})
	if a := r.propfind(home, "0", `<S:getctag xmlns:S="http://calendarserver.org/ns/"/>`); !strings.Contains(a.body, "404") {
		t.Errorf("ctag although there is none: %s", a.body)
	}
}
