package ews

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/backdoor"
)

func codeOf(err error) string {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e.Code
	}
	return ""
}

// soap is an envelope around a body.
func soap(body string) string {
	return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:ServerVersionInfo MajorVersion="15" xmlns:h="` + spaceTypes +
		`"/></s:Header><s:Body xmlns:m="` + spaceMessages + `" xmlns:t="` + spaceTypes + `">` + body + `</s:Body></s:Envelope>`
}

// soapFault is a fault as Exchange writes it.
func soapFault(code, more string) string {
	return soap(`<s:Fault><faultcode xmlns:a="` + spaceTypes + `">a:` + code + `</faultcode><faultstring xml:lang="en-US">The server cannot service this request right now.</faultstring><detail>` +
		`<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">` + code + `</e:ResponseCode>` +
		`<e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">Try again.</e:Message>` + more + `</detail></s:Fault>`)
}

// refusing is a message of an operation that refuses.
func refusing(operation, code, more string) string {
	return soap(`<m:` + operation + `Response><m:ResponseMessages><m:` + operation + `ResponseMessage ResponseClass="Error"><m:MessageText>The title "Doctor" is wrong.</m:MessageText>` +
		`<m:ResponseCode>` + code + `</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>` + more + `</m:` + operation + `ResponseMessage></m:ResponseMessages></m:` + operation + `Response>`)
}

// backOff is how a server says how long to wait.
func backOff(ms, inner string) string {
	s := `<t:MessageXml xmlns:t="` + spaceTypes + `"><t:Value Name="BackOffMilliseconds">` + ms + `</t:Value>`
	if inner != "" {
		s = `<m:MessageXml><t:Value Name="BackOffMilliseconds">` + ms + `</t:Value><t:Value Name="InnerErrorMessageText">The server is busy.</t:Value>` +
			`<t:Value Name="InnerErrorResponseCode">` + inner + `</t:Value></m:MessageXml>`
		return s
	}
	return s + `</t:MessageXml>`
}

// answering opens a calendar whose every request gets one answer; sent counts them.
func answering(t testing.TB, status int, kind, body string, header ...string) (c *Calendar, sent *int) {
	t.Helper()
	sent = new(int)
	c, err := Open(Config{URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "folder", SignIn: Basic, Username: alice, Password: "secret", TimeZone: "Europe/Helsinki", Now: time.Now,
		Transport: scripted(func(r *http.Request) (*http.Response, error) {
			*sent++
			resp := backdoor.Reply(r, status, kind, body)
			for i := 0; i+1 < len(header); i += 2 {
				resp.Header.Add(header[i], header[i+1])
			}
			return resp, nil
		})})
	must(t, err)
	return c, sent
}

const xmlKind = "text/xml; charset=utf-8"

// Every way in which Exchange is known to throttle is told apart from trouble, and keeps all further requests back for as long as it says
// (providers.md 3.5).
func TestThrottlingInAllItsShapes(t *testing.T) {
	for _, c := range []struct {
		name, kind, body, header string
		status                   int
		wait                     time.Duration
	}{
		{"a fault that says how long", xmlKind, soapFault("ErrorServerBusy", backOff("297749", "")), "", 500, 297749 * time.Millisecond},
		{"a message that says how long", xmlKind, refusing("SyncFolderItems", "ErrorServerBusy", backOff("30000", "x")), "", 200, 30 * time.Second},
		{"an inner code behind another one", xmlKind, refusing("SyncFolderItems", "ErrorInternalServerError", backOff("60000", "ErrorServerBusy")), "", 200, time.Minute},
		{"too many connections", xmlKind, refusing("SyncFolderItems", "ErrorExceededConnectionCount", ""), "", 200, 0},
		{"a fault that does not say how long", xmlKind, soapFault("ErrorServerBusy", ""), "", 500, 0},
		{"the queue of IIS", "text/html", "<html>Service Unavailable</html>", "120", 503, 2 * time.Minute},
		{"a proxy", "text/plain", "", "7", 429, 7 * time.Second},
		{"a wait beyond all bounds", xmlKind, soapFault("ErrorServerBusy", backOff("99999999999999", "")), "", 500, 24 * time.Hour},
		{"a wait that is none", xmlKind, soapFault("ErrorServerBusy", backOff("-5", "")), "", 500, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, sent := answering(t, c.status, c.kind, c.body, "Retry-After", c.header)
			_, err := k.Pull(t.Context(), "", nil)
			e, _ := errors.AsType[*provider.Error](err)
			if e == nil || e.Class != provider.RateLimited || e.Code != provider.CodeServer {
				t.Fatalf("%v", err)
			}
			if got := time.Until(e.RetryAfter); c.wait == 0 != e.RetryAfter.IsZero() || c.wait > 0 && (got > c.wait || got < c.wait-10*time.Second) {
				t.Errorf("wait %v, want %v", got, c.wait)
			}
			before := *sent
			_, err = k.Find(t.Context(), "abc")
			if c.wait > 0 && provider.ClassOf(err) != provider.RateLimited || (*sent == before) != (c.wait > 0) {
				t.Errorf("then %v after %d requests", err, *sent-before)
			}
		})
	}
}

