package graph_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/standin/graph"
)

const guid = "{66f5a359-4659-4830-9070-00047ec6ac6e}"

// case of a refusal: what is given, and the request that is refused. status and code replace those of the table in a
// variant.
type refused struct {
	number, name string
	opt          graph.Options
	given        func(*rig)
	when         func(*rig) answer
	status       int
	code         string
}

func post(body string) func(*rig) answer {
	return func(r *rig) answer { return r.do("POST", "/me/events", body) }
}

func get(path string) func(*rig) answer { return func(r *rig) answer { return r.do("GET", path, "") } }

// occurrence is the path of the n-th occurrence of a daily series of five.
func (r *rig) occurrence(n int) string {
	r.Helper()
	id := r.make("recurrence", recurs(daily5, numbered)).text("id")
	list := r.tree(r.want(200, r.do("GET", "/me/events/"+id+"/instances"+january, ""))).values()
	return "/me/events/" + list[n].text("id")
}

func (r *rig) block(code string) {
	r.Helper()
	if err := r.graph.Block("*", code); err != nil {
		r.Fatal(err)
	}
}

// invitation is the id of a meeting of somebody else's that alice is invited to.
func (r *rig) invitation(members ...string) string {
	r.Helper()
	id, err := r.graph.Invite("alice@example.com", "boss@example.com", event(append(members, "attendees", attendees("alice@example.com"))...))
	if err != nil {
		r.Fatal(err)
	}
	return id
}

// deltaLink is the end of a first round.
func (r *rig) deltaLink() string {
	r.Helper()
	_, link := r.round("/me/calendarView/delta" + january)
	return link
}

func lost(v graph.LostToken) graph.Options {
	return graph.Options{Variants: graph.Variants{LostToken: v}}
}

func forgotten(r *rig) answer {
	link := r.deltaLink()
	if err := r.graph.ForgetTokens("alice@example.com"); err != nil {
		r.Fatal(err)
	}
	return r.do("GET", link, "")
}

func oldTransaction(r *rig) { r.make("transactionId", `"t"`) }

