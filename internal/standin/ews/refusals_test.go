package ews_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/ews"
)

// refused is a case of a refusal: what is given, and the request that is refused. status and code replace those of the
// table in a variant.
type refused struct {
	number, name string
	opt          ews.Options
	given        func(*rig)
	when         func(*rig) answer
	status       int
	code         string
}

func op(body string) func(*rig) answer { return func(r *rig) answer { return r.soap(body) } }

// on asks for something to be done with a new event, or with a series.
func on(inside string, body func(id ref) string) func(*rig) answer {
	return func(r *rig) answer {
		id := r.make(inside)
		r.track()
		return r.soap(body(id))
	}
}

// oldKey is a change of an event under the key from before another change.
func oldKey(body func(old ref) string) func(*rig) answer {
	return func(r *rig) answer {
		old := r.make(event("x"))
		r.ok(r.soap(update(old, "NeverOverwrite", set("item:Subject", "<t:Subject>y</t:Subject>"))))
		r.track()
		return r.soap(body(old))
	}
}

func variant(v ews.Variants) ews.Options { return ews.Options{Variants: v} }

func changed(updates string) func(*rig) answer {
	return on(event("x"), func(id ref) string { return update(id, "NeverOverwrite", updates) })
}

func folders(names string) string {
	return `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>` + names + `</m:FolderIds></m:GetFolder>`
}

func find(view, rest string) string {
	return `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>` + view + rest +
		`<m:ParentFolderIds>` + inCalendar + `</m:ParentFolderIds></m:FindItem>`
}

func where(path string) string {
	return `<m:Restriction><t:IsEqualTo>` + path + `<t:FieldURIOrConstant><t:Constant Value="x"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>`
}

const crmKey = `<t:ExtendedFieldURI PropertySetId="66f5a359-4659-4830-9070-00047ec6ac6e" PropertyName="CrmKey" PropertyType="String"/>`

// noFolder is an id that was once one of a folder.
func (r *rig) noFolder() string {
	r.Helper()
	a := r.ok(r.soap(`<m:CreateFolder><m:ParentFolderId>` + inCalendar + `</m:ParentFolderId><m:Folders><t:CalendarFolder><t:DisplayName>Gone</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>`))
	id := `<t:FolderId Id="` + a.xml.attr("FolderId", "Id") + `"/>`
	r.ok(r.soap(`<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>` + id + `</m:FolderIds></m:DeleteFolder>`))
	return id
}

func inNoFolder(body string) func(*rig) answer {
	return func(r *rig) answer { return r.soap(strings.ReplaceAll(body, "FOLDER", r.noFolder())) }
}

// folderID is the id of the calendar.
func (r *rig) folderID() string {
	r.Helper()
	return r.ok(r.soap(folders(inCalendar))).xml.attr("FolderId", "Id")
}

func weekly(days, rng string) string {
	return `<t:Subject>x</t:Subject><t:Start>2026-01-06T09:00:00</t:Start><t:End>2026-01-06T10:00:00</t:End><t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>` +
		days + `</t:DaysOfWeek></t:WeeklyRecurrence>` + rng + `</t:Recurrence>` + helsinki
}

func until(day string) string {
	return `<t:EndDateRecurrence><t:StartDate>2026-01-06</t:StartDate><t:EndDate>` + day + `</t:EndDate></t:EndDateRecurrence>`
}

func view(attrs string) string { return `<m:CalendarView ` + attrs + `/>` }

const january = `StartDate="2026-01-01T00:00:00Z" EndDate="2026-02-01T00:00:00Z"`

func account(a ews.Account) func(*rig) {
	return func(r *rig) {
		if err := r.ews.SetAccount("alice@example.com", a); err != nil {
			r.Fatal(err)
		}
	}
}

func full(r *rig) { r.ews.SetFull(true) }

func front(f ews.Front) func(*rig) { return func(r *rig) { r.ews.SetFront(f) } }

