package ews

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// value is an extended property as it is stored.
type value struct {
	uri  []string // the attributes of its ExtendedFieldURI, as answers write them
	one  string
	many []string // of an array
	gone bool     // in a change: it is to be taken away
}

// propertySets are the sets that have names.
var propertySets = map[string]string{
	"Meeting": "6ed8da90-450b-101b-98da-00aa003f1305", "Appointment": "00062002-0000-0000-c000-000000000046",
	"Common": "00062008-0000-0000-c000-000000000046", "PublicStrings": "00020329-0000-0000-c000-000000000046",
	"Address": "00062004-0000-0000-c000-000000000046", "InternetHeaders": "00020386-0000-0000-c000-000000000046",
	"CalendarAssistant": "11000e07-b51b-40d6-af21-caa85edab1d0", "UnifiedMessaging": "4442858e-a9e3-4e80-b900-317a210cc15b",
	"Task": "00062003-0000-0000-c000-000000000046", "Sharing": "00062040-0000-0000-c000-000000000046",
}

var tagForm = regexp.MustCompile(`^0[xX][0-9A-Fa-f]{1,4}$|^[0-9]{1,5}$`)

var guidForm = regexp.MustCompile(`(?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)

// extendedKey is what an ExtendedFieldURI names, however it is written. Names are case-sensitive.
func extendedKey(e *element) (string, *failure) {
	set, guid, tag := e.Attr("DistinguishedPropertySetId"), e.Attr("PropertySetId"), e.Attr("PropertyTag")
	name, id, kind := e.Attr("PropertyName"), e.Attr("PropertyId"), e.Attr("PropertyType")
	wrong := func(why string) (string, *failure) {
		return "", refExtended.because("The extended property attribute combination is invalid: " + why + ".")
	}
	if tag != "" {
		n, err := strconv.ParseUint(tag, 0, 16)
		switch {
		case set != "" || guid != "" || name != "" || id != "":
			return wrong("PropertyTag stands alone")
		case err != nil:
			return wrong("PropertyTag is none")
		case n >= 0x8000:
			return "", refCustomTag.because("Cannot use PropertyTag for a property in the custom range.")
		}
		return "tag/" + strconv.FormatUint(n, 16) + "/" + kind, nil
	}
	switch {
	case (set == "") == (guid == ""):
		return wrong("one of DistinguishedPropertySetId and PropertySetId")
	case (name == "") == (id == ""):
		return wrong("one of PropertyName and PropertyId")
	}
	if set != "" {
		guid = propertySets[set]
	}
	return strings.ToLower(guid) + "/" + name + "/" + id + "/" + kind, nil
}

// uriAttrs are the attributes of an ExtendedFieldURI as it is given back.
func uriAttrs(e *element) []string {
	var list []string
	for _, name := range []string{"DistinguishedPropertySetId", "PropertySetId", "PropertyTag", "PropertyName", "PropertyId", "PropertyType"} {
		if v := e.Attr(name); v != "" {
			list = append(list, name, v)
		}
	}
	return list
}

// readExtended reads an ExtendedProperty.
func readExtended(e *element) (string, value, *failure) {
	uri := t(e, "ExtendedFieldURI")
	key, f := extendedKey(uri)
	if f != nil {
		return "", value{}, f
	}
	kind := uri.Attr("PropertyType")
	single, array := strings.CutSuffix(kind, "Array")
	v := value{uri: uriAttrs(uri)}
	list := []*element{t(e, "Value")}
	if values := t(e, "Values"); values != nil {
		list = values.Children
	}
	if array != (t(e, "Values") != nil) {
		return "", v, refExtendedValue.because("The extended property value does not match its type.")
	}
	for _, x := range list {
		text := x.Text
		if !fits(single, text) {
			return "", v, refExtendedValue.because("The extended property value does not match its type.")
		}
		if array {
			v.many = append(v.many, text)
		} else {
			v.one = text
		}
	}
	return key, v, nil
}

// fits reports whether a text is a value of a MAPI type.
func fits(kind, text string) bool {
	switch kind {
	case "Integer", "Long", "Short", "Currency", "Error":
		_, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		return err == nil
	case "Double", "Float", "ApplicationTime":
		_, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return err == nil
	case "Boolean":
		return boolean(text)
	case "SystemTime":
		_, _, ok := parseTime(text)
		return ok
	case "Binary":
		_, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		return err == nil
	case "CLSID":
		return guidForm.MatchString(strings.TrimSpace(text))
	}
	return true
}

// boolean reports whether a text is one in XML's way.
func boolean(text string) bool {
	switch strings.TrimSpace(text) {
	case "true", "false", "1", "0":
		return true
	}
	return false
}

// mirrors are the extended properties that say what an event says anyway, by their MAPI names.
var mirrors = map[string]mirror{
	// [MS-OXOCAL] 2.2.1.27 and 2.2.1.28
	propertySets["Meeting"] + "//3/Binary":  {read: func(x view) string { return x.globalID(true) }},
	propertySets["Meeting"] + "//35/Binary": {read: func(x view) string { return x.globalID(false) }},

	propertySets["Appointment"] + "//33288/String":     {func(x view) string { return x.p.location }, "Location", func(p *props, s string) { p.location = s }},
	propertySets["Appointment"] + "//33293/SystemTime": {read: func(x view) string { return stamp(x.p.start.instant()) }},
	propertySets["Appointment"] + "//33294/SystemTime": {read: func(x view) string { return stamp(x.p.end.instant()) }},
	propertySets["Appointment"] + "//33315/Boolean":    {read: func(x view) string { return truth(x.kind == kindMaster) }},

	"tag/1a/String":       {read: func(x view) string { return x.class() }},
	"tag/37/String":       {func(x view) string { return x.p.subject }, "Subject", func(p *props, s string) { p.subject = s }},
	"tag/e23/Integer":     {read: func(x view) string { return strconv.FormatUint(x.it.serial, 10) }},
	"tag/1000/String":     {func(x view) string { _, s := x.p.body.as("Text"); return s }, "Body", func(p *props, s string) { p.body = body{content: crlf(s)} }},
	"tag/3007/SystemTime": {read: func(x view) string { return stamp(x.it.made) }},
	"tag/3008/SystemTime": {read: func(x view) string { return stamp(x.it.at) }},
}

// mirror is how such a property is read and, where it can be, written.
type mirror struct {
	read  func(x view) string
	part  string
	write func(p *props, s string)
}

// writeMirror sets a mirrored property, or takes it away where the text is "".
func (p *patch) writeMirror(m mirror, text string) *failure {
	if m.write == nil {
		return refReadOnly.because("Set action is invalid for property.")
	}
	m.write(&p.props, text)
	p.set[m.part] = true
	return nil
}

var hexUID = regexp.MustCompile(`(?i)^(?:[0-9a-f]{2}){41,}$`)

// lookUp is an extended property of an event, computed ones too.
func (x view) lookUp(key string) (value, bool) {
	if m, ok := mirrors[key]; ok {
		return value{one: m.read(x)}, true
	}
	v, ok := x.p.extended[key]
	return v, ok
}

// globalID is the global object id; the clean one has no day of an occurrence in it.
func (x view) globalID(dated bool) string {
	var b []byte
	if strings.HasPrefix(strings.ToUpper(x.st.uid), goidHead) && hexUID.MatchString(x.st.uid) {
		b, _ = hex.DecodeString(x.st.uid) // hexadecimal, by its form
	} else {
		data := append([]byte("vCal-Uid\x01\x00\x00\x00"), x.st.uid...)
		data = append(data, 0)
		b, _ = hex.DecodeString(goidHead) // a constant
		b = append(b, make([]byte, 20)...)
		n := len(data)
		b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		b = append(b, data...)
	}
	if dated && x.original != whole {
		c := x.original.Civil()
		b[16], b[17], b[18], b[19] = byte(c.Year()>>8), byte(c.Year()), byte(c.Month()), byte(c.Day())
	}
	return base64.StdEncoding.EncodeToString(b)
}
