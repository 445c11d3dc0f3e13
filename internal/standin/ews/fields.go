package ews

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shapes say from which BaseShape on a property is given.
type shape int

const (
	byDefault shape = iota
	inAll
	asked // only where AdditionalProperties name it
)

// field is one property of an event.
type field struct {
	uri   string // as FieldURI names it
	name  string // of the element
	kind  string // its type in the schema
	shape shape
	// get alone gives it: FindItem and SyncFolderItems leave it out.
	getOnly bool
	show    func(c *call, x view) []node // nil: there is nothing to show
	// set reads it into a change; nil for what cannot be set. drop takes it away; nil for what an event has to have.
	set  func(c *call, p *patch, e *element) *failure
	drop func(p *patch)
	// find is its value for searching and sorting, nil for what cannot be searched.
	find func(x view) string
	// part is what of an event it belongs to, if it is not called so.
	part string
}

func (f *field) of() string {
	if f.part != "" {
		return f.part
	}
	return f.name
}

// one shows a text.
func one(name string, text func(c *call, x view) string) func(*call, view) []node {
	return func(c *call, x view) []node { return []node{tx("t:"+name, text(c, x))} }
}

// some shows a text where there is one.
func some(name string, text func(x view) string) func(*call, view) []node {
	return func(_ *call, x view) []node {
		if s := text(x); s != "" {
			return []node{tx("t:"+name, s)}
		}
		return nil
	}
}

// fixed is a property that is always the same, or computed from the event alone.
func fixed(uri, kind string, sh shape, text func(x view) string) field {
	_, name, _ := strings.Cut(uri, ":")
	return field{uri: uri, name: name, kind: kind, shape: sh, show: some(name, text)}
}

// never is a property that the schema knows and no event here has.
func never(uri string) field {
	_, name, _ := strings.Cut(uri, ":")
	return field{uri: uri, name: name, kind: "any", shape: asked}
}

// word is a text that is set and taken away as a whole.
func word(uri, kind string, sh shape, of func(p *props) *string, none string) field {
	_, name, _ := strings.Cut(uri, ":")
	return field{
		uri: uri, name: name, kind: kind, shape: sh,
		show: some(name, func(x view) string { return *of(&x.p) }),
		set:  func(_ *call, p *patch, e *element) *failure { *of(&p.props) = e.Text; return nil },
		drop: func(p *patch) { *of(&p.props) = none },
		find: func(x view) string { return *of(&x.p) },
	}
}

// flag is a boolean.
func flag(uri string, of func(p *props) *bool) field {
	_, name, _ := strings.Cut(uri, ":")
	return field{
		uri: uri, name: name, kind: "bool", shape: inAll,
		show: one(name, func(_ *call, x view) string { return truth(*of(&x.p)) }),
		set:  func(_ *call, p *patch, e *element) *failure { *of(&p.props) = isTrue(e); return nil },
		find: func(x view) string { return truth(*of(&x.p)) },
	}
}

func isTrue(e *element) bool { s := textOf(e); return s == "true" || s == "1" }

// guests is a list of attendees.
func guests(name string, of func(p *props) *[]attendee) field {
	return field{
		uri: "calendar:" + name, name: name, kind: "Attendees", shape: inAll, getOnly: true,
		show: func(c *call, x view) []node { return showGuests(name, *of(&x.p)) },
		set: func(c *call, p *patch, e *element) (f *failure) {
			*of(&p.props), f = c.readGuests(e)
			return f
		},
		drop: func(p *patch) { *of(&p.props) = nil },
	}
}

// timed is a time that cannot be set.
func timed(uri string, sh shape, of func(x view) time.Time) field {
	_, name, _ := strings.Cut(uri, ":")
	return field{
		uri: uri, name: name, kind: "dateTime", shape: sh,
		show: one(name, func(c *call, x view) string { return c.instant(of(x)) }), find: func(x view) string { return stamp(of(x)) },
	}
}

// stamp is an instant as searches compare it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// fields are the properties in the order of the schema. They are filled in by init, as what shows them looks them up.
var fields []field

func init() {
	fields = slices.Concat(itemFields(), passiveFields(), calendarFields())
}

// fieldOf finds a property by its path.
func fieldOf(uri string) *field {
	for i := range fields {
		if strings.EqualFold(fields[i].uri, uri) {
			return &fields[i]
		}
	}
	return nil
}