// What each code and status means, for a question and for a write.
func TestRefusalsHaveTheirClass(t *testing.T) {
	for _, c := range []struct {
		name, code string
		ask, write provider.Class
		askCode    string
		creation   provider.Class
	}{
		{"somebody changed it", "ErrorIrresolvableConflict", provider.Conflict, provider.Conflict, "", provider.Conflict},
		{"a stale change key", "ErrorStaleObject", provider.Conflict, provider.Conflict, "", provider.Conflict},
		{"no change key", "ErrorChangeKeyRequiredForWriteOperations", provider.Conflict, provider.Conflict, "", provider.Conflict},
		{"a lost state", "ErrorInvalidSyncStateData", provider.CursorLost, provider.CursorLost, "", provider.CursorLost},
		{"a folder that is gone", "ErrorSyncFolderNotFound", provider.Gone, provider.Gone, provider.CodeWrongAddress, provider.Transient},
		{"another folder that is gone", "ErrorFolderNotFound", provider.Gone, provider.Gone, provider.CodeWrongAddress, provider.Transient},
		{"an item that is gone", "ErrorItemNotFound", provider.Gone, provider.Gone, provider.CodeWrongAddress, provider.Transient},
		{"an occurrence onto its neighbour", "ErrorOccurrenceCrossingBoundary", provider.Rejected, provider.Rejected, string(provider.Inexpressive), provider.Rejected},
		{"an occurrence too long", "ErrorOccurrenceTimeSpanTooBig", provider.Rejected, provider.Rejected, string(provider.Inexpressive), provider.Rejected},
		{"an occurrence that was taken out", "ErrorCalendarOccurrenceIsDeletedFromRecurrence", provider.Conflict, provider.Conflict, "", provider.Conflict},
		{"an occurrence that is none", "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", provider.Conflict, provider.Conflict, "", provider.Conflict},
		{"a password that has run out", "ErrorPasswordExpired", provider.SignIn, provider.SignIn, CodePasswordExpired, provider.SignIn},
		{"a password to be changed", "ErrorPasswordChangeRequired", provider.SignIn, provider.SignIn, CodePasswordExpired, provider.SignIn},
		{"an account switched off", "ErrorAccountDisabled", provider.SignIn, provider.SignIn, CodeAccountDisabled, provider.SignIn},
		{"no right", "ErrorAccessDenied", provider.Forbidden, provider.Forbidden, provider.CodeNoPermission, provider.Forbidden},
		{"no mailbox", "ErrorNonExistentMailbox", provider.Forbidden, provider.Forbidden, provider.CodeNoMailbox, provider.Forbidden},
		{"too old", "ErrorInvalidServerVersion", provider.Forbidden, provider.Forbidden, CodeOldServer, provider.Forbidden},
		{"another version's schema", "ErrorIncorrectSchemaVersion", provider.Forbidden, provider.Forbidden, CodeOldServer, provider.Forbidden},
		{"trouble", "ErrorInternalServerError", provider.Transient, provider.Unknown, provider.CodeServer, provider.Unknown},
		{"a mailbox that moves", "ErrorMailboxMoveInProgress", provider.Transient, provider.Unknown, provider.CodeServer, provider.Unknown},
		{"too slow", "ErrorTimeoutExpired", provider.Transient, provider.Unknown, provider.CodeServer, provider.Unknown},
		{"a full mailbox", "ErrorQuotaExceeded", provider.Transient, provider.Transient, provider.CodeMailboxFull, provider.Transient},
		{"too long a text", "ErrorDataSizeLimitExceeded", provider.Rejected, provider.Rejected, provider.CodeTooLarge, provider.Rejected},
		{"what the schema has not", "ErrorSchemaValidation", provider.Transient, provider.Rejected, provider.CodeServer, provider.Rejected},
		{"a code of tomorrow", "ErrorOfTomorrow", provider.Transient, provider.Rejected, provider.CodeServer, provider.Rejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, fault := range []bool{false, true} {
				says := func(operation string) *Calendar {
					if fault {
						k, _ := answering(t, 500, xmlKind, soapFault(c.code, ""))
						return k
					}
					k, _ := answering(t, 200, xmlKind, refusing(operation, c.code, ""))
					return k
				}
				_, err := says("SyncFolderItems").Pull(t.Context(), "", nil)
				expect(t, "a pull", err, c.ask, c.askCode)
				_, err = says("UpdateItem").write(t.Context(), itemRef(itemID{"a", "b"}), &writing{subject: set("item:Subject", "t:Subject", "x")}, false)
				expect(t, "an update", err, c.write, "")
				_, err = says("CreateItem").make(t.Context(), &writing{})
				expect(t, "a creation", err, c.creation, "")
				if err != nil && strings.Contains(err.Error(), "Doctor") {
					t.Errorf("%v holds a title", err)
				}
			}
		})
	}
}