func busy(shape ews.Throttling) func(*rig) {
	return func(r *rig) {
		if err := r.ews.Throttle("alice@example.com", shape); err != nil {
			r.Fatal(err)
		}
	}
}

func pox(address, schema string) func(*rig) answer {
	return func(r *rig) answer {
		return r.do("POST", "/Autodiscover/Autodiscover.xml", `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>`+
			address+`<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/`+schema+`</AcceptableResponseSchema></Request></Autodiscover>`, "Content-Type: text/xml")
	}
}

func settings(users string) func(*rig) answer {
	return func(r *rig) answer {
		return r.do("POST", "/autodiscover/autodiscover.svc", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://schemas.microsoft.com/exchange/2010/Autodiscover"><s:Body>`+
			`<a:GetUserSettingsRequestMessage><a:Request>`+users+`<a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting></a:RequestedSettings></a:Request>`+
			`</a:GetUserSettingsRequestMessage></s:Body></s:Envelope>`, "Content-Type: text/xml; charset=utf-8")
	}
}

func wsdl(r *rig) answer { return r.do("GET", "/EWS/Services.wsdl", "") }

// twice asks for two items in one request.
func twice(r *rig) answer {
	a, b := r.make(event("a")), r.make(event("b"))
	r.track()
	return r.soap(get(a.String() + b.String()))
}

// hybrid is an organisation whose directory reads each token alike; an empty audience is the server's own.
func hybrid(audience, scope string, ok bool) ews.Options {
	return ews.Options{Hybrid: &ews.Hybrid{Page: "https://login.example.com/", Read: func(token string) (string, string, string, bool) {
		if audience != "" {
			return audience, "alice@example.com", scope, ok
		}
		return token, "alice@example.com", scope, ok
	}}}
}

// withToken shows a token that says for which server it is.
func withToken(r *rig) answer {
	r.user = ""
	return r.do("GET", "/EWS/Services.wsdl", "", "Authorization: Bearer "+r.http.URL)
}

func TestATokenForThisServerLetsItsOwnerIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, hybrid("", "EWS.AccessAsUser.All", true))
	if a := withToken(r); a.status != 200 {
		t.Errorf("%d: %s", a.status, a.body)
	}
	r.user = ""
	if a := r.do("GET", "/EWS/Services.wsdl", ""); !strings.Contains(strings.Join(a.header.Values("WWW-Authenticate"), "\n"), `authorization_uri="https://login.example.com/"`) {
		t.Errorf("%d: %v", a.status, a.header)
	}
}