var calendarRefusals = []refused{
	{number: "M-01", name: "no token", when: func(r *rig) answer { return r.do("GET", "/me", "", "Authorization: ") }},
	{number: "M-01", name: "another token", when: func(r *rig) answer { r.token = "wrong"; return r.do("GET", "/me/events", "") }},
	{number: "M-01", name: "a token that has run out", when: func(r *rig) answer {
		r.signIn(scopes)
		r.now = r.now.Add(time.Hour)
		return r.do("GET", "/me/events", "")
	}},
	{number: "M-02", name: "a write with Calendars.Read", when: func(r *rig) answer { r.signIn("Calendars.Read"); return r.do("POST", "/me/events", event()) }},
	{number: "M-02", name: "calendars without a scope for them", when: func(r *rig) answer { r.signIn("User.Read"); return r.do("GET", "/me/calendars", "") }},
	{number: "M-02", name: "/me without User.Read", when: func(r *rig) answer { r.signIn("Calendars.Read"); return r.do("GET", "/me", "") }},
	{number: "M-02", name: "somebody else's calendar", when: get("/users/bob@example.com/events")},
	{number: "M-03", name: "a calendar that cannot be edited", when: func(r *rig) answer {
		id, err := r.graph.CalendarID("alice@example.com", "Shared")
		if err != nil {
			r.Fatal(err)
		}
		return r.do("POST", "/me/calendars/"+id+"/events", event())
	}},
	{number: "M-03", name: "PATCH there", when: func(r *rig) answer {
		id := r.make().text("id")
		if err := r.graph.SetReadOnly("alice@example.com", "Calendar", true); err != nil {
			r.Fatal(err)
		}
		return r.do("PATCH", "/me/events/"+id, `{"subject":"x"}`)
	}},
	{number: "M-04", name: "no mailbox", opt: graph.Options{Users: []graph.User{{Name: "a@example.com", NoMailbox: "MailboxNotEnabledForRESTAPI"}}}, when: get("/me/events")},
	{number: "M-04", name: "a mailbox elsewhere", opt: graph.Options{Users: []graph.User{{Name: "a@example.com", NoMailbox: "MailboxNotHostedInExchangeOnline"}}},
		when: get("/me/events"), code: "MailboxNotHostedInExchangeOnline"},
	{number: "M-05", name: "no resource", when: get("/me/nothing")},
	{number: "M-05", name: "another version", when: func(r *rig) answer { return r.do("GET", r.http.URL+"/beta/me", "") }},
	{number: "M-05", name: "extensions of an event", when: func(r *rig) answer { return r.do("GET", "/me/events/"+r.make().text("id")+"/x", "") }},
	{number: "M-06", name: "PUT of an event", when: func(r *rig) answer { return r.do("PUT", "/me/events/"+r.make().text("id"), event()) }},
	{number: "M-07", name: "no id", when: get("/me/events/nonsense")},
	{number: "M-07", name: "an id in another case", when: func(r *rig) answer { return r.do("GET", "/me/events/"+strings.ToUpper(r.make().text("id")), "") }},
	{number: "M-07", name: "an event's id for a calendar", when: func(r *rig) answer { return r.do("GET", "/me/calendars/"+r.make().text("id"), "") }},
	{number: "M-08", name: "what is deleted", when: func(r *rig) answer {
		path := "/me/events/" + r.make().text("id")
		r.want(204, r.do("DELETE", path, ""))
		return r.do("DELETE", path, "")
	}},
	{number: "M-08", name: "a regular id after a move", when: func(r *rig) answer {
		id := r.tree(r.want(201, r.do("POST", "/me/events", event()))).text("id")
		if err := r.graph.MoveTo("alice@example.com", id, "Work"); err != nil {
			r.Fatal(err)
		}
		return r.do("GET", "/me/events/"+id, "")
	}},
	{number: "M-08", name: "an occurrence that was taken out", when: func(r *rig) answer {
		path := r.occurrence(1)
		r.want(204, r.do("DELETE", path, ""))
		return r.do("GET", path, "")
	}},
	{number: "M-08", name: "an event of another calendar", when: func(r *rig) answer {
		id, err := r.graph.CalendarID("alice@example.com", "Work")
		if err != nil {
			r.Fatal(err)
		}
		return r.do("GET", "/me/calendars/"+id+"/events/"+r.make().text("id"), "")
	}},
	{number: "M-09", name: "a stale etag, PATCH", when: func(r *rig) answer {
		return r.do("PATCH", "/me/events/"+r.make().text("id"), `{"subject":"x"}`, `If-Match: W/"old"`)
	}},
	{number: "M-09", name: "a stale etag, DELETE", when: func(r *rig) answer {
		return r.do("DELETE", "/me/events/"+r.make().text("id"), "", `If-Match: W/"old"`)
	}},
	{number: "M-09", name: "a stale etag of an occurrence", when: func(r *rig) answer {
		return r.do("PATCH", r.occurrence(1), `{"subject":"x"}`, `If-Match: W/"old"`)
	}},
	{number: "M-09", name: "the change key as a strong tag", when: func(r *rig) answer {
		e := r.make()
		return r.do("PATCH", "/me/events/"+e.text("id"), `{"subject":"x"}`, `If-Match: "`+e.text("changeKey")+`"`)
	}},
	{number: "M-10", name: "no JSON", when: post("hello")},
	{number: "M-10", name: "a list", when: post("[]")},
	{number: "M-10", name: "two objects", when: post(event() + event())},
	{number: "M-10", name: "an unknown property", when: post(event("title", `"x"`))},
	{number: "M-10", name: "an unknown property of a time", when: post(event("start", `{"dateTime2":"2026-01-05T09:00:00","timeZone":"UTC"}`))},
	{number: "M-10", name: "a subject that is a number", when: post(event("subject", `7`))},
	{number: "M-10", name: "an attendee without an address", when: post(event("attendees", `[{"type":"required"}]`))},
	{number: "M-11", name: "a body of another type", when: func(r *rig) answer {
		return r.do("POST", "/me/events", event(), "Content-Type: ", "Content-Type: text/plain")
	}},
	{number: "M-12", name: "an unknown zone", when: post(event("start", `{"dateTime":"2026-01-05T09:00:00","timeZone":"Mars/Base"}`))},
	{number: "M-12", name: "no zone", when: post(event("start", `{"dateTime":"2026-01-05T09:00:00"}`))},
	{number: "M-12", name: "a zone's display name", when: post(event("start", `{"dateTime":"2026-01-05T09:00:00","timeZone":"(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius"}`))},
	{number: "M-12", name: "an offset", when: post(event("start", `{"dateTime":"2026-01-05T09:00:00","timeZone":"UTC+02:00"}`))},
	{number: "M-12", name: "a custom zone", when: post(event("start", `{"dateTime":"2026-01-05T09:00:00","timeZone":"tzone://Microsoft/Custom"}`))},
	{number: "M-12", name: "a zone that the document does not list", opt: graph.Options{Variants: graph.Variants{FewIANA: true}}, when: post(event())},
	{number: "M-12", name: "an unknown zone in Prefer", when: func(r *rig) answer { return r.do("GET", "/me/events", "", `Prefer: outlook.timezone="Mars/Base"`) }},
	{number: "M-13", name: "no end", when: post(`{"subject":"x","start":` + string(times("2026-01-05T09:00:00")) + `}`)},
	{number: "M-13", name: "a time that is none", when: post(event("start", `{"dateTime":"20260105T090000","timeZone":"UTC"}`))},
	{number: "M-13", name: "an end before the start", when: post(event("end", string(times("2026-01-05T08:00:00"))))},
	{number: "M-14", name: "a whole day that begins at nine", when: post(event("isAllDay", "true"))},
	{number: "M-14", name: "a whole day without length", when: post(event("isAllDay", "true", "start", string(times("2026-01-05T00:00:00")), "end", string(times("2026-01-05T00:00:00"))))},
	{number: "M-14", name: "a whole day in two zones", when: post(event("isAllDay", "true", "start", string(times("2026-01-05T00:00:00")),
		"end", `{"dateTime":"2026-01-06T00:00:00","timeZone":"Europe/Berlin"}`))},
	{number: "M-15", name: "an unknown pattern", when: post(event("recurrence", recurs(`"type":"hourly","interval":1`, numbered)))},
	{number: "M-15", name: "no interval", when: post(event("recurrence", recurs(`"type":"daily"`, numbered)))},
	{number: "M-15", name: "weekly on no day", when: post(event("recurrence", recurs(`"type":"weekly","interval":1`, numbered)))},
	{number: "M-15", name: "the 32nd", when: post(event("recurrence", recurs(`"type":"absoluteMonthly","interval":1,"dayOfMonth":32`, numbered)))},
	{number: "M-15", name: "yearly in no month", when: post(event("recurrence", recurs(`"type":"absoluteYearly","interval":1,"dayOfMonth":5`, numbered)))},
	{number: "M-15", name: "the fifth Monday", when: post(event("recurrence", recurs(`"type":"relativeMonthly","interval":1,"daysOfWeek":["monday"],"index":"fifth"`, numbered)))},
	{number: "M-15", name: "an unknown weekday", when: post(event("recurrence", recurs(`"type":"weekly","interval":1,"daysOfWeek":["MO"]`, numbered)))},
	{number: "M-15", name: "numbered without a number", when: post(event("recurrence", recurs(daily5, `"type":"numbered"`)))},
	{number: "M-15", name: "endDate without a date", when: post(event("recurrence", recurs(daily5, `"type":"endDate"`)))},
	{number: "M-16", name: "a range from another day", when: post(event("recurrence", strings.Replace(recurs(daily5, numbered), "01-05", "01-06", 1)))},
	{number: "M-17", name: "a range that ends before it begins", when: post(event("recurrence", recurs(daily5, `"type":"endDate","endDate":"2026-01-04"`)))},
	{number: "M-17", name: "no Tuesday until Monday", when: post(event("recurrence", recurs(`"type":"weekly","interval":1,"daysOfWeek":["tuesday"]`, `"type":"endDate","endDate":"2026-01-05"`)))},
	{number: "M-18", name: "a daily event of two days", when: post(event("recurrence", recurs(daily5, numbered), "end", string(times("2026-01-07T09:00:00"))))},
	{number: "M-19", name: "onto the day of the next", when: func(r *rig) answer {
		return r.do("PATCH", r.occurrence(1), event("start", string(times("2026-01-07T06:00:00")), "end", string(times("2026-01-07T07:00:00"))))
	}},
	{number: "M-19", name: "before the day of the one before", when: func(r *rig) answer {
		return r.do("PATCH", r.occurrence(1), event("start", string(times("2026-01-04T06:00:00")), "end", string(times("2026-01-04T07:00:00"))))
	}},
	{number: "M-19", name: "into the next", when: func(r *rig) answer {
		return r.do("PATCH", r.occurrence(1), `{"end":`+string(times("2026-01-07T09:30:00"))+`}`)
	}},
	{number: "M-20", name: "a recurrence for an occurrence", when: func(r *rig) answer {
		return r.do("PATCH", r.occurrence(1), `{"recurrence":`+recurs(daily5, numbered)+`}`)
	}},
	{number: "M-21", name: "an unknown showAs", when: post(event("showAs", `"away"`))},
	{number: "M-21", name: "an unknown sensitivity", when: post(event("sensitivity", `"secret"`))},
	{number: "M-21", name: "an unknown type of body", when: post(event("body", `{"contentType":"rtf","content":"x"}`))},
	{number: "M-22", name: "a used transactionId", given: oldTransaction, when: post(event("transactionId", `"t"`))},
	{number: "M-22", name: "a used transactionId, as 400", opt: graph.Options{Variants: graph.Variants{RepeatedIs400: true}}, given: oldTransaction,
		when: post(event("transactionId", `"t"`)), status: 400},
	{number: "M-22", name: "a used transactionId whose event is gone, also where the first is answered again", opt: graph.Options{Variants: graph.Variants{RepeatOriginal: true}},
		given: func(r *rig) { r.want(204, r.do("DELETE", "/me/events/"+r.make("transactionId", `"t"`).text("id"), "")) }, when: post(event("transactionId", `"t"`))},
	{number: "M-23", name: "another transactionId", when: func(r *rig) answer { return r.do("PATCH", "/me/events/"+r.make().text("id"), `{"transactionId":"u"}`) }},
	{number: "M-24", name: "delta with $select", when: get("/me/calendarView/delta" + january + "&$select=id")},
	{number: "M-24", name: "delta with $top", when: get("/me/calendarView/delta" + january + "&$top=5")},
	{number: "M-24", name: "a token with $expand", when: func(r *rig) answer { return r.do("GET", r.deltaLink()+"&$expand=calendar", "") }},
	{number: "M-25", name: "a view without a window", when: get("/me/calendarView")},
	{number: "M-25", name: "a delta without an end", when: get("/me/calendarView/delta?startDateTime=2026-01-01T00:00:00Z")},
	{number: "M-25", name: "instances without a window", when: func(r *rig) answer {
		return r.do("GET", "/me/events/"+r.make("recurrence", recurs(daily5, numbered)).text("id")+"/instances", "")
	}},
	{number: "M-25", name: "a window that is none", when: get("/me/calendarView?startDateTime=soon&endDateTime=later")},
	{number: "M-26", name: "a garbage token", when: get("/me/calendarView/delta?$deltatoken=nonsense")},
	{number: "M-26", name: "a token of another calendar", when: func(r *rig) answer {
		_, token, _ := strings.Cut(r.deltaLink(), "?")
		id, err := r.graph.CalendarID("alice@example.com", "Work")
		if err != nil {
			r.Fatal(err)
		}
		return r.do("GET", "/me/calendars/"+id+"/calendarView/delta?"+token, "")
	}},
	{number: "M-26", name: "a forgotten token", when: forgotten},
	{number: "M-26", name: "a forgotten token, as a 40x", opt: lost(graph.LostNotFound), when: forgotten, status: 404, code: "syncStateNotFound"},
	{number: "M-26", name: "a forgotten token, as resyncRequired", opt: lost(graph.LostResync), when: forgotten, code: "resyncRequired"},
	{number: "M-26", name: "a token from before a reset", when: func(r *rig) answer {
		link := r.deltaLink()
		r.graph.Reset()
		return r.do("GET", link, "")
	}},
	{number: "M-27", name: "an unknown option", when: get("/me/events?$apply=x")},
	{number: "M-27", name: "a page too long", when: get("/me/events?$top=1001")},
	{number: "M-28", name: "a filter that is none", when: get("/me/events?$filter=" + url.QueryEscape("subject = 'x'"))},
	{number: "M-28", name: "a filter on an open extension", when: get("/me/events?$filter=" + url.QueryEscape("extensions/any(e: e/id eq 'x')"))},
	{number: "M-28", name: "a filter on the body", when: get("/me/events?$filter=" + url.QueryEscape("body/content eq 'x'"))},
	{number: "M-28", name: "extended properties chosen by their value", when: get("/me/events?$expand=" + url.QueryEscape("singleValueExtendedProperties($filter=value eq 'x')"))},
	{number: "M-29", name: "$select of nothing", when: get("/me/events?$select=title")},
	{number: "M-29", name: "$expand of nothing", when: get("/me/events?$expand=title")},
	{number: "M-29", name: "$orderby of nothing", when: get("/me/events?$orderby=title")},
	{number: "M-30", name: "a property without a set", when: post(event("singleValueExtendedProperties", `[{"id":"String Name Key","value":"x"}]`))},
	{number: "M-30", name: "a filter on it", when: get("/me/events?$filter=" + url.QueryEscape("singleValueExtendedProperties/Any(ep: ep/id eq 'Key' and ep/value eq 'x')"))},
	{number: "M-31", name: "a guest moves the meeting", when: func(r *rig) answer {
		return r.do("PATCH", "/me/events/"+r.invitation(), `{"subject":"x"}`)
	}},
	{number: "M-32", name: "a calendar of the same name", when: func(r *rig) answer { return r.do("POST", "/me/calendars", `{"name":"work"}`) }},
	{number: "M-33", name: "a calendar without a name", when: func(r *rig) answer { return r.do("POST", "/me/calendars", `{"color":"auto"}`) }},
	{number: "M-34", name: "the default calendar goes", when: func(r *rig) answer { return r.do("DELETE", "/me/calendar", "") }},
	{number: "M-35", name: "too large", when: func(r *rig) answer {
		return r.do("POST", "/me/events", event("body", `{"contentType":"text","content":"`+strings.Repeat("x", 4<<20)+`"}`))
	}},
	{number: "M-36", name: "before Retry-After is over", when: func(r *rig) answer {
		if err := r.graph.Throttle("alice@example.com"); err != nil {
			r.Fatal(err)
		}
		return r.do("GET", "/me/events", "")
	}},
	{number: "M-36", name: "too many in ten minutes", opt: graph.Options{Limit: 2}, given: func(r *rig) { r.want(200, r.do("GET", "/me/events", "")) }, when: func(r *rig) answer {
		r.want(200, r.do("GET", "/me/events", ""))
		return r.do("GET", "/me/events", "")
	}},
	{number: "M-91", name: "the application is throttled", when: func(r *rig) answer {
		r.graph.ThrottleAll(graph.ThrottleApplication)
		return r.do("GET", "/me/events", "")
	}},
	{number: "M-37", name: "instances of a single event", when: func(r *rig) answer { return r.do("GET", "/me/events/"+r.make().text("id")+"/instances"+january, "") }},
	{number: "M-38", name: "beyond the last day", when: post(event("recurrence", recurs(daily5, `"type":"endDate","endDate":"4500-09-01"`)))},
	{number: "M-81", name: "the instances of two hundred years", when: func(r *rig) answer {
		return r.do("GET", "/me/events/"+r.make("recurrence", recurs(daily5, `"type":"noEnd"`)).text("id")+"/instances?startDateTime=2026-01-01&endDateTime=2226-01-01", "")
	}},
	{number: "M-13", name: "a time before the clock begins", when: post(event("start", `{"dateTime":"1600-12-31T09:00:00","timeZone":"UTC"}`))},
	{number: "M-89", name: "exceptions of a single event", opt: graph.Options{Variants: graph.Variants{MastersExpand: true}}, when: func(r *rig) answer {
		return r.do("GET", "/me/events/"+r.make().text("id")+"?$expand=exceptionOccurrences", "")
	}},
	{number: "M-90", name: "changes of another calendar", opt: graph.Options{Variants: graph.Variants{PrimaryDelta: true}}, when: func(r *rig) answer {
		r.want(200, r.do("GET", "/me/calendarView/delta"+january, ""))
		id, err := r.graph.CalendarID("alice@example.com", "Work")
		if err != nil {
			r.Fatal(err)
		}
		return r.do("GET", "/me/calendars/"+id+"/calendarView/delta"+january, "")
	}},
	{number: "M-82", name: "1001 ids", when: func(r *rig) answer {
		ids := strings.Repeat(`"x",`, 1000) + `"x"`
		return r.do("POST", "/me/translateExchangeIds", `{"inputIds":[`+ids+`],"sourceIdType":"restId","targetIdType":"restImmutableEntryId"}`)
	}},
	{number: "M-82", name: "another type of id", when: func(r *rig) answer {
		return r.do("POST", "/me/translateExchangeIds", `{"inputIds":["x"],"sourceIdType":"ewsId","targetIdType":"restId"}`)
	}},
	{number: "M-85", name: "the organiser accepts", when: func(r *rig) answer { return r.do("POST", "/me/events/"+r.make().text("id")+"/accept", `{}`) }},
	{number: "M-86", name: "an answer that nobody wants", when: func(r *rig) answer {
		return r.do("POST", "/me/events/"+r.invitation("responseRequested", "false")+"/accept", `{"sendResponse":true}`)
	}},
	{number: "M-87", name: "a guest cancels", when: func(r *rig) answer { return r.do("POST", "/me/events/"+r.invitation()+"/cancel", `{"comment":"x"}`) }},
	{number: "M-81", name: "a view of more than five years", when: get("/me/calendarView?startDateTime=2020-01-01T00:00:00Z&endDateTime=2026-01-01T00:00:00Z")},
	{number: "M-48", name: "21 parts", when: func(r *rig) answer {
		var parts []string
		for i := range 21 {
			parts = append(parts, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/me"}`, i))
		}
		return r.do("POST", "/$batch", `{"requests":[`+strings.Join(parts, ",")+`]}`)
	}},
	{number: "M-49", name: "no id", when: batch(`{"method":"GET","url":"/me"}`)},
	{number: "M-49", name: "an id twice", when: batch(`{"id":"1","method":"GET","url":"/me"},{"id":"1","method":"GET","url":"/me"}`)},
	{number: "M-49", name: "a dependency that is not there", when: batch(`{"id":"1","method":"GET","url":"/me","dependsOn":["2"]}`)},
	{number: "M-49", name: "a body of no type", when: batch(`{"id":"1","method":"POST","url":"/me/events","body":{}}`)},
}

func batch(parts string) func(*rig) answer {
	return func(r *rig) answer { return r.do("POST", "/$batch", `{"requests":[`+parts+`]}`) }
}

// attendees is the list of some addresses.
func attendees(addresses ...string) string {
	var list []string
	for _, a := range addresses {
		list = append(list, `{"type":"required","emailAddress":{"address":"`+a+`"}}`)
	}
	return "[" + strings.Join(list, ",") + "]"
}

var signInRefusals = []refused{
	{number: "M-50", name: "an unknown program", when: func(r *rig) answer { return r.authorize(ask("client_id", "other")) }},
	{number: "M-50", name: "an unknown program at the token endpoint", when: func(r *rig) answer { return r.tokens("client_id", "other", "code", "x") }},
	{number: "M-51", name: "an address that is not registered", when: func(r *rig) answer { return r.authorize(ask("redirect_uri", "https://tahti.example/callback")) }},
	{number: "M-51", name: "nearly the registered address", opt: graph.Options{App: graph.App{ID: "tahti", Secret: "secret", Redirects: []string{callback}}},
		when: func(r *rig) answer { return r.authorize(ask("redirect_uri", callback+"/")) }},
	{number: "M-52", name: "an unknown tenant", when: func(r *rig) answer {
		return r.do("GET", r.http.URL+"/other.example/oauth2/v2.0/authorize?"+ask().Encode(), "", "Authorization: ")
	}},
	{number: "M-53", name: "the implicit flow", when: func(r *rig) answer { return r.authorize(ask("response_type", "token")) }},
	{number: "M-54", name: "no scope", when: func(r *rig) answer { return r.authorize(ask("scope", "")) }},
	{number: "M-83", name: "a public program with a secret", opt: graph.Options{App: graph.App{ID: "tahti"}}, when: func(r *rig) answer { return r.tokens("code", "x") }},
	{number: "M-92", name: "a server that the directory does not know", opt: graph.Options{Servers: []string{"https://mail.example.com"}}, when: func(r *rig) answer {
		return r.authorize(ask("scope", "openid https://mail.example.net/EWS.AccessAsUser.All"))
	}},
	{number: "M-55", name: "a server on premises and Graph at once", opt: graph.Options{Servers: []string{"https://mail.example.com"}}, when: func(r *rig) answer {
		return r.authorize(ask("scope", "Calendars.ReadWrite https://mail.example.com/EWS.AccessAsUser.All"))
	}},
	{number: "M-84", name: "an unknown mode", when: func(r *rig) answer { return r.authorize(ask("response_mode", "mail")) }},
	{number: "M-55", name: "an unknown scope", when: func(r *rig) answer { return r.authorize(ask("scope", "Calendars.Everything")) }},
	{number: "M-56", name: "a short challenge", when: func(r *rig) answer { return r.authorize(ask("code_challenge", "short")) }},
	{number: "M-56", name: "an unknown method", when: func(r *rig) answer { return r.authorize(ask("code_challenge_method", "S512")) }},
	{number: "M-57", name: "a wrong password", when: func(r *rig) answer {
		return r.press(r.authorize(ask()), "user", "alice@example.com", "password", "wrong", "answer", "signin")
	}},
	{number: "M-58", name: "Cancel on the page of sign-in", when: func(r *rig) answer { return r.press(r.authorize(ask()), "answer", "cancel") }},
	{number: "M-58", name: "Cancel on the page of consent", when: func(r *rig) answer { return r.press(r.logIn(ask()), "answer", "cancel") }},
	{number: "M-59", name: "nobody is signed in", when: func(r *rig) answer { return r.authorize(ask("prompt", "none")) }},
	{number: "M-60", name: "not assigned", given: func(r *rig) { r.block("50105") }, when: func(r *rig) answer { return r.logIn(ask()) }},
	{number: "M-61", name: "only an administrator", given: func(r *rig) { r.block("90094") }, when: func(r *rig) answer { return r.logIn(ask()) }},
	{number: "M-61", name: "only an administrator, sent back", opt: graph.Options{Variants: graph.Variants{AdminRedirect: true}}, given: func(r *rig) { r.block("90094") },
		when: func(r *rig) answer { return r.logIn(ask()) }, status: 302},
	{number: "M-62", name: "a policy", given: func(r *rig) { r.block("90093") }, when: func(r *rig) answer { return r.logIn(ask()) }},
	{number: "M-63", name: "risky", given: func(r *rig) { r.block("900941") }, when: func(r *rig) answer { return r.logIn(ask()) }},
	{number: "M-63", name: "unverified", given: func(r *rig) { r.block("900981") }, when: func(r *rig) answer { return r.logIn(ask()) }, code: "AADSTS900981"},
	{number: "M-64", name: "no such permission", given: func(r *rig) { r.block("65005") }, when: func(r *rig) answer { return r.logIn(ask()) }},
	{number: "M-65", name: "Conditional Access while signing in", given: func(r *rig) { r.block("53003") }, when: func(r *rig) answer { return r.logIn(ask()) }, status: 200},
	{number: "M-65", name: "Conditional Access at a refresh", when: blockedRefresh("53003")},
	{number: "M-66", name: "consent was taken back", when: blockedRefresh("65001")},
	{number: "M-66", name: "more than was agreed to", when: func(r *rig) answer {
		return r.refresh(r.signIn("Calendars.Read offline_access").text("refresh_token"), "scope", "Calendars.ReadWrite")
	}},
	{number: "M-67", name: "a second factor", when: blockedRefresh("50076")},
	{number: "M-67", name: "a second factor to set up", when: blockedRefresh("50079"), code: "AADSTS50079"},
	{number: "M-68", name: "an unknown refresh token", when: func(r *rig) answer { return r.refresh("nonsense") }},
	{number: "M-68", name: "idle for too long", when: func(r *rig) answer {
		token := r.signIn(scopes).text("refresh_token")
		r.now = r.now.Add(91 * 24 * time.Hour)
		return r.refresh(token)
	}},
	{number: "M-68", name: "another password", when: blockedRefresh("50173"), code: "AADSTS50173"},
	{number: "M-69", name: "a wrong secret", when: func(r *rig) answer { return r.tokens("client_secret", "wrong", "code", "x") }},
	{number: "M-70", name: "an old secret", when: blockedRefresh("7000222")},
	{number: "M-71", name: "no secret", when: func(r *rig) answer { return r.tokens("client_secret", "", "code", "x") }},
	{number: "M-72", name: "a code twice", when: func(r *rig) answer {
		code := r.query(r.consent(ask())).Get("code")
		r.want(200, r.tokens("code", code))
		return r.tokens("code", code)
	}},
	{number: "M-73", name: "no code of ours", when: func(r *rig) answer { return r.tokens("code", "nonsense") }},
	{number: "M-73", name: "an old code", when: func(r *rig) answer {
		code := r.query(r.consent(ask())).Get("code")
		r.now = r.now.Add(11 * time.Minute)
		return r.tokens("code", code)
	}},
	{number: "M-74", name: "another address", when: func(r *rig) answer {
		return r.tokens("code", r.query(r.consent(ask())).Get("code"), "redirect_uri", "http://localhost/other")
	}},
	{number: "M-75", name: "another verifier", when: func(r *rig) answer {
		return r.tokens("code", r.query(r.consent(ask())).Get("code"), "code_verifier", strings.Repeat("x", 43))
	}},
	{number: "M-75", name: "no verifier", when: func(r *rig) answer {
		return r.tokens("code", r.query(r.consent(ask())).Get("code"), "code_verifier", "")
	}},
	{number: "M-76", name: "another grant", when: func(r *rig) answer { return r.tokens("grant_type", "password") }},
	{number: "M-77", name: "no grant", when: func(r *rig) answer { return r.tokens("grant_type", "") }},
	{number: "M-77", name: "JSON", when: func(r *rig) answer {
		return r.do("POST", r.http.URL+"/common/oauth2/v2.0/token", `{"grant_type":"authorization_code"}`, "Authorization: ")
	}},
	{number: "M-78", name: "no administrator", when: func(r *rig) answer {
		page := r.do("GET", r.http.URL+"/common/v2.0/adminconsent?"+ask().Encode(), "", "Authorization: ")
		return r.press(page, "user", "alice@example.com", "password", "secret", "answer", "accept")
	}},
	{number: "M-79", name: "a refresh for an unknown scope", when: func(r *rig) answer {
		return r.refresh(r.signIn(scopes).text("refresh_token"), "scope", "Calendars.Everything")
	}},
}

func blockedRefresh(code string) func(*rig) answer {
	return func(r *rig) answer {
		token := r.signIn(scopes).text("refresh_token")
		r.block(code)
		return r.refresh(token)
	}
}

// TestEveryRefusal shows each numbered refusal, with its status and its code, and that none is left out.
func TestEveryRefusal(t *testing.T) {
	t.Parallel()
	table, shown := map[string]graph.Refusal{}, map[string]bool{}
	for _, ref := range graph.Refusals() {
		if _, twice := table[ref.Number]; twice {
			t.Errorf("%s stands twice", ref.Number)
		}
		table[ref.Number] = ref
	}
	// The parts of batches, and creations by half, which change the calendar, have tests of their own.
	for _, list := range [][]refused{calendarRefusals, signInRefusals, subscriptionRefusals, {{number: "M-80"}, {number: "M-88"}}} {
		for _, c := range list {
			shown[c.number] = true
			if c.when == nil {
				continue
			}
			t.Run(c.number+" "+c.name, func(t *testing.T) {
				r := newRig(t, c.opt)
				r.track = true
				if c.given != nil {
					c.given(r)
				}
				a := c.when(r)
				ref := table[c.number]
				if c.status == 0 {
					c.status = ref.Status
				}
				if c.code == "" {
					c.code = ref.Code
				}
				c.check(r, ref, a)
			})
		}
	}
	for number := range table {
		if !shown[number] {
			t.Errorf("%s is never shown", number)
		}
	}
}

// check holds an answer to the table: number, status and code, and in which form it came.
func (c *refused) check(r *rig, ref graph.Refusal, a answer) {
	r.Helper()
	if got := a.header.Get("X-Standin-Refusal"); got != c.number {
		r.Fatalf("refused as %q, status %d: %s", got, a.status, a.body)
	}
	if a.status != c.status {
		r.Errorf("status %d, want %d", a.status, c.status)
	}
	switch {
	case !strings.HasPrefix(c.code, "AADSTS"):
		if got := r.tree(a).text("error/code"); got != c.code {
			r.Errorf("code %q, want %q: %s", got, c.code, a.body)
		}
	case a.status == 302:
		q := r.query(a)
		if q.Get("error") != ref.Error || !strings.HasPrefix(q.Get("error_description"), c.code+":") || q.Get("state") != "s" {
			r.Errorf("back with %v", q)
		}
	case strings.HasPrefix(a.header.Get("Content-Type"), "application/json"):
		t := r.tree(a)
		var number float64
		if list, _ := t["error_codes"].([]any); len(list) == 1 {
			number, _ = list[0].(float64)
		}
		if t.text("error") != ref.Error || t.text("suberror") != ref.Sub || !strings.HasPrefix(t.text("error_description"), c.code+":") ||
			fmt.Sprintf("%.0f", number) != strings.TrimPrefix(c.code, "AADSTS") {
			r.Errorf("token endpoint: %s", a.body)
		}
	default:
		if !strings.Contains(a.body, ">"+c.code+"<") || a.header.Get("Location") != "" {
			r.Errorf("page: %s", a.body)
		}
	}
	if after := r.stored(); after != r.before {
		r.Errorf("a refused request changed a calendar: %s, before %s", after, r.before)
	}
	if ref.Number == "M-91" && !strings.HasPrefix(a.header.Get("X-Ms-Throttle-Scope"), "Application/") {
		r.Errorf("the scope is %q", a.header.Get("X-Ms-Throttle-Scope"))
	}
	if (ref.Number == "M-36" || ref.Number == "M-91") && a.header.Get("Retry-After") != "5" {
		r.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
}