func expect(t *testing.T, what string, err error, class provider.Class, code string) {
	t.Helper()
	if err == nil || provider.ClassOf(err) != class || code != "" && codeOf(err) != code {
		t.Errorf("%s: %v %q, want %v %q", what, err, codeOf(err), class, code)
	}
}

func TestStatusesHaveTheirClass(t *testing.T) {
	for _, c := range []struct {
		name       string
		status     int
		kind, body string
		header     []string
		ask, write provider.Class
		code       string
	}{
		{"a wrong password, or a locked account", 401, "", "", []string{"WWW-Authenticate", "NTLM", "WWW-Authenticate", `Basic realm="x"`}, provider.SignIn, provider.SignIn, provider.CodeWrongPassword},
		{"nothing said about how to sign in", 401, "", "", nil, provider.SignIn, provider.SignIn, provider.CodeWrongPassword},
		{"Kerberos alone", 401, "", "", []string{"WWW-Authenticate", "Negotiate"}, provider.SignIn, provider.SignIn, provider.CodeSignInKind},
		{"tokens alone", 401, "", "", []string{"WWW-Authenticate", `Bearer realm="x"`}, provider.SignIn, provider.SignIn, provider.CodeSignInKind},
		{"NTLM in the place of Basic", 401, "", "", []string{"WWW-Authenticate", "Negotiate", "WWW-Authenticate", "NTLM"}, provider.SignIn, provider.SignIn, CodeSignInChanged},
		{"this way is closed", 403, "text/html", "<html></html>", nil, provider.Forbidden, provider.Forbidden, CodeServiceBlocked},
		{"a login page has timed out", 440, "text/html", "<html></html>", nil, provider.Forbidden, provider.Forbidden, CodeLoginPage},
		{"a login page", 302, "text/html", "", []string{"Location", "https://mail.example.com/owa/auth/logon.aspx?url=x"}, provider.Forbidden, provider.Forbidden, CodeLoginPage},
		{"a second factor", 302, "text/html", "", []string{"Location", "https://gate.example.com/mfa/start"}, provider.Forbidden, provider.Forbidden, CodeSecondFactor},
		{"a login page without a redirect", 200, "text/html", "<html><form action=/auth>Password</form></html>", nil, provider.Transient, provider.Unknown, CodeLoginPage},
		{"a second factor without a redirect", 200, "text/html", "<html>Enter your one-time code</html>", nil, provider.Transient, provider.Unknown, CodeSecondFactor},
		{"no service there", 404, "text/html", "", nil, provider.Forbidden, provider.Forbidden, provider.CodeWrongAddress},
		{"too large", 413, "", "", nil, provider.Rejected, provider.Rejected, provider.CodeTooLarge},
		{"a gateway in trouble", 502, "text/html", "", nil, provider.Transient, provider.Unknown, provider.CodeServer},
		{"a server in trouble", 500, "text/html", "<html>Envelope</html>", nil, provider.Transient, provider.Unknown, provider.CodeServer},
		{"half an envelope", 200, xmlKind, soap(`<m:SyncFolderItemsResponse>`)[:200], nil, provider.Transient, provider.Unknown, provider.CodeServer},
		{"an answer to something else", 200, xmlKind, refusing("GetServerTimeZones", "ErrorItemNotFound", ""), nil, provider.Transient, provider.Unknown, provider.CodeServer},
		{"nothing", 200, xmlKind, "", nil, provider.Transient, provider.Unknown, provider.CodeServer},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _ := answering(t, c.status, c.kind, c.body, c.header...)
			_, err := k.Pull(t.Context(), "", nil)
			expect(t, "a pull", err, c.ask, c.code)
			k, _ = answering(t, c.status, c.kind, c.body, c.header...)
			_, err = k.make(t.Context(), &writing{})
			expect(t, "a creation", err, c.write, c.code)
		})
	}
}

