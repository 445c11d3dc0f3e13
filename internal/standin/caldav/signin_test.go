package caldav_test

import (
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/caldav"
)

func TestABearerTokenIsTheFirstUser(t *testing.T) {
	r := newRig(t, caldav.Options{Token: "tok"})
	a := r.do("PROPFIND", "/", `<D:propfind`+ns+`><D:prop><D:current-user-principal/></D:prop></D:propfind>`, "Authorization: Bearer tok",
		"Depth: 0", "Content-Type: application/xml")
	if a.status != 207 || !strings.Contains(a.body, "/dav/principals/alice/") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got := r.do("GET", home, "", "Authorization: ").header.Values("WWW-Authenticate"); len(got) != 2 || !strings.HasPrefix(got[1], "Bearer ") {
		t.Errorf("challenges %q", got)
	}
}

func TestAShutAccountOpensAfterAWhile(t *testing.T) {
	r := newRig(t, caldav.Options{Lock: caldav.Lock{After: 2, For: time.Minute, Status: 429}})
	wrong := "Authorization: Basic YWxpY2U6d3Jvbmc="
	r.want(401, r.do("GET", home+"a.ics", "", wrong))
	r.want(404, r.do("GET", home+"a.ics", "")) // the right password clears the count
	r.want(401, r.do("GET", home+"a.ics", "", wrong))
	r.want(401, r.do("GET", home+"a.ics", "", wrong))
	r.want(429, r.do("GET", home+"a.ics", ""))
	r.now = r.now.Add(time.Minute)
	r.want(404, r.do("GET", home+"a.ics", ""))
}

func TestOptionsSaysWhatTheServerCan(t *testing.T) {
	for want, p := range map[bool]caldav.Profile{true: caldav.ProfilePlain, false: caldav.ProfileRadicale} {
		r := newRig(t, caldav.Options{Profile: p})
		a := r.want(200, r.do("OPTIONS", home, ""))
		dav := a.header.Get("DAV")
		if !strings.Contains(dav, "calendar-access") || strings.Contains(dav, "calendar-auto-schedule") != want {
			t.Errorf("%s: DAV: %s", p.Name, dav)
		}
		if !strings.Contains(a.header.Get("Allow"), "REPORT") {
			t.Errorf("Allow: %s", a.header.Get("Allow"))
		}
	}
}

func TestAllpropAndPropnameAndMinimal(t *testing.T) {
	r := newRig(t, caldav.Options{})
	r.want(201, r.put(home+"a.ics", event("a")))
	all := r.do("PROPFIND", home+"a.ics", "", "Depth: 0").multi(t).Responses[0].Propstat[0].Prop.Inner
	if !strings.Contains(all, "getetag") || strings.Contains(all, "calendar-data") || strings.Contains(all, "schedule") {
		t.Errorf("allprop: %s", all)
	}
	names := r.do("PROPFIND", home, `<D:propfind`+ns+`><D:propname/></D:propfind>`, "Depth: 0", "Content-Type: text/xml").multi(t)
	if got := names.Responses[0].Propstat[0].Prop.Inner; !strings.Contains(got, "sync-token></") && !strings.Contains(got, "sync-token/>") {
		t.Errorf("propname: %s", got)
	}
	minimal := r.do("PROPFIND", home, `<D:propfind`+ns+`><D:prop><D:getetag/><D:displayname/></D:prop></D:propfind>`, "Depth: 0",
		"Content-Type: text/xml", "Prefer: return=minimal")
	if n := len(minimal.multi(t).Responses[0].Propstat); n != 1 || minimal.header.Get("Preference-Applied") == "" {
		t.Errorf("%d propstats, %v", n, minimal.header)
	}
}

func TestResetBringsTheFirstDayBack(t *testing.T) {
	r := newRig(t, caldav.Options{})
	token := r.sync("", "").multi(t).Token
	r.want(201, r.put(home+"a.ics", event("a")))
	r.want(201, r.do("MKCALENDAR", "/dav/calendars/alice/more/", ""))
	r.caldav.SetProfile(caldav.Profile{NoSync: true})
	r.want(200, r.do("POST", "/_standin/reset", ""))
	if n := len(r.bodies("alice", "calendar")); n != 0 {
		t.Errorf("%d objects are left", n)
	}
	r.want(404, r.propfind("/dav/calendars/alice/more/", "0", "<D:displayname/>"))
	r.want(403, r.sync(token, "")) // a token of the world before
	if n := len(r.caldav.Requests()); n != 2 {
		t.Errorf("%d requests are logged", n)
	}
}

func TestWhatIsPutRawShowsAsItIs(t *testing.T) {
	r := newRig(t, caldav.Options{})
	huge := "BEGIN:VCALENDAR\r\n" + strings.Repeat("X-PAD:"+strings.Repeat("x", 60)+"\r\n", 80_000)
	for name, body := range map[string]string{"garbage.ics": "\x00 nonsense", "huge.ics": huge} {
		if err := r.caldav.PutRaw("alice", "calendar", name, []byte(body)); err != nil {
			t.Fatal(err)
		}
		if got := r.want(200, r.do("GET", home+name, "")).body; got != body {
			t.Errorf("%s came back with %d bytes of %d", name, len(got), len(body))
		}
	}
	if got := r.sync("", "").multi(t); len(got.Responses) != 2 {
		t.Errorf("listed %s", got.summary())
	}
	if err := r.caldav.PutRaw("alice", "none", "a.ics", nil); err == nil {
		t.Error("put into a calendar that is not there")
	}
	if err := r.caldav.Remove("alice", "calendar", "garbage.ics"); err != nil {
		t.Error(err)
	}
	r.want(404, r.do("GET", home+"garbage.ics", ""))
}