// foreign reports whether a path is one of the schema's that events have not: of other kinds of items, and of folders. The
// stand-in knows them by what they begin with.
func foreign(uri string) bool {
	kind, name, _ := strings.Cut(uri, ":")
	return name != "" && slices.Contains([]string{
		"folder", "message", "meeting", "meetingRequest", "task", "contacts", "distributionlist", "postitem", "conversation", "persona", "person",
	}, kind)
}

// itemFields are the first properties of all kinds of items: what a person reads.
func itemFields() []field {
	return []field{
		{uri: "item:MimeContent", name: "MimeContent", kind: "any", shape: asked, getOnly: true, show: func(c *call, x view) []node { return []node{c.mime(x)} }, set: (*call).readMIME},
		{uri: "item:ItemId", name: "ItemId", kind: "ItemId", shape: asked, show: func(*call, view) []node { return nil }},
		{uri: "item:ParentFolderId", name: "ParentFolderId", kind: "any", shape: inAll, show: func(_ *call, x view) []node { return []node{x.it.folder.id("t:ParentFolderId")} }},
		{
			uri: "item:ItemClass", name: "ItemClass", kind: "string", shape: inAll,
			show: some("ItemClass", func(x view) string { return x.class() }), find: func(x view) string { return x.class() },
			set: func(_ *call, _ *patch, e *element) *failure {
				if !strings.HasPrefix(strings.ToUpper(textOf(e)), "IPM.APPOINTMENT") {
					return refValue.because("The item class is not one of a calendar item.")
				}
				return nil
			},
		},
		word("item:Subject", "string", byDefault, func(p *props) *string { return &p.subject }, ""),
		word("item:Sensitivity", "Sensitivity", inAll, func(p *props) *string { return &p.sensitivity }, "Normal"),
		{
			uri: "item:Body", name: "Body", kind: "Body", shape: inAll, getOnly: true,
			show: func(c *call, x view) []node {
				kind, text := x.p.body.as(c.bodyType)
				return []node{tx("t:Body", text).with("BodyType", kind)}
			},
			set: func(_ *call, p *patch, e *element) *failure {
				p.body = body{html: e.Attr("BodyType") == "HTML", content: crlf(e.Text)}
				return nil
			},
			drop: func(p *patch) { p.body = body{} },
		},
		never("item:Attachments"),
		timed("item:DateTimeReceived", inAll, func(x view) time.Time { return x.it.made }),
		fixed("item:Size", "int", inAll, func(x view) string { return strconv.Itoa(1024 + len(x.p.body.content) + len(x.p.subject)) }),
		{
			uri: "item:Categories", name: "Categories", kind: "Strings", shape: inAll,
			show: func(_ *call, x view) []node { return showStrings("t:Categories", x.p.categories) },
			set: func(_ *call, p *patch, e *element) *failure {
				p.categories = nil
				for _, k := range e.Children {
					p.categories = append(p.categories, k.Text)
				}
				return nil
			},
			drop: func(p *patch) { p.categories = nil },
			find: func(x view) string { return strings.Join(x.p.categories, ";") },
		},
		word("item:Importance", "Importance", inAll, func(p *props) *string { return &p.importance }, "Normal"),
	}
}