// A password that was refused is never sent again: domains lock accounts for that.
func TestARefusedPasswordIsNotSentAgain(t *testing.T) {
	k, sent := answering(t, 401, "", "", "WWW-Authenticate", `Basic realm="x"`)
	for range 3 {
		_, err := k.Pull(t.Context(), "", nil)
		expect(t, "a pull", err, provider.SignIn, provider.CodeWrongPassword)
		_, err = k.Read(t.Context(), []provider.RemoteID{"a"})
		expect(t, "a read", err, provider.SignIn, provider.CodeWrongPassword)
	}
	if *sent != 1 {
		t.Errorf("sent %d times", *sent)
	}
}

// The password goes to the one address, over https.
func TestThePasswordGoesNowhereElse(t *testing.T) {
	for _, c := range []struct{ address, code string }{
		{"http://mail.example.com/EWS/Exchange.asmx", provider.CodePlainHTTP}, {"ftp://mail.example.com/", provider.CodePlainHTTP},
		{"mail.example.com", provider.CodeWrongAddress}, {"https://user:secret@mail.example.com/", provider.CodeWrongAddress}, {"", provider.CodeWrongAddress},
	} {
		_, err := Open(Config{URL: c.address, Calendar: "x", SignIn: Basic, Username: alice, Password: "secret", Transport: http.DefaultTransport, Now: time.Now})
		if codeOf(err) != c.code {
			t.Errorf("%q: %v", c.address, err)
		}
	}
	var hosts []string
	c, err := Open(Config{URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "x", SignIn: Basic, Username: alice, Password: "secret", Now: time.Now,
		Transport: scripted(func(r *http.Request) (*http.Response, error) {
			hosts = append(hosts, r.URL.Host)
			resp := backdoor.Reply(r, 307, "", "")
			resp.Header.Set("Location", "https://mail.example.com/elsewhere")
			return resp, nil
		})})
	must(t, err)
	_, err = c.Pull(t.Context(), "", nil)
	expect(t, "a redirect", err, provider.Forbidden, CodeLoginPage)
	if len(hosts) != 1 {
		t.Errorf("requests to %v", hosts)
	}
}

// A request that got no answer was sent, unless it surely was not.
func TestWithoutAnAnswer(t *testing.T) {
	c, err := Open(Config{URL: "https://mail.example.com/EWS/Exchange.asmx", Calendar: "x", SignIn: Basic, Username: alice, Password: "secret", Now: time.Now,
		Transport: scripted(func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: io.ErrUnexpectedEOF}
		})})
	must(t, err)
	_, err = c.Pull(t.Context(), "", nil)
	expect(t, "a pull", err, provider.Transient, provider.CodeUnreachable)
	_, err = c.make(t.Context(), &writing{})
	expect(t, "a creation", err, provider.Unknown, provider.CodeUnreachable)
}