var signInRefusals = []refused{
	{number: "E-01", name: "no sign-in", when: func(r *rig) answer { r.user = ""; return r.soap(folders(inCalendar)) }},
	{number: "E-01", name: "a wrong password", when: func(r *rig) answer { r.pass = "wrong"; return r.soap(folders(inCalendar)) }},
	{number: "E-01", name: "nobody", when: func(r *rig) answer { r.user = "nobody@example.com"; return wsdl(r) }},
	{number: "E-01", name: "Kerberos", when: func(r *rig) answer {
		r.user = ""
		return r.do("GET", "/EWS/Services.wsdl", "", "Authorization: Negotiate YIIBaaaa")
	}},
	{number: "E-01", name: "the ordinary password at a gateway", given: front(ews.FrontAppPasswords), when: wsdl},
	{number: "E-01", name: "the ordinary password at a gateway with a page", given: front(ews.FrontAppPasswordsPage), when: wsdl, status: 302},
	{number: "E-01", name: "Basic where there is none", opt: ews.Options{Schemes: []string{"Negotiate"}}, when: wsdl},
	{number: "E-114", name: "a token for another server", opt: hybrid("https://elsewhere.example.com", "EWS.AccessAsUser.All", true), when: withToken},
	{number: "E-114", name: "a token for something else", opt: hybrid("", "Calendars.Read", true), when: withToken},
	{number: "E-114", name: "a token that is none", opt: hybrid("", "EWS.AccessAsUser.All", false), when: withToken},
	{number: "E-02", name: "PUT", when: func(r *rig) answer { return r.do("PUT", "/EWS/Exchange.asmx", "x") }},
	{number: "E-03", name: "another path", when: func(r *rig) answer { return r.do("GET", "/EWS/Other.asmx", "") }},
	{number: "E-80", name: "a locked account", given: account(ews.AccountLocked), when: wsdl},
	{number: "E-80", name: "after wrong passwords", opt: ews.Options{Lock: ews.Lock{After: 2, For: time.Hour}}, when: func(r *rig) answer {
		for range 2 {
			r.pass = "wrong"
			wsdl(r)
		}
		r.pass = "secret"
		return wsdl(r)
	}},
	{number: "E-81", name: "an expired password", given: account(ews.AccountExpired), when: wsdl},
	{number: "E-81", name: "an expired password, as a wrong one", opt: variant(ews.Variants{ExpiredIs401: true}), given: account(ews.AccountExpired), when: wsdl, status: 401, code: "-"},
	{number: "E-82", name: "not allowed", given: account(ews.AccountForbidden), when: wsdl},
	{number: "E-83", name: "a page to sign in", given: front(ews.FrontLoginPage), when: wsdl},
	{number: "E-84", name: "440", given: front(ews.FrontTimeout), when: wsdl},
	{number: "E-85", name: "the first message of NTLM", when: func(r *rig) answer {
		r.user = ""
		return r.do("GET", "/EWS/Services.wsdl", "", "Authorization: NTLM TlRMTVNTUAABAAAAB4IIAAAAAAAAAAAAAAAAAAAAAAA=")
	}},
	{number: "E-86", name: "a mailbox in the cloud", given: account(ews.AccountCloud), when: op(folders(inCalendar))},
	{number: "E-115", name: "a new event in a full mailbox", given: full, when: op(create(event("x")))},
	{number: "E-115", name: "a change in a full mailbox", when: func(r *rig) answer {
		id := r.make(event("x"))
		r.track()
		full(r)
		return r.soap(update(id, "NeverOverwrite", set("item:Subject", "<t:Subject>y</t:Subject>")))
	}},
	{number: "E-90", name: "busy", given: busy(ews.ThrottleFault), when: op(folders(inCalendar))},
	{number: "E-90", name: "still busy for who has not waited", given: busy(ews.ThrottleFault), when: func(r *rig) answer {
		for range 3 {
			r.now = r.now.Add(3 * time.Second)
			r.soap(folders(inCalendar))
		}
		return r.soap(folders(inCalendar))
	}},
	{number: "E-91", name: "a queue", given: busy(ews.ThrottleQueue), when: op(folders(inCalendar))},
	{number: "E-92", name: "busy inside", given: busy(ews.ThrottleInner), when: op(folders(inCalendar))},
	{number: "E-95", name: "no autodiscover", given: func(r *rig) { r.ews.SetDiscovery(ews.Discovery{Kind: ews.DiscoverMissing}) }, when: settings("")},
	{number: "E-96", name: "nobody asked about", when: pox("", "responseschema/2006a")},
	{number: "E-97", name: "another answer", when: pox("<EMailAddress>alice@example.com</EMailAddress>", "other")},
	{number: "E-98", name: "an unknown address", when: pox("<EMailAddress>nobody@example.com</EMailAddress>", "responseschema/2006a")},
	{number: "E-98", name: "whatever address", given: func(r *rig) { r.ews.SetDiscovery(ews.Discovery{Kind: ews.DiscoverUnknown}) },
		when: pox("<EMailAddress>alice@example.com</EMailAddress>", "responseschema/2006a")},
	{number: "E-99", name: "no users", when: settings("")},
	{number: "E-100", name: "an unknown user", when: settings("<a:Users><a:User><a:Mailbox>nobody@example.com</a:Mailbox></a:User></a:Users>")},
}