// passiveFields are those of all kinds of items that are computed, and the reminder.
func passiveFields() []field {
	return []field{
		never("item:InReplyTo"),
		fixed("item:IsSubmitted", "bool", inAll, no), fixed("item:IsDraft", "bool", inAll, no), fixed("item:IsFromMe", "bool", inAll, no),
		fixed("item:IsResend", "bool", inAll, no), fixed("item:IsUnmodified", "bool", inAll, no),
		never("item:InternetMessageHeaders"),
		timed("item:DateTimeSent", inAll, func(x view) time.Time { return x.it.made }),
		timed("item:DateTimeCreated", inAll, func(x view) time.Time { return x.it.made }),
		never("item:ResponseObjects"),
		timed("item:ReminderDueBy", inAll, func(x view) time.Time { return x.p.start.instant() }),
		flag("item:ReminderIsSet", func(p *props) *bool { return &p.remind }),
		never("item:ReminderNextTime"),
		{
			uri: "item:ReminderMinutesBeforeStart", name: "ReminderMinutesBeforeStart", kind: "Minutes", shape: inAll,
			show: some("ReminderMinutesBeforeStart", func(x view) string { return strconv.Itoa(x.p.remindMinutes) }),
			set: func(_ *call, p *patch, e *element) *failure {
				p.remindMinutes = number(e)
				return nil
			},
			drop: func(p *patch) { p.remindMinutes = 0 },
		},
		{uri: "item:DisplayCc", name: "DisplayCc", kind: "string", shape: inAll, show: one("DisplayCc", func(_ *call, x view) string { return names(x.p.optional) })},
		{uri: "item:DisplayTo", name: "DisplayTo", kind: "string", shape: inAll, show: one("DisplayTo", func(_ *call, x view) string { return names(x.p.required) })},
		fixed("item:HasAttachments", "bool", byDefault, no),
		{uri: "item:ExtendedProperty", name: "ExtendedProperty", kind: "ExtendedProperty", shape: asked, part: "extended"},
		fixed("item:Culture", "string", inAll, func(view) string { return "en-US" }),
		{uri: "item:EffectiveRights", name: "EffectiveRights", kind: "any", shape: inAll, show: func(*call, view) []node { return []node{rights()} }},
		fixed("item:LastModifiedName", "string", inAll, func(x view) string { return x.it.modified }),
		timed("item:LastModifiedTime", inAll, func(x view) time.Time { return x.it.at }),
		fixed("item:IsAssociated", "bool", inAll, no),
		never("item:WebClientReadFormQueryString"), never("item:WebClientEditFormQueryString"), never("item:ConversationId"), never("item:UniqueBody"),
		never("item:Flag"), never("item:StoreEntryId"), never("item:InstanceKey"), never("item:NormalizedBody"), never("item:EntityExtractionResult"),
		never("item:PolicyTag"), never("item:ArchiveTag"), never("item:RetentionDate"), never("item:Preview"),
		never("item:RightsManagementLicenseData"), never("item:PredictedActionReasons"), never("item:IsClutter"), never("item:NextPredictedAction"),
		never("item:GroupingAction"), never("item:BlockStatus"), never("item:HasBlockedImages"),
		{uri: "item:TextBody", name: "TextBody", kind: "any", shape: asked, getOnly: true, show: func(_ *call, x view) []node {
			_, text := x.p.body.as("Text")
			return []node{tx("t:TextBody", text).with("BodyType", "Text")}
		}},
		never("item:IconIndex"), never("item:MimeContentUTF8"), never("item:Hashtags"), never("item:Mentions"), never("item:MentionedMe"),
		never("item:PendingSocialActivityTagIds"),
	}
}

func no(view) string { return "false" }

func names(list []attendee) string {
	var out []string
	for _, a := range list {
		out = append(out, a.name)
	}
	return strings.Join(out, "; ")
}

// class is the kind of item in the store.
func (x view) class() string {
	if x.original != whole {
		return "IPM.Appointment.Occurrence"
	}
	return "IPM.Appointment"
}

func rights() node {
	return el("t:EffectiveRights", tx("t:CreateAssociated", "true"), tx("t:CreateContents", "true"), tx("t:CreateHierarchy", "true"), tx("t:Delete", "true"),
		tx("t:Modify", "true"), tx("t:Read", "true"), tx("t:ViewPrivateItems", "true"))
}

func showStrings(name string, list []string) []node {
	if len(list) == 0 {
		return nil
	}
	n := el(name)
	for _, s := range list {
		n.kids = append(n.kids, tx("t:String", s))
	}
	return []node{n}
}

// crlf ends lines as the original's store does.
func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// duration writes a length as xs:duration.
func duration(d time.Duration) string {
	text := "P"
	if days := d / (24 * time.Hour); days > 0 {
		text += fmt.Sprintf("%dD", days)
		d -= days * 24 * time.Hour
	}
	if d == 0 && text != "P" {
		return text
	}
	text += "T"
	if h := d / time.Hour; h > 0 {
		text += fmt.Sprintf("%dH", h)
	}
	if m := d % time.Hour / time.Minute; m > 0 || d < time.Minute {
		text += fmt.Sprintf("%dM", m)
	}
	return text
}
