package ews

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
)

// convertID is ConvertId: ids in other spellings. All of them hold the same bytes here.
func (c *call) convertID(e *element) ([]message, *failure) {
	to := e.Attr("DestinationFormat")
	return c.batch(m(e, "SourceIds").Children, func(x *element) message {
		var raw []byte
		var err error
		switch given := x.Attr("Id"); x.Attr("Format") {
		case "EwsId":
			raw, err = base64.StdEncoding.DecodeString(given)
		case "OwaId":
			if given, err = url.QueryUnescape(given); err == nil {
				raw, err = base64.StdEncoding.DecodeString(given)
			}
		case "HexEntryId":
			raw, err = hex.DecodeString(given)
		case "EntryId", "StoreId":
			raw, err = base64.StdEncoding.DecodeString(given)
		default:
			return failed(refIDFormat.because("The format of the id is not supported."))
		}
		text := base64.StdEncoding.EncodeToString(raw)
		id, ok := parseID(text)
		if err != nil || !ok || int(id.box) > len(c.boxes) {
			return failed(refIDMalformed.because("Id is malformed."))
		}
		switch to {
		case "HexEntryId":
			text = strings.ToUpper(hex.EncodeToString(raw))
		case "OwaId":
			text = url.QueryEscape(text)
		case "EwsLegacyId":
			return failed(refIDFormat.because("The format of the id is not supported."))
		}
		// The mailbox is that of the id, whatever the request says: DavMail asks in the name of nobody, to learn whose it is.
		return done(el("m:AlternateId").with("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance", "xsi:type", "t:AlternateIdType",
			"Format", to, "Id", text, "Mailbox", c.boxes[id.box-1].Name))
	})
}

// resolveNames is ResolveNames: whom a beginning of a name or an address stands for.
func (c *call) resolveNames(e *element) ([]message, *failure) {
	entry := strings.ToLower(textOf(m(e, "UnresolvedEntry")))
	entry = strings.TrimPrefix(strings.TrimPrefix(entry, "smtp:"), "=")
	if entry == "" || entry == "," || entry == "-" {
		return []message{failed(refNoName.because("The name is not valid for name resolution."))}, nil
	}
	set := el("m:ResolutionSet").with("TotalItemsInView", "0", "IncludesLastItemInRange", "true")
	for _, b := range c.boxes {
		if !strings.HasPrefix(strings.ToLower(b.Name), entry) && !strings.HasPrefix(strings.ToLower(b.Display), entry) {
			continue
		}
		x := el("t:Resolution", mailboxNode(person{b.Display, b.Name}, true))
		if e.Attr("ReturnFullContactData") == "true" {
			x.kids = append(x.kids, el("t:Contact", tx("t:DisplayName", b.Display),
				el("t:EmailAddresses", tx("t:Entry", "SMTP:"+b.Name).with("Key", "EmailAddress1")), tx("t:ContactSource", "ActiveDirectory")))
		}
		set.kids = append(set.kids, x)
	}
	set.attrs[1] = strconv.Itoa(len(set.kids))
	switch len(set.kids) {
	case 0:
		return []message{failed(refNoResults.because("No results were found."))}, nil
	case 1:
		return []message{done(set)}, nil
	}
	f := Refusal{Code: "ErrorNameResolutionMultipleResults"}.because("Multiple results were found.")
	return []message{{failure: f, warning: true, inner: []node{set}}}, nil
}
