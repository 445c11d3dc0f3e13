package ews_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/internal/standin/ews"
)

// Whatever is asked is answered or refused under a number; and nothing that is taken breaks what is read afterwards.
func FuzzRequests(f *testing.F) {
	f.Add(create(event("x")))
	f.Add(create(series("x") + ""))
	f.Add(create(keyed("x", "y")))
	f.Add(create(weekly("Monday Sunday", until("2026-02-01"))))
	f.Add(create(`<t:Start>0001-01-01T00:00:00</t:Start><t:End>9999-12-31T00:00:00Z</t:End>`))
	f.Add(create(`<t:MimeContent>QkVHSU46VkNBTEVOREFSDQpFTkQ6VkNBTEVOREFSDQo=</t:MimeContent>`))
	f.Add(find(view(january), ""))
	f.Add(find(`<m:IndexedPageItemView MaxEntriesReturned="2" Offset="1" BasePoint="End"/>`, where(crmKey)))
	f.Add(sync("UwE=", 5))
	f.Add(get(ref{"AAMkAGNG", "x"}.String()))
	f.Add(pull("") + streaming)
	f.Add(available(inHelsinki, "2026-01-06T08:00:00/2026-01-06T13:00:00", "DetailedMerged", "alice@example.com"))
	f.Add(`<m:GetServerTimeZones/>`)
	r := rig{version: "Exchange2016"}
	f.Fuzz(func(t *testing.T, body string) {
		s := ews.New(ews.Options{Token: "all"})
		ask := func(body string) *httptest.ResponseRecorder {
			req := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(r.envelope(body)))
			req.Header.Set("Authorization", "Bearer all")
			req.Header.Set("Content-Type", "text/xml")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, req)
			return w
		}
		if strings.Contains(body, "GetStreamingEvents") {
			return // which is answered for minutes
		}
		if w := ask(body); (w.Code >= 400 || strings.Contains(w.Body.String(), `ResponseClass="Error"`)) && w.Header().Get("X-Standin-Refusal") == "" {
			t.Errorf("%d without a number: %s", w.Code, w.Body)
		}
		for _, body := range []string{strings.Replace(find(view(january), ""), "IdOnly", "AllProperties", 1), strings.Replace(find("", ""), "IdOnly", "AllProperties", 1), sync("", 512)} {
			if w := ask(body); w.Code != 200 || strings.Contains(w.Body.String(), `ResponseClass="Error"`) {
				t.Errorf("afterwards: %d %s", w.Code, w.Body)
			}
		}
	})
}

// Messages of NTLM come from whoever knows the address.
func FuzzNTLM(f *testing.F) {
	f.Add([]byte("NTLMSSP\x00\x01\x00\x00\x00\x07\x82\x08\xa2"), []byte("NTLMSSP\x00\x03\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, first, last []byte) { ews.TryNTLM(first, last) })
}