// An answer is read within bounds, and nothing of anybody's making is read into it.
func TestAnswersAreReadWithinBounds(t *testing.T) {
	for _, c := range []struct{ name, body string }{
		{"a document type", strings.Replace(soap(""), "<s:Envelope", `<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><s:Envelope`, 1)},
		{"an entity of the document's own", soap(`<m:SyncFolderItemsResponse>&b;</m:SyncFolderItemsResponse>`)},
		{"a bottomless nesting", soap(strings.Repeat("<m:x>", 10_000))},
		{"another envelope", strings.ReplaceAll(soap(""), "schemas.xmlsoap.org/soap", "www.w3.org/2003/05")},
		{"more behind the end", soap(`<m:SyncFolderItemsResponse><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>`+
			`<m:SyncState>s</m:SyncState><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes/></m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>`) + "<more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _ := answering(t, 200, xmlKind, c.body)
			_, err := k.Pull(t.Context(), "", nil)
			expect(t, "a pull", err, provider.Transient, provider.CodeServer)
		})
	}
}

// What a page of changes leaves out is no news of an empty calendar (I6).
func TestAPageThatSaysTooLittle(t *testing.T) {
	whole := `<m:SyncState>s</m:SyncState><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes/>`
	for _, left := range []string{`<m:SyncState>s</m:SyncState>`, `<m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>`, `<m:Changes/>`, ""} {
		body := soap(`<m:SyncFolderItemsResponse><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
			strings.Replace(whole, left, "", 1) + `</m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>`)
		k, _ := answering(t, 200, xmlKind, body)
		got, err := k.Pull(t.Context(), "", nil)
		if left == "" {
			if s, ok := got.(provider.Snapshot); err != nil || !ok || s.Whole == nil {
				t.Errorf("an empty calendar: %v %v", got, err)
			}
			continue
		}
		expect(t, "without "+left, err, provider.Transient, provider.CodeServer)
	}
}

// A page that leads to itself ends a listing with an error, and not never.
func TestAPageThatLeadsToItself(t *testing.T) {
	k, sent := answering(t, 200, xmlKind, soap(`<m:SyncFolderItemsResponse><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>`+
		`<m:SyncState>s</m:SyncState><m:IncludesLastItemInRange>false</m:IncludesLastItemInRange><m:Changes/></m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>`))
	_, err := k.Pull(t.Context(), "", nil)
	expect(t, "a listing", err, provider.Transient, provider.CodeServer)
	if *sent != 2 {
		t.Errorf("%d requests", *sent)
	}
}

// A character that XML has not, which a mail program once put into a subject, hides neither its own event nor the others.
func TestCharactersThatNoParserTakes(t *testing.T) {
	x := func(id, subject string) string {
		return `<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items><t:CalendarItem><t:ItemId Id="` + id + `" ChangeKey="k"/><t:Subject>` + subject +
			`</t:Subject><t:Start>2026-03-16T08:00:00Z</t:Start><t:End>2026-03-16T09:00:00Z</t:End><t:StartTimeZone Id="FLE Standard Time"/></t:CalendarItem></m:Items></m:GetItemResponseMessage>`
	}
	k, _ := answering(t, 200, xmlKind, soap(`<m:GetItemResponse><m:ResponseMessages>`+x("a", "bell&#x7; and end&#x1A;, &#0;, \v, tab&#x9;, &#xFFFF; \xff; smiles &#128512;&#xD83D;&#xDE00;&#55357;&#56832; half &#xD83D;!")+x("b", "plain")+`</m:ResponseMessages></m:GetItemResponse>`))
	items, err := k.Read(t.Context(), []provider.RemoteID{"a", "b"})
	must(t, err)
	for i, want := range []string{"bell and end , , , tab , ?; smiles 😀😀😀 half !", "plain"} {
		if got := strings.Join(strings.Fields(items[i].Event.Subject), " "); items[i].State != provider.StateLive || got != want {
			t.Errorf("%v %q", items[i].State, items[i].Event.Subject)
		}
	}
}

// The capabilities are those that the engine's own tests have such a calendar with.
func TestCapabilities(t *testing.T) {
	c, _ := answering(t, 200, xmlKind, "")
	want := provider.Capabilities{
		Guard: provider.GuardUpdate, Tombstones: true, Untold: true, Piecemeal: true, Fields: calendar.AllFields, Modified: true, BatchRead: batchSize, Concurrency: 4,
	}
	if got := c.Capabilities(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestAddressesInTheCloud(t *testing.T) {
	for host, want := range map[string]bool{
		"outlook.office365.com": true, "Outlook.Office.com.": true, "example-com.mail.protection.outlook.com": true, "tenant.onmicrosoft.com": true,
		"mail.example.com": false, "notoutlook.com": false, "outlook.com.example.com": false,
	} {
		if Online(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}