// TestEveryRefusal shows each numbered refusal, with its status and its code, and that none is left out.
func TestEveryRefusal(t *testing.T) {
	t.Parallel()
	table, shown := map[string]ews.Refusal{}, map[string]bool{}
	if !slices.IsSortedFunc(ews.Refusals(), func(a, b ews.Refusal) int {
		return cmp.Or(cmp.Compare(len(a.Number), len(b.Number)), cmp.Compare(a.Number, b.Number))
	}) {
		t.Error("the refusals are not in order of their numbers")
	}
	for _, ref := range ews.Refusals() {
		if _, twice := table[ref.Number]; twice {
			t.Errorf("%s stands twice", ref.Number)
		}
		table[ref.Number] = ref
	}
	// Too many connections at a time have a test of their own.
	for _, list := range [][]refused{signInRefusals, requestRefusals, itemRefusals, notificationRefusals, availabilityRefusals, {{number: "E-93"}}} {
		for _, c := range list {
			shown[c.number] = true
			if c.when == nil {
				continue
			}
			t.Run(c.number+" "+c.name, func(t *testing.T) {
				r := newRig(t, c.opt)
				if c.given != nil {
					c.given(r)
				}
				r.track()
				a := c.when(r)
				ref := table[c.number]
				if c.status == 0 {
					c.status = ref.Status
				}
				if c.code == "" {
					c.code = ref.Code
				}
				c.check(r, a)
			})
		}
	}
	for number := range table {
		if !shown[number] {
			t.Errorf("%s is never shown", number)
		}
	}
}

// check holds an answer to the table: number, status and code, and that nothing has changed.
func (c *refused) check(r *rig, a answer) {
	r.Helper()
	if got := a.header.Get("X-Standin-Refusal"); got != c.number {
		r.Fatalf("refused as %q, status %d: %s", got, a.status, a.body)
	}
	if a.status != c.status {
		r.Errorf("status %d, want %d", a.status, c.status)
	}
	if c.code != "" && c.code != "-" {
		codes := append(a.xml.all("ResponseCode"), a.xml.all("ErrorCode")...)
		last := ""
		for _, x := range codes {
			if x.Text != "NoError" {
				last = x.Text
			}
		}
		if last != c.code {
			r.Errorf("code %q, want %q: %s", last, c.code, a.body)
		}
		if a.status == 200 && a.xml.all("ResponseCode") != nil && a.xml.text("MessageText") == "" {
			r.Errorf("no text: %s", a.body)
		}
	}
	switch c.number {
	case "E-01", "E-80":
		if a.status == 401 && (a.body != "" || len(a.header.Values("WWW-Authenticate")) == 0) {
			r.Errorf("%v %q", a.header, a.body)
		}
	case "E-90":
		if got := a.xml.text("Value"); got != "5000" || a.xml.attr("Value", "Name") != "BackOffMilliseconds" {
			r.Errorf("the back-off is %q: %s", got, a.body)
		}
	case "E-92":
		if !strings.Contains(a.body, `Name="InnerErrorResponseCode">ErrorServerBusy<`) {
			r.Errorf("%s", a.body)
		}
	}
	if after := r.stored(); after != r.before {
		r.Errorf("a refused request changed a calendar: %s, before %s", after, r.before)
	}
}

func TestAMailboxBearsSoManyConnections(t *testing.T) {
	t.Parallel()
	r := newRig(t, ews.Options{MaxConcurrency: 1, Latency: 300 * time.Millisecond})
	answers := make(chan answer)
	for range 2 {
		go func() { answers <- r.soap(folders(inCalendar)) }()
	}
	var codes []string
	for range 2 {
		a := <-answers
		codes = append(codes, a.header.Get("X-Standin-Refusal")+a.code())
	}
	slices.Sort(codes)
	if strings.Join(codes, " ") != "E-93ErrorExceededConnectionCount NoError" {
		t.Errorf("%v", codes)
	}
}
