package ews

import (
	"bytes"
	"encoding/xml"
	"errors"
	"net/url"
	"strings"
)

// The two protocols of Autodiscover: plain XML, which every server of Exchange's and those of others' speak, and SOAP. Microsoft's
// documents write the namespaces with https, which no server answers to.
const (
	spacePOXRequest = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	poxSchema       = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
	spaceAuto       = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
	spaceAddressing = "http://www.w3.org/2005/08/addressing"

	poxPath  = "/autodiscover/autodiscover.xml"
	soapPath = "/autodiscover/autodiscover.svc"
)

// lead is what an answer of Autodiscover leads to: one of them is set.
type lead struct {
	ews       string // the address of the web services
	url       string // another Autodiscover
	address   string // another mail address, to begin again with
	noMailbox bool   // the server is Exchange, and knows no such mailbox
}

func poxRequest(email string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := el("Autodiscover", el("Request", word("EMailAddress", email), word("AcceptableResponseSchema", poxSchema))).with("xmlns", spacePOXRequest)
	e.write(&b)
	return b.Bytes()
}

// poxAnswer reads an answer in plain XML. ok is false where it is none of Autodiscover's.
func poxAnswer(text []byte) (l lead, ok bool) {
	var a struct {
		XMLName  xml.Name
		Response *struct {
			Error *struct {
				Code string `xml:"ErrorCode"`
			} `xml:"Error"`
			Account struct {
				Action    string `xml:"Action"`
				URL       string `xml:"RedirectUrl"`
				Address   string `xml:"RedirectAddr"`
				Protocols []struct {
					Type string `xml:"Type"`
					URL  string `xml:"EwsUrl"`
				} `xml:"Protocol"`
			} `xml:"Account"`
		} `xml:"Response"`
	}
	if err := strict(text, &a); err != nil || a.XMLName.Local != "Autodiscover" || a.Response == nil {
		return l, false
	}
	if a.Response.Error != nil {
		return lead{noMailbox: true}, true
	}
	account := a.Response.Account
	switch strings.ToLower(account.Action) {
	case "redirecturl":
		return lead{url: account.URL}, account.URL != ""
	case "redirectaddr":
		return lead{address: account.Address}, account.Address != ""
	}
	// EXPR is how the server is reached from outside, EXCH from inside its network.
	for _, kind := range []string{"EXPR", "EXCH", ""} {
		for _, p := range account.Protocols {
			if p.URL != "" && (kind == "" || strings.EqualFold(p.Type, kind)) {
				return lead{ews: strings.TrimSpace(p.URL)}, true
			}
		}
	}
	return l, false
}

func soapRequest(to *url.URL, email string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := el("s:Envelope",
		el("s:Header", word("a:RequestedServerVersion", "Exchange2013"), word("w:Action", spaceAuto+"/Autodiscover/GetUserSettings"), word("w:To", to.String())),
		el("s:Body", el("a:GetUserSettingsRequestMessage", el("a:Request",
			el("a:Users", el("a:User", word("a:Mailbox", email))),
			el("a:RequestedSettings", word("a:Setting", "ExternalEwsUrl"), word("a:Setting", "InternalEwsUrl")))))).
		with("xmlns:s", spaceSOAP, "xmlns:a", spaceAuto, "xmlns:w", spaceAddressing)
	e.write(&b)
	return b.Bytes()
}

// soapAnswer reads an answer to GetUserSettings. ok is false where it is none.
func soapAnswer(text []byte) (l lead, ok bool) {
	var a struct {
		XMLName xml.Name
		Users   []struct {
			Code     string `xml:"ErrorCode"`
			Target   string `xml:"RedirectTarget"`
			Settings []struct {
				Name  string `xml:"Name"`
				Value string `xml:"Value"`
			} `xml:"UserSettings>UserSetting"`
		} `xml:"Body>GetUserSettingsResponseMessage>Response>UserResponses>UserResponse"`
	}
	if err := strict(text, &a); err != nil || a.XMLName.Local != "Envelope" || len(a.Users) != 1 {
		return l, false
	}
	u := a.Users[0]
	switch u.Code {
	case "RedirectUrl":
		return lead{url: u.Target}, u.Target != ""
	case "RedirectAddress":
		return lead{address: u.Target}, u.Target != ""
	case "InvalidUser":
		return lead{noMailbox: true}, true
	}
	for _, name := range []string{"ExternalEwsUrl", "InternalEwsUrl"} {
		for _, s := range u.Settings {
			if s.Name == name && s.Value != "" {
				return lead{ews: strings.TrimSpace(s.Value)}, true
			}
		}
	}
	return l, false
}

// strict reads a whole document, without document type and within bounds.
func strict(text []byte, into any) error {
	if len(text) > maxLead {
		return errors.New("an answer beyond all bounds")
	}
	d := xml.NewTokenDecoder(&reader{d: xml.NewDecoder(bytes.NewReader(lawful(text)))})
	if err := d.Decode(into); err != nil {
		return err
	}
	return finish(d)
}

// maxLead bounds an answer of Autodiscover; they have some ten kilobytes.
const maxLead = 1 << 20
